"""Facts as bits of one integer, and guards and effects translated to them.

Two abstract recipients, `a` and `b`, suffice: a law compares „this one“ with „another“, no row can name one. That
bits and run-time facts read a guard alike is proven by tests/states/test_guard.py.
"""

from collections.abc import Iterator

from states.commands import JUDGED
from states.guard import Alternative, Guard, Literal
from states.process import Process
from states.vocabulary import PER_RECIPIENT

RECIPIENTS = ("a", "b")

Condition = tuple[int, int]
"""(mask, value): holds of bits where `bits & mask == value`."""


class Bits:
    """The place of every fact in the integer, and guards and effects translated to it."""

    def __init__(self, process: Process) -> None:
        judged = tuple(fact.value for fact in JUDGED)
        self.place: dict[str, int] = {}
        for name in (*(fact.name for fact in process.facts), *judged):
            for key in self._ground(name):
                self.place[key] = 1 << len(self.place)
        self.width = len(self.place)
        self.judged = sum(self.place[key] for name in judged for key in self._ground(name))

    @staticmethod
    def _ground(name: str) -> tuple[str, ...]:
        if not name.endswith(PER_RECIPIENT):
            return (name,)
        return tuple(name[:-1] + recipient for recipient in RECIPIENTS)

    def of(self, pattern: str, recipient: str | None) -> int:
        """Give the bits a pattern means: a fact, `fact:r` for this recipient, `fact:R` for every one."""
        if pattern.endswith(":R"):
            return sum(self.place[pattern[:-1] + each] for each in RECIPIENTS)
        if pattern.endswith(PER_RECIPIENT):
            return self.place[pattern[:-1] + (recipient or RECIPIENTS[0])]
        return self.place[pattern]

    def conditions(self, guard: Guard, recipient: str | None) -> list[Condition]:
        """Translate a guard into conditions of which exactly one holds where the guard holds."""
        disjoint: list[Condition] = []
        for alternative in guard.alternatives:
            pieces = list(self._conjunction(alternative, recipient))
            for earlier in tuple(disjoint):
                pieces = [rest for piece in pieces for rest in without(piece, earlier)]
            disjoint += pieces
        return disjoint

    def _conjunction(self, alternative: Alternative, recipient: str | None) -> Iterator[Condition]:
        mask = value = 0
        some: list[Literal] = []
        for one in alternative:
            if one.whose == "*":
                some.append(one)
                continue
            bits = self.of(str(one).removeprefix("!"), recipient)
            wanted = bits if one.holds else 0
            if (value ^ wanted) & bits & mask:
                return
            mask, value = mask | bits, value | wanted
        yield from self._with_somebody((mask, value), some)

    def _with_somebody(self, start: Condition, some: list[Literal]) -> Iterator[Condition]:
        pieces = [start]
        for one in some:
            split: list[Condition] = []
            for mask, value in pieces:
                barred = 0
                for each in RECIPIENTS:
                    bit = self.place[f"{one.fact}:{each}"]
                    if not ((mask & bit and not value & bit) or value & barred):
                        split.append((mask | bit | barred, value | bit))
                    barred |= bit
            pieces = split
        yield from pieces

    def facts(self, bits: int) -> frozenset[str]:
        """Read bits back as run-time facts of recipients `a` and `b`."""
        return frozenset(name for name, place in self.place.items() if bits & place)


def without(piece: Condition, other: Condition) -> Iterator[Condition]:
    """Give disjoint conditions for „piece, but not other“; none where piece implies other."""
    mask, value = piece
    other_mask, other_value = other
    if (value ^ other_value) & mask & other_mask:
        yield piece
        return
    free = other_mask & ~mask
    while free:
        bit = free & -free
        free ^= bit
        yield mask | bit, value | (bit & ~other_value)
        mask, value = mask | bit, value | (bit & other_value)


def implied(premise: list[Condition], conclusion: list[Condition]) -> Condition | None:
    """Give a condition under which the premise holds and the conclusion fails; None where it is implied."""
    for piece in premise:
        pieces = [piece]
        for other in conclusion:
            pieces = [rest for each in pieces for rest in without(each, other)]
        if pieces:
            return pieces[0]
    return None
