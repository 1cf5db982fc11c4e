"""A guard says which facts must hold: a disjunction of conjunctions over primitive facts.

Written `consent !withdrawn consent:r !offered:R | receipt`: `r` is the recipient the command names, `R` every
recipient, `*` some recipient. Read at run time on a case's facts (`consent:<recipient id>`), by the prover
on bits; tests/states/test_guard.py proves that both readings agree.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from operator import methodcaller

NOTHING = "–"


class BadGuard(ValueError):
    """The guard cannot be read."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One primitive condition. `whose`: "" (the case), "r" (named), "R" (nobody at all), "*" (somebody)."""

    fact: str
    whose: str
    holds: bool

    @classmethod
    def parse(cls, text: str) -> "Literal":
        """Read `!offered:R`. Raise BadGuard where the words make no sense."""
        name = text.removeprefix("!")
        holds = name == text
        fact, colon, whose = name.partition(":")
        if not fact or (colon and whose not in {"r", "R", "*"}):
            raise BadGuard(f"Bedingung nicht lesbar: {text[:60]}")
        if (whose == "R" and holds) or (whose == "*" and not holds):
            raise BadGuard(f"„{text[:60]}“ ist mehrdeutig: geschrieben wird „!{fact}:R“ oder „{fact}:*“")
        return cls(fact, whose, holds)

    @property
    def name(self) -> str:
        """Name of the fact as the vocabulary lists it: `offered:r` whoever is meant."""
        return f"{self.fact}:r" if self.whose else self.fact

    def true_of(self, facts: AbstractSet[str], recipient: str | None) -> bool:
        """Whether the condition holds of run-time facts; a named recipient is needed for `:r`."""
        if self.whose in {"R", "*"}:
            prefix = self.fact + ":"
            return any(fact.startswith(prefix) for fact in facts) == self.holds
        if not self.whose:
            return (self.fact in facts) == self.holds
        return (recipient is not None and f"{self.fact}:{recipient}" in facts) == self.holds

    def __str__(self) -> str:
        return f"{'' if self.holds else '!'}{self.fact}{':' + self.whose if self.whose else ''}"


Alternative = tuple[Literal, ...]
_Check = Callable[[AbstractSet[str], str | None], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """Alternatives, of which one must hold whole. No alternatives: never. An empty alternative: always."""

    alternatives: tuple[Alternative, ...]
    _check: _Check = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks = tuple(_compile(each) for each in self.alternatives)
        object.__setattr__(self, "_check", checks[0] if len(checks) == 1 else _any_of(checks))

    @classmethod
    def parse(cls, text: str) -> "Guard":
        """Read a guard as the table writes it (`|` or `∨` for or). Raise BadGuard."""
        if text.strip() in {"", NOTHING}:
            return cls(((),))
        parts = text.replace("∨", "|").split("|")
        alternatives = tuple(tuple(Literal.parse(word) for word in part.split()) for part in parts)
        if not all(alternatives):
            raise BadGuard(f"leere Alternative in „{text[:60]}“")
        return cls(alternatives)

    def holds(self, facts: AbstractSet[str], recipient: str | None) -> bool:
        """Whether the guard holds of a case's run-time facts, for the recipient the command names."""
        return self._check(facts, recipient)

    def failing(self, facts: AbstractSet[str], recipient: str | None) -> tuple[Literal, ...]:
        """Give what fails in the alternative nearest to holding; empty where the guard holds."""
        missing = [
            tuple(one for one in each if not one.true_of(facts, recipient)) for each in self.alternatives
        ]
        return min(missing, key=len, default=())

    def literals(self) -> frozenset[Literal]:
        """Every condition the guard mentions."""
        return frozenset(one for each in self.alternatives for one in each)

    def both(self, other: "Guard") -> "Guard":
        """Give the guard that holds where both hold."""
        return Guard(
            tuple(
                tuple(dict.fromkeys((*mine, *theirs)))
                for mine in self.alternatives
                for theirs in other.alternatives
            )
        )

    def __str__(self) -> str:
        return " | ".join(" ".join(map(str, each)) for each in self.alternatives) or NOTHING


def _any_of(checks: tuple[_Check, ...]) -> _Check:
    return lambda facts, recipient: any(check(facts, recipient) for check in checks)


def _compile(alternative: Alternative) -> _Check:
    """Sort the conditions once, so that a check costs a few set operations."""
    needs = frozenset(one.fact for one in alternative if not one.whose and one.holds)
    bars = frozenset(one.fact for one in alternative if not one.whose and not one.holds)
    if len(needs) + len(bars) == len(alternative):
        return lambda facts, _recipient: needs <= facts and bars.isdisjoint(facts)
    named = tuple((one.fact + ":", one.holds) for one in alternative if one.whose == "r")
    barred = tuple(one.fact + ":" for one in alternative if one.whose == "R")
    of_anybody = methodcaller("startswith", barred)
    somebody = [methodcaller("startswith", one.fact + ":") for one in alternative if one.whose == "*"]

    def check(facts: AbstractSet[str], recipient: str | None) -> bool:
        return (
            needs <= facts
            and bars.isdisjoint(facts)
            and (not named or _of_named(facts, recipient, named))
            and not (barred and any(map(of_anybody, facts)))
            and (not somebody or all(any(map(starts, facts)) for starts in somebody))
        )

    return check


def _of_named(facts: AbstractSet[str], recipient: str | None, named: tuple[tuple[str, bool], ...]) -> bool:
    if recipient is None:
        return not any(holds for _, holds in named)
    return all((prefix + recipient in facts) == holds for prefix, holds in named)
