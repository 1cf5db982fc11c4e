"""Tokens: shown once, bound by scopes and an end, worth nothing once revoked or their person is locked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.login.caller import Scope, Via
from adapters.login.rows import Identity, Rows
from adapters.login.tokens import MOST, TokenError, make_token, revoke_token, tokens
from states.vocabulary import Role
from tests.login.house import HERE, OTHER, PASSWORD, House
from tests.people import PARTNER, SUPERVISOR, WORKER
from workflow.staff import Particulars

YEAR = timedelta(days=365)
REFERRALS = frozenset({Scope.REFERRALS})


def made(house: House, days: int = 365) -> str:
    return make_token(house.lotse, SUPERVISOR.id, PARTNER.id, "KIS", REFERRALS, timedelta(days=days)).text


def test_a_clinics_system_comes_in_as_its_person_and_as_far_as_its_scope(house: House) -> None:
    text = made(house)
    caller = house.door.by_token(text)
    assert caller is not None
    assert (caller.person, caller.via, caller.scopes, caller.session) == (PARTNER, Via.TOKEN, REFERRALS, None)
    assert text not in repr(caller)
    assert house.door.by_session(text.rpartition("_")[2]) is None, "a token is no cookie"


def test_a_token_ends_with_its_day(house: House) -> None:
    text = made(house, days=1)
    house.world.wait(hours=23)
    assert house.door.by_token(text)
    house.world.wait(hours=1)
    assert house.door.by_token(text) is None


def test_a_revoked_token_is_worth_nothing(house: House) -> None:
    text, other = made(house), made(house)
    number = text.split("_")[1]
    assert not revoke_token(house.lotse, WORKER.id, WORKER.id, number), (
        "nobody revokes another's under their name"
    )
    assert revoke_token(house.lotse, SUPERVISOR.id, PARTNER.id, number)
    assert not revoke_token(house.lotse, SUPERVISOR.id, PARTNER.id, number)
    assert house.door.by_token(text) is None
    assert house.door.by_token(other)
    assert [each["token"] for each in house.log("token_revoked")] == [number]


def test_the_secret_of_one_under_the_number_of_another_is_nobody(house: House) -> None:
    one, other = made(house).split("_", 2), made(house).split("_", 2)
    assert house.door.by_token(f"lotse_{one[1]}_{other[2]}") is None


def test_who_is_locked_has_no_tokens_any_more(house: House) -> None:
    from adapters.login import staff

    text = made(house)
    house.world.put(replace(PARTNER, active=False))
    assert house.door.by_token(text) is None
    house.world.put(PARTNER)
    assert house.door.by_token(text)
    staff.lock(house.lotse, SUPERVISOR.id, PARTNER.id)
    staff.unlock(house.lotse, SUPERVISOR.id, PARTNER.id)
    assert house.door.by_token(text) is None


def test_a_token_outlives_neither_a_reset_nor_another_password(house: House) -> None:
    """Whoever stole a program's access is out with whatever helps its person back in."""
    from adapters.login import own, staff

    house.account(PARTNER)
    text = made(house)
    caller = house.door.by_session(house.enter(PARTNER))
    assert caller is not None
    own.change_password(house.porter, caller, PASSWORD, OTHER, HERE)
    assert house.door.by_token(text) is None
    assert [each["tokens"] for each in house.log("password_changed")] == [1]
    text = made(house)
    staff.reset(house.lotse, SUPERVISOR.id, PARTNER.id)
    assert house.door.by_token(text) is None


@pytest.mark.parametrize("code", [False, True])
@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("provider", [False, True])
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_a_token_goes_no_way_past_the_second_factor(
    house: House, *, code: bool, asked: bool, provider: bool, password: str | None
) -> None:
    """As far as its scope only where none is asked for, it is set up, or the provider alone asks for it."""
    roles = frozenset({Role.PARTNER}) if asked else frozenset()
    house.lotse.settings = replace(house.lotse.settings, second_factor=roles)
    house.account(PARTNER, password, code=code)
    if provider:
        mine = Identity("https://x.example", "1", PARTNER.id)
        house.lotse.write(lambda work: Rows.of(work).put(mine))
    caller = house.door.by_token(made(house))
    assert caller is not None
    free = not asked or code or (provider and password is None)
    assert caller.scopes == (REFERRALS if free else frozenset())


def test_who_gets_a_role_that_needs_a_second_factor_makes_their_tokens_anew(house: House) -> None:
    from adapters.login import staff

    house.lotse.settings = replace(house.lotse.settings, second_factor=frozenset({Role.SUPERVISOR}))
    house.account(PARTNER, code=True)
    for role, stays in ((Role.PLANNER, True), (Role.SUPERVISOR, False)):
        text = made(house)
        roles = PARTNER.roles | {role}
        staff.put_in(house.lotse, WORKER.id, Particulars(PARTNER.id, PARTNER.name, roles))
        assert (house.door.by_token(text) is not None) is stays


def test_when_a_token_was_last_used_is_known_to_the_hour(house: House) -> None:
    text = made(house)
    assert tokens(house.lotse, PARTNER.id)[0].seen_at is None
    house.door.by_token(text)
    first = house.now()
    house.world.wait(minutes=59)
    house.door.by_token(text)
    assert tokens(house.lotse, PARTNER.id)[0].seen_at == first


@pytest.mark.parametrize(
    ("name", "scopes", "valid"),
    [
        ("", REFERRALS, YEAR),
        ("  ", REFERRALS, YEAR),
        ("x" * 101, REFERRALS, YEAR),
        ("KIS\n", REFERRALS, YEAR),
        ("KIS", frozenset(), YEAR),
        ("KIS", REFERRALS, YEAR + timedelta(seconds=1)),
        ("KIS", REFERRALS, timedelta()),
        ("KIS", REFERRALS, timedelta(days=-1)),
    ],
)
def test_what_is_no_token_is_refused(
    house: House, name: str, scopes: frozenset[Scope], valid: timedelta
) -> None:
    with pytest.raises(TokenError):
        make_token(house.lotse, SUPERVISOR.id, PARTNER.id, name, scopes, valid)
    assert tokens(house.lotse, PARTNER.id) == []


def test_nobody_hoards_tokens(house: House) -> None:
    for _ in range(MOST):
        made(house)
    with pytest.raises(TokenError, match="zu viele"):
        made(house)
