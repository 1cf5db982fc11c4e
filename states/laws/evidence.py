"""Laws on every reachable configuration: a state implies its evidence; nothing in the table is dead.

Who sees „Im Kontakt“ may rely on the family having been reached: the state proves what it says.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator

from states.bits import RECIPIENTS, Condition
from states.guard import Guard
from states.laws.finding import Finding
from states.laws.words import place, step
from states.process import STEP, Process
from states.space import Space
from states.vocabulary import OPEN, OURS
from states.vocabulary import State as S

_UNSUPPORTED = "!offered:R !handed:R"
_EVERYWHERE = (
    ("!consent | !withdrawn", "eine Einwilligung stünde neben einem Nein"),
    ("danger | !assessed !informed", "eine Einschätzung bliebe ohne Gefährdung stehen"),
    ("attempted | !reached", "die Familie wäre erreicht, ohne dass ein Versuch zählt"),
)
_EVIDENCE: dict[str, tuple[tuple[str, str], ...]] = {
    S.RECEIVED: (("!reached", "die Familie wäre schon erreicht"),),
    S.CONSENT_PENDING: (("!reached", "die Familie wäre schon erreicht"),),
    S.CONSENT_CHECKED: (("!withdrawn !reached", "die Einwilligung wäre nicht die, die geprüft wurde"),),
    S.IN_CONTACT: (("reached !withdrawn", "die Familie wäre nie erreicht worden oder hat Nein gesagt"),),
    S.HANDOVER_PROPOSED: (
        ("reached !withdrawn", "die Familie wäre nie erreicht worden oder hat Nein gesagt"),
        ("offered:*", "niemand wäre angefragt"),
    ),
    S.HANDED_OVER: (
        ("reached !withdrawn", "die Familie wäre nie erreicht worden oder hat Nein gesagt"),
        ("handed:*", "niemand begleitete die Familie"),
    ),
}
_ONLY_IN = (
    ("offered", (S.HANDOVER_PROPOSED,), "eine Übergabeanfrage bliebe offen"),
    ("handed", (S.HANDED_OVER, S.ESCALATED), "eine Begleitung liefe weiter"),
)


def evidence_findings(space: Space) -> Iterator[Finding]:
    """Check Z: in every reachable configuration the state implies its evidence."""
    process = space.process
    for state in process.states:
        heres = space.inside[space.index(state)]
        for conditions, saying in _demands(space, state):
            unproven = heres
            for mask, value in conditions:
                unproven = [here for here in unproven if here & mask != value]
            if unproven:
                told = f"In {place(process, state)} stünde der Fall zu Unrecht: {saying}"
                yield Finding("Z", told, at=unproven[0])


def _demands(space: Space, state: str) -> Iterator[tuple[list[Condition], str]]:
    bits, kin = space.bits, space.process.kin(state)
    for guard, saying in (*_EVERYWHERE, *_EVIDENCE.get(kin, ())):
        yield bits.conditions(Guard.parse(guard), None), saying
    if kin != S.ESCALATED:
        yield bits.conditions(Guard.parse("!receipt"), None), "eine Empfangsbestätigung gäbe es nur beim ASD"
        yield bits.conditions(Guard.parse("!asked"), None), "eine Rückfrage des ASD gäbe es nur beim ASD"
    for fact, states, saying in _ONLY_IN:
        mask = bits.of(f"{fact}:R", None)
        if kin not in states:
            yield [(mask, 0)], saying
        single = [bits.place[f"{fact}:{each}"] for each in RECIPIENTS]
        yield (
            [(mask, 0), *((mask, bit) for bit in single)],
            "zwei Stellen wären zugleich angefragt oder beauftragt",
        )


def liveness_findings(space: Space) -> Iterator[Finding]:
    """Check R (every state is reached) and N (no row is dead, every command has one).

    A right is stated for all states at once, so its row need only be possible in one of them.
    """
    process = space.process
    for state in process.states:
        if not space.inside[space.index(state)]:
            yield Finding("R", f"{place(process, state)} ist von keiner Meldung aus erreichbar")
    possible = {(id(move.row), move.state) for move in space.moves if space.fired[move.number]}
    for row in process.rows:
        dead = [state for state in row.states if (id(row), state) not in possible]
        a_right = bool(process.commands[row.command].right_of)
        if dead and (len(dead) == len(row.states) or not a_right):
            yield Finding("N", f"{step(process, row.command)} in {place(process, dead[0])} ist nie möglich")
    commanded = {row.command for row in process.rows}
    for spec in process.commands.values():
        if spec.name not in commanded:
            kind = "Der eigene Schritt" if spec.kind == STEP else "Der Schritt"
            yield Finding("N", f"{kind} {step(process, spec.name)} kommt in keiner Zeile vor")


def is_open(process: Process, state: str) -> bool:
    """Whether a case in this state is open."""
    return process.kin(state) in OPEN


def is_ours(process: Process, state: str) -> bool:
    """Whether a case in this state is in our hands: open, and not with the ASD."""
    return process.kin(state) in OURS
