"""Keeping and erasing over a store: who asks, what is listed, and what follows an erasure that is committed.

A list of what is kept is on record before any case is opened. After an erasure nothing of it lies in a write-ahead log,
and `erasures.json` knows of it. Proven in `tests/cli/test_retention.py` and `tests/system/test_nothing_remains.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from adapters.db.recorded import numbers_of
from adapters.erasures import (
    ErasuresIncomplete,
    bring_up_to_date,
    owe_scrub,
    read_erasures,
    scrub,
    scrub_owed,
)
from adapters.lotse import DAMAGED, Lotse
from workflow.clerk import approve as approved
from workflow.clerk import approve_all_due, submit_erasure
from workflow.erasure import ErasureRequest, Extent, Shredded, is_accesses
from workflow.errors import Blocked, UnknownCaseError
from workflow.kept import Kept, overview
from workflow.office import Person
from workflow.ports import RetentionWork
from workflow.retention import Clerk

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Going:
    """What an approval erases: by which name people know it, its key, and how much of it there was."""

    name: str
    shredded: Shredded
    extent: Extent


@dataclass(frozen=True, slots=True)
class Approval:
    """What was erased (or would be), and what was left, each with the reason.

    `scrubbed` is False where a copy may still lie in a gap of the database file, because others were at it.
    """

    going: tuple[Going, ...]
    left: tuple[tuple[str, Blocked], ...] = ()
    scrubbed: bool = True


def clerk_of(lotse: Lotse, person: Person) -> Clerk:
    """This person now, with the terms of the profile in force."""
    return Clerk(person, lotse.moment, lotse.office.network_now.profile.retention)


def targets(lotse: Lotse, name: str) -> list[str]:
    """What a number means: a case's id, or for `access/2024` the purposes of that year. Raises UnknownCaseError.

    Whoever was killed between an erasure and its note hears „gelöscht“ here the next time, so it is noted first.
    """
    note_erasures(lotse)
    with lotse.store.work(reading=True) as work:
        if not is_accesses(name):
            return [work.case_numbered(name).id]
        years = [each for each in work.access_years() if f"{each}/".startswith(f"{name}/")]
        asked = [each.target for each in work.erasure_requests() if each.target in years]
    if not years:
        raise UnknownCaseError(
            "Zugriffe dieses Jahres gibt es nicht (mehr). Nächster Schritt: lotse retention due"
        )
    return asked or years


def act(lotse: Lotse, deed: Callable[[RetentionWork], _Answer]) -> _Answer:
    """Do it, refusals on record too, and note outside the database what has been erased.

    Raises ErasuresDamaged before anything where it could not be noted. Entries of the log that do not open hinder
    nothing; they are counted among what is damaged.
    """
    read_erasures(lotse.settings.erasures)
    answer = submit_erasure(deed, lotse.store.work)
    note_erasures(lotse)
    return answer


def note_erasures(lotse: Lotse) -> None:
    """Note outside the database what has been erased, as far as entries open."""
    try:
        bring_up_to_date(lotse)
    except ErasuresIncomplete as incomplete:
        lotse.damaged.add(str(incomplete))


def kept(lotse: Lotse, person: Person) -> list[Kept]:
    """Everything this person may ask to erase, by class and last day; the looking is on record before."""
    with lotse.store.work(reading=True) as work:
        count = len(work.closed_cases())
    lotse.record("access", {"action": "list", "actor": person.id, "count": count})
    with lotse.store.work(reading=True) as work:
        return overview(work, clerk_of(lotse, person), DAMAGED, lotse.damaged.add)


def requests(lotse: Lotse, person: Person) -> list[tuple[ErasureRequest, str]]:
    """The requests that wait, each with the name of what it is about; the looking is on record before."""
    with lotse.store.work(reading=True) as work:
        waiting = work.erasure_requests()
    lotse.record("access", {"action": "list", "actor": person.id, "count": len(waiting)})
    name = _names(lotse)
    return [(each, name(each.target)) for each in waiting]


def _names(lotse: Lotse) -> Callable[[str], str]:
    """How people know it: the number of the case, which need not open for that, or the purpose of the accesses."""
    number = numbers_of(lotse.store)
    return lambda target: target if is_accesses(target) else number(target) or target


def approve(lotse: Lotse, person: Person, name: str | None, *, dry_run: bool) -> Approval:
    """Approve what is named, or (None) all that was asked for because its time is over; with `dry_run` keep nothing.

    Raises RefusedError and UnknownCaseError for what is named.
    """
    clerk = clerk_of(lotse, person)
    named, name_of = (None if name is None else targets(lotse, name)), _names(lotse)

    def deed(work: RetentionWork) -> Approval:
        waiting = [each.target for each in work.erasure_requests()] if named is None else named
        before = {each: (name_of(each), work.extent(each)) for each in waiting}
        if named is None:
            done, left = approve_all_due(work, clerk, DAMAGED)
        else:
            done, left = [approved(work, clerk, each) for each in named], []
        if done and not dry_run:
            owe_scrub(lotse.settings.database)
        going = tuple(Going(before[each.target][0], each, before[each.target][1]) for each in done)
        return Approval(going, tuple((before[asked.target][0], blocked) for asked, blocked in left))

    if not dry_run:
        scrubbed = True
        try:
            done = act(lotse, deed)
        finally:
            if scrub_owed(lotse.settings.database):
                scrubbed = scrub(lotse.store)
        return replace(done, scrubbed=scrubbed)
    with lotse.store.work(reading=True) as work:
        return deed(work)
