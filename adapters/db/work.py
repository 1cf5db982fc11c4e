"""The unit of work on SQLAlchemy: one connection, one transaction, begun with the writer's lock of its tenant.

Whatever fails, the transaction is rolled back and nothing was; where the COMMIT itself fails it is looked whether it is
there. What is written, and how, is `adapters.db.written`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from adapters.db import among
from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.codec import checksum, read_family, unseal
from adapters.db.driver import has_failed, head_seen, is_certain, is_in_transaction, is_postgres
from adapters.db.people import checksum_of, put
from adapters.db.plan import Answered, Asked, Batch
from adapters.db.remembered import CaseOpener, Sealed
from adapters.db.spread import packed
from adapters.db.staged import Stored
from adapters.db.written import SqlWriting
from audit.errors import UnreadableBody
from audit.keys import KeyRing
from audit.log import Head, Row
from audit.tree import Frontier
from states.profile import Profile
from workflow.case import Family
from workflow.errors import UnknownOutcome
from workflow.office import Directory, Listed
from workflow.ports import Remembered

if TYPE_CHECKING:
    from adapters.db.store import Store

BACK = (
    "Dieser Fall wurde gelöscht; seine Zeilen liegen von Hand wieder in den Tabellen und werden nicht geöffnet. "
    "Nächster Schritt: lotse audit verify."
)
UNDER = 16
"""So many hexadecimal digits of the directory's check sum stand in each entry of who has looked at it."""


class BrokenWork(Exception):
    """The transaction has ended by itself, so nothing that was to be done in it can be kept."""


