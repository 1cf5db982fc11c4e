"""Laws on time: a deadline runs in every open case, begins with its event only, and no loop restarts it.

An obligation runs while its condition holds. So these laws compare, on every move, what ran before with what
runs after, and ask of every loop of own moves that one obligation runs all the way round.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from states.base import FALLS_WITH, MAY_FALL_AWAY
from states.guard import Guard
from states.laws.evidence import is_open
from states.laws.finding import Finding
from states.laws.loops import shortest_round, strongly_connected
from states.laws.ways import OUTSIDE
from states.laws.words import place, step
from states.space import RECIPIENTS, Condition, Move, Space
from states.vocabulary import LAPSE, OPEN, OURS
from states.vocabulary import Command as C
from states.vocabulary import Obligation as O
from states.vocabulary import Role as R
from states.vocabulary import State as S

_DUTIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (O.FIRST_CONTACT, OURS, "consent !withdrawn !attempted"),
    (O.WIND_UP, OURS, "withdrawn"),
    (O.ANSWER, OPEN, "offered:r"),
    (O.SUPPORT, OPEN, "handed:r"),
    (O.REVIEW, OPEN, "handed:r to_review:r"),
    (O.REVIEW_AGAIN, OPEN, "handed:r to_review_again:r"),
    (O.DANGER, OURS, "danger"),
    (O.RECEIPT, (S.ESCALATED,), "!receipt"),
    (O.QUESTION, (S.ESCALATED,), "asked"),
    (O.RECORD, OPEN, "owed"),
)
"""F1b: what each has a deadline of its own, stated apart from the obligations themselves."""

_MET_BY: dict[str, frozenset[str]] = {
    O.FIRST_CONTACT: frozenset({C.ATTEMPT_CONTACT, C.REACH_FAMILY}),
    O.REACH: frozenset({C.REACH_FAMILY}),
    O.CONSENT: frozenset({C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER, C.REFUSE_CONSENT}),
    O.WIND_UP: frozenset({C.CLOSE, C.RECORD_CONSENT}),
    O.CLARIFY: frozenset({C.ACCEPT, C.CLOSE}),
    O.ANSWER: frozenset({C.ACCEPT, C.DECLINE, C.REVOKE}),
    O.SUPPORT: frozenset({C.END_SUPPORT}),
    O.REVIEW: frozenset({C.REVIEW}),
    O.REVIEW_AGAIN: frozenset({C.REVIEW_AGAIN}),
    O.DANGER: frozenset({C.ASSESS_RISK_NO, C.ESCALATE, C.ESCALATE_URGENT}),
    O.RECEIPT: frozenset({C.CONFIRM_RECEIPT}),
    O.FEEDBACK: frozenset({C.RETURN_CASE, C.RETURN_CASE_SUPPORT, C.CLOSE}),
    O.QUESTION: frozenset({C.REPLY}),
    O.RECORD: frozenset({C.COMPLETE_RECORD}),
}
"""F5: what may count as done, stated apart: a closed case is not a kept first contact, a no meets nothing."""
_NEVER_MEETS = frozenset({C.WITHDRAW_CONSENT, C.WITHDRAW_CONSENT_FOR, C.WITHDRAW_REFERRAL, LAPSE})


@dataclass(frozen=True, slots=True)
class _Running:
    """One obligation for one recipient, as a bit of the mask of what runs."""

    bit: int
    name: str
    recipient: str | None
    states: frozenset[int]
    conditions: tuple[Condition, ...]
    begun_by: frozenset[str]
    met_by: frozenset[str]

    def concerns(self, move: Move) -> bool:
        """Whether the move is about this recipient, or about the whole case."""
        return self.recipient is None or move.recipient in {None, self.recipient}


def _grounded(space: Space) -> Iterator[_Running]:
    bit = 1
    for spec in space.process.obligations:
        for recipient in RECIPIENTS if spec.per_recipient else (None,):
            yield _Running(
                bit,
                spec.name,
                recipient,
                frozenset(space.index(state) for state in spec.states),
                tuple(space.bits.conditions(spec.condition, recipient)),
                spec.begun_by,
                spec.met_by,
            )
            bit <<= 1


def _what_runs(space: Space, obligations: tuple[_Running, ...]) -> dict[int, int]:
    width = space.bits.width
    by_state: list[list[tuple[int, int, int]]] = [[] for _ in space.states]
    for one in obligations:
        for state in one.states:
            by_state[state] += [(mask, value, one.bit) for mask, value in one.conditions]
    runs: dict[int, int] = {space.start: 0}
    for here in space.configurations:
        running = 0
        for mask, value, bit in by_state[here >> width]:
            if here & mask == value:
                running |= bit
        runs[here] = running
    return runs


def deadline_findings(space: Space) -> Iterator[Finding]:
    """Check F1, F5, F6: every configuration, every move, every loop."""
    obligations = tuple(_grounded(space))
    runs = _what_runs(space, obligations)
    yield from _always(space, obligations, runs)
    yield from _begun_and_met(space, obligations, runs)
    yield from _renewed(space, obligations, runs)
    yield from _round(space, runs)


def _always(space: Space, obligations: tuple[_Running, ...], runs: dict[int, int]) -> Iterator[Finding]:
    process, width = space.process, space.bits.width
    open_states = [is_open(process, state) for state in space.states]
    for here, running in runs.items():
        if not running and open_states[here >> width]:
            yield Finding("F1", f"In {place(process, space.state_of(here))} liefe keine Frist", at=here)
            break
    bit_of = {(one.name, one.recipient): one.bit for one in obligations}
    for name, kinds, guard in _DUTIES:
        recipient = RECIPIENTS[0] if name.endswith(":r") else None
        conditions = space.bits.conditions(Guard.parse(guard), recipient)
        states = {space.index(state) for state in process.states if process.kin(state) in kinds}
        bit = bit_of.get((name, recipient), 0)
        for mask, value in conditions:
            lacking = [
                here
                for here in space.configurations
                if here & mask == value and not runs[here] & bit and here >> width in states
            ]
            if lacking:
                told = f"In {place(process, space.state_of(lacking[0]))} liefe keine Frist"
                yield Finding("F1", f"{told} ‚{process.obligation_label(name)}‘", at=lacking[0])


def _begun_and_met(
    space: Space, obligations: tuple[_Running, ...], runs: dict[int, int]
) -> Iterator[Finding]:
    """Check F5: begun by its event, ended when met, fallen away only with the listed commands, none idle."""
    begins, ends, meets = [], [], []
    for move in space.moves:
        of = [one for one in obligations if one.concerns(move)]
        begins.append(sum(one.bit for one in of if move.command in one.begun_by))
        meets.append(sum(one.bit for one in of if move.command in one.met_by))
        falls = (one.bit for one in obligations if _may_fall(one, move))
        ends.append(meets[-1] | sum(falls))
    begun = [0] * len(space.moves)
    met = [0] * len(space.moves)
    for number, keep in enumerate(space.keep):
        add, begin, end, meet = space.add[number], begins[number], ends[number], meets[number]
        for here in space.fired[number] if meet else space.changing.get(number, ()):
            before, after = runs[here], runs[(here & keep) | add]
            if before != after or before & meet:
                new, gone = after & ~before, before & ~after
                begun[number] |= new
                met[number] |= gone
                fault = (new & ~begin) | (gone & ~end) | (before & after & meet)
                if fault:
                    yield _mistimed(space, obligations, fault, (here, number), began=bool(new & fault))
                    return
    yield from _idle(space, obligations, begun, met)
    for one in obligations:
        for event in sorted(one.met_by ^ _MET_BY.get(one.name, one.met_by - _NEVER_MEETS)):
            name = space.process.obligation_label(one.name)
            counts = "gälte" if event in one.met_by else "gälte nicht mehr"
            yield Finding("F5", f"{step(space.process, event)} {counts} als Erfüllung der Frist ‚{name}‘")


def _may_fall(one: _Running, move: Move) -> bool:
    """Whether the obligation may end unmet with this move; some only with what concerns them."""
    if one.name in FALLS_WITH:
        return move.command in FALLS_WITH[one.name] and one.concerns(move)
    return move.command in MAY_FALL_AWAY


def _mistimed(
    space: Space, obligations: tuple[_Running, ...], fault: int, edge: tuple[int, int], *, began: bool
) -> Finding:
    here, number = edge
    one = next(each for each in obligations if each.bit & fault)
    move, process = space.moves[number], space.process
    name = f"‚{process.obligation_label(one.name)}‘"
    doing = step(process, move.command) if move.row else "Zeitablauf"
    told = (
        f"Durch {doing} in {place(process, move.state)} begänne die Frist {name} neu"
        if began
        else f"Durch {doing} in {place(process, move.state)} endete die Frist {name} nicht, wie sie soll"
    )
    return Finding("F5", told, at=here, then=move.command)


def _idle(
    space: Space, obligations: tuple[_Running, ...], begun: list[int], met: list[int]
) -> Iterator[Finding]:
    """Check F5: every event named in an obligation does begin or meet it somewhere."""
    did_begin: dict[str, int] = {}
    did_meet: dict[str, int] = {}
    for move in space.moves:
        did_begin[move.command] = did_begin.get(move.command, 0) | begun[move.number]
        did_meet[move.command] = did_meet.get(move.command, 0) | met[move.number]
    for one in obligations:
        for events, did, verb in (
            (one.begun_by, did_begin, "beginnt"),
            (one.met_by, did_meet, "erfüllt"),
        ):
            for event in sorted(events):
                if not did.get(event, 0) & one.bit:
                    name = space.process.obligation_label(one.name)
                    told = f"{step(space.process, event)} {verb} die Frist ‚{name}‘ in keinem Fall"
                    yield Finding("F5", told)


def _renewed(space: Space, obligations: tuple[_Running, ...], runs: dict[int, int]) -> Iterator[Finding]:
    """Check F6: the family's renewed yes opens a new first contact."""
    first = next((one.bit for one in obligations if one.name == O.FIRST_CONTACT), 0)
    withdrawn = space.bits.place["withdrawn"]
    ours = {space.index(state) for state in space.process.states if space.process.kin(state) in OURS}
    for move in space.moves:
        if move.command != C.RECORD_CONSENT or space.index(move.state) not in ours:
            continue
        for here in space.fired[move.number]:
            if here & withdrawn and not runs[space.leads(move.number, here)] & ~runs[here] & first:
                told = "Auf ein erneutes Ja der Familie würde kein neuer Erstkontakt fällig"
                yield Finding("F6", told, at=here, then=C.RECORD_CONSENT)
                return


