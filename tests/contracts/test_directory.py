"""The directory on every store: what is put is read again, replaced by its key, and gone without a commit.

Tables that came later change no check sum as long as they are empty, so what an older log says of the directory stands.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from adapters.db import statements as sql
from adapters.db.reader import StoreReplay, as_stored
from adapters.db.store import Store
from audit.keys import log_verifier
from audit.verify import verify
from states.vocabulary import Command
from tests.people import COLLEAGUE, MIDWIFE, RECIPIENTS, SUPERVISOR, WORKER
from tests.world import ORIGIN, TENANT, World, a_world, berlin, on_each_database
from workflow.office import Directory, Institution, Listed, Opening, OpeningKind, Substitution
from workflow.perform import perform
from workflow.ports import Entry

OPENED = berlin("2026-03-09 22:10")
OPENING = Opening(
    "0" * 32, COLLEAGUE.id, "f" * 32, OpeningKind.EMERGENCY, OPENED, OPENED + timedelta(hours=1)
)
CLINIC = Institution("klinik", "Klinikum Nordstadt", "clinic", agreement="Netzwerkvereinbarung vom 01.02.2026",
                     agreement_from=date(2026, 2, 1), agreement_until=date(2028, 1, 31))  # fmt: skip
AWAY = Substitution(WORKER.id, COLLEAGUE.id, date(2026, 3, 9), date(2026, 3, 20))


def directory(world: World) -> Directory:
    with world.work() as work:
        return work.directory


@pytest.mark.parametrize(
    ("entry", "later"),
    [
        (OPENING, replace(OPENING, until=OPENED + timedelta(minutes=5))),
        (OPENING, replace(OPENING, reviewed_by=SUPERVISOR.id, reviewed_at=OPENED + timedelta(days=1))),
        (CLINIC, replace(CLINIC, active=False, agreement="", agreement_from=None, agreement_until=None)),
        (AWAY, replace(AWAY, last=date(2026, 3, 11))),
        (MIDWIFE, replace(MIDWIFE, active=False)),
        (RECIPIENTS[0], replace(RECIPIENTS[0], agreement_until=date(2026, 12, 31))),
    ],
)
def test_an_entry_is_read_as_it_was_put_and_replaced_by_its_key(
    world: World, entry: Listed, later: Listed
) -> None:
    before = directory(world)
    for put in (entry, later):
        world.put(put)
        expected = before.with_entries([put])
        found = directory(world)
        assert set(found.substitutions) == set(expected.substitutions)
        assert replace(found, substitutions=()) == replace(expected, substitutions=())
    world.reopen()
    assert later in {
        *directory(world).persons.values(),
        *directory(world).recipients.values(),
        *directory(world).substitutions,
        *directory(world).openings,
        *directory(world).institutions.values(),
    }


def test_without_a_commit_nothing_was_put(world: World) -> None:
    before = directory(world)
    with world.work() as work:
        work.write_directory([OPENING, CLINIC])
        assert work.directory.openings == (OPENING,)
        work.record(Entry("steps", {"action": "directory", "actor": "leitung", "outcome": "done"}))
    assert directory(world) == before


def test_what_older_logs_say_of_the_directory_still_fits(tmp_path: Path) -> None:
    """The check sum as version 0.2.0 made it: tenant, persons, recipients, substitutions, nothing else."""
    with a_world("sqlite", folder=tmp_path, institutions=()) as on_disk:
        _fits_as_it_did(on_disk)


def _fits_as_it_did(on_disk: World) -> None:
    assert isinstance(on_disk.store, Store)
    on_disk.put(AWAY)
    with on_disk.store.reading() as connection:
        row = sql.TENANT.row(connection)
        tables = [
            sorted(each.rows(connection, tenant=TENANT), key=repr)
            for each in (sql.PERSONS, sql.RECIPIENTS, sql.SUBSTITUTIONS)
        ]
    assert row is not None
    plain = orjson.dumps([list(row[:5]), *[[list(each) for each in rows] for rows in tables]], default=repr)
    with on_disk.store.work(reading=True) as work:
        assert work.directory_checksum() == sha256(plain).hexdigest()


@on_each_database
def test_every_entry_of_a_later_table_is_in_the_check_sum(on_disk: World) -> None:
    """And one table's rows cannot pass for another's."""
    assert isinstance(on_disk.store, Store)
    seen = set()
    for entry in (AWAY, OPENING, replace(OPENING, until=OPENED), CLINIC, replace(CLINIC, active=False)):
        on_disk.put(entry)
        with on_disk.store.work(reading=True) as work:
            seen.add(work.directory_checksum())
    assert len(seen) == 5
    on_disk.verify()


def test_each_entry_says_by_which_directory_it_was_made_also_where_it_changes_in_between(
    world: World,
) -> None:
    """As where a writer carries many jobs out in one transaction."""
    with world.work() as work:
        for put in (AWAY, OPENING, None):
            work.attempt(partial(perform, world.request(None, Command.RECEIVE_SELF), office=world.office))
            if put is not None:
                checksum = work.write_directory([put])
                changed = {"action": "directory", "actor": "leitung", "outcome": "done"}
                work.record(Entry("steps", {**changed, "directory": checksum} if checksum else changed))
        work.commit()
    world.verify()
    if isinstance(world.store, Store):
        with world.store.keys() as ring, world.store.log_reader() as reader, as_stored(reader.connection):
            verify(
                reader,
                log_verifier(ORIGIN, world.provider),
                ring,
                decrypt=True,
                replay=StoreReplay(reader, ring),
            )