class SqlKeys:
    """The wrapped keys of one tenant in one transaction; see `audit.keys.WrappedKeys`."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Give KEK version, wrapped key and key id, or None."""
        row = sql.KEY.row(self._connection, tenant=self._tenant, purpose=purpose)
        return (row[0], row[1], row[2]) if row else None

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Insert a key."""
        sql.NEW_KEY.run(
            self._connection,
            tenant=self._tenant,
            purpose=purpose,
            kek_version=kek_version,
            wrapped=wrapped,
            key_id=key_id,
        )


class WorkKeys:
    """The wrapped keys as a unit of work sees them, whose transaction may be the next one already."""

    def __init__(self, work: "SqlWork", tenant: str) -> None:
        self._work = work
        self._tenant = tenant

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Give KEK version, wrapped key and key id, or None."""
        return SqlKeys(self._work.connection, self._tenant).get(purpose)

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Insert a key."""
        SqlKeys(self._work.connection, self._tenant).put(purpose, kek_version, wrapped, key_id)


class SqlWork(SqlWriting):
    """One transaction; see `workflow.ports.Work`."""

    def __init__(self, store: "Store", now_ms: Callable[[], int], *, reading: bool) -> None:
        self._store = store
        self._tenant = store.tenant
        self._open = begun(store.engine, store.tenant, reading=reading)
        self._inside = True
        self._asides: list[bool] = []
        self._wrote_beside = False
        self._ending = False
        self._last: Row | None = None
        self._repeats = False
        self._ahead: dict[str, tuple[Any, ...]] = {}
        self._ids_ahead: dict[str, str] = {}
        self._erased: frozenset[str] | None = None
        """The cases that are erased, as it is known outside the database; looked at once in a transaction."""
        self._partners = {}
        super().__init__(store.ring, now_ms, store.watch)
        self._opener = CaseOpener(store.opened, self._ring)

    @property
    def connection(self) -> Connection:
        """The connection, in a transaction: the first one, or after a commit the next one, begun when first asked for.

        What was committed is committed, whether or not another one can be begun.
        """
        if not self._inside:
            self._open.begin()
            self._inside = True
        return self._open

    @property
    def _connection(self) -> Connection:
        return self.connection

    def directory_checksum(self) -> str:
        """The check sum of the directory and the choice of profile as they stand."""
        return checksum_of(self._connection, self._tenant)

    @property
    def beside(self) -> tuple[Connection, KeyRing]:
        """This transaction and its keys, for what is written beside the plan.

        What a job (`attempt`) has written is kept with it; outside of one only an entry of the log lets it be kept.
        """
        self._aside()
        return self._connection, self._ring

    def _begin_aside(self) -> None:
        self._asides.append(False)

    def _aside(self) -> None:
        """Make the savepoints that are still lacking, one for each job that this one lies in."""
        for level, made in enumerate(self._asides):
            if not made:
                self._connection.exec_driver_sql(f"SAVEPOINT aside{level}")
                self._asides[level] = True

    def _end_aside(self, *, keep: bool) -> None:
        made, level = self._asides.pop(), len(self._asides)
        if not made or self._gone:
            return
        if keep:
            self._wrote_beside = True
        else:
            self._connection.exec_driver_sql(f"ROLLBACK TO aside{level}")
            self._forget_directory()
        self._connection.exec_driver_sql(f"RELEASE aside{level}")

    @property
    def broken(self) -> bool:
        """Whether nothing of this unit of work can be kept."""
        return self._spoilt or self._gone or (self._inside and has_failed(self._open))

    @property
    def _gone(self) -> bool:
        """Whether the transaction has ended by itself: SQLite rolls back on its own where the disk fails."""
        if self._open.closed or self._open.invalidated:
            return True
        return self._inside and not is_in_transaction(self._open)

    def close(self) -> None:
        """Roll back what was not committed and give the connection back."""
        self._open.close()

    def _wrapped_keys(self) -> WorkKeys:
        return WorkKeys(self, self._tenant)

    def _fetch(self, case_id: str) -> Stored | None:
        row = self._ahead.pop(case_id, None) or sql.CASE.row(
            self._connection, tenant=self._tenant, case_id=case_id
        )
        if row is None:
            self._store.opened.forget(case_id)
            return None
        if self._erased is None:
            self._erased = self._store.erased()
        if case_id in self._erased:
            self._store.opened.forget(case_id)
            raise UnreadableBody(BACK)
        return self._opener.opened(case_id, Sealed(*row[1:]))

    def _fetch_family(self, stored: Stored) -> Family:
        row = sql.DOSSIER.one(self._connection, tenant=self._tenant, case_id=stored.case.id)
        if checksum(row[0]) != stored.dossier:
            raise UnreadableBody("Der verschlüsselte Inhalt gehört nicht zu diesem Stand des Falls.")
        return read_family(unseal(stored.key, self._tenant, stored.case.id, "dossier", row[0]))

    def look_ahead(self, cases: Sequence[str]) -> None:
        """See `StagedWork`. SQLite lies in this process: nothing is gained there."""
        named = [each for each in dict.fromkeys(cases) if each.isascii() and each.isprintable()]
        if not named or not is_postgres(self._open):
            return
        names = packed(named)
        found = sql.CASES_AHEAD.rows(self._connection, tenant=self._tenant, ids=names, numbers=names)
        self._ahead = {row[0]: row[2:] for row in found}
        self._ids_ahead = {row[1]: row[0] for row in found}

    def _id_of(self, number: str) -> str | None:
        if number in self._ids_ahead:
            return self._ids_ahead[number]
        row = sql.CASE_NUMBERED.row(self._connection, tenant=self._tenant, number=number)
        if row is None:
            return None
        self._ahead[row[0]] = row[1:]  # who asks for a number asks for the case next
        return str(row[0])

    def _fetch_directory(self) -> Directory:
        directory, checksum = self._store.directory(self._connection)
        self._under = checksum[:UNDER]
        return directory

    def _fetch_answer(self, key: bytes) -> Answered | None:
        row = sql.ANSWER.row(self._connection, tenant=self._tenant, key=key)
        if row is None:
            return None
        answered = Answered(key, row[0], Remembered(row[1], row[2]))
        if self._answer_mac(answered) != row[3]:
            raise UnreadableBody("Eine gemerkte Antwort wurde von Hand verändert.")
        self._repeats = True
        return answered

    def _last_number(self, year: int) -> int:
        row = sql.COUNTER.row(self._connection, tenant=self._tenant, name=f"cases/{year}")
        return int(row[0]) if row else 0

    def _rows_among(self, identities: Iterable[bytes]) -> frozenset[bytes]:
        return among.ROWS(self._connection, self._tenant, identities)

    def _digests_among(self, digests: Iterable[bytes]) -> frozenset[bytes]:
        return among.DIGESTS(self._connection, self._tenant, digests)

    def _held_as(self, number: int) -> bytes | None:
        row = sql.HELD_AS.row(self._connection, tenant=self._tenant, number=number)
        return row[0] if row else None

    def _head(self) -> Head:
        row = head_seen(self._connection) or sql.HEAD.one(self._connection, tenant=self._tenant)
        return Head(row[0], Frontier.from_bytes(row[1], row[2]), row[3])

    def _has_more(self) -> bool:
        return self._wrote_beside

    def commit(self) -> None:
        """See `workflow.ports`. What an earlier request did may have been cut off: it is made sure before it is told."""
        super().commit()
        if self._repeats:
            self._repeats = False
            try:
                self._store.make_sure()
            except Exception as error:
                raise UnknownOutcome from error

    def _write(self, batch: Batch) -> None:
        if self.broken:
            raise BrokenWork
        self._ending = False
        self._last = batch.rows[-1] if batch.rows else None
        self._write_all(batch)
        self._end()
        self._inside = self._wrote_beside = False
        self._ahead, self._ids_ahead, self._erased = {}, {}, None
        self._store.opened.keep(
            (one.case.id, Sealed(one.wrapped[1], one.wrapped[0], one.record), one.case, one.dossier)
            for one in batch.changed
            if one.wrapped is not None
        )

    def _end(self) -> None:
        """COMMIT. Where that fails others may see the transaction all the same; whether they do is looked at.

        What they see may still be lost with the power: a sync that failed is never made good by a later one.
        """
        self._ending = True
        try:
            self._open.commit()
        except Exception as error:
            if is_certain(error):
                raise
            try:
                visible = self.landed()
            except Exception:  # noqa: BLE001 - whatever keeps one from looking, one does not know
                raise UnknownOutcome from error
            if visible and self._store.durable_once_seen:
                return
            if visible:
                raise UnknownOutcome from error
            raise

    def _forget_keys(self) -> None:
        super()._forget_keys()
        self._opener.anew()
        for one in self._shredded:
            self._store.opened.forget(one.target)

    def landed(self) -> bool:
        """Whether the last commit, which failed or was cut off, is seen by others, and stays. Ends this unit of work.

        Raises what keeps one from looking; UnknownOutcome where there is no entry to look for.
        """
        self.close()
        if not self._ending:
            return False
        if self._last is None:
            raise UnknownOutcome
        with self._store.settled() as connection:
            found = sql.LEAF.row(connection, tenant=self._tenant, seq=self._last.seq)
        landed = found is not None and found[0] == self._last.leaf
        if landed and self._store.durable_once_seen:
            self._store.make_sure()
        return landed

    def queries(self) -> list[Asked]:
        """What partners are to be asked, by day and running number."""
        return self.held_apart.queries()

    def write_profile(self, profile: Profile) -> str:
        """Keep a profile and begin new cases by it, in this transaction."""
        self._aside()
        self._leave_directory()
        self._store.choose(self._connection, profile)
        return self._store.seal_tenant(self._connection)

    def write_directory(self, entries: Sequence[Listed]) -> str:
        """Write into the directory, in this transaction; gives the check sum that the log will carry."""
        self._aside()
        self._leave_directory()
        for entry in entries:
            put(self._connection, self._tenant, entry)
        sql.DIRECTORY_CHANGED.run(self._connection, tenant=self._tenant)
        return self._store.seal_tenant(self._connection)
