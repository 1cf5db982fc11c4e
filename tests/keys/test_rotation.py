"""Rotation: everything comes under the new key while others work; cut off anywhere, it is finished later.

A version is destroyed only when nothing hangs on it, and then it takes with it whatever old copies hold.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db import kek, rotation
from adapters.db.kek import StillWraps, destroy, holdings
from adapters.db.rotation import Rotated, Rotation
from adapters.db.store import Store
from audit.errors import AuditError, KeyDestroyed, UnreadableBody
from states.vocabulary import Command
from tests.people import WORKER
from tests.world import World, a_world
from workflow.case import Case

AT = "2026-03-09T09:00:00+00:00"


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with a_world(request.param, folder=tmp_path) as made:
        yield made


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    monkeypatch.setattr(rotation, "NAMES", 2)


def families(world: World, count: int = 5) -> list[Case]:
    """Referrals of as many families, each with a phone of its own."""
    return [
        world.a_referral(surname=f"Erfunden{number}", phone=f"02307 4711{number:02}")
        for number in range(count)
    ]


def rotated(world: World, progress: Callable[[str, int, int], None] = lambda *_: None) -> Rotated:
    assert isinstance(world.store, Store)
    return Rotation(world.store, WORKER.id, lambda: AT, progress).run()


def hangs_on(world: World) -> dict[int, kek.Holdings]:
    assert isinstance(world.store, Store)
    with world.store.reading() as connection:
        return dict(holdings(connection, world.store.tenant))


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    assert world.folder is not None
    if world.kind == "postgres":
        with psycopg.connect(world.lent.url) as server:
            return server.execute(query.encode()).fetchall()
    connection = sqlite3.connect(world.folder / "lotse.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def change(world: World, statement: str, *values: object) -> None:
    assert world.folder is not None
    if world.kind == "postgres":
        with psycopg.connect(world.lent.url) as server:
            there = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", statement)
            server.execute(there.replace("?", "%s").encode(), values)
        return
    connection = sqlite3.connect(world.folder / "lotse.db")
    with connection:
        connection.execute(statement, values)
    connection.close()


def opens(world: World, case: Case) -> bool:
    try:
        world.case(case)
        world.family(case)
    except (AuditError, KeyError):
        return False
    return True


def is_whole(world: World, cases: list[Case], version: int) -> None:
    """Everything is under this version, opens, and finds its like."""
    assert list(hangs_on(world)) == [version]
    assert all(opens(world, case) for case in cases)
    assert {len(bytes(digest)) for (digest,) in rows(world, "SELECT digest FROM duplicates")} <= {36}  # type: ignore[call-overload]  # a row as the driver gives it
    kept = {purpose for (purpose,) in rows(world, "SELECT purpose FROM log_keys")}
    assert {each for each in kept if str(each).startswith("duplicates/")} == {f"duplicates/{version}"}
    for case in cases:
        family = world.family(case)
        again = world.a_referral(surname="Anders", phone=family.phone)
        assert case.number in world.lotse.duplicates_of(WORKER, again.id)


def test_everything_comes_under_the_new_version_and_the_log_stays_as_it_is(world: World) -> None:
    cases = families(world)
    before = rows(world, "SELECT seq, leaf, mac, body_a FROM log ORDER BY seq")
    done = rotated(world)
    assert (done.to, done.before, done.continued, done.cases, done.names) == (2, (1,), False, 5, 5)
    assert rows(world, "SELECT seq, leaf, mac, body_a FROM log ORDER BY seq")[: len(before)] == before
    is_whole(world, cases, 2)
    assert world.verify().size == world.size


def test_the_log_says_who_turned_the_key_and_that_names_were_opened(world: World) -> None:
    families(world, 3)
    first = world.size
    rotated(world)
    told = [entry.a for entry in world.entries()][first:]
    assert [(a["action"], a["part"], a["actor"]) for a in told] == [
        ("keys_rotated", part, WORKER.id) for part in ("begun", "names", "done")
    ]
    assert told[0]["from"] == told[2]["from"] == [1]
    assert (told[1]["count"], told[2]["cases"], told[2]["names"], told[2]["left"]) == (3, 3, 3, 0)
    assert all((a["to"], a["at"], a["outcome"]) == (2, AT, "done") for a in told)


def test_it_turns_again_and_again(world: World) -> None:
    cases = families(world, 3)
    for version in (2, 3, 4):
        assert rotated(world).to == version
    is_whole(world, cases, 4)


def test_an_office_without_a_case_turns_its_key_too(world: World) -> None:
    assert rotated(world).cases == 0
    is_whole(world, [], 2)


@pytest.mark.usefixtures("small_batches")
def test_while_it_is_under_way_old_and_new_reports_find_each_other(world: World) -> None:
    cases = families(world, 5)
    found: list[bool] = []

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        for case in cases:
            family = world.family(case)
            again = world.a_referral(surname="Anders", phone=family.phone)
            found.append(case.number in world.lotse.duplicates_of(WORKER, again.id))
            found.append(again.number in world.lotse.duplicates_of(WORKER, case.id))

    rotated(world, meanwhile)
    assert len(found) > 20
    assert all(found)
    is_whole(world, cases, 2)


@pytest.mark.usefixtures("small_batches")
def test_other_people_s_steps_in_between_are_kept_and_come_under_the_new_version(world: World) -> None:
    cases = families(world, 6)
    turn = iter(range(1000))

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        number = next(turn)
        case = cases[number % 6]
        world.do(case, Command.CORRECT, field="phone", value=f"02307 99{number:03}", reason="verhört")
        world.do(case, Command.NOTE, text="hat angerufen")
        cases.append(world.a_referral(surname=f"Neu{number}", phone=f"02307 88{number:03}"))

    rotated(world, meanwhile)
    assert len(cases) > 8
    is_whole(world, cases, 2)


@pytest.mark.usefixtures("small_batches")
def test_a_rotation_asked_for_in_the_middle_of_another_makes_no_third_version(world: World) -> None:
    cases = families(world, 5)
    inner: list[Rotated] = []

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        if not inner:
            inner.append(rotated(world))

    done = rotated(world, meanwhile)
    assert (inner[0].to, inner[0].continued, done.to) == (2, True, 2)
    is_whole(world, cases, 2)


class CutOff(Exception):
    """The lights went out."""


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("moment", range(1, 10))
def test_cut_off_after_any_batch_it_is_finished_by_the_next_and_only_then_turned_again(
    world: World, moment: int
) -> None:
    cases = families(world, 5)
    left = moment

    def cut(_what: str, _done: int, _total: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise CutOff

    with suppress(CutOff):
        rotated(world, cut)
    was_cut = left <= 0
    assert all(opens(world, case) for case in cases)
    world.reopen()
    done = rotated(world)
    assert (done.to, done.continued) == ((2, True) if was_cut else (3, False))
    is_whole(world, cases, done.to)


def test_a_case_altered_by_hand_is_left_named_and_holds_up_nobody(world: World) -> None:
    cases = families(world, 4)
    bad = cases.pop(1)
    change(world, "UPDATE cases SET wrapped_key = zeroblob(92) WHERE id = ?", bad.id)
    done = rotated(world)
    assert (done.left, done.cases) == ({bad.id}, 3)
    assert hangs_on(world)[1] == kek.Holdings(1, 0)
    with pytest.raises(StillWraps):
        destroy(world.store, 1, {})  # type: ignore[arg-type]  # rows and keepers of any kind will do here
    again = rotated(world)
    assert (again.to, again.left, again.cases) == (3, {bad.id}, 3)
    assert all(opens(world, case) for case in cases)


def test_a_dossier_altered_by_hand_loses_only_its_place_in_the_index(world: World) -> None:
    cases = families(world, 3)
    change(world, "UPDATE cases SET dossier = zeroblob(300) WHERE id = ?", cases[0].id)
    assert rotated(world).left == {cases[0].id}
    with pytest.raises(UnreadableBody):
        world.family(cases[0])
    is_whole(world, cases[1:], 2)


def test_a_version_in_use_and_the_current_one_are_never_destroyed(world: World) -> None:
    assert isinstance(world.store, Store)
    families(world, 1)
    with pytest.raises(StillWraps, match="gültige"):
        destroy(world.store, 1, {})
    world.provider.add_version()
    with pytest.raises(StillWraps, match="umhüllt noch 1 Fälle"):
        destroy(world.store, 1, {})
    assert [version.number for version in world.provider.versions()] == [1, 2]
    assert "key_destroyed" not in {entry.a["action"] for entry in world.entries()}


def test_a_destroyed_version_is_on_record_and_takes_with_it_what_old_copies_hold(world: World) -> None:
    assert isinstance(world.store, Store)
    case = families(world, 1)[0]
    ((wrapped, version),) = rows(world, "SELECT wrapped_key, kek_version FROM cases")
    assert isinstance(wrapped, bytes)
    assert isinstance(version, int)
    rotated(world)
    world.store.ring.case_key(wrapped, version, case.id)
    destroy(world.store, 1, {"actor": WORKER.id, "at": AT})
    with pytest.raises(KeyDestroyed):
        world.store.ring.case_key(wrapped, version, case.id)
    last = world.entries()[-1].a
    assert (last["action"], last["kek_version"], last["actor"]) == ("key_destroyed", 1, WORKER.id)
    is_whole(world, [case], 2)


def test_a_destroyed_version_is_gone_for_good(world: World) -> None:
    assert isinstance(world.store, Store)
    rotated(world)
    destroy(world.store, 1, {})
    with pytest.raises(KeyDestroyed):
        destroy(world.store, 1, {})


STEPS = st.lists(
    st.sampled_from(["case", "step", "add", "rotate", "cut", "destroy", "erase", "reopen"]), max_size=14
)


@given(STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_order_every_living_case_opens_and_nothing_erased_ever_does_again(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """An erased case may still be in an old copy of the database: it opens as long as its version lives, no longer."""
    with a_world("sqlite", folder=tmp_path_factory.mktemp("walk")) as world:
        assert isinstance(world.store, Store)
        living = families(world, 2)
        copies: list[tuple[str, bytes, int]] = []
        for number, step in enumerate(steps):
            copies += rows(world, "SELECT id, wrapped_key, kek_version FROM cases")  # type: ignore[arg-type]  # rows and keepers of any kind will do here
            if step == "case":
                living.append(world.a_referral(surname=f"Neu{number}", phone=f"02307 77{number:03}"))
            elif step == "step" and living:
                world.do(living[number % len(living)], Command.NOTE, text="hat angerufen")
            elif step == "add":
                world.provider.add_version()
            elif step == "rotate":
                rotated(world)
            elif step == "cut":
                with suppress(CutOff):
                    rotated(world, _cut)
            elif step == "destroy":
                with suppress(StillWraps, KeyDestroyed):
                    destroy(world.store, min(v.number for v in world.provider.versions()), {"at": AT})
            elif step == "erase" and living:
                gone = living.pop(number % len(living))
                for table, column in (
                    ("cases", "id"),
                    ("duplicates", "case_id"),
                    ("case_recipients", "case_id"),
                ):
                    change(world, f"DELETE FROM {table} WHERE {column} = ?", gone.id)  # noqa: S608 - names of our own tables
            elif step == "reopen":
                world.reopen()
            assert all(opens(world, case) for case in living)
        alive = {version.number for version in world.provider.versions()}
        assert set(hangs_on(world)) <= alive
        for case_id, wrapped, version in copies:
            if version in alive:
                world.store.ring.case_key(wrapped, version, case_id)
            else:
                with pytest.raises(KeyDestroyed):
                    world.store.ring.case_key(wrapped, version, case_id)


def _cut(_what: str, _done: int, _total: int) -> None:
    raise CutOff
