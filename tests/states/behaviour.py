"""What a process does, so that two of them can be compared: every possible move, and every deadline that runs.

A step is told by what is done, by whom and concerning whom, and as one number by whence and whither; kept in this way
two processes are compared in the time that it takes to walk one of them.
"""

from dataclasses import dataclass

from states.base import BASE
from states.bits import RECIPIENTS
from states.process import Process
from states.space import Space

What = tuple[str, str | None, str]
"""(command, recipient, role)"""
Owed = tuple[str, str | None]
"""(obligation, recipient)"""
_WIDE = 64
"""More bits than a configuration has, so that two of them make one number."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All moves of a process from a referral on, and in which configurations each deadline runs."""

    configurations: frozenset[int]
    steps: dict[What, set[int]]
    running: dict[Owed, set[int]]

    def same_as(self, other: "Behaviour") -> bool:
        """Nobody could tell the two apart."""
        return self == other

    def less_than(self, other: "Behaviour") -> bool:
        """Whatever is possible here is possible there, with the same deadlines running."""
        return (
            self.steps != other.steps
            and all(steps <= other.steps.get(what, set()) for what, steps in self.steps.items())
            and all(
                self.running.get(owed, set()) == other.running.get(owed, set()) & self.configurations
                for owed in self.running.keys() | other.running.keys()
            )
        )


def explored(process: Process) -> Space:
    space = Space(process)
    space.explore()
    return space


def behaviour(space: Space) -> Behaviour:
    """Read it off an explored space."""
    steps: dict[What, set[int]] = {}
    for move in space.moves:
        keep, add = space.keep[move.number], space.add[move.number]
        ways = [here << _WIDE | (here & keep) | add for here in space.fired[move.number]]
        for role in move.roles if ways else ():
            steps.setdefault((move.command, move.recipient, role), set()).update(ways)
    return Behaviour(frozenset(space.configurations), steps, _running(space))


def _running(space: Space) -> dict[Owed, set[int]]:
    running: dict[Owed, set[int]] = {}
    for spec in space.process.obligations:
        for recipient in RECIPIENTS if spec.per_recipient else (None,):
            for mask, value in space.bits.conditions(spec.condition, recipient):
                for state in spec.states:
                    inside = space.inside[space.index(state)]
                    found = {here for here in inside if here & mask == value}
                    if found:
                        running.setdefault((spec.name, recipient), set()).update(found)
    return running


AS_IT_IS = behaviour(explored(BASE))
