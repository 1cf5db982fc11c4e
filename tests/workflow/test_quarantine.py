"""Who empties the quarantine, and on which day what was held apart is over its term; the rights written out again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.retention import BASE, RetentionClass, Term
from states.vocabulary import Role
from workflow.calendar import BERLIN
from workflow.erasure import (
    Ground,
    called_of,
    day_of_quarantine,
    is_accesses,
    is_case,
    is_quarantine,
    is_row,
    quarantine_of,
    row_of,
)
from workflow.office import Person
from workflow.quarantine import held_due, held_until, may_purge, row_not_erasable

TERM = BASE[RetentionClass.QUARANTINE]
DAYS = st.dates(date(2020, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize("role", list(Role))
def test_only_who_brings_lists_in_or_answers_for_the_data_or_the_clock_empties_it(role: Role) -> None:
    allowed = role.value in {"case_worker", "supervisor", "dpo", "clock"}
    assert may_purge(Person("p", "P", frozenset({role}))) is allowed
    assert not may_purge(Person("p", "P", frozenset({role}), active=False))


def test_what_was_held_on_saint_nicholas_day_may_go_on_the_sixth_of_january() -> None:
    """Thirty days, the day itself not counted: the last of them is 5 January."""
    day = quarantine_of(date(2026, 12, 6))
    assert held_until(day, TERM) == date(2027, 1, 5)
    assert [held_due(day, TERM, date(2027, 1, each)) for each in (5, 6)] == [False, True]


@given(DAYS, st.integers(1, 366), st.integers(-10, 400))
def test_due_is_what_lies_longer_than_the_term_counted_by_days_of_the_calendar(
    held: date, days: int, later: int
) -> None:
    assert held_due(quarantine_of(held), Term(days, None, "x"), held + timedelta(days=later)) is (
        later > days
    )


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 12, 31)))  # noqa: DTZ001 - hypothesis wants them naive
def test_every_moment_lies_between_the_midnights_of_its_own_day(moment: datetime) -> None:
    """In Berlin, on days of 23 and 25 hours too."""
    from adapters.db.held import bounds_of, purpose_at

    at = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    bounds = bounds_of(purpose_at(at))
    assert bounds["first"] <= at < bounds["end"]
    assert datetime.fromtimestamp(bounds["end"] / 1000, BERLIN).hour == 0


def test_a_target_is_of_one_kind_alone() -> None:
    targets = ["0" * 32, "access/2026/0", "quarantine/2026-12-06", "row/17-0123456789ab"]
    kinds = [[each(target) for each in (is_case, is_accesses, is_quarantine, is_row)] for target in targets]
    assert kinds == [[place == kind for kind in range(4)] for place in range(4)]
    assert day_of_quarantine(targets[2]) == date(2026, 12, 6)


def test_a_quarantine_number_is_never_taken_for_the_number_of_a_case() -> None:
    assert row_of("17-0123456789ab") == "row/17-0123456789ab"
    assert called_of("row/17-0123456789ab") == "17-0123456789ab"
    assert {
        row_of(text) for text in ("2026-0042", "FH-2026-0042", "17", "17-0123456789AB", "-0123456789ab", "")
    } == {None}


def test_a_row_goes_before_its_term_only_where_it_lies_and_for_a_familys_reason() -> None:
    allowed = {ground for ground in Ground if row_not_erasable(there=True, ground=ground) is None}
    assert allowed == {Ground.FAMILY_REQUEST, Ground.UNLAWFUL}
    gone = row_not_erasable(there=False, ground=Ground.FAMILY_REQUEST)
    assert gone is not None
    assert gone.code == "gone"
