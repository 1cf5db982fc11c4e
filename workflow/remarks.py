"""What a line of the worklist says beside what is owed: a telephone way, an aim, an age; never a name of a family.

Days stand as people say them ("Di 24.11."). What a recipient reads of a request goes no further than the package.
Proven with the worklist (`tests/workflow/test_queries.py`).
"""

from datetime import date, timedelta

from states.vocabulary import Obligation
from workflow.ages import last_day, warnings
from workflow.case import Case, Duty, HandoverStatus, Package
from workflow.deadlines import weekday
from workflow.duties import Rules
from workflow.office import Moment
from workflow.policies import age_limit

BY_TELEPHONE = (
    "Gilt erst als zugestellt, wenn ein Mensch beim ASD den Empfang bestätigt. Bis dahin telefonisch: Bereitschaft, "
    "bei akuter Gefahr 110."
)
_AT_MOST = ((4, "vier"), (8, "acht"), (9, "neun"))
_WEEKS_UNTIL = 13
_MONTHS_UNTIL = 24
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip


def spoken(day: date) -> str:
    """A day as people say it: "Di 24.11."."""
    return f"{weekday(day)} {day:%d.%m.}"


def remark(case: Case, duty: Duty, rules: Rules, moment: Moment, *, recipient: bool) -> str:
    """The remark on one obligation; `recipient` where the reader is the one who was asked."""
    if duty.obligation == Obligation.RECEIPT:
        return BY_TELEPHONE
    if duty.obligation == Obligation.ANSWER and recipient:
        return request_of(case, duty.recipient or "", moment.day)
    if duty.obligation == Obligation.FIRST_CONTACT and duty.aim is not None and duty.aim < duty.due:
        if moment.day > duty.aim:
            return f"Selbstmeldung: Wunschtag war {spoken(duty.aim)}"
        return f"Selbstmeldung: möglichst bis {duty.aim:%d.%m.}"
    return _age_remark(case, duty, rules, moment) if duty.obligation == Obligation.SUPPORT else ""


def request_of(case: Case, recipient: str, day: date) -> str:
    """What a request tells before it is accepted: the district, and the child's age where the package has it."""
    handover = case.handover_to(recipient, HandoverStatus.PROPOSED)
    parts = [f"Stadtteil {case.district}"] if case.district else []
    if handover is not None and Package.CHILD in handover.package:
        parts.append(_how_old(case, day))
    return ", ".join(part for part in parts if part)


def _how_old(case: Case, day: date) -> str:
    born, expected = case.child.born, case.child.expected
    if born is None:
        return f"erwartet im {_MONTHS[expected.month - 1]}" if expected else ""
    weeks = (day - born).days // 7
    if weeks < _WEEKS_UNTIL:
        return f"Baby {weeks} {'Woche' if weeks == 1 else 'Wochen'}" if weeks else "Baby unter 1 Woche"
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    return f"Kind {months} Monate" if months < _MONTHS_UNTIL else f"Kind {months // 12} Jahre"


def _age_remark(case: Case, duty: Duty, rules: Rules, moment: Moment) -> str:
    """Warn eight and four weeks before the profession's age limit, and say what follows it (B 186)."""
    known = rules.directory.recipients.get(duty.recipient or "")
    limit = age_limit(rules.network, known) if known else None
    start = case.child.born or case.child.expected
    if limit is None or start is None:
        return ""
    end = last_day(limit, start)
    if moment.day < warnings(limit, start)[0]:
        return ""
    if moment.day > end:
        return f"Altersgrenze seit {end:%d.%m.%Y} erreicht. Weiter nur mit neuer Einwilligung an eine andere Stelle."
    weeks = next(word for count, word in _AT_MOST if end - moment.day <= timedelta(weeks=count))
    return (
        f"Altersgrenze am {end:%d.%m.%Y}, in höchstens {weeks} Wochen. Danach nur mit neuer Einwilligung an eine "
        "andere Stelle."
    )
