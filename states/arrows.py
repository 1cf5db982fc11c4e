"""What a picture of the process shows: which command leads from which state to which, grouped for the eye.

Only moves that are possible are drawn, so the table is explored first; a command that leads from nearly everywhere
to one place becomes one wide arrow. Rows that stay are listed, not drawn.
"""

from dataclasses import dataclass

from states.process import NEW, Process
from states.prose import duties, sentences
from states.space import Space
from states.vocabulary import OURS

MANY = 4
"""From so many of our states on, a command is drawn once, from the frame around all of them."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one state to another, by these commands in the table's order."""

    source: str
    target: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WideArrow:
    """From every state in our hands, but the exceptions, to one target."""

    target: str
    commands: tuple[str, ...]
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrows:
    """All arrows of a process; `single` in the order of sources and targets, `wide` in that of the table."""

    single: tuple[Arrow, ...]
    wide: tuple[WideArrow, ...]

    def between(self, source: str, target: str) -> tuple[str, ...]:
        """Give the commands that lead from the one to the other, wide arrows left out."""
        return next(
            (each.commands for each in self.single if (each.source, each.target) == (source, target)), ()
        )


def arrows(process: Process) -> Arrows:
    """Give what is to be drawn."""
    sources: dict[tuple[str, str], dict[str, None]] = {}
    space = Space(process)
    space.explore()
    for move in space.moves:
        if move.row is not None and space.fired[move.number] and move.state != move.target:
            sources.setdefault((move.command, move.target), {})[move.state] = None
    ours = tuple(state for state in process.states if process.kin(state) in OURS)
    wide: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    single: dict[tuple[str, str], list[str]] = {}
    for (command, target), states in sources.items():
        missing = tuple(state for state in ours if state not in states and state != target)
        if len(states) >= MANY and len(missing) < len(ours) - MANY + 1:
            wide.setdefault((target, missing), []).append(command)
        for state in states:
            if (target, missing) not in wide or state not in ours or command not in wide[target, missing]:
                single.setdefault((state, target), []).append(command)
    order = {state: place for place, state in enumerate((NEW, *process.states))}
    ordered = sorted(single.items(), key=lambda item: (order[item[0][0]], order[item[0][1]]))
    return Arrows(
        tuple(Arrow(source, target, tuple(commands)) for (source, target), commands in ordered),
        tuple(WideArrow(target, tuple(commands), missing) for (target, missing), commands in wide.items()),
    )


def as_list(process: Process) -> tuple[str, ...]:
    """Give the picture's equivalent in words: every row and every obligation as a German sentence."""
    return (*sentences(process), *duties(process))
