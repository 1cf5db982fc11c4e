"""All configurations of a process: its states times its facts, each as one integer.

What is judged at the moment (`eligible:r`) is left open while exploring, so both outcomes are covered. That every move
is what the table does at run time is proven by tests/states/test_space.py.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from states.bits import RECIPIENTS, Bits, Condition
from states.commands import MAY_LAPSE
from states.process import NEW, STAYS, Process, Row
from states.vocabulary import LAPSE, PER_RECIPIENT

MOST = 2_000_000
"""More configurations than this are not provable here, and therefore refused."""


class TooManyConfigurations(ValueError):
    """The process has more configurations than can be proven."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row in one state for one recipient, or a lapse (then without a row)."""

    number: int
    command: str
    recipient: str | None
    state: str
    target: str
    roles: frozenset[str]
    row: Row | None


Entry = tuple[int, int, int, int, int, bool]
"""(mask, value, keep, add, number, whole): a move where a condition holds; `whole` if it changes all that meet it."""


def _changes_all(mask: int, value: int, keep: int, add: int) -> bool:
    """Whether whatever meets the condition is changed: it demands a fact that is cleared, or bars one that is set."""
    return bool(value & ~(keep | add) or mask & ~value & add)


@dataclass(slots=True)
class Space:
    """A process on bits: its moves, and after `explore` every configuration with the way to it.

    With `judged_open` both outcomes of what is judged at the moment are covered; else the configuration says.
    `fired[n]` are the configurations in which move n is possible, it leads from each to `leads(n, here)`;
    `changing[n]` are those of them that it changes, for moves that change any, and `becoming[n]` what each becomes.
    `inside[s]` are the configurations in state s. All in the order of the walk, the nearest first.
    """

    process: Process
    judged_open: bool = True
    bits: Bits = field(init=False)
    states: tuple[str, ...] = field(init=False)
    moves: list[Move] = field(init=False, default_factory=list)
    fired: list[list[int]] = field(init=False, default_factory=list)
    changing: dict[int, list[int]] = field(init=False, default_factory=dict)
    becoming: dict[int, list[int]] = field(init=False, default_factory=dict)
    inside: list[list[int]] = field(init=False, default_factory=list)
    keep: list[int] = field(init=False, default_factory=list)
    add: list[int] = field(init=False, default_factory=list)
    configurations: list[int] = field(init=False, default_factory=list)
    _entries: list[list[Entry]] = field(init=False)
    _parents: dict[int, tuple[int, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.bits = Bits(self.process)
        self.states = (*self.process.states, NEW)
        self._entries = [[] for _ in self.states]
        for one in self.process.rows:
            self._add_row(one)
        for state in self.process.states:
            self._add_lapses(state)

    @property
    def start(self) -> int:
        """The configuration before anything was received."""
        return self.index(NEW) << self.bits.width

    def index(self, state: str) -> int:
        """Give the number of a state."""
        return self.states.index(state)

    def state_of(self, configuration: int) -> str:
        """Give the state a configuration is in."""
        return self.states[configuration >> self.bits.width]

    def _add_row(self, one: Row) -> None:
        spec = self.process.commands[one.command]
        for recipient in RECIPIENTS if spec.per_recipient else (None,):
            free = ~self.bits.judged if self.judged_open else -1
            conditions = dict.fromkeys(
                (mask & free, value & free) for mask, value in self.bits.conditions(one.guard, recipient)
            )
            clears, sets = self._together(spec.clears, recipient), self._together(spec.sets, recipient)
            for state in one.states:
                target = state if one.target == STAYS else one.target
                move = Move(len(self.moves), one.command, recipient, state, target, one.roles, one)
                self._add_move(move, conditions, clears, sets)

    def _together(self, patterns: tuple[str, ...], recipient: str | None) -> int:
        bits = 0
        for pattern in patterns:
            bits |= self.bits.of(pattern, recipient)
        return bits

    def _add_lapses(self, state: str) -> None:
        for fact in MAY_LAPSE:
            event = LAPSE + PER_RECIPIENT if fact.per_recipient else LAPSE
            for recipient in RECIPIENTS if fact.per_recipient else (None,):
                move = Move(len(self.moves), event, recipient, state, state, frozenset(), None)
                bit = self.bits.of(fact, recipient)
                self._add_move(move, {(bit, bit): None}, bit, 0)

    def _add_move(self, move: Move, conditions: Iterable[Condition], clears: int, sets: int) -> None:
        self.moves.append(move)
        self.fired.append([])
        self.keep.append(((1 << self.bits.width) - 1) & ~clears)
        self.add.append((self.index(move.target) << self.bits.width) | sets)
        number = move.number
        keep, add = self.keep[number], self.add[number]
        self._entries[self.index(move.state)] += [
            (
                mask,
                value,
                keep,
                add,
                number,
                move.state != move.target or _changes_all(mask, value, keep, add),
            )
            for mask, value in conditions
        ]
        if move.state != move.target or clears or sets:
            self.changing[number], self.becoming[number] = [], []

    def explore(self) -> None:
        """Walk breadth-first through every configuration, a step at a time. Raise TooManyConfigurations."""
        self.inside = [[] for _ in self.states]
        self._parents[self.start] = (-1, -1)
        front = [self.start]
        while front:
            place = {here: number for number, here in enumerate(front)}
            came = self._onward(front, place)
            front = sorted(came, key=came.__getitem__)
            self._parents.update((there, (came[there][2], came[there][1])) for there in front)
            self.configurations += front

    def _onward(self, front: list[int], place: dict[int, int]) -> dict[int, tuple[int, int, int]]:
        """Make every move from these configurations; give what is new, each with the first way that led there."""
        width, seen = self.bits.width, self._parents
        came: dict[int, tuple[int, int, int]] = {}
        inside_of: list[list[int]] = [[] for _ in self.states]
        for here in front:
            inside_of[here >> width].append(here)
        for state, (inside, entries) in enumerate(zip(inside_of, self._entries, strict=True)):
            self.inside[state] += inside
            found: dict[Condition, list[int]] = {(0, 0): inside}
            for mask, value, keep, add, number, whole in entries if inside else ():
                if (mask, value) not in found:
                    found[mask, value] = [here for here in inside if here & mask == value]
                heres = found[mask, value]
                self.fired[number] += heres
                if number not in self.changing or not heres:
                    continue
                if not whole:
                    heres = [here for here in heres if (here & keep) | add != here]
                theres = [(here & keep) | add for here in heres]
                self.changing[number] += heres
                self.becoming[number] += theres
                new = set(theres).difference(seen)
                if new:
                    for there, here in zip(theres, heres, strict=True):
                        if there in new:
                            way = (place[here], number, here)
                            came[there] = min(way, came.get(there, way))
                    if len(seen) + len(came) > MOST:
                        raise TooManyConfigurations
        return came

    def leads(self, number: int, configuration: int) -> int:
        """Give the configuration the move leads to."""
        return (configuration & self.keep[number]) | self.add[number]

    def shortest(
        self, start: int, goal: AbstractSet[int], allowed: AbstractSet[int]
    ) -> tuple[Move, ...] | None:
        """Give the shortest way by allowed moves to where a move of the goal is possible; None where none is."""
        came: dict[int, tuple[int, int]] = {start: (-1, -1)}
        queue = [start]
        for here in queue:
            following: list[tuple[int, int]] = []
            for mask, value, keep, add, number, _ in self._entries[here >> self.bits.width]:
                if here & mask != value:
                    continue
                if number in goal:
                    return self._back(came, here)
                if number in allowed:
                    following.append(((here & keep) | add, number))
            for there, number in following:
                if there not in came:
                    came[there] = (here, number)
                    queue.append(there)
        return None

    def _back(self, came: dict[int, tuple[int, int]], configuration: int) -> tuple[Move, ...]:
        moves: list[Move] = []
        while came[configuration][1] >= 0:
            configuration, number = came[configuration]
            moves.append(self.moves[number])
        return tuple(reversed(moves))

    def way(self, configuration: int) -> tuple[Move, ...]:
        """Give the shortest way from a referral to the configuration."""
        return self._back(self._parents, configuration)
