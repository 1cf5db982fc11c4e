"""What of a handover does not hold together: each flaw made by hand once, and none in any walk of the office itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.vocabulary import Command, Role, State
from tests.people import MIDWIFE, SUPERVISOR, VOLUNTEER, WORKER
from tests.world import World, a_world
from workflow.audited import Audited, Recorded
from workflow.case import HandoverStatus
from workflow.errors import DetailsError, RefusedError
from workflow.handover_checks import Check, Checked, Flaw, checked, counts
from workflow.handover_review import review_handover
from workflow.office import Person

ALL_SIGNED: Mapping[int | None, int] = {None: 10**9}


def log(world: World) -> Iterator[Recorded]:
    return (Recorded(each.seq, each.at, each.a) for each in world.entries())


def found(world: World, signed: Mapping[int | None, int] = ALL_SIGNED) -> list[Checked]:
    return checked(log(world), signed)


def altered(world: World, action: str, **changes: Any) -> list[Checked]:  # noqa: ANN401 - as bodies are
    """The log as it would be with the handover of this step told otherwise; None drops the entry."""

    def entries() -> Iterator[Recorded]:
        for each in log(world):
            if each.action != action:
                yield each
            elif changes:
                told = [{**handover, **changes} for handover in (each.a or {})["handovers"]]
                yield replace(each, a={**(each.a or {}), "handovers": told})

    return checked(entries(), ALL_SIGNED)


@pytest.fixture
def world() -> World:
    return a_world()


def test_all_is_well_where_the_office_does_as_the_table_says(world: World) -> None:
    world.a_case_in(State.HANDED_OVER)
    (one,) = found(world)
    assert one.flaws == frozenset()
    assert [check for check in Check if one.meets(check, world.day)] == [Check.UNREVIEWED]


def test_a_handover_on_no_consent_that_the_log_knows(world: World) -> None:
    world.a_case_in(State.HANDED_OVER)
    (one,) = altered(world, Command.PROPOSE_HANDOVER, consent="nie gesehen")
    assert one.flaws == {Flaw.NO_CONSENT}
    (one,) = altered(world, Command.RECORD_CONSENT_FOR)
    assert one.flaws == {Flaw.NO_CONSENT}


def test_a_consent_recorded_or_given_after_the_request(world: World) -> None:
    world.a_case_in(State.HANDED_OVER)
    entries = list(log(world))
    consent = next(each for each in entries if each.action == Command.RECORD_CONSENT_FOR)
    rest = [each for each in entries if each is not consent]
    (one,) = checked([*rest, consent], ALL_SIGNED)
    assert one.flaws == {Flaw.CONSENT_AFTER}
    told = [{**each, "given_on": "2026-03-10"} for each in (consent.a or {})["consents"]]
    later = replace(consent, a={**(consent.a or {}), "consents": told})
    (one,) = checked([later if each is consent else each for each in entries], ALL_SIGNED)
    assert one.flaws == {Flaw.CONSENT_AFTER}


def test_a_package_wider_than_the_consent(world: World) -> None:
    case = world.do(
        world.a_case_in(State.IN_CONTACT), Command.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact",)
    )
    world.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact",))
    assert found(world)[0].flaws == frozenset()
    (one,) = altered(world, Command.PROPOSE_HANDOVER, package=["contact", "concern"])
    assert one.flaws == {Flaw.PACKAGE_WIDER}


def test_an_answer_without_its_entry(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    world.do(case, Command.END_SUPPORT, MIDWIFE, MIDWIFE)
    (one,) = altered(world, Command.ACCEPT)
    assert Flaw.ANSWER_UNRECORDED in one.flaws


def test_what_nobody_has_signed_over_is_without_proof(world: World) -> None:
    world.a_case_in(State.HANDED_OVER)
    last = found(world)[0].chain.entries[-1].seq
    assert found(world, {None: last})[0].flaws == {Flaw.UNSIGNED}
    assert found(world, {None: last + 1})[0].flaws == frozenset()


@settings(max_examples=25)
@given(st.lists(st.sampled_from(("accept", "decline", "revoke", "withdraw", "wait", "end")), max_size=6))
def test_whatever_the_office_does_with_a_handover_no_flaw_is_found(steps: list[str]) -> None:
    """Flaws are what the process itself never makes; the headings count exactly what was done."""
    with a_world() as world:
        case = world.a_case_in(State.HANDOVER_PROPOSED)
        for step in steps:
            if step == "wait":
                world.wait(days=5)
                continue
            command, by = {
                "accept": (Command.ACCEPT, MIDWIFE),
                "decline": (Command.DECLINE, MIDWIFE),
                "revoke": (Command.REVOKE, WORKER),
                "withdraw": (Command.WITHDRAW_CONSENT_FOR, WORKER),
                "end": (Command.END_SUPPORT, MIDWIFE),
            }[step]
            if world.may(case, command, by, MIDWIFE).allowed:
                case = world.do(case, command, by, MIDWIFE)
        (one,) = found(world)
        assert one.flaws == frozenset()
        status = case.handovers[-1].status
        tally = counts([one], world.day)
        assert tally[Check.UNANSWERED] == (status is HandoverStatus.PROPOSED)
        assert tally[Check.DECLINED] == (status is HandoverStatus.DECLINED)
        assert tally[Check.WITHOUT_PROOF] == 0


def review(world: World, by: Person, remark: str = "Frist eingehalten, Einwilligung liegt vor.") -> None:
    (one,) = found(world)
    world.carry_out(lambda work: review_handover(by, one.chain, remark, work, world.office))


def test_looked_into_stands_in_the_chain_with_its_remark_under_the_cases_key(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    review(world, SUPERVISOR)
    entry = world.entries()[-1]
    assert (entry.a["action"], entry.a["case"]) == (Audited.HANDOVER_CHECKED, case.id)
    assert entry.b == {"remark": "Frist eingehalten, Einwilligung liegt vor."}
    assert "remark" not in entry.a
    (one,) = found(world)
    assert (len(one.chain.reviews), one.chain.entries[-1].seq) == (1, entry.seq)
    assert not one.meets(Check.UNREVIEWED, world.day)
    review(world, SUPERVISOR, "Noch einmal angesehen.")
    assert len(found(world)[0].chain.reviews) == 2
    world.verify()


def test_nobody_looks_into_what_they_asked_for_or_answered_themselves(world: World) -> None:
    """Nor does who stood in for them: the asker is also who carried the case for whom she stood in."""
    both = replace(WORKER, roles=frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    answers = replace(MIDWIFE, roles=frozenset({Role.FAMILY_MIDWIFE, Role.SUPERVISOR}))
    deputy = Person("stv", "Herr Stellvertreter", frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    world.put(both, answers, deputy)
    world.substitute(deputy, WORKER, "2026-03-01", "2026-03-31")
    world.a_case_in(State.HANDED_OVER)
    for by in (both, answers, deputy):
        with pytest.raises(RefusedError) as refused:
            review(world, by)
        assert refused.value.blocked.code == "own_handover"
        assert world.entries()[-1].a["outcome"] == "refused"
    review(world, SUPERVISOR)


@pytest.mark.parametrize("by", [WORKER, MIDWIFE, VOLUNTEER])
def test_only_leitung_looks_into_handovers(world: World, by: Person) -> None:
    world.a_case_in(State.HANDED_OVER)
    with pytest.raises(RefusedError) as refused:
        review(world, by)
    assert refused.value.blocked.code == "denied"


@pytest.mark.parametrize("remark", ["", "   ", "x" * 2001])
def test_a_review_says_what_was_looked_into(world: World, remark: str) -> None:
    world.a_case_in(State.HANDED_OVER)
    before = world.size
    with pytest.raises(DetailsError):
        review(world, SUPERVISOR, remark)
    assert world.size == before


def test_the_headings_count_what_they_show(world: World) -> None:
    world.a_case_in(State.HANDED_OVER)
    world.do(world.a_case_in(State.HANDOVER_PROPOSED), Command.DECLINE, MIDWIFE, MIDWIFE)
    world.a_case_in(State.HANDOVER_PROPOSED)
    today = date(2026, 3, 9) + timedelta(days=30)
    tally = counts(found(world), today)
    assert dict(tally) == {
        Check.UNANSWERED: 1, Check.OVERDUE: 1, Check.DECLINED: 1, Check.WITHOUT_PROOF: 0, Check.UNREVIEWED: 3,
    }  # fmt: skip
    assert all(check.label for check in Check)
    assert all(flaw.label.endswith(".") for flaw in Flaw)
