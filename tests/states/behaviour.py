"""What a process does, so that two of them can be compared: every possible move, and every deadline that runs."""

from dataclasses import dataclass

from states.base import BASE
from states.process import Process
from states.space import RECIPIENTS, Space

Step = tuple[int, str, str | None, str, int]
"""(configuration, command, recipient, role, configuration after)"""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All moves of a process from a referral on, and what runs in each configuration."""

    steps: frozenset[Step]
    running: dict[int, frozenset[tuple[str, str | None]]]

    def same_as(self, other: "Behaviour") -> bool:
        """Nobody could tell the two apart."""
        return self.steps == other.steps and self.running == other.running

    def less_than(self, other: "Behaviour") -> bool:
        """Whatever is possible here is possible there, with the same deadlines running."""
        return self.steps < other.steps and all(
            other.running[here] == now for here, now in self.running.items()
        )


def behaviour(process: Process) -> Behaviour:
    space = Space(process)
    space.explore()
    steps = frozenset(
        (here, move.command, move.recipient, role, space.leads(move.number, here))
        for move in space.moves
        for here in space.fired[move.number]
        for role in move.roles
    )
    return Behaviour(steps, _running(space))


def _running(space: Space) -> dict[int, frozenset[tuple[str, str | None]]]:
    grounded = [
        (
            spec.name,
            recipient,
            {space.index(state) for state in spec.states},
            space.bits.conditions(spec.condition, recipient),
        )
        for spec in space.process.obligations
        for recipient in (RECIPIENTS if spec.per_recipient else (None,))
    ]
    return {
        here: frozenset(
            (name, recipient)
            for name, recipient, states, conditions in grounded
            if here >> space.bits.width in states and any(here & mask == value for mask, value in conditions)
        )
        for here in space.configurations
    }


AS_IT_IS = behaviour(BASE)
