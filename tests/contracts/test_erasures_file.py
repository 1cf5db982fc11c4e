"""`erasures.json`: what was erased is remembered outside the database, only ever grows, and is erased again."""

import json
import shutil
import sqlite3
import stat
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from adapters.db.connect import connect
from adapters.db.reader import SqlReader
from adapters.db.store import Store
from adapters.erasures import Erased, ErasuresDamaged, ErasuresIncomplete, bring_up_to_date, erase_again
from states.vocabulary import State
from tests.contracts.erasing import DPO, erase
from tests.people import SUPERVISOR, WORKER
from tests.world import World
from workflow.erasure import Ground


@pytest.fixture
def world(on_disk: World) -> World:
    """An office on disk with somebody for data protection, and a folder for the keys."""
    on_disk.put(DPO)
    assert on_disk.folder is not None
    (on_disk.folder / "keys").mkdir()
    return on_disk


def database(world: World) -> Path:
    assert world.folder is not None
    return world.folder / "lotse.db"


def test_the_list_of_erasures_grows_with_the_log_and_only_ever_grows(world: World) -> None:
    lotse = world.lotse
    path = lotse.settings.erasures
    assert bring_up_to_date(lotse).erased == ()
    shredded = erase(world, world.a_case_in(State.CLOSED))
    listed = bring_up_to_date(lotse)
    assert [(each.target, each.key_id) for each in listed.erased] == [(shredded.target, shredded.key_id)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = json.loads(path.read_bytes())
    assert said == {
        "origin": world.store.origin,
        "size": world.size,
        "erased": [
            {
                "case": shredded.target,
                "key_id": shredded.key_id,
                "kek_version": 1,
                "at": world.now.isoformat(),
            }
        ],
    }
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert bring_up_to_date(lotse) == listed
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    second = erase(world, world.a_case_in(State.CLOSED))
    assert [each.target for each in bring_up_to_date(lotse).erased] == [shredded.target, second.target]
    whole = path.read_bytes()
    path.unlink()
    bring_up_to_date(lotse)
    assert path.read_bytes() == whole


def test_a_list_from_a_longer_log_or_another_one_keeps_its_lines(world: World) -> None:
    """After a roll-back the database knows less than the list; nothing is forgotten for that."""
    lotse = world.lotse
    erase(world, world.a_case_in(State.CLOSED))
    listed = bring_up_to_date(lotse)
    path = lotse.settings.erasures
    for change in ({"size": 10_000}, {"origin": "lotse/anders/1"}):
        path.write_bytes(_as_written({**json.loads(path.read_bytes()), **change}))
        after = bring_up_to_date(lotse)
        assert after.erased == listed.erased
        assert (after.origin, after.size) == (world.store.origin, world.size)


def _as_written(content: dict[str, object]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"origin": 1}', b"\xff", b'{"origin":"x","size":0,"erased":[{}]}']
)
def test_a_damaged_list_is_an_error_and_is_not_begun_anew(world: World, content: bytes) -> None:
    path = world.lotse.settings.erasures
    path.write_bytes(content)
    with pytest.raises(ErasuresDamaged, match="Nächster Schritt"):
        bring_up_to_date(world.lotse)
    assert path.read_bytes() == content


def test_what_a_restored_copy_brings_back_is_erased_again_in_one_transaction(
    world: World, tmp_path: Path
) -> None:
    """Two cases and a year; the master key they were wrapped with is gone, which hinders nothing."""
    cases = [world.a_case_in(State.CLOSED) for _ in range(3)]
    looked = world.lotse
    looked.record("access", {"action": "open", "actor": WORKER.id, "case": cases[2].id}, cases[2].id)
    world.go_to("2030-01-01 12:00")
    copy = tmp_path / "alt.db"
    shutil.copyfile(database(world), copy)
    for case in cases[:2]:
        erase(world, case)
    erase(world, "access/2026/0", Ground.ACCESS_LOG)
    listed = bring_up_to_date(world.lotse).erased
    assert len(listed) == 3
    never = Erased("f" * 32, "0" * 64, 1, world.now.isoformat())
    other_key = Erased(cases[2].id, "0" * 64, 1, world.now.isoformat())
    restored = Store.open(connect(copy), world.provider, world.millis)
    done = erase_again(
        restored, (*listed, never, other_key), actor=SUPERVISOR.id, requested_by=DPO.id, at=world.now
    )
    assert [each.target for each in done] == [each.target for each in listed]
    assert not erase_again(restored, listed, actor=SUPERVISOR.id, requested_by=DPO.id, at=world.now)
    world.engine.dispose()
    world.store, world.engine = restored, restored.engine
    told = [entry.a for entry in world.entries() if entry.a.get("action") == "erased"]
    assert [each["ground"] for each in told] == ["again"] * 3
    assert {(each["actor"], each["requested_by"]) for each in told} == {(SUPERVISOR.id, DPO.id)}
    assert [case.id for case in world.cases()] == [cases[2].id]
    world.verify()


@pytest.mark.parametrize("column", ["leaf", "body_a"])
@pytest.mark.parametrize("listed", [True, False])
def test_an_entry_that_does_not_open_keeps_no_other_erasure_off_the_list(
    world: World, column: str, *, listed: bool
) -> None:
    """Wherever it stands; it is said each time, until somebody has mended it."""
    lotse = world.lotse
    path = lotse.settings.erasures
    bring_up_to_date(lotse)
    before = path.read_bytes()
    shredded = [erase(world, world.a_case_in(State.CLOSED)) for _ in range(2)]
    first, last = (
        number for number, entry in enumerate(world.entries()) if entry.a.get("action") == "erased"
    )
    keep, harm, mend = (
        statement.format(column)
        for statement in (
            "SELECT {} FROM log WHERE seq = ?",
            "UPDATE log SET {} = zeroblob(80) WHERE seq = ?",
            "UPDATE log SET {} = ? WHERE seq = ?",
        )
    )
    for number in (first - 1, first, last - 1):
        path.unlink()
        if listed:
            path.write_bytes(before)
        with closing(sqlite3.connect(database(world))) as file, file:
            (kept,) = file.execute(keep, (number,)).fetchone()
            file.execute(harm, (number,))
        for _ in range(2):
            with pytest.raises(ErasuresIncomplete, match="1 Einträge"):
                bring_up_to_date(lotse)
        said = json.loads(path.read_bytes())["erased"]
        assert {each["case"] for each in said} >= {each.target for each in shredded[number == first :]}
        with closing(sqlite3.connect(database(world))) as file, file:
            file.execute(mend, (kept, number))
        assert len(bring_up_to_date(lotse).erased) == len(shredded)


def test_nobody_waits_while_a_long_log_is_read_for_its_erasures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pages somebody writes, at every page."""
    shredded = erase(world, world.a_case_in(State.CLOSED))
    pages = 0
    reading = Store.log_reader

    def counted(store: Store) -> AbstractContextManager[SqlReader]:
        nonlocal pages
        pages += 1
        if pages < 50:
            with closing(sqlite3.connect(database(world), timeout=0.2)) as file, file:
                file.execute("UPDATE tenants SET profile = profile")
        return reading(store)

    monkeypatch.setattr("adapters.erasures.PAGE", 2)
    monkeypatch.setattr(Store, "log_reader", counted)
    assert [each.target for each in bring_up_to_date(world.lotse).erased] == [shredded.target]
    assert pages > world.size // 2
