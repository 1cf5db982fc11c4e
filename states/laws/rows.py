"""Laws on each row by itself: who, whence, whither, under which guard. No exploring needed.

A guard must imply its command's law under all valuations of the facts, reachable or not, so that no later
change elsewhere can make a harmless row harmful.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator
from itertools import combinations

from states.bits import RECIPIENTS, Bits, implied
from states.commands import STEP_LAW
from states.guard import Guard
from states.laws.finding import Finding
from states.laws.words import against, people, place, step
from states.process import NEW, STAYS, STEP, CommandSpec, Process, Row
from states.vocabulary import OURS
from states.vocabulary import Command as C
from states.vocabulary import Role as R
from states.vocabulary import State as S

_NAMED = RECIPIENTS[0]
_LAW_OF: dict[str, str] = {
    C.PROPOSE_HANDOVER: "C2", C.RECORD_CONSENT_FOR: "C2",
    C.ACCEPT: "C3", C.DECLINE: "C3", C.REVOKE: "C3", C.END_SUPPORT: "C3", C.REVIEW: "C3",
    C.CLOSE: "K1",
    C.TRIAGE_NO: "E1", C.INVOLVE_FAMILY: "E1", C.ESCALATE: "E1", C.ESCALATE_URGENT: "E1",
    C.COMPLETE_RECORD: "E1",
    C.RETURN_CASE: "E5", C.RETURN_CASE_SUPPORT: "E5",
}  # fmt: skip
_RECEIVES = frozenset({C.RECEIVE_SELF, C.RECEIVE_CONSENT, C.RECEIVE_UNCLEAR})
_NOTICES = frozenset({C.ESCALATE, C.ESCALATE_URGENT})
_RETURNS = frozenset({C.RETURN_CASE, C.RETURN_CASE_SUPPORT})
_WAYS_IN: dict[str, tuple[str, frozenset[C]]] = {
    S.CLOSED: ("S", frozenset({C.CLOSE})),
    S.ESCALATED: ("S", _NOTICES),
    S.RECEIVED: ("S", _RECEIVES | {C.RETURN_CASE, C.REOPEN}),
    S.CONSENT_CHECKED: ("S", frozenset({C.CHECK_CONSENT_YES})),
}
_WAYS_OUT: dict[str, tuple[str, frozenset[C]]] = {
    S.ESCALATED: ("E5", _RETURNS | {C.CLOSE}),
    S.CLOSED: ("S", frozenset({C.REOPEN})),
    NEW: ("S", _RECEIVES),
}
_IN_CLOSED = frozenset({C.REOPEN, C.WITHDRAW_CONSENT, C.WITHDRAW_FEEDBACK, C.CORRECT})


def spec_for(process: Process, command: str) -> CommandSpec:
    """Give the definition a command must keep to: a profile's step keeps to that of all steps."""
    spec = process.commands[command]
    return STEP_LAW if spec.kind == STEP else spec


def row_findings(process: Process, bits: Bits) -> Iterator[Finding]:
    """Check every row by itself, then pairs of rows of one command in one state."""
    for row in process.rows:
        yield from _who(process, row)
        yield from _where(process, row)
        yield from _provided(process, bits, row)
    yield from _certain(process, bits)


def _who(process: Process, row: Row) -> Iterator[Finding]:
    """Check A (only the roles of its command), Q (a source) and F4 (the clock only flags)."""
    extra = row.roles - spec_for(process, row.command).roles
    doing = f"{step(process, row.command)} in {place(process, row.states[0])}"
    if R.CLOCK in row.roles and row.command != C.FLAG_OVERDUE:
        yield Finding("F4", f"Die Uhr löste {doing} aus", among=_anywhere(row), then=row.command)
    elif extra or not row.roles:
        who = people(process, extra) or "niemand"
        told = f"Der Schritt {doing} stünde offen für: {who}"
        yield Finding("A", told, among=_anywhere(row), then=row.command)
    if not row.source.strip():
        yield Finding("Q", f"Die Zeile {doing} nennt keine Quelle")


def _anywhere(row: Row) -> tuple[tuple[str, tuple[int, int]], ...]:
    return tuple((state, (0, 0)) for state in row.states)


def _where(process: Process, row: Row) -> Iterator[Finding]:
    """Check P (the command's own places), S and E5 (the one way into and out of certain states)."""
    spec = spec_for(process, row.command)
    for state in row.states:
        target = STAYS if row.target in {STAYS, state} else row.target
        kin, goal = process.kin(state), process.kin(target)
        then = process.label(state if target == STAYS else target)
        told = f"{step(process, row.command)} führte aus {place(process, state)} nach ‚{then}‘"
        found = Finding("", told, among=((state, (0, 0)),), then=row.command)
        if target != STAYS and goal != kin:
            for law, allowed in (_WAYS_IN.get(goal, ("S", None)), _WAYS_OUT.get(kin, ("S", None))):
                if allowed is not None and row.command not in allowed:
                    key = "F4" if row.command == C.FLAG_OVERDUE else law
                    yield Finding(key, told, among=found.among, then=row.command)
        if kin == S.CLOSED and row.command not in _IN_CLOSED:
            yield Finding("S", told, among=found.among, then=row.command)
        astray = bool(spec.leads_to) and process.kin(row.target) not in spec.leads_to
        wrong = kin not in spec.stands_in or astray
        lingers = row.command == C.WITHDRAW_CONSENT and target == STAYS and kin in _MUST_LEAVE
        if wrong or lingers:
            key = "F4" if row.command == C.FLAG_OVERDUE else "P"
            yield Finding(key, told, among=found.among, then=row.command)


_MUST_LEAVE = frozenset(OURS) - {S.CONSENT_PENDING}


def _provided(process: Process, bits: Bits, row: Row) -> Iterator[Finding]:
    """Check C1, C2, C3, K1, E1 (the guard implies the command's law) and K3 (no close without receipt)."""
    spec = spec_for(process, row.command)
    given = bits.conditions(row.guard, _NAMED)
    demands = [(_LAW_OF.get(row.command, "C1"), spec.law, row.states)]
    for state in row.states:
        if row.command == C.CLOSE and process.kin(state) == S.ESCALATED:
            demands.append(("K3", Guard.parse("receipt"), (state,)))
        if process.commands[row.command].kind == STEP and process.kin(state) == S.RECEIVED:
            demands.append(("T", Guard.parse("looked"), (state,)))
    for key, law, states in demands:
        wanted = bits.conditions(law, _NAMED)
        gap = implied(given, wanted)
        if gap is None:
            continue
        told = (
            f"In {place(process, states[0])} könnte {step(process, row.command)} eingetragen werden"
            f" (durch: {people(process, row.roles)}), {against(process, bits, gap, wanted)}"
        )
        yield Finding(key, told, among=tuple((state, gap) for state in states), then=row.command)


def _certain(process: Process, bits: Bits) -> Iterator[Finding]:
    """Check S: what a command leads to is certain; two rows that can both hold lead to one place."""
    for state in (*process.states, NEW):
        for command in process.commands_in(state):
            for one, other in combinations(process.rows_from(state, command), 2):
                target, rival = (state if each.target == STAYS else each.target for each in (one, other))
                if target == rival:
                    continue
                both = bits.conditions(one.guard.both(other.guard), _NAMED)
                if both:
                    told = (
                        f"{step(process, command)} in {place(process, state)} führte zugleich"
                        f" nach {place(process, target)} und {place(process, rival)}"
                    )
                    yield Finding("S", told, among=((state, both[0]),), then=command)
