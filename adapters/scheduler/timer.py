"""The rounds of all parts side by side, timed by APScheduler, which keeps nothing: each start begins anew.

A round that is late is made up for once, none overlaps its own next one, and one that hangs stops no other nor the end.
APScheduler waits for a time on the clock on the wall; where somebody sets that clock, every round begins at once instead
of hours later. Proven by `tests/scheduler/test_timer.py` and `tests/cli/test_serve.py`.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from adapters.scheduler.heartbeat import steady
from adapters.service import PATIENCE, Explain, Part, Tell, Trouble, one_round

LOOK = 0.5
"""How often, in seconds, it is looked whether the clock was set."""
MOVED = 2.0
"""So many seconds beyond the steady clock are no mere correction."""
logging.getLogger("apscheduler.scheduler").setLevel(
    logging.ERROR
)  # a turn passed over by a long round is no trouble


class Threads(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """A thread for each round; none of them keeps the program from ending."""

    def __init__(self) -> None:
        super().__init__()
        self._running: set[threading.Thread] = set()

    def _do_submit_job(self, job: Job, run_times: Sequence[datetime]) -> None:
        thread = threading.Thread(target=self._run, args=(job, run_times), name=job.name, daemon=True)
        self._running = {each for each in self._running if each.is_alive()} | {thread}
        thread.start()

    def _run(self, job: Job, run_times: Sequence[datetime]) -> None:
        events = run_job(job, "default", run_times, self._logger.name)
        self._run_job_success(job.id, events)

    def finish(self, within: float) -> None:
        """Let rounds that have begun come to their end, for so many seconds."""
        until = time.monotonic() + within
        for thread in self._running:
            thread.join(max(0.0, until - time.monotonic()))


def keep_all(
    parts: Sequence[Part],
    stop: threading.Event,
    tell: Tell,
    explain: Explain,
    wall: Callable[[], float] = time.time,
) -> None:
    """Do the rounds of all parts side by side until told to stop; a part in its round may finish it.

    `wall` gives the seconds of the clock that APScheduler goes by, for whoever watches over it.
    """
    threads = Threads()
    scheduler = BackgroundScheduler(
        executors={"default": threads},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        timezone=UTC,
    )
    for part in parts:
        rounds = partial(one_round, part, Trouble(part.name, tell), tell, explain)
        every = IntervalTrigger(seconds=part.every, timezone=UTC)
        scheduler.add_job(rounds, every, id=part.name, name=part.name, next_run_time=datetime.now(UTC))
    scheduler.start()
    ahead = wall() - steady()
    while not stop.wait(LOOK):
        before, ahead = ahead, wall() - steady()
        if abs(ahead - before) > MOVED:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
    scheduler.shutdown(wait=False)
    threads.finish(PATIENCE)
