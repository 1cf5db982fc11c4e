"""Which obligations run in which configuration, as bits of a mask: what the laws on time compare on every move."""

from dataclasses import dataclass

from states.bits import RECIPIENTS
from states.process import ObligationSpec
from states.space import Move, Space


@dataclass(frozen=True, slots=True)
class Running:
    """One obligation for one recipient, as a bit of the mask of what runs."""

    bit: int
    spec: ObligationSpec
    recipient: str | None

    @property
    def name(self) -> str:
        """The obligation's name."""
        return self.spec.name

    def concerns(self, move: Move) -> bool:
        """Whether the move is about this recipient, or about the whole case."""
        return self.recipient is None or move.recipient in {None, self.recipient}


@dataclass(frozen=True, slots=True)
class Times:
    """An explored space with its obligations.

    `runs` gives the mask of those that run in a configuration, `asked` are the facts on which any of them depends;
    `alike` gives the same mask by what is left of a configuration where only these are looked at.
    """

    space: Space
    obligations: tuple[Running, ...]
    runs: dict[int, int]
    asked: int
    alike: dict[int, int]

    def pairs(self, move: Move) -> set[tuple[int, int]]:
        """Give each (what runs before, what runs after) of a move once, however many configurations have it."""
        space, number, alike = self.space, move.number, self.alike
        looked_at = self.asked | -1 << space.bits.width
        keep, add = space.keep[number], space.add[number]
        return {
            (alike[here], alike[(here & keep | add) & looked_at])
            for here in {here & looked_at for here in space.fired[number]}
        }

    def asks(self, move: Move) -> bool:
        """Whether any obligation asks for anything that the move can change."""
        space, number = self.space, move.number
        written = space.add[number] | ~space.keep[number]
        return move.state != move.target or bool(written & self.asked)

    @classmethod
    def of(cls, space: Space) -> "Times":
        """Find what runs in every configuration."""
        grounded = [
            (spec, recipient)
            for spec in space.process.obligations
            for recipient in (RECIPIENTS if spec.per_recipient else (None,))
        ]
        obligations = tuple(Running(1 << place, *one) for place, one in enumerate(grounded))
        runs = dict.fromkeys((space.start, *space.configurations), 0)
        asked = 0
        for one in obligations:
            conditions = space.bits.conditions(one.spec.condition, one.recipient)
            for mask, _ in conditions:
                asked |= mask
            for state in one.spec.states:
                inside = space.inside[space.index(state)]
                for mask, value in conditions:
                    for here in [each for each in inside if each & mask == value]:
                        runs[here] |= one.bit
        looked_at = asked | -1 << space.bits.width
        alike = {here & looked_at: running for here, running in runs.items()}
        return cls(space, obligations, runs, asked, alike)
