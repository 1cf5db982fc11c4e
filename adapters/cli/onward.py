"""What comes next in a case, as a sentence and as the command to type; a judgement is never anticipated.

The obligations say what is owed, `workflow.judge` what is possible, and `states.guide` the way where it is not yet.
Proven by following it from the report to the handover (`tests/cli/test_case_show.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.cli.commands import outcomes, typed
from states.guide import GRAVE, next_step
from states.vocabulary import PER_RECIPIENT, Command, Obligation, Role, State
from workflow.case import Case, Duty, HandoverStatus
from workflow.judge import Question, judge
from workflow.policies import Situation, facts_now
from workflow.sight import sight_of
from workflow.wording import as_next_step

_FIRST = (Obligation.DANGER, Obligation.RECEIPT, Obligation.RECORD)
_GOALS: Mapping[str, tuple[str, ...]] = {
    Obligation.DANGER: (Command.ASSESS_RISK_NO, Command.INVOLVE_FAMILY, Command.ESCALATE),
    Obligation.RECEIPT: (Command.CONFIRM_RECEIPT,),
    Obligation.RECORD: (Command.COMPLETE_RECORD,),
    Obligation.FEEDBACK: (Command.RETURN_CASE,),
    Obligation.CONSENT: (Command.CHECK_CONSENT_YES,),
    Obligation.FIRST_CONTACT: (Command.REACH_FAMILY,),
    Obligation.REACH: (Command.REACH_FAMILY,),
    Obligation.CLARIFY: (Command.PROPOSE_HANDOVER, Command.RECORD_CONSENT_FOR),
    Obligation.ANSWER: (Command.ACCEPT,),
    Obligation.WIND_UP: (Command.CLOSE,),
}
_DONE_BY: Mapping[str, str] = {Command.ASSESS_RISK_NO: "assessed", Command.INVOLVE_FAMILY: "informed"}
_LABELS: Mapping[str, str] = {Command.CORRECT: "Geburtsdatum oder Entbindungstermin nachtragen"}
_ANYONE = "STELLE"


@dataclass(frozen=True, slots=True)
class Onward:
    """The next step: its name, and how it is typed after `lotse case do NUMMER` (each outcome of a judgement)."""

    label: str
    typed: tuple[str, ...]


def onward(question: Question) -> Onward | None:
    """The next step that is this person's to take, nearest obligation first and danger before all; or None."""
    case = question.case
    sight = sight_of(question.person, case, question.directory, question.moment)
    if case.responsible is None and Role.CASE_WORKER in question.person.roles and case.state != State.CLOSED:
        return Onward("Fall übernehmen", (typed(Command.ASSIGN),))
    mine = [duty for duty in case.duties if sight.owed(duty)]
    for duty in sorted(mine, key=lambda each: (each.obligation not in _FIRST, each.overdue_from)):
        for command, recipient in _goals(duty, case, question):
            step = _towards(question, command, recipient)
            if step is not None:
                return step
    return None


def _goals(duty: Duty, case: Case, question: Question) -> Iterator[tuple[str, str | None]]:
    """What meets this obligation, in the order in which it is done."""
    for command in _GOALS.get(duty.obligation, ()):
        if _DONE_BY.get(command) in case.marks:
            continue
        if command == Command.PROPOSE_HANDOVER:
            for one in sorted({c.recipient for c in case.consents if c.recipient and c.stands()}):
                if judge(question, command, one).allowed:
                    yield command, one
        elif command == Command.RECORD_CONSENT_FOR:
            if any(each.status is HandoverStatus.PROPOSED for each in case.handovers):
                continue
            undated = case.child.born is None and case.child.expected is None
            consented = any(c.recipient is not None and c.stands() for c in case.consents)
            yield (Command.CORRECT, None) if consented and undated else (command, _ANYONE)
        elif command.endswith(PER_RECIPIENT):
            if duty.recipient == question.person.recipient:
                yield command, duty.recipient
        else:
            yield command, None


def _towards(question: Question, command: str, recipient: str | None) -> Onward | None:
    """The command itself where it is possible, else the first step of the way to it."""
    process, case = question.network.profile.process, question.case
    if recipient == _ANYONE:
        possible = any(judge(question, command, one).allowed for one in question.directory.recipients)
        return _named(question, command, recipient) if possible else None
    if judge(question, command, recipient).allowed:
        return _named(question, command, recipient)
    if command == Command.CHECK_CONSENT_YES and case.source.by_partner and case.state == State.RECEIVED:
        asking = judge(question, Command.QUERY_CONSENT)
        if asking.allowed:
            return _named(question, Command.QUERY_CONSENT, None)
    facts = facts_now(Situation(case, question.moment, question.directory, question.network), recipient)
    way = next_step(process, case.state, facts, command, recipient)
    if not way or (way[0] in GRAVE and command != Command.ESCALATE):
        return None
    first = way[0]
    whom = recipient if first.endswith(PER_RECIPIENT) else None
    if whom is None and first.endswith(PER_RECIPIENT):
        return _named(question, first, _ANYONE)
    return _named(question, first, whom) if judge(question, first, whom).allowed else None


def _named(question: Question, command: str, recipient: str | None) -> Onward:
    process = question.network.profile.process
    to = f" --to {recipient}" if recipient else ""
    ways = tuple(f"{typed(name)}{to}" for name in outcomes(process, command))
    return Onward(_LABELS.get(command) or as_next_step(process, command).strip("„“"), ways)


def said(question: Question) -> str:
    """The next step as it is read: a sentence, and each command to copy on a line of its own; or nothing."""
    step = onward(question)
    if step is None:
        return ""
    number = question.case.number
    lines = [f"Nächster Schritt: {step.label}", *(f"  lotse case do {number} {way}" for way in step.typed)]
    return "\n".join(lines)


def by_telephone(number: str) -> str:
    """What to do while nobody at the ASD has confirmed a notice: it is not delivered by having been written."""
    return (
        "Noch nicht zugestellt. Bitte jetzt beim ASD anrufen (Bereitschaft),\n"
        "bei akuter Gefahr 110. Wenn jemand den Empfang bestätigt hat:\n"
        f"  lotse case do {number} {typed(Command.CONFIRM_RECEIPT)}"
    )
