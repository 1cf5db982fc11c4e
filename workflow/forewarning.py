"""Warnings before a deadline ends: some eight and four weeks before an age limit, the working day before a contact.

Whether one is due follows from the case, as everything on the worklist does; giving it is a line of the log, so that it
is given once (DOMAIN, section 4). Nothing in here moves a case. `tests/workflow/test_forewarning.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from states.vocabulary import Obligation, State
from workflow.ages import AgeLimit, last_day, warnings, week_of
from workflow.calendar import BERLIN, Calendar
from workflow.case import Case, HandoverStatus
from workflow.duties import Rules
from workflow.policies import age_limit

AGE_LIMIT = "age_limit"
"""What the network itself ends with: no obligation of the process, but as sure as one."""
MORNING = time(6)
"""From this hour on, local time: nobody is told at midnight."""
AGE_LIMIT_LABEL = "Altersgrenze des Netzwerks"
_CONTACTS = frozenset({Obligation.FIRST_CONTACT, Obligation.REACH})
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Level(StrEnum):
    """How long before; later ones are the more urgent, and take the place of those before them."""

    EIGHT_WEEKS = "eight_weeks"
    FOUR_WEEKS = "four_weeks"
    DAY_BEFORE = "day_before"

    @property
    def label(self) -> str:
        """German, as it is read."""
        return {
            "eight_weeks": "gut acht Wochen vorher",
            "four_weeks": "gut vier Wochen vorher",
            "day_before": "am Arbeitstag davor",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Forewarning:
    """One warning: what ends on `due` (a local day), for whom where it names somebody, and from when on it is given.

    Of an age limit `due` is the first day on which it can end for a child born in that week.
    """

    obligation: str
    recipient: str | None
    due: date
    level: Level
    day: date

    @property
    def at(self) -> datetime:
        """The instant (aware) from which it is given."""
        return datetime.combine(self.day, MORNING, BERLIN)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is given once by: obligation, recipient or nothing, day, level."""
        return self.obligation, self.recipient or "", self.due.isoformat(), str(self.level)


def forewarnings(case: Case, rules: Rules) -> tuple[Forewarning, ...]:
    """Every warning that this case (as time alone has left it) will give or has given, earliest first."""
    if case.state == State.CLOSED:
        return ()
    found = (*_contacts(case, rules.network.calendar), *_supports(case, rules), *_network(case, rules))
    return tuple(sorted(found, key=lambda each: (each.day, each.key)))


def _contacts(case: Case, calendar: Calendar) -> Iterator[Forewarning]:
    """Not on the day of the event itself: who has just taken the referral in knows it."""
    for duty in case.duties:
        if duty.obligation in _CONTACTS:
            day = working_day_before(duty.due, calendar)
            if duty.anchor < day:
                yield Forewarning(duty.obligation, duty.recipient, duty.due, Level.DAY_BEFORE, day)


def _supports(case: Case, rules: Rules) -> Iterator[Forewarning]:
    """Whoever supports a family does so until the age limit of the profession (B 186)."""
    start = case.child.born or case.child.expected
    for handover in case.handovers:
        known = rules.directory.recipients.get(handover.recipient)
        limit = age_limit(rules.network, known) if known else None
        if handover.status is HandoverStatus.ACCEPTED and limit is not None and start is not None:
            duty = case.duty(Obligation.SUPPORT, handover.recipient)
            begun = duty.anchor if duty else case.received_on
            yield from _before(str(Obligation.SUPPORT), handover.recipient, limit, start, begun)


def _network(case: Case, rules: Rules) -> Iterator[Forewarning]:
    """Before the child outgrows the network: onward with consent, or close (G 12-14)."""
    ages = rules.network.profile.ages
    if case.child.born is not None:
        limit = AgeLimit(ages.until_years, ages.inclusive, ages.from_pregnancy)
        yield from _before(AGE_LIMIT, None, limit, case.child.born, case.received_on)


def _before(
    what: str, recipient: str | None, limit: AgeLimit, start: date, begun: date
) -> Iterator[Forewarning]:
    """Both levels before an age limit, as far as they lie behind the day on which it became of interest.

    The day on which it ends is that of the Monday of the week of birth, as in `ages.warnings`.
    """
    end = last_day(limit, week_of(start)[0])
    for level, day in zip((Level.EIGHT_WEEKS, Level.FOUR_WEEKS), warnings(limit, start), strict=True):
        if begun < day:
            yield Forewarning(what, recipient, end, level, day)


def working_day_before(day: date, calendar: Calendar) -> date:
    """The last day before this one on which somebody works, Monday to Friday."""
    before = day - _ONE_DAY
    while before.weekday() >= _SATURDAY or calendar.closed(before) is not None:
        before -= _ONE_DAY
    return before


def due_now(planned: tuple[Forewarning, ...], at: datetime, day: date) -> tuple[Forewarning, ...]:
    """Of each obligation the most urgent warning whose time has come, while its last day is not over."""
    newest: dict[tuple[str, str, str], Forewarning] = {}
    for each in planned:
        if each.at <= at and day <= each.due:
            newest[each.key[:3]] = each
    return tuple(newest.values())
