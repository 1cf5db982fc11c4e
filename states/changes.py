"""What a profile changes in rows that stand already: stricter, and, if it must be said, otherwise.

The file can also say what no law allows (a row added, redirected or removed, another effect): it is put into the
table exactly as written, and the prover refuses it by name. Nothing is repaired silently.
"""

from collections.abc import Callable
from dataclasses import replace

from states.draft import (
    Draft,
    limited,
    take_command,
    take_guard,
    take_places,
    take_roles,
    take_source,
    take_target,
    take_written,
)
from states.fields import Fields
from states.process import NEW, Row


def changed(draft: Draft, fields: Fields, most: int) -> None:
    """Read every change and put it into the draft. Raise BadProfile."""
    for name, read in (
        ("tighten", _tighten),
        ("row", _row),
        ("redirect", _redirect),
        ("remove", _remove),
        ("effect", _effect),
    ):
        for entry in fields.tables(name, most):
            read(draft, entry)


def _tighten(draft: Draft, entry: Fields) -> None:
    """Ask for more, or allow fewer: `by` leaves of each row these roles only, `also` must hold besides."""
    command, states = _affected(draft, entry)
    also = take_guard(draft, entry, "also", named=draft.commands[command].per_recipient)
    only = take_roles(entry, "by") if "by" in entry else None
    source = take_source(draft, entry, f"tighten.{command}")
    entry.done()

    def stricter(row: Row) -> Row:
        roles = row.roles if only is None else row.roles & only
        guard = limited(entry, row.guard.both(also)) if also.literals() else row.guard
        return replace(row, roles=roles, guard=guard, source=f"{row.source}; {source}")

    _replace(draft, command, states, stricter)


def _row(draft: Draft, entry: Fields) -> None:
    command = take_command(draft, entry)
    named = draft.commands[command].per_recipient
    states, roles = take_places(draft, entry, "from"), take_roles(entry, "by")
    guard, target = take_guard(draft, entry, "when", named=named), take_target(draft, entry)
    draft.rows.append(Row(states, command, roles, guard, target, entry.take("source", str)))
    entry.done()


def _redirect(draft: Draft, entry: Fields) -> None:
    command, states = _affected(draft, entry)
    target = take_target(draft, entry)
    entry.done()
    _replace(draft, command, states, lambda row: replace(row, target=target))


def _remove(draft: Draft, entry: Fields) -> None:
    command, states = _affected(draft, entry)
    entry.done()
    _replace(draft, command, states, lambda _row: None)


def _effect(draft: Draft, entry: Fields) -> None:
    """Restate what a command does to the facts; any difference is for the prover to refuse."""
    command = take_command(draft, entry)
    sets, clears = take_written(draft, entry, "sets"), take_written(draft, entry, "clears")
    entry.done()
    draft.commands[command] = replace(draft.commands[command], sets=sets, clears=clears)


def _affected(draft: Draft, entry: Fields) -> tuple[str, tuple[str, ...]]:
    """Take the command, and the states (all where none is named) in which its rows are meant."""
    command = take_command(draft, entry)
    states = take_places(draft, entry, "from", (*draft.states, NEW))
    if not any(row.command == command and set(states) & set(row.states) for row in draft.rows):
        raise entry.fault("dort steht keine solche Zeile")
    return command, states


def _replace(
    draft: Draft, command: str, states: tuple[str, ...], change: Callable[[Row], Row | None]
) -> None:
    """Change the command's rows in these states, and leave them as they are in the others."""
    rows: list[Row] = []
    for row in draft.rows:
        inside = tuple(state for state in row.states if state in states)
        if row.command != command or not inside:
            rows.append(row)
            continue
        outside = tuple(state for state in row.states if state not in states)
        other = change(replace(row, states=inside))
        rows += [each for each in (replace(row, states=outside) if outside else None, other) if each]
    draft.rows = rows
