"""The quarantine on disk: old copies, restores, what an older version left, and what verification finds."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from adapters.db.codec import seal
from adapters.db.connect import connect
from adapters.db.held import HeldApart
from adapters.db.reader import StoreReplay
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from adapters.erasures import bring_up_to_date, erase_again, scrub
from audit.errors import KeyDestroyed, UnreadableBody
from audit.faults import FaultClass, VerificationError
from audit.keys import log_verifier
from audit.verify import verify
from states.vocabulary import State
from tests.contracts.erasing import DPO, approve, ask
from tests.contracts.holding import ROW, TODAY, ask_partner, days, hold, identity, purged
from tests.contracts.test_all_or_nothing import DiskFullError, statements
from tests.people import SUPERVISOR
from tests.world import ORIGIN, TENANT, World
from workflow.erasure import Ground, row_of
from workflow.ports import Entry


@pytest.fixture
def world(on_disk: World) -> World:
    """An office on disk with somebody for data protection."""
    on_disk.put(DPO)
    return on_disk


def database(world: World) -> Path:
    assert world.folder is not None
    return world.folder / "lotse.db"


def opened(store: Store) -> list[str]:
    """The surnames in quarantine, as far as this store opens them."""
    with store.reading() as connection:
        rows = HeldApart(connection, store.tenant, store.ring.over(SqlKeys(connection, store.tenant))).rows()
        return [row.cells[1] for row in rows]


def test_an_old_copy_opens_until_day_and_master_key_are_gone_then_never_again(
    world: World, tmp_path: Path
) -> None:
    hold(world, 1)
    shutil.copyfile(database(world), tmp_path / "alt.db")
    copy = Store.open(connect(tmp_path / "alt.db"), world.provider, world.millis)
    assert opened(copy) == ["Beispiel-Lind"]
    world.wait(days=31)
    purged(world)
    world.provider.add_version()
    assert opened(Store.open(copy.engine, world.provider, world.millis)) == ["Beispiel-Lind"]
    world.provider.destroy_version(1)
    gone = Store.open(copy.engine, world.provider, world.millis)
    assert opened(gone) == []
    with gone.reading() as connection, pytest.raises(KeyDestroyed):
        gone.ring.over(SqlKeys(connection, TENANT)).known(TODAY)
    copy.engine.dispose()


def held_by_an_older_version(world: World, number: int) -> None:
    """Seal a row as an older version did: under the key shared with other things."""
    assert isinstance(world.store, Store)
    hold(world, number)
    with world.store.work() as work:
        connection, ring = work.beside
        name = identity(work, number)
        plain = orjson.dumps({**ROW, "reason": "Das Datum ist nicht zu lesen."})
        sealed = seal(ring.key("import"), TENANT, name.hex(), "quarantine", plain)
        connection.execute(
            text("UPDATE intake_quarantine SET sealed = :sealed WHERE identity = :name"),
            {"sealed": sealed, "name": name},
        )
        connection.execute(text("DELETE FROM log_keys WHERE purpose LIKE 'quarantine/%'"))
        connection.commit()
        connection.begin()


def test_what_an_older_version_held_stays_readable_and_ends_by_its_term_too(world: World) -> None:
    assert isinstance(world.store, Store)
    held_by_an_older_version(world, 1)
    world.reopen()
    assert opened(world.store) == ["Beispiel-Lind"]
    assert days(world) == [TODAY]
    world.wait(days=31)
    ((shredded, extent),) = purged(world)
    assert (shredded.target, extent.held) == (TODAY, 1)
    assert opened(world.store) == []
    world.verify()


def test_a_restore_makes_the_ends_of_the_quarantine_again(world: World, tmp_path: Path) -> None:
    """A row erased by two, and a day that was over; a row of another day stays."""
    first, _ = hold(world, 1, 2)
    world.wait(days=10)
    hold(world, 3)
    shutil.copyfile(database(world), tmp_path / "alt.db")
    ask(world, row_of(first) or "", DPO, Ground.FAMILY_REQUEST)
    approve(world, row_of(first) or "")
    world.go_to("2026-04-09 12:00")
    purged(world)
    (tmp_path / "keys").mkdir()
    listed = bring_up_to_date(world.lotse).erased
    assert [each.target for each in listed] == [row_of(first), TODAY]
    restored = Store.open(connect(tmp_path / "alt.db"), world.provider, world.millis)
    again = erase_again(restored, listed, actor=SUPERVISOR.id, requested_by=DPO.id, at=world.now)
    assert [each.target for each in again] == [row_of(first), TODAY]
    world.engine.dispose()
    world.store, world.engine = restored, restored.engine
    assert days(world) == ["quarantine/2026-03-19"]
    assert opened(restored) == ["Beispiel-Lind"]
    world.verify()


def fault_of(world: World) -> FaultClass | None:
    assert isinstance(world.store, Store)
    with world.store.keys() as ring, world.store.log_reader() as reader:
        try:
            verify(reader, log_verifier(ORIGIN, world.provider), ring, replay=StoreReplay(reader, ring))
        except VerificationError as fault:
            return fault.fault
    return None


def test_the_key_of_a_day_that_was_purged_put_back_is_found(world: World) -> None:
    hold(world, 1)
    with world.engine.begin() as connection:
        keys = connection.execute(text("SELECT * FROM log_keys WHERE purpose = :day"), {"day": TODAY}).one()
    world.wait(days=31)
    purged(world)
    assert fault_of(world) is None
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO log_keys (tenant, purpose, kek_version, wrapped, key_id) VALUES (:a, :b, :c, :d, :e)"
            ),
            dict(zip("abcde", keys, strict=True)),
        )
    assert fault_of(world) is FaultClass.ERASED


@pytest.mark.parametrize("requested", [True, False])
def test_a_case_erased_by_one_person_as_if_it_were_the_quarantine_is_found(
    world: World, *, requested: bool
) -> None:
    """Only a day of the quarantine needs no second; a row of it does."""
    case = world.a_case_in(State.CLOSED)
    hold(world, 1)
    target = case.id if requested else row_of(hold(world, 1)[0]) or ""
    with world.work() as work:
        shredded = work.erase(target)
        named = {"case": target} if requested else {"purpose": target}
        a = {
            "action": "erased", "outcome": "done", **named, "key_id": shredded.key_id, "kek_version": 1,
            "ground": "quarantine", "actor": SUPERVISOR.id, "at": world.now.isoformat(),
        }  # fmt: skip
        work.record(Entry("steps", a, None, case.id if requested else None))
        work.commit()
    assert fault_of(world) is FaultClass.BESIDE


def test_a_row_whose_day_was_altered_by_hand_opens_no_more_and_keeps_nobody_from_the_others(
    world: World,
) -> None:
    """Put off into the future it would not be purged; but it goes with the key of its true day."""
    assert isinstance(world.store, Store)
    hold(world, 1, 2)
    later = round((world.now + timedelta(days=300)).timestamp() * 1000)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE intake_quarantine SET held_at = :at WHERE number = 1"), {"at": later})
    assert opened(world.store) == ["Beispiel-Lind"]
    with world.store.work(reading=True) as work, pytest.raises(UnreadableBody):
        work.held_apart.row(identity(work, 1))
    world.wait(days=31)
    assert [extent.held for _, extent in purged(world)] == [1]
    assert opened(world.store) == []


def test_whatever_statement_fails_a_purge_is_whole_or_never_was(world: World) -> None:
    """With a row of an older version among them, which is sealed anew in the same transaction."""
    held_by_an_older_version(world, 1)
    ask_partner(world)
    world.wait(days=31)
    size = world.size
    failed: list[str] = []
    for number in range(200):
        world.reopen()
        with statements(world, fails_at=number) as seen:
            try:
                ((_, extent),) = purged(world)
            except DiskFullError:
                failed.append(seen[number].split()[0])
            else:
                break
        assert (days(world), world.size) == ([TODAY], size)
        assert isinstance(world.store, Store)
        assert opened(world.store) == ["Beispiel-Lind"]
    assert {"SELECT", "INSERT", "UPDATE", "DELETE", "COMMIT"} <= set(failed)
    assert (extent.held, extent.asked, days(world), world.size) == (1, 1, [], size + 1)
    world.verify()


def sealed_in(database: Path) -> list[bytes]:
    """What lies sealed in quarantine, and the wrapped key of its day."""
    with closing(sqlite3.connect(database)) as connection:
        queries = (
            "SELECT sealed FROM intake_quarantine",
            "SELECT sealed FROM consent_queries",
            "SELECT wrapped FROM log_keys WHERE purpose LIKE 'quarantine/%'",
        )
        return [bytes(row[0]) for query in queries for row in connection.execute(query)]


def test_of_a_purged_day_no_sealed_byte_and_no_wrapped_key_is_left_in_the_file(world: World) -> None:
    """Nor of a row that was held again and so written twice; the search finds what is there before."""
    assert isinstance(world.store, Store)
    assert world.folder is not None
    file = world.folder / "lotse.db"
    hold(world, *range(1, 40))
    ask_partner(world)
    sealed = sealed_in(file)
    hold(world, *range(1, 40))
    sealed += sealed_in(file)
    pieces = {blob[at : at + 16] for blob in sealed for at in range(0, len(blob) - 15, 16)}
    assert len(sealed) == 82
    before = file.read_bytes()
    assert sum(piece in before for piece in pieces) > len(pieces) // 2
    world.wait(days=31)
    purged(world)
    assert scrub(world.store)
    after = file.read_bytes()
    assert not any(piece in after for piece in pieces)
    assert not [path for path in world.folder.glob("lotse.db-*") if path.stat().st_size]
