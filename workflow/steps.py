"""The steps of a case as a screen lays them out: what is next, what else, what for a worried heart, what not yet.

Whether a step is possible is `workflow.judge`'s answer alone; here its answers are only sorted, and those marked
that would mean nothing now (`idle`). Proven by `tests/workflow/test_steps.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from states.guide import GRAVE
from states.vocabulary import Command, Fact, Obligation
from workflow.case import Case, ConsentKind, Duty
from workflow.duties import Rules, settle
from workflow.judge import DENIED, Question, Verdict
from workflow.policies import Situation, why_not_eligible

_FOR_THE_CHILD = frozenset(
    {
        Command.TRIAGE_YES,
        Command.RAISE_CONCERN,
        Command.ASSESS_RISK_NO,
        Command.ASSESS_RISK_YES,
        Command.INVOLVE_FAMILY,
        Command.ESCALATE,
        Command.ESCALATE_URGENT,
        Command.COMPLETE_RECORD,
        Command.CONFIRM_RECEIPT,
    }
)
_FIRST = (Obligation.DANGER, Obligation.RECEIPT, Obligation.RECORD, Obligation.QUESTION)


class Group(StrEnum):
    """The parts of a case's steps, in the order in which they are read."""

    NEXT = "next"
    ALSO = "also"
    CHILD = "child"
    NOT_YET = "not_yet"

    @property
    def label(self) -> str:
        """The German heading."""
        return {
            "next": "Als Nächstes",
            "also": "Außerdem möglich",
            "child": "Bei Sorge um das Kind",
            "not_yet": "Noch nicht möglich",
        }[self.value]


def marked(question: Question, verdict: Verdict) -> Verdict:
    """The verdict, marked idle where the step would mean nothing now, with the reason where one is worth reading."""
    if verdict.recipient is not None:
        reason = _out_of_reach(question, verdict)
        return replace(verdict, idle=True, idle_reason=reason) if reason else verdict
    return replace(verdict, idle=True) if _means_nothing(question, verdict.command) else verdict


def _out_of_reach(question: Question, verdict: Verdict) -> str:
    """Why nobody should ask the family about this recipient; a missing date of the child is only to be added."""
    child = question.case.child
    if verdict.command not in (Command.RECORD_CONSENT_FOR, Command.PROPOSE_HANDOVER) or (
        child.born is None and child.expected is None
    ):
        return ""
    situation = Situation(question.case, question.moment, question.directory, question.network)
    return why_not_eligible(situation, verdict.recipient)


def _means_nothing(question: Question, command: str) -> bool:
    case = question.case
    if command == Command.WITHDRAW_FEEDBACK:
        return not any(case.consents_for(ConsentKind.FEEDBACK))
    if command in (Command.RECORD_FEEDBACK, Command.RECORD_RELEASE):
        return not case.source.by_partner
    if command == Command.WITHDRAW_CONSENT:
        return Fact.WITHDRAWN in case.marks
    if command in (Command.RECORD_CONSENT, Command.RECORD_CONSENT_PARTNER):
        return any(consent.expires_on is None for consent in case.consents_for(ConsentKind.CONTACT))
    return False


def grouped(question: Question, verdicts: Iterable[Verdict]) -> Mapping[Group, tuple[Verdict, ...]]:
    """Sort verdicts under headings, each at most once; idle ones and what the role never allows are left out."""
    shown = [v for v in verdicts if not v.idle and (v.blocked is None or v.blocked.code != DENIED)]
    first = _first_steps(question, shown)
    groups: dict[Group, list[Verdict]] = {group: [] for group in Group}
    for verdict in shown:
        if verdict.allowed and (verdict.command, verdict.recipient) in first:
            groups[Group.NEXT].append(verdict)
        elif verdict.command in _FOR_THE_CHILD:
            if verdict.blocked is None or verdict.blocked.next_step:
                groups[Group.CHILD].append(verdict)
        elif verdict.blocked is None:
            groups[Group.ALSO].append(verdict)
        elif verdict.blocked.next_step and verdict.command not in GRAVE:
            groups[Group.NOT_YET].append(verdict)
    return {group: tuple(members) for group, members in groups.items()}


def _first_steps(question: Question, verdicts: Iterable[Verdict]) -> set[tuple[str, str | None]]:
    """What meets the nearest obligation, or is the first step of the way to meeting it."""
    duty = _nearest(question)
    if duty is None:
        return set()
    specs = question.network.profile.process.obligations
    goals = {goal for spec in specs if str(spec.name) == duty.obligation for goal in spec.met_by}
    if duty.obligation == Obligation.CLARIFY:
        goals.add(Command.PROPOSE_HANDOVER)
    if duty.obligation == Obligation.CONSENT and question.case.source.by_partner:
        goals = goals - {Command.RECORD_CONSENT} | {
            Command.QUERY_CONSENT
        }  # the partner is asked, not the family
    first: set[tuple[str, str | None]] = set()
    for verdict in verdicts:
        if verdict.command not in goals or duty.recipient not in (None, verdict.recipient):
            continue
        step = verdict.command if verdict.blocked is None else verdict.blocked.next_command
        first.add((step, verdict.recipient if step.endswith(":r") else None))
    return first


def _nearest(question: Question) -> Duty | None:
    """The running obligation that comes first: danger, then what is due first."""
    rules = Rules(question.network, question.directory)
    settled: Case = settle(question.case, question.moment, rules)[0]
    return min(
        settled.duties,
        key=lambda duty: (duty.obligation not in _FIRST, duty.overdue_from, duty.obligation),
        default=None,
    )
