"""What people ask: what is to be done today, and which steps a case allows. Pure functions over cases.

Nothing here decides anything: whether a step is possible is `workflow.judge`'s answer, and "overdue" is read off the
obligations, so the list is right even when no scheduler runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from states.vocabulary import Command, Obligation, State
from workflow.access import Relation, relations
from workflow.ages import AgeLimit, last_day, warnings
from workflow.case import Case, Duty, HandoverStatus
from workflow.duties import Rules, settle
from workflow.handlers import ORAL_REASON
from workflow.judge import Question, Verdict, judge
from workflow.office import Directory, Moment, Network, Person
from workflow.policies import age_limit
from workflow.sight import Sight, sight_of


class Heading(StrEnum):
    """The parts of "Heute", in the order in which they are read."""

    OVERDUE = "overdue"
    DUE = "due"
    RETURNED = "returned"
    WAITING = "waiting"
    LATER = "later"

    @property
    def label(self) -> str:
        """The German heading."""
        return {
            "overdue": "Überfällig",
            "due": "Heute fällig",
            "returned": "Zurück an Sie",
            "waiting": "Wartet auf andere",
            "later": "Demnächst",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the worklist: the case by number, what is owed and until when; no names of families."""

    heading: Heading
    case: str
    number: str
    state: str
    what: str
    due: date | None
    days: int
    remark: str = ""
    obligation: str = ""


BY_TELEPHONE = (
    "Gilt erst als zugestellt, wenn ein Mensch beim ASD den Empfang bestätigt. Bis dahin telefonisch: Bereitschaft, "
    "bei akuter Gefahr 110."
)
NO_MORE_CONTACT = "Widerruf der Familie: bitte keinen Kontakt mehr aufnehmen"
TOLD_FOR = timedelta(days=14)
"""How long a recipient reads of a withdrawal (own reading)."""
_ON_OTHERS = frozenset({Obligation.ANSWER, Obligation.SUPPORT, Obligation.RECEIPT, Obligation.FEEDBACK})


def today(
    cases: Iterable[Case],
    person: Person,
    directory: Directory,
    moment: Moment,
    networks: Mapping[tuple[str, int], Network],
) -> tuple[Item, ...]:
    """The worklist of one person over the cases that concern them, most urgent first."""
    items: list[Item] = []
    for case in cases:
        if told_of_a_no(person, case, moment):
            items.append(Item(Heading.DUE, case.id, case.number, "", NO_MORE_CONTACT, None, 0))
        if case.state == State.CLOSED:
            continue
        rules = Rules(networks[case.profile, case.profile_version], directory)
        settled, _ = settle(case, moment, rules)
        items.extend(_items(settled, rules, moment, sight_of(person, case, directory, moment)))
    order = list(Heading)
    return tuple(
        sorted(
            items,
            key=lambda i: (
                order.index(i.heading),
                i.obligation != Obligation.DANGER,
                i.due or date.max,
                i.number,
                i.what,
            ),
        )
    )


def told_of_a_no(person: Person, case: Case, moment: Moment) -> bool:
    """Whether a recipient's handover has lately fallen with the family's no: they are told, and see nothing else."""
    handovers = [each for each in case.handovers if each.recipient == person.recipient]
    if not handovers or not person.active:
        return False
    last = handovers[-1]
    basis = next((each for each in case.consents if each.id == last.basis), None)
    withdrawn = basis is not None and not basis.stands()
    if last.status is not HandoverStatus.FALLEN or last.ended_at is None or not withdrawn:
        return False
    return moment.at < last.ended_at + TOLD_FOR


def _items(case: Case, rules: Rules, moment: Moment, sight: Sight) -> Iterable[Item]:
    process = rules.network.profile.process
    state = process.label(case.state)
    for duty in case.duties:
        if not sight.owed(duty):
            continue
        heading = _heading(case, duty, moment, mine=not sight.every_duty)
        what = process.obligation_label(duty.obligation)
        if duty.recipient is not None and sight.every_duty:
            what = f"{what}: {rules.directory.recipient_name(duty.recipient)}"
        yield Item(
            heading,
            case.id,
            case.number,
            state,
            what,
            duty.due,
            (duty.due - moment.day).days,
            _remark(case, duty, rules, moment),
            duty.obligation,
        )
    if sight.every_duty:
        yield from _out_of_age(case, rules, moment, state)
        yield from _returned(case, rules, state)
        if ORAL_REASON in case.tasks:
            yield Item(
                Heading.DUE,
                case.id,
                case.number,
                state,
                "Grund der mündlichen Einwilligung nachtragen",
                None,
                0,
            )


