"""What people ask: what is to be done today, and which steps a case allows. Pure functions over cases.

Nothing here decides anything: whether a step is possible is `workflow.judge`'s answer, and "overdue" is read off the
obligations, so the list is right even when no scheduler runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from states.vocabulary import Command, Obligation, State
from workflow.access import Relation, relations
from workflow.ages import AgeLimit, last_day, warnings
from workflow.case import Case, ConsentKind, Duty, HandoverStatus
from workflow.consents import ORAL_REASON
from workflow.duties import Rules, settle
from workflow.judge import Question, Verdict, judge
from workflow.office import Directory, Moment, Network, Person
from workflow.reference import reference_of
from workflow.remarks import remark, spoken
from workflow.sight import Sight, sight_of
from workflow.steps import marked
from workflow.visible import told_of_a_no
from workflow.wording import declined


class Heading(StrEnum):
    """The parts of "Heute", in the order in which they are read."""

    DANGER = "danger"
    HEED = "heed"
    OVERDUE = "overdue"
    DUE = "due"
    RETURNED = "returned"
    WAITING = "waiting"
    LATER = "later"

    @property
    def label(self) -> str:
        """The German heading."""
        return {
            "danger": "Gefahr – zuerst",
            "heed": "Bitte beachten",
            "overdue": "Überfällig",
            "due": "Heute fällig",
            "returned": "Zurück an Sie",
            "waiting": "Wartet auf andere",
            "later": "Demnächst",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the worklist: the case by number, what is owed and until when; no names of families.

    A partner's own referral is called by its Kennzeichen.
    """

    heading: Heading
    case: str
    number: str
    state: str
    what: str
    due: date | None
    days: int
    remark: str = ""
    obligation: str = ""
    for_whom: str = ""
    """In whose place, by name, where it is another's case."""
    keeper: str = ""
    """Who is responsible, by name, where Leitung reads of others' cases."""
    opening: str = ""
    """The opening it is about, by id; empty in all other lines."""


