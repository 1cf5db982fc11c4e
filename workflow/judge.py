"""May I? And if not: why not, and what is the next step. The only place where that is decided.

The engine is asked, and only where it refuses is a reason looked for; `perform` and every list of possible steps go
through `judge`, so what a screen promises and what happens cannot differ (`tests/workflow/test_judge.py`).
"""

from dataclasses import dataclass

from states.guide import GRAVE, next_step
from states.process import Process
from states.vocabulary import Command, Role
from workflow.access import knows_of, roles_for
from workflow.case import Case
from workflow.engine import NoRowError
from workflow.errors import Blocked
from workflow.office import Directory, Moment, Network, Person
from workflow.policies import Situation, facts_now, why_not_eligible
from workflow.wording import as_next_step, missing

DENIED = "denied"
_BEGINNING = frozenset({Command.RECORD_CONSENT_FOR, Command.PROPOSE_HANDOVER})
_OF_DANGER = frozenset({Command.INVOLVE_FAMILY, Command.ESCALATE, Command.ESCALATE_URGENT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one command: the role one acts in and where it leads, or why it is blocked."""

    command: str
    recipient: str | None
    role: Role | None = None
    target: str = ""
    blocked: Blocked | None = None

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
    if spec.per_recipient != (recipient is not None):
        need = (
            "Bitte die Empfängerin nennen."
            if spec.per_recipient
            else "Dieser Schritt nennt keine Empfängerin."
        )
        return Verdict(command, recipient, blocked=Blocked("recipient", need))
    if recipient is not None and command in _BEGINNING and recipient not in question.directory.recipients:
        return Verdict(
            command, recipient, blocked=Blocked("recipient", "Diese Stelle steht nicht im Verzeichnis.")
        )
    roles = roles_for(question.person, command, case, recipient, question.directory, question.moment)
    if not roles:
        return Verdict(command, recipient, blocked=_denied(question, process, command))
    situation = Situation(case, question.moment, question.directory, network)
    facts = facts_now(situation, recipient)
    for role in roles:
        try:
            target = network.engine.fire(case.state, command, facts, role, recipient)
        except NoRowError:
            continue
        if spec.law.holds(facts, recipient):
            return Verdict(command, recipient, role, target)
    return Verdict(command, recipient, blocked=_why_not(situation, command, recipient, facts, roles))


def _denied(question: Question, process: Process, command: str) -> Blocked:
    """Denied by access. Who may not know the case learns nothing of it."""
    label = process.label(command)
    case, directory = question.case, question.directory
    if not knows_of(question.person, case, directory, question.moment):
        keeper = directory.persons.get(case.responsible or "")
        who = f" {keeper.name} ist zuständig." if keeper and Role.CASE_WORKER in question.person.roles else ""
        return Blocked(DENIED, f"Dieser Fall ist Ihnen nicht zugeordnet.{who}")
    mine = question.person.roles
    if Role.CASE_WORKER in mine and case.responsible is None and command in process.commands:
        return Blocked(
            DENIED, f"„{label}“ geht erst, wenn der Fall Ihnen gehört.", process.label(Command.ASSIGN)
        )
    return Blocked(DENIED, f"„{label}“ steht Ihnen in Ihrer Rolle hier nicht zu.")


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
    if not any(set(row.roles) & set(roles) for row in process.rows if row.command == command):
        return Blocked(DENIED, f"„{label}“ steht Ihnen in Ihrer Rolle nicht zu.")
    step = _next(process, situation, facts, command, recipient)
    if not rows:
        state = process.label(situation.case.state)
        return Blocked("state", f"„{label}“ ist im Stand „{state}“ nicht vorgesehen.", step)
    failing = min((row.guard.failing(facts, recipient) for row in rows), key=len)
    failing = failing or process.commands[command].law.failing(facts, recipient)
    who = situation.directory.recipient_name(recipient)
    reasons = []
    for literal in failing:
        if literal.fact == "eligible":
            reasons.append(why_not_eligible(situation, recipient))
        else:
            reasons.append(missing(literal, who, process.label))
    return Blocked(
        "guard:" + " ".join(map(str, failing)), f"„{label}“ ist noch nicht möglich: {' '.join(reasons)}", step
    )


def _next(
    process: Process, situation: Situation, facts: frozenset[str], command: str, recipient: str | None
) -> str:
    """The first step of the way; nobody is told to cry wolf, to close or to withdraw in order to get on."""
    way = next_step(process, situation.case.state, facts, command, recipient)
    if not way or (command not in _OF_DANGER and any(step in GRAVE for step in way)):
        return ""
    return as_next_step(process, way[0])
