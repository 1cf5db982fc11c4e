"""Verifying with several processes: each judges ranges of 65 536 entries, this one takes the answers in order.

The answers do not depend on who judged a range, so the first fault is the same one. A process that dies costs time
and nothing else: what it did not answer, this one judges itself. `tests/audit/test_stretch.py`,
`tests/system/test_verify_processes.py`.
"""

import os
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from adapters.settings import PASSPHRASE, Settings
from audit.keys import KeyRing
from audit.page import Question
from audit.sources import Log, Snapshot, Stretches, full_pages, own_stretches
from audit.stretch import Stretch

RANGE = 65_536
"""Entries that one process judges at a time."""
MOST = 8
_TIME = slice(16, 24)
_ALONE = "Die anderen Prozesse antworten nicht; einer prüft allein weiter. Das Ergebnis ist dasselbe, es dauert länger."
_TYPED = "Die Passphrase wurde eingetippt und bleibt in diesem Prozess: Einer prüft allein."


@dataclass(frozen=True, slots=True)
class Task:
    """One range: from entry `start` on, of this incarnation (None: the present one)."""

    number: int | None
    start: int
    length: int
    question: Question


def nothing_said(_sentence: str) -> None:
    """Nobody listens."""


def stretches_for(
    settings: Settings, entries: int, jobs: int | None = None, say: Callable[[str], None] = nothing_said
) -> Stretches:
    """Give as many processes as there are cores (or `jobs`), where the log is long enough for them to pay.

    Keys under a passphrase that somebody typed stay in this process, and so does the work; that, and where processes
    do not answer, is told to `say`.
    """
    typed = settings.key_provider == PASSPHRASE and settings.passphrase is None
    count = min(jobs or cores(), MOST)
    if typed and (jobs or 1) > 1:
        say(_TYPED)
    if typed or count < 2 or (jobs is None and entries < 2 * RANGE):  # noqa: PLR2004 - one process is this one
        return own_stretches
    return Processes(settings, count, say=say).stretches


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Processes:
    """So many processes over the store of these settings; `length` entries are a range (a multiple of a page)."""

    settings: Settings
    count: int
    length: int = RANGE
    say: Callable[[str], None] = nothing_said

    def stretches(self, log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        """Give the full pages of a log in ranges; see `audit.sources.Stretches`."""
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - 30 ms, only where a log is long
        from multiprocessing import get_context  # noqa: PLC0415 - the same

        pool = ProcessPoolExecutor(
            self.count, mp_context=get_context("spawn"), initializer=_begin, initargs=(self.settings,)
        )
        done = before_ms = 0
        try:
            for stretch in self._answers(pool, log, question):
                if stretch.tree.size or stretch.fault:
                    yield stretch
                done, before_ms = stretch.end, stretch.last_ms
                if stretch.fault or stretch.tree.size < self.length:
                    return
        except Exception:  # noqa: BLE001 - whatever kept a process from answering, this one judges the rest
            self.say(_ALONE)
            yield from full_pages(log.snapshot, question, keys, done, before_ms)
        finally:
            pool.shutdown(cancel_futures=True)

    def _answers(self, pool: Any, log: Log, question: Question) -> Generator[Stretch, None, None]:  # noqa: ANN401 - an executor, whose type is not imported
        """Give the answers in order, while a few more are being worked on."""
        waiting: deque[Any] = deque()
        start = 0
        while True:
            while len(waiting) <= self.count:
                waiting.append(pool.submit(judge, Task(log.number, start, self.length, question)))
                start += self.length
            yield waiting.popleft().result()


class _Room:
    """What a process keeps between ranges: the store it reads and the keys it reads with."""

    settings: Any = None
    store: Any = None


def _begin(settings: Settings) -> None:
    """Make room in a process of its own, which leaves Ctrl-C to the one that began it."""
    import signal  # noqa: PLC0415 - only in a process of its own

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Room.settings = settings


def _store() -> Any:  # noqa: ANN401 - a store, whose module is imported only in a process of its own
    """Open the store once; what keeps it from opening is for the process that asked to meet and to say."""
    from adapters.db.place import place_of  # noqa: PLC0415 - only in a process of its own
    from adapters.db.store import Store  # noqa: PLC0415 - the same
    from adapters.keys.choose import open_keys  # noqa: PLC0415 - the same

    if _Room.store is None:
        place = place_of(_Room.settings)
        if not place.exists():
            raise FileNotFoundError(place.shown)
        _Room.store = Store.open(place.open(), open_keys(_Room.settings), lambda: 0, place.tenant)
    return _Room.store


def judge(task: Task) -> Stretch:
    """Judge one range, as far as it has full pages."""
    from adapters.verification import incarnation_reader, keys_of  # noqa: PLC0415 - only in a process of its own

    store = _store()
    snapshot = incarnation_reader(store, task.number)
    before_ms = _time_before(snapshot, task.start)
    found = Stretch(task.start, before_ms, before_ms)
    keys = keys_of(store) if task.question.keyed else None
    end = task.start + task.length
    for stretch in full_pages(snapshot, task.question, keys, task.start, before_ms, end):
        found.join(stretch)
    return found


def _time_before(snapshot: Snapshot, start: int) -> int:
    """Give the time of the entry before, as far as there is one; whether it is right, the range before says."""
    if not start:
        return 0
    with snapshot() as reader:
        rows = reader.rows(start - 2 if start > 1 else None, 1)
    raw = rows[0][1] if rows else b""
    return int.from_bytes(raw[_TIME]) if isinstance(raw, bytes) else 0
