"""May I? And if not: why not, and what is the next step. The only place where that is decided.

The engine is asked, and only where it refuses is a reason looked for; `perform` and every list of possible steps go
through `judge`, so what a screen promises and what happens cannot differ (`tests/workflow/test_judge.py`).
"""

from dataclasses import dataclass
from functools import lru_cache

from states.guard import Literal
from states.guide import GRAVE, next_step
from states.process import Process
from states.vocabulary import Command, Fact, Obligation, Role, State
from workflow.access import knows_of, roles_for
from workflow.case import Case
from workflow.engine import NoRowError
from workflow.errors import Blocked
from workflow.office import Directory, Moment, Network, Person
from workflow.policies import Situation, facts_now, why_not_eligible
from workflow.sight import sight_of
from workflow.visible import told_of_a_no
from workflow.wording import (
    ASK_THE_OFFICE,
    ASK_WHO_KEEPS_IT,
    LOOK_AGAIN,
    NO_LONGER_YOURS,
    TAKEN_BACK,
    as_next_step,
    danger_first,
    missing,
    not_for_this_referral,
    only,
    worried_fachkraft,
)

DENIED = "denied"
NOT_LISTED = Blocked("recipient", "Diese Stelle steht nicht im Verzeichnis.")
_BEGINNING = frozenset({Command.RECORD_CONSENT_FOR, Command.PROPOSE_HANDOVER})
_OF_DANGER = frozenset({Command.INVOLVE_FAMILY, Command.ESCALATE, Command.ESCALATE_URGENT})
_AFTER_A_LOOK = frozenset(
    {State.CONSENT_CHECKED, State.IN_CONTACT, State.HANDOVER_PROPOSED, State.HANDED_OVER}
)
_BEGUN_AFTER_A_LOOK = frozenset({Obligation.REACH, Obligation.CLARIFY})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one command: the role one acts in and where it leads, or why it is blocked.

    `idle` marks a step that would mean nothing now, so that screens can hide it; it forbids nothing.
    """

    command: str
    recipient: str | None
    role: Role | None = None
    target: str = ""
    blocked: Blocked | None = None
    idle: bool = False
    idle_reason: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the step is possible now."""
        return self.blocked is None


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, about which case, when, in which network."""

    person: Person
    case: Case
    moment: Moment
    directory: Directory
    network: Network


def judge(question: Question, command: str, recipient: str | None = None) -> Verdict:
    """Decide one command. Whether its details are right is `workflow.details`' affair."""
    case, network = question.case, question.network
    process = network.profile.process
    spec = process.commands.get(command)
    if spec is None:
        return Verdict(command, recipient, blocked=Blocked("unknown", "Diesen Schritt gibt es nicht."))
    roles = roles_for(question.person, command, case, recipient, question.directory, question.moment)
    if not _entered_by(process, command) & set(roles):
        return Verdict(command, recipient, blocked=_denied(question, process, command))
    blocked = _wrong_recipient(question, command, recipient, named=spec.per_recipient)
    if blocked is not None and not (blocked is NOT_LISTED and _is_stranger(question)):
        return Verdict(command, recipient, blocked=blocked)
    situation = Situation(case, question.moment, question.directory, network)
    facts = facts_now(situation, recipient)
    for role in roles:
        try:
            target = network.engine.fire(case.state, command, facts, role, recipient)
        except NoRowError:
            continue
        if spec.law.holds(facts, recipient):
            return Verdict(command, recipient, role, target)
    unsaid = _unsaid(question, command, roles)
    return Verdict(
        command, recipient, blocked=unsaid or _why_not(situation, command, recipient, facts, roles)
    )


def _is_stranger(question: Question) -> bool:
    return not knows_of(question.person, question.case, question.directory, question.moment)


def _wrong_recipient(
    question: Question, command: str, recipient: str | None, *, named: bool
) -> Blocked | None:
    """Why nobody can be meant by this recipient; asked only of who may try the step at all.

    Who left the directory stays the recipient of what they were given: that can be taken back.
    """
    if recipient is None:
        return Blocked("recipient", "Bitte die Empfängerin nennen.") if named else None
    if not named:
        return Blocked("recipient", "Dieser Schritt nennt keine Empfängerin.")
    case = question.case
    theirs = {each.recipient for each in case.consents} | {each.recipient for each in case.handovers}
    if recipient in question.directory.recipients or (command not in _BEGINNING and recipient in theirs):
        return None
    return NOT_LISTED


def _unsaid(question: Question, command: str, roles: tuple[Role, ...]) -> Blocked | None:
    """What is told to who may not know where the case stands: no reason, for every reason tells of it."""
    if not knows_of(question.person, question.case, question.directory, question.moment):
        return _whatever_its_state(question, command)
    if Role.PARTNER not in roles:
        return None
    sight = sight_of(question.person, question.case, question.directory, question.moment)
    if not sight.hides_state:
        return None
    label = question.network.profile.process.label(command)
    return Blocked("state", not_for_this_referral(label), ASK_THE_OFFICE)


