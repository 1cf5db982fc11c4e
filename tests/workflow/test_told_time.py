"""What is told of the time moves deadlines and ages; never who may see or act, and no step before the one before it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.people import DEPUTY, MIDWIFE, PARTNER, PEOPLE, WORKER
from tests.world import World, a_world
from workflow.access import relations, roles_for
from workflow.audited import Group, Recorded, groups_of
from workflow.case import Case
from workflow.errors import RefusedError
from workflow.office import Moment, Office, Person
from workflow.perform import Done, submit
from workflow.sight import sight_of
from workflow.visible import concerns

DAYS = st.integers(-400, 400)


def told(world: World, days: float) -> Office:
    """The office whose clock is told to stand so many days off, while the machine's goes on."""
    return replace(world.office, clock=lambda: world.now + timedelta(days=days), machine=world.clock)


def do(world: World, case: Case, command: str, days: float) -> Done:
    return submit(world.request(case, command), world.work, told(world, days))


@pytest.fixture(scope="module")
def offices() -> tuple[World, list[Case]]:
    """Cases in every state; one deputy's week is over, the other's has not begun; a consent has run out."""
    world = a_world()
    cases = [world.a_case_in(state) for state in (State.RECEIVED, State.HANDED_OVER, State.ESCALATED)]
    ends = (world.day + timedelta(days=3)).isoformat()
    reached = world.a_case_in(State.IN_CONTACT)
    cases.append(world.do(reached, Command.RECORD_FEEDBACK, expires_on=ends))
    handed = world.do(reached, Command.RECORD_CONSENT_FOR, to=MIDWIFE, expires_on=ends)
    cases.append(world.do(handed, Command.PROPOSE_HANDOVER, to=MIDWIFE))
    refused = world.a_case_in(State.HANDED_OVER)
    cases.append(world.do(refused, Command.WITHDRAW_CONSENT))
    world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
    world.wait(days=20)
    return world, cases


@given(days=DAYS, place=st.integers(0, 5), person=st.sampled_from(PEOPLE))
def test_whatever_is_told_nobody_sees_or_may_do_more_or_less(
    offices: tuple[World, list[Case]], days: int, place: int, person: Person
) -> None:
    world, cases = offices
    case = cases[place]
    with world.work() as work:
        directory = work.directory
    real = Moment.of(world.now)
    said = Moment.of(world.now + timedelta(days=days), world.now)
    assert list(relations(person, case, directory, real)) == list(relations(person, case, directory, said))
    assert sight_of(person, case, directory, real) == sight_of(person, case, directory, said)
    assert concerns(person, case, directory, real) == concerns(person, case, directory, said)
    for command in Command:
        for to in (None, person.recipient):
            asked = (person, command, case, to, directory)
            assert roles_for(*asked, real) == roles_for(*asked, said)


def test_a_substitution_that_is_over_opens_nothing_by_telling_its_days() -> None:
    world = a_world()
    case = world.a_referral()
    world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-10")
    world.wait(days=7)
    with pytest.raises(RefusedError, match="nicht zugeordnet"):
        submit(world.request(case, Command.TRIAGE_NO, DEPUTY), world.work, told(world, -6))


def test_no_step_is_slipped_in_before_the_one_before_it() -> None:
    """On the 22nd: consent was checked today, so the family was not reached a month ago, and no deadline is met by it."""
    world = a_world()
    case = world.a_case_in(State.CONSENT_CHECKED)
    with pytest.raises(RefusedError, match=r"am 09\.03\.2026 10:00.*Nächster Schritt: ohne --at"):
        do(world, case, Command.REACH_FAMILY, -30)
    [refused] = [entry for entry in world.entries() if entry.a.get("reason") == "before_last"]
    assert refused.a["at"] == world.now.isoformat()
    assert do(world, case, Command.REACH_FAMILY, 0).case.state == State.IN_CONTACT


def test_late_paper_is_entered_in_its_order_and_the_clocks_flag_is_no_step() -> None:
    world = a_world()
    world.wait(days=-10)
    case = world.a_referral()
    world.wait(days=10)
    assert world.sweep()
    for days, command in (
        (-6, Command.TRIAGE_NO),
        (-5, Command.CHECK_CONSENT_YES),
        (-4, Command.REACH_FAMILY),
    ):
        case = do(world, case, command, days).case
    assert case.state == State.IN_CONTACT
    with pytest.raises(RefusedError, match="davor lässt sich nichts mehr einfügen"):
        do(world, case, Command.NOTE, -4.1)


def test_who_may_not_know_a_case_is_not_told_when_its_last_step_was() -> None:
    world = a_world()
    case = world.a_referral()
    request = world.request(case, Command.WITHDRAW_CONSENT, DEPUTY)
    with pytest.raises(RefusedError, match="war später") as refused:
        submit(request, world.work, told(world, -2))
    assert "2026" not in str(refused.value).replace(case.number, "")


@given(days=st.lists(st.floats(-30, 30, allow_nan=False), min_size=1, max_size=6))
def test_steps_stand_in_the_order_that_was_told_and_none_in_days_to_come(days: list[float]) -> None:
    world = a_world()
    case = world.a_referral()
    world.wait(days=31)
    last, now = case.opened_at, world.now
    for each in days:
        at = now + timedelta(days=each)
        fits = last <= at <= now + timedelta(days=1) or now <= at <= now + timedelta(days=1)
        try:
            case = do(world, case, Command.NOTE, each).case
        except RefusedError:
            assert not fits
        else:
            assert fits
            last = at
    assert do(world, case, Command.WITHDRAW_CONSENT, 0).case.version > 1


@pytest.mark.parametrize("by", [WORKER, PARTNER])
def test_nothing_has_happened_yet_that_is_told_of_days_to_come(by: Person) -> None:
    world = a_world()
    request = world.request(None, Command.RECEIVE_UNCLEAR, by)
    with pytest.raises(RefusedError, match="liegt in der Zukunft"):
        submit(request, world.work, told(world, 1.01))
    assert submit(request, world.work, told(world, 0.9)).case.state == State.RECEIVED


@given(days=st.floats(-3, 1), action=st.sampled_from(["note", "open", "import"]), done=st.booleans())
def test_a_step_entered_more_than_a_day_late_is_listed_as_such(days: float, action: str, done: bool) -> None:
    at = a_world().now
    said = (at + timedelta(days=days)).isoformat()
    a = {"action": action, "outcome": "done" if done else "refused", "at": said}
    late = done and action == "note" and days < -1
    assert (Group.LATE in groups_of(Recorded(0, at, a))) is late
