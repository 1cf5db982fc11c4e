"""Builders: the base process with one thing changed, as a careless or a clever person might write it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from states.base import BASE
from states.guard import Guard
from states.process import CommandSpec, ObligationSpec, Process, Row, names, row


def a_process(
    *,
    rows: Iterable[Row] = BASE.rows,
    commands: Iterable[CommandSpec] = tuple(BASE.commands.values()),
    obligations: Iterable[ObligationSpec] = BASE.obligations,
    states: tuple[str, ...] = BASE.states,
    like: Mapping[str, str] = BASE.like,
    labels: Mapping[str, str] = BASE.labels,
) -> Process:
    """Give the base with these parts in place of its own."""
    return replace(
        BASE,
        name="test",
        rows=tuple(rows),
        commands={spec.name: spec for spec in commands},
        obligations=tuple(obligations),
        states=states,
        like=like,
        labels=labels,
    )


def with_row(
    states: str | Iterable[str], command: str, roles: str | Iterable[str], provided: str, then: str
) -> Process:
    return a_process(rows=(*BASE.rows, row(states, command, roles, provided, then, "own")))


def changing_rows(command: str, state: str, change: Callable[[Row], Row | None]) -> Process:
    """Change the command's row in one state, and leave it as it is in the others."""
    rows: list[Row | None] = []
    for each in BASE.rows:
        if each.command != command or state not in each.states:
            rows.append(each)
            continue
        outside = tuple(one for one in each.states if one != state)
        rows += [replace(each, states=outside) if outside else None, change(replace(each, states=(state,)))]
    return a_process(rows=[each for each in rows if each])


def without_row(command: str, state: str) -> Process:
    return changing_rows(command, state, lambda _row: None)


def guarded(command: str, state: str, provided: str) -> Process:
    return changing_rows(command, state, lambda each: replace(each, guard=Guard.parse(provided)))


def leading(command: str, state: str, then: str) -> Process:
    return changing_rows(command, state, lambda each: replace(each, target=then))


def entered_by(command: str, state: str, roles: str | Iterable[str]) -> Process:
    return changing_rows(command, state, lambda each: replace(each, roles=frozenset(names(roles))))


def doing(command: str, *, sets: Iterable[str] | None = None, clears: Iterable[str] | None = None) -> Process:
    """Give a command another effect, in both lists, so that only what it means can be held against it."""
    spec = BASE.commands[command]
    new = replace(
        spec,
        sets=spec.sets if sets is None else tuple(sets),
        clears=spec.clears if clears is None else tuple(clears),
    )
    commands = {**BASE.commands, command: new}
    facts = tuple(
        replace(
            fact,
            set_by=frozenset(c.name for c in commands.values() if fact.name in _plain(c.sets)),
            cleared_by=frozenset(c.name for c in commands.values() if fact.name in _plain(c.clears)),
        )
        for fact in BASE.facts
    )
    return replace(a_process(commands=commands.values()), facts=facts)


def _plain(patterns: Iterable[str]) -> set[str]:
    return {pattern.replace(":R", ":r") for pattern in patterns}


def owing(name: str, change: Callable[[ObligationSpec], ObligationSpec | None]) -> Process:
    """Change one obligation, or drop it."""
    changed = (change(spec) if spec.name == name else spec for spec in BASE.obligations)
    return a_process(obligations=[spec for spec in changed if spec])
