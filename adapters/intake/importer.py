"""Bringing a list in: every row is judged, and what it says is performed like any other command.

Rows go in by the hundred, each hundred in one transaction together with the identities of its rows: killed at any
moment and started again, the same end is reached (`tests/system/test_import_killed.py`). Rows without consent leave
a count and a query under the partner's own running number, nothing of the family.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

import orjson

from adapters.db.apart import Staged
from adapters.db.plan import Asked, Held
from adapters.db.work import SqlWork
from adapters.intake.reader import ListFile
from adapters.lotse import Lotse
from states.vocabulary import Command, Role
from workflow.calendar import BERLIN
from workflow.details import LIMIT
from workflow.errors import Blocked, DetailsError, RefusedError
from workflow.intake import ConsentWord, Judgement, Row, faults_at, identity_material, judge
from workflow.intake.fault import RECEIPT_IN_FUTURE, Fault, reasons
from workflow.office import Person
from workflow.perform import Request, perform
from workflow.ports import Entry

ROWS_PER_COMMIT = 200
_DANGER, _WITHOUT = b"\ndanger", b"\nwithout"
_COUNTED = ("accepted", "without_personal_data", "quarantined", "known")
_FORMS = {ConsentWord.WRITTEN: "written", ConsentWord.ORAL: "oral"}


@dataclass(slots=True)
class Tally:
    """What became of the rows: the first four add up to `rows`; the others are among the accepted."""

    rows: int = 0
    accepted: int = 0
    without_personal_data: int = 0
    quarantined: int = 0
    known: int = 0
    danger: int = 0
    consent_unclear: int = 0
    self_referrals: int = 0
    oral: int = 0
    duplicates: int = 0
    unknown_headings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The numbers by name."""
        return asdict(self)


