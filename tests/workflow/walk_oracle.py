"""What the oracle of the walks knows of each case, and whom and what it lets through.

It goes by `oracle_table`, the last days of the consents and the ages of the children; `roles_for` says in which
roles somebody may try at all (the access matrix stands literally in `test_access`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from adapters.lotse import CLOCK
from states.vocabulary import Command
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    RECIPIENTS,
    SECOND_MIDWIFE,
    SUPERVISOR,
    VOLUNTEER,
    WORKER,
)  # fmt: skip
from tests.workflow.oracle_table import Table
from tests.world import World
from workflow.access import roles_for
from workflow.ages import AgeLimit, within
from workflow.case import Case, Duty
from workflow.office import Directory, Person, Recipient
from workflow.perform import Request

ACTORS = (
    WORKER, COLLEAGUE, DEPUTY, MIDWIFE, SECOND_MIDWIFE, NURSE, VOLUNTEER, PARTNER, OTHER_PARTNER, ASD, SUPERVISOR,
    PLANNER, CLOCK,
)  # fmt: skip
GIVES_CONTACT = {
    Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.RECORD_CONSENT, Command.RECORD_CONSENT_PARTNER,
}  # fmt: skip
# How often a possible step is taken; the others once. Cases should get far, and not only be written about.
WEIGHT: dict[str, float] = {
    Command.REACH_FAMILY: 6, Command.PROPOSE_HANDOVER: 3, Command.ACCEPT: 8, Command.RECORD_CONSENT_FOR: 0.8,
    Command.CHECK_CONSENT_YES: 5, Command.CHECK_CONSENT_NO: 3, Command.QUERY_CONSENT: 3, Command.TRIAGE_NO: 3,
    Command.RECORD_CONSENT: 2, Command.CLOSE: 2, Command.CONFIRM_RECEIPT: 3, Command.REOPEN: 4,
    Command.RETURN_CASE: 3, Command.RETURN_CASE_SUPPORT: 6, Command.COMPLETE_RECORD: 4, Command.ESCALATE: 3,
    Command.INVOLVE_FAMILY: 1, Command.ASSESS_RISK_NO: 1.5, Command.ASSIGN: 0.5, Command.ATTEMPT_CONTACT: 3,
    Command.WITHDRAW_CONSENT: 0.3, Command.TRIAGE_YES: 0.2, Command.RAISE_CONCERN: 0.1, Command.NOTE: 0.3,
    Command.CORRECT: 0.3, Command.ASSESS_RISK_YES: 0.3, Command.ESCALATE_URGENT: 0.6,
    Command.WITHDRAW_FEEDBACK: 0.2, Command.WITHDRAW_CONSENT_FOR: 0.05, Command.RECORD_RELEASE: 0.2,
    Command.RECORD_FEEDBACK: 0.4, Command.WITHDRAW_REFERRAL: 0.2, Command.ASK: 2, Command.REPLY: 2, Command.REPORT: 1,
}  # fmt: skip


@dataclass
class Known:
    """What the oracle knows of a case: state and facts by the table, consents' last days, running obligations."""

    state: str
    facts: frozenset[str]
    version: int
    contact: list[date | None] = field(default_factory=list)
    handover: dict[str, list[date | None]] = field(default_factory=dict)
    duties: dict[tuple[str, str | None], Duty] = field(default_factory=dict)

    def facts_on(self, day: date) -> frozenset[str]:
        """The facts less the consents that have run out."""
        stand = {"consent": self.contact, **{f"consent:{who}": days for who, days in self.handover.items()}}
        return frozenset(
            fact
            for fact in self.facts
            if fact not in stand or any(last is None or day <= last for last in stand[fact])
        )


