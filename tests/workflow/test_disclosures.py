"""Who got which data: told by the log alone, and never less than what somebody outside the house can read."""

from dataclasses import fields
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.profile import SHIPPED
from states.vocabulary import Command, Role, State
from tests.people import ASD, CLINIC, MIDWIFE, NURSE, PARTNER, PEOPLE, VOLUNTEER, WORKER
from tests.recorded import a_life_of_handovers, as_of_version_0_1, recorded
from tests.world import World, a_world
from workflow.audited import Recorded
from workflow.case import Case, Child, HandoverStatus, Package
from workflow.disclosures import Disclosure, Told, Why, accesses, disclosures
from workflow.fields import CHANNELS
from workflow.remarks import request_of
from workflow.sight import sight_of

C = Command


@pytest.fixture
def world() -> World:
    return a_world()


def told(world: World, case: Case) -> list[Disclosure]:
    return list(disclosures(recorded(world.entries()), case.id))


def lines(world: World, case: Case) -> list[tuple[str, tuple[str, ...], str, str]]:
    """To whom, what, why, how."""
    return [(each.recipient.role, each.data, each.why, each.channel) for each in told(world, case)]


def test_a_handover_gives_first_a_request_then_the_package_and_says_on_which_consent(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    assert lines(world, case) == [
        ("family_midwife", ("request", "age"), "handover", "lotse"),
        ("family_midwife", ("child", "contact"), "handover", "lotse"),
    ]
    for each in told(world, case):
        assert each.recipient.id == "yildiz"
        assert each.legal_basis == "Einwilligung, § 67b SGB X, Art. 7 DSGVO"
        assert [(g.kind, g.form, g.given_on) for g in each.grounds] == [("handover", "written", world.day)]
        assert not each.waits_for_review


def test_what_was_given_ends_with_the_support_and_with_the_withdrawal_which_is_told(world: World) -> None:
    ended, withdrawn = world.a_case_in(State.HANDED_OVER), world.a_case_in(State.HANDED_OVER)
    world.wait(days=3)
    world.do(ended, C.END_SUPPORT, MIDWIFE, MIDWIFE)
    world.do(withdrawn, C.WITHDRAW_CONSENT)
    assert {each.until for each in told(world, ended)} == {world.now}
    assert lines(world, withdrawn)[-1] == ("family_midwife", ("withdrawal",), "no_contact", "lotse")
    assert [each.until for each in told(world, withdrawn)] == [world.now, world.now, None]


def test_a_notice_to_the_asd_says_what_was_told_by_which_way_and_when_it_was_confirmed(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    world.do(case, C.TRIAGE_YES)
    assert lines(world, case) == []
    world.do(case, C.ESCALATE_URGENT, channel="phone", fields=("contact", "address"))
    world.wait(hours=2)
    world.do(case, C.CONFIRM_RECEIPT, ASD)
    world.do(case, C.COMPLETE_RECORD)
    (notice, record) = told(world, case)
    assert (notice.recipient.role, notice.data) == ("asd_worker", ("address", "contact", "danger"))
    assert (notice.why, notice.channel) == ("protection", "phone")
    assert notice.legal_basis == "§ 8a SGB VIII; § 4 Abs. 3 KKG"
    assert notice.confirmed_at == world.now
    assert (record.data, record.channel) == (("danger",), "lotse")
    assert notice.waits_for_review
    world.do(case, C.RETURN_CASE, ASD)
    assert {each.until for each in told(world, case)} == {world.now}


def test_a_partner_is_asked_and_later_told_how_it_goes_until_the_family_says_no(world: World) -> None:
    case = world.a_case_in(State.CONSENT_PENDING)
    world.do(case, C.QUERY_CONSENT, channel="phone")
    world.do(case, C.RECORD_CONSENT_PARTNER, PARTNER)
    world.do(case, C.RECORD_FEEDBACK)
    assert lines(world, case) == [
        ("partner", ("referral",), "consent_query", "phone"),
        ("partner", ("status",), "feedback", "lotse"),
    ]
    assert {each.recipient.institution for each in told(world, case)} == {CLINIC}
    assert all(each.waits_for_review for each in told(world, case))
    world.wait(days=1)
    world.do(case, C.WITHDRAW_FEEDBACK)
    assert [each.until for each in told(world, case)] == [None, world.now]


def test_what_stays_in_the_house_is_no_disclosure(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    for command in (C.NOTE, C.CORRECT, C.TRIAGE_YES, C.ASSESS_RISK_YES, C.INVOLVE_FAMILY, C.RECORD_CONSENT):
        world.do(case, command)
    assert told(world, case) == []


def test_after_the_erasure_it_is_still_told_and_has_ended(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    entries = recorded(world.entries())
    erased = {"action": "erased", "outcome": "done", "case": case.id, "key_id": "00", "ground": "closed"}
    given = disclosures([*entries, Recorded(len(entries), world.now, erased)], case.id)
    assert [each.data for each in given] == [("request", "age"), ("child", "contact")]
    assert {each.until for each in given} == {world.now}


def test_a_log_of_version_0_1_says_nothing_it_did_not_write(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    assert disclosures(as_of_version_0_1(recorded(world.entries())), case.id) == ()


def test_who_opened_the_case_stands_beside_it() -> None:
    entries = [
        Recorded(seq, world_time, {"action": action, "outcome": outcome, "case": case, "actor": "hebamme"})
        for seq, (action, outcome, case) in enumerate(
            [("open", "done", "a"), ("open", "refused", "a"), ("note", "done", "a"), ("open", "done", "b"),
             ("disclosures", "done", "a")]
        )
        for world_time in [a_world().now]
    ]  # fmt: skip
    assert [(each.entry.seq, each.actor) for each in accesses(entries, "a")] == [
        (0, "hebamme"),
        (4, "hebamme"),
    ]


def test_every_code_has_its_german_and_the_package_keeps_its_names() -> None:
    assert {part.value for part in Package} <= {part.value for part in Told}
    for word in (*Told, *Why):
        assert word.label
    assert all(why.legal_basis for why in Why)


SAYS_NOTHING_OF_THE_FAMILY = {
    "id", "profile", "profile_version", "state", "version", "opened_at", "responsible", "duties", "coming", "handovers",
    "moved_at", "source",
}  # fmt: skip
IN_WORDS = {
    "number": "Aktenzeichen", "district": "Stadtteil", "received_on": "Tag der Meldung", "consents": "Einwilligung",
}  # fmt: skip


@pytest.mark.parametrize("package", [("contact",), ("contact", "child"), ("address", "concern")])
def test_what_somebody_sees_who_is_only_asked_is_what_the_family_is_told_she_saw(
    world: World, package: tuple[str, ...]
) -> None:
    """Every field of the case that `workflow.sight` leaves her is named, and nothing that she does not see."""
    case = world.a_case_in(State.IN_CONTACT)
    world.do(case, C.RECORD_CONSENT_FOR, to="yildiz", fields=package)
    world.do(case, C.PROPOSE_HANDOVER, to="yildiz", fields=package)
    now = world.case(case)
    with world.work() as work:
        sight = sight_of(MIDWIFE, now, work.directory, world.moment)
    assert not sight.opens_family
    seen = sight.case(now)
    left = {each.name for each in fields(seen) if getattr(seen, each.name)} - {"child"}
    assert seen.child == Child()
    assert left - SAYS_NOTHING_OF_THE_FAMILY == set(IN_WORDS)
    (given,) = told(world, case)
    label = Told(given.data[0]).label
    assert label == f"Anfrage ohne Namen: {', '.join(IN_WORDS.values())}"
    shown = request_of(now, "yildiz", world.day).split(", ")
    assert shown[0].startswith("Stadtteil")
    assert (len(shown) == 2) == (Told.AGE in given.data) == ("child" in package)


READERS = [person for person in PEOPLE if person.recipient or person.roles & {Role.ASD_WORKER, Role.PARTNER}]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=False), steps=st.integers(5, 60), profile=st.sampled_from(SHIPPED))
def test_nobody_outside_ever_reads_what_the_log_does_not_tell(dice: Random, steps: int, profile: str) -> None:
    """What a person outside can see of a case now (`workflow.sight`) is told as a disclosure that has not ended.

    And the other way round: to no recipient does an open disclosure of a package stand whose support has ended.
    """
    with a_world(profile=profile) as world:
        a_life_of_handovers(world, dice, steps)
        entries = recorded(world.entries())
        with world.work() as work:
            directory = work.directory
        for case in world.cases():
            given = [each for each in disclosures(entries, case.id) if each.until is None]
            for person in READERS:
                sight = sight_of(person, case, directory, world.moment)
                to_them = {part for each in given if _is_to(each, person) for part in each.data}
                assert {str(part) for part in sight.package} <= to_them
                if sight.recipient:
                    assert Told.REQUEST in to_them
                    shown = request_of(case, sight.recipient, world.moment.day)
                    assert Told.AGE in to_them or not (
                        "Baby" in shown or "Kind" in shown or "erwartet" in shown
                    )
                assert not sight.danger or Told.DANGER in to_them
                assert not sight.status or Told.STATUS in to_them
            for each in given:
                assert each.legal_basis
                if each.recipient.id and each.why == Why.HANDOVER:
                    open_ones = (HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED)
                    assert case.handover_to(each.recipient.id, *open_ones)
                assert each.channel in ("", "lotse", *CHANNELS)


def _is_to(each: Disclosure, person: object) -> bool:
    if person is ASD:
        return each.recipient.role == Role.ASD_WORKER
    if getattr(person, "recipient", None):
        return each.recipient.id == getattr(person, "recipient", None)
    return each.recipient.role == Role.PARTNER and each.recipient.institution == getattr(
        person, "institution", ""
    )


def test_the_readers_of_the_property_are_all_who_read_outside() -> None:
    assert {MIDWIFE, NURSE, VOLUNTEER, ASD, PARTNER} <= set(READERS)
    assert WORKER not in READERS
