"""Work that takes its time, in threads of its own kind: a slow provider or many passwords leave the others theirs.

Whoever comes when too many wait already is told so at once. Proven by `tests/api/test_apart.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from adapters.api.problems import ApiProblem, Trouble

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Apart:
    """Threads of one kind; so many may wait for them."""

    threads: CapacityLimiter
    waiting: int

    async def run(self, work: Callable[[], T]) -> T:
        """Do it in one of them. Raises ApiProblem (503) where too many wait."""
        if self.threads.statistics().tasks_waiting >= self.waiting:
            raise ApiProblem(Trouble.BUSY)
        return await run_sync(work, limiter=self.threads)


PASSWORDS = Apart(CapacityLimiter(4), 60)
"""Passwords: two are computed at a time, and their account is looked up before."""
ELSEWHERE = Apart(CapacityLimiter(4), 20)
"""The identity provider, who may be slow."""
READINESS = Apart(CapacityLimiter(2), 20)
"""Whether the store can be read, for whoever watches."""
