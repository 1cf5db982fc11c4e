"""Laws on facts: each is written by its commands alone, one consent per event, a no leaves nothing standing.

The list of commands and the list of facts are two statements of the same thing and must agree.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator

from states.laws.finding import Finding
from states.laws.words import step
from states.process import OWN, STEP, CommandSpec, Process
from states.vocabulary import Command as C
from states.vocabulary import Fact as F

_NO = frozenset({C.WITHDRAW_CONSENT, C.REFUSE_CONSENT, C.WITHDRAW_REFERRAL})
_CONSENTS = frozenset({F.CONSENT, F.CONSENT_FOR})
_AFTER_NO = frozenset({"consent", "consent:R", "offered:R", "handed:R"})
_ORIGIN = frozenset({C.RECEIVE_CONSENT, C.RECEIVE_UNCLEAR})
_AFTER_NO_FOR = frozenset({"consent:r", "offered:r", "handed:r"})


def fact_findings(process: Process) -> Iterator[Finding]:
    """O4, W2, W3, F4, O1: check every command's effect, then the two lists against each other."""
    for spec in process.commands.values():
        yield from _one_consent(process, spec)
        yield from _after_a_no(process, spec)
        yield from _step_or_clock(process, spec)
    yield from _lists_agree(process)


def _one_consent(process: Process, spec: CommandSpec) -> Iterator[Finding]:
    given = [name for name in spec.sets if name.replace(":R", ":r") in _CONSENTS]
    if len(given) > 1 or any(name.endswith(":R") for name in spec.sets):
        told = f"{step(process, spec.name)} setzte mehrere Einwilligungen mit einem Schritt"
        yield Finding("O4", told, among=_places(process, spec), then=spec.name)


def _after_a_no(process: Process, spec: CommandSpec) -> Iterator[Finding]:
    if F.WITHDRAWN in spec.sets or spec.name in _NO:
        left = _AFTER_NO - set(spec.clears)
        if left or F.WITHDRAWN not in spec.sets:
            told = f"Nach {step(process, spec.name)} stünde noch etwas, das auf dem Ja der Familie beruht"
            yield Finding("W2", told, among=_places(process, spec), then=spec.name)
    if spec.name == C.WITHDRAW_CONSENT_FOR and _AFTER_NO_FOR - set(spec.clears):
        told = f"Nach {step(process, spec.name)} stünde für diese Stelle noch etwas"
        yield Finding("W3", told, among=_places(process, spec), then=spec.name)


def _step_or_clock(process: Process, spec: CommandSpec) -> Iterator[Finding]:
    written = (*spec.sets, *spec.clears)
    if spec.name == C.FLAG_OVERDUE and written:
        told = f"{step(process, spec.name)} änderte, was über die Familie gilt"
        yield Finding("F4", told, among=_places(process, spec), then=spec.name)
    if spec.kind == STEP and any(not name.startswith(OWN) for name in written):
        told = f"Der eigene Schritt {step(process, spec.name)} schriebe, was ihm nicht zusteht"
        yield Finding("O1", told, among=_places(process, spec), then=spec.name)


def _lists_agree(process: Process) -> Iterator[Finding]:
    known = {fact.name for fact in process.facts}
    sets: dict[str, set[str]] = {name: set() for name in known}
    clears: dict[str, set[str]] = {name: set() for name in known}
    for spec in process.commands.values():
        for name in spec.sets:
            sets.setdefault(name.replace(":R", ":r"), set()).add(spec.name)
        for name in spec.clears:
            clears.setdefault(name.replace(":R", ":r"), set()).add(spec.name)
    for fact in process.facts:
        for written, allowed, verb in (
            (sets[fact.name], fact.set_by, "setzt"),
            (clears[fact.name], fact.cleared_by, "löscht"),
        ):
            for command in sorted(written ^ allowed):
                does = "" if command in written else "nicht mehr "
                told = f"{step(process, command)} {verb} {does}‚{process.label(fact.name)}‘"
                where = _places(process, process.commands[command]) if command in process.commands else ()
                yield Finding("O1", told, among=where, then=command if where else None)
        if fact.name == F.BY_PARTNER and (clears[fact.name] or sets[fact.name] != _ORIGIN):
            yield Finding("O1", "Die Herkunft einer Meldung stünde nicht mehr mit dem Eingang fest")


def _places(process: Process, spec: CommandSpec) -> tuple[tuple[str, tuple[int, int]], ...]:
    return tuple((state, (0, 0)) for row in process.rows if row.command == spec.name for state in row.states)
