"""The store: one tenant in one database, with its keys; gives units of work, read snapshots and queries.

A store is created once, with its first profile, its log head and an entry that says so. Profiles lie in it with an
authentication of their own, so a profile altered by hand is found when it is opened.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.driver import is_postgres
from adapters.db.people import checksum_of, put, read_directory
from adapters.db.reader import SqlReader, as_stored
from adapters.db.remembered import OpenedCases
from adapters.db.timeline import Told, timeline_of
from adapters.db.work import BACK, SqlKeys, SqlWork
from audit.clock import ClockWatch
from audit.errors import UnreadableBody
from audit.keys import KeyProvider, KeyRing
from audit.tree import Frontier
from states.profile import Profile, read_profile
from workflow.errors import WorkflowError
from workflow.office import Directory, Listed, Network, Person, Substitution
from workflow.ports import Entry

DIRECTORY = "directory"


class StoreError(WorkflowError):
    """The store is not as Lotse left it."""


class Networks(dict[tuple[str, int], Network]):
    """The networks of a store by profile and version, built when first asked for."""

    def __init__(self, read: Callable[[str, int], Profile]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: tuple[str, int]) -> Network:
        network = self[key] = Network.of(self._read(*key))
        return network


class Store:
    """One tenant's data. `now_ms` is the machine's clock in Unix milliseconds, for the log."""

    def __init__(self, engine: Engine, tenant: str, provider: KeyProvider, now_ms: Callable[[], int]) -> None:
        self.engine = engine
        self.tenant = tenant
        self.provider = provider
        self.watch = ClockWatch()
        self.networks = Networks(self._profile)
        self._now_ms = now_ms
        self._directory: tuple[bytes, Directory, str] | None = None
        self.ring = KeyRing(provider, _NoKeys(), tenant)
        self.erased: Callable[[], frozenset[str]] = frozenset
        """Gives the ids of cases that were erased, as is known outside the database; they open no more."""
        self.opened = OpenedCases()

    @classmethod
    def open(
        cls, engine: Engine, provider: KeyProvider, now_ms: Callable[[], int], tenant: str | None = None
    ) -> "Store":
        """Open a tenant of this database, the only one where none is named. Raises StoreError where there is none."""
        ids = tenants_of(engine)
        found = ids if tenant is None else [each for each in ids if each == tenant]
        if tenant is None and len(ids) > 1:
            raise StoreError(
                f"In dieser Datenbank liegen {len(ids)} Träger. Nächster Schritt: mit LOTSE_TENANT sagen, welcher."
            )
        if len(found) != 1:
            raise StoreError("In dieser Datenbank ist kein Träger angelegt. Nächster Schritt: lotse init.")
        return cls(engine, found[0], provider, now_ms)

    @staticmethod
    def exists(engine: Engine, tenant: str | None = None) -> bool:
        """Whether a tenant, or this one, has been begun in this database."""
        found = tenants_of(engine)
        return bool(found) if tenant is None else tenant in found

    @classmethod
    def create(
        cls,
        engine: Engine,
        provider: KeyProvider,
        now_ms: Callable[[], int],
        tenant: str,
        origin: str,
        profile: Profile,
        people: Iterable[Person] = (),
    ) -> "Store":
        """Begin a tenant with its proven profile, its first people and an empty log, in one transaction."""
        store = cls(engine, tenant, provider, now_ms)
        with store.writing() as connection:
            sql.NEW_TENANT.run(
                connection,
                id=tenant,
                origin=origin,
                profile=profile.name,
                profile_version=profile.version,
                directory_version=1,
                mac=b"",
            )
            sql.NEW_HEAD.run(
                connection,
                tenant=tenant,
                origin=origin,
                size=0,
                frontier=Frontier().to_bytes(),
                last_time_ms=0,
            )
            store._put_profile(connection, profile)
            for person in people:
                put(connection, tenant, person)
            store.seal_tenant(connection)
        return store

    def work(self, *, reading: bool = False) -> SqlWork:
        """A unit of work; rolled back unless it commits. `reading`: a snapshot without the writer's lock."""
        return SqlWork(self, self._now_ms, reading=reading)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: one snapshot, no lock."""
        with begun(self.engine, self.tenant, reading=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction with the writer's lock, beside the log: committed at the end, or nothing of it was."""
        with begun(self.engine, self.tenant) as connection:
            yield connection
            connection.commit()

    @property
    def durable_once_seen(self) -> bool:
        """Whether what others see is on this machine's disk: PostgreSQL shows nothing before, SQLite does."""
        return self.engine.dialect.name == "postgresql"

    def make_sure(self) -> None:
        """See that what can be seen now stays: on the disk, and on the synchronous standby's. Raises where it cannot be.

        A commit that was cut off while it waited for the standby is seen before the standby has it; one cut off before
        SQLite's last sync is seen before the disk has it. `tests/system/test_fail_over.py`.
        """
        if self.durable_once_seen:
            from adapters.db.postgres import secure  # noqa: PLC0415 - only on PostgreSQL

            secure(self.engine)
        else:
            from adapters.db.connect import secure as secure_file  # noqa: PLC0415 - only on SQLite

            secure_file(Path(str(self.engine.url.database)))

    @contextmanager
    def settled(self) -> Iterator[Connection]:
        """A transaction that begins after every earlier one of this tenant has ended, also one that lost its client.

        PostgreSQL may still be committing for somebody who has gone; who has the lock on the head knows that nobody is.
        """
        with begun(self.engine, self.tenant, reading=not self.durable_once_seen) as connection:
            yield connection

    @contextmanager
    def log_reader(self) -> Iterator[SqlReader]:
        """The log in one read transaction."""
        with self.reading() as connection, as_stored(connection):
            yield SqlReader(connection, self.tenant)

    @contextmanager
    def keys(self) -> Iterator[KeyRing]:
        """The ring for reading in a transaction of its own."""
        with self.reading() as connection:
            yield self.ring.over(SqlKeys(connection, self.tenant))

    # The tenant, its profiles and its directory.

    def tenant_row(self, connection: Connection | None = None) -> Mapping[str, Any]:
        """Origin, current profile and directory version."""
        if connection is None:
            with self.reading() as fresh:
                return self.tenant_row(fresh)
        rows = [row for row in sql.TENANT.rows(connection) if row[0] == self.tenant]
        names = ("id", "origin", "profile", "profile_version", "directory_version", "mac")
        return dict(zip(names, rows[0], strict=True))

    def seal_tenant(self, connection: Connection) -> str:
        """Authenticate the directory and the choice of profile as they now stand; gives their check sum."""
        checksum = checksum_of(connection, self.tenant)
        sql.SEAL_TENANT.run(connection, tenant=self.tenant, seal=self._tenant_mac(connection, checksum))
        return checksum

    def _tenant_mac(self, connection: Connection, checksum: str) -> bytes:
        return (
            self.ring.over(SqlKeys(connection, self.tenant))
            .key("mac")
            .mac(f"lotse/tenant\n{checksum}".encode())
        )

    @property
    def origin(self) -> str:
        """The name of the log."""
        return str(self.tenant_row()["origin"])

    @property
    def is_empty(self) -> bool:
        """Whether the log says that it has no entry."""
        with self.reading() as connection:
            head = sql.HEAD.row(connection, tenant=self.tenant)
        return head is not None and head[1] == 0

    @property
    def current(self) -> tuple[str, int]:
        """The profile and version by which new cases begin."""
        row = self.tenant_row()
        return str(row["profile"]), int(row["profile_version"])

    def adopt(self, profile: Profile, actor: str = "system", configurations: int = 0) -> None:
        """Keep a proven profile and begin new cases by it, on record; a version once used never changes."""
        with self.work() as work:
            checksum = work.write_profile(profile)
            work.record(Entry("steps", {**adoption(profile, actor, configurations), "directory": checksum}))
            work.commit()

    def choose(self, connection: Connection, profile: Profile) -> None:
        """Write the profile, if it is new, and the choice of it. Raises StoreError where the version is another."""
        stored = sql.PROFILE.row(connection, tenant=self.tenant, name=profile.name, version=profile.version)
        if stored is None:
            self._put_profile(connection, profile)
        elif stored[0] != profile.text:
            raise StoreError(
                f"Version {profile.version} von „{profile.name}“ ist schon in Gebrauch und lautet anders. "
                "Nächster Schritt: in der Datei die Version erhöhen."
            )
        sql.CHOOSE_PROFILE.run(connection, tenant=self.tenant, name=profile.name, number=profile.version)

    def _put_profile(self, connection: Connection, profile: Profile) -> None:
        ring = self.ring.over(SqlKeys(connection, self.tenant))
        sql.NEW_PROFILE.run(
            connection,
            tenant=self.tenant,
            name=profile.name,
            version=profile.version,
            text=profile.text,
            mac=ring.key("mac").mac(_profile_message(profile.name, profile.version, profile.text)),
        )

    def _profile(self, name: str, version: int) -> Profile:
        with self.reading() as connection, as_stored(connection):
            row = sql.PROFILE.row(connection, tenant=self.tenant, name=name, version=version)
            ring = self.ring.over(SqlKeys(connection, self.tenant))
            text = row[0] if row and isinstance(row[0], bytes) else b""
            if row is None or ring.key("mac").mac(_profile_message(name, version, text)) != row[1]:
                raise StoreError(
                    f"Das Profil „{name}“, Version {version}, fehlt oder wurde von Hand verändert."
                )
        return read_profile(row[0])

    def directory(self, connection: Connection) -> tuple[Directory, str]:
        """The directory with its check sum, read again only where its seal has moved.

        Raises StoreError where it was altered by hand.
        """
        row = self.tenant_row(connection)
        known = self._directory
        if known is None or known[0] != row["mac"]:
            checksum = checksum_of(connection, self.tenant)
            if self._tenant_mac(connection, checksum) != row["mac"]:
                raise StoreError(
                    "Das Verzeichnis der Personen oder die Wahl des Profils wurde von Hand verändert."
                )
            known = self._directory = (row["mac"], read_directory(connection, self.tenant), checksum)
        return known[1:]

    def put(self, *entries: Listed, actor: str = "system") -> None:
        """Write into the directory, each entry replacing the one of its id, on record."""
        with self.work() as work:
            stage_entries(work, entries, actor)
            work.commit()

    # What is read beside units of work.

    def ids(self, prepared: sql.Prepared, **values: object) -> list[str]:
        """The case ids that a statement of `adapters.db.statements` finds."""
        with self.reading() as connection:
            return [str(row[0]) for row in prepared.rows(connection, tenant=self.tenant, **values)]

    def timeline(self, case_id: str) -> list[Told]:
        """The entries of a case, decrypted, those of earlier incarnations first. Record it before calling."""
        if case_id in self.erased():
            raise UnreadableBody(BACK)
        with self.reading() as connection:
            ring = self.ring.over(SqlKeys(connection, self.tenant))
            return timeline_of(connection, self.tenant, ring, case_id)


