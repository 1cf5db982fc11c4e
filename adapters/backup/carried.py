"""Carrying over into a restored store what was decided since its backup: holds, requests, and what was taken back.

Each with the person and the moment of the log before, on record as carried over by who approved the restore. What is
about something that the backup does not have falls away with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.backup.again import names_of
from adapters.backup.archive import Header
from adapters.backup.lineage import Known
from adapters.backup.since import CARRIED_OVER, Since, Word, said, target_of
from adapters.db.store import Store
from adapters.db.work import SqlWork
from adapters.lotse import now
from workflow.erasure import Deed, ErasureRequest, LegalHold, is_case
from workflow.ports import Entry

Change = tuple[Deed, Word]


@dataclass(frozen=True, slots=True)
class Carried:
    """What is carried over, by deed, as people call it; `known` is False where there may be more."""

    names: tuple[tuple[Deed, str], ...] = ()
    known: bool = True


def carrying(store: Store, header: Header, since: Since | None, known: Known) -> Carried:
    """What would be carried over into this store of a backup."""
    if since is None:
        all_told = bool(known.states) and not known.damaged and known.all_of_it((header.origin, header.size))
        return Carried(known=all_told)
    with store.work(reading=True) as work:
        changes = list(_changes(work, since))
    return _told(store, header, since, known, changes)


def carried_over(store: Store, header: Header, since: Since | None, known: Known, approver: str) -> Carried:
    """Carry it over in one transaction, into a restored store that nobody uses yet."""
    ahead = carrying(store, header, since, known)
    if since is not None:
        with store.work() as work:
            for deed, word in list(_changes(work, since)):
                _stage(work, deed, word, approver)
            if since.words:
                told = {"action": CARRIED_OVER, "outcome": "done", "actor": approver, "at": now().isoformat()}
                work.record(Entry("steps", {**told, "decisions": since.words}))
            work.commit()
    return ahead


def _told(store: Store, header: Header, since: Since, known: Known, changes: Sequence[Change]) -> Carried:
    parts = [(header.origin, header.size), *([since.read] if since.read else [])]
    names = names_of(store, [target_of(word) for _, word in changes])
    told = tuple((deed, name) for (deed, _), name in zip(changes, names, strict=True))
    return Carried(told, since.whole and known.all_of_it(*parts))


def _changes(work: SqlWork, since: Since) -> Iterator[Change]:
    """What differs from what the store has, of what it has at all."""
    for deed, word in since.each():
        target = target_of(word)
        if work.shreddable(target) is None:
            continue
        undone = (deed is Deed.RELEASE and work.legal_hold(target) is None) or (
            deed is Deed.WITHDRAW and work.erasure_request(target) is None
        )
        if not undone:
            yield deed, word


def _stage(work: SqlWork, deed: Deed, word: Word, approver: str) -> None:
    target = target_of(word)
    if deed in (Deed.HOLD, Deed.RELEASE):
        work.release_hold(target)
    else:
        work.withdraw_erasure(target)
    if isinstance(word, LegalHold):
        work.place_hold(word)
    elif isinstance(word, ErasureRequest):
        work.request_erasure(word)
    a = {"outcome": "done", **said(deed, word), "carried_over_by": approver}
    content = {"reason": word.reason} if isinstance(word, LegalHold) else None
    work.record(Entry("steps", a, content, target if is_case(target) else None))
