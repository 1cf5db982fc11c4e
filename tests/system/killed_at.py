"""Runs `lotse` and kills it (SIGKILL) at chosen events, then runs it again to its end; a folder for each.

    python -m tests.system.killed_at FOLDER 17,80,200 import liste.csv

kills at the 17th event with `--dir FOLDER/17`, and so on; at 0 it only runs to its end, and at -17 nothing is run
after the kill. An event is a statement the SQLite library is about to run (each row of many, each BEGIN and COMMIT),
or a file about to be made, moved or written; what commands import is loaded before, so that their work is killed.
Prints as JSON how each second run ended and how many events it had.
"""

import json
import os
import signal
import sqlite3
import sys

from sqlalchemy import Engine, event

from adapters.cli.main import run
from tests.warm_template import everyday, load

_FILES = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.chmod"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Countdown:
    """Counts events and kills this process at the one chosen."""

    def __init__(self) -> None:
        self.chosen = self.count = 0

    def tick(self, _statement: str = "") -> None:
        self.count += 1
        if self.count == self.chosen:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(self, what: str, arguments: tuple[object, ...]) -> None:
        """An audit event of the interpreter."""
        if what in _FILES and (what != "open" or (isinstance(arguments[2], int) and arguments[2] & _WRITING)):
            self.tick()


def in_a_child(countdown: Countdown, chosen: int, words: list[str]) -> tuple[int, int]:
    """Run in a forked process: its exit code (negative: the signal) and how many events it had."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        countdown.chosen, countdown.count = chosen, 0
        code = run(words)
        os.write(writing, str(countdown.count).encode())
        sys.stdout.flush()
        os._exit(code)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    count = int(os.read(reading, 20) or 0)
    os.close(reading)
    return os.waitstatus_to_exitcode(status), count


def main(base: str, moments: str, *words: str) -> None:
    """Kill, run again, tell."""
    load(everyday())
    countdown = Countdown()

    @event.listens_for(Engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(countdown.tick)

    sys.addaudithook(countdown.heard)
    told = {}
    for moment in map(int, moments.split(",")):
        whole = [*words, "--dir", f"{base}/{moment}"]
        killed = in_a_child(countdown, abs(moment), whole)[0] if moment else 0
        code, count = in_a_child(countdown, 0, whole) if moment >= 0 else (killed, 0)
        told[moment] = {"killed": killed == -signal.SIGKILL, "code": code, "events": count}
    print(json.dumps(told), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
