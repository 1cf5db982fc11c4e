"""A disk of a few megabytes, real and in memory: it can be filled up, made read-only, and given room again."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lacking import lacking
from tests.postgres_server import memory

FILLER = "filler"


class SmallDisk:
    """A mounted tmpfs."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self, leave: int = 0) -> None:
        """Leave so many bytes free."""
        room = shutil.disk_usage(self.place).free - leave
        with (self.place / FILLER).open("wb") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(room, 1))

    def make_room(self) -> None:
        """Take away what fills it."""
        (self.place / FILLER).unlink()

    def read_only(self, *, on: bool) -> None:
        """Let nobody write on it, or let everybody again; nothing may be open for writing."""
        _run("mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.place))


@contextmanager
def a_small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """A disk of this size; only root can bring one about."""
    if os.geteuid() != 0:
        lacking("only root can mount; tests/system/test_failing_disk.py lets the disk fail for everybody")
    place = Path(tempfile.mkdtemp(prefix="lotse-small-", dir=memory()))
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "lotse-small", str(place))
    except subprocess.CalledProcessError:
        place.rmdir()
        lacking("this root may not mount")
    try:
        yield SmallDisk(place)
    finally:
        _run("umount", "--lazy", str(place))
        place.rmdir()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)
