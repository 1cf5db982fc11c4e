"""Single-step mutants of the base process: what one slip, or one wish, would make of the table.

Rows deleted, redirected, moved to other states, guards dropped, flipped, tightened, roles and kinds swapped,
effects and obligations changed. Each has a name that tells the family and the place; `test_mutants.py` says what
becomes of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from states.base import BASE
from states.commands import EVENTS
from states.guard import Guard, Literal
from states.process import NEW, STAYS, CommandSpec, ObligationSpec, Process, Row
from states.vocabulary import Role
from tests.states.worlds import a_process, doing

PLACES = (*BASE.states, NEW)
ACTORS = (
    Role.CASE_WORKER, Role.RECIPIENT, Role.PARTNER, Role.SUPERVISOR, Role.ASD_WORKER, Role.CLOCK, Role.PLANNER,
)  # fmt: skip
PLAIN = tuple(fact.name for fact in BASE.facts if not fact.name.endswith(":r"))
PERSONAL = ("consent", "offered", "handed")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant: `family row|command|state`, then what was changed. Made when asked for."""

    name: str
    make: Callable[[], Process]


def mutants() -> Iterator[Mutant]:
    """Give every single-step mutant of the base process."""
    for place in range(len(BASE.rows)):
        yield from _of_row(place)
    for spec in BASE.commands.values():
        yield from _of_command(spec)
    for duty in BASE.obligations:
        yield from _of_obligation(duty)


def _of_row(place: int) -> Iterator[Mutant]:
    row = BASE.rows[place]
    yield Mutant(f"delete {_row(place)} {_where(row)}", partial(_rows, place, ()))
    for name, changed in _changes(row):
        yield Mutant(f"{name} in {_row(place)} {_where(row)}", partial(_rows, place, (changed,)))
    for state in row.states:
        outside = tuple(one for one in row.states if one != state)
        rest = (replace(row, states=outside),) if outside else ()
        inside = replace(row, states=(state,))
        if outside:
            yield Mutant(f"delete {_row(place)} @{state}", partial(_rows, place, rest))
        for target in (*BASE.states, STAYS):
            if target not in {row.target, state if row.target == STAYS else row.target}:
                other = (*rest, replace(inside, target=target))
                yield Mutant(f"redirect>{target} {_row(place)} @{state}", partial(_rows, place, other))
        if outside:
            for name, changed in _changes(inside):
                other = (*rest, changed)
                yield Mutant(f"{name} in {_row(place)} @{state}", partial(_rows, place, other))
    for state in PLACES:
        if state not in row.states:
            wider = replace(row, states=(*row.states, state))
            yield Mutant(
                f"shortcut@{state or 'new'} {_row(place)} {_where(row)}", partial(_rows, place, (wider,))
            )


def _changes(row: Row) -> Iterator[tuple[str, Row]]:
    """Give a row with another role, another kind or another guard."""
    for role in sorted(row.roles):
        yield f"-role:{role}", replace(row, roles=row.roles - {role})
    for role in ACTORS:
        if role not in row.roles:
            yield f"+role:{role}", replace(row, roles=row.roles | {role})
    per_recipient = row.command.endswith(":r")
    for other in BASE.commands:
        if other != row.command and other.endswith(":r") == per_recipient:
            yield f"kind:{other}", replace(row, command=other)
    for name, guard in _guards(row.guard, named=per_recipient):
        yield name, replace(row, guard=guard)


def _guards(guard: Guard, *, named: bool) -> Iterator[tuple[str, Guard]]:
    alternatives = guard.alternatives
    for place, each in enumerate(alternatives):
        at = f"/{place + 1}" if len(alternatives) > 1 else ""
        if len(alternatives) > 1:
            yield f"drop-alternative:{place}", Guard((*alternatives[:place], *alternatives[place + 1 :]))
        for literal in each:
            less = tuple(one for one in each if one != literal)
            yield f"drop{at}:{literal}", _with(alternatives, place, less)
            yield f"flip{at}:{literal}", _with(alternatives, place, (*less, _flipped(literal)))
        mentioned = {(one.fact, one.whose == "") for one in each}
        for literal in _literals(named=named):
            if (literal.fact, literal.whose == "") not in mentioned:
                yield f"add{at}:{literal}", _with(alternatives, place, (*each, literal))


