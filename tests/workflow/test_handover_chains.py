"""Handovers as chains of entries: told by the log alone, and the same as what the cases hold."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.profile import SHIPPED
from states.vocabulary import Command, State
from tests.people import MIDWIFE, SECOND_MIDWIFE, SUPERVISOR, WORKER
from tests.recorded import a_life_of_handovers, as_of_version_0_1, recorded
from tests.world import World, a_world
from workflow.audited import Recorded
from workflow.case import Case, HandoverStatus
from workflow.handover_chains import Chain, chains

C, S = Command, HandoverStatus


@pytest.fixture
def world() -> World:
    return a_world()


def chains_in(world: World) -> list[Chain]:
    return chains(recorded(world.entries()))


def test_an_accepted_handover_tells_who_asked_what_was_given_on_which_consent_and_who_took_it(
    world: World,
) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    (chain,) = chains_in(world)
    assert (chain.case, chain.recipient, chain.role) == (case.id, "yildiz", "family_midwife")
    assert [entry.action for entry in chain.entries] == [C.PROPOSE_HANDOVER, C.ACCEPT]
    assert chain.proposal.a is not None
    assert chain.proposal.a["actor"] == WORKER.id
    assert chain.answer is not None
    assert chain.answer.a is not None
    assert chain.answer.a["actor"] == MIDWIFE.id
    assert chain.package == ("child", "contact")
    assert [(ground.kind, ground.form, ground.given_on) for ground in chain.grounds] == [
        ("handover", "written", world.day)
    ]
    assert chain.consent == chain.grounds[0].id
    assert (chain.status, chain.is_open, chain.overdue_on(world.day)) == (S.ACCEPTED, False, False)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda w, c: w.do(c, C.DECLINE, MIDWIFE, MIDWIFE), S.DECLINED),
        (lambda w, c: w.do(c, C.REVOKE, SUPERVISOR, MIDWIFE), S.REVOKED),
        (lambda w, c: w.do(c, C.WITHDRAW_CONSENT), S.FALLEN),
        (lambda w, c: w.do(c, C.WITHDRAW_CONSENT_FOR, WORKER, MIDWIFE), S.FALLEN),
        (lambda w, c: w.do(w.do(c, C.TRIAGE_YES), C.ESCALATE_URGENT), S.FALLEN),
    ],
)
def test_an_unanswered_handover_ends_as_the_step_says(
    world: World, end: Callable[[World, Case], Case], status: HandoverStatus
) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    assert chains_in(world)[0].is_open
    end(world, case)
    (chain,) = chains_in(world)
    assert chain.status is status
    assert (chain.answer is not None) == (status is S.DECLINED)
    assert (chain.end is not None) == (status is not S.DECLINED)


def test_an_answer_that_does_not_come_is_overdue_from_the_day_after_and_shows_when_it_was_flagged(
    world: World,
) -> None:
    world.a_case_in(State.HANDOVER_PROPOSED)
    due = chains_in(world)[0].due
    assert due is not None
    assert not chains_in(world)[0].overdue_on(due)
    world.wait(days=30)
    world.sweep()
    (chain,) = chains_in(world)
    assert chain.overdue_on(world.day)
    assert chain.flagged_at == world.now
    assert [entry.action for entry in chain.entries] == [C.PROPOSE_HANDOVER, C.FLAG_OVERDUE]


def test_a_family_asked_about_two_midwives_has_two_chains(world: World) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    world.do(case, C.DECLINE, MIDWIFE, MIDWIFE)
    for command in (C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER):
        world.do(case, command, WORKER, SECOND_MIDWIFE)
    world.do(case, C.ACCEPT, SECOND_MIDWIFE, SECOND_MIDWIFE)
    assert [(chain.recipient, chain.status) for chain in chains_in(world)] == [
        ("yildiz", S.DECLINED),
        ("storch", S.ACCEPTED),
    ]


def test_only_the_question_that_is_still_open_becomes_overdue(world: World) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    world.do(case, C.DECLINE, MIDWIFE, MIDWIFE)
    world.wait(days=20)
    for command in (C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER):
        world.do(case, command, WORKER, SECOND_MIDWIFE)
    world.wait(days=20)
    world.sweep()
    declined, unanswered = chains_in(world)
    assert (declined.flagged_at, unanswered.flagged_at) == (None, world.now)
    assert not declined.overdue_on(world.day)
    assert unanswered.overdue_on(world.day)


def test_a_support_goes_on_through_a_notice_to_the_asd_in_both_versions_of_the_log(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    world.do(world.do(case, C.TRIAGE_YES), C.ESCALATE_URGENT)
    entries = recorded(world.entries())
    for log in (entries, as_of_version_0_1(entries)):
        (chain,) = chains(log)
        assert (chain.status, chain.end) == (S.ACCEPTED, None)


def test_once_the_case_is_erased_the_chain_is_still_told(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    entries = recorded(world.entries())
    erased = {"action": "erased", "outcome": "done", "case": case.id, "key_id": "00", "ground": "closed"}
    (chain,) = chains([*entries, Recorded(len(entries), world.now, erased)])
    assert chain.erased_at == world.now
    assert (chain.status, chain.package) == (S.ACCEPTED, ("child", "contact"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=False), steps=st.integers(5, 60), profile=st.sampled_from(SHIPPED))
def test_whatever_happens_the_chains_are_the_handovers_of_the_cases(
    dice: Random, steps: int, profile: str
) -> None:
    """Told twice, by the cases and by the log; and the log of version 0.1 tells the same, but for the consent."""
    with a_world(profile=profile) as world:
        a_life_of_handovers(world, dice, steps)
        entries = recorded(world.entries())
        told = chains(entries)
        held = [(case, handover) for case in world.cases() for handover in case.handovers]
        assert len(told) == len(held)
        by_id = {(chain.case, chain.id): chain for chain in told}
        for case, handover in held:
            chain = by_id[case.id, handover.id]
            assert (chain.recipient, chain.status) == (handover.recipient, handover.status)
            assert chain.package == tuple(map(str, handover.package))
            assert (chain.consent, chain.has_basis) == (handover.basis, True)
            assert chain.proposal.said_at == handover.proposed_at
            assert chain.proposal.a is not None
            assert chain.proposal.a["actor"] == handover.proposed_by
            answered_by = chain.answer.a["actor"] if chain.answer and chain.answer.a else None
            revoked = handover.status is S.REVOKED
            assert revoked or answered_by == handover.answered_by
            _is_a_chain(chain)
        assert [_outline(each) for each in chains(as_of_version_0_1(entries))] == list(map(_outline, told))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(5, 25))
def test_the_end_of_a_log_tells_of_what_was_proposed_in_it_as_the_whole_log_does(
    dice: Random, steps: int
) -> None:
    """Cut anywhere: so a period may be asked for without reading what came before it."""
    with a_world() as world:
        a_life_of_handovers(world, dice, steps)
        entries = recorded(world.entries())
        for log in (entries, as_of_version_0_1(entries)):
            whole = chains(log)
            for cut in range(len(log) + 1):
                told = [replace(each, id="") for each in chains(log[cut:])]
                assert told == [replace(each, id="") for each in whole if each.proposal.seq >= cut]


def _is_a_chain(chain: Chain) -> None:
    """It begins with its only proposal, rises in the log, and an acceptance answers it at most once."""
    actions = [entry.action for entry in chain.entries]
    assert actions[0] == C.PROPOSE_HANDOVER
    assert actions.count(C.PROPOSE_HANDOVER) == 1
    assert actions.count(C.ACCEPT) == (chain.status in (S.ACCEPTED, S.ENDED) or "accept:r" in actions)
    numbers = [entry.seq for entry in chain.entries]
    assert numbers == sorted(set(numbers))
    assert chain.due is not None


def _outline(chain: Chain) -> Chain:
    """A chain as far as both versions of the log tell it."""
    bare = tuple(replace(entry, a=None) for entry in chain.entries)
    return replace(
        chain, id="", consent="", grounds=(), package=(), entries=bare,
        answer=chain.answer and replace(chain.answer, a=None), end=chain.end and replace(chain.end, a=None),
        flagged_at=None, erased_at=None,
    )  # fmt: skip