class _Name(NamedTuple):
    """What a row is known by: its keyed identity here, and sixteen bytes for the memory of a rehearsal."""

    identity: bytes
    short: bytes


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row with what becomes of it now, the faults seen now, and what it is known by.

    `dangerous` is what it was known by if it came with a sign of danger before; a no is never covered by an old yes.
    """

    row: Row
    judgement: Judgement
    faults: tuple[Fault, ...]
    name: _Name
    dangerous: _Name | None


@dataclass(slots=True)
class Import:
    """One run over one list, by one person. `progress` is called after each commit with the bytes read.

    `held` are the identities of the rows that this run left in quarantine; a mended row first releases what it was.
    """

    lotse: Lotse
    actor: Person
    source: ListFile
    dry_run: bool = False
    progress: Callable[[int], None] | None = None
    tally: Tally = field(default_factory=Tally)
    held: dict[bytes, None] = field(default_factory=dict)
    _rehearsed: set[bytes] = field(default_factory=set)
    _apart: Staged = field(default_factory=Staged)

    def run(self) -> Tally:
        """Bring the list in and say what became of each row."""
        if Role.CASE_WORKER not in self.actor.roles or not self.actor.active:
            raise RefusedError(Blocked("denied", "Listen bringt eine Fachkraft ein."))
        if self.dry_run:
            # A rehearsal tells whether a row is known here.
            looked = {"action": "import", "actor": self.actor.id, "dry_run": True}
            self.lotse.record("access", {**looked, "file": self.source.sha256.hex()})
        self.tally.unknown_headings = self.source.unknown_headings
        rows = self.source.rows()
        while batch := list(islice(rows, ROWS_PER_COMMIT)):
            self._batch(batch)
            if self.progress:
                self.progress(self.source.position)
        return self.tally

    def _batch(self, rows: Iterable[Row]) -> None:
        before = self.tally.as_dict()
        self._apart = Staged()
        with self.lotse.store.work(reading=self.dry_run) as work:
            now = self.lotse.moment.at
            judged = [self._judged(row, work, now) for row in rows]
            names = [name for one in judged for name in (one.name, one.dangerous) if name is not None]
            work.look_up_rows([name.identity for name in names])
            cases = [case for one in judged if (case := self._row(one, work, now)) is not None]
            self.tally.duplicates += work.seem_known(cases)
            if self.dry_run:
                return
            counts = {name: getattr(self.tally, name) - before[name] for name in _COUNTED}
            at = self.lotse.moment.at.isoformat()
            entry = {"action": "import", "actor": self.actor.id, "outcome": "done", "at": at}
            work.record(
                Entry(
                    "steps", {**entry, "file": self.source.sha256.hex(), **counts, **self._apart.moved(work)}
                )
            )
            work.commit()

    def _judged(self, row: Row, work: SqlWork, now: datetime) -> _Judged:
        judgement = judge(row, now)
        material = identity_material(row, self.source.sha256)
        perhaps = row.danger is None and judgement is Judgement.ACCEPTED
        return _Judged(
            row,
            judgement,
            faults_at(row, now),
            _name(material + _class_of(row, judgement), work),
            _name(material + _DANGER, work) if perhaps else None,
        )

    def _row(self, judged: _Judged, work: SqlWork, now: datetime) -> str | None:
        """Stage what follows of one row; gives the case that it becomes."""
        tally, row, judgement = self.tally, judged.row, judged.judgement
        identity = judged.name.identity
        tally.rows += 1
        mended = work.held_as(row.quarantine_number) if row.quarantine_number else None
        if mended is not None and judgement is not Judgement.QUARANTINED:
            # It leaves the quarantine, and is known when the list comes again as it was.
            self._count_row(mended, "mended", work)
        if self._knows(judged.name, work) or (judged.dangerous and self._knows(judged.dangerous, work)):
            tally.known += 1
            return None
        if judgement is Judgement.QUARANTINED:
            self._hold(row, mended or identity, work, reasons(judged.faults))
            return None
        case = None
        if judgement is Judgement.WITHOUT_PERSONAL_DATA:
            tally.without_personal_data += 1
            self._apart.queries.append(self._query(row))
            work.ask_partner(self._apart.queries[-1])
        else:
            case = self._taken_in(judged, work, now)
            if case is None:
                return None
            self._count(row)
        self._count_row(identity, str(judgement), work)
        if self.dry_run:
            self._rehearsed.add(judged.name.short)
        return case

    def _taken_in(self, judged: _Judged, work: SqlWork, now: datetime) -> str | None:
        """The case of a row as far as it can be taken in; what shows no danger and cannot be goes into quarantine."""
        row, before = judged.row, work.mark()
        try:
            return self._accept(judged, work, _details(row, now))
        except (DetailsError, RefusedError) as fault:
            work.undo(before)
            if row.danger is None:
                self._hold(row, judged.name.identity, work, str(fault))
                return None
        return self._accept(judged, work, _bare_details(row, now))

    def _count_row(self, identity: bytes, judgement: str, work: SqlWork) -> None:
        self._apart.counted.append(identity)
        work.count_row(identity, judgement)

    def _knows(self, name: _Name, work: SqlWork) -> bool:
        """Whether such a row was counted before, in a rehearsal also in this run: there the key may be a passing one."""
        return work.knows_row(name.identity) or name.short in self._rehearsed

    def _query(self, row: Row) -> Asked:
        """What the partner is asked: running numbers begin anew in each list, so the receipt stands beside them."""
        reference = row.number[:64] or f"Zeile {row.line} der Liste {self.source.sha256.hex()[:8]}"
        received = row.received.isoformat(timespec="minutes") if row.received else ""
        day = self.lotse.moment.day.isoformat()
        return Asked(row.institution, reference, str(row.consent), day, received)

    def _hold(self, row: Row, identity: bytes, work: SqlWork, reason: str) -> None:
        self.tally.quarantined += 1
        self.held[identity] = None
        self._apart.held.append(identity)
        held = {"headings": self.source.headings, "cells": row.cells, "reason": reason}
        work.hold_row(Held(identity, orjson.dumps(held)))

    def _count(self, row: Row) -> None:
        self.tally.accepted += 1
        self.tally.danger += row.danger is not None
        self.tally.consent_unclear += row.consent is ConsentWord.UNCLEAR
        self.tally.self_referrals += row.consent is ConsentWord.SELF_REFERRAL
        self.tally.oral += row.consent is ConsentWord.ORAL

    def _accept(self, judged: _Judged, work: SqlWork, details: dict[str, object]) -> str:
        """Take the referral in, with its consents, its danger and its no, as separate steps."""
        row, faults = judged.row, judged.faults
        form = _FORMS.get(row.consent)
        evidence = _clipped(row.consent_text)
        consent = {"form": form, "given_on": details["received"], "evidence": evidence} if form else {}
        if row.consent is ConsentWord.SELF_REFERRAL:
            command = Command.RECEIVE_SELF
        else:
            command = Command.RECEIVE_CONSENT if form else Command.RECEIVE_UNCLEAR
        case = self._do(work, command, None, {**details, **consent})
        if form:
            self._do(work, Command.RECORD_RELEASE, case, consent)
        if row.danger is not None:
            self._do(work, Command.TRIAGE_YES, case, {"indications": row.danger})
        if faults or "surname" not in details:
            words = f"Die Zeile der Liste war fehlerhaft. {reasons(faults)} Wortlaut: {' | '.join(row.cells)}"
            self._do(work, Command.NOTE, case, {"text": _clipped(words)})
        if row.consent is ConsentWord.REFUSED:
            self._do(work, Command.REFUSE_CONSENT, case, {"remark": evidence})
        return case

    def _do(self, work: SqlWork, command: str, case: str | None, details: dict[str, object]) -> str:
        return perform(Request(command, self.actor, case, details=details), work, self.lotse.office).case.id


def _class_of(row: Row, judgement: Judgement) -> bytes:
    """What a row is known as: a no and a sign of danger are news, whatever came under the same number before."""
    if row.danger is not None:
        return _DANGER
    return _WITHOUT if judgement is Judgement.WITHOUT_PERSONAL_DATA else b""


def _received(row: Row, now: datetime) -> datetime:
    """When it came in; an unusable moment of a row with danger counts as now."""
    if row.received is None or RECEIPT_IN_FUTURE in faults_at(row, now):
        return now
    return row.received.replace(tzinfo=BERLIN)


def _name(material: bytes, work: SqlWork) -> _Name:
    return _Name(work.identity(material), sha256(material).digest()[:16])


def _details(row: Row, now: datetime) -> dict[str, object]:
    received = _received(row, now)
    return {
        "received": received,
        "source_kind": str(row.source),
        "institution": row.institution,
        "surname": row.surname,
        "first_name": row.first_name,
        "born": row.born if row.born is None or row.born <= received.date() else None,
        "expected": row.expected,
        "phone": row.phone,
        "street": row.street,
        "postcode": row.postcode,
        "district": row.district,
        "language": row.language,
        "concern": row.concern,
    }


def _bare_details(row: Row, now: datetime) -> dict[str, object]:
    """What can always be taken in, so that nothing holds up a child in danger; the words follow in a note."""
    return {
        "received": _received(row, now),
        "source_kind": str(row.source),
        "phone": row.phone[:100],
        "concern": "Mit Fehlern aus einer Liste übernommen, siehe Notiz.",
    }


def _clipped(text: str) -> str:
    """Keep a child in danger from being held up by too long a text."""
    return text if len(text) <= LIMIT else text[: LIMIT - 12] + " … (gekürzt)"
