"""An instant comes back from the tables as it was written, to the millisecond, in whatever zone it was said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from adapters.millis import instant, millis, now_ms

ZONES = st.sampled_from([UTC, ZoneInfo("Europe/Berlin")])
LAST = 253_402_300_799_999
"""The end of the year 9999."""
FIRST_DAY = datetime.fromisoformat("1970-01-02T00:00")
LAST_DAY = datetime.fromisoformat("9999-12-30T00:00")


def test_a_millisecond_that_floating_point_would_lose_is_kept() -> None:
    assert millis(datetime(2026, 3, 9, 7, 0, 1, 1_000, tzinfo=UTC)) == 1_773_039_601_001
    assert millis(datetime(2026, 3, 9, 8, 0, 1, 1_999, tzinfo=ZoneInfo("Europe/Berlin"))) == 1_773_039_601_001


@given(st.integers(0, LAST))
def test_what_is_read_back_is_what_was_written(written: int) -> None:
    assert millis(instant(written)) == written


@given(st.datetimes(FIRST_DAY, LAST_DAY, timezones=ZONES))
def test_what_was_written_is_less_than_a_millisecond_before_what_was_said(said: datetime) -> None:
    assert timedelta(0) <= said - instant(millis(said)) < timedelta(milliseconds=1)


def test_now_is_now() -> None:
    assert abs(instant(now_ms()) - datetime.now(UTC)) < timedelta(seconds=5)
