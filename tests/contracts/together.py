"""A combining writer over a world's store, and the way to have jobs wait for it so that they share one transaction."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from adapters.db.memory import MemoryWork
from adapters.db.work import SqlWork
from adapters.writer import Combining
from tests.world import World

AWork = MemoryWork | SqlWork
AWriter = Combining[Any]
PATIENCE = 60.0
"""Nobody waits longer, in seconds: who hangs, fails."""


def a_writer(world: World, open_work: Callable[[], Any] | None = None, **bounds: int) -> AWriter:
    """A writer over the world's store."""
    return Combining(open_work or world.work, world.office, **bounds)


@contextmanager
def waiting(writer: AWriter) -> Iterator[None]:
    """Somebody writes meanwhile: what is asked for in this block waits, and is then done together."""
    with writer._turn:
        yield


def outcome(future: "Future[Any]") -> Any:  # noqa: ANN401 - what a job gave, or the error
    """What became of it, an error as it is."""
    error = future.exception(timeout=PATIENCE)
    return future.result() if error is None else error


def outcomes(futures: "list[Future[Any]]") -> list[Any]:
    """What became of each."""
    return [outcome(future) for future in futures]
