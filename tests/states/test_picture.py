"""The picture in README is the one the table draws."""

from pathlib import Path

from states.diagram import FORMATS
from states.profile import load

PICTURE = Path(__file__).parents[2] / "docs" / "process.svg"


def test_the_picture_in_readme_is_drawn_from_the_table() -> None:
    """Made anew with `lotse process diagram --format svg --out docs/process.svg`."""
    profile = load("default")
    assert (
        PICTURE.read_text(encoding="utf-8").strip() == FORMATS["svg"](profile.process, profile.title).strip()
    )
