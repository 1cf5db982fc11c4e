"""Verifying with several processes: each judges ranges of 8192 entries, this one too, and takes the answers in order.

The answers do not depend on who judged a range, so the first fault is the same one. A process that dies costs time
and nothing else: what it did not answer, this one judges itself. `tests/audit/test_stretch.py`,
`tests/system/test_verify_processes.py`.
"""

import gc
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

from adapters.settings import PASSPHRASE, Settings
from audit.keys import KeyRing
from audit.page import Question
from audit.sources import Log, Snapshot, Stretches, full_pages, own_stretches
from audit.stretch import Stretch
from audit.unseal import Bodies

RANGE = 8192
"""Entries that one process judges at a time: few, so that all of them end at nearly the same moment."""
WORTH = 131_072
"""So many entries make up for starting a process."""
AHEAD = 16
"""So many ranges may be judged before the first of them is answered: another process takes a while to start."""
MOST = 8
GARBAGE = 20_000
"""So many new objects before garbage is looked for, in place of 700: starting makes much, and none of it is garbage."""
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
    if typed or count < 2 or (jobs is None and entries < WORTH):  # noqa: PLR2004 - one process is this one
        return own_stretches
    return Processes(settings, count, say=say).stretches


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Processes:
    """So many processes, this one among them, over the store of these settings.

    `length` entries are a range: a power of two, and no less than a page.
    """

    settings: Settings
    count: int
    length: int = RANGE
    say: Callable[[str], None] = nothing_said

    def stretches(self, log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        """Give the full pages of a log in ranges; see `audit.sources.Stretches`."""
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - 30 ms, only where a log is long
        from multiprocessing import get_context  # noqa: PLC0415 - the same

        others = self.count - 1
        pool = ProcessPoolExecutor(
            others, mp_context=get_context("spawn"), initializer=_begin, initargs=(self.settings,)
        )
        done = before_ms = 0
        try:
            first = Task(log.number, 0, self.length, question)
            for stretch in _Shared(pool, others, first, _Judge(log.snapshot, keys)).answers():
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


class _Shared:
    """The ranges of one log: some are handed out ahead to other processes, and this one judges what is next."""

    def __init__(self, pool: Any, others: int, task: Task, own: Callable[[Task], Stretch]) -> None:  # noqa: ANN401 - an executor, whose type is not imported
        self._pool = pool
        self._others = others
        self._task = task
        self._own = own
        self._next = 0
        self._found: dict[int, Any] = {}
        """By the range's first entry: a stretch judged here, or what another process is going to answer."""

    def answers(self) -> Generator[Stretch, None, None]:
        """Give the answers in order; this process judges a range whenever there is none to be given."""
        first, ended = 0, False
        while True:
            while first in self._found and (ended or len(self._found) >= AHEAD or self._is_there(first)):
                found = self._found.pop(first)
                yield found if isinstance(found, Stretch) else found.result()
                first += self._task.length
            own = self._taken()
            while len(self._found) < AHEAD and self._under_way < 2 * self._others:
                task = self._taken()
                self._found[task.start] = self._pool.submit(judge, task)
            stretch = self._found[own.start] = self._own(own)
            ended = ended or stretch.tree.size < own.length

    def _taken(self) -> Task:
        """Take the next range."""
        task = replace(self._task, start=self._next)
        self._next += task.length
        return task

    @property
    def _under_way(self) -> int:
        """So many ranges are with other processes; each has the next one at hand when it is done with one."""
        return sum(not self._is_there(start) for start in self._found)

    def _is_there(self, start: int) -> bool:
        found = self._found[start]
        return isinstance(found, Stretch) or found.done()


class _Judge:
    """Judges ranges of one log; what it unwraps for one of them is at hand for the next."""

    def __init__(self, snapshot: Snapshot, keys: KeyRing | None) -> None:
        self._snapshot = snapshot
        self._keys = keys
        self._bodies: Bodies | None = None

    def __call__(self, task: Task) -> Stretch:
        """Judge one range, as far as it has full pages."""
        before_ms = _time_before(self._snapshot, task.start)
        found = Stretch(task.start, before_ms, before_ms)
        if self._keys is not None and self._bodies is None:
            with self._snapshot() as reader:
                self._bodies = Bodies(reader, self._keys, decrypt=task.question.decrypt)
        end = task.start + task.length
        pages = full_pages(
            self._snapshot, task.question, self._keys, task.start, before_ms, end, self._bodies
        )
        for stretch in pages:
            found.join(stretch)
        return found


class _Room:
    """What a process keeps between ranges, all of one log: the store it reads and the keys it reads with."""

    settings: Any = None
    judge: _Judge | None = None


def _begin(settings: Settings) -> None:
    """Make room in a process of its own, which leaves Ctrl-C to the one that began it."""
    import signal  # noqa: PLC0415 - only in a process of its own

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(GARBAGE)
    _Room.settings = settings


def judge(task: Task) -> Stretch:
    """Judge one range in a process of its own."""
    if _Room.judge is None:
        _Room.judge = _opened(task)
    return _Room.judge(task)


def _opened(task: Task) -> _Judge:
    """Open the store, once; what keeps it from opening is for the process that asked to meet and to say."""
    from adapters.db.place import place_of  # noqa: PLC0415 - only in a process of its own
    from adapters.db.store import Store  # noqa: PLC0415 - the same
    from adapters.keys.choose import open_keys  # noqa: PLC0415 - the same
    from adapters.verification import incarnation_reader, keys_of  # noqa: PLC0415 - the same

    place = place_of(_Room.settings)
    if not place.exists():
        raise FileNotFoundError(place.shown)
    store = Store.open(place.open(), open_keys(_Room.settings), lambda: 0, place.tenant)
    keys = keys_of(store) if task.question.keyed else None
    return _Judge(incarnation_reader(store, task.number), keys)


def _time_before(snapshot: Snapshot, start: int) -> int:
    """Give the time of the entry before, as far as there is one; whether it is right, the range before says."""
    if not start:
        return 0
    with snapshot() as reader:
        rows = reader.rows(start - 2 if start > 1 else None, 1)
    raw = rows[0][1] if rows else b""
    return int.from_bytes(raw[_TIME]) if isinstance(raw, bytes) else 0
