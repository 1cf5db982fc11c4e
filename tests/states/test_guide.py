"""The next step that is named leads on, is the shortest, and never an alarm raised only to get on."""
# ruff: noqa: N817 - the table's own short words

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.base import BASE
from states.bits import RECIPIENTS
from states.guide import GRAVE, next_step
from states.space import Space
from states.vocabulary import Command as C
from states.vocabulary import State as S

MIDWIFE = "yildiz"


@pytest.mark.parametrize(
    ("state", "facts", "wanted", "way"),
    [
        (S.RECEIVED, {"by_partner", "consent"}, C.CHECK_CONSENT_YES, (C.TRIAGE_NO,)),
        (
            S.RECEIVED, {"by_partner"}, C.REACH_FAMILY,
            (C.TRIAGE_NO, C.RECORD_CONSENT_PARTNER, C.CHECK_CONSENT_YES),
        ),
        (
            S.CONSENT_CHECKED, {"by_partner"}, C.REACH_FAMILY,
            (C.TRIAGE_NO, C.CHECK_CONSENT_NO, C.TRIAGE_NO, C.RECORD_CONSENT_PARTNER, C.CHECK_CONSENT_YES),
        ),
        (S.CONSENT_CHECKED, set(), C.REACH_FAMILY, (C.RECORD_CONSENT,)),
        (S.CONSENT_CHECKED, {"by_partner", "withdrawn"}, C.CHECK_CONSENT_NO, (C.TRIAGE_NO,)),
        (S.CONSENT_CHECKED, {"consent"}, C.ATTEMPT_CONTACT, ()),
        (S.IN_CONTACT, {"consent", "reached", "attempted", "looked", "danger"}, C.CLOSE, (C.ASSESS_RISK_NO,)),
        (S.IN_CONTACT, {"reached", "attempted", "danger"}, C.ESCALATE, (C.ASSESS_RISK_YES, C.INVOLVE_FAMILY)),
        (S.CLOSED, {"consent"}, C.REACH_FAMILY, (C.REOPEN, C.TRIAGE_NO, C.CHECK_CONSENT_YES)),
        (S.ESCALATED, {"danger", "owed"}, C.CLOSE, (C.COMPLETE_RECORD, C.CONFIRM_RECEIPT)),
    ],
)  # fmt: skip
def test_the_next_step_is_the_one_a_colleague_would_name(
    state: str, facts: set[str], wanted: str, way: tuple[str, ...]
) -> None:
    assert next_step(BASE, state, facts, wanted) == way


def test_a_handover_waits_for_the_familys_yes_to_this_recipient() -> None:
    facts = {"consent", "attempted", "reached", "looked", f"eligible:{MIDWIFE}", "consent:petersen"}
    way = next_step(BASE, S.IN_CONTACT, facts, C.PROPOSE_HANDOVER, MIDWIFE)
    assert way == (C.RECORD_CONSENT_FOR,)


def test_no_step_makes_a_child_younger() -> None:
    facts = {"consent", "attempted", "reached", "looked", f"consent:{MIDWIFE}"}
    assert next_step(BASE, S.IN_CONTACT, facts, C.PROPOSE_HANDOVER, MIDWIFE) is None


SPACE = Space(BASE)
SPACE.explore()
LOW = (1 << SPACE.bits.width) - 1


def everything_after(configuration: int) -> set[int]:
    """Walk from a configuration through all that people can do, without time passing."""
    after = {configuration}
    size = 0
    while size != len(after):
        size = len(after)
        for number, heres in SPACE.changing.items():
            if SPACE.moves[number].row is not None:
                after.update(SPACE.leads(number, here) for here in heres if here in after)
    return after


@settings(deadline=None)  # a way that does not exist is searched for through the whole space, once
@given(st.sampled_from(SPACE.configurations), st.sampled_from(list(BASE.commands)))
def test_the_way_leads_there_by_the_very_table(configuration: int, wanted: str) -> None:
    """Walk the way at run time: every step is in the table, and after the last one `wanted` is possible."""
    state = SPACE.state_of(configuration)
    facts = SPACE.bits.facts(configuration & LOW) | {f"eligible:{who}" for who in RECIPIENTS}
    way = next_step(BASE, state, facts, wanted, RECIPIENTS[0])
    if way is None:
        goal = {here for move in SPACE.moves if move.command == wanted for here in SPACE.fired[move.number]}
        assert not goal & everything_after(configuration)
        return
    reached = {(state, facts)}
    for command in way:
        reached = {
            (state if row.target == "=" else row.target, BASE.effect(command, known, who))
            for state, known in reached
            for who in RECIPIENTS
            for row in BASE.rows_from(state, command)
            if row.guard.holds(known, who)
        }
    assert any(
        row.guard.holds(known, RECIPIENTS[0])
        for state, known in reached
        for row in BASE.rows_from(state, wanted)
    )


def test_nobody_is_told_to_raise_an_alarm_in_order_to_get_on() -> None:
    facts = {"consent", "attempted", "reached", "looked"}
    for wanted in (C.CLOSE, C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER, C.END_SUPPORT):
        way = next_step(BASE, S.IN_CONTACT, facts | {f"eligible:{MIDWIFE}"}, wanted, MIDWIFE)
        assert way is None or not GRAVE & set(way)


def test_even_where_only_an_alarm_leads_on_the_consent_is_the_partner_s_to_bring() -> None:
    """The partner's consent ran out before the contact; a support that the ASD leaves standing is far away."""
    facts = {"by_partner", f"eligible:{MIDWIFE}"}
    way = next_step(BASE, S.CONSENT_CHECKED, facts, C.RETURN_CASE_SUPPORT, MIDWIFE)
    assert way is not None
    assert C.RECORD_CONSENT_PARTNER in way
    assert C.RECORD_CONSENT not in way


FAMILY_FREE = {fact: SPACE.bits.place[fact] for fact in ("by_partner", "consent", "withdrawn", "reached")}


@settings(deadline=None)
@given(st.sampled_from(SPACE.configurations), st.sampled_from(list(BASE.commands)))
def test_a_family_that_nobody_has_reached_is_not_asked_where_the_partner_can_be(
    configuration: int, wanted: str
) -> None:
    """From everywhere, to everything: with a partner's referral and no yes, the way never begins with the family."""
    here = {fact for fact, bit in FAMILY_FREE.items() if configuration & bit}
    state = SPACE.state_of(configuration)
    if here != {"by_partner"} or state not in (S.RECEIVED, S.CONSENT_PENDING, S.CONSENT_CHECKED):
        return
    facts = SPACE.bits.facts(configuration & LOW) | {f"eligible:{who}" for who in RECIPIENTS}
    way = next_step(BASE, state, facts, wanted, RECIPIENTS[0])
    assert not way or C.RECORD_CONSENT not in way
