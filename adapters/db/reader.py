"""The log of one tenant as verification, notary and export read it: pages in one read transaction, as stored."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from adapters.db import log_pages as pages
from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.beside import Beside, Duplicates
from adapters.db.codec import checksum, read_family, read_record, unseal
from adapters.db.driver import is_postgres
from adapters.db.foreign import FOREIGN_CODE
from adapters.db.nodes import NODES, NODES_AFTER
from adapters.db.people import checksum_of
from adapters.db.work import UNDER
from adapters.db.written import operational_columns, partner_digest
from audit.errors import AuditError
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing
from audit.reader import LogReader, StoredHead, StoredKey, StoredNote, StoredRow
from audit.replay import CaseImage, Replay
from workflow.case import Case, Family
from workflow.former import as_told_today
from workflow.policies import facts_recorded
from workflow.visible import parties

PAGE = 1024
Opened = Callable[[Case, Family], None]
_TENANT = re.compile(r"[0-9a-f]{32}")
_FOREIGN_CODE = "SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')"
_LOG = {
    "entries": (t.log, t.past_log),
    "contents": (t.log_contents, t.past_contents),
    "index": (t.log_index, t.past_index),
    "notes": (t.log_checkpoints, t.past_checkpoints),
}
"""Where the present log lies, and where its earlier incarnations."""
_PAST = tuple(past for _, past in _LOG.values())
_BESIDE = (t.log_head, t.log_keys, t.log_nodes, t.past_heads, t.erasure_requests, t.legal_holds)
_TABLES = (*[table for both in _LOG.values() for table in both], *_BESIDE)


@contextmanager
def as_stored(connection: Connection) -> Iterator[None]:
    """Let no text fail to be read for a while: what is no UTF-8 comes as lone surrogates, and stays a text.

    PostgreSQL takes no text that is no UTF-8.
    """
    if is_postgres(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.text_factory = _text
    try:
        yield
    finally:
        driver.text_factory = str


def _text(stored: bytes) -> str:
    return stored.decode(errors="surrogateescape")


class SqlReader:
    """See `audit.reader.LogReader`. With a number it reads that earlier incarnation of the log."""

    def __init__(self, connection: Connection, tenant: str, incarnation: int | None = None) -> None:
        self.connection = connection
        self.tenant = tenant
        self._incarnation = incarnation

    @property
    def keeps_nodes(self) -> bool:
        """Nodes are kept beside the present log alone."""
        return self._incarnation is None

    def head(self) -> StoredHead | None:
        """Give the head as stored; a row of a tenant that this database does not have is a fault."""
        if self._incarnation is not None:
            return self.stand()
        self._no_code()
        known = self._tenants()
        named = {f"tenant{place}": tenant for place, tenant in enumerate(known)}
        for table in _TABLES:
            if pages.foreign_to(table, len(known)).row(self.connection, **named) is not None:
                message = f"In {table.name} steht eine Zeile, die einen anderen Träger nennt."
                raise VerificationError(Step.HEAD, None, FaultClass.FOREIGN, message)
        return self.stand()

    def stand(self) -> StoredHead | None:
        """Give the head as stored, and look at nothing else."""
        number = self._incarnation
        if number is None:
            row = sql.HEAD.row(self.connection, tenant=self.tenant)
        else:
            row = pages.PAST_HEAD.row(self.connection, tenant=self.tenant, incarnation=number)
        return StoredHead(*row) if row else None

    def past(self) -> list[tuple[int, str]]:
        """Give number and verifier key of each earlier incarnation; INCARNATION where rows of another one lie about."""
        for table in _PAST:
            if pages.without_head(table).row(self.connection, tenant=self.tenant) is not None:
                message = f"In {table.name} steht eine Zeile einer Fassung, die es nicht gibt."
                raise VerificationError(Step.INCARNATIONS, None, FaultClass.INCARNATION, message)
        found = pages.PAST_KEYS.rows(self.connection, tenant=self.tenant)
        if any(type(number) is not int or not isinstance(vkey, str) for number, vkey in found):
            message = "Eine frühere Fassung ist unlesbar abgelegt."
            raise VerificationError(Step.INCARNATIONS, None, FaultClass.INCARNATION, message)
        return [(number, vkey) for number, vkey in found]

    def earlier(self, incarnation: int) -> "SqlReader":
        """Give the reader of an earlier incarnation, in the same transaction."""
        return SqlReader(self.connection, self.tenant, incarnation)

    def _page(
        self, which: str, columns: tuple[str, ...], after: int | None, count: int, through: int | None = None
    ) -> Sequence[tuple[Any, ...]]:
        """Give a page; the first begins at the very first row, whatever its key is."""
        past = self._incarnation is not None
        table, key = _LOG[which][past], "size" if which == "notes" else "seq"
        page = pages.page_of(
            table, *columns, key=key, past=past, first=after is None, ends=through is not None
        )
        return page.rows(
            self.connection,
            tenant=self.tenant,
            incarnation=self._incarnation,
            after=after,
            through=through,
            count=count,
        )

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        """Give entries by seq."""
        return self._page("entries", ("leaf", "mac", "body_a"), after, count)

    def leaves(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (seq, leaf) by seq."""
        return self._page("entries", ("leaf",), after, count)

    def bodies_b(
        self, after: int | None, count: int, through: int | None = None
    ) -> Sequence[tuple[int, bytes]]:
        """Give (seq, body B) by seq."""
        return self._page("contents", ("body_b",), after, count, through)

    def index(self, after: int | None, count: int, through: int | None = None) -> Sequence[tuple[int, str]]:
        """Give (seq, case id) by seq."""
        return self._page("index", ("case_id",), after, count, through)

    def notes(self, after: int | None, count: int, through: int | None = None) -> Sequence[StoredNote]:
        """Give the checkpoints by size."""
        return self._page("notes", ("note",), after, count, through)

    def nodes(self, level: int, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (number, hash) of the kept nodes of a level; none of an earlier incarnation."""
        if not self.keeps_nodes:
            return []
        page = NODES if after is None else NODES_AFTER
        return page.rows(self.connection, tenant=self.tenant, level=level, after=after, count=count)

    def node_levels(self) -> Sequence[int]:
        """Give the levels of which nodes are kept."""
        if not self.keeps_nodes:
            return []
        return [row[0] for row in pages.NODE_LEVELS.rows(self.connection, tenant=self.tenant)]

    def wrapped_keys(self) -> Sequence[StoredKey]:
        """Give all wrapped data keys."""
        return [tuple(row) for row in sql.KEYS.rows(self.connection, tenant=self.tenant)]

    def case_key(self, case: str) -> tuple[bytes, int] | None:
        """Give a case's wrapped key and KEK version."""
        row = sql.CASE_KEY.row(self.connection, tenant=self.tenant, case_id=case)
        return (row[0], row[1]) if row else None

    def content_of(self, case: str) -> int | None:
        """Give the number of an entry of this case whose body B is kept."""
        row = pages.content_of(past=self._incarnation is not None).row(
            self.connection, tenant=self.tenant, case_id=case, incarnation=self._incarnation
        )
        return row[0] if row else None

    def images(self, ring: KeyRing, opened: Opened | None = None) -> Iterator[CaseImage]:
        """Give every case as the tables have it, for the replay; columns, lists beside it and record must agree.

        `opened` is called with each case and family, where families are to be opened.
        """
        beside: dict[str, set[str]] = {}
        for case_id, recipient in sql.ALL_RECIPIENTS.rows(self.connection, tenant=self.tenant):
            beside.setdefault(case_id, set()).add(recipient)
        after = ""
        while page := sql.CASE_PAGE.rows(self.connection, tenant=self.tenant, after=after, count=PAGE):
            for row in page:
                columns = dict(zip(t.cases.columns.keys(), row, strict=True))
                case, family = _checked(columns, self.tenant, ring)
                if opened:
                    opened(case, read_family(family))
                if beside.pop(case.id, set()) != parties(case):
                    _altered(
                        f"Fall {case.id}: Wem er angeboten oder übergeben ist, steht anders in den Tabellen."
                    )
                yield image_of(case)
                after = str(columns["id"])
        if beside:
            _altered("Eine Übergabe nennt einen Fall, den es nicht gibt.")

    def _tenants(self) -> list[str]:
        """The tenants of this database, in order; who has it open by itself has already seen that there is one."""
        rows = sql.TENANT.rows(self.connection)
        return sorted({self.tenant, *(row[0] for row in rows if _TENANT.fullmatch(str(row[0])))})

    def _no_code(self) -> None:
        """Lotse's schema has neither triggers nor views; whoever adds one wants to change what is written."""
        code = FOREIGN_CODE if is_postgres(self.connection) else _FOREIGN_CODE
        if self.connection.exec_driver_sql(code).scalar():
            message = "In der Datenbank liegt ein Trigger oder eine Sicht, die nicht von Lotse ist."
            raise VerificationError(Step.HEAD, None, FaultClass.FOREIGN, message)

    def directory_checksum(self) -> str:
        """The check sum of the directory and the choice of profile as the tables have them."""
        return checksum_of(self.connection, self.tenant)


class StoreReplay(Replay):
    """The replay of a whole store: its cases, its directory, and what stands beside the cases.

    What it compares with is read by the reader with which the log was followed to its end, or else by this one.
    With `decrypt` families are opened too, and what tells duplicates is computed anew.
    """

    def __init__(self, reader: SqlReader | None, ring: KeyRing, *, decrypt: bool = False) -> None:
        super().__init__()
        self._reader = reader
        self._ring = ring
        self._decrypt = decrypt
        self._sealed: tuple[int, str] | None = None
        self._beside = Beside()

    def take(self, seq: int, a: Mapping[str, Any]) -> None:
        """Follow one entry."""
        self._same_directory(seq, a)
        if a.get("outcome") == "done":
            if isinstance(a.get("directory"), str):
                self._sealed = (seq, a["directory"])
            self._beside.take(seq, a)
        super().take(seq, as_told_today(a))

    def _same_directory(self, seq: int, a: Mapping[str, Any]) -> None:
        """BESIDE where somebody acted by another directory than was in force, as after an older one was put back."""
        under = a.get("under")
        if under is None or self._sealed is None:
            return
        if under not in (self._sealed[1][:UNDER], str(a.get("directory"))[:UNDER]):
            message = "Gehandelt wurde nach einem anderen Verzeichnis der Personen, als damals galt."
            raise VerificationError(Step.REPLAY, seq, FaultClass.BESIDE, message)

    def compare(self, reader: LogReader | None = None) -> int:
        """Compare cases, directory and what stands beside them with what the log says."""
        stored = reader if isinstance(reader, SqlReader) else self._reader
        if stored is None:
            raise ValueError("There is nothing to compare with.")
        if self._sealed is not None and self._sealed[1] != stored.directory_checksum():
            message = (
                "Das Verzeichnis der Personen oder die Wahl des Profils ist nicht, was das Protokoll sagt."
            )
            raise VerificationError(Step.REPLAY, self._sealed[0], FaultClass.CASE_ALTERED, message)
        opened = Duplicates(stored.connection, stored.tenant, self._ring).compare if self._decrypt else None
        count = self.compare_with(stored.images(self._ring, opened))
        self._beside.compare(stored.connection, stored.tenant, self._ring)
        return count


def _altered(message: str) -> None:
    raise VerificationError(Step.REPLAY, None, FaultClass.CASE_ALTERED, message)


def image_of(case: Case) -> CaseImage:
    """What log and tables must agree on."""
    return CaseImage(
        case.id,
        case.version,
        case.state,
        facts_recorded(case),
        frozenset((duty.obligation, duty.recipient, duty.told_due.isoformat()) for duty in case.duties),
        case.profile,
        case.profile_version,
    )


def _checked(row: Mapping[str, Any], tenant: str, ring: KeyRing) -> tuple[Case, bytes]:
    """Open a case's record and hold the columns beside it against it; give the case, and the family as JSON."""
    case_id = row["id"]
    try:
        key = ring.case_key(row["wrapped_key"], row["kek_version"], case_id)
        case, dossier = read_record(unseal(key, tenant, case_id, "record", row["record"]))
        family = unseal(key, tenant, case_id, "dossier", row["dossier"])
    except (AuditError, ValueError, TypeError, KeyError):
        message = f"Fall {case_id}: Der verschlüsselte Inhalt lässt sich nicht öffnen."
        raise VerificationError(Step.REPLAY, None, FaultClass.CASE_ALTERED, message) from None
    wrong = [name for name, value in operational_columns(case).items() if row[name] != value]
    if row["partner"] != partner_digest(ring, case.source.institution):
        wrong.append("partner")
    if checksum(row["dossier"]) != dossier:
        wrong.append("dossier")
    if wrong or case.id != case_id:
        message = f"Fall {case_id}: Spalten weichen vom verschlüsselten Inhalt ab ({', '.join(wrong)})."
        raise VerificationError(Step.REPLAY, None, FaultClass.CASE_ALTERED, message)
    return case, family
