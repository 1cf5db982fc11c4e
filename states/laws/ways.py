"""Laws on the office's own way: the ASD within reach, no dead end, nobody trapped by another's silence.

An own move is one the case worker can make alone. The word of somebody outside (the family's yes or no, an
acceptance, the ASD's answer) is entered by whoever may, but never counts as an own move.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Callable, Iterable, Iterator
from itertools import compress

from states.bits import RECIPIENTS, Condition
from states.laws.evidence import is_open, is_ours
from states.laws.finding import Finding
from states.laws.words import place
from states.process import Process
from states.space import Move, Space
from states.vocabulary import LAPSE
from states.vocabulary import Command as C
from states.vocabulary import Role as R
from states.vocabulary import State as S

OUTSIDE: frozenset[str] = frozenset({
    C.RECEIVE_SELF, C.RECEIVE_CONSENT, C.RECEIVE_UNCLEAR, C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER,
    C.RECORD_CONSENT_FOR, C.RECORD_RELEASE, C.RECORD_FEEDBACK, C.REFUSE_CONSENT, C.WITHDRAW_CONSENT,
    C.WITHDRAW_CONSENT_FOR, C.WITHDRAW_FEEDBACK, C.REACH_FAMILY, C.ACCEPT, C.DECLINE, C.CONFIRM_RECEIPT,
    C.RETURN_CASE, C.RETURN_CASE_SUPPORT, C.RAISE_CONCERN, C.WITHDRAW_REFERRAL, C.ASK, C.REPORT, LAPSE,
})  # fmt: skip
"""What is somebody else's word."""
CRYING_WOLF: frozenset[str] = frozenset({C.TRIAGE_YES, C.ASSESS_RISK_YES, C.ESCALATE, C.ESCALATE_URGENT})
EXCUSING: frozenset[str] = frozenset({C.TRIAGE_NO, C.ASSESS_RISK_NO})
URGENT_WITHIN = 2
DOCUMENTED_WITHIN = 3


def own(move: Move) -> bool:
    """Whether the office can make the move alone, without waiting for anybody's word."""
    return R.CASE_WORKER in move.roles and move.command not in OUTSIDE


def way_findings(space: Space) -> Iterator[Finding]:
    """Check E2, D1, D2, D3 in every open configuration."""
    yield from _to_the_asd(space)
    yield from _to_an_end(space)
    yield from _from_a_yes(space)


def _numbers(space: Space, wanted: Callable[[Move], bool]) -> tuple[int, ...]:
    return tuple(move.number for move in space.moves if wanted(move))


def _where_possible(space: Space, numbers: Iterable[int]) -> set[int]:
    good: set[int] = set()
    return good.union(*(space.fired[number] for number in numbers))


def _one_step_before(space: Space, good: set[int], numbers: Iterable[int], wanted: Iterable[int]) -> set[int]:
    """Give the configurations one of these moves before `good`; no more once all that is wanted is among them."""
    before: set[int] = set()
    lacking = set(wanted) - good
    for number in numbers if lacking else ():
        found = set(_leading_to(space, good, number))
        before |= found
        lacking -= found
        if not lacking:
            break
    return before


def _leading_to(space: Space, good: set[int], number: int) -> Iterator[int]:
    """Give the configurations from which the move leads to one in `good`."""
    return compress(space.changing.get(number, ()), map(good.__contains__, space.becoming.get(number, ())))


def _before(space: Space, good: set[int], numbers: Iterable[int], wanted: Iterable[int]) -> set[int]:
    """Give every configuration from which one in `good` is reached by these moves, or at least all that is wanted."""
    size, numbers, wanted = -1, tuple(numbers), set(wanted)
    while size != len(good) and not wanted <= good:
        size = len(good)
        for number in numbers:
            good.update(_leading_to(space, good, number))
    return good


def _those(
    space: Space, concerned: Callable[[Process, str], bool], condition: Condition = (0, 0)
) -> list[int]:
    """Give the configurations that are concerned and meet the condition, the nearest first."""
    mask, value = condition
    width, states = space.bits.width, [concerned(space.process, state) for state in space.states]
    return [here for here in space.configurations if here & mask == value and states[here >> width]]


def _first(wanted: list[int], good: set[int]) -> int | None:
    """Give the nearest that is wanted and not good."""
    return next((here for here in wanted if here not in good), None)


def _to_the_asd(space: Space) -> Iterator[Finding]:
    process = space.process
    mine, wanted = _numbers(space, own), _those(space, is_open)
    for command, within, what in (
        (C.ESCALATE_URGENT, URGENT_WITHIN, "Eilmeldung"),
        (C.ESCALATE, DOCUMENTED_WITHIN, "dokumentierte Mitteilung"),
    ):
        good = _where_possible(space, (number for number in mine if space.moves[number].command == command))
        for _ in range(within - 1):
            good |= _one_step_before(space, good, mine, wanted)
        here = _first(wanted, good)
        if here is not None:
            where = place(process, space.state_of(here))
            told = f"Aus {where} ist der ASD nicht in {within} eigenen Schritten erreichbar ({what})"
            yield Finding("E2", told, at=here)


def _to_an_end(space: Space) -> Iterator[Finding]:
    process = space.process
    closes = _numbers(space, lambda move: own(move) and move.command == C.CLOSE)
    calm = _numbers(space, lambda move: own(move) and move.command not in CRYING_WOLF)
    wanted = _those(space, is_ours)
    here = _first(wanted, _before(space, _where_possible(space, closes), calm, wanted))
    if here is not None:
        where = place(process, space.state_of(here))
        yield Finding("D1", f"Aus {where} kommt die Stelle nicht aus eigener Kraft zum Abschluss", at=here)
    grave = _numbers(
        space,
        lambda move: (own(move) and move.command not in EXCUSING) or move.command == C.CONFIRM_RECEIPT,
    )
    danger = space.bits.place["danger"]
    wanted = _those(space, is_open, (danger, danger))
    here = _first(wanted, _before(space, _where_possible(space, closes), grave, wanted))
    if here is not None:
        where = place(process, space.state_of(here))
        yield Finding("D2", f"In {where} fände eine wirkliche Gefährdung kein Ende", at=here)


def _from_a_yes(space: Space) -> Iterator[Finding]:
    process, bits, named = space.process, space.bits.place, RECIPIENTS[0]
    calm = _numbers(
        space,
        lambda move: own(move) and move.command not in CRYING_WOLF and move.target != S.CLOSED,
    )
    contact = _numbers(space, lambda move: move.command == C.REACH_FAMILY and R.CASE_WORKER in move.roles)
    undone = bits["consent"] | bits["withdrawn"] | bits["reached"]
    wanted = _those(space, is_ours, (undone, bits["consent"]))
    here = _first(wanted, _before(space, _where_possible(space, contact), calm, wanted))
    if here is not None:
        where = place(process, space.state_of(here))
        yield Finding("D3", f"In {where} führt das Ja der Familie nicht mehr zum Kontakt", at=here)
    offers = _numbers(
        space,
        lambda move: move.command == C.PROPOSE_HANDOVER and move.recipient == named and own(move),
    )
    yes = bits[f"consent:{named}"] | bits["reached"]
    wanted = _those(space, is_ours, (yes | bits["withdrawn"], yes))
    here = _first(wanted, _before(space, _where_possible(space, offers), calm, wanted))
    if here is not None:
        where = place(process, space.state_of(here))
        yield Finding("D3", f"In {where} führt das Ja zu einer Stelle nicht mehr zur Anfrage", at=here)
