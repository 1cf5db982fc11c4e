"""Files that are there whole or not at all, and stay: written beside their place, synced, moved there in one step.

What the notary signed, the list of erasures, a swap under way and the keys are kept so. Proven by
`tests/audit/test_durable.py` (every failing call leaves the old file) and, with power cuts, by `tests/system`.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = 0o600


def put(path: Path, content: bytes) -> None:
    """Write a file, in the place of one of that name; readable to its owner alone. Raises OSError."""
    with grown(path, content) as growing:
        growing.replace(path)
    sync_folder(path.parent)


def make(path: Path, content: bytes, mode: int = OWNER) -> None:
    """Write a file that is not there yet. Raises FileExistsError where anything has that name, OSError."""
    with grown(path, content, mode) as growing:
        os.link(growing, path, follow_symlinks=False)
    sync_folder(path.parent)


def fill(path: Path, content: bytes, mode: int = OWNER) -> None:
    """Write a file that is not there yet under its own name, for a folder that nobody sees before it is moved.

    The folder is not synced. Raises FileExistsError, OSError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def remove(path: Path) -> None:
    """Remove a file, if it is there, so that it stays away."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def grown(path: Path, content: bytes, mode: int = OWNER) -> Iterator[Path]:
    """Give a durable file beside that place, named `.NAME-…`, to take the place; gone afterwards where it has not."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if mode != OWNER:
                os.fchmod(handle, mode)
            os.fsync(handle)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make the content of a file durable."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
