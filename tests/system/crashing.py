"""Crashes a PostgreSQL again and again under writers who live through it, and sees when they write again.

    python -m tests.system.crashing JOB        (a pickled `Job`)

Four processes write, half of them through the combining writer with several threads. A crash is `pg_ctl stop -m
immediate`, SIGKILL of the postmaster, of one of the processes that it has started, or of all; or the end of the primary,
whose standby takes over. Prints as JSON how many there were of each, and the seconds from each crash until something
asked for afterwards was acknowledged.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from adapters.db import postgres
from adapters.writer import Writer
from tests.postgres_server import Server
from tests.system.forked import forked, prepare
from tests.system.grounds import Office
from tests.system.hands import Bounds, Hand, bounds_of
from tests.system.killing import in_threads
from tests.system.program import ROOT, surroundings
from tests.system.witness import Listening, Witness

WRITERS = 4
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """Where, how often, and whether what PostgreSQL says of its durability is not asked for."""

    office: Office
    folder: Path
    port: int
    crashes: int
    seed: str
    pause: float = 0.15
    """They work undisturbed for at most so many seconds between two crashes."""
    rest: float = 0
    """So many seconds lie between what a hand does and what it does next."""
    careless: bool = False
    standby: Path | None = None
    """The folder of a standby: the one crash is then the end of the primary, and the standby takes over."""


def work(office: Office, bounds: Bounds, name: str, rest: float, *, together: bool) -> None:
    """Work until killed, whatever becomes of the server."""
    lotse = office.opened()
    witness = Witness(office.history)
    witness.works()
    if together:
        lotse.writer = Writer(lotse.store.work, lotse.office)
    hands = [Hand(lotse, witness, bounds, f"{name}.{number}") for number in range(3 if together else 1)]
    in_threads(hands, rest)


class Crashing:
    """The writers, and who crashes their server."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._server = Server(job.folder)
        self._server.port = job.port
        self._dice = Random(job.seed)  # noqa: S311 - dice, no secrets
        self._heard = Listening(job.office.history)
        self._ways = {
            "immediate": self._immediate,
            "postmaster": self._postmaster,
            "child": self._child,
            "all": self._all,
        }
        if job.standby is not None:
            self._ways = {"over": self._over}

    def run(self) -> dict[str, object]:
        """Crash so often; what there was to see. Nobody writes on once it has ended, however it ends."""
        names = [f"{self._job.seed}.{number}" for number in range(WRITERS)]
        writers: list[int] = []
        try:
            for number, name in enumerate(names):
                writers.append(self._begin(name, together=number % 2 == 1))
            return self._run(writers)
        finally:
            for writer in writers:
                os.kill(writer, signal.SIGKILL)
                os.waitpid(writer, 0)

    def _run(self, writers: Sequence[int]) -> dict[str, object]:
        while not self._heard.listen().works >= set(writers):
            time.sleep(0.01)
        self._until_written()
        ways: Counter[str] = Counter()
        again = []
        began = time.monotonic()
        for _ in range(self._job.crashes):
            time.sleep(self._dice.uniform(0, self._job.pause))
            way = self._dice.choice(list(self._ways))
            ways[way] += 1
            crashed = time.monotonic()
            self._ways[way]()
            self._until_written()
            again.append(time.monotonic() - crashed)
        spent = time.monotonic() - began
        assert os.waitpid(-1, os.WNOHANG) == (0, 0), "a writer never ends by itself"
        record = self._heard.listen()
        again.sort()
        return {
            "crashes": dict(ways),
            "repeated": record.repeated,
            "anew": record.anew,
            "seconds_each": round(spent / max(1, self._job.crashes), 2),
            "writing_again": [round(again[len(again) // 2], 2), round(again[-1], 2)] if again else [],
        }

    def _begin(self, name: str, *, together: bool) -> int:
        office, bounds = self._job.office, bounds_of(self._job.office.cases, receipts=0.03)
        return forked(lambda: work(office, bounds, name, self._job.rest, together=together))

    def _immediate(self) -> None:
        self._server.stop("immediate")
        self._start()

    def _postmaster(self) -> None:
        os.kill(self._server.pid, signal.SIGKILL)
        self._start()

    def _all(self) -> None:
        self._server.kill()
        self._start()

    def _over(self) -> None:
        """The primary dies with its machine, the standby is promoted."""
        assert self._job.standby is not None
        second = Server(self._job.standby)
        self._server.kill()
        second.program("pg_ctl", f"--pgdata={second.data}", "--wait", "promote")

    def _child(self) -> None:
        """The postmaster then ends all others, and recovers by itself."""
        boss = self._server.pid
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            children = Path(f"/proc/{boss}/task/{boss}/children").read_text().split()
            os.kill(int(self._dice.choice(children)), signal.SIGKILL)

    def _start(self) -> None:
        """Start it; what the crash has left may hold it up for a moment."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._server.start()
            except subprocess.CalledProcessError:
                assert time.monotonic() < until, "PostgreSQL starts again"
                time.sleep(0.05)
            else:
                return

    def _until_written(self) -> None:
        """Wait until something that is asked for from now on is acknowledged."""
        now, until = time.monotonic_ns(), time.monotonic() + PATIENCE
        while self._heard.listen().latest < now:
            assert time.monotonic() < until, "somebody writes again"
            time.sleep(0.005)


def crashed(job: Job, *more: str, program: str = "crashing") -> dict[str, Any]:
    """Let a server be crashed by a process of its own; what there was to see."""
    given = job.office.settings.data.parent / "job"
    given.write_bytes(pickle.dumps(job))
    words = [sys.executable, "-m", f"tests.system.{program}", str(given), *more]
    done = subprocess.run(words, cwd=ROOT, env=surroundings(), capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main(place: str) -> None:
    """Crash, tell."""
    job = pickle.loads(Path(place).read_bytes())  # noqa: S301 - the test's own
    if job.careless:
        patch.object(postgres, "_durable", lambda _connection: None).start()
    prepare(job.office)
    print(json.dumps(Crashing(job).run()))


if __name__ == "__main__":
    main(*sys.argv[1:])
