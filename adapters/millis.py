"""Instants as the tables keep them: whole milliseconds since 1970 in UTC, never rounded up.

In whole numbers throughout, so that an instant read back is the one that was written (`tests/test_millis.py`).
"""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(milliseconds=1)


def now_ms() -> int:
    """The machine's clock."""
    return time.time_ns() // 1_000_000


def millis(at: datetime) -> int:
    """The instant of an aware datetime; what is finer than a millisecond is left out."""
    return (at - _EPOCH) // _ONE


def instant(millis: int) -> datetime:
    """The aware datetime in UTC. OverflowError outside the calendar."""
    return _EPOCH + millis * _ONE
