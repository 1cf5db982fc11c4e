"""Two towns in one database: the same people and numbers in both, other families, one key provider."""

import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from adapters.db.connect import connect, migrate
from adapters.db.reader import StoreReplay, as_stored
from adapters.db.store import Store, StoreError
from adapters.db.work import SqlWork
from adapters.lotse import DAMAGED, Lotse
from adapters.settings import Settings
from audit.keys import log_verifier
from audit.verify import Report, verify
from states.profile import load
from states.vocabulary import Command
from tests.audit.world import FixedKeys
from tests.openings import OTHERS
from tests.people import COLLEAGUE, PEOPLE, RECIPIENTS, SUPERVISOR, WORKER
from tests.sensible import sensible
from tests.world import berlin
from workflow.case import Case
from workflow.errors import RefusedError, UnknownCaseError
from workflow.office import OpeningKind, Person
from workflow.openings import Wanted, open_case
from workflow.perform import Request

NORTH, SOUTH = "a" * 32, "b" * 32
NOW = berlin("2026-03-09 10:00")
SECRET = {NORTH: "Nordmann", SOUTH: "Südmeier"}
"""The family of each town; nobody of the other ever reads that name."""


@dataclass(frozen=True, slots=True)
class Town:
    """One tenant at work."""

    store: Store
    lotse: Lotse
    provider: FixedKeys

    def referral(self, key: str | None = None) -> Case:
        details = {
            **sensible(Command.RECEIVE_CONSENT, None, WORKER, NOW),
            "surname": SECRET[self.store.tenant],
        }
        request = Request(Command.RECEIVE_CONSENT, WORKER, details=details, key=key)
        return self.lotse.submit(request).case

    def verified(self) -> Report:
        """Read the whole log, open everything, replay it."""
        with self.store.keys() as ring, self.store.log_reader() as reader, as_stored(reader.connection):
            verifier = log_verifier(self.store.origin, self.provider)
            return verify(
                reader, verifier, ring, decrypt=True, replay=StoreReplay(reader, ring, decrypt=True)
            )


class Towns:
    """Both towns, and the database between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "lotse.db"
        self.provider = FixedKeys()
        engine = connect(self.database)
        migrate(engine)
        for tenant in (NORTH, SOUTH):
            store = Store.create(engine, self.provider, _millis, tenant, f"lotse/{tenant}/1", load("default"))
            store.put(*PEOPLE, *RECIPIENTS, *OTHERS)
        self.engine = engine
        self.north, self.south = self.town(NORTH), self.town(SOUTH)

    def town(self, tenant: str) -> Town:
        """Open one of them anew."""
        store = Store.open(self.engine, self.provider, _millis, tenant)
        settings = Settings(data=self.folder, keys=self.folder / "keys", exports=self.folder)
        return Town(store, Lotse(settings, store, lambda: NOW, lambda: NOW), self.provider)

    def lived_in(self) -> None:
        """A case, a duplicate of it, an emergency and an idempotency key in each."""
        for town in (self.north, self.south):
            case = town.referral(key="einmal")
            town.referral()
            town.lotse.submit(
                Request(Command.NOTE, WORKER, case.id, details={"text": SECRET[town.store.tenant]})
            )
            wanted = Wanted(COLLEAGUE, case.number, OpeningKind.EMERGENCY, SECRET[town.store.tenant])
            town.lotse.write(partial(_opened, town, wanted))

    def by_hand(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What somebody with the file does and reads."""
        with closing(sqlite3.connect(self.database)) as database, database:
            return database.execute(statement, values).fetchall()

    def cells(self, table: str, column: str, tenant: str) -> dict[object, object]:
        """One column of a tenant's rows, by what SQLite knows the row by."""
        row, whose = _row(table)
        statement = f"SELECT {row}, {column} FROM {table} WHERE {whose} = ? ORDER BY {row}"  # noqa: S608 - our own names
        return dict(self.by_hand(statement, tenant))

    def lay(self, table: str, column: str, values: Mapping[object, object]) -> None:
        """Write values into the north's rows."""
        row, whose = _row(table)
        for key, value in values.items():
            statement = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {row} = ? AND {whose} = ?"  # noqa: S608 - the same
            self.by_hand(statement, value, key, NORTH)

    def move(self, table: str, source: str, target: str) -> None:
        """Give one tenant's rows to another, over what it has."""
        self.by_hand(f"UPDATE OR REPLACE {table} SET tenant = ? WHERE tenant = ?", target, source)  # noqa: S608 - the same

    @contextmanager
    def attacked(self) -> Iterator[None]:
        """Whatever is done to the file is undone afterwards."""
        kept = self.folder / f"kept-{secrets.token_hex(4)}.db"
        self.engine.dispose()
        shutil.copyfile(self.database, kept)
        try:
            yield
        finally:
            self.engine.dispose()
            self.database.write_bytes(kept.read_bytes())
            kept.unlink()

    def close(self) -> None:
        self.engine.dispose()


def _row(table: str) -> tuple[str, str]:
    """By what a row is known, and by what its tenant."""
    return "number" if table == "log_nodes" else "rowid", "id" if table == "tenants" else "tenant"


def _millis() -> int:
    return int(NOW.timestamp() * 1000)


def _opened(town: Town, wanted: Wanted, work: SqlWork) -> None:
    open_case(wanted, work, town.lotse.office)


def everything_of(town: Town) -> str:
    """Everything that the town's people can read, as text; what does not open says only that it does not."""
    lotse = town.lotse
    told: list[object] = []

    def look(what: Callable[[], object]) -> None:
        try:
            told.append(what())
        except (*DAMAGED, StoreError, RefusedError, UnknownCaseError, sqlite3.IntegrityError) as error:
            told.append(f"{type(error).__name__}: {error}")

    for person in (WORKER, COLLEAGUE, SUPERVISOR):
        look(partial(lotse.cases_for, person))
        look(partial(lotse.today, person))
        for name in SECRET.values():
            look(partial(found_by, lotse, person, name))
        for number in ("FH-2026-0001", "FH-2026-0002"):
            look(partial(shown, lotse, person, number))
    look(lotse.partner_queries)
    return repr(told)


def found_by(lotse: Lotse, person: Person, name: str) -> list[tuple[str, str]]:
    """What a search finds, names included."""
    return [(case.number, family.surname) for case, family in lotse.find(person, name)]


def shown(lotse: Lotse, person: Person, number: str) -> tuple[object, ...]:
    """A case as it is opened, names included."""
    seen = lotse.view(person, number)
    surname = seen.family.surname if seen.family else ""
    return seen.case, surname, [(each.a, each.b) for each in seen.timeline]
