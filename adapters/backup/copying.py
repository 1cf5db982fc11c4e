"""Copying a live database: one moment of it, while other programs go on reading and writing.

SQLite's own backup takes a few pages at a time and begins anew where somebody has written meanwhile; after some such
beginnings the rest is taken in one go, which writers wait for. Proven by `tests/system/test_backup_online.py`.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

STEP = 256
"""So many pages at a time: 1 MiB."""
_BEGINNINGS = 5
_WAIT = 0.005
_PATIENCE = 20


class _Busy(Exception):
    """Others write so much that copying in steps does not come to an end."""


def copy_online(source: Path, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy one consistent moment of the database into a file that is not there yet, as a single file.

    `progress` is called with pages done and pages in all. Raises sqlite3.Error.
    """
    with closing(connected(source)) as live, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous=OFF")
        try:
            live.backup(copy, pages=STEP, progress=_Watch(progress), sleep=_WAIT)
        except _Busy:
            live.backup(copy, pages=-1, sleep=_WAIT)
        copy.execute("PRAGMA journal_mode=DELETE")


def connected(path: Path) -> sqlite3.Connection:
    """Connect to a database that is there; nothing is made where it is not."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)
    connection.isolation_level = None
    try:
        for pragma in ("synchronous=FULL", "temp_store=MEMORY", "trusted_schema=OFF", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _Watch:
    """Follows a copy; raises where it has begun anew too often."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self._progress = progress
        self._left: int | None = None
        self._beginnings = 0

    def __call__(self, _status: int, left: int, whole: int) -> None:
        if self._left is not None and left > self._left:
            self._beginnings += 1
            if self._beginnings >= _BEGINNINGS:
                raise _Busy
        self._left = left
        if self._progress:
            self._progress(whole - left, whole)
