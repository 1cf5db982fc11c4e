"""One process at a time makes a store, or puts another in its place.

A lock is a file of its own name: a link put in its place is refused, whose target would otherwise be made.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workflow.errors import WorkflowError


class LockReplaced(WorkflowError):
    """An der Stelle einer Sperrdatei liegt etwas anderes."""


@contextmanager
def lock_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be locked, made where there is none. Raises LockReplaced, OSError."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_NOFOLLOW | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR):
            raise
        raise LockReplaced(
            f"{path} ist keine Sperrdatei, sondern ein Verweis oder Ordner. Nächster Schritt: nachsehen, wer das dort "
            "angelegt hat, und es entfernen."
        ) from None
    with os.fdopen(handle, "rb+", buffering=0) as file:
        yield file


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Wait until nobody else does; not to be entered twice by one process."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_file(data / "lotse.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
