"""What was decided since a backup about keeping and erasing, as the running log tells: it outlives the restore.

A legal hold of yesterday must hold although the backup is of the day before. The log is read and not the tables, which
may be what was altered; what cannot be read is said. Proven by `tests/system/test_backup_decisions.py`, for any sequence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.backup.archive import Header
from adapters.backup.lineage import number_of, same_log
from adapters.db.store import Store
from adapters.erasures import decisions
from adapters.lotse import DAMAGED
from workflow.erasure import Deed, ErasureRequest, Ground, LegalHold, is_case

CARRIED_OVER = "carried_over"
"""One entry of a restored log that says every last word of before, also on what the backup does not have."""
_SAID: Mapping[Deed, str] = {
    Deed.HOLD: "hold",
    Deed.RELEASE: "hold_released",
    Deed.REQUEST: "erasure_requested",
    Deed.WITHDRAW: "erasure_withdrawn",
}
"""How an entry says each, written out because it says it for ever."""
_NO_REASON = "Der Grund ließ sich bei der Wiederherstellung nicht öffnen."


@dataclass(frozen=True, slots=True)
class Undone:
    """A hold that was released, or a request that was withdrawn: by whom and when (aware)."""

    target: str
    by: str
    at: datetime


Word = LegalHold | ErasureRequest | Undone
"""The last word on a hold or a request."""


@dataclass(slots=True)
class Since:
    """The last word since the backup on each case's hold and on each request, by target.

    `read` is the log and how many of its entries were read; `whole` that every entry since the backup opened.
    """

    read: tuple[str, int] | None = None
    whole: bool = False
    holds: dict[str, LegalHold | Undone] = field(default_factory=dict)
    requests: dict[str, ErasureRequest | Undone] = field(default_factory=dict)

    @property
    def words(self) -> list[dict[str, str]]:
        """Every last word, for the log: a still other backup may have what this one does not."""
        return [said(deed, word) for deed, word in self.each()]

    def each(self) -> Iterator[tuple[Deed, Word]]:
        """Every last word and the deed it was."""
        for hold in self.holds.values():
            yield (Deed.HOLD if isinstance(hold, LegalHold) else Deed.RELEASE), hold
        for request in self.requests.values():
            yield (Deed.REQUEST if isinstance(request, ErasureRequest) else Deed.WITHDRAW), request

    def take(self, a: Mapping[str, Any]) -> None:
        """Follow an entry. Raises one of DAMAGED where it does not say what it should."""
        deed = a.get("action")
        if deed == CARRIED_OVER:
            for word in a["decisions"]:
                self.take({"outcome": "done", **word})
        if a.get("outcome") != "done" or deed not in {*Deed}:
            return
        target, by = str(a.get("case", a.get("purpose"))), str(a["actor"])
        at = datetime.fromisoformat(str(a["at"]))
        if deed == Deed.HOLD:
            self.holds[target] = LegalHold(target, by, at)
        elif deed == Deed.RELEASE:
            self.holds[target] = Undone(target, by, at)
        elif deed == Deed.REQUEST:
            self.requests[target] = ErasureRequest(target, Ground(str(a["ground"])), by, at)
        elif deed == Deed.WITHDRAW:
            self.requests[target] = Undone(target, by, at)
        else:
            self.holds.pop(target, None)
            self.requests.pop(target, None)


def target_of(word: Word) -> str:
    """The case or the purpose that a last word is about."""
    return word.case if isinstance(word, LegalHold) else word.target


def said(deed: Deed, word: Word) -> dict[str, str]:
    """What the log says of a last word: who said it and when."""
    target = target_of(word)
    if isinstance(word, LegalHold):
        by, at = word.held_by, word.held_at
    elif isinstance(word, ErasureRequest):
        by, at = word.requested_by, word.requested_at
    else:
        by, at = word.by, word.at
    ground = {"ground": str(word.ground)} if isinstance(word, ErasureRequest) else {}
    named = "case" if is_case(target) else "purpose"
    return {"action": _SAID[deed], "actor": by, "at": at.isoformat(), named: target, **ground}


def decided_since(store: Store, header: Header, damage: tuple[type[Exception], ...]) -> Since:
    """Read in a running store what was decided since this backup; `damage` is what reading a damaged one raises."""
    since, whole = Since(), True
    try:
        with store.log_reader() as reader:
            head = reader.head()
            earlier = [(number, reader.earlier(number).head()) for number, _ in reader.past()]
        if head is None or not same_log(head.origin, header.origin):
            return since
        logs = [(number, past.origin) for number, past in earlier if past is not None]
        for number, origin in (*logs, (None, head.origin)):
            for a in _after(store, number, origin, header):
                whole = _taken(since, a) and whole
        since.read, since.whole = (head.origin, head.size), whole
    except damage:
        since.whole = False
    _open_reasons(store, since, damage)
    return since


def _after(
    store: Store, number: int | None, origin: str, header: Header
) -> Iterator[Mapping[str, Any] | None]:
    """What one incarnation tells from where the backup ends; nothing of those that lie in the backup as a whole."""
    if number_of(origin) < number_of(header.origin):
        return iter(())
    return decisions(store, number, header.size if origin == header.origin else 0, contents=True)


def _taken(since: Since, a: Mapping[str, Any] | None) -> bool:
    if a is None:
        return False
    try:
        since.take(a)
    except DAMAGED:
        return False
    return True


def _open_reasons(store: Store, since: Since, damage: tuple[type[Exception], ...]) -> None:
    """Open why each hold was placed, which lies sealed under its case's key."""
    for case, hold in since.holds.items():
        if isinstance(hold, LegalHold):
            reason = _NO_REASON
            try:
                with store.work(reading=True) as work:
                    there = work.legal_hold(case)
                if there is not None and (there.held_by, there.held_at) == (hold.held_by, hold.held_at):
                    reason = there.reason
            except damage:
                pass
            since.holds[case] = LegalHold(case, hold.held_by, hold.held_at, reason)
