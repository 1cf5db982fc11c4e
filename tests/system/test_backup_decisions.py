"""What was decided since a backup about keeping and erasing outlives the restore, for whatever the backup has.

A family court asks for a file on Tuesday; on Wednesday Monday's backup comes back: the file must still be held.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as st

from adapters import retention as keeping
from adapters.backup.carried import carried_over
from adapters.backup.lineage import Known
from adapters.backup.live import UNREADABLE
from adapters.backup.making import header_of
from adapters.backup.restoring import Restored, approve_restore, preview, request_restore
from adapters.backup.since import decided_since
from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.db.connect import connect
from adapters.db.store import Store
from adapters.lotse import Lotse
from adapters.settings import Settings
from adapters.verification import Asked, verify_at_one_moment
from states.vocabulary import State
from tests.cli.program import lotse
from tests.contracts.erasing import DPO, approve, ask, hold, release, withdraw
from tests.people import SUPERVISOR, WORKER
from tests.system.backups import REASON, an_office, backed_up, copied
from tests.world import World, a_world
from workflow import clerk as acts
from workflow.case import Case
from workflow.erasure import Deed, ErasureRequest, Ground, LegalHold
from workflow.errors import RefusedError, UnknownCaseError
from workflow.office import Person

COURT = "Das Familiengericht hat die Akte angefordert."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """An office with two holds and two requests, and Monday's backup of it; and one of before them."""
    base = tmp_path_factory.mktemp("office")
    office = an_office(base / "haus", rows=30)
    earlier = backed_up(office, base / "sonntag.backup")
    for case in in_work(office)[:2]:
        decide(office, "vogt", holding(case, "Klage"))
    for case in closed(office)[:2]:
        decide(office, "vogt", asking(case))
    file = backed_up(office, base / "montag.backup")
    office.store.engine.dispose()
    return base / "haus", file, earlier


@pytest.fixture
def settings(house: tuple[Path, Path, Path], tmp_path: Path) -> Settings:
    return copied(house[0], tmp_path / "haus")


def all_cases(office: Lotse) -> list[Case]:
    with office.store.work(reading=True) as work:
        return [work.case(each) for each in sorted(office.store.ids(sql.ALL_CASES))]


def closed(office: Lotse) -> list[Case]:
    return [case for case in all_cases(office) if case.state == State.CLOSED]


def in_work(office: Lotse) -> list[Case]:
    return [case for case in all_cases(office) if case.state != State.CLOSED]


def decide(office: Lotse, by: str, deed: Callable[..., object]) -> None:
    clerk = keeping.clerk_of(office, office.person(by))
    keeping.act(office, lambda work: deed(work, clerk))


def holding(case: Case, reason: str) -> Callable[..., object]:
    return lambda work, clerk: acts.hold(work, clerk, case.id, reason)


def asking(case: Case) -> Callable[..., object]:
    return lambda work, clerk: acts.request(work, clerk, case.id, Ground.FAMILY_REQUEST)


def decided(store: Store) -> tuple[dict[str, LegalHold], dict[str, ErasureRequest]]:
    """Every hold and every request, as the tables have them."""
    with store.work(reading=True) as work:
        holds = {case: work.legal_hold(case) for case in work.legal_holds()}
        return {case: each for case, each in holds.items() if each}, {
            each.target: each for each in work.erasure_requests()
        }


def restored(settings: Settings, file: Path) -> Restored:
    request_restore(settings, file, "fachkraft", REASON)
    return approve_restore(settings, file, "okafor")


def a_busy_tuesday(office: Lotse) -> tuple[Case, ...]:
    """A hold and a request more, and one of each taken back; gives the cases in this order."""
    freed, other, held = in_work(office)[:3]
    withdrawn, _, asked = closed(office)[:3]
    decide(office, "vogt", holding(held, COURT))
    decide(office, "okafor", lambda work, clerk: acts.release(work, clerk, freed.id))
    decide(office, "okafor", asking(asked))
    decide(office, "vogt", lambda work, clerk: acts.withdraw(work, clerk, withdrawn.id))
    office.countersign()
    return held, freed, asked, withdrawn, other


