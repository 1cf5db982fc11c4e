"""An office of its own for each test, as on the command line."""

from tests.cli.conftest import filled, made, office, place

__all__ = ["filled", "made", "office", "place"]
