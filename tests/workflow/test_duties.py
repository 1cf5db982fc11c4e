"""Obligations through steps and time: begun by their event, anchored there, kept on every loop, met or fallen.

That exactly those run whose condition holds is asked after every step of the walks.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.lotse import CLOCK
from states.profile import SHIPPED, load
from states.vocabulary import Command, State
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, VOLUNTEER
from tests.world import World, a_world
from workflow.case import Case
from workflow.deadlines import Counting, deadline
from workflow.duties import Rules, settle


@pytest.fixture
def world() -> World:
    return a_world()


def owed(case: Case) -> dict[str, date]:
    """What runs, and until which day."""
    return {duty.obligation: duty.due for duty in case.duties}


def flagged(case: Case) -> set[str]:
    """What is marked as overdue."""
    return {duty.obligation for duty in case.duties if duty.flagged_at}


@pytest.mark.parametrize("profile", SHIPPED)
@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_in_every_open_state_of_every_network_a_deadline_runs_and_is_counted_as_the_network_counts(
    profile: str, state: State
) -> None:
    with a_world(profile=profile) as world:
        rules = load(profile)
        calendar = world.office.network_now.calendar
        case = world.a_case_in(state)
        assert case.duties
        for duty in case.duties:
            days = rules.days[duty.obligation]
            counted = deadline(duty.anchor, days, Counting(rules.counting), calendar).due
            # A support ends with the first birthday at the latest (B 186).
            assert duty.due == counted or (duty.obligation, duty.due) == ("support:r", date(2027, 1, 8))
            assert duty.days == days
            assert duty.counted == f"{rules.counting} {rules.land} {calendar.version}"


def test_a_closed_case_owes_nothing(world: World) -> None:
    assert world.a_case_in(State.CLOSED).duties == ()


def test_the_first_attempt_meets_the_first_contact_and_reaching_is_owed_from_then_on(world: World) -> None:
    """Attempted and reached are reported apart (DOMAIN section 4)."""
    case = world.a_case_in(State.CONSENT_CHECKED)
    world.wait(days=1)
    case = world.do(case, Command.ATTEMPT_CONTACT)
    reach = case.duty("reach")
    assert reach is not None
    assert (set(owed(case)), reach.anchor) == ({"reach"}, date(2026, 3, 10))
    world.wait(days=1)
    assert world.do(case, Command.ATTEMPT_CONTACT, channel="visit").duty("reach") == reach


def test_going_round_a_loop_restarts_nothing(world: World) -> None:
    """Consent checked, doubted, checked again: the family is to be contacted by the same day as at the beginning."""
    case = world.a_referral("unclear")
    due = owed(case)
    for _ in range(3):
        world.wait(days=1)
        for command in (
            Command.TRIAGE_NO,
            Command.CHECK_CONSENT_NO,
            Command.TRIAGE_NO,
            Command.QUERY_CONSENT,
        ):
            if world.may(case, command).allowed:
                case = world.do(case, command)
        assert owed(case) == due
    assert due == {"consent": date(2026, 3, 12)}


_OWN_MOVES = st.lists(
    st.sampled_from(
        [
            Command.TRIAGE_NO, Command.CHECK_CONSENT_NO, Command.CHECK_CONSENT_YES, Command.NOTE, Command.ASSIGN,
            Command.ASSESS_RISK_NO, Command.TRIAGE_YES, Command.RECORD_RELEASE, Command.RECORD_CONSENT,
            Command.QUERY_CONSENT, Command.CORRECT,
        ]
    ),
    max_size=25,
)  # fmt: skip


@given(moves=_OWN_MOVES)
@settings(deadline=None, max_examples=40)
def test_no_moves_of_the_office_get_a_later_first_contact(moves: list[Command]) -> None:
    """Short of the contact itself, whatever is done in whatever order, day after day."""
    with a_world() as world:
        case = world.a_referral()
        first = case.duty("first_contact")
        assert first is not None
        for command in moves:
            world.wait(days=1)
            if world.may(case, command).allowed:
                case = world.do(case, command)
            assert case.duty("first_contact") == first


def test_late_consent_leaves_the_query_s_deadline_at_the_receipt_and_begins_the_contact_s_there(
    world: World,
) -> None:
    case = world.a_referral("unclear")
    assert owed(case) == {"consent": date(2026, 3, 12)}
    world.go_to("2026-03-17 09:00")
    case = world.do(case, Command.RECORD_CONSENT_PARTNER, PARTNER)
    assert owed(case) == {"first_contact": date(2026, 3, 20)}


def test_a_family_that_came_itself_is_to_be_called_the_next_day_and_at_the_latest_the_third(
    world: World,
) -> None:
    (duty,) = world.a_referral("self").duties
    assert (duty.aim, duty.due) == (date(2026, 3, 10), date(2026, 3, 12))
    assert world.a_referral().duties[0].aim is None


def test_a_reopened_case_keeps_its_old_anchors(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    world.go_to("2026-04-20 09:00")
    case = world.do(case, Command.REOPEN, SUPERVISOR)
    duty = case.duty("first_contact")
    assert duty is not None
    assert (duty.anchor, duty.due) == (date(2026, 3, 9), date(2026, 3, 12))
    assert world.today()[0].heading == "overdue"


def test_a_notice_to_the_asd_owes_its_receipt_and_an_urgent_one_its_documentation(world: World) -> None:
    case = world.a_case_in(State.ESCALATED)
    assert owed(case) == {"receipt": date(2026, 3, 10), "record": date(2026, 3, 10)}
    case = world.do(world.do(case, Command.CONFIRM_RECEIPT, ASD), Command.COMPLETE_RECORD)
    assert set(owed(case)) == {"feedback"}


def test_support_ends_at_the_latest_when_the_child_outgrows_it(world: World) -> None:
    """B 186: born 09.04.2025, the midwife's last day is the first birthday, long before the first review."""
    case = world.a_case_in(State.HANDED_OVER, born=date(2025, 4, 9))
    assert owed(case) == {"support:r": date(2026, 4, 9), "review:r": date(2026, 4, 9)}
    young = world.a_case_in(State.HANDED_OVER, born=date(2026, 3, 1))
    assert owed(young)["support:r"] > date(2026, 5, 1)
    assert owed(world.a_case_in(State.HANDED_OVER, VOLUNTEER, born=date(2025, 4, 9)))["support:r"] > date(
        2026, 5, 1
    )


