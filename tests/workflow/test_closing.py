"""A closing reason is entered only where it is true; and whatever may be closed, one reason fits."""

from datetime import date

import pytest

from states.vocabulary import Command, State
from tests.people import MIDWIFE, PARTNER, SUPERVISOR
from tests.world import World, a_world
from workflow.case import Case
from workflow.closing import closing_reasons
from workflow.errors import RefusedError


@pytest.fixture
def world() -> World:
    return a_world()


def fitting(world: World, case: Case) -> set[str]:
    """The reasons that fit; every other one is refused with its own sentence, and nothing changes."""
    whys = closing_reasons(world.settled(case), world.office.network_now, world.day)
    for reason, why_not in whys.items():
        if why_not and world.may(case, Command.CLOSE).allowed:
            with pytest.raises(RefusedError) as refused:
                world.do(case, Command.CLOSE, reason=reason)
            assert refused.value.blocked.reason == why_not
            assert why_not.endswith(".")
            assert world.case(case) == case
    return {reason for reason, why_not in whys.items() if not why_not}


def test_before_anybody_was_reached_nothing_was_achieved_or_declined(world: World) -> None:
    case = world.do(world.a_referral(), Command.TRIAGE_NO)
    assert fitting(world, case) == {"moved", "duplicate"}


def test_in_contact_the_family_can_decline_and_goals_can_be_reached(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    assert fitting(world, case) == {"goal_reached", "declined", "transferred", "moved", "duplicate"}


def test_a_withdrawal_is_no_refusal_and_no_goal(world: World) -> None:
    withdrawn = world.do(world.a_case_in(State.HANDED_OVER), Command.WITHDRAW_CONSENT, MIDWIFE)
    refused = world.do(world.a_referral("unclear"), Command.REFUSE_CONSENT)
    for case, reason in ((withdrawn, "consent_withdrawn"), (refused, "consent_refused")):
        looked = world.do(case, Command.TRIAGE_NO)
        assert fitting(world, looked) == {reason, "moved", "duplicate"}


def test_reached_in_an_earlier_round_is_reached(world: World) -> None:
    case = world.do(world.a_case_in(State.CLOSED), Command.REOPEN, SUPERVISOR)
    assert "goal_reached" in fitting(world, world.do(case, Command.TRIAGE_NO))


def test_only_what_lies_with_the_asd_is_closed_as_escalated(world: World) -> None:
    case = world.do(world.a_case_in(State.ESCALATED), Command.COMPLETE_RECORD)
    case = world.do(case, Command.CONFIRM_RECEIPT)
    assert fitting(world, case) == {
        "escalated", "moved", "duplicate",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("born", "fits"), [(date(2023, 3, 9), True), (date(2023, 3, 10), False), (date(2025, 3, 1), False)]
)
def test_the_age_limit_is_reached_when_nobody_may_support_the_child_any_more(
    world: World, born: date, fits: bool
) -> None:
    """On Monday 09.03.2026: three years old that day, and the limit ends on its eve."""
    case = world.a_case_in(State.IN_CONTACT, born=born)
    assert ("age_limit" in fitting(world, case)) is fits


def test_without_a_date_of_the_child_there_is_no_age_limit(world: World) -> None:
    assert "age_limit" not in fitting(world, world.a_case_in(State.IN_CONTACT, born=None))


def test_where_the_partner_never_answers_the_case_can_be_closed_after_the_deadline(world: World) -> None:
    case = world.do(world.a_case_in(State.CONSENT_PENDING), Command.TRIAGE_NO)
    assert "unreachable" not in fitting(world, case)
    world.go_to("2026-03-13 08:00")
    assert "unreachable" in fitting(world, case)


def test_a_referral_taken_back_is_closed_as_sent_in_error_and_never_as_the_familys_no(world: World) -> None:
    """Nobody counts a family that was mistaken for another among those who refused."""
    case = world.do(world.do(world.a_referral(), Command.TRIAGE_NO), Command.WITHDRAW_REFERRAL, PARTNER)
    case = world.do(case, Command.TRIAGE_NO)
    assert fitting(world, case) == {"sent_in_error", "moved", "duplicate"}


def test_where_the_family_itself_says_no_later_that_is_the_reason(world: World) -> None:
    case = world.do(world.a_referral(), Command.WITHDRAW_REFERRAL, PARTNER)
    case = world.do(world.do(case, Command.WITHDRAW_CONSENT), Command.TRIAGE_NO)
    assert fitting(world, case) == {"consent_withdrawn", "moved", "duplicate"}
