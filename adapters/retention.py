"""Keeping and erasing over a store: who asks, what is listed, and what follows an erasure that is committed.

A list of what is kept is on record before any case is opened. After an erasure nothing of it lies in a write-ahead log,
and `erasures.json` knows of it. Proven in `tests/cli/test_retention.py` and `tests/system/test_nothing_remains.py`.
"""

from collections.abc import Callable, Mapping, Sequence
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
from adapters.intake.alike import alike_in_quarantine, is_anything_held
from adapters.lotse import DAMAGED, Lotse
from workflow.clerk import approve as approved
from workflow.clerk import approve_all_due, submit_erasure
from workflow.erasure import (
    Deed,
    ErasureRequest,
    Extent,
    Shredded,
    called_of,
    is_accesses,
    is_case,
    is_quarantine,
    is_row,
)
from workflow.errors import Blocked, UnknownCaseError
from workflow.kept import Kept, overview
from workflow.office import Person
from workflow.ports import RetentionWork
from workflow.quarantine import days_due, refuse_to_purge
from workflow.quarantine import purge as purged
from workflow.retention import RIGHTS, Clerk

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Going:
    """What an approval erases: by which name people know it, its key, and how much of it there was.

    `alike` are the numbers of rows in quarantine that are perhaps of the same family; they do not go with it.
    """

    name: str
    shredded: Shredded
    extent: Extent
    alike: tuple[str, ...] = ()


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
    """What a name means: a case's id, for `access/2024` the purposes of that year, a row. Raises UnknownCaseError.

    Whoever was killed between an erasure and its note hears „gelöscht“ here the next time, so it is noted first.
    """
    note_erasures(lotse)
    with lotse.store.work(reading=True) as work:
        if is_quarantine(name):
            return [name]
        if is_row(name):
            if work.shreddable(name) is None and work.erasure_request(name) is None:
                raise UnknownCaseError("Diese Zeile liegt nicht (mehr) in der Quarantäne.")
            return [name]
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
    """How people know it: the number of the case, which need not open for that, that of the row, or the purpose."""
    number = numbers_of(lotse.store)
    return lambda target: number(target) or target if is_case(target) else called_of(target)


def alike(lotse: Lotse, person: Person, case_id: str) -> tuple[str, ...]:
    """The numbers of rows in quarantine that are perhaps of this family; the looking is on record before."""
    if not is_anything_held(lotse.store):
        return ()
    looked = {"action": "duplicates", "actor": person.id, "case": case_id, "quarantine": True}
    lotse.record("access", looked, case_id)
    return alike_in_quarantine(lotse.store, case_id)


def purge(lotse: Lotse, person: Person, *, dry_run: bool) -> Approval:
    """Destroy what was held apart longer than its term; with `dry_run` keep nothing. Raises RefusedError."""
    clerk = clerk_of(lotse, person)

    def deed(work: RetentionWork) -> Approval:
        done = purged(work, clerk)
        if done:
            owe_scrub(lotse.settings.database)
        return Approval(tuple(Going(each.target, each, extent) for each, extent in done))

    if not dry_run:
        return _scrubbed(lotse, deed)
    with lotse.store.work(reading=True) as work:
        refuse_to_purge(work, clerk)
        due = [(day, work.shreddable(day) or Shredded(day, "", 0)) for day in days_due(work, clerk)]
        return Approval(tuple(Going(day, key, work.extent(day)) for day, key in due))


def approve(lotse: Lotse, person: Person, name: str | None, *, dry_run: bool) -> Approval:
    """Approve what is named, or (None) all that was asked for because its time is over; with `dry_run` keep nothing.

    Raises RefusedError and UnknownCaseError for what is named.
    """
    clerk = clerk_of(lotse, person)
    named, name_of = (None if name is None else targets(lotse, name)), _names(lotse)
    known = _alike(lotse, person, named)

    def deed(work: RetentionWork) -> Approval:
        waiting = [each.target for each in work.erasure_requests()] if named is None else named
        before = {each: (name_of(each), work.extent(each)) for each in waiting}
        if named is None:
            done, left = approve_all_due(work, clerk, DAMAGED)
        else:
            done, left = [approved(work, clerk, each) for each in named], []
        if done and not dry_run:
            owe_scrub(lotse.settings.database)
        going = tuple(Going(*_told(before, each), known.get(each.target, ())) for each in done)
        return Approval(going, tuple((before[asked.target][0], blocked) for asked, blocked in left))

    if not dry_run:
        return _scrubbed(lotse, deed)
    with lotse.store.work(reading=True) as work:
        return deed(work)


def _told(before: Mapping[str, tuple[str, Extent]], gone: Shredded) -> tuple[str, Shredded, Extent]:
    name, extent = before[gone.target]
    return name, gone, extent


def _alike(lotse: Lotse, person: Person, named: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """The rows that are perhaps of the family of a case, for who may approve its erasure at all."""
    if not person.active or not person.roles & RIGHTS[Deed.APPROVE]:
        return {}
    if named is None:
        with lotse.store.work(reading=True) as work:
            named = [each.target for each in work.erasure_requests()]
    return {each: alike(lotse, person, each) for each in named if is_case(each)}


def _scrubbed(lotse: Lotse, deed: Callable[[RetentionWork], Approval]) -> Approval:
    """Do it, and write the database file anew where something was erased."""
    scrubbed = True
    try:
        done = act(lotse, deed)
    finally:
        if scrub_owed(lotse.settings.database):
            scrubbed = scrub(lotse.store)
    return replace(done, scrubbed=scrubbed)
