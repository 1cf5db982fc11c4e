"""An erased case is found by its number, by nothing but the log: numbers run, so receipts are counted."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.people import MIDWIFE, WORKER
from tests.world import World, a_world
from workflow.audited import Recorded
from workflow.errors import WorkflowError
from workflow.numbering import begins_at, case_numbered, number_of
from workflow.perform import perform


def recorded(world: World) -> list[Recorded]:
    return [Recorded(each.seq, world.now, each.a) for each in world.entries()]


def all_found(world: World) -> None:
    entries = recorded(world)
    for case in world.cases():
        assert case_numbered(case.number, entries) == case.id
        assert begins_at(case.number) is not None


@given(st.lists(st.sampled_from(["receive", "refused", "undone", "wait", "new year"]), max_size=14))
@settings(max_examples=40, deadline=None)
def test_whatever_happens_each_case_is_found_under_its_number(deeds: list[str]) -> None:
    """Refused and undone receipts take no number; every local year counts anew."""
    with a_world(at="2026-12-20 10:00") as world:
        for deed in deeds:
            if deed == "receive":
                world.a_referral()
            elif deed == "undone":
                with world.work() as work:
                    mark = work.mark()
                    perform(world.ask(None, "receive(self)", WORKER, None, {}), work, world.office)
                    work.undo(mark)
                    work.commit()
            elif deed == "refused":
                with pytest.raises(WorkflowError):
                    world.a_referral(by=MIDWIFE)
            else:
                world.wait(days=3 if deed == "wait" else 300)
        all_found(world)
        assert case_numbered(number_of(2026, len(world.cases()) + 1), recorded(world)) is None


def test_a_receipt_entered_late_counts_in_the_year_it_was_told_for() -> None:
    """31 December, 23:30 in Berlin is still the old year, whatever the log's own clock says in UTC."""
    with a_world(at="2026-12-31 23:30") as world:
        last = world.a_referral()
        world.wait(hours=1)
        first = world.a_referral()
        assert (last.number, first.number) == ("FH-2026-0001", "FH-2027-0001")
        all_found(world)


def entry(
    seq: int, action: str, case: str | None = None, at: str = "2026-03-09T10:00:00+00:00", **a: object
) -> Recorded:
    told = {"action": action, "outcome": "done", "at": at, "case": case, **a}
    return Recorded(seq, datetime(2026, 3, 9, tzinfo=UTC), told)


def log_with_a_restore() -> Iterator[Recorded]:
    yield entry(0, "receive(self)", "a")
    yield entry(0, "restored", skipped={"2026": 5})
    yield entry(1, "receive(consent)", "b")


@pytest.mark.parametrize(
    ("place", "case"), [(1, "a"), *((n, None) for n in range(2, 7)), (7, "b"), (8, None)]
)
def test_numbers_that_a_restore_left_out_belong_to_nobody(place: int, case: str | None) -> None:
    assert case_numbered(number_of(2026, place), log_with_a_restore()) == case


@pytest.mark.parametrize(
    "text", ["", "42", "FH-26-1", "fh-2026-0001", "FH-2026-", "FH-1890-0001", "FH-9999999-0001"]
)
def test_what_is_no_number_is_looked_for_nowhere(text: str) -> None:
    assert begins_at(text) is None
    assert case_numbered(text, []) is None
