"""What the scheduler does is tried on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, a_world


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An office on a Monday, with a place for keys."""
    (tmp_path / "keys").mkdir()
    with a_world(request.param, folder=tmp_path) as world:
        yield world
