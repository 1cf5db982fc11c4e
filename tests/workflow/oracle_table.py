"""The table read a second time: what its rows, effects and obligations say, by code of its own.

It works on the written guards and shares nothing with `states.guard`, the engine, the policies or the duties.
"""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from states.guard import Guard
from states.process import STAYS, Process

Facts = AbstractSet[str]


def words_of(guard: Guard) -> list[list[str]]:
    """The written guard as alternatives of words: `consent`, `!offered:R`."""
    text = str(guard)
    return [[]] if text == "–" else [part.split() for part in text.split("|")]


def true_of(word: str, facts: Facts, recipient: str | None) -> bool:
    """Whether a written condition holds: `r` is the one named, `R` nobody at all, `*` somebody."""
    name = word.removeprefix("!")
    fact, colon, whose = name.partition(":")
    if not colon:
        holds = fact in facts
    elif whose == "r":
        holds = recipient is not None and f"{fact}:{recipient}" in facts
    else:
        holds = any(each.startswith(f"{fact}:") for each in facts)
    return holds != word.startswith("!")


def some_hold(alternatives: list[list[str]], facts: Facts, recipient: str | None) -> bool:
    return any(all(true_of(word, facts, recipient) for word in words) for words in alternatives)


class Table:
    """One process, read from what is written."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._rows = defaultdict(list)
        for row in process.rows:
            for state in row.states:
                self._rows[str(state), str(row.command)].append(
                    (frozenset(map(str, row.roles)), words_of(row.guard), str(row.target))
                )
        self._owed = [
            (str(spec.name), frozenset(map(str, spec.states)), words_of(spec.condition))
            for spec in process.obligations
        ]

    def words(self, state: str, command: str) -> set[str]:
        """Every condition that the rows of this command in this state mention."""
        return {word for _, parts, _ in self._rows[state, command] for each in parts for word in each}

    def stands(self, state: str, command: str) -> bool:
        """Whether the command has any row in the state."""
        return bool(self._rows.get((state, command)))

    def target(
        self, state: str, command: str, facts: Facts, role: str, recipient: str | None = None
    ) -> str | None:
        """Where the table leads, or None where no row holds."""
        for roles, alternatives, target in self._rows[state, command]:
            if role in roles and some_hold(alternatives, facts, recipient):
                return state if target == STAYS else target
        return None

    def effect(self, command: str, facts: Facts, recipient: str | None = None) -> frozenset[str]:
        """The facts afterwards; `-offered:R` clears it for everybody."""
        spec = self.process.commands[command]
        after = set(facts)
        for cleared in spec.clears:
            name, colon, whose = cleared.partition(":")
            if not colon:
                after.discard(name)
            elif whose == "r":
                after.discard(f"{name}:{recipient}")
            else:
                after = {fact for fact in after if not fact.startswith(f"{name}:")}
        for added in spec.sets:
            after.add(f"{added[:-1]}{recipient}" if added.endswith(":r") else added)
        return frozenset(after)

    def owed(self, state: str, facts: Facts) -> Iterator[tuple[str, str | None]]:
        """Every obligation that must run in this state with these facts, and for whom."""
        for name, states, condition in self._owed:
            if state not in states:
                continue
            if not name.endswith(":r"):
                if some_hold(condition, facts, None):
                    yield name, None
                continue
            for who in {fact.partition(":")[2] for fact in facts if ":" in fact}:
                if some_hold(condition, facts, who):
                    yield name, who
