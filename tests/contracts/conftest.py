"""Every contract is tried on each store: in memory, on disk with SQLite, and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, a_world, each_store


@pytest.fixture(params=list(each_store()))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An office on a Monday, on this store."""
    with a_world(request.param, folder=tmp_path) as world:
        yield world


@pytest.fixture
def on_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An office whose store is an SQLite file, or what `on_each_database` names."""
    with a_world(getattr(request, "param", "sqlite"), folder=tmp_path) as world:
        yield world
