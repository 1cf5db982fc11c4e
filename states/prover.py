"""The prover: walks every configuration of a process and holds it against every law, or refuses it.

Order: each row by itself under all valuations of the facts; then breadth-first over states and facts; then
the office's own ways, deadlines, loops and histories. Plain Python, no solver. Its own proof: the mutants of
tests/states/mutants.py, each refused or on a reviewed list.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from states.bits import Bits
from states.laws.deadlines import deadline_findings
from states.laws.evidence import evidence_findings, liveness_findings
from states.laws.facts import fact_findings
from states.laws.finding import LAWS, Finding
from states.laws.rights import right_findings
from states.laws.rows import row_findings
from states.laws.traces import trace_findings
from states.laws.ways import way_findings
from states.process import Process
from states.space import MOST, Move, Space, TooManyConfigurations

_EVERYWHERE: tuple[Callable[[Space], Iterator[Finding]], ...] = (
    evidence_findings,
    way_findings,
    deadline_findings,
    trace_findings,
    liveness_findings,
)
_RANK = {key: rank for rank, key in enumerate(LAWS)}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven: how many configurations, how many moves from one to another, in how many seconds."""

    process: str
    configurations: int
    moves: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Breach:
    """A law that does not hold.

    `sentence` says it all in German, with labels; `path` is the shortest way as command names (or `lapse`).
    """

    law: str
    reason: str
    sentence: str
    path: tuple[str, ...]


class Unlawful(ValueError):
    """The process breaks a law and is refused; `breaches` name each law once, the gravest first."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__(breaches[0].sentence)
        self.breaches = breaches


def prove(process: Process) -> Proof:
    """Prove that the process keeps every law. Raise Unlawful with one breach for each law that is broken."""
    began = time.perf_counter()
    space = Space(process)
    findings = list(local_findings(process, space.bits))
    try:
        space.explore()
    except TooManyConfigurations:
        too_many = Finding("X", f"Der Prozess hat mehr als {MOST:,} Lagen".replace(",", " "))
        raise Unlawful(_told(process, None, [*findings, too_many])) from None
    for law in _EVERYWHERE:
        findings += law(space)
    if findings:
        raise Unlawful(_told(process, space, findings))
    moves = sum(map(len, space.changing.values()))
    return Proof(process.name, len(space.configurations), moves, time.perf_counter() - began)


def local_findings(process: Process, bits: Bits) -> Iterator[Finding]:
    """Give the findings of the laws that need no exploring."""
    yield from row_findings(process, bits)
    yield from right_findings(process, bits)
    yield from fact_findings(process)


def local_breaches(process: Process) -> tuple[Breach, ...]:
    """Hold only rows, rights and facts against their laws, without exploring: cheap, and without a way."""
    return _told(process, None, local_findings(process, Bits(process)))


def first_finding(space: Space) -> Finding | None:
    """Give the first thing found wrong, local laws first; None where the process is lawful, which is then explored."""
    for finding in local_findings(space.process, space.bits):
        return finding
    try:
        space.explore()
    except TooManyConfigurations:
        return Finding("X", "")
    for law in _EVERYWHERE:
        for finding in law(space):
            return finding
    return None


def _told(process: Process, space: Space | None, findings: Iterable[Finding]) -> tuple[Breach, ...]:
    """Turn findings into breaches: for each law the one with the shortest way, laws in their order."""
    nearest: dict[str, tuple[int, Finding, tuple[Move, ...] | None]] = {}
    ways = _Ways(space)
    for finding in findings:
        way = ways.to(finding)
        length = 10_000 if way is None else len(way)
        if finding.law not in nearest or length < nearest[finding.law][0]:
            nearest[finding.law] = (length, finding, way)
    ordered = sorted(nearest.values(), key=lambda each: _RANK[each[1].law])
    return tuple(_breach(process, finding, way) for _, finding, way in ordered)


class _Ways:
    """Shortest ways to findings, in one explored space."""

    def __init__(self, space: Space | None) -> None:
        self.space = space

    def to(self, finding: Finding) -> tuple[Move, ...] | None:
        """Give the way; empty where the finding has none, None where it is never reached."""
        if finding.trail is not None:
            return finding.trail
        if self.space is None:
            return ()
        if finding.at is not None:
            return self.space.way(finding.at)
        return self._to_any_of(self.space, finding) if finding.among else ()

    @staticmethod
    def _to_any_of(space: Space, finding: Finding) -> tuple[Move, ...] | None:
        free = ~space.bits.judged
        wanted = [(space.index(state), mask & free, value & free) for state, (mask, value) in finding.among]
        for here in (space.start, *space.configurations):
            for index, mask, value in wanted:
                if here >> space.bits.width == index and here & mask == value:
                    return space.way(here)
        return None


def _breach(process: Process, finding: Finding, way: tuple[Move, ...] | None) -> Breach:
    law = LAWS[finding.law]
    path = tuple(move.command for move in way or ()) + ((finding.then,) if finding.then else ())
    reason = "eigene Regel" if law.reason == "own" else law.reason
    told = f"Abgelehnt ({law.key}, {reason}): {finding.saying}."
    if way is None:
        told += " Heute führt kein Weg dorthin, die Regel gilt trotzdem."
    elif path:
        names = (
            process.label(each) if each in process.commands else "Einwilligung läuft ab" for each in path
        )
        told += f" Kürzester Weg: {' → '.join(names)}."
    return Breach(law.key, law.reason, told, path)