def _named(space: Space, numbers: list[int], here: int, there: int) -> str:
    """Name the move that leads from here to there."""
    number = next(
        each for each in numbers if here in space.changing.get(each, ()) and space.leads(each, here) == there
    )
    return step(space.process, space.moves[number].command)


def _round(space: Space, runs: dict[int, int]) -> Iterator[Finding]:
    """Check F6: in every strongly connected part of the office's own moves one obligation runs throughout."""
    process = space.process
    looping = [
        move.number
        for move in space.moves
        if move.roles & {R.CASE_WORKER, R.SUPERVISOR}
        and move.command not in OUTSIDE
        and is_open(process, move.state)
        and is_open(process, move.target)
    ]
    graph: dict[int, list[int]] = {}
    for number in looping:
        keep, add = space.keep[number], space.add[number]
        for here in space.changing.get(number, ()):
            graph.setdefault(here, []).append((here & keep) | add)
    for part in strongly_connected(graph):
        throughout = -1
        for here in part:
            throughout &= runs[here]
        if not throughout:
            here = min(part, key=lambda each: len(space.way(each)))
            trip = shortest_round(graph, here, set(part))
            names = " → ".join(_named(space, looping, one, other) for one, other in pairwise(trip))
            told = f"Die Stelle könnte im Kreis gehen, ohne dass eine Frist durchläuft ({names})"
            yield Finding("F6", told, at=here)
            return
