"""A process that has loaded the program and forks for each run; started and spoken to by `tests.warm` alone.

    python -m tests.warm_template SOCKET

It has one thread and opens nothing. The process of a run is forked twice, so that it becomes the child of the process
that asked; it then takes on everything a program is given at its start and goes the way of the installed script.
"""

import atexit
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, NoReturn

from adapters.cli import catalog, main
from tests.warm import CHARGE, STREAMS, Order
from workflow import calendar

_LOADED_LATE = (
    "adapters.bootstrap",
    "adapters.cli.calling",
    "adapters.cli.pages",
    "alembic.config",
    "alembic.command",
    "cologne_phonetics",
    "encodings.cp1252",
    "holidays",
    "phonenumbers.data.region_DE",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What the commands of every day load only where they get to it."""

_SERVER = ("adapters.api.app", "adapters.service_api", "adapters.service_parts", "structlog", "uvicorn")
"""What only the server loads: half as much again, when the first one is asked for."""


def load(names: Iterable[str]) -> None:
    """Import these, and put them where no collection of garbage touches them: they stay shared."""
    for name in names:
        import_module(name)
    gc.collect()
    gc.freeze()


def everyday() -> Iterator[str]:
    """What the commands import."""
    yield from (entry.place.partition(":")[0] for entry in catalog.ENTRIES)
    yield from _LOADED_LATE


def next_run(asked: socket.socket) -> Order | None:
    """Wait for orders; give one in the process that is to carry it out, or None once nobody can give any."""
    while True:
        said, streams, _, _ = socket.recv_fds(asked, CHARGE, STREAMS)
        if not said:
            return None
        order = Order(**json.loads(said))
        if order.words[1:2] == ["serve"]:
            load(_SERVER)
        between = os.fork()
        if not between:
            child = os.fork()
            if child:
                asked.send(str(child).encode())
                os._exit(0)
            asked.close()
            take_over(streams)
            return order
        for stream in streams:
            os.close(stream)
        os.waitpid(between, 0)
        asked.send(b"yours")


def take_over(streams: list[int]) -> None:
    """Put these files where a program has its streams, and make the streams as Python makes them at its start."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    sys.stdin = _stream(sys.stdin, "r")
    sys.stdout = _stream(sys.stdout, "w")
    sys.stderr = _stream(sys.stderr, "w", always=True)


def _stream(old: Any, mode: str, always: bool = False) -> io.TextIOWrapper:  # noqa: ANN401 - as sys.stdout is
    number = old.fileno()
    raw = open(number, f"{mode}b", closefd=False)  # noqa: SIM115 - a number, open to the end
    lines = always or os.isatty(number)
    return io.TextIOWrapper(raw, old.encoding, old.errors, newline="\n", line_buffering=lines)


def begin(order: Order) -> None:
    """Take on folder, mask, environment and words; from here on Ctrl-C arrives."""
    os.chdir(order.folder)
    os.umask(order.umask)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    sys.argv[:] = order.words
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def leave(code: int) -> NoReturn:
    """End as an interpreter ends, without taking apart what is shared (60 ms): threads, exits, streams; then nothing."""
    threading._shutdown()  # type: ignore[attr-defined]  # what an interpreter itself does at its end
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    load(everyday())
    calendar._germany()  # its own way of importing a module
    order = next_run(socket.socket(fileno=int(sys.argv[1])))
    if order:
        begin(order)
        leave(main.run())
