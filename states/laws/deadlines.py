"""Laws on time: a deadline runs in every open case, begins with its event only, and no loop restarts it.

An obligation runs while its condition holds. So these laws ask of every configuration what runs in it, and of every
loop of own moves that one obligation runs all the way round; what begins and ends with each move, and what begins
anew, is the law in states/laws/turnover.py.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator
from itertools import pairwise

from states.bits import RECIPIENTS
from states.guard import Guard
from states.laws.evidence import is_open
from states.laws.finding import Finding
from states.laws.loops import shortest_round, strongly_connected
from states.laws.running import Times
from states.laws.turnover import turnover_findings
from states.laws.ways import OUTSIDE
from states.laws.words import place, step
from states.space import Move, Space
from states.vocabulary import OPEN, OURS
from states.vocabulary import Command as C
from states.vocabulary import Obligation as O
from states.vocabulary import Role as R
from states.vocabulary import State as S

_DUTIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (O.FIRST_CONTACT, OURS, "consent !withdrawn !attempted"),
    (O.WIND_UP, OURS, "withdrawn"),
    (O.ANSWER, OPEN, "offered:r"),
    (O.SUPPORT, OPEN, "handed:r"),
    (O.REVIEW, OPEN, "handed:r"),
    (O.DANGER, OURS, "danger"),
    (O.RECEIPT, (S.ESCALATED,), "!receipt"),
    (O.QUESTION, (S.ESCALATED,), "asked"),
    (O.RECORD, OPEN, "owed"),
)
"""F1b: what each has a deadline of its own, stated apart from the obligations themselves."""


def deadline_findings(space: Space) -> Iterator[Finding]:
    """Check F1, F5, F6: every configuration, every move, every loop."""
    times = Times.of(space)
    yield from _always(times)
    yield from turnover_findings(times)
    yield from _renewed(times)
    yield from _round(times)


def _always(times: Times) -> Iterator[Finding]:
    space, process, runs = times.space, times.space.process, times.runs
    for state in process.states:
        bare = [here for here in space.inside[space.index(state)] if not runs[here]]
        if bare and is_open(process, state):
            yield Finding("F1", f"In {place(process, state)} liefe keine Frist", at=bare[0])
    bit_of = {(one.name, one.recipient): one.bit for one in times.obligations}
    for name, kinds, guard in _DUTIES:
        recipient = RECIPIENTS[0] if name.endswith(":r") else None
        bit = bit_of.get((name, recipient), 0)
        for mask, value in space.bits.conditions(Guard.parse(guard), recipient):
            for state in process.states:
                heres = space.inside[space.index(state)] if process.kin(state) in kinds else ()
                lacking = [here for here in heres if here & mask == value and not runs[here] & bit]
                if lacking:
                    told = f"In {place(process, state)} liefe keine Frist ‚{process.obligation_label(name)}‘"
                    yield Finding("F1", told, at=lacking[0])


def _renewed(times: Times) -> Iterator[Finding]:
    """Check F6: the family's renewed yes opens a new first contact."""
    space, runs = times.space, times.runs
    first = next((one.bit for one in times.obligations if one.name == O.FIRST_CONTACT), 0)
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


def _round(times: Times) -> Iterator[Finding]:
    """Check F6: in every strongly connected part of the office's own moves one obligation runs throughout."""
    space, process = times.space, times.space.process
    looping = [
        move
        for move in space.moves
        if move.roles & {R.CASE_WORKER, R.SUPERVISOR}
        and move.command not in OUTSIDE
        and is_open(process, move.state)
        and is_open(process, move.target)
    ]
    lasting = _lasting(times, looping)
    graph: dict[int, list[int]] = {
        here: [] for here in space.configurations if not times.runs[here] & lasting
    }
    numbers = [move.number for move in looping]
    for number in numbers if graph else ():
        for here, there in zip(space.changing.get(number, ()), space.becoming.get(number, ()), strict=True):
            if here in graph and there in graph:
                graph[here].append(there)
    for part in strongly_connected(graph):
        throughout = -1
        for here in part:
            throughout &= times.runs[here]
        if not throughout:
            here = min(part, key=lambda each: len(space.way(each)))
            trip = shortest_round(graph, here, set(part))
            names = " → ".join(_named(space, numbers, one, other) for one, other in pairwise(trip))
            told = f"Die Stelle könnte im Kreis gehen, ohne dass eine Frist durchläuft ({names})"
            yield Finding("F6", told, at=here)
            return


def _lasting(times: Times, moves: list[Move]) -> int:
    """Give obligations of which one that runs anywhere in a loop of these moves runs throughout it.

    What none of the moves ends runs all the way round, or nowhere. A loop in which nothing of that runs is made of the
    moves between configurations without it: what none of those ends lasts too, and so on until nothing is added.
    """
    pairs = {pair for move in moves if times.asks(move) for pair in times.pairs(move)}
    lasting = 0
    while True:
        ended = 0
        for before, after in pairs:
            if not (before | after) & lasting:
                ended |= before & ~after
        more = ~ended & sum(one.bit for one in times.obligations)
        if more == lasting:
            return lasting
        lasting = more


def _named(space: Space, numbers: list[int], here: int, there: int) -> str:
    """Name the move that leads from here to there."""
    number = next(
        each for each in numbers if here in space.changing.get(each, ()) and space.leads(each, here) == there
    )
    return step(space.process, space.moves[number].command)
