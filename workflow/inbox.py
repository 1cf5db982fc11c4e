"""The inbox of the ASD: every notice it has, unconfirmed first, urgent first, the oldest first.

What was told, since when, and the telephone way for as long as no human being has confirmed the receipt (DOMAIN
section 3). It tells of notices, never of the remaining file. Told in `tests/scenarios/test_an_asd_day.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from states.vocabulary import Fact, Obligation
from workflow.access import Relation, relations
from workflow.case import AsdReport, Case, Package
from workflow.office import Directory, Moment, Person
from workflow.remarks import BY_TELEPHONE

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: instants are aware, days local. `way` names the telephone way while nobody has confirmed.

    `told_to` is the name at the ASD that was entered. `asked_since`: a question of the ASD waits for its answer.
    """

    case: str
    number: str
    urgent: bool
    since: datetime | None
    told: tuple[Package, ...]
    told_to: str = field(repr=False)
    confirmed_at: datetime | None
    due: date | None
    overdue: bool
    way: str
    asked_since: datetime | None
    record_missing: bool
    report: AsdReport | None = field(default=None, repr=False)


def notice_of(case: Case, moment: Moment) -> Notice:
    """The notice of an escalated case."""
    confirmed = case.marks.get(Fact.RECEIPT)
    duty = case.duty(Obligation.FEEDBACK if confirmed else Obligation.RECEIPT)
    return Notice(
        case.id,
        case.number,
        case.escalated_urgently,
        case.escalated_at,
        case.told,
        case.escalated_to,
        confirmed,
        duty.due if duty else None,
        duty is not None and duty.overdue_from <= moment.at,
        "" if confirmed else BY_TELEPHONE,
        case.marks.get(Fact.ASKED),
        Fact.OWED in case.marks,
        case.report,
    )


def inbox(person: Person, cases: Iterable[Case], directory: Directory, moment: Moment) -> tuple[Notice, ...]:
    """The notices among these cases that have gone to this person as the ASD."""
    notified = (
        case
        for case in cases
        if any(relation is Relation.NOTIFIED for _, relation in relations(person, case, directory, moment))
    )
    return tuple(
        sorted(
            (notice_of(case, moment) for case in notified),
            key=lambda n: (n.confirmed_at is not None, not n.urgent, n.since or _LONG_AGO, n.number),
        )
    )
