"""The heartbeat: when each job of the scheduler last began and ended, so that its silence is noticed.

By two clocks: the one on the wall, which somebody may set, and one that counts since the machine was started. What the
first has moved beyond the second is a jump, and it is told; only a clock that stood steady for a day destroys anything.
One row a job, however many schedulers there are. Proven in `tests/scheduler/test_heartbeat.py`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.db import heartbeat_statements as sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from adapters.db.work import SqlWork

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
JUMP = MINUTE
"""Milliseconds: what the clock moves by less than this is no jump."""
SILENCE = 2 * DAY
"""After so long without a round it is not known whether the clock stood steady."""
LATE = 5 * MINUTE
"""A sweep that is older is told; so is what should have been flagged so long ago."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks, in milliseconds, and the name of the run of the machine that the steady one belongs to."""

    wall: Callable[[], int]
    steady: Callable[[], int]
    boot: str


def steady() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def clocks_of_this_machine(wall: Callable[[], int]) -> Clocks:
    """The clocks here; containers of one machine share the steady one."""
    return Clocks(wall, lambda: int(steady() * 1000), _boot())


@cache
def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip().replace("-", "")[:32]
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How it stands with one job. `…_at` are Unix milliseconds, `…_mono` milliseconds since the start of `boot`.

    `steady_since` is since when the clock has not jumped, `jump_ms` the last jump of that day, 0 where there was none.
    """

    job: str
    boot: str
    begun_at: int
    begun_mono: int
    done_at: int | None
    done_mono: int | None
    steady_since: int
    jump_ms: int
    late_ms: int
    damaged: int

    def age(self, clocks: Clocks) -> int | None:
        """Milliseconds since it last ended well; None where it never has, or where the clock cannot tell."""
        if self.done_at is None or self.done_mono is None:
            return None
        if self.boot == clocks.boot != "":
            return max(0, clocks.steady() - self.done_mono)
        passed = clocks.wall() - self.done_at
        return passed if passed > -JUMP else None


def begin(work: "SqlWork", job: str, clocks: Clocks) -> Heartbeat:
    """Note that a job begins, in this transaction; gives how it stands with it."""
    connection, ring = work.beside
    before = heartbeats(connection, ring.tenant).get(job)
    wall, mono = clocks.wall(), clocks.steady()
    since, jump = _steady(before, clocks.boot, wall, mono)
    begun = {
        "boot": clocks.boot, "begun_at": wall, "begun_mono": mono, "steady_since": since, "jump_ms": jump,
    }  # fmt: skip
    if before is None:
        none: dict[str, object] = {"done_at": None, "done_mono": None, "late_ms": 0, "damaged": 0}
        sql.NEW.run(connection, tenant=ring.tenant, job=job, **begun, **none)
        return Heartbeat(job, clocks.boot, wall, mono, None, None, since, jump, 0, 0)
    sql.BEGIN.run(connection, b_tenant=ring.tenant, b_job=job, **begun)
    return Heartbeat(
        job, clocks.boot, wall, mono, before.done_at, before.done_mono, since, jump, before.late_ms,
        before.damaged,
    )  # fmt: skip


def end(work: "SqlWork", job: str, clocks: Clocks, late_ms: int, damaged: int) -> None:
    """Note that a job ended well: how late it found the oldest thing, and how many cases could not be opened."""
    connection, ring = work.beside
    sql.END.run(
        connection, b_tenant=ring.tenant, b_job=job, done_at=clocks.wall(), done_mono=clocks.steady(),
        late_ms=late_ms, damaged=damaged,
    )  # fmt: skip


def heartbeats(connection: "Connection", tenant: str) -> dict[str, Heartbeat]:
    """All of them, by job."""
    return {row[0]: Heartbeat(*row) for row in sql.FIND.rows(connection, tenant=tenant)}


def _steady(before: Heartbeat | None, boot: str, wall: int, mono: int) -> tuple[int, int]:
    """Since when the clock has stood steady, and its last jump of that day."""
    if before is None:
        return wall, 0
    passed = wall - before.begun_at
    if before.boot == boot != "":
        jump = passed - (mono - before.begun_mono)
    else:
        jump = passed if passed < -JUMP or passed > SILENCE else 0
    if abs(jump) > JUMP:
        return wall, jump
    return before.steady_since, before.jump_ms if wall - before.steady_since < DAY else 0
