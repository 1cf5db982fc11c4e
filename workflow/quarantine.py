"""The end of what is held apart: after its term one person or the clock purges it, before that two erase a single row.

One is enough, because the profile's term decides and not who acts, and nothing of it was ever taken in: decision 9 has
the reasons. The rights stand a second time, literally, in `tests/workflow/test_quarantine.py`.
"""

from datetime import date

from states.retention import RetentionClass, Term
from states.vocabulary import Role
from workflow.erasure import GROUNDS_OF_A_ROW, Deed, Extent, Ground, Shredded, day_of_quarantine
from workflow.errors import Blocked, RefusedError
from workflow.judge import DENIED
from workflow.office import Person
from workflow.ports import Entry, RetentionWork
from workflow.retention import Clerk, kept_until

MAY_PURGE = frozenset({Role.CASE_WORKER, Role.SUPERVISOR, Role.DPO, Role.CLOCK})
_DENIED = Blocked(DENIED, "Die Quarantäne leeren Fachkraft, Leitung oder Datenschutz.", "bitte --as PERSON")


def may_purge(person: Person) -> bool:
    """Whether this person may empty the quarantine of what is over its term."""
    return person.active and bool(person.roles & MAY_PURGE)


def held_until(day: str, term: Term) -> date | None:
    """The last local day on which is kept what was held apart on this one (`quarantine/2026-11-24`)."""
    return kept_until(day_of_quarantine(day), term)


def held_due(day: str, term: Term, today: date) -> bool:
    """Whether what was held apart on that day may go on this local day."""
    last = held_until(day, term)
    return last is not None and today > last


def days_due(work: RetentionWork, clerk: Clerk) -> list[str]:
    """The days of the quarantine that are over their term, by the machine's own day."""
    term, today = clerk.retention[RetentionClass.QUARANTINE], clerk.moment.real_day
    return [day for day in work.held_days() if held_due(day, term, today)]


def purge(work: RetentionWork, clerk: Clerk) -> list[tuple[Shredded, Extent]]:
    """Destroy what was held apart longer than its term, day by day, as one person. Raises RefusedError, on record.

    How many rows and queries it was stays in the log.
    """
    refuse_to_purge(work, clerk)
    work.adopt_held()
    done = []
    for day in days_due(work, clerk):
        extent = work.extent(day)
        shredded = work.erase(day)
        work.record(_entry(shredded, extent, clerk))
        done.append((shredded, extent))
    return done


def refuse_to_purge(work: RetentionWork, clerk: Clerk) -> None:
    """Raise RefusedError, staged for the log, unless this person may; the person as the directory has them now."""
    is_clock = clerk.person.roles == {Role.CLOCK}
    person = clerk.person if is_clock else work.directory.persons.get(clerk.person.id)
    if person is not None and may_purge(person):
        return
    a = {
        "action": str(Deed.APPROVE), "outcome": "refused", "actor": clerk.person.id, "reason": DENIED,
        "ground": str(Ground.QUARANTINE), "at": clerk.at.isoformat(),
    }  # fmt: skip
    work.record(Entry("steps", a))
    raise RefusedError(_DENIED)


def _entry(shredded: Shredded, extent: Extent, clerk: Clerk) -> Entry:
    a = {
        "action": str(Deed.APPROVE), "outcome": "done", "purpose": shredded.target, "key_id": shredded.key_id,
        "kek_version": shredded.kek_version, "ground": str(Ground.QUARANTINE), "actor": clerk.person.id,
        "held": extent.held, "asked": extent.asked, "at": clerk.at.isoformat(),
    }  # fmt: skip
    return Entry("steps", a)


def row_not_erasable(there: bool, ground: Ground) -> Blocked | None:
    """Why this row of the quarantine may not be erased before its term, or None; `there`: it lies there."""
    if not there:
        return Blocked(
            "gone", "Diese Zeile liegt nicht (mehr) in der Quarantäne.", "lotse retention due --all"
        )
    if ground not in GROUNDS_OF_A_ROW:
        return Blocked("ground", "Dieser Grund passt nicht zu einer Zeile der Quarantäne.")
    return None
