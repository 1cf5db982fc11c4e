"""To whom a step is news: each command is decided on, and nobody hears of what they did or may not know."""

from pathlib import Path

import pytest

from states.vocabulary import Command
from tests.people import ASD, COLLEAGUE, DEPUTY, GONE, MIDWIFE, OTHER_PARTNER, PARTNER, SECOND_MIDWIFE, WORKER
from tests.world import World, a_world
from workflow import news
from workflow.audited import Audited
from workflow.news import concerned

C = Command
NO_NEWS = {
    C.TRIAGE_NO, C.TRIAGE_YES, C.ASSESS_RISK_NO, C.ASSESS_RISK_YES, C.INVOLVE_FAMILY, C.COMPLETE_RECORD,
    C.RECORD_CONSENT, C.RECORD_CONSENT_FOR, C.RECORD_FEEDBACK, C.CHECK_CONSENT_YES, C.CHECK_CONSENT_NO,
    C.ATTEMPT_CONTACT, C.REACH_FAMILY, C.CLOSE, C.NOTE, C.CORRECT, C.REVIEW, C.REPORT,
}  # fmt: skip
"""The office's own steps; REPORT is news only where the law or the family lets the referrer read it."""


def last(world: World, case: str) -> frozenset[str]:
    found = world.case(case)
    entry = next(e.a for e in reversed(world.entries()) if e.a.get("case") == case and "version" in e.a)
    with world.work() as work:
        return concerned(entry, found, work.directory, world.moment)


def test_every_command_is_decided_on() -> None:
    somebody = (
        news.TO_THE_OFFICE
        | news.TO_THE_RECIPIENT
        | news.TO_WHO_LOST_IT
        | news.TO_THE_ASD
        | news.TO_THE_PARTNER
    )
    assert somebody | NO_NEWS == {*Command, Audited.FOREWARNED}
    assert not somebody & NO_NEWS


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world("memory", folder=tmp_path)


def test_who_is_asked_to_take_a_family_over_hears_of_it_and_nobody_else(world: World) -> None:
    with world:
        case = world.a_case_in("handover_proposed")
        assert last(world, case.id) == {MIDWIFE.id}
        world.do(case, C.DECLINE, by=MIDWIFE, to=MIDWIFE, reason="Urlaub")
        assert last(world, case.id) == {WORKER.id}


def test_a_withdrawal_is_news_to_the_midwife_whose_support_has_ended_and_not_to_another(world: World) -> None:
    with world:
        case = world.a_case_in("handed_over")
        world.do(case, C.WITHDRAW_CONSENT)
        heard = last(world, case.id)
        assert heard == {MIDWIFE.id}
        assert SECOND_MIDWIFE.id not in heard


def test_a_deputy_hears_while_standing_in_and_not_after(world: World) -> None:
    with world:
        day = world.day.isoformat()
        world.substitute(DEPUTY, WORKER, day, day)
        case = world.a_case_in("handed_over")
        world.do(case, C.RAISE_CONCERN, by=MIDWIFE, indications="Sturz")
        assert last(world, case.id) == {WORKER.id, DEPUTY.id}
        world.wait(days=1)
        assert last(world, case.id) == {WORKER.id}


def test_a_new_referral_without_anybody_responsible_is_news_to_every_fachkraft_who_works_here(
    world: World,
) -> None:
    with world:
        case = world.a_referral(by=PARTNER)
        assert world.case(case).responsible is None
        heard = last(world, case.id)
        assert {WORKER.id, COLLEAGUE.id} <= heard
        assert not heard & {GONE.id, PARTNER.id, OTHER_PARTNER.id, MIDWIFE.id, ASD.id}


def test_a_query_reaches_the_clinic_that_referred_and_no_other(world: World) -> None:
    with world:
        case = world.a_case_in("consent_pending")
        world.do(case, C.QUERY_CONSENT)
        assert last(world, case.id) == {PARTNER.id}


def test_a_notice_reaches_the_asd(world: World) -> None:
    with world:
        case = world.a_case_in("escalated")
        assert last(world, case.id) == {ASD.id}
