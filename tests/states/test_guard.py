"""Guards: read as they are written, and judged alike at run time and by the prover."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from states.base import BASE
from states.bits import RECIPIENTS, Bits
from states.guard import BadGuard, Guard, Literal

OF_THE_CASE = [fact.name for fact in BASE.facts if not fact.name.endswith(":r")]
OF_RECIPIENTS = ["consent", "offered", "handed", "eligible"]
literals = st.one_of(
    st.builds(Literal, st.sampled_from(OF_THE_CASE), st.just(""), st.booleans()),
    st.builds(Literal, st.sampled_from(OF_RECIPIENTS), st.just("r"), st.booleans()),
    st.builds(Literal, st.sampled_from(OF_RECIPIENTS), st.just("R"), st.just(value=False)),
    st.builds(Literal, st.sampled_from(OF_RECIPIENTS), st.just("*"), st.just(value=True)),
)
guards = st.lists(st.lists(literals, max_size=5).map(tuple), min_size=1, max_size=3).map(
    lambda alternatives: Guard(tuple(alternatives))
)
run_time_facts = st.frozensets(
    st.sampled_from([*OF_THE_CASE, *(f"{fact}:{who}" for fact in OF_RECIPIENTS for who in RECIPIENTS)])
)
BITS = Bits(BASE)


def test_a_handover_needs_the_familys_yes_to_this_recipient_and_nobody_else_asked() -> None:
    guard = Guard.parse("consent:r !withdrawn eligible:r !offered:R !handed:R")
    ready = frozenset({"consent", "consent:yildiz", "eligible:yildiz"})
    assert guard.holds(ready, "yildiz")
    assert not guard.holds(ready, "petersen")
    assert not guard.holds(ready, None)
    assert not guard.holds(ready | {"offered:petersen"}, "yildiz")
    assert guard.failing(ready | {"handed:petersen"}, "yildiz") == (Literal("handed", "R", holds=False),)


def test_of_two_alternatives_the_nearer_one_is_explained() -> None:
    guard = Guard.parse("looked !danger !owed ∨ receipt !owed")
    assert guard.failing(frozenset({"danger", "looked"}), None) == (Literal("danger", "", holds=False),)
    assert guard.failing(frozenset({"receipt"}), None) == ()


@pytest.mark.parametrize("nothing", ["", "–", "  "])
def test_an_empty_guard_always_holds(nothing: str) -> None:
    assert Guard.parse(nothing).holds(frozenset(), None)
    assert str(Guard.parse(nothing)) == "–"


@pytest.mark.parametrize("text", ["a | ", "consent:x", "!", "offered:R", "!handed:*", ":r"])
def test_what_has_no_clear_meaning_is_not_read(text: str) -> None:
    with pytest.raises(BadGuard):
        Guard.parse(text)


@given(guards)
def test_a_guard_reads_back_as_it_was_written(guard: Guard) -> None:
    if all(guard.alternatives):
        assert Guard.parse(str(guard)) == guard


@example(Guard.parse("offered:* offered:*"), frozenset({"offered:a", "offered:b"}), "a")
@given(guards, run_time_facts, st.sampled_from(RECIPIENTS))
def test_run_time_and_prover_read_a_guard_alike(guard: Guard, facts: frozenset[str], who: str) -> None:
    bits = sum(BITS.place[fact] for fact in facts)
    met = [1 for mask, value in BITS.conditions(guard, who) if bits & mask == value]
    assert bool(met) == guard.holds(facts, who)
    assert len(met) <= 1, "alternatives are made disjoint"


@given(guards, run_time_facts, st.sampled_from([*RECIPIENTS, None]))
def test_a_guard_fails_for_a_reason_or_holds_without_one(
    guard: Guard, facts: frozenset[str], who: str | None
) -> None:
    failing = guard.failing(facts, who)
    assert bool(failing) != guard.holds(facts, who)
    assert not any(literal.true_of(facts, who) for literal in failing)


@given(guards, guards, run_time_facts, st.sampled_from(RECIPIENTS))
def test_both_guards_together_hold_where_each_holds(
    one: Guard, other: Guard, facts: frozenset[str], who: str
) -> None:
    assert one.both(other).holds(facts, who) == (one.holds(facts, who) and other.holds(facts, who))
