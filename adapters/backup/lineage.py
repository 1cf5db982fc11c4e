"""The incarnations of a log: how they are named, and what the notary's files know of them.

Each lawful restore begins a new one, `…/2` after `…/1`. The notary's file of an earlier one is kept as `notary-1.json`,
so that no name is ever given twice, and what was signed and is gone can be told.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from audit.errors import AuditError
from audit.notary import State
from audit.notary_file import NotaryFile

_ORIGIN = re.compile(r"(.+)/([1-9][0-9]{0,8})")
_KEPT = "notary-{}.json"


def number_of(origin: str) -> int:
    """Which incarnation an origin names; a name without number is the first."""
    match = _ORIGIN.fullmatch(origin)
    return int(match[2]) if match else 1


def named(origin: str, number: int) -> str:
    """The origin of another incarnation of the same log."""
    match = _ORIGIN.fullmatch(origin)
    return f"{match[1] if match else origin}/{number}"


def same_log(one: str, other: str) -> bool:
    """Whether two origins are incarnations of one log."""
    return named(one, 1) == named(other, 1)


def kept_name(number: int) -> str:
    """How the notary's file of an earlier incarnation is called, beside the one in use."""
    return _KEPT.format(number)


@dataclass(frozen=True, slots=True)
class Known:
    """What the notary's files tell of one log: the state of each incarnation, the newest last.

    `damaged` where the file in use is there and cannot be read.
    """

    states: tuple[State, ...]
    damaged: bool = False

    def of(self, origin: str) -> State | None:
        """What was signed of this incarnation."""
        return next((state for state in self.states if state.origin == origin), None)

    def later_than(self, origin: str) -> tuple[State, ...]:
        """The incarnations after this one."""
        return tuple(state for state in self.states if number_of(state.origin) > number_of(origin))

    def signed_beyond(self, origin: str, size: int) -> int | None:
        """How many signed entries a log of this size lacks; None where no notary's file knows it."""
        state = self.of(origin)
        if state is None and not self.later_than(origin):
            return None
        own = max(0, state.size - size) if state else 0
        return own + sum(later.size for later in self.later_than(origin))

    def all_of_it(self, *parts: tuple[str, int]) -> bool:
        """Whether everything that was ever signed lies within these beginnings of logs (origin, number of entries).

        Whoever has read a log to some entry has read all those before it, as far as a restore went on from them.
        """
        signed = [state for state in self.states if state.size]
        return all(any(_within(state, origin, size) for origin, size in parts) for state in signed)

    def next_after(self, origin: str, past: int) -> str:
        """The name of the next incarnation: beyond all that are known here, and beyond `past`."""
        numbers = [number_of(state.origin) for state in self.states]
        return named(origin, max([number_of(origin), past, *numbers]) + 1)


def _within(state: State, origin: str, size: int) -> bool:
    if not same_log(state.origin, origin):
        return False
    earlier = number_of(state.origin) < number_of(origin)
    return earlier or (state.origin == origin and state.size <= size)


def known_beside(notary: Path, origin: str) -> Known:
    """Read the notary's file and those kept beside it, as far as they are of this log."""
    states, damaged = [], False
    for path in [*notary.parent.glob(_KEPT.format("*")), notary]:
        if path.exists():
            try:
                states.append(NotaryFile(path).load())
            except AuditError:
                damaged = damaged or path == notary
    ours = [state for state in states if same_log(state.origin, origin)]
    return Known(tuple(sorted(ours, key=lambda state: number_of(state.origin))), damaged)
