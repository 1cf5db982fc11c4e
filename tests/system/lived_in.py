"""A store in which everything has happened once, and the view of somebody who holds its file and changes it.

There are the clinic's list, steps, refusals, openings, searches, corrections, a new profile, overdue cases.
The changes stand in a transaction that is rolled back, so each attack begins with the honest store.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    TableClause,
    column,
    delete,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)

from adapters.bootstrap import create_lotse
from adapters.db.reader import SqlReader, StoreReplay, as_stored
from adapters.db.work import SqlKeys
from adapters.intake.importer import Import
from adapters.intake.reader import open_list
from adapters.lotse import Lotse
from adapters.settings import read_settings
from audit.keys import KeyRing, log_verifier
from audit.notary_file import NotaryFile
from audit.verify import Report, verify
from states.profile import load
from states.vocabulary import Command
from tests.people import MIDWIFE, PEOPLE, RECIPIENTS
from tests.sensible import sensible
from tests.system.program import CLINIC_LIST
from workflow.case import Case
from workflow.errors import RefusedError
from workflow.office import Person
from workflow.perform import Request

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_TO_HANDOVER = (
    (Command.RECORD_CONSENT_FOR, MIDWIFE.recipient),
    (Command.PROPOSE_HANDOVER, MIDWIFE.recipient),
)


def a_lived_in_store(folder: Path, rows: int = 60) -> Lotse:
    """Make the store below the folder, with so many rows of the clinic's list."""
    whole = CLINIC_LIST.read_bytes().splitlines(keepends=True)
    chosen = folder / "liste.csv"
    folder.mkdir(exist_ok=True)
    chosen.write_bytes(b"".join(whole[: rows + 1]))
    lotse = create_lotse(read_settings(folder), lambda: NOW)
    lotse.store.put(*PEOPLE, *RECIPIENTS)
    worker = lotse.person("fachkraft")
    Import(lotse, worker, open_list(chosen)).run()
    lotse.countersign()
    _some_days_work(lotse, worker)
    lotse.flag_overdue(5)
    lotse.store.adopt(load("bergkamen"))
    lotse.countersign()
    return lotse


def _some_days_work(lotse: Lotse, worker: Person) -> None:
    cases = lotse.cases_for(worker)
    for case in cases[:12]:
        _do(lotse, case, Command.ASSIGN, worker)
        _do(lotse, case, Command.TRIAGE_NO, worker)
        _do(lotse, case, Command.CHECK_CONSENT_YES, worker)
        _do(lotse, case, Command.CLOSE, worker)
        _do(lotse, case, Command.REACH_FAMILY, worker)
    for case in cases[:8]:
        for command, recipient in _TO_HANDOVER:
            _do(lotse, case, command, worker, recipient)
    for case in cases[:4]:
        _do(lotse, case, Command.ACCEPT, MIDWIFE, MIDWIFE.recipient)
        _do(lotse, case, Command.WITHDRAW_CONSENT, worker)
        _do(lotse, case, Command.CORRECT, worker, field="first_name", value="Berichtigt", reason="verhört")
        lotse.view(worker, case.number)
    _do(lotse, cases[5], Command.NOTE, worker, text="hat angerufen")
    lotse.countersign()
    lotse.today(worker)
    lotse.find(worker, "Beispiel")


def _do(
    lotse: Lotse, case: Case, command: Command, by: Person, to: str | None = None, **details: object
) -> None:
    """Do it where it is possible; where it is not, the refusal is on record."""
    given = {**sensible(command, case, by, NOW), **details}
    with suppress(RefusedError):
        lotse.submit(Request(command, by, case.id, to, details=given))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A store under suspicion: looked at through one connection, with everything forgotten that it said before."""

    lotse: Lotse
    connection: Connection
    origin: str

    @property
    def tenant(self) -> str:
        return self.lotse.store.tenant

    def verify(self, *, replay: bool = False) -> Report:
        """Verify as the command does: keys read anew, and the notary's last note beside those in the tables."""
        provider = self.lotse.store.provider
        ring = KeyRing(provider, SqlKeys(self.connection, self.tenant), self.tenant)
        reader = SqlReader(self.connection, self.tenant)
        note = NotaryFile(self.lotse.settings.notary).load().note
        verifier = log_verifier(self.origin, provider)
        images = StoreReplay(reader, ring) if replay else None
        with as_stored(self.connection):
            return verify(reader, verifier, ring, notes=[note] if note else [], decrypt=replay, replay=images)

    def cells(self, table: str, rowid: int) -> dict[str, Any]:
        """A row as it is stored."""
        query = select(text("*")).select_from(_table(table)).where(_rowid == rowid)
        with as_stored(self.connection):
            return dict(self.connection.execute(query).one()._mapping)

    def rowids(self, table: str, order: str = "rowid") -> list[int]:
        """All rows of a table."""
        return list(
            self.connection.scalars(select(_rowid).select_from(_table(table)).order_by(column(order)))
        )

    def write(self, table: str, rowid: int, **values: object) -> None:
        """Change columns of a row, past everything but the constraints of the table."""
        self.connection.execute(update(_table(table, *values)).where(_rowid == rowid).values(values))

    def delete(self, table: str, rowid: int) -> None:
        """Take a row away."""
        self.connection.execute(delete(_table(table)).where(_rowid == rowid))

    def insert(self, table: str, row: Mapping[str, object]) -> None:
        """Add a row."""
        self.connection.execute(insert(_table(table, *row)).values(row))

    def columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return [each["name"] for each in inspect(self.connection).get_columns(table)]

    def tables(self, start: str) -> list[str]:
        """Every table whose name begins so, as the database itself names them."""
        return sorted(name for name in inspect(self.connection).get_table_names() if name.startswith(start))

    @contextmanager
    def attack(self) -> Iterator[None]:
        """What is changed inside is undone in the end."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()


@contextmanager
def suspected(lotse: Lotse) -> Iterator[Suspect]:
    """Open the store for attacks; nothing of them stays."""
    with lotse.store.engine.connect() as connection:
        connection.begin()
        try:
            yield Suspect(lotse, connection, lotse.store.origin)
        finally:
            connection.rollback()


_rowid: ColumnClause[int] = column("rowid")


def _table(name: str, *columns: str) -> TableClause:
    return table(name, *map(column, columns))
