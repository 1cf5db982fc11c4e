"""The office of every scenario, once in memory and once on SQLite; whatever happened, its log is whole in the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.people import FAMILY
from tests.scenarios.day import Day
from tests.world import World, a_world

NEW_YEAR = "2026-01-02 08:00"


@pytest.fixture(params=["memory", "sqlite"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Day]]:
    """Open an office by a profile: `office("bergkamen")`. In the end each log is verified and replayed."""
    worlds: list[World] = []

    def opened(profile: str = "default", at: str = NEW_YEAR) -> Day:
        folder = tmp_path / profile
        folder.mkdir()
        worlds.append(a_world(request.param, profile, at, folder))
        return Day(worlds[-1])

    yield opened
    for world in worlds:
        world.verify()
        world.close()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or FAMILY.surname.encode() not in file.read_bytes()


@pytest.fixture
def day(office: Callable[..., Day]) -> Day:
    """A day in an office that works by the default profile (NW, Arbeitstage)."""
    return office()


@pytest.fixture
def office_on_disk(tmp_path: Path) -> Iterator[Day]:
    """The same on SQLite only, for what the whole program does: opening a case, searching."""
    with a_world("sqlite", at=NEW_YEAR, folder=tmp_path) as world:
        yield Day(world)
        world.verify()
