"""What each fact means in a real case: consents that expire, recipients who may or may not take a family over."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.base import BASE
from states.vocabulary import Command, Fact, Role, State
from tests.people import MIDWIFE, NURSE, SECOND_MIDWIFE, VOLUNTEER, WORKER
from tests.world import World, a_world
from workflow.case import Case, Consent, ConsentForm, ConsentKind
from workflow.office import Person, Recipient
from workflow.policies import POLICIES, Situation, concrete, facts_now, facts_recorded, why_not_eligible


def situation(world: World, case: Case) -> Situation:
    question = world.question(case)
    return Situation(case, question.moment, question.directory, question.network)


def test_every_fact_of_the_law_has_a_policy_and_every_policy_a_fact() -> None:
    assert set(POLICIES) == set(Fact)
    assert {spec.name for spec in BASE.facts} | {Fact.ELIGIBLE} == set(Fact)


@given(facts=st.frozensets(st.sampled_from([fact for fact in Fact if not fact.per_recipient])))
def test_the_policies_one_by_one_say_what_the_facts_together_say(facts: frozenset[Fact]) -> None:
    """Whatever marks a case carries: each policy by itself, and `facts_now` over all of them."""
    with a_world() as world:
        case = world.a_case_in(State.HANDED_OVER)
        marks = {str(fact): world.now for fact in facts if fact is not Fact.CONSENT}
        case = replace(case, marks=marks, consents=case.consents if Fact.CONSENT in facts else ())
        seen = situation(world, case)
        now = facts_now(seen, MIDWIFE.recipient)
        for fact, policy in POLICIES.items():
            name = concrete(fact, "yildiz") if fact.per_recipient else str(fact)
            assert policy(seen, MIDWIFE.recipient) == (name in now), fact


def test_a_consent_holds_to_the_end_of_its_last_day_and_then_fades_from_the_facts_alone() -> None:
    """The record keeps it, because nobody withdrew it; the next step is refused until it is renewed."""
    with a_world() as world:
        case = world.a_referral(expires_on=date(2026, 3, 31))
        world.go_to("2026-03-31 23:59")
        assert "consent" in facts_now(situation(world, case))
        world.go_to("2026-04-01 00:00")
        assert "consent" not in facts_now(situation(world, case))
        assert "consent" in facts_recorded(case)


def test_of_two_consents_the_longer_one_counts() -> None:
    with a_world() as world:
        case = world.a_referral(expires_on=date(2026, 3, 31))
        case = world.do(case, Command.RECORD_CONSENT, expires_on=date(2026, 6, 30))
        world.go_to("2026-06-30 12:00")
        assert "consent" in facts_now(situation(world, case))
        world.wait(days=1)
        assert "consent" not in facts_now(situation(world, case))


def test_a_consent_for_one_recipient_is_none_for_another() -> None:
    with a_world() as world:
        case = world.do(world.a_case_in(State.IN_CONTACT), Command.RECORD_CONSENT_FOR, to=MIDWIFE)
        assert {fact for fact in facts_now(situation(world, case)) if ":" in fact} == {"consent:yildiz"}


def test_release_and_feedback_are_no_consent_to_be_contacted() -> None:
    """Four separate objects, never bundled (§ 67b SGB X)."""
    with a_world() as world:
        case = world.do(world.a_referral("unclear"), Command.RECORD_RELEASE)
        case = world.do(case, Command.RECORD_FEEDBACK)
        assert len(case.consents) == 2
        assert facts_now(situation(world, case)) == {"by_partner"}


@pytest.mark.parametrize(
    ("who", "day", "may"),
    [
        (MIDWIFE, "2027-01-08", True),
        (MIDWIFE, "2027-01-09", False),
        (NURSE, "2029-01-07", True),
        (NURSE, "2029-01-08", False),
        (VOLUNTEER, "2029-01-07", True),
        (VOLUNTEER, "2029-01-08", False),
    ],
)
def test_who_may_take_over_follows_the_child_s_birthday(who: Person, day: str, *, may: bool) -> None:
    """Born 08.01.2026: the midwife to the end of the first birthday, the others until the third."""
    with a_world() as world:
        case = world.a_referral(born=date(2026, 1, 8))
        world.go_to(f"{day} 12:00")
        assert (why_not_eligible(situation(world, case), who.recipient) == "") is may


def test_before_the_birth_a_midwife_may_and_a_volunteer_may_not() -> None:
    with a_world() as world:
        case = world.a_referral(born=None, expected=date(2026, 5, 1))
        assert not why_not_eligible(situation(world, case), "yildiz")
        assert "Altersgrenze" in why_not_eligible(situation(world, case), "nachbar")


def test_without_any_date_of_the_child_nobody_is_eligible() -> None:
    with a_world() as world:
        case = world.a_referral(born=None)
        for who in (MIDWIFE, NURSE, VOLUNTEER):
            assert why_not_eligible(situation(world, case), who.recipient)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"active": False}, "nicht (mehr) im Verzeichnis"),
        ({"agreement_until": date(2026, 3, 8)}, "am 08.03.2026 abgelaufen"),
        ({"agreement_until": date(2026, 3, 9)}, ""),
        ({"role": Role.CASE_WORKER}, "übergibt nicht an"),
    ],
)
def test_an_agreement_must_be_in_force_on_the_day(change: dict[str, Any], reason: str) -> None:
    with a_world() as world:
        case = world.a_referral()
        recipient = Recipient("storch", "Frau Storch", Role.FAMILY_MIDWIFE)
        world.put(replace(recipient, **change))
        why = why_not_eligible(situation(world, case), SECOND_MIDWIFE.recipient)
        assert reason in why
        assert bool(reason) == bool(why)


def test_a_recipient_who_is_in_no_directory_is_not_eligible() -> None:
    with a_world() as world:
        case = world.a_referral()
        for nobody in ("unbekannt", "", None):
            assert why_not_eligible(situation(world, case), nobody)


_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(
    consents=st.lists(
        st.builds(
            Consent,
            id=st.just("c"),
            kind=st.sampled_from(ConsentKind),
            form=st.just(ConsentForm.WRITTEN),
            given_on=st.just(date(2026, 1, 1)),
            recipient=st.sampled_from([None, "yildiz", "storch"]),
            expires_on=st.none() | _DAYS,
            withdrawn_at=st.none() | st.just(a_world().now),
        ),
        max_size=6,
    ),
    day=_DAYS,
)
def test_time_can_only_take_consents_away(consents: list[Consent], day: date) -> None:
    """Facts of the moment are facts of the record, less the consents that have run out; nothing else fades."""
    with a_world() as world:
        case = replace(world.a_case_in(State.HANDED_OVER), consents=tuple(consents))
        seen = situation(world, case)
        seen = replace(seen, moment=replace(seen.moment, day=day))
        recorded, now = facts_recorded(case), facts_now(seen)
        assert now <= recorded
        assert {fact.partition(":")[0] for fact in recorded - now} <= {"consent"}
        late = facts_now(replace(seen, moment=replace(seen.moment, day=day + timedelta(days=400))))
        assert late <= now
        for fact in now:
            if fact.startswith("consent"):
                whose = fact.partition(":")[2] or None
                kind = ConsentKind.HANDOVER if whose else ConsentKind.CONTACT
                assert any(
                    c.kind is kind
                    and (kind is ConsentKind.CONTACT or c.recipient == whose)
                    and c.valid_on(day)
                    for c in consents
                )


def test_eligibility_is_judged_for_the_recipient_named_and_never_recorded() -> None:
    with a_world() as world:
        case = world.a_case_in(State.IN_CONTACT)
        seen = situation(world, case)
        assert "eligible:yildiz" in facts_now(seen, "yildiz")
        assert not any(fact.startswith("eligible") for fact in facts_now(seen))
        assert not any(fact.startswith("eligible") for fact in facts_recorded(case))
        assert WORKER.recipient is None