def test_a_support_is_reviewed_every_quarter_and_no_review_moves_its_end(world: World) -> None:
    """Ticked off, the next review counts from that day; what the support itself owes runs on."""
    case = world.a_case_in(State.HANDED_OVER)
    end = owed(case)["support:r"]
    world.go_to("2026-06-08 10:00")
    case = world.do(case, Command.REVIEW, to=MIDWIFE)
    assert owed(case) == {"support:r": end, "review:r": date(2026, 8, 31)}
    world.go_to("2026-09-01 10:00")
    assert world.sweep() == 1
    case = world.case(case.id)
    assert flagged(case) == {"review:r"}
    case = world.do(case, Command.REVIEW, to=MIDWIFE)
    assert owed(case) == {"support:r": end, "review:r": date(2026, 11, 24)}
    assert flagged(case) == set()
    assert owed(world.do(case, Command.END_SUPPORT, MIDWIFE, MIDWIFE)).keys() == {"clarify"}


def test_a_support_of_before_there_were_reviews_goes_on_as_it_was(world: World) -> None:
    """A case that version 0.2.0 wrote: handed over, with no review owed; nothing about it breaks or begins."""
    case = world.a_case_in(State.HANDED_OVER)
    old = replace(
        case,
        duties=tuple(each for each in case.duties if each.obligation == "support:r"),
    )
    with world.work() as work:
        rules = Rules(world.office.network_now, work.directory)
    settled, change = settle(old, world.moment, rules)
    assert (settled, change.opened) == (old, ())
    assert world.may(old, Command.REVIEW, to=MIDWIFE).allowed
    assert world.may(old, Command.END_SUPPORT, MIDWIFE, MIDWIFE).allowed