NO_MORE_CONTACT = "Widerruf der Familie: bitte keinen Kontakt mehr aufnehmen"
NOBODY = "ohne Zuständige"
SOON = timedelta(days=7)
"""How long before a consent ends the list says so (own reading)."""
_ON_OTHERS = frozenset({Obligation.ANSWER, Obligation.SUPPORT, Obligation.FEEDBACK})
_DANGER = tuple(map(str, (Obligation.DANGER, Obligation.RECEIPT, Obligation.RECORD, Obligation.QUESTION)))
"""What stands above all else, in this order: a child in danger, a notice nobody has confirmed, its record, what the ASD
asks."""


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
            items.append(Item(Heading.HEED, case.id, case.number, "", NO_MORE_CONTACT, None, 0))
        if case.state == State.CLOSED:
            continue
        rules = Rules(networks[case.profile, case.profile_version], directory)
        settled, _ = settle(case, moment, rules)
        whose = _in_place_of(person, case, directory, moment)
        sight = sight_of(person, case, directory, moment)
        if sight.by_reference:
            settled = replace(settled, number=reference_of(case.id))
        keeper = _keeper(case, directory) if sight.metadata and case.responsible != person.id else ""
        lines = _items(settled, rules, moment, sight)
        items.extend(
            replace(line, for_whom=whose, keeper=keeper) if whose or keeper else line for line in lines
        )
    return in_order(items)


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Most urgent first, danger before all else."""
    order = list(Heading)
    return tuple(
        sorted(
            items,
            key=lambda i: (
                order.index(i.heading),
                _DANGER.index(i.obligation) if i.obligation in _DANGER else len(_DANGER),
                i.due or date.max,
                i.number,
                i.what,
            ),
        )
    )


def _keeper(case: Case, directory: Directory) -> str:
    """Who is responsible, as one reads it."""
    known = directory.persons.get(case.responsible or "")
    return known.name if known else str(case.responsible or NOBODY)


def _in_place_of(person: Person, case: Case, directory: Directory, moment: Moment) -> str:
    """The name of whom this person stands in for in this case, or whose case they have opened in an emergency."""
    mine = {relation for _, relation in relations(person, case, directory, moment)}
    if not mine & {Relation.SUBSTITUTE, Relation.EMERGENCY}:
        return ""
    keeper = directory.persons.get(case.responsible or "")
    return keeper.name if keeper else str(case.responsible)


def _items(case: Case, rules: Rules, moment: Moment, sight: Sight) -> Iterable[Item]:
    process = rules.network.profile.process
    state = "" if sight.hides_state else process.label(case.state)
    for duty in case.duties:
        if not sight.owed(duty):
            continue
        heading = _heading(case, duty, moment, mine=not sight.every_duty)
        what = process.obligation_label(duty.obligation)
        if duty.obligation == Obligation.ANSWER and not sight.every_duty:
            what = "Neue Anfrage"
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
            remark(case, duty, rules, moment, recipient=not sight.every_duty),
            duty.obligation,
        )
    if sight.every_duty:
        yield from _out_of_age(case, rules, moment, state)
        yield from _returned(case, rules, state)
        yield from _running_out(case, rules, moment, state)
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
    if duty.obligation == Obligation.QUESTION and mine:
        return Heading.WAITING  # who asked waits for the answer
    if duty.obligation in _DANGER:
        return Heading.DANGER  # never for later, and never only waiting for others (§ 8a SGB VIII)
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
    asked = mine and duty.obligation == Obligation.ANSWER
    due = asked or min(duty.due, duty.aim or duty.due) <= moment.day
    return Heading.DUE if due else Heading.LATER


def _running_out(case: Case, rules: Rules, moment: Moment, state: str) -> Iterable[Item]:
    """The consents in use that end within a week: to contact, and for whoever is asked or supports."""
    open_ones = (HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED)
    with_whom = {h.recipient for h in case.handovers if h.status in open_ones}
    used: list[tuple[ConsentKind, str | None]] = [(ConsentKind.CONTACT, None)]
    used += [(ConsentKind.HANDOVER, recipient) for recipient in sorted(with_whom)]
    for kind, recipient in used:
        ends = [c.expires_on for c in case.consents_for(kind, recipient) if c.valid_on(moment.day)]
        end = max((each for each in ends if each is not None), default=None)
        if end is None or None in ends or end > moment.day + SOON:
            continue
        whom = f" für {declined(rules.directory.recipient_name(recipient))}" if recipient else ""
        heading = Heading.DUE if end == moment.day else Heading.LATER
        what = f"Einwilligung{whom} läuft am {spoken(end)} ab."
        yield Item(heading, case.id, case.number, state, what, end, (end - moment.day).days)


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
        what = f"{rules.directory.recipient_name(last.recipient)} kann nicht übernehmen (Grund im Verlauf)"
        yield Item(Heading.RETURNED, case.id, case.number, state, what, None, 0)


def possible_steps(question: Question) -> tuple[Verdict, ...]:
    """For every command of the case: may I, and if not, why not, and what next. Recipients one by one."""
    process = question.network.profile.process
    verdicts = []
    for name, spec in process.commands.items():
        if name.startswith("receive(") or name == Command.FLAG_OVERDUE:
            continue
        for recipient in _candidates(question, name) if spec.per_recipient else (None,):
            verdicts.append(marked(question, judge(question, name, recipient)))  # noqa: PERF401 - two loops read better so
    sight = sight_of(question.person, question.case, question.directory, question.moment)
    return tuple(map(_told_little, verdicts)) if sight.hides_state else tuple(verdicts)


def _told_little(verdict: Verdict) -> Verdict:
    """What a step says to somebody who may not know where the case stands: only whether it is possible."""
    return replace(verdict, target="", idle=False, idle_reason="")


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
