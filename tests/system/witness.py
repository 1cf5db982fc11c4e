"""Writes down what each writer asks for and is told, as it happens, in a file that outlives whoever is killed.

A line is one write to a file opened for appending. A process that is killed in the middle of one leaves it torn: what
it was about to say nobody has heard, and the next line stands by itself, for each begins a new one. Times are those of
one clock of the machine (nanoseconds), the same for all its processes. `Record.history` gives what `history` judges.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.lotse import Lotse
from audit.tree import Frontier, leaf_hash
from tests.opened import ALL, opened
from tests.system.history import Breach, Entry, Order, Outcome, Read, Step, breaches
from workflow.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be known of a step to ask for it again just so."""

    name: str
    case: str | None
    seen: int | None
    parts: int
    by: int


class Witness:
    """The file, as one process writes it."""

    def __init__(self, place: Path) -> None:
        self._file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _say(self, **what: object) -> None:
        os.write(self._file, f"\n{json.dumps({**what, 'by': os.getpid()})}\n".encode())

    def works(self) -> None:
        """This process has opened the store."""
        self._say(say="works")

    def asks(self, name: str, case: str | None, seen: int | None, parts: int) -> None:
        """A step is about to be asked for, perhaps again."""
        self._say(say="asks", name=name, case=case, seen=seen, parts=parts, at=time.monotonic_ns())

    def done(self, name: str, case: str, version: int, *, repeated: bool) -> None:
        """It was acknowledged; `repeated`: it had been done before, and only the answer was new."""
        self._say(say="ok", name=name, case=case, version=version, repeated=repeated, at=time.monotonic_ns())

    def failed(self, name: str, error: BaseException) -> None:
        """It was not done, so it was told."""
        self._say(say="fail", name=name, error=type(error).__name__, at=time.monotonic_ns())

    def knows_nothing(self, name: str) -> None:
        """Whoever asked was told that nobody knows."""
        self._say(say="unknown", name=name)

    def read(self, asked: int, size: int, digest: bytes) -> None:
        """Somebody looked, from `asked` until now."""
        self._say(say="read", asked=asked, size=size, digest=digest.hex(), at=time.monotonic_ns())


@dataclass(slots=True)
class Record:
    """What the lines say, taken in as they come."""

    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    works: set[int] = field(default_factory=set)
    open: dict[str, Asked] = field(default_factory=dict)
    """What nobody has an answer to yet."""
    latest: int = 0
    """When the last step that was acknowledged was first asked for."""
    repeated: int = 0
    """So many answers came to a step that had landed although nobody had been told."""
    anew: int = 0
    """So many were done when they were asked for again: the first time nothing of them had been kept."""
    torn: int = 0
    """So many lines nobody has heard to their end."""
    _tries: dict[str, int] = field(default_factory=dict)

    def hear(self, raw: bytes) -> None:
        """Take in one line, if it is a whole one."""
        try:
            line = json.loads(raw)
        except ValueError:
            self.torn += 1
        else:
            self._take(line)

    def _take(self, line: Mapping[str, Any]) -> None:
        if line["say"] == "works":
            self.works.add(line["by"])
        elif line["say"] == "read":
            digest = bytes.fromhex(line["digest"])
            self.reads.append(Read(line["asked"], line["at"], line["size"], digest))
        elif line["say"] == "asks":
            name = line["name"]
            self._tries[name] = self._tries.get(name, 0) + 1
            self.steps.setdefault(name, {**line, "outcome": Outcome.UNKNOWN})
            self.open[name] = Asked(name, line["case"], line["seen"], line["parts"], line["by"])
        elif line["say"] != "unknown":
            self._answer(line)

    def _answer(self, line: Mapping[str, Any]) -> None:
        self.open.pop(line["name"], None)
        told = self.steps[line["name"]]
        told["outcome"], told["answered"] = Outcome(line["say"]), line["at"]
        told["late"] = line.get("error") == ConflictError.__name__
        if line["say"] == "ok":
            told["case"], told["version"] = line["case"], line["version"]
            self.latest = max(self.latest, told["at"])
            self.repeated += line["repeated"]
            self.anew += self._tries[line["name"]] > 1 and not line["repeated"]

    def history(self) -> list[Step]:
        """The steps, as they are judged."""
        return [
            Step(
                name,
                told["at"],
                told["outcome"],
                told.get("answered"),
                told["case"],
                told["seen"],
                told.get("version"),
                told["parts"],
                told.get("late", False),
            )
            for name, told in self.steps.items()
        ]

    def acknowledged(self) -> dict[str, int]:
        """The newest version of each case that anybody was told of."""
        newest: dict[str, int] = {}
        for told in self.steps.values():
            if told["outcome"] is Outcome.OK:
                newest[told["case"]] = max(newest.get(told["case"], 0), told["version"])
        return newest

    def count(self, outcome: Outcome) -> int:
        """How many steps ended so."""
        return sum(told["outcome"] is outcome for told in self.steps.values())


class Listening:
    """Follows the file while it grows."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._at = 0
        self.record = Record()

    def listen(self) -> Record:
        """Take in what was written since; a line that is not whole yet waits."""
        with self._place.open("rb") as file:
            file.seek(self._at)
            whole, _, _ = file.read().rpartition(b"\n")
        if whole:
            self._at += len(whole) + 1
            for line in filter(None, whole.split(b"\n")):
                self.record.hear(line)
        return self.record


def record_of(place: Path) -> Record:
    """All that was written down."""
    return Listening(place).listen()


def order_of(lotse: Lotse, reads: Iterable[Read], before: int) -> Order:
    """What came out: the log, opened; the steps after the first `before` entries, by the names written into them."""
    wanted = {read.size for read in reads}
    entries, stood, digests = [], {}, {0: Frontier().root()}
    with lotse.store.keys() as ring, lotse.store.log_reader() as reader:
        frontier = Frontier()
        for _, raw, *_ in reader.rows(None, ALL):
            frontier = frontier.append(leaf_hash(raw))
            if frontier.size in wanted:
                digests[frontier.size] = frontier.root()
        for place, entry in enumerate(opened(reader, ring)):
            if "version" not in entry.a or entry.a["outcome"] != "done":
                continue
            if place < before:
                stood[entry.a["case"]] = entry.a["version"]
            else:
                content = entry.b or {}
                name = str(content.get("text") or content.get("evidence"))
                entries.append(Entry(place, name, entry.a["case"], entry.a["version"]))
    return Order(entries, frontier.size, digests, stood)


def judged(lotse: Lotse, record: Record, before: int) -> Iterator[Breach]:
    """Hold what was written down against what came out."""
    order = order_of(lotse, record.reads, before)
    return breaches(record.history(), record.reads, order)
