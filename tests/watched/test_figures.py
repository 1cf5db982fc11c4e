"""How it stands with a store, in numbers: what they count is there, and few families hide behind a five."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.figures import FIVE, OTHER, STATES, Standing, measure, to_five
from adapters.lotse import Lotse
from audit.notary_file import NotaryFile
from tests.world import World, a_world

HOUR = 3_600_000


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with a_world(request.param, folder=tmp_path) as world:
        yield world


def seen(world: World, lotse: Lotse | None = None) -> Standing:
    return measure(lotse or world.lotse, world.millis())


@given(st.integers(0, 10_000))
def test_a_count_is_rounded_up_to_the_next_five_and_none_stays_none(count: int) -> None:
    shown = to_five(count)
    assert shown % FIVE == 0
    assert 0 <= shown - count < FIVE
    assert (shown == 0) == (count == 0)


def test_one_overdue_family_looks_like_five(world: World) -> None:
    """Nobody can tell one from four, and the sixth shows only as ten."""
    shown = []
    for number in range(6):
        world.a_referral(surname=f"Beispiel-{number}")
        later = world.millis() + 30 * 24 * HOUR
        shown.append(measure(world.lotse, later).overdue["received"])
    assert shown == [5, 5, 5, 5, 5, 10]
    assert set(seen(world).overdue) == set(STATES)
    assert seen(world).overdue[OTHER] == 0


def test_what_waits_for_the_sweep_has_an_age_until_it_is_flagged(world: World) -> None:
    world.a_referral()
    assert seen(world).unflagged_age == 0
    world.wait(days=30)
    assert seen(world).unflagged_age > 24 * 3600
    world.sweep()
    assert seen(world).unflagged_age == 0


def test_entries_and_what_of_them_is_signed(world: World, tmp_path: Path) -> None:
    lotse = world.lotse
    lotse.settings = replace(lotse.settings, keys=tmp_path / "keys")
    found = seen(world, lotse)
    assert (found.unsigned, found.unsigned_age, found.halted) == (None, None, None), "no notary is at hand"
    lotse.settings.keys.mkdir()
    file = NotaryFile(lotse.settings.notary)
    file.create(lotse.store.origin)
    world.a_referral()
    world.wait(days=1)
    found = seen(world, lotse)
    assert found.unsigned == found.entries > 0
    assert found.unsigned_age == pytest.approx(24 * 3600, abs=3600)
    lotse.countersign()
    found = seen(world, lotse)
    assert (found.unsigned, found.unsigned_age, found.halted) == (0, 0.0, False)
    file.halt("Das Protokoll ist ein anderes.")
    assert seen(world, lotse).halted is True
