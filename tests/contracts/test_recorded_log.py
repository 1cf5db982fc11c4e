"""Reading the log backwards, by period and by case gives the very entries, whatever page they lie on."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db import recorded as module
from adapters.db.past import begin_anew
from adapters.db.recorded import RecordedLog, Signed, UnreadableEntry, numbers_of
from adapters.db.store import Store
from audit.checkpoint import Checkpoint
from audit.keys import log_verifier
from states.vocabulary import Command, State
from tests.people import MIDWIFE
from tests.recorded import a_life_of_handovers, recorded
from tests.world import World, a_world
from workflow.audited import Recorded
from workflow.handover_chains import chains
from workflow.ports import Entry


def store_of(world: World) -> Store:
    assert isinstance(world.store, Store)
    return world.store


def opened_again(world: World) -> None:
    """Open the case of the world once more, on record as an access."""
    with world.work() as work:
        work.record(Entry("access", {"action": "list", "actor": "fachkraft", "outcome": "done", "count": 1}))
        work.commit()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Some months of an office, with several entries at one moment and long pauses."""
    with a_world("sqlite", folder=tmp_path_factory.mktemp("lived")) as world:
        a_life_of_handovers(world, Random(7), 40)  # noqa: S311 - dice, no secrets
        yield world


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 7)


