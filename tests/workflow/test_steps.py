"""Steps under their headings: each at most once, the next one first, and nothing that would mean nothing."""

from datetime import date

import pytest

from states.vocabulary import Command, State
from tests.people import COLLEAGUE, MIDWIFE, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.case import Case
from workflow.office import Person
from workflow.steps import Group, grouped


@pytest.fixture
def world() -> World:
    return a_world()


def commands(world: World, case: Case, group: Group, by: Person = WORKER) -> set[str]:
    return {v.command for v in grouped(world.question(case, by), world.steps(case, by))[group]}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("by", [WORKER, COLLEAGUE, MIDWIFE, SUPERVISOR])
def test_every_step_stands_once_and_whatever_is_possible_and_means_something_is_there(
    world: World, state: State, by: Person
) -> None:
    case = world.a_case_in(state)
    steps = world.steps(case, by)
    groups = grouped(world.question(case, by), steps)
    shown = [verdict for members in groups.values() for verdict in members]
    assert len(shown) == len(set(shown))
    assert {v for v in steps if v.allowed and not v.idle} == {v for v in shown if v.allowed}
    assert all(v.allowed for group in (Group.NEXT, Group.ALSO) for v in groups[group])
    assert all(v.blocked and v.blocked.next_step for v in groups[Group.NOT_YET])


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (State.RECEIVED, {Command.TRIAGE_NO}),
        (State.CONSENT_CHECKED, {Command.ATTEMPT_CONTACT, Command.REACH_FAMILY}),
        (State.IN_CONTACT, {Command.RECORD_CONSENT_FOR, Command.CLOSE}),
        (State.HANDOVER_PROPOSED, {Command.REVOKE}),
        (State.HANDED_OVER, {Command.REVIEW}),
        (State.CLOSED, set()),
    ],
)
def test_next_is_what_leads_to_what_is_owed(world: World, state: State, first: set[str]) -> None:
    assert commands(world, world.a_case_in(state), Group.NEXT) >= first
    if not first:
        assert commands(world, world.a_case_in(state), Group.NEXT) == first


def test_next_without_consent_is_to_ask_the_partner_and_never_the_family(world: World) -> None:
    first = commands(world, world.a_case_in(State.CONSENT_PENDING), Group.NEXT)
    assert {Command.QUERY_CONSENT, Command.RECORD_CONSENT_PARTNER} <= first
    assert Command.RECORD_CONSENT not in first


def test_danger_is_next_before_anything_that_is_due_earlier(world: World) -> None:
    case = world.do(world.a_referral(), Command.TRIAGE_YES)
    assert Command.ESCALATE_URGENT in commands(world, case, Group.NEXT)
    assert Command.TRIAGE_YES in commands(world, world.a_referral(), Group.CHILD)


def test_what_would_mean_nothing_is_marked_and_not_shown(world: World) -> None:
    came = world.a_referral("self")
    idle = {v.command for v in world.steps(came) if v.idle}
    assert idle == {
        Command.WITHDRAW_FEEDBACK, Command.RECORD_FEEDBACK, Command.RECORD_RELEASE, Command.RECORD_CONSENT,
        Command.RECORD_CONSENT_PARTNER,
    }  # fmt: skip
    gone = world.do(came, Command.WITHDRAW_CONSENT)
    assert Command.WITHDRAW_CONSENT in {v.command for v in world.steps(gone) if v.idle}
    assert world.may(gone, Command.WITHDRAW_CONSENT).allowed, "Marked, never forbidden."


def test_a_recipient_for_whom_the_child_is_too_old_is_marked_with_the_reason(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT, born=date(2025, 1, 1))
    marked = {v.recipient: v for v in world.steps(case) if v.command == Command.RECORD_CONSENT_FOR}
    assert marked["yildiz"].idle
    assert "Altersgrenze" in marked["yildiz"].idle_reason
    assert not marked["pflaster"].idle
