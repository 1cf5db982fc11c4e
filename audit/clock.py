"""Watching the machine's clock: a jump is only seen beside a clock that cannot jump.

The watch lives in the process. It remembers wall clock and monotonic clock of the last commit; what the
wall clock moved beyond the monotonic one is a jump. Before the first commit only a clock behind the log
can be seen.
"""

import time
from collections.abc import Callable

TOLERANCE_MS = 60_000


class ClockWatch:
    """Tells how far the clock jumped since the last `settle`; `monotonic` gives seconds."""

    __slots__ = ("_monotonic", "_seen")

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: tuple[int, float] | None = None

    def jump(self, now_ms: int, last_time_ms: int) -> int:
        """Give the jump in milliseconds (back is negative), 0 within a minute; changes nothing."""
        if self._seen is None:
            jump = min(0, now_ms - last_time_ms)
        else:
            wall, monotonic = self._seen
            jump = now_ms - wall - round(1000 * (self._monotonic() - monotonic))
        return jump if abs(jump) > TOLERANCE_MS else 0

    def settle(self, now_ms: int) -> None:
        """Say that what was appended at `now_ms` is committed, and with it any jump until then."""
        self._seen = (now_ms, self._monotonic())
