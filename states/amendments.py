"""What a profile adds to the base process: further states, steps, facts, obligations, and other labels.

A state is like one of the base and takes part in every row and obligation of its model; a step is an ordinary
doing without effect in the world. Changes to what stands already are read by states/changes.py.
"""

from dataclasses import replace

from states.changes import changed
from states.draft import (
    Draft,
    take_guard,
    take_label,
    take_own_name,
    take_places,
    take_roles,
    take_source,
    take_target,
    take_written,
)
from states.fields import BadProfile, Fields
from states.guard import Guard
from states.lookalikes import folded, readable
from states.process import OWN, STEP, CommandSpec, FactSpec, ObligationSpec, Row
from states.vocabulary import FORMER, FORMER_FACTS, LAPSE, OURS, PER_RECIPIENT, Obligation, Role, State

MOST_STATES = 64
MOST_FACTS = 6
MOST_ENTRIES = 100


def amended(name: str, fields: Fields) -> Draft:
    """Read every amendment of a profile's file. Raise BadProfile."""
    draft = Draft(name)
    for entry in fields.tables("state", MOST_STATES):
        _state(draft, entry)
    for entry in fields.tables("fact", MOST_FACTS):
        _fact(draft, entry)
    for entry in fields.tables("step", MOST_ENTRIES):
        _step(draft, entry)
    _writers(draft)
    changed(draft, fields, MOST_ENTRIES)
    for entry in fields.tables("obligation", MOST_ENTRIES):
        _obligation(draft, entry)
    _labels(draft, fields.table("labels"))
    _tell_apart(draft)
    return draft


def _state(draft: Draft, entry: Fields) -> None:
    """Add a state like one of OURS: it takes part in every row and obligation of its model."""
    name = take_own_name(entry, (*draft.states, *draft.commands))
    model = entry.among("like", OURS)
    take_label(draft, entry, name)
    take_source(draft, entry, name)
    entry.done()
    draft.states.insert(draft.states.index(State.ESCALATED), name)
    if len(draft.states) > MOST_STATES:
        raise entry.fault(f"mehr als {MOST_STATES} Zustände")
    draft.like[name] = model
    draft.rows = [
        replace(row, states=(*row.states, name)) if model in row.states else row for row in draft.rows
    ]
    draft.obligations = [
        replace(spec, states=(*spec.states, name)) if model in spec.states else spec
        for spec in draft.obligations
    ]


def _fact(draft: Draft, entry: Fields) -> None:
    name = take_own_name(entry, draft.facts)
    take_label(draft, entry, name)
    entry.done()
    draft.facts[name] = FactSpec(name, frozenset(), frozenset())


def _step(draft: Draft, entry: Fields) -> None:
    """Add a step of the profile's own; it stands where its `from` says."""
    name = take_own_name(entry, (*draft.commands, *draft.states))
    take_label(draft, entry, name)
    source = take_source(draft, entry, name)
    sets, clears = take_written(draft, entry, "sets"), take_written(draft, entry, "clears")
    states, roles = take_places(draft, entry, "from"), take_roles(entry, "by")
    guard = take_guard(draft, entry, "when", named=False)
    target = take_target(draft, entry)
    entry.done()
    draft.commands[name] = CommandSpec(
        name, roles, Guard.parse(""), sets, clears, (), states, frozenset(), kind=STEP
    )
    draft.rows.append(Row(states, name, roles, guard, target, source))


def _writers(draft: Draft) -> None:
    """Note for each own fact which steps write it: there the two lists agree by construction."""
    for name in draft.facts:
        if name.startswith(OWN):
            setters = frozenset(spec.name for spec in draft.commands.values() if name in spec.sets)
            clearers = frozenset(spec.name for spec in draft.commands.values() if name in spec.clears)
            draft.facts[name] = FactSpec(name, setters, clearers)


def _obligation(draft: Draft, entry: Fields) -> None:
    """Add an obligation of the profile's own, or restate one of the base (which the prover then judges)."""
    name = entry.take("name", str)
    base = {spec.name for spec in draft.obligations}
    if name not in base:
        entry = _unread(entry, name)
        take_own_name(entry, base)
        take_label(draft, entry, f"obligation.{name}")
        draft.days[name] = entry.number("days", 1, 366)
    take_source(draft, entry, f"obligation.{name}")
    states = take_places(draft, entry, "in")
    condition = take_guard(draft, entry, "while", named=name.endswith(PER_RECIPIENT))
    begun_by, met_by = _events(draft, entry, "begun_by"), _events(draft, entry, "met_by")
    entry.done()
    spec = ObligationSpec(name, states, condition, begun_by, met_by)
    draft.obligations = [*(each for each in draft.obligations if each.name != name), spec]


def _unread(entry: Fields, name: str) -> Fields:
    """Give the entry with its name put back."""
    return entry.with_field("name", name)


def _events(draft: Draft, entry: Fields, name: str) -> frozenset[str]:
    events = entry.words(name)
    unknown = [event for event in events if event not in draft.commands and event != LAPSE]
    if unknown:
        raise entry.fault(f"„{unknown[0][:60]}“ ist kein Schritt")
    return frozenset(events)


def _labels(draft: Draft, entry: Fields) -> None:
    """Take other German words for what the base has; obligations as `obligation.NAME`."""
    known = {
        *State,
        *Role,
        *draft.commands,
        *draft.facts,
        *(f"obligation.{word}" for word in Obligation),
    }
    for name in entry.names():
        label = entry.take(name, str)
        if name.removeprefix("obligation.") in FORMER or name.startswith(FORMER_FACTS):
            continue  # a file of version 0.3 may still name it
        if name not in known or name.removeprefix("obligation.").startswith(OWN):
            raise entry.fault(f"„{name[:60]}“ ist nichts, was einen anderen Namen bekommen kann")
        if not readable(label):
            raise entry.fault(f"„{name}“ muss eine kurze Zeile in gewöhnlicher Schrift sein")
        draft.labels[name] = label


def _tell_apart(draft: Draft) -> None:
    """Refuse two states, or two commands, that a reader cannot tell apart."""
    process = draft.process()
    for names in (draft.states, list(draft.commands)):
        seen: dict[str, str] = {}
        for name in names:
            twin = seen.setdefault(folded(process.label(name)), name)
            if twin != name:
                raise BadProfile(f"„{process.label(name)}“ und „{process.label(twin)}“ sehen gleich aus.")