def _with(alternatives: tuple[tuple[Literal, ...], ...], place: int, other: tuple[Literal, ...]) -> Guard:
    return Guard((*alternatives[:place], other, *alternatives[place + 1 :]))


def _flipped(literal: Literal) -> Literal:
    whose = {"R": "*", "*": "R"}.get(literal.whose, literal.whose)
    return replace(literal, whose=whose, holds=not literal.holds)


def _literals(*, named: bool) -> Iterator[Literal]:
    for fact in PLAIN:
        for holds in (True, False):
            yield Literal(fact, "", holds)
    for fact in PERSONAL:
        for whose, holds in (("r", True), ("r", False)) if named else (("*", True), ("R", False)):
            yield Literal(fact, whose, holds)
    if named:
        yield Literal("eligible", "r", holds=True)


def _of_command(spec: CommandSpec) -> Iterator[Mutant]:
    """Toggle each fact in what the command sets and clears: in its own list alone, and in both lists."""
    personal = [f"{fact}:{'r' if spec.per_recipient else 'R'}" for fact in PERSONAL]
    for part, written in (("sets", spec.sets), ("clears", spec.clears)):
        for fact in dict.fromkeys((*PLAIN, *personal, *written)):
            sign = "-" if fact in written else "+"
            changed = tuple(one for one in written if one != fact) if fact in written else (*written, fact)
            name = f"{part}{sign}{fact} {spec.name}"
            sets, clears = (changed, spec.clears) if part == "sets" else (spec.sets, changed)
            other_effect = replace(spec, sets=sets, clears=clears)
            yield Mutant(f"effect {name}", partial(_command, other_effect))
            yield Mutant(f"meaning {name}", partial(doing, spec.name, sets=sets, clears=clears))


def _of_obligation(spec: ObligationSpec) -> Iterator[Mutant]:
    def changed(name: str, other: ObligationSpec | None) -> Mutant:
        return Mutant(f"obligation {name} of {spec.name}", partial(_obligations, spec.name, other))

    yield changed("delete", None)
    for state in BASE.states:
        inside = state in spec.states
        states = tuple(one for one in spec.states if one != state) if inside else (*spec.states, state)
        yield changed(f"{'-' if inside else '+'}state:{state}", replace(spec, states=states))
    for name, guard in _guards(spec.condition, named=spec.per_recipient):
        yield changed(name, replace(spec, condition=guard))
    for event in EVENTS:
        sign = "-" if event in spec.begun_by else "+"
        yield changed(f"begun_by{sign}{event}", replace(spec, begun_by=spec.begun_by ^ {event}))
        sign = "-" if event in spec.met_by else "+"
        yield changed(f"met_by{sign}{event}", replace(spec, met_by=spec.met_by ^ {event}))


def _row(place: int) -> str:
    """Name a row by its command, and by its number among that command's rows where there are several."""
    command = BASE.rows[place].command
    alike = [number for number, row in enumerate(BASE.rows) if row.command == command]
    return command if len(alike) == 1 else f"{command}#{alike.index(place) + 1}"


def _where(row: Row) -> str:
    return f"@{'+'.join(state or 'new' for state in row.states)}"


def _rows(place: int, instead: tuple[Row, ...]) -> Process:
    return a_process(rows=(*BASE.rows[:place], *instead, *BASE.rows[place + 1 :]))


def _command(changed: CommandSpec) -> Process:
    return a_process(commands={**BASE.commands, changed.name: changed}.values())


def _obligations(name: str, other: ObligationSpec | None) -> Process:
    kept = (other if spec.name == name else spec for spec in BASE.obligations)
    return a_process(obligations=[spec for spec in kept if spec])
