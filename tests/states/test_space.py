"""The prover's bits say the same as the table read at run time, in every configuration and for every move."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.base import BASE
from states.bits import RECIPIENTS, implied, without
from states.process import NEW
from states.space import Space
from states.vocabulary import LAPSE

WIDTH = 5
conditions = st.tuples(st.integers(0, 2**WIDTH - 1), st.integers(0, 2**WIDTH - 1)).map(
    lambda pair: (pair[0], pair[0] & pair[1])
)


@pytest.fixture(scope="module")
def space() -> Space:
    explored = Space(BASE)
    explored.explore()
    return explored


@given(conditions, conditions)
def test_one_condition_without_another_splits_without_overlap(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    rest = list(without(one, other))
    for bits in range(2**WIDTH):
        wanted = bits & one[0] == one[1] and bits & other[0] != other[1]
        assert sum(bits & mask == value for mask, value in rest) == wanted


@given(st.lists(conditions, max_size=3), st.lists(conditions, max_size=3))
def test_implication_is_what_trying_every_valuation_says(
    premise: list[tuple[int, int]], conclusion: list[tuple[int, int]]
) -> None:
    def holds(parts: list[tuple[int, int]], bits: int) -> bool:
        return any(bits & mask == value for mask, value in parts)

    gaps = [bits for bits in range(2**WIDTH) if holds(premise, bits) and not holds(conclusion, bits)]
    gap = implied(premise, conclusion)
    assert (gap is None) == (not gaps)
    if gap is not None:
        assert all(bits in gaps for bits in range(2**WIDTH) if bits & gap[0] == gap[1])


def test_every_move_of_the_prover_is_what_the_table_does_at_run_time(space: Space) -> None:
    eligible = frozenset(f"eligible:{who}" for who in RECIPIENTS)
    for move in space.moves:
        if move.row is None:
            continue
        for here in space.fired[move.number][:40]:
            facts = space.bits.facts(here & ((1 << space.bits.width) - 1))
            assert move.row.guard.holds(facts | eligible, move.recipient)
            there = space.leads(move.number, here)
            after = space.bits.facts(there & ((1 << space.bits.width) - 1))
            assert after == BASE.effect(move.command, facts, move.recipient)
            assert space.state_of(there) == move.target


def test_where_the_prover_sees_no_move_the_table_allows_none(space: Space) -> None:
    fired = [set(heres) for heres in space.fired]
    eligible = frozenset(f"eligible:{who}" for who in RECIPIENTS)
    by_state: dict[str, list[int]] = {}
    for move in space.moves:
        if move.row is not None:
            by_state.setdefault(move.state, []).append(move.number)
    for here in space.configurations[::7]:
        facts = space.bits.facts(here & ((1 << space.bits.width) - 1)) | eligible
        for number in by_state[space.state_of(here)]:
            move = space.moves[number]
            assert move.row is not None
            assert move.row.guard.holds(facts, move.recipient) == (here in fired[number])


def test_the_way_to_a_configuration_leads_there(space: Space) -> None:
    for here in space.configurations[::101]:
        at = space.start
        for move in space.way(here):
            assert at in space.fired[move.number]
            at = space.leads(move.number, at)
        assert at == here


def test_nothing_is_assumed_about_who_is_who(space: Space) -> None:
    """Swapping the two abstract recipients maps the configurations onto themselves."""
    one, other = RECIPIENTS
    swapped = set()
    for here in space.configurations:
        facts = space.bits.facts(here & ((1 << space.bits.width) - 1))
        names = {f"{fact[:-1]}{other if fact[-1] == one else one}" if ":" in fact else fact for fact in facts}
        swapped.add((space.state_of(here), frozenset(names)))
    plain = {
        (space.state_of(here), space.bits.facts(here & ((1 << space.bits.width) - 1)))
        for here in space.configurations
    }
    assert swapped == plain


def test_time_alone_takes_consents_and_moves_nothing(space: Space) -> None:
    lapses = [move for move in space.moves if move.command.startswith(LAPSE)]
    assert {(move.state, move.recipient) for move in lapses} == set(product(BASE.states, (None, *RECIPIENTS)))
    assert all(move.state == move.target != NEW for move in lapses)
