"""What stands beside the cases, held against what the log says of it: holds, requests, numbers, rows of lists.

A request that was made, a hold, a number that was given, a row that was counted or held apart each have an entry; so
rows that were added, altered or taken away are found. What was asked for under which key (`requests`) has none: a row of
it that is gone is not missed, only one that is left of an erased case. `tests/system/test_everything_altered.py`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from adapters.db import tables as t
from adapters.db.apart import Apart
from adapters.db.codec import checksum
from adapters.db.held import ERASED_ROW
from adapters.db.retention import retention_mac
from adapters.db.staged import digests
from adapters.db.statements import Prepared
from adapters.db.ways_in import WaysIn
from adapters.millis import millis
from audit.errors import AuditError, KeyDestroyed
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import DUPLICATES, KeyRing
from audit.seal import DataKey
from workflow.calendar import BERLIN
from workflow.case import Case, Family
from workflow.erasure import is_quarantine

_MINE = {
    table: table.c.tenant == bindparam("tenant")
    for table in t.metadata.tables.values()
    if "tenant" in table.c
}
_HOLDS = Prepared(select(t.legal_holds).where(_MINE[t.legal_holds]))
_REQUESTS = Prepared(select(t.erasure_requests).where(_MINE[t.erasure_requests]))
_COUNTERS = Prepared(select(t.counters.c.name, t.counters.c.value).where(_MINE[t.counters]))
_HELD = Prepared(
    select(func.coalesce(func.max(t.intake_quarantine.c.number), 0)).where(_MINE[t.intake_quarantine])
)
_COUNTED = Prepared(
    select(func.count()).where(
        _MINE[t.intake_rows],
        t.intake_rows.c.judgement != bindparam("mended"),
        t.intake_rows.c.judgement != bindparam("erased"),
    )
)
_DIGESTS = Prepared(
    select(t.duplicates.c.digest).where(_MINE[t.duplicates], t.duplicates.c.case_id == bindparam("case_id"))
)
_CASES = select(t.cases.c.id).where(_MINE[t.cases])
_LEFT = {
    table.name: Prepared(select(table.c.case_id).where(_MINE[table], table.c.case_id.not_in(_CASES)).limit(1))
    for table in (t.duplicates, t.requests)
}
_NUMBERS, _QUARANTINE, _MENDED = "cases/", "quarantine", "mended"
Asked = tuple[str, str, int]
"""Ground, person, moment in Unix milliseconds."""


class Beside:
    """What the log says of these rows, entry by entry, and the comparison in the end."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[Asked, int]] = {}
        self._holds: dict[str, tuple[tuple[str, int], int]] = {}
        self._begun: Counter[int] = Counter()
        self._counted = 0
        self._apart = Apart()
        self._ways_in = WaysIn()

    def take(self, seq: int, a: Mapping[str, Any]) -> None:
        """Follow one entry that says what was done; REPLAY where it does not say it."""
        action = a.get("action")
        target = a.get("case", a.get("purpose"))
        try:
            self._apart.take(a)
            self._ways_in.take(seq, a)
            if action == "hold":
                self._holds[str(target)] = (str(a["actor"]), _said_at(a)), seq
            elif action == "erasure_requested":
                self._asked[str(target)] = (
                    (str(a["ground"]), str(a["actor"]), _said_at(a)),
                    seq,
                )
            elif action == "import":
                self._counted += a["accepted"] + a["without_personal_data"]
            elif action == "restored":
                self._begun.update({int(year): int(count) for year, count in a.get("skipped", {}).items()})
            elif a.get("version") == 1 and "state" in a:
                self._begun[datetime.fromisoformat(a["at"]).astimezone(BERLIN).year] += 1
        except (KeyError, TypeError, ValueError, AttributeError):
            message = "Der Eintrag lässt sich nicht nachspielen."
            raise VerificationError(Step.REPLAY, seq, FaultClass.REPLAY, message) from None
        if action == "erased":
            self._by_two(seq, str(target), a)
        if action in ("hold_released", "erased"):
            self._holds.pop(str(target), None)
        if action in ("erasure_withdrawn", "erased"):
            self._asked.pop(str(target), None)

    def _by_two(self, seq: int, target: str, a: Mapping[str, Any]) -> None:
        """BESIDE where an erasure was not asked for by another person just so, or was held up.

        One made again by a restore was asked for and approved before; the restore itself had two persons. A day of the
        quarantine goes by its term, and needs one.
        """
        if a.get("ground") == "again" or (a.get("ground") == "quarantine" and is_quarantine(target)):
            return
        asked, _ = self._asked.get(target, (None, 0))
        if asked is None or asked[:2] != (a.get("ground"), a.get("requested_by")):
            raise altered("Eine Löschung wurde so nicht beantragt, oder der Antrag war zurückgezogen.", seq)
        if a.get("actor") == a.get("requested_by"):
            raise altered("Eine Löschung hat nur eine Person beantragt und genehmigt.", seq)
        if target in self._holds:
            raise altered("Gelöscht wurde, was von der Löschung gesperrt war.", seq)

    def compare(self, connection: Connection, tenant: str, ring: KeyRing) -> None:
        """Compare with the tables; BESIDE for the first that differs."""
        self._compare_requests(connection, tenant, ring)
        self._compare_holds(connection, tenant, ring)
        counters = dict(_COUNTERS.rows(connection, tenant=tenant))
        given = {f"{_NUMBERS}{year}": count for year, count in self._begun.items()}
        if {name: value for name, value in counters.items() if str(name).startswith(_NUMBERS)} != given:
            raise altered("Der Zähler der Fallnummern steht anders, als Fälle begonnen wurden.")
        held = counters.get(_QUARANTINE, 0)
        if type(held) is not int or held < _HELD.one(connection, tenant=tenant)[0]:
            raise altered("Der Zähler der Quarantäne steht niedriger als eine ihrer Nummern.")
        if _COUNTED.one(connection, tenant=tenant, mended=_MENDED, erased=ERASED_ROW)[0] != self._counted:
            raise altered("Von den Zeilen eingelesener Listen sind andere gemerkt, als gezählt wurden.")
        if self._apart.differs(connection, tenant):
            raise altered("In der Quarantäne oder bei den Rückfragen liegt anderes, als das Protokoll sagt.")
        if (older := self._ways_in.differs(connection, tenant, ring)) is not None:
            raise altered(*older)
        for name, left in _LEFT.items():
            if left.row(connection, tenant=tenant) is not None:
                raise altered(f"In {name} steht eine Zeile eines Falls, den es nicht gibt.")

    def _compare_requests(self, connection: Connection, tenant: str, ring: KeyRing) -> None:
        told = dict(self._asked)
        for _, target, ground, person, at, mac in _REQUESTS.rows(connection, tenant=tenant):
            asked, seq = told.pop(target, (None, None))
            if asked != (ground, person, at) or mac != retention_mac(
                ring, "erasure", target, ground, person, at
            ):
                raise altered("Ein Löschantrag steht anders in den Tabellen als im Protokoll.", seq)
        for _, seq in told.values():
            raise altered("Ein Löschantrag fehlt in den Tabellen.", seq)

    def _compare_holds(self, connection: Connection, tenant: str, ring: KeyRing) -> None:
        told = dict(self._holds)
        for _, case, person, at, sealed, mac in _HOLDS.rows(connection, tenant=tenant):
            held, seq = told.pop(case, (None, None))
            same = held == (person, at) and type(sealed) is bytes
            if not same or mac != retention_mac(ring, "hold", case, person, at, checksum(sealed)):
                raise altered("Eine Löschsperre steht anders in den Tabellen als im Protokoll.", seq)
        for _, seq in told.values():
            raise altered("Eine Löschsperre fehlt in den Tabellen.", seq)


