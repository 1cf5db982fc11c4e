"""A long day with everything that can go wrong, and one process in it that is watched, whether it grows.

    python -m tests.system.soaking JOB SECONDS       (JOB: a pickled `crashing.Job`)

Beside the watched one, which writes through the combining writer from several threads, others write and are killed; the
server is crashed in every way, and connections are ended under everybody. After each fault something is acknowledged
again, and then it is measured: memory, descriptors, connections. Prints the measurements as JSON.
"""

import json
import os
import pickle
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.system.crashing import Crashing, Job
from tests.system.forked import prepare

OTHERS = 2
_OURS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'lotse_test_app'"
_ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lotse_test_app'"


@dataclass(frozen=True, slots=True)
class Trend:
    """How something grows: what it is at first (after the first third) and what it gains in all, by regression.

    `noise` is twice the standard error of that gain; what lies within it is no growth.
    """

    first: float
    gain: float
    noise: float


def trend(times: Sequence[float], values: Sequence[float]) -> Trend:
    """The straight line through what was measured, without the first third, in which everything warms up."""
    start = len(times) // 3
    at, what = list(times[start:]), list(values[start:])
    span = at[-1] - at[0]
    slope, intercept = statistics.linear_regression(at, what)
    rest = sum((value - slope * moment - intercept) ** 2 for moment, value in zip(at, what, strict=True))
    spread = sum((moment - statistics.fmean(at)) ** 2 for moment in at)
    error = (rest / max(1, len(at) - 2) / spread) ** 0.5
    return Trend(round(intercept + slope * at[0], 1), round(slope * span, 2), round(2 * error * span, 2))


class Soak(Crashing):
    """The watched one, the others, and the faults."""

    def soak(self, seconds: float) -> dict[str, object]:
        """Let it go on for so long; what was measured."""
        watched = self._begin("watched", together=True)
        others = [self._begin(f"other {number}", together=False) for number in range(OTHERS)]
        while not self._heard.listen().works >= {watched, *others}:
            time.sleep(0.01)
        faults: Counter[str] = Counter()
        measured: list[tuple[float, ...]] = []
        began = time.monotonic()
        while time.monotonic() < began + seconds or len(measured) < 9:
            time.sleep(self._dice.uniform(0, self._job.pause))
            fault = self._dice.choice([*self._ways, "ended", "ended", "killed", "killed"])
            faults[fault] += 1
            if fault == "killed":
                self._end(others.pop(0))
                others.append(self._begin(f"other {OTHERS + faults[fault]}", together=False))
            elif fault == "ended":
                self._ask(_ENDED)
            else:
                self._ways[fault]()
            self._until_written()
            measured.append((time.monotonic() - began, *self._measured(watched)))
        for worker in (watched, *others):
            self._end(worker)
        times = [each[0] for each in measured]
        names = ("memory_mb", "descriptors", "connections")
        return {
            "seconds": round(times[-1]),
            "faults": dict(faults),
            "done": len(self._heard.listen().steps),
            **{
                name: [*_told(trend(times, [each[number] for each in measured]))]
                for number, name in enumerate(names, start=1)
            },
        }

    def _end(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)

    def _ask(self, question: str) -> int:
        until = time.monotonic() + 60
        while True:
            try:
                with psycopg.connect(self._server.url(), autocommit=True) as connection:
                    row = connection.execute(question.encode()).fetchone()
            except psycopg.OperationalError:  # it recovers
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                return int(row[0]) if row else 0

    def _measured(self, process: int) -> tuple[float, int, int]:
        """Megabytes in memory and open descriptors of the process, and connections of everybody."""
        place = Path(f"/proc/{process}")
        pages = int((place / "statm").read_text().split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return memory, len(list((place / "fd").iterdir())), self._ask(_OURS)


def _told(found: Trend) -> tuple[float, float, float]:
    return found.first, found.gain, found.noise


def main(place: str, seconds: str) -> None:
    """Soak, tell."""
    job: Job = pickle.loads(Path(place).read_bytes())  # noqa: S301 - the test's own
    prepare(job.office)
    print(json.dumps(Soak(job).soak(float(seconds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
