"""Keeping and erasing in SQL: requests and holds under a MAC, and what goes with a destroyed key, all in one transaction.

Contents are found by the key id in each leaf and not by the index, which may be what was altered. What SQLite frees is
overwritten (`secure_delete`); `tests/system/test_nothing_remains.py` searches the files for what was erased.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from adapters.db import retention_statements as sql
from adapters.db.codec import checksum, seal, unseal
from adapters.db.contents import contents, delete_contents
from adapters.db.held import HeldApart
from adapters.db.plan import Released, Retained, Withdrawn
from adapters.db.retained import Told
from adapters.millis import instant, millis
from audit.errors import UnreadableBody
from audit.keys import KEY_ID_SIZE, KeyRing
from audit.seal import DataKey
from audit.unseal import open_a
from workflow.erasure import (
    ErasureRequest,
    Extent,
    Ground,
    LegalHold,
    Shredded,
    called_of,
    is_accesses,
    is_case,
    is_quarantine,
    is_row,
)
from workflow.errors import ConflictError
from workflow.second_person import Entered

if TYPE_CHECKING:
    from adapters.db.whole import WholeLog

HOLD = "hold"
_ALTERED = "Ein Löschantrag oder eine Löschsperre wurde in den Tabellen von Hand verändert."


class SqlRetention:
    """The half of `SqlWork` that keeps and erases."""

    _tenant: str
    _ring: KeyRing
    _key_of: Callable[[str], DataKey]
    _aside: Callable[[], None]
    held_as: Callable[[str], bytes | None]

    @property
    def held_apart(self) -> HeldApart:
        """What is held apart, in this transaction."""
        return HeldApart(self._connection, self._tenant, self._ring)

    @property
    @abstractmethod
    def _connection(self) -> Connection: ...

    def log_is_whole(self) -> bool:
        """Read the log through; from then on its index is not believed where the entries say something else."""
        return self._whole is not None

    @cached_property
    def _whole(self) -> "WholeLog | None":
        """What the index does not say as the log does; None where something of the log itself is gone or forged."""
        from adapters.db.whole import LogAltered, read_whole  # noqa: PLC0415 - only to erase; its reader imports this

        try:
            return read_whole(self._connection, self._tenant, self._ring)
        except LogAltered:
            return None

    def _fetch_told(self, case_id: str) -> Sequence[Told]:
        if not is_case(case_id):
            return self._whole.decided.get(case_id, ()) if self._whole else ()
        rows = [
            *sql.PAST_TOLD.rows(self._connection, tenant=self._tenant, case_id=case_id),
            *sql.TOLD.rows(self._connection, tenant=self._tenant, case_id=case_id),
        ]
        whole = self.__dict__.get("_whole")
        return [opened_a(self._ring, *row) for row in (whole.corrected(case_id, rows) if whole else rows)]

    def _is_on_record(self, case_id: str) -> bool:
        return any(
            each.row(self._connection, tenant=self._tenant, case_id=case_id)
            for each in (sql.ON_RECORD, sql.PAST_ON_RECORD)
        )

    def entered(self, person: str) -> Entered | None:
        """When and by whom somebody was last entered in the directory or changed there, by the log read through."""
        return self._whole.entered.get(person) if self._whole else None

    def closed_cases(self) -> Sequence[str]:
        """The ids of the cases that are closed, by number."""
        return [str(row[0]) for row in sql.CLOSED.rows(self._connection, tenant=self._tenant)]

    def access_years(self) -> Sequence[str]:
        """The purposes under which accesses are sealed, oldest first."""
        found = [str(row[0]) for row in sql.ACCESS_KEYS.rows(self._connection, tenant=self._tenant)]
        return sorted(found, key=lambda purpose: [int(part) for part in purpose.split("/")[1:]])

    def cases_accessed(self, purpose: str) -> frozenset[str]:
        """The ids of the cases that the accesses under this purpose name."""
        whole = self.__dict__.get("_whole")
        apart = whole.cases_apart if whole else frozenset()
        return apart | {str(row[-1]) for _, row in self._accessed(purpose)}

    def held_days(self) -> Sequence[str]:
        """The days of which something is held apart, or a key for it is kept, oldest first."""
        return self.held_apart.days()

    def adopt_held(self) -> int:
        """Seal under the key of its day what an older version held apart, in this transaction; how much it was."""
        self._aside()
        return self.held_apart.adopt()

    def _accessed(self, purpose: str) -> Iterator[tuple[bool, tuple[Any, ...]]]:
        """The lines of the index under this key: whether of an earlier incarnation, place and case."""
        key = sql.PURPOSE_KEY.row(self._connection, tenant=self._tenant, purpose=purpose)
        for past, query in ((False, sql.ACCESSED), (True, sql.PAST_ACCESSED)):
            for row in query.rows(self._connection, tenant=self._tenant, key_id=key[0]) if key else ():
                yield past, row

    def _fetch_shreddable(self, target: str) -> Shredded | None:
        if is_case(target):
            row = sql.CASE_KEY.row(self._connection, tenant=self._tenant, id=target)
        else:
            purpose = self._purpose_of(target) if is_row(target) else target
            row = sql.PURPOSE_KEY.row(self._connection, tenant=self._tenant, purpose=purpose)
        return Shredded(target, bytes(row[0])[:KEY_ID_SIZE].hex(), int(row[1])) if row else None

    def _purpose_of(self, target: str) -> str | None:
        """Under which key a row of the quarantine lies, None where it does not lie there."""
        identity = self.held_as(called_of(target))
        return self.held_apart.key_of(identity) if identity is not None else None

    # Requests and holds.

    def _fetch_requests(self) -> Sequence[ErasureRequest]:
        return [self._request(row) for row in sql.REQUESTS.rows(self._connection, tenant=self._tenant)]

    def _fetch_request(self, target: str) -> ErasureRequest | None:
        row = sql.REQUEST.row(self._connection, tenant=self._tenant, case_id=target)
        return self._request(row) if row else None

    def _request(self, row: tuple[Any, ...]) -> ErasureRequest:
        if self._mac("erasure", *row[:4]) != row[4]:
            raise UnreadableBody(_ALTERED)
        return ErasureRequest(row[0], Ground(row[1]), row[2], instant(row[3]))

    def _fetch_holds(self) -> frozenset[str]:
        return frozenset(str(row[0]) for row in sql.HOLDS.rows(self._connection, tenant=self._tenant))

    def _fetch_hold(self, case_id: str) -> LegalHold | None:
        row = sql.HELD.row(self._connection, tenant=self._tenant, case_id=case_id)
        if row is None:
            return None
        if (
            type(row[2]) is not bytes
            or self._mac("hold", case_id, row[0], row[1], checksum(row[2])) != row[3]
        ):
            raise UnreadableBody(_ALTERED)
        reason = unseal(self._key_of(case_id), self._tenant, case_id, HOLD, row[2]).rstrip().decode()
        return LegalHold(case_id, row[0], instant(row[1]), reason)

    def _mac(self, *parts: object) -> bytes:
        return retention_mac(self._ring, *parts)

    # Writing.

    def _write_retained(self, retained: Sequence[Retained]) -> None:
        for known in ("_kept_contents", "_whole"):
            self.__dict__.pop(known, None)
        gone = {one.target for one in retained if isinstance(one, Shredded)}
        for change in retained:
            if isinstance(change, ErasureRequest):
                self._write_request(change)
            elif isinstance(change, LegalHold) and change.case in gone:
                continue
            elif isinstance(change, LegalHold):
                self._write_hold(change)
            elif isinstance(change, Withdrawn):
                sql.NO_REQUEST.run(self._connection, tenant=self._tenant, case_id=change.target)
            elif isinstance(change, Released):
                sql.NO_HOLD.run(self._connection, tenant=self._tenant, case_id=change.case)
            else:
                self._write_shredded(change)
        keys = {bytes.fromhex(one.key_id) for one in retained if isinstance(one, Shredded)}
        if keys:
            delete_contents(self._connection, self._tenant, keys)

    def _write_request(self, request: ErasureRequest) -> None:
        row = (request.target, str(request.ground), request.requested_by, millis(request.requested_at))
        names = ("case_id", "ground", "requested_by", "requested_at")
        values = dict(zip(names, row, strict=True))
        sql.NEW_REQUEST.run(self._connection, tenant=self._tenant, mac=self._mac("erasure", *row), **values)

    def _write_hold(self, hold: LegalHold) -> None:
        case_id, held_at = hold.case, millis(hold.held_at)
        sealed = seal(self._key_of(case_id), self._tenant, case_id, HOLD, hold.reason.encode())
        mac = self._mac("hold", case_id, hold.held_by, held_at, checksum(sealed))
        values = {"case_id": case_id, "held_by": hold.held_by, "held_at": held_at}
        sql.NEW_HOLD.run(self._connection, tenant=self._tenant, sealed=sealed, mac=mac, **values)

    def _write_shredded(self, shredded: Shredded) -> None:
        """Delete key and rows of one target; ConflictError where its key is not the one that was found."""
        connection, tenant, target = self._connection, self._tenant, shredded.target
        if is_case(target):
            for each in (*sql.NO_BESIDE, sql.NO_HOLD, sql.NO_WARNING):
                each.run(connection, tenant=tenant, case_id=target)
            gone = sql.NO_CASE.run(connection, tenant=tenant, id=target, kek_version=shredded.kek_version)
        elif is_row(target):
            gone = self._delete_row(shredded)
        else:
            if is_accesses(target):
                self._delete_index(target)
            else:
                self.held_apart.delete_day(target)
            key_id = bytes.fromhex(shredded.key_id)
            gone = sql.NO_PURPOSE.run(
                connection, tenant=tenant, purpose=target, kek_version=shredded.kek_version, key_id=key_id
            )
        sql.NO_REQUEST.run(connection, tenant=tenant, case_id=target)
        if gone != 1:
            raise ConflictError("Der Schlüssel dazu wurde inzwischen erneuert oder gelöscht.")

    def _delete_index(self, purpose: str) -> None:
        """Delete the lines of the index of a year of accesses."""
        for past, row in list(self._accessed(purpose)):
            if past:
                sql.NO_PAST_INDEX.run(self._connection, tenant=self._tenant, incarnation=row[0], seq=row[1])
            else:
                sql.NO_INDEX.run(self._connection, tenant=self._tenant, seq=row[0])

    def _delete_row(self, shredded: Shredded) -> int:
        """Delete a row of the quarantine where it still lies under the key that was found; how many that were."""
        identity = self.held_as(called_of(shredded.target))
        if identity is None or self._fetch_shreddable(shredded.target) != shredded:
            return 0
        self.held_apart.delete_row(identity)
        return 1

    @cached_property
    def _kept_contents(self) -> Counter[tuple[bool, bytes]]:
        """How many contents lie under each key, in the past (True) and now; counted once between commits."""
        kept = contents(self._connection, self._tenant)
        return Counter((incarnation is not None, key_id) for incarnation, _, key_id in kept)

    # What an erasure would take away.

    def extent(self, target: str) -> Extent:
        """What an erasure would take away now."""
        if is_quarantine(target):
            held, asked = self.held_apart.counted(target)
            return Extent(held=held, asked=asked)
        found = self._fetch_shreddable(target)
        if found is None:
            return Extent()
        key_id = bytes.fromhex(found.key_id)
        if is_row(target):
            return Extent(held=1)
        if is_accesses(target):
            sealed = sum(
                int(each.one(self._connection, tenant=self._tenant, key_id=key_id)[0])
                for each in (sql.COUNT_SEALED, sql.COUNT_PAST_SEALED)
            )
            return Extent(index=sum(1 for _ in self._accessed(target)), entries=sealed)
        past, live = (self._kept_contents[each, key_id] for each in (True, False))
        beside = {
            name: int(each.one(self._connection, tenant=self._tenant, case_id=target)[0])
            for name, each in sql.COUNT_BESIDE.items()
        }
        entries = sum(
            len(each.rows(self._connection, tenant=self._tenant, case_id=target))
            for each in (sql.TOLD, sql.PAST_TOLD)
        )
        return Extent(cases=1, contents=live, past_contents=past, entries=entries, **beside)


def opened_a(ring: KeyRing, seq: int, raw: bytes, body_a: bytes) -> Told:
    """The log's time of an entry and its body A. Raises UnreadableBody where no key of its year opens it."""
    leaf, a = open_a(ring, raw, body_a)
    if leaf.seq != seq:
        raise UnreadableBody("Der Eintrag steht unter der Nummer eines anderen.")
    return instant(leaf.time_ms), a


def retention_mac(ring: KeyRing, *parts: object) -> bytes:
    """Authenticate a request or a hold; `parts` are its kind and its columns (a sealed one by its check sum)."""
    return ring.key("mac").mac("\n".join(map(str, ("lotse/retention", *parts))).encode())