def test_what_was_decided_on_tuesday_stands_after_mondays_backup_came_back(
    settings: Settings, house: tuple[Path, Path, Path]
) -> None:
    office = open_lotse(settings)
    held, freed, asked, withdrawn, other = a_busy_tuesday(office)
    wanted = decided(office.store)
    office.store.engine.dispose()
    expected = (
        (Deed.HOLD, held.number), (Deed.RELEASE, freed.number), (Deed.REQUEST, asked.number),
        (Deed.WITHDRAW, withdrawn.number),
    )  # fmt: skip
    with preview(settings, house[1]) as ahead:
        assert (ahead.carried.names, ahead.carried.known) == (expected, True)
    done = restored(settings, house[1])
    assert (done.carried.names, done.carried.known) == (expected, True)
    office = open_lotse(settings)
    assert decided(office.store) == wanted
    holds = wanted[0]
    assert (holds[held.id].reason, holds[held.id].held_by) == (COURT, "vogt")
    assert {*holds} == {held.id, other.id}
    with pytest.raises(RefusedError, match="keine Löschung beantragt"):
        keeping.approve(office, office.person("okafor"), held.number, dry_run=False)
    told = [entry for entry in office.store.timeline(held.id) if entry.a.get("action") == "hold"]
    assert [(entry.a["actor"], entry.a.get("carried_over_by")) for entry in told][-1] == ("vogt", "okafor")
    office.store.engine.dispose()
    assert lotse("audit", "verify", "--decrypt", "--replay", "--dir", settings.data.parent).code == 0


def test_a_request_that_was_carried_over_is_approved_as_any_other(
    settings: Settings, house: tuple[Path, Path, Path]
) -> None:
    """By a second person; the first one may not, restored or not."""
    office = open_lotse(settings)
    asked = a_busy_tuesday(office)[2]
    office.store.engine.dispose()
    restored(settings, house[1])
    office = open_lotse(settings)
    with pytest.raises(RefusedError, match="zwei Personen"):
        keeping.approve(office, office.person("okafor"), asked.number, dry_run=False)
    done = keeping.approve(office, office.person("vogt"), asked.number, dry_run=False)
    assert [each.name for each in done.going] == [asked.number]
    office.store.engine.dispose()
    assert lotse("audit", "verify", "--replay", "--dir", settings.data.parent).code == 0


def test_it_stands_through_a_restore_after_the_restore_and_from_a_still_older_backup(
    settings: Settings, house: tuple[Path, Path, Path]
) -> None:
    office = open_lotse(settings)
    a_busy_tuesday(office)
    wanted = decided(office.store)
    office.store.engine.dispose()
    for file in (house[1], house[2], house[1]):
        restored(settings, file)
        office = open_lotse(settings)
        assert decided(office.store) == wanted
        office.store.engine.dispose()
    assert lotse("audit", "verify", "--replay", "--dir", settings.data.parent).code == 0


def test_a_hold_that_somebody_deleted_by_hand_comes_back_by_the_log(
    settings: Settings, house: tuple[Path, Path, Path]
) -> None:
    """Whoever has the database can hide a hold there, and not that the log tells of it; only its reason is lost."""
    office = open_lotse(settings)
    held = a_busy_tuesday(office)[0]
    office.store.engine.dispose()
    with closing(sqlite3.connect(settings.database)) as database, database:
        assert database.execute("DELETE FROM legal_holds WHERE case_id = ?", (held.id,)).rowcount == 1
    assert restored(settings, house[1]).carried.known
    office = open_lotse(settings)
    hold_again = decided(office.store)[0][held.id]
    assert (hold_again.held_by, hold_again.reason) == (
        "vogt",
        "Der Grund ließ sich bei der Wiederherstellung nicht öffnen.",
    )
    office.store.engine.dispose()


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM log WHERE seq = (SELECT max(seq) FROM log) - 2",
        "UPDATE log SET body_a = zeroblob(300) WHERE seq = (SELECT max(seq) FROM log) - 2",
    ],
)
def test_where_the_log_has_a_hole_it_is_said_that_more_may_have_been_decided(
    settings: Settings, house: tuple[Path, Path, Path], harm: str
) -> None:
    office = open_lotse(settings)
    a_busy_tuesday(office)
    office.store.engine.dispose()
    with closing(sqlite3.connect(settings.database)) as database, database:
        database.execute(harm)
    with preview(settings, house[1]) as ahead:
        assert not ahead.carried.known
        assert ahead.carried.names


