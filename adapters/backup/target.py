"""The file a backup grows into: under another name until it is whole and durable, and never over a file that is there.

What a crash has left of it (sealed, but useless) is removed by the next backup into the same folder.
"""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from adapters.backup.errors import BackupExists
from audit.durable import sync_folder

_PREFIX = ".lotse-backup-"
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


class Growing:
    """A file that grows beside its place; knows its size and SHA-256. `finish` puts it there, once."""

    def __init__(self, file: BinaryIO, path: Path, place: Path) -> None:
        self._file = file
        self._path = path
        self._place = place
        self._hash = sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Append."""
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hexadecimal."""
        return self._hash.hexdigest()

    def secure(self) -> None:
        """Make the content durable."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Give the file its name. Raises BackupExists where somebody has taken it meanwhile."""
        try:
            os.link(self._path, self._place)
        except FileExistsError:
            raise _taken(self._place) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._finish_without_links()
        sync_folder(self._place.parent)

    def _finish_without_links(self) -> None:
        """On a memory stick: take the name first, then let the file take its place."""
        try:
            os.close(os.open(self._place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise _taken(self._place) from None
        self._path.replace(self._place)


@contextmanager
def growing(place: Path) -> Iterator[Growing]:
    """Begin a file beside its place; what was not finished is gone afterwards. Raises BackupExists, OSError."""
    if place.exists() or place.is_symlink():
        raise _taken(place)
    _sweep(place.parent)
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield Growing(file, Path(name), place)
    finally:
        Path(name).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what nobody writes to any more."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink(missing_ok=True)


def _taken(place: Path) -> BackupExists:
    message = f"{place} gibt es schon; überschrieben wird nie. Nächster Schritt: einen anderen Namen nennen."
    return BackupExists(message)
