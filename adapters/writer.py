"""The combining writer: whoever waits to write shares one transaction and one COMMIT, and is answered after it.

A store takes one commit at a time, and a disk a millisecond and more for each; so jobs that wait are done together,
each judged by itself, at most `at_once` in one transaction. Who comes while nobody writes does so at once, in their own
thread. What a job does knows nothing of it. `tests/contracts/test_writer.py` and `test_writer_fails.py` prove that the
outcome is the one of doing one after the other, whoever fails, dies or leaves in the middle.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from adapters.answers import Answer
from adapters.db.begin import anew
from adapters.db.work import SqlWork
from adapters.writer_batch import Batch, CutOff, NotWritten, W, Waiting
from adapters.writer_counts import Counts
from workflow.carried_out import carried_out
from workflow.office import Office
from workflow.perform import Done, Request, perform, tries_of

AT_ONCE = 64
WAITING = 1024

T = TypeVar("T")


class QueueFull(NotWritten):
    """Too many are waiting already."""

    def __init__(self) -> None:
        super().__init__(
            "Gerade wollen zu viele zugleich speichern; davon ist nichts gespeichert. Nächster Schritt: in einem "
            "Augenblick noch einmal versuchen."
        )


class WriterClosed(NotWritten):
    """The program is about to end."""

    def __init__(self) -> None:
        super().__init__(
            "Das Programm wird gerade beendet; davon ist nichts gespeichert. Nächster Schritt: noch einmal versuchen, "
            "sobald es wieder läuft."
        )


class Combining(Generic[W]):
    """Writes for many, over units of work of any kind. `at_once` share a transaction, `most` may wait for one."""

    def __init__(
        self, open_work: Callable[[], W], office: Office, *, at_once: int = AT_ONCE, most: int = WAITING
    ) -> None:
        self._open_work = open_work
        self._office = office
        self._at_once = at_once
        self._most = most
        self._turn = threading.Lock()
        """Who holds it writes."""
        self._holder: int | None = None
        self._state = threading.Lock()
        """Guards what follows."""
        self._queue: deque[Waiting[W]] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        """A word for the thread that there is something to do. (A condition could keep its lock where a thread dies.)"""
        self._closed = False
        self._thread: threading.Thread | None = None
        self._batch: Batch[W] | None = None
        self.counts = Counts()

    @property
    def waiting(self) -> int:
        """How many jobs wait for their turn."""
        return len(self._queue)

    @property
    def writes(self) -> bool:
        """Whether it takes jobs, and those that wait have somebody alive who does them."""
        thread = self._thread
        return not self._closed and (not self._queue or (thread is not None and thread.is_alive()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Asking.

    def submit(self, request: Request) -> Answer[Done]:
        """Have one command performed and made durable; never waits. Raises QueueFull, WriterClosed at once.

        The future raises what `perform` raises, and NotWritten, UnknownOutcome or the store's own error. Cancelled
        before its turn, the command is not performed.
        """
        job = partial(perform, request, office=self._office)
        return self._later(Waiting(job, tries_of(request), request.case))

    def run(self, job: Callable[[W], T], tries: int = 1, about: str | None = None) -> Answer[T]:
        """Have any other job done, which stages and never commits, and may be done anew; else as `submit`.

        With more `tries` it is done again where the commit met a conflict. `about` is the case it will look at, by id
        or number, where it is known.
        """
        return self._later(Waiting(job, tries, about))

    def do(self, job: Callable[[W], T], tries: int = 1) -> T:
        """Have a job done and wait for it: in this very thread where nobody writes. Raises what `submit` says.

        From a thread only: an event loop must not wait, and a job that asks for another would wait for itself.
        """
        if self._holder == threading.get_ident():
            raise RuntimeError("A job cannot wait for another one.")
        if _on_an_event_loop():
            raise RuntimeError(
                "An event loop cannot wait for a commit: await the future of `submit` or `run`."
            )
        with self._state:
            if self._closed:
                raise WriterClosed
            alone = not self._queue and self._turn.acquire(blocking=False)
            future = None if alone else self._put(Waiting(job, tries))
        if future is not None:
            answer: T = future.result()
            return answer
        try:
            self._holder = threading.get_ident()
            self.counts.batch(1, 0.0)
            return anew(partial(carried_out, job, self._open_work, tries))
        finally:
            self._holder = None
            self._turn.release()

    def close(self) -> None:
        """Finish what waits, and take nothing more."""
        with self._state:
            self._closed = True
            if self._queue:
                self._see_to_thread()
            self._wake.put(None)
        # One that dies leaves the rest to another.
        while (thread := self._thread) is not None:
            thread.join()
        with self._turn:
            pass

    def _later(self, waiting: Waiting[W]) -> Answer[Any]:
        with self._state:
            if self._closed:
                raise WriterClosed
            return self._put(waiting)

    def _put(self, waiting: Waiting[W]) -> Answer[Any]:
        if len(self._queue) >= self._most:
            self.counts.turned_away += 1
            raise QueueFull
        self._queue.append(waiting)
        self._see_to_thread()
        self._wake.put(None)
        return waiting.future

    # Writing.

    def _see_to_thread(self) -> None:
        """Have a thread that writes, also where the one before has died without a word."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._recover()
        thread = threading.Thread(target=self._serve, name="Schreiber", daemon=True)
        thread.start()
        self._thread = thread

    def _serve(self) -> None:
        try:
            while self._next():
                pass
        except BaseException:  # noqa: BLE001, S110 - a thread has nobody to raise to; those who wait are seen to
            pass
        finally:
            try:
                self._bury()
            except BaseException:  # noqa: BLE001 - the blow may have fallen just now
                self._bury()

    def _next(self) -> bool:
        """Wait for jobs and do a batch of them; whether to go on."""
        if not self._queue:
            if self._closed:
                return False
            self._wake.get()
            return True
        with self._turn:
            self._holder = threading.get_ident()
            try:
                with self._state:
                    self._batch = Batch(self._open_work, list(islice(self._queue, self._at_once)))
                    for _ in self._batch.jobs:
                        self._queue.popleft()
                    while not self._wake.empty():
                        self._wake.get()
                jobs = self._batch.jobs
                self.counts.batch(len(jobs), time.monotonic() - jobs[0].since)
                self._batch.carry_out()
                self._batch = None
            finally:
                self._holder = None
        return True

    def _recover(self) -> None:
        """Answer those over whom a thread has died, and let the others wait again, in front."""
        if self._batch is not None:
            left = self._batch.left_behind()
            self._queue.extendleft(each for each in reversed(left) if each not in self._queue)
            self._batch = None

    def _bury(self) -> None:
        """The thread ends; another takes over what is left."""
        with self._state:
            self._thread = None
            self._recover()
            if not self._queue:
                return
            try:
                self._see_to_thread()
            except RuntimeError:  # no more threads can be had
                while self._queue:
                    self._queue.popleft().answer(CutOff())


def _on_an_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Writer(Combining[SqlWork]):
    """The combining writer of one store in this process: `Writer(lotse.store.work, lotse.office)`."""
