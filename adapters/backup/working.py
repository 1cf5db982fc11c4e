"""A working place for databases that are being copied, checked or made ready: inside the data folder, 0700, emptied.

What lies there is as secret as the database itself, so it never lies anywhere else. Whoever works there holds a shared
lock; what a crash has left is removed by the next program that finds nobody working.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.lock import lock_file

PREFIX = ".working-"
_LOCK = "working.lock"


@contextmanager
def working_place(data: Path) -> Iterator[Path]:
    """Give an empty folder below the data folder, gone afterwards with all that is in it."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_file(data / _LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=data))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def sweep(data: Path) -> None:
    """Remove what a crash has left, unless somebody works there. Costs one listing of the folder."""
    if not left_in(data):
        return
    with lock_file(data / _LOCK) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for name in left_in(data):
            shutil.rmtree(data / name, ignore_errors=True)


def left_in(data: Path) -> list[str]:
    """The working folders that are there."""
    try:
        with os.scandir(data) as entries:
            return [entry.name for entry in entries if entry.name.startswith(PREFIX)]
    except FileNotFoundError:
        return []
