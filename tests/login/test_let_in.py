"""Many at the door at once: each comes in as if they had come alone, and each one's use is noted."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.login.caller import Card, Scope, Via
from adapters.login.tokens import make_token, revoke_token, tokens
from tests.login.house import House
from tests.people import PARTNER, SUPERVISOR, WORKER

DAY = timedelta(days=1)
CARDS = 7


@pytest.fixture
def crowd(house: House) -> list[Card]:
    """Everybody who may stand before the door one morning."""
    for person in (WORKER, SUPERVISOR):
        house.account(person)
    cookie, hers = house.enter(WORKER), house.enter(SUPERVISOR)
    clinic, gone = (
        make_token(house.lotse, SUPERVISOR.id, PARTNER.id, "KIS", frozenset({Scope.REFERRALS}), DAY).text
        for _ in range(2)
    )
    revoke_token(house.lotse, SUPERVISOR.id, PARTNER.id, gone.split("_")[1])
    shown = [(Via.SESSION, cookie), (Via.SESSION, hers), (Via.TOKEN, clinic)]
    worth_nothing = [(Via.TOKEN, gone), (Via.TOKEN, cookie), (Via.SESSION, clinic), (Via.SESSION, "A" * 43)]
    return [Card(*each) for each in shown + worth_nothing]


@given(picked=st.lists(st.integers(0, CARDS - 1), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_comes_in_as_alone(house: House, crowd: list[Card], picked: list[int]) -> None:
    cards = [crowd[number] for number in picked]
    assert house.door.let_in(cards) == [house.door.let_in([card])[0] for card in cards]


def test_each_ones_use_is_noted(house: House, crowd: list[Card]) -> None:
    """Two sessions used five minutes ago and a token that never was: afterwards all three were seen now."""
    house.world.wait(minutes=5)
    callers = house.door.let_in([*crowd, *crowd])
    assert [caller.person.id if caller else None for caller in callers[:CARDS]] == [
        WORKER.id, SUPERVISOR.id, PARTNER.id, None, None, None, None,
    ]  # fmt: skip
    seen = [row[0] for row in house.rows("SELECT seen_at FROM sessions")]
    assert seen == [house.now()] * 2
    assert [token.seen_at for token in tokens(house.lotse, PARTNER.id)] == [house.now()]