def test_forwards_and_backwards_give_every_entry_once(lived: World) -> None:
    entries = recorded(lived.entries())
    log = RecordedLog(store_of(lived))
    assert list(log.forwards()) == entries
    assert list(log.backwards()) == entries[::-1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_period_holds_exactly_the_entries_of_that_time(lived: World, data: st.DataObject) -> None:
    entries = recorded(lived.entries())
    moments = sorted({entry.at for entry in entries})
    step = st.sampled_from(
        (timedelta(0), timedelta(milliseconds=1), timedelta(milliseconds=-1), timedelta(days=400))
    )
    since, until = (
        data.draw(st.one_of(st.none(), st.builds(lambda m, d: m + d, st.sampled_from(moments), step)))
        for _ in range(2)
    )
    wanted = [e for e in entries if (since is None or since <= e.at) and (until is None or e.at < until)]
    log = RecordedLog(store_of(lived))
    assert list(log.backwards(since, until)) == wanted[::-1]
    assert list(log.forwards(since, until)) == wanted


def test_the_entries_of_a_case_come_in_order_over_all_pages(lived: World) -> None:
    entries = recorded(lived.entries())
    log = RecordedLog(store_of(lived))
    for case in lived.cases():
        own = [entry for entry in entries if entry.case == case.id]
        assert list(log.of_case(case.id)) == own
    assert any(len(list(log.of_case(case.id))) > 7 for case in lived.cases())
    assert list(log.of_case("f" * 32)) == []


def test_a_log_that_a_restore_has_closed_is_read_before_the_one_of_now(on_disk: World) -> None:
    case = on_disk.a_case_in(State.HANDED_OVER)
    before = recorded(on_disk.entries())
    log = RecordedLog(store_of(on_disk))
    with on_disk.engine.begin() as connection:
        begin_anew(connection, store_of(on_disk).tenant, 1, "key", "lotse/0b5e/2")
        store_of(on_disk).seal_tenant(connection)
    on_disk.wait(days=1)
    on_disk.do(case, Command.END_SUPPORT, MIDWIFE, MIDWIFE)
    entries = list(log.forwards())
    assert [(e.incarnation, e.seq, e.a) for e in entries[:-1]] == [(1, e.seq, e.a) for e in before]
    assert (entries[-1].incarnation, entries[-1].seq) == (None, 0)
    assert list(log.backwards()) == entries[::-1]
    assert list(log.of_case(case.id)) == [entry for entry in entries if entry.case == case.id]
    (chain,) = chains(log.forwards())
    assert (chain.status, chain.end) == ("ended", entries[-1])
    assert log.knows(case.id)
    assert list(log.backwards(since=entries[-1].at)) == [entries[-1]]


def test_accesses_whose_key_is_destroyed_stand_there_and_nobody_reads_them(on_disk: World) -> None:
    on_disk.a_case_in(State.IN_CONTACT)
    opened_again(on_disk)
    log = RecordedLog(store_of(on_disk))
    entries = list(log.forwards())
    with on_disk.engine.begin() as connection:
        connection.exec_driver_sql("delete from log_keys where purpose like 'access/%'")
    on_disk.reopen()
    after = list(RecordedLog(store_of(on_disk)).forwards())
    assert after == [*entries[:-1], Recorded(entries[-1].seq, entries[-1].at, None)]


@pytest.mark.parametrize(
    "harm",
    [
        "update log set body_a = zeroblob(length(body_a)) where seq = 3",
        "update log set body_a = (select body_a from log where seq = 2) where seq = 3",
        "delete from log where seq = 3",
    ],
)
def test_an_altered_entry_is_told_and_not_passed_over(on_disk: World, harm: str) -> None:
    on_disk.a_case_in(State.IN_CONTACT)
    opened_again(on_disk)
    with on_disk.engine.begin() as connection:
        connection.exec_driver_sql(harm)
    with pytest.raises(UnreadableEntry, match="Nächster Schritt: lotse audit verify"):
        list(RecordedLog(store_of(on_disk)).backwards())


def test_a_case_has_its_number_until_it_is_gone(on_disk: World) -> None:
    case = on_disk.a_referral()
    number = numbers_of(store_of(on_disk))
    assert (number(case.id), number("f" * 32)) == (case.number, None)


def a_note(world: World, size: int, origin: str | None = None) -> bytes:
    """A genuine note of this store's key over so many entries of its log, or of one of another name."""
    verifier = log_verifier(origin or store_of(world).origin, world.provider)
    return Checkpoint(verifier.name, size, bytes(32)).sign(verifier, world.provider.sign)


def laid_beside(world: World, size: int, note: bytes) -> None:
    """Put a row among the notes, as whoever has the database can."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert or replace into log_checkpoints (tenant, size, note) values (?, ?, ?)",
            (store_of(world).tenant, size, note),
        )


def test_a_note_that_nobody_signed_covers_nothing_and_is_told(on_disk: World) -> None:
    """Whoever has the database says that everything is signed; the largest genuine note below it is what counts."""
    log = RecordedLog(store_of(on_disk))
    assert log.signed() == Signed({None: 0})
    laid_beside(on_disk, 2, a_note(on_disk, 2))
    assert log.signed() == Signed({None: 2})
    genuine = a_note(on_disk, 3)
    forged = genuine.replace(b"\n3\n", b"\n9\n")
    for size, note in (
        (9, forged),
        (10, genuine),
        (11, b"note"),
        (12, a_note(on_disk, 12, "lotse/anders/1")),
    ):
        laid_beside(on_disk, size, note)
    assert log.signed() == Signed({None: 2}, 4)
    laid_beside(on_disk, 14, a_note(on_disk, 14))
    assert log.signed() == Signed({None: 14})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 50), st.booleans(), max_size=8))
def test_however_genuine_and_false_notes_lie_beside_each_other_the_genuine_ones_count(
    on_disk: World, notes: dict[int, bool]
) -> None:
    with on_disk.engine.begin() as connection:
        connection.exec_driver_sql("delete from log_checkpoints")
    for size, genuine in notes.items():
        laid_beside(on_disk, size, a_note(on_disk, size if genuine else size + 1))
    most = max((size for size, genuine in notes.items() if genuine), default=0)
    beyond = sum(1 for size, genuine in notes.items() if not genuine and size >= most)
    assert RecordedLog(store_of(on_disk)).signed() == Signed({None: most}, beyond)


def test_an_earlier_log_is_signed_by_the_key_that_the_next_one_names(on_disk: World) -> None:
    store, log = store_of(on_disk), RecordedLog(store_of(on_disk))
    laid_beside(on_disk, 2, a_note(on_disk, 2))
    laid_beside(on_disk, 3, b"note")
    before = on_disk.lotse.verifier.vkey
    with on_disk.engine.begin() as connection:
        begin_anew(connection, store.tenant, 1, "von Hand", f"lotse/{store.tenant}/2")
        store.seal_tenant(connection)
    assert log.signed() == Signed({1: 0, None: 0}, 2)
    with on_disk.work() as work:
        work.record(Entry("steps", {"action": "restored", "outcome": "done", "before": {"vkey": before}}))
        work.commit()
    assert log.signed() == Signed({1: 2, None: 0}, 1)
