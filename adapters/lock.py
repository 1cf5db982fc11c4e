"""One process at a time makes a store, or puts another in its place."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Wait until nobody else does; not to be entered twice by one process."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "lotse.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