class Oracle:
    """Every case of a walk as the table has it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.process = world.office.network_now.profile.process
        self.table = Table(self.process)
        self.known: dict[str, Known] = {}
        self.recipients: dict[str, Recipient] = {each.id: each for each in RECIPIENTS}
        self.directory = self._read()

    def _read(self) -> Directory:
        with self._world.work() as work:
            return work.directory

    def changed(self, recipient: Recipient) -> None:
        """Somebody's entry in the directory is another one now."""
        self.recipients[recipient.id] = recipient
        self.directory = self._read()

    def receive(self, case: Case, request: Request) -> None:
        """A new case, by this request."""
        facts = self.table.effect(request.command, frozenset())
        self.known[case.id] = Known("received", facts, 1)
        self._consents(self.known[case.id], request)

    def follow(self, case: Case, request: Request, target: str) -> None:
        """A command was carried out: the case is where the table leads, and the facts are what it does."""
        known = self.known[case.id]
        known.state = target
        known.facts = self.table.effect(request.command, known.facts, request.recipient)
        known.version += 1
        self._consents(known, request)

    def owed(self, case: Case) -> set[tuple[str, str | None]]:
        """The obligations that must run today."""
        known = self.known[case.id]
        return set(self.table.owed(known.state, known.facts_on(self._world.day)))

    def target(self, case: Case, by: Person, command: str, recipient: str | None) -> str | None:
        """Where the table leads, or None: this person may not do this now."""
        known = self.known[case.id]
        facts = known.facts_on(self._world.day)
        if recipient is not None and self._eligible(case, recipient):
            facts |= {f"eligible:{recipient}"}
        for role in roles_for(by, command, case, recipient, self.directory, self._world.moment):
            target = self.table.target(known.state, command, facts, role, recipient)
            if target is not None:
                return target
        return None

    def possible(self, case: Case, dice: Random) -> tuple[Person, str, str | None] | None:
        """Choose somebody and something that the table allows now, weighted; None where nobody may anything."""
        for command, recipient in self._shuffled(case, dice):
            if command == Command.FLAG_OVERDUE and not self.late(case):
                continue
            for by in dice.sample(ACTORS, len(ACTORS)):
                if self.target(case, by, command, recipient) is not None:
                    return by, command, recipient
        return None

    def hopeless(self, case: Case, dice: Random) -> tuple[Person, str, str | None] | None:
        """Choose somebody who may try something that stands in this state, but is not possible now."""
        for command, recipient in self._shuffled(case, dice):
            for by in dice.sample(ACTORS, len(ACTORS)):
                if (
                    roles_for(by, command, case, recipient, self.directory, self._world.moment)
                    and self.target(case, by, command, recipient) is None
                ):
                    return by, command, recipient
        return None

    def _shuffled(self, case: Case, dice: Random) -> Iterator[tuple[str, str | None]]:
        """Every command that stands in the case's state, with every recipient, by weight."""
        moves = {
            (command, recipient): WEIGHT.get(command, 1)
            for command, spec in self.process.commands.items()
            if self.table.stands(self.known[case.id].state, command)
            for recipient in (self.recipients if spec.per_recipient else (None,))
        }
        while moves:
            chosen = dice.choices(list(moves), list(moves.values()))[0]
            del moves[chosen]
            yield chosen

    def _eligible(self, case: Case, recipient: str) -> bool:
        known, day = self.recipients[recipient], self._world.day
        if not known.active or (known.agreement_until is not None and known.agreement_until < day):
            return False
        kinds = self._world.office.network_now.profile.recipients
        return any(
            kind.role == known.role
            and within(
                AgeLimit(kind.until_years, kind.inclusive, kind.from_pregnancy),
                case.child.born,
                case.child.expected,
                day,
            )
            for kind in kinds
        )

    def late(self, case: Case) -> list[str]:
        """The obligations that are overdue and not flagged."""
        return [
            duty.obligation
            for duty in self._world.settled(case).duties
            if duty.overdue_from <= self._world.now and duty.flagged_at is None
        ]

    @staticmethod
    def _consents(known: Known, request: Request) -> None:
        """Keep the last days of the consents that stand, as the commands gave and took them."""
        command, last = request.command, request.details.get("expires_on")
        assert last is None or isinstance(last, date)
        if command in GIVES_CONTACT:
            known.contact.append(last)
        elif command == Command.RECORD_CONSENT_FOR:
            known.handover.setdefault(str(request.recipient), []).append(last)
        elif command in (Command.WITHDRAW_CONSENT, Command.REFUSE_CONSENT, Command.WITHDRAW_REFERRAL):
            known.contact, known.handover = [], {}
        elif command == Command.WITHDRAW_CONSENT_FOR:
            known.handover.pop(str(request.recipient), None)
