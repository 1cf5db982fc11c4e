"""The table in German sentences, to be read aloud: what `lotse process show` prints and what the picture means.

Every row and every obligation gives exactly one sentence, so the list is as complete as the table.
"""

from states.guard import Guard, Literal
from states.process import STAYS, ObligationSpec, Process, Row
from states.vocabulary import LAPSE, OPEN, OURS

_WHOSE = {"": "", "r": "", "R": " bei irgendeiner Stelle", "*": " durch eine Stelle"}


def sentences(process: Process) -> tuple[str, ...]:
    """Give one sentence for each row, in the table's order."""
    return tuple(_row(process, row) for row in process.rows)


def duties(process: Process) -> tuple[str, ...]:
    """Give one sentence for each obligation."""
    return tuple(_obligation(process, spec) for spec in process.obligations)


def places(process: Process, states: tuple[str, ...]) -> str:
    """Name states, with one word where they are all the open ones, or all in our hands."""
    if not states or states == ("",):
        return "Neu"
    for group, name in ((OPEN, "In jedem offenen Fall"), (OURS, "In jedem Fall in unserer Hand")):
        members = {state for state in process.states if process.kin(state) in group}
        if set(states) == members:
            return name
        if set(states) > members:
            rest = [state for state in states if state not in members]
            return f"{name} und in {_listed(process, rest)}"
    return f"In {_listed(process, states)}"


def condition(process: Process, guard: Guard) -> str:
    """Say a guard in German; empty where it asks for nothing."""
    return "; oder ".join(_conjunction(process, each) for each in guard.alternatives if each)


def _listed(process: Process, names: tuple[str, ...] | list[str]) -> str:
    quoted = [f"‚{process.label(name)}‘" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} und {quoted[-1]}"


def _conjunction(process: Process, literals: tuple[Literal, ...]) -> str:
    given = [process.label(one.name) + _WHOSE[one.whose] for one in literals if one.holds]
    barred = [process.label(one.name) + _WHOSE[one.whose] for one in literals if not one.holds]
    parts = [", ".join(given)] if given else []
    return "; ".join([*parts, f"nicht: {', '.join(barred)}"] if barred else parts)


def _row(process: Process, row: Row) -> str:
    *others, last = sorted(process.label(role) for role in row.roles) or ["niemand"]
    who = f"{', '.join(others)} oder {last}" if others else last
    told = f"{places(process, row.states)}: {who} darf ‚{process.label(row.command)}‘"
    if provided := condition(process, row.guard):
        told += f", sofern ({provided})"
    told += "; der Fall bleibt" if row.target == STAYS else f"; dann ‚{process.label(row.target)}‘"
    return f"{told}. [{'eigene Regel' if row.source == 'own' else row.source}]"


def _obligation(process: Process, spec: ObligationSpec) -> str:
    events = {LAPSE: "Ablauf der Einwilligung"}
    begun, met = (
        ", ".join(f"‚{events.get(name) or process.label(name)}‘" for name in sorted(names))
        for names in (spec.begun_by, spec.met_by)
    )
    told = f"Frist ‚{process.obligation_label(spec.name)}‘ {places(process, spec.states)[0].lower()}"
    told += places(process, spec.states)[1:]
    if provided := condition(process, spec.condition):
        told += f", solange ({provided})"
    return f"{told}; sie beginnt mit {begun} und ist erfüllt mit {met}."