def test_the_answer_is_owed_by_the_one_who_was_asked(world: World) -> None:
    (duty,) = [
        each for each in world.a_case_in(State.HANDOVER_PROPOSED).duties if each.obligation == "answer:r"
    ]
    assert (duty.recipient, duty.due) == (MIDWIFE.recipient, date(2026, 3, 12))


def test_a_consent_that_runs_out_ends_the_contact_s_deadline_and_begins_the_consent_s(world: World) -> None:
    """On its own, without anybody's step; the new one counts from the last day of the old consent."""
    case = world.a_case_in(State.CONSENT_CHECKED, expires_on=date(2026, 3, 10))
    world.go_to("2026-03-10 23:59")
    assert owed(world.settled(case)) == {"first_contact": date(2026, 3, 12)}
    world.go_to("2026-03-11 00:00")
    assert owed(world.settled(case)) == {"consent": date(2026, 3, 13)}
    assert world.case(case) == case


def test_what_time_began_is_on_record_with_the_next_step(world: World) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED, expires_on=date(2026, 3, 10))
    world.go_to("2026-03-20 09:00")
    case = world.do(case, Command.NOTE)
    told = world.entries(case)[-1].a
    assert [duty["obligation"] for duty in told["fallen"]] == ["first_contact"]
    assert [(duty["obligation"], duty["anchor"]) for duty in told["opened"]] == [("consent", "2026-03-10")]
    world.verify()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_what_is_overdue_is_flagged_exactly_once_at_midnight_and_not_before(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with a_world(kind, folder=tmp_path_factory.mktemp("fristen")) as world:
        cases = [world.a_referral(), world.a_referral("unclear"), world.a_case_in(State.HANDED_OVER)]
        world.go_to("2026-03-12 23:59")
        assert world.sweep() == 0
        world.go_to("2026-03-13 00:00")
        assert [world.sweep(), world.sweep()] == [2, 0]
        world.wait(days=1)
        assert world.sweep() == 0
        flagged = [entry.a["case"] for entry in world.entries() if entry.a["action"] == Command.FLAG_OVERDUE]
        assert sorted(flagged) == sorted(case.id for case in cases[:2])
        world.verify()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_an_obligation_that_time_began_is_flagged_too(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The consent ran out unnoticed, the contact's deadline with it: what is flagged is the missing consent, once."""
    with a_world(kind, folder=tmp_path_factory.mktemp("fristen")) as world:
        case = world.a_case_in(State.CONSENT_CHECKED, expires_on=date(2026, 3, 11))
        world.go_to("2026-03-16 23:59")
        assert world.sweep() == 0
        world.go_to("2026-03-17 00:00")
        assert [world.sweep(), world.sweep()] == [1, 0]
        (told,) = [entry for entry in world.entries(case) if entry.a["action"] == Command.FLAG_OVERDUE]
        assert told.b is not None
        assert told.b["obligation"] == "consent"
        assert told.a["actor"] == CLOCK.id
        world.verify()


def test_the_clock_moves_nothing_but_the_mark(world: World) -> None:
    case = world.a_referral()
    world.wait(days=10)
    world.sweep()
    after = world.case(case)
    assert (after.state, after.marks, after.consents, after.version) == (
        case.state,
        case.marks,
        case.consents,
        2,
    )
    assert owed(after) == owed(case)
    assert after.duties[0].flagged_at == world.now


@given(days=st.integers(0, 400))
@settings(deadline=None, max_examples=30)
def test_a_case_left_alone_always_owes_something_however_long(days: int) -> None:
    """Also when its consent runs out in the meantime."""
    with a_world() as world:
        cases = [
            world.a_case_in(state, expires_on=world.day + timedelta(days=30))
            for state in State
            if state not in (State.CLOSED, State.CONSENT_PENDING)
        ]
        world.wait(days=days)
        assert all(world.settled(case).duties for case in cases)
