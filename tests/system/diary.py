"""The diary of a disk: every call by which a program changed something below a folder, in the order of their effect.

`disk.c` writes it, preloaded into the program; it is compiled when first asked for. That nothing is missing is proven
by replaying it (`tests/system/test_power_cuts.py`).
"""

import atexit
import errno
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from tests.lacking import lacking

SOURCE = Path(__file__).with_name("disk.c")
_HEAD = struct.Struct("<IiiIQqqIIQ")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


class Call(IntEnum):
    """What a call did."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    UNLINK = 4
    RENAME = 5
    LINK = 6
    MKDIR = 7
    RMDIR = 8
    SYNC = 9
    FAILED = 10
    CHMOD = 11


class Kind(IntEnum):
    """Which calls a fault counts: fsync and fdatasync, whatever writes or names, or all of them."""

    SYNCS = 0
    WRITES = 1
    ANY = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One call. Paths are relative to the folder; `error` is what the disk said, to a sync or a call made to fail."""

    call: Call
    pid: int
    error: int
    mode: int
    inode: int
    offset: int
    length: int
    path: str
    to: str
    data: bytes = field(repr=False)


def read_diary(file: Path, folder: Path) -> Iterator[Line]:
    """Give the lines of a diary about that folder; a last line that was cut off is an error."""
    raw, at = file.read_bytes(), 0
    while at < len(raw):
        call, pid, error, mode, inode, offset, length, path, to, data = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        one, two, at = raw[at : at + path], raw[at + path : at + path + to], at + path + to
        names = _below(one, folder), _below(two, folder)
        yield Line(Call(call), pid, error, mode, inode, offset, length, *names, raw[at : at + data])
        at += data
    assert at == len(raw), "the diary is cut off"


def _below(path: bytes, folder: Path) -> str:
    return os.path.relpath(os.fsdecode(path), folder) if path else ""


@cache
def the_disk() -> Path:
    """The compiled library; the test is skipped, and says so, where there is no C compiler or no Linux."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        lacking("KEIN C-COMPILER: Stromausfälle und Fehler des Datenträgers sind hier NICHT geprüft")
    folder = Path(mkdtemp(prefix="lotse-disk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = folder / "disk.so"
    words = [compiler, "-O2", "-shared", "-fPIC", str(SOURCE), "-o", str(library), "-ldl", "-lpthread"]
    subprocess.run(words, check=True)
    return library


@contextmanager
def on_tmpfs() -> Iterator[Path]:
    """A folder in memory where there is a tmpfs, gone afterwards, without symbolic links in its path."""
    place = str(_SHARED_MEMORY) if os.access(_SHARED_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="lotse-disk-", dir=place) as folder:
        yield Path(folder).resolve()


class Faults:
    """The preloaded disk from inside the program, to be told when to fail."""

    def __init__(self) -> None:
        self._disk = CDLL(None)

    def under(self, folder: Path, diary: Path | None = None) -> None:
        """Watch this folder, from now on in this diary."""
        self._disk.disk_under(os.fsencode(folder))
        self._disk.disk_trace(os.fsencode(diary) if diary else b"")

    def fail(self, kind: Kind, number: int, error: int = errno.EIO) -> None:
        """Let the call of that number from now (counted from 1) fail; 0 as error kills the process there."""
        self._disk.disk_fail(int(kind), number, error)

    def count(self, kind: Kind) -> int:
        """How many calls there were since `fail`."""
        return int(self._disk.disk_count(int(kind)))