def _heading(case: Case, duty: Duty, moment: Moment, *, mine: bool) -> Heading:
    if duty.overdue_from <= moment.at:
        return Heading.OVERDUE
    if duty.obligation in _ON_OTHERS and not mine:
        return Heading.WAITING
    if (
        duty.obligation == Obligation.CONSENT
        and not mine
        and case.source.by_partner
        and case.state == State.CONSENT_PENDING
    ):
        return Heading.WAITING
    if duty.obligation == Obligation.DANGER or min(duty.due, duty.aim or duty.due) <= moment.day:
        return (
            Heading.DUE
        )  # danger is never for later: at once, at the latest by its deadline (§ 8a SGB VIII)
    return Heading.LATER


def _remark(case: Case, duty: Duty, rules: Rules, moment: Moment) -> str:
    if duty.obligation == Obligation.RECEIPT:
        return BY_TELEPHONE
    if duty.obligation == Obligation.FIRST_CONTACT and duty.aim is not None and duty.aim < duty.due:
        return f"Selbstmeldung: möglichst bis {duty.aim:%d.%m.}"
    return _age_remark(case, duty, rules, moment) if duty.obligation == Obligation.SUPPORT else ""


def _age_remark(case: Case, duty: Duty, rules: Rules, moment: Moment) -> str:
    """Warn eight and four weeks before the profession's age limit, and say what follows it (B 186)."""
    known = rules.directory.recipients.get(duty.recipient or "")
    limit = age_limit(rules.network, known) if known else None
    start = case.child.born or case.child.expected
    if limit is None or start is None:
        return ""
    eight, four = warnings(limit, start)
    end = last_day(limit, start)
    if moment.day < eight:
        return ""
    if moment.day > end:
        return f"Altersgrenze seit {end:%d.%m.%Y} erreicht. Weiter nur mit neuer Einwilligung an eine andere Stelle."
    weeks = "vier" if moment.day >= four else "acht"
    return (
        f"Altersgrenze am {end:%d.%m.%Y}, in höchstens {weeks} Wochen. Danach nur mit neuer Einwilligung an eine "
        "andere Stelle."
    )


def _out_of_age(case: Case, rules: Rules, moment: Moment, state: str) -> Iterable[Item]:
    """Where the child has outgrown the network: onward with consent (Präventionskette, G 12-14), or close."""
    ages, born = rules.network.profile.ages, case.child.born
    if born is None:
        return
    limit = AgeLimit(ages.until_years, ages.inclusive, ages.from_pregnancy)
    end = last_day(limit, born)
    eight, _ = warnings(limit, born)
    if moment.day < eight:
        return
    past = moment.day > end
    heading = Heading.DUE if past else Heading.LATER
    what = f"Altersgrenze {'überschritten' if past else 'naht'}: weitervermitteln oder abschließen"
    yield Item(heading, case.id, case.number, state, what, end, (end - moment.day).days)


def _returned(case: Case, rules: Rules, state: str) -> Iterable[Item]:
    if not case.handovers or case.state != State.IN_CONTACT:
        return
    last = max(case.handovers, key=lambda h: h.proposed_at)
    if last.status is HandoverStatus.DECLINED:
        who = rules.directory.recipient_name(last.recipient)
        yield Item(Heading.RETURNED, case.id, case.number, state, f"{who} kann nicht übernehmen", None, 0)


def possible_steps(question: Question) -> tuple[Verdict, ...]:
    """For every command of the case: may I, and if not, why not, and what next. Recipients one by one."""
    process = question.network.profile.process
    verdicts = []
    for name, spec in process.commands.items():
        if name.startswith("receive(") or name == Command.FLAG_OVERDUE:
            continue
        for recipient in _candidates(question, name) if spec.per_recipient else (None,):
            verdicts.append(judge(question, name, recipient))  # noqa: PERF401 - two loops read better so
    return tuple(verdicts)


def _candidates(question: Question, command: str) -> tuple[str, ...]:
    """The recipients a command could concern: those in the case, and for a new way all in the directory."""
    case = question.case
    inside = {
        h.recipient for h in case.handovers if h.status in (HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED)
    }
    inside |= {c.recipient for c in case.consents if c.recipient is not None and c.stands()}
    if command in (Command.RECORD_CONSENT_FOR, Command.PROPOSE_HANDOVER):
        inside |= {one.id for one in question.directory.recipients.values() if one.active}
    return tuple(sorted(inside))


def concerns(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether a case belongs on this person's list."""
    mine = {relation for _, relation in relations(person, case, directory, moment)}
    return bool(mine - {Relation.COLLEAGUE}) or told_of_a_no(person, case, moment)
