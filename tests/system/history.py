"""Judges a history of many writers in the manner of Jepsen: what they asked for and were told, beside what came out.

A writer asks, and is told ok, fail, or nothing (it was killed, the line was cut: nobody knows). What came out is one
order of entries. Each law says how the two must fit; all of them take n log n, so 100 000 operations are judged in
seconds. Nothing here knows of a database. `test_history.py` breaks each law once, and lets chance break them.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise


class Outcome(StrEnum):
    """What somebody was told."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Law(StrEnum):
    """What holds between what was told and what came out."""

    WINNER = "each version of a case has one winner, one after the other"
    KEPT = "what was acknowledged is there, once, as it was told"
    UNDONE = "what failed is not there"
    WHOLE = "what nobody knows of is there whole or not at all, and once"
    ASKED = "whatever is there, somebody asked for"
    ORDER = "what was answered before another was asked for stands before it"
    CAUSE = "who was told to be late was overtaken by somebody"
    PREFIX = "what was read is a beginning of what came out"
    FRESH = "a read shows what was answered before it, and nothing that was asked for after it"
    BACK = "a later read never shows less"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody asked for, under a name of its own. Times in nanoseconds of one clock.

    `answered` is None where nobody knows the outcome. `case` is None until told, for a step that begins a case;
    `seen` is the version it was to be done on (None: whatever stands), `version` the one it was told, of the last of
    its `parts`.
    """

    name: str
    asked: int
    outcome: Outcome = Outcome.UNKNOWN
    answered: int | None = None
    case: str | None = None
    seen: int | None = None
    version: int | None = None
    parts: int = 1
    late: bool = False
    """It failed because somebody else had been there before, so it was told."""


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody looked: how many entries there were, and a digest of all of them in their order."""

    asked: int
    answered: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A step as it came out: its place among all entries (from 0), by its name, on which case, to which version."""

    place: int
    name: str
    case: str
    version: int


@dataclass(frozen=True, slots=True)
class Order:
    """What came out in the end: the steps in their order, how many entries of any kind, digests of its beginnings.

    `before` are the versions that cases had when the history began.
    """

    entries: Sequence[Entry]
    size: int
    digests: Mapping[int, bytes]
    before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Breach:
    """A law that does not hold, and where."""

    law: Law
    says: str


def breaches(steps: Sequence[Step], reads: Sequence[Read], order: Order) -> Iterator[Breach]:
    """Every breach of every law."""
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in order.entries:
        by_name[entry.name].append(entry)
    yield from _winners(order)
    yield from _as_told(steps, by_name)
    yield from _in_real_time(steps, by_name, order)
    yield from _overtaken(steps, order)
    yield from _reads(steps, by_name, reads, order)


def _winners(order: Order) -> Iterator[Breach]:
    stands = dict(order.before)
    for one, other in pairwise(order.entries):
        if other.place <= one.place:
            yield Breach(Law.WINNER, f"{other.name} does not stand after {one.name}")
    for entry in order.entries:
        expected = stands.get(entry.case, 0) + 1
        if entry.version != expected:
            yield Breach(
                Law.WINNER,
                f"{entry.name} made version {entry.version} of {entry.case}, {expected} was next",
            )
        stands[entry.case] = max(entry.version, expected)


def _as_told(steps: Sequence[Step], by_name: Mapping[str, Sequence[Entry]]) -> Iterator[Breach]:
    for name, count in Counter(step.name for step in steps).items():
        if count > 1:
            yield Breach(Law.ASKED, f"{name} was asked for {count} times under one name")
    asked = {step.name for step in steps}
    for name in by_name:
        if name not in asked:
            yield Breach(Law.ASKED, f"{name} was asked for by nobody")
    for step in steps:
        found = by_name.get(step.name, ())
        if step.outcome is Outcome.FAIL and found:
            yield Breach(Law.UNDONE, f"{step.name} failed and is there {len(found)} times")
        elif step.outcome is Outcome.UNKNOWN and found and not _whole(step, found):
            yield Breach(Law.WHOLE, f"{step.name} has {step.parts} parts and is there with {len(found)}")
        elif step.outcome is Outcome.OK and not (_whole(step, found) and _where_told(step, found)):
            yield Breach(Law.KEPT, f"{step.name} was told version {step.version}, there is {list(found)}")


def _whole(step: Step, found: Sequence[Entry]) -> bool:
    """All of its parts, once, on one case, one after the other, and on the version it was to be done on."""
    if len(found) != step.parts or len({entry.case for entry in found}) != 1:
        return False
    if any(other.version != one.version + 1 for one, other in pairwise(found)):
        return False
    return step.seen is None or found[0].version == step.seen + 1


def _where_told(step: Step, found: Sequence[Entry]) -> bool:
    return (step.case, step.version) == (found[-1].case, found[-1].version)


def _in_real_time(
    steps: Sequence[Step], by_name: Mapping[str, Sequence[Entry]], order: Order
) -> Iterator[Breach]:
    known = {step.name: step for step in steps}
    latest: tuple[int, str] = (-1, "")
    for entry in order.entries:
        step = known.get(entry.name)
        if step is None or entry is not by_name[entry.name][0]:
            continue
        if step.answered is not None and step.answered < latest[0]:
            yield Breach(
                Law.ORDER, f"{step.name} was answered before {latest[1]} was asked for, and stands after it"
            )
        latest = max(latest, (step.asked, step.name))


def _overtaken(steps: Sequence[Step], order: Order) -> Iterator[Breach]:
    known = {step.name: step for step in steps}
    winner = {(entry.case, entry.version): known.get(entry.name) for entry in order.entries}
    for step in steps:
        if not step.late or step.seen is None or step.case is None:
            continue
        other = winner.get((step.case, step.seen + 1))
        if other is None or (step.answered is not None and other.asked > step.answered):
            yield Breach(
                Law.CAUSE,
                f"{step.name} was refused version {step.seen} of {step.case}, which nobody had changed",
            )


def _reads(
    steps: Sequence[Step], by_name: Mapping[str, Sequence[Entry]], reads: Sequence[Read], order: Order
) -> Iterator[Breach]:
    fresh = _Fresh(steps, by_name)
    for read in reads:
        if read.size > order.size or order.digests.get(read.size) != read.digest:
            yield Breach(Law.PREFIX, f"a read of {read.size} entries is no beginning of {order.size}")
        if fresh.needed(read.asked) > read.size:
            yield Breach(
                Law.FRESH,
                f"a read shows {read.size} entries, {fresh.needed(read.asked)} were answered before",
            )
        early = fresh.asked_within(read.size)
        if early > read.answered:
            yield Breach(Law.FRESH, f"a read of {read.size} entries shows what was asked for after it")
    yield from _never_back(reads)


class _Fresh:
    """How far the order had certainly come at a moment, and what the latest question in a beginning of it is."""

    def __init__(self, steps: Sequence[Step], by_name: Mapping[str, Sequence[Entry]]) -> None:
        there = [(step, by_name[step.name]) for step in steps if step.name in by_name]
        ends = sorted((step.answered, found[-1].place + 1) for step, found in there if step.answered)
        self._answered, self._needed = _running(ends)
        self._places, self._asked = _running(sorted((found[0].place, step.asked) for step, found in there))

    def needed(self, moment: int) -> int:
        """So many entries a read has to show that was asked for at this moment."""
        before = bisect_right(self._answered, moment - 1)
        return self._needed[before - 1] if before else 0

    def asked_within(self, size: int) -> int:
        """When the last of the first `size` entries was asked for."""
        before = bisect_right(self._places, size - 1)
        return self._asked[before - 1] if before else 0


def _running(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The firsts, and the greatest second up to each."""
    greatest, highest = [], 0
    for _, second in pairs:
        highest = max(highest, second)
        greatest.append(highest)
    return [first for first, _ in pairs], greatest


def _never_back(reads: Sequence[Read]) -> Iterator[Breach]:
    ends, highest = _running(sorted((read.answered, read.size) for read in reads))
    for read in reads:
        before = bisect_right(ends, read.asked - 1)
        if before and highest[before - 1] > read.size:
            yield Breach(Law.BACK, f"{highest[before - 1]} entries had been read, and then {read.size}")
