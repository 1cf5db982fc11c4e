"""A process is a table of rows, the definitions of its commands and facts, and its obligations.

One row is one sentence: in FROM, ROLE may COMMAND, provided FACTS hold; the case is then in TO. A command's
effect on the facts stands once, with the command: no row can forge evidence. What has no row is forbidden.
Proven by states/prover.py; executed by the engine as it stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from states.guard import Guard
from states.vocabulary import FORMER, PER_RECIPIENT, Command, Fact, Obligation, Role, State

STAYS = "="
NEW = ""
"""The state of a case that does not exist yet: where `receive` starts."""
STEP = "step"
"""The kind of every command a profile invents."""
OWN = "x_"
"""Prefix of every name a profile invents, so that it can be taken for nothing else."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact, and the commands that may set and clear it: the second of two lists that must agree."""

    name: str
    set_by: frozenset[str]
    cleared_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """What a command is, wherever it stands.

    `roles` may enter it; each row's guard must imply `law`; `sets` and `clears` are its whole effect on the
    facts; it `leads_to` one of these states (`=` stays; empty: as the row says); it `stands_in` these states
    only, and in them it is open to the roles in `right_of` whenever its law holds. `kind` is "", or `step`.
    """

    name: str
    roles: frozenset[str]
    law: Guard
    sets: tuple[str, ...]
    clears: tuple[str, ...]
    leads_to: tuple[str, ...]
    stands_in: tuple[str, ...]
    right_of: frozenset[str]
    kind: str = ""

    @property
    def per_recipient(self) -> bool:
        """Whether the command names a recipient."""
        return self.name.endswith(PER_RECIPIENT)


@dataclass(frozen=True, slots=True)
class Row:
    """In `states`, `roles` may `command`, provided `guard` holds; then it is in `target` (`=` stays)."""

    states: tuple[str, ...]
    command: str
    roles: frozenset[str]
    guard: Guard
    target: str
    source: str


@dataclass(frozen=True, slots=True)
class ObligationSpec:
    """What is owed in `states` while `condition` holds: begun and met by these commands (or `lapse`, time).

    It begins with its event, never by arriving in a state; while it runs, the event does not begin it again, unless
    it meets it too: then it is met and begins anew.
    """

    name: str
    states: tuple[str, ...]
    condition: Guard
    begun_by: frozenset[str]
    met_by: frozenset[str]

    @property
    def per_recipient(self) -> bool:
        """Whether it is owed for one named recipient."""
        return self.name.endswith(PER_RECIPIENT)

    @property
    def renewed_by(self) -> frozenset[str]:
        """The events that meet it and begin it anew at once."""
        return self.begun_by & self.met_by

    def running(self, state: str, facts: AbstractSet[str], recipient: str | None = None) -> bool:
        """Whether it can run in this state with these run-time facts (for this recipient)."""
        return state in self.states and self.condition.holds(facts, recipient)


def _german() -> dict[str, str]:
    return {word.value: word.label for kind in (State, Role, Fact, Command) for word in kind}


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """The whole. Two processes are the same only if they are one object; compare profiles by their hash.

    `like` names for each state of a profile the base state whose evidence, commands and rights it shares;
    `labels` holds the German a profile gives to states, commands, facts (obligations as `obligation.NAME`).
    """

    name: str
    states: tuple[str, ...]
    facts: tuple[FactSpec, ...]
    commands: Mapping[str, CommandSpec]
    rows: tuple[Row, ...]
    obligations: tuple[ObligationSpec, ...]
    like: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    _index: dict[tuple[str, str], tuple[Row, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            for state in row.states:
                index[state, row.command].append(row)
        object.__setattr__(self, "_index", {key: tuple(rows) for key, rows in index.items()})

    def rows_from(self, state: str, command: str) -> tuple[Row, ...]:
        """Give every row of the command in the state; empty: forbidden there. A new case is in state ""."""
        return self._index.get((state, command), ())

    def commands_in(self, state: str) -> tuple[str, ...]:
        """Give the commands that have a row in the state, in the table's order."""
        return tuple(name for name in self.commands if (state, name) in self._index)

    def kin(self, state: str) -> str:
        """Give the base state whose evidence and rights this state shares: itself, or what it is `like`."""
        return self.like.get(state, state)

    def effect(self, command: str, facts: AbstractSet[str], recipient: str | None) -> frozenset[str]:
        """Give the run-time facts after the command; what it names for `R` is cleared for every recipient."""
        spec = self.commands[command]
        kept = [fact for fact in facts if not any(_means(each, fact, recipient) for each in spec.clears)]
        return frozenset(kept).union(_of(each, recipient) for each in spec.sets)

    def label(self, name: str) -> str:
        """Give the German for a state, role, fact or command; the profile's own where it has one."""
        name = FORMER.get(name, name)
        return self.labels.get(name) or _LABELS.get(name) or name

    def obligation_label(self, name: str) -> str:
        """Give the German for an obligation."""
        name = FORMER.get(name, name)
        return self.labels.get(f"obligation.{name}") or _OBLIGATIONS.get(name, name)


_LABELS = _german()
_OBLIGATIONS = {word.value: word.label for word in Obligation}


def _of(fact: str, recipient: str | None) -> str:
    if not fact.endswith(PER_RECIPIENT):
        return fact
    if recipient is None:
        raise ValueError(f"{fact} names no recipient")
    return fact[:-1] + recipient


def _means(pattern: str, fact: str, recipient: str | None) -> bool:
    if pattern.endswith(":R"):
        return fact.startswith(pattern[:-1])
    return fact == pattern if not pattern.endswith(PER_RECIPIENT) else fact == _of(pattern, recipient)


def names(words: str | Iterable[str]) -> tuple[str, ...]:
    """Give one word or several as a tuple, so that a table may write a single one without brackets."""
    return (words,) if isinstance(words, str) else tuple(words)


def row(
    states: str | Iterable[str],
    command: str,
    roles: str | Iterable[str],
    provided: str,
    then: str,
    source: str,
) -> Row:
    """Write one row as the table reads: where, what, who, on which condition, to where, by which source."""
    return Row(names(states), command, frozenset(names(roles)), Guard.parse(provided), then, source)
