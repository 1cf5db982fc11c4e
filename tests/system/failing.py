"""Runs `lotse` on a disk that fails at a chosen call; preloaded with `disk.c`, and forked for each run from one process.

    python -m tests.system.failing < JOBS        (a line of JSON each, as `Job` has it)

A job is a command line on a folder, or a working day of one program that lives on: a step, one at which the disk
fails, two more, a signature (see `live_on`). Prints a line of JSON for each: how it ended, and how many calls it made.
"""

import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from adapters.bootstrap import open_lotse
from adapters.cli.main import run
from adapters.settings import read_settings
from states.vocabulary import Command
from tests.people import WORKER
from tests.system.busy_office import NOW, Office
from tests.system.diary import Faults, Kind


@dataclass(frozen=True, slots=True)
class Job:
    """One run. At the call `number` of its kind (counted from 1; 0: never) the disk says `error` (0: killed there)."""

    folder: str
    words: tuple[str, ...] = ()
    kind: int = Kind.SYNCS
    number: int = 0
    error: int = 5
    diary: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended: exit code (negative: the signal), stderr, and how many syncs, writes and calls in all there were."""

    code: int
    err: str = ""
    syncs: int = 0
    writes: int = 0
    calls: int = 0


def live_on(job: Job, faults: Faults) -> None:
    """A program that goes on after its disk has failed; every step that succeeds is promised."""
    folder = Path(job.folder)
    faults.fail(Kind(job.kind), 0)
    lotse = open_lotse(read_settings(folder), lambda: NOW)
    office = Office(folder, lotse)
    case = office.do(None, Command.RECEIVE_CONSENT)
    faults.fail(Kind(job.kind), job.number, job.error)
    with suppress(Exception):  # whatever it is, it must have said nothing wrong
        office.do(case, Command.NOTE)
    faults.fail(Kind(job.kind), 0)
    for _ in range(2):
        office.do(None, Command.RECEIVE_CONSENT, WORKER)
    office.sign()
    lotse.store.engine.dispose()


def act(job: Job, faults: Faults) -> Told:
    """Run the job in this process."""
    out, err = StringIO(), StringIO()
    faults.under(Path(job.folder), Path(job.diary) if job.diary else None)
    faults.fail(Kind(job.kind), job.number, job.error)
    with redirect_stdout(out), redirect_stderr(err):
        if job.words:
            code = run([*job.words, "--dir", job.folder])
        else:
            live_on(job, faults)
            code = 0
    counts = [faults.count(kind) for kind in Kind]
    return Told(code, err.getvalue(), *counts)


def in_a_child(job: Job, faults: Faults) -> Told:
    """Run the job in a forked process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        told = act(job, faults)
        os.write(writing, json.dumps(asdict(told)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Told(**json.loads(said)) if said else Told(code)


def main() -> None:
    """Run every job that comes in."""
    faults = Faults()
    for line in sys.stdin:
        job = Job(**json.loads(line))
        print(json.dumps(asdict(in_a_child(job, faults))), flush=True)


if __name__ == "__main__":
    main()
