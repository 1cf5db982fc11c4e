"""A row that vanished from the quarantine, or a query that nobody will ask, is a family unheard: `verify` misses it.

The sums of the log are what lies in the tables, whatever lists came in whatever order, were mended, erased and purged.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db.store import Store
from adapters.intake.importer import Import
from adapters.intake.reader import open_list
from adapters.verification import Asked, verify_at_one_moment
from audit.faults import FaultClass, VerificationError
from tests.contracts.erasing import DPO, approve, ask
from tests.contracts.holding import purged
from tests.intake.lists import as_csv, said, saved, table
from tests.people import WORKER
from tests.world import World, a_world
from workflow.erasure import Ground, row_of

HELD, WITHOUT = {"received": "gestern"}, {"consent": "nein"}
SOUND: dict[str, str] = {}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", at="2026-11-20 10:00", folder=tmp_path) as world:
        world.put(DPO)
        yield world


def brought_in(world: World, *rows: dict[str, str]) -> None:
    """Bring a list with such rows in, each under its own number."""
    assert world.folder is not None
    file = saved(world.folder, as_csv(table([said(**row) for row in rows])))
    Import(world.lotse, WORKER, open_list(file)).run()


def numbered(kind: dict[str, str], number: int) -> dict[str, str]:
    return {**kind, "number": str(number), "phone": f"0151-55000{number:02}", "surname": f"Muster{number}"}


def lie(world: World) -> tuple[int, int]:
    with world.engine.begin() as connection:
        return tuple(  # type: ignore[return-value]  # two of them
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar()  # noqa: S608 - names below
            for name in ("intake_quarantine", "consent_queries")
        )


def verified(world: World) -> None:
    assert isinstance(world.store, Store)
    verify_at_one_moment(world.store, world.lotse.verifier, Asked(replay=True))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM intake_quarantine",
        "DELETE FROM intake_quarantine WHERE number = 1",
        "DELETE FROM consent_queries",
        "DELETE FROM consent_queries WHERE digest = (SELECT min(digest) FROM consent_queries)",
        "INSERT INTO consent_queries SELECT tenant, zeroblob(32), sealed, held_at FROM consent_queries LIMIT 1",
    ],
)
def test_a_row_or_a_query_that_vanished_is_found(world: World, statement: str) -> None:
    brought_in(
        world, *(numbered(kind, place) for place, kind in enumerate((HELD, HELD, WITHOUT, WITHOUT, SOUND)))
    )
    assert lie(world) == (2, 2)
    verified(world)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(VerificationError, match="Quarantäne oder bei den Rückfragen") as found:
        verified(world)
    assert found.value.fault is FaultClass.BESIDE


def test_a_row_that_vanished_is_still_missed_after_more_lists_came(world: World) -> None:
    """What an import says is what it changed, not how much there is: so nothing heals by work going on."""
    brought_in(world, numbered(HELD, 1), numbered(WITHOUT, 2))
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM intake_quarantine")
    brought_in(world, numbered(HELD, 3), numbered(WITHOUT, 4))
    with pytest.raises(VerificationError):
        verified(world)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_comes_in_is_erased_and_purged_the_sums_are_what_there_is(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with a_world("sqlite", at="2026-11-20 10:00", folder=tmp_path_factory.mktemp("welt")) as world:
        world.put(DPO)
        kinds = st.sampled_from((HELD, WITHOUT, SOUND))
        lists = st.lists(st.builds(numbered, kinds, st.integers(1, 9)), min_size=1, max_size=6)
        for deed in data.draw(
            st.lists(st.sampled_from(("list", "list", "days", "erase", "purge")), max_size=8)
        ):
            if deed == "list":
                brought_in(world, *data.draw(lists))
            elif deed == "days":
                world.wait(days=data.draw(st.sampled_from((1, 31))))
            elif deed == "purge":
                purged(world)
            else:
                erase_a_row(world)
            verified(world)


def erase_a_row(world: World) -> None:
    """The first row there is goes before its term, by two persons."""
    assert isinstance(world.store, Store)
    with world.store.work(reading=True) as work:
        called = next((row.called for row in work.held_apart.rows()), None)
    target = row_of(called) if called else None
    if target is not None:
        ask(world, target, DPO, Ground.FAMILY_REQUEST)
        approve(world, target)