def _whatever_its_state(question: Question, command: str) -> Blocked:
    """What a colleague on duty reads who may not know of the case: the same in every state, and whom to ask."""
    if command == Command.ESCALATE_URGENT:
        process, step = question.network.profile.process, Command.TRIAGE_YES
        return Blocked(DENIED, danger_first(process), f"„{process.label(step)}“", step)
    blocked = not_yours(question.person, question.case, question.directory, question.moment)
    return Blocked(DENIED, blocked.reason, ASK_WHO_KEEPS_IT)


def _denied(question: Question, process: Process, command: str) -> Blocked:
    """Denied by access; by role: who may instead. A Fachkraft with a worry is shown the way at once (L 25)."""
    case, directory = question.case, question.directory
    known = knows_of(question.person, case, directory, question.moment)
    if command == Command.RAISE_CONCERN and _writes_it_down(question, known=known):
        return Blocked(DENIED, worried_fachkraft(process), next_command=Command.TRIAGE_YES)
    if not known:
        return not_yours(question.person, case, directory, question.moment)
    roles = _entered_by(process, command)
    if Role.CASE_WORKER in question.person.roles & roles and case.responsible is None:
        reason = f"„{process.label(command)}“ geht erst, wenn der Fall Ihnen gehört."
        return Blocked(DENIED, reason, process.label(Command.ASSIGN), Command.ASSIGN)
    return Blocked(DENIED, only(command, roles))


def _writes_it_down(question: Question, *, known: bool) -> bool:
    """Whether a worry is this Fachkraft's own to write down; who may not know of the case hears so in every state."""
    if known:
        return judge(question, Command.TRIAGE_YES).role is Role.CASE_WORKER
    case, directory, moment = question.case, question.directory, question.moment
    return Role.CASE_WORKER in roles_for(question.person, Command.TRIAGE_YES, case, None, directory, moment)


def not_yours(person: Person, case: Case, directory: Directory, moment: Moment) -> Blocked:
    """Who may not know a case learns nothing of it, except that a colleague of the house learns whom to ask.

    A recipient whom the family has lately told no reads why the case is gone, as on her list.
    """
    if told_of_a_no(person, case, moment):
        return Blocked(DENIED, NO_LONGER_YOURS)
    keeper = directory.persons.get(case.responsible or "")
    asks = keeper is not None and person.active and Role.CASE_WORKER in person.roles
    who = f" {keeper.name} ist zuständig." if asks and keeper else ""
    return Blocked(DENIED, f"Dieser Fall ist Ihnen nicht zugeordnet.{who}")


def _why_not(
    situation: Situation,
    command: str,
    recipient: str | None,
    facts: frozenset[str],
    roles: tuple[Role, ...],
) -> Blocked:
    process = situation.network.profile.process
    rows = [row for row in process.rows_from(situation.case.state, command) if set(row.roles) & set(roles)]
    label = process.label(command)
    step = _next(process, situation, facts, command, recipient)
    then = as_next_step(process, step) if step else ""
    if not rows:
        state = process.label(situation.case.state)
        return Blocked("state", f"„{label}“ ist im Stand „{state}“ nicht vorgesehen.", then, step)
    failing = min((row.guard.failing(facts, recipient) for row in rows), key=len)
    failing = failing or process.commands[command].law.failing(facts, recipient)
    code = "guard:" + " ".join(map(str, failing))
    if command == Command.ESCALATE_URGENT and any(literal.fact == Fact.DANGER for literal in failing):
        step = Command.TRIAGE_YES
        return Blocked(code, danger_first(process), f"„{process.label(step)}“", step)
    reasons = " ".join(_reason(situation, process, literal, recipient) for literal in failing)
    return Blocked(code, f"„{label}“ ist noch nicht möglich: {reasons}", then, step)


def _reason(situation: Situation, process: Process, literal: Literal, recipient: str | None) -> str:
    if literal.fact == "eligible":
        return why_not_eligible(situation, recipient)
    if literal.fact == Fact.LOOKED and literal.holds and looked_before(situation.case, process):
        return LOOK_AGAIN
    taken_back = situation.case.referral_withdrawn_at is not None
    if literal.fact == Fact.WITHDRAWN and not literal.holds and taken_back:
        return TAKEN_BACK
    return missing(literal, situation.directory.recipient_name(recipient), process.label)


def looked_before(case: Case, process: Process) -> bool:
    """Whether somebody has surely looked for danger before: no case gets further than its receipt without (law T).

    A no leads to „Einwilligung ungeklärt“ without a look; whether there was one, the case then cannot tell.
    """
    kin = process.kin(case.state)
    if kin in _AFTER_A_LOOK or case.anchors.keys() & _BEGUN_AFTER_A_LOOK:
        return True
    return kin == State.CONSENT_PENDING and Obligation.WIND_UP not in case.anchors


@lru_cache(maxsize=1024)
def _entered_by(process: Process, command: str) -> frozenset[str]:
    """The roles that any row lets enter this command."""
    return frozenset(role for row in process.rows if row.command == command for role in row.roles)


def _next(
    process: Process, situation: Situation, facts: frozenset[str], command: str, recipient: str | None
) -> str:
    """The first command of the way; nobody is told to cry wolf, to close or to withdraw in order to get on."""
    way = next_step(process, situation.case.state, facts, command, recipient)
    if not way or (command not in _OF_DANGER and any(step in GRAVE for step in way)):
        return ""
    return way[0]