def test_where_the_old_database_is_gone_it_is_said(
    settings: Settings, house: tuple[Path, Path, Path]
) -> None:
    settings.database.write_bytes(b"\xff" * 8192)
    shown = lotse("backup", "restore", house[1], "--dry-run", "--dir", settings.data.parent)
    assert "hier nicht ganz bekannt" in shown.out
    with preview(settings, house[1]) as ahead:
        assert (ahead.carried.names, ahead.carried.known) == ((), False)


def test_a_database_rolled_back_by_hand_does_not_say_that_it_knows_everything(
    settings: Settings, house: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """Somebody put the database of before Tuesday in its place: the notary has signed for more."""
    before = tmp_path / "vorher.db"
    shutil.copyfile(settings.database, before)
    office = open_lotse(settings)
    a_busy_tuesday(office)
    office.store.engine.dispose()
    shutil.copyfile(before, settings.database)
    with preview(settings, house[1]) as ahead:
        assert (ahead.carried.names, ahead.carried.known) == ((), False)


def test_it_is_told_what_outlives_the_restore(settings: Settings, house: tuple[Path, Path, Path]) -> None:
    office = open_lotse(settings)
    held, freed, *_ = a_busy_tuesday(office)
    office.store.engine.dispose()
    shown = lotse("backup", "restore", house[1], "--dry-run", "--dir", settings.data.parent)
    assert f"Von danach blieben Löschsperren: {held.number}." in shown.out
    assert f"Von danach blieben aufgehobene Löschsperren: {freed.number}." in shown.out
    assert "nicht ganz bekannt" not in shown.out
    said = lotse("backup", "restore", house[1], "--dry-run", "--json", "--dir", settings.data.parent).json
    assert (said["carried_over"]["hold"], said["decisions_known"]) == ([held.number], True)


# Any sequence.

DEEDS: Mapping[str, Callable[[World, Case, Person], object]] = {
    "ask": ask,
    "withdraw": withdraw,
    "hold": hold,
    "release": release,
    "approve": approve,
}
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from([*DEEDS]), st.integers(0, 3), st.sampled_from((WORKER, SUPERVISOR, DPO))),
    max_size=14,
)


def happen(world: World, cases: list[Case], happenings: list[tuple[str, int, Person]]) -> None:
    for deed, place, by in happenings:
        world.wait(minutes=7)
        with suppress(RefusedError, UnknownCaseError):
            DEEDS[deed](world, cases[place], by)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, list[Case], Path]]:
    with a_world("sqlite", folder=tmp_path_factory.mktemp("welt")) as world:
        world.put(DPO)
        cases = [world.a_case_in(State.CLOSED) for _ in range(4)]
        world.engine.dispose()
        assert world.folder is not None
        begun = world.folder / "begun.db"
        shutil.copyfile(world.folder / "lotse.db", begun)
        yield world, cases, begun


@options(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=HAPPENINGS, since=HAPPENINGS)
def test_whatever_was_decided_before_and_since_the_restored_store_has_it_as_the_running_one(
    prepared: tuple[World, list[Case], Path],
    before: list[tuple[str, int, Person]],
    since: list[tuple[str, int, Person]],
) -> None:
    """For every case that is there in both; what was erased since is erased again beside this."""
    world, cases, begun = prepared
    assert world.folder is not None
    place, backup = world.folder / "lotse.db", world.folder / "backup.db"
    world.engine.dispose()
    shutil.copyfile(begun, place)
    world.reopen()
    happen(world, cases, before)
    world.engine.dispose()
    shutil.copyfile(place, backup)
    world.reopen()
    happen(world, cases, since)
    header = header_of(backup, world.provider.public_key(), b"", 1, "")
    assert isinstance(world.store, Store)
    told = decided_since(world.store, header, UNREADABLE)
    assert told.whole
    store = Store.open(connect(backup), world.provider, world.millis)
    done = carried_over(store, header, told, Known(()), SUPERVISOR.id)
    there = [case.id for case in world.cases()]
    live, again = decided(world.store), decided(store)
    assert again[0].keys() & there == live[0].keys()
    assert [again[0][each] for each in live[0]] == [live[0][each] for each in live[0]]
    assert {key: each for key, each in again[1].items() if key in there} == live[1]
    assert carried_over(store, header, told, Known(()), SUPERVISOR.id).names == tuple(
        (deed, name) for deed, name in done.names if deed in (Deed.HOLD, Deed.REQUEST)
    ), "what was taken back is not taken back twice"
    verify_at_one_moment(store, world.lotse.verifier, Asked(replay=True, decrypt=True))
    store.engine.dispose()
