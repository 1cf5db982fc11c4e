"""Kills (SIGKILL) those who work in an office at random moments, again and again, and sets others in their places.

    python -m tests.system.killing OFFICE KILLS SEED [hasty]     (OFFICE: a pickled `grounds.Office`)

A fork server: this process has imported and prepared everything and holds nothing open, so a worker starts within
milliseconds. Two work beside each other, so that one always meets what another has left; half of them write through
the combining writer, from several threads. Who follows a killed one asks again for what that one was never told.
After some kills it is looked, at a glance, whether what was acknowledged is there. Prints what happened as JSON.
"""

import json
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NoReturn

from adapters.db.work import SqlWork
from adapters.writer import Writer
from audit.tree import Frontier, leaf_hash
from tests.opened import ALL
from tests.system.forked import forked, prepare
from tests.system.grounds import Office
from tests.system.hands import Bounds, Hand, bounds_of
from tests.system.witness import Asked, Listening, Record, Witness
from workflow.perform import Done, perform

AT_ONCE = 2
GLANCE = 20
"""After so many kills somebody looks."""
THREADS = 3
LONGEST = 0.015
"""A worker that has opened the store is killed within so many seconds."""
PATIENCE = 60.0


@dataclass(slots=True)
class Seen:
    """How far the log was, when somebody last looked, and the versions that had been acknowledged by then."""

    frontier: Frontier
    versions: dict[str, int]


class Hasty(Hand):
    """One who says that it is done before it is durable: a fault put in by hand, for the tests of this test."""

    def _do(self, asked: Asked) -> Done:
        def too_early(work: SqlWork) -> Done:
            done = perform(self._request(asked, asked.name), work, self.lotse.office)
            self._witness.done(asked.name, done.case.id, done.version, repeated=done.repeated)
            time.sleep(LONGEST)
            return done

        return self.lotse.write(too_early)


def work(
    office: Office, bounds: Bounds, name: str, left: list[Asked], kind: type[Hand], *, together: bool
) -> None:
    """Open the store and work until killed; first what a killed one has left without an answer."""
    lotse = office.opened()
    witness = Witness(office.history)
    witness.works()
    hands = [kind(lotse, witness, bounds, f"{name}.{number}") for number in range(THREADS if together else 1)]
    if together:
        lotse.writer = Writer(lotse.store.work, lotse.office)
    hands[0].settle(left)
    in_threads(hands)


def in_threads(hands: Sequence[Hand], rest: float = 0) -> None:
    """Let each act for ever, the first in this thread, with so many seconds of rest between."""
    for hand in hands[1:]:
        threading.Thread(target=_for_ever, args=(hand, rest), daemon=True).start()
    _for_ever(hands[0], rest)


def _for_ever(hand: Hand, rest: float) -> NoReturn:
    while True:
        hand.act()
        time.sleep(rest)


def glance(office: Office, seen: Seen, record: Record) -> Seen:
    """Look whether what was acknowledged is there, and whether what is new in the log goes on from what was there."""
    promised = record.acknowledged()
    lotse = office.opened()
    with lotse.store.log_reader() as reader:
        head = reader.head()
        assert head is not None
        after = seen.frontier.size - 1 if seen.frontier.size else None
        leaves = [leaf_hash(raw) for _, raw, *_ in reader.rows(after, ALL)]
        frontier = seen.frontier.extend(leaves)
        assert (frontier.size, frontier.to_bytes()) == (head.size, head.frontier), "the log goes on"
    with lotse.store.work(reading=True) as reading:
        for case, version in promised.items():
            if seen.versions.get(case) != version:
                assert reading.case(case).version >= version, "what was acknowledged is there"
    lotse.store.engine.dispose()
    return Seen(frontier, promised)


class Killing:
    """The workers, and who kills them."""

    def __init__(self, office: Office, seed: str, hands: type[Hand] = Hand) -> None:
        self._office = office
        self._hands = hands
        self._bounds = bounds_of(office.cases, receipts=0.03)
        self._dice = Random(seed)  # noqa: S311 - dice, no secrets
        self._seed = seed
        self._heard = Listening(office.history)
        self._working: list[int] = []
        self._left: dict[int, list[Asked]] = {}
        self._count = 0
        self._seen = Seen(Frontier(), {})

    def run(self, kills: int) -> dict[str, float]:
        """Kill so many; give what there was to see. Nobody works on once it has ended, however it ends."""
        try:
            return self._run(kills)
        finally:
            for worker in self._left:
                os.kill(worker, signal.SIGKILL)

    def _run(self, kills: int) -> dict[str, float]:
        began, in_flight, at_work = time.monotonic(), 0, 0
        while len(self._working) < AT_ONCE:
            self._begin([])
        for number in range(1, kills + 1):
            victim = self._working.pop(self._dice.randrange(AT_ONCE))
            if self._dice.random() < 0.8:
                self._wait_for(victim)
            time.sleep(self._dice.uniform(0, LONGEST))
            left = self._kill(victim)
            in_flight += any(asked.by == victim for asked in left)
            at_work += victim in self._heard.record.works
            self._begin(left)
            if number % GLANCE == 0:
                self._look()
        self._end()
        spent = time.monotonic() - began
        record = self._heard.listen()
        return {
            "kills": kills,
            "at_work": at_work,
            "in_flight": in_flight,
            "repeated": record.repeated,
            "anew": record.anew,
            "torn": record.torn,
            "ms": round(1000 * spent / kills, 1),
        }

    def _begin(self, left: list[Asked]) -> None:
        self._count += 1
        together = self._dice.random() < 0.5
        name = f"{self._seed}.{self._count}"
        child = forked(lambda: work(self._office, self._bounds, name, left, self._hands, together=together))
        self._working.append(child)
        self._left[child] = left

    def _wait_for(self, worker: int) -> None:
        until = time.monotonic() + PATIENCE
        while worker not in self._heard.listen().works:
            assert time.monotonic() < until, "a worker opens the store"
            time.sleep(0.001)

    def _kill(self, worker: int) -> list[Asked]:
        os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "a worker never ends by itself"
        given = {asked.name for asked in self._left.pop(worker)}
        return [
            asked for asked in self._heard.listen().open.values() if asked.by == worker or asked.name in given
        ]

    def _look(self) -> None:
        """Somebody else looks, for this process opens nothing."""
        record = self._heard.listen()
        reading, writing = os.pipe()
        child = forked(lambda: _send(writing, glance(self._office, self._seen, record)))
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        assert status == 0, "what was acknowledged is there"
        self._seen = pickle.loads(told)  # noqa: S301 - our own child's words

    def _end(self) -> None:
        while self._working:
            self._kill(self._working.pop())


def _send(pipe: int, seen: Seen) -> None:
    with os.fdopen(pipe, "wb") as file:
        pickle.dump(seen, file)


def main(office: str, kills: str, seed: str, hasty: str = "") -> None:
    """Kill, tell."""
    given = pickle.loads(Path(office).read_bytes())  # noqa: S301 - the test's own
    prepare(given)
    print(json.dumps(Killing(given, seed, Hasty if hasty else Hand).run(int(kills))))


if __name__ == "__main__":
    main(*sys.argv[1:])
