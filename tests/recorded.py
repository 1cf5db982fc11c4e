"""The log of the tests' office as its readers have it: number, time, body A; and a life that fills it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from states.vocabulary import Command, State
from tests.opened import LogEntry
from tests.people import ASD, MIDWIFE, NURSE, PARTNER, SECOND_MIDWIFE, SUPERVISOR, WORKER
from tests.world import World
from workflow.audited import Recorded
from workflow.case import HandoverStatus, Package
from workflow.errors import WorkflowError

C = Command
_NEXT: Mapping[str, tuple[Command, ...]] = {
    State.IN_CONTACT: (C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER, C.PROPOSE_HANDOVER),
    State.HANDOVER_PROPOSED: (C.ACCEPT, C.ACCEPT, C.DECLINE, C.REVOKE, C.WITHDRAW_CONSENT_FOR),
    State.HANDED_OVER: (C.END_SUPPORT, C.RECORD_CONSENT_FOR, C.WITHDRAW_CONSENT_FOR),
    State.ESCALATED: (C.CONFIRM_RECEIPT, C.COMPLETE_RECORD, C.RETURN_CASE, C.RETURN_CASE_SUPPORT),
}
_SOMETIMES = (
    C.WITHDRAW_CONSENT, C.RECORD_CONSENT, C.RECORD_FEEDBACK, C.WITHDRAW_FEEDBACK, C.TRIAGE_YES, C.TRIAGE_NO,
    C.ESCALATE_URGENT, C.COMPLETE_RECORD, C.CONFIRM_RECEIPT, C.RETURN_CASE, C.RETURN_CASE_SUPPORT, C.CHECK_CONSENT_YES,
    C.CHECK_CONSENT_NO, C.QUERY_CONSENT, C.REACH_FAMILY, C.NOTE, C.ASSESS_RISK_NO, C.CLOSE, C.REOPEN,
)  # fmt: skip


_RUNNING = (HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED)


def a_life_of_handovers(world: World, dice: Random, steps: int) -> None:
    """Families whom everybody tries to hand over, to take on, to give back; most of what is tried is possible."""
    cases = [world.a_case_in(State.IN_CONTACT), world.a_case_in(State.HANDED_OVER)]
    for _ in range(steps):
        if dice.random() < 0.15:
            state = dice.choice(
                (State.IN_CONTACT, State.CONSENT_PENDING, State.HANDOVER_PROPOSED, State.ESCALATED)
            )
            cases.append(world.a_case_in(state, dice.choice((MIDWIFE, SECOND_MIDWIFE))))
        case = world.case(dice.choice(cases[-3:]))
        near = [p for p in (MIDWIFE, SECOND_MIDWIFE) if case.handover_to(p.recipient or "", *_RUNNING)]
        to = dice.choice(near or (*3 * (MIDWIFE,), SECOND_MIDWIFE, NURSE))
        if dice.random() < 0.1:
            world.wait(days=dice.choice((0.1, 1, 5, 12)))
            world.sweep()
        usual = dice.random() < 0.8 and case.state in _NEXT
        command = dice.choice(_NEXT[case.state] if usual else _SOMETIMES)
        details: dict[str, object] = {}
        if command == C.RECORD_CONSENT_FOR:
            details["fields"] = dice.sample([part.value for part in Package], dice.randint(1, 4))
            details["expires_on"] = dice.choice((None, world.day + timedelta(days=3)))
        if command == C.PROPOSE_HANDOVER:
            details["fields"] = dice.sample([part.value for part in Package], dice.randint(1, 2))
        whom = to if command.per_recipient else None
        for by in (to, *dice.sample((WORKER, SUPERVISOR), 2), ASD, PARTNER):
            with suppress(WorkflowError):
                world.do(case, command, by, whom, None, None, **details)
                break


def recorded(entries: Iterable[LogEntry]) -> list[Recorded]:
    """The entries without their content."""
    return [Recorded(entry.seq, entry.at, entry.a) for entry in entries]


def as_of_version_0_1(entries: Iterable[Recorded]) -> list[Recorded]:
    """The same entries as the first version wrote them: nothing said of objects, nor of what left the house."""
    later = ("handovers", "consents", "disclosed")

    def older(a: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in a.items() if name not in later}

    return [Recorded(entry.seq, entry.at, older(entry.a or {})) for entry in entries]
