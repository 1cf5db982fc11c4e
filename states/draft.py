"""A process in the making: the base, changed entry by entry as a profile's file says.

Here stand the fields that entries of every kind share: names, labels, states, roles, guards. A name that is known
nowhere is a fault of the file, not a breach of a law.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from states.base import BASE
from states.commands import JUDGED
from states.fields import Fields
from states.guard import BadGuard, Guard
from states.lookalikes import folded, readable
from states.process import NEW, OWN, STAYS, CommandSpec, FactSpec, ObligationSpec, Process, Row
from states.vocabulary import OPEN, OURS, Role

MOST_CONDITIONS = 24
MOST_ALTERNATIVES = 4
"""A guard of more than this cannot be read aloud, and its disjoint parts would grow without bound."""
_NAME = re.compile(OWN + r"[a-z][a-z0-9_]{0,39}")
_GROUPS = {"OPEN": OPEN, "OURS": OURS}


@dataclass(slots=True)
class Draft:
    """A process in the making: the base, changed entry by entry as the file says."""

    name: str
    states: list[str] = field(default_factory=lambda: list(BASE.states))
    like: dict[str, str] = field(default_factory=dict)
    facts: dict[str, FactSpec] = field(default_factory=lambda: {fact.name: fact for fact in BASE.facts})
    commands: dict[str, CommandSpec] = field(default_factory=lambda: dict(BASE.commands))
    rows: list[Row] = field(default_factory=lambda: list(BASE.rows))
    obligations: list[ObligationSpec] = field(default_factory=lambda: list(BASE.obligations))
    labels: dict[str, str] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def process(self) -> Process:
        """Give the process as it now stands."""
        return Process(
            self.name,
            tuple(self.states),
            tuple(self.facts.values()),
            dict(self.commands),
            tuple(self.rows),
            tuple(self.obligations),
            dict(self.like),
            dict(self.labels),
        )


def take_own_name(entry: Fields, taken: Iterable[str]) -> str:
    """Take a name of the profile's own, unlike any taken."""
    name = entry.take("name", str)
    if not _NAME.fullmatch(name):
        raise entry.fault(
            f"„{name[:60]}“ ist kein eigener Name (x_, dann Kleinbuchstaben, Ziffern, Unterstriche)"
        )
    twin = next(
        (each for each in taken if folded(each.removeprefix(OWN)) == folded(name.removeprefix(OWN))), None
    )
    if twin is not None:
        raise entry.fault(f"„{name}“ ist von „{twin}“ kaum zu unterscheiden")
    return name


def take_label(draft: Draft, entry: Fields, key: str) -> None:
    """Take the German for what is named `key`."""
    label = entry.take("label", str)
    if not readable(label):
        raise entry.fault("„label“ muss eine kurze Zeile in gewöhnlicher Schrift sein")
    draft.labels[key] = label


def take_source(draft: Draft, entry: Fields, key: str) -> str:
    """Take where the choice comes from: a paper's line, a paragraph, or `own`."""
    source = draft.sources[key] = entry.take("source", str)
    return source


def take_places(
    draft: Draft, entry: Fields, name: str, default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """Take states; OPEN and OURS stand for all of them, the profile's own included."""
    states: list[str] = []
    for word in entry.words(name, default):
        if word in _GROUPS:
            states += [state for state in draft.states if draft.like.get(state, state) in _GROUPS[word]]
        elif word in draft.states or word == NEW:
            states.append(word)
        else:
            raise entry.fault(f"„{word[:60]}“ ist kein Zustand")
    return tuple(dict.fromkeys(states))


def take_roles(entry: Fields, name: str) -> frozenset[str]:
    """Take roles, at least one."""
    roles = entry.words(name)
    unknown = set(roles) - {role.value for role in Role}
    if unknown or not roles:
        raise entry.fault(f"„{name}“ muss Rollen nennen")
    return frozenset(roles)


def take_command(draft: Draft, entry: Fields) -> str:
    """Take a command of the base or a step of the profile."""
    return entry.among("command", draft.commands)


def take_guard(draft: Draft, entry: Fields, name: str, *, named: bool) -> Guard:
    """Take a guard over known facts; `r` only where the command names a recipient."""
    try:
        guard = Guard.parse(entry.take(name, str, ""))
    except BadGuard as error:
        raise entry.fault(str(error)) from None
    limited(entry, guard)
    known = {*draft.facts, *(fact.value for fact in JUDGED)}
    for literal in guard.literals():
        if literal.name not in known:
            raise entry.fault(f"„{literal}“ nennt nichts, was es gibt")
        if literal.whose == "r" and not named:
            raise entry.fault(f"„{literal}“ braucht einen Schritt, der eine Stelle nennt")
    return guard


def limited(entry: Fields, guard: Guard) -> Guard:
    """Give the guard if it is short enough to be read and proven."""
    if len(guard.alternatives) > MOST_ALTERNATIVES:
        raise entry.fault(f"die Bedingung hat mehr als {MOST_ALTERNATIVES} Alternativen")
    if any(len(each) > MOST_CONDITIONS for each in guard.alternatives):
        raise entry.fault(f"die Bedingung hat mehr als {MOST_CONDITIONS} Teile")
    return guard


def take_target(draft: Draft, entry: Fields) -> str:
    """Take where the case then is; left out, it stays."""
    return entry.among("to", (STAYS, *draft.states), STAYS)


def take_written(draft: Draft, entry: Fields, name: str) -> tuple[str, ...]:
    """Take the facts that are set or cleared."""
    words = entry.words(name, ())
    unknown = [word for word in words if word.replace(":R", ":r") not in draft.facts]
    if unknown:
        raise entry.fault(f"„{unknown[0][:60]}“ ist nichts, was ein Schritt setzen oder löschen kann")
    return words