def stage_entries(work: SqlWork, entries: Sequence[Listed], actor: str) -> None:
    """Write into the directory within a transaction that does more, each entry replacing the one of its id, on record."""
    checksum = work.write_directory(entries)
    names = sorted({type(entry).__name__ for entry in entries})
    ids = [f"{e.absent}/{e.deputy}" if isinstance(e, Substitution) else e.id for e in entries]
    entry = {"action": DIRECTORY, "actor": actor, "outcome": "done", "kinds": names, "ids": ids}
    work.record(Entry("steps", {**entry, "directory": checksum}))


def adoption(profile: Profile, actor: str, configurations: int) -> dict[str, object]:
    """What the log says of a profile: by which process new cases begin from now on, and that it is proven."""
    return {
        "action": "profile",
        "actor": actor,
        "outcome": "done",
        "profile": profile.name,
        "profile_version": profile.version,
        "sha256": profile.sha256,
        "configurations": configurations,
    }


def tenants_of(engine: Engine) -> list[str]:
    """The ids of the tenants in this database. On PostgreSQL a function gives them, for no row is seen without one."""
    with begun(engine, reading=True) as connection:
        if is_postgres(connection):
            return [str(row[0]) for row in connection.exec_driver_sql("SELECT * FROM lotse_tenants()")]
        return [str(row[0]) for row in sql.TENANT.rows(connection)]


class _NoKeys:
    """The store's own ring has no transaction: it only holds the cache that `over` shares."""

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Nothing is kept here."""
        del purpose
        return None

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Nothing can be kept here."""
        raise AssertionError(purpose, kek_version, len(wrapped), len(key_id))


def _profile_message(name: str, version: int, text: bytes) -> bytes:
    return f"lotse/profile\n{name}\n{version}\n".encode() + text