class Duplicates:
    """The digests by which duplicates are found, computed anew from what they are made of."""

    def __init__(self, connection: Connection, tenant: str, ring: KeyRing) -> None:
        self._connection = connection
        self._tenant = tenant
        self._keys = dict(_known(ring))

    def compare(self, case: Case, family: Family) -> None:
        """Compare those of one case: all of them under one key, and none that is under no key; BESIDE otherwise."""
        stored = {row[0] for row in _DIGESTS.rows(self._connection, tenant=self._tenant, case_id=case.id)}
        made = [{*digests(version, key, case, family)} for version, key in self._keys.items()]
        whole = any(each <= stored for each in made) if made else False
        if not whole or stored - set().union(*made):
            raise altered(
                f"Fall {case.id}: Woran Doppelmeldungen erkannt werden, steht anders in den Tabellen."
            )


def _known(ring: KeyRing) -> Iterator[tuple[int, DataKey]]:
    """Give the keys of the index of duplicates that are kept: during a rotation there are two."""
    for version in range(int(ring.duplicates_purpose().removeprefix(DUPLICATES)), 0, -1):
        try:
            key = ring.known(f"{DUPLICATES}{version}")
        except KeyDestroyed:
            continue
        except AuditError as error:
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, str(error)) from None
        if key is not None:
            yield version, key


def _said_at(a: Mapping[str, Any]) -> int:
    return millis(datetime.fromisoformat(a["at"]))


def altered(message: str, seq: int | None = None) -> VerificationError:
    """Say that something beside the cases is not what the log says."""
    return VerificationError(Step.REPLAY, seq, FaultClass.BESIDE, message)
