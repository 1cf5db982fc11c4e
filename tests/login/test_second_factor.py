"""Codes: one step before and after, each once; set up by showing one, taken away by who has charge of the house."""

from dataclasses import replace

import pytest

from adapters.login import factor, own, staff
from adapters.login.caller import EVERY_SCOPE, Caller
from adapters.login.own import NotThisWayError
from adapters.login.porter import WrongError
from tests.login.house import HERE, OTHER, PASSWORD, House
from tests.people import COLLEAGUE, SUPERVISOR, WORKER


def caller(house: House, cookie: str) -> Caller:
    found = house.door.by_session(cookie)
    assert found is not None
    return found


@pytest.mark.parametrize(("steps", "comes_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_one_step_before_and_after(house: House, steps: int, *, comes_in: bool) -> None:
    secret = house.account(SUPERVISOR, code=True)
    attempt = house.attempt(SUPERVISOR, code=house.code(secret, steps))
    if comes_in:
        assert house.porter.login(attempt)
    else:
        with pytest.raises(WrongError):
            house.porter.login(attempt)


def test_a_code_that_was_seen_over_the_shoulder_is_worth_nothing(house: House) -> None:
    """Replay: neither the same code again nor an earlier one, even after the program was started anew."""
    secret = house.account(SUPERVISOR, code=True)
    seen = house.code(secret, 1)
    house.enter(SUPERVISOR, code=seen)
    house.begin()
    for code in (seen, house.code(secret), house.code(secret, -1)):
        with pytest.raises(WrongError):
            house.enter(SUPERVISOR, code=code)
    house.world.wait(minutes=1)
    assert house.enter(SUPERVISOR, code=house.code(secret, 1))


def test_a_wrong_code_is_on_record_as_such_and_uses_no_step_up(house: House) -> None:
    secret = house.account(SUPERVISOR, code=True)
    with pytest.raises(WrongError):
        house.enter(SUPERVISOR, code="123")
    assert house.log("login")[-1]["reason"] == "factor"
    assert house.enter(SUPERVISOR, code=f" {house.code(secret)[:3]} {house.code(secret)[3:]} ")


def test_who_needs_a_second_factor_and_has_none_can_do_nothing_but_set_it_up(house: House) -> None:
    house.account(SUPERVISOR)
    first = caller(house, house.enter(SUPERVISOR))
    assert first.scopes == frozenset()
    offered = own.begin_factor(house.porter, first, PASSWORD, HERE)
    secret = secret_in(offered.address)
    assert len(secret) == 32
    assert "<svg" in offered.picture
    cookie = own.confirm_factor(house.porter, first, offered.sealed, house.code(secret))
    assert caller(house, cookie).scopes == EVERY_SCOPE
    with pytest.raises(WrongError):
        house.enter(SUPERVISOR)
    house.world.wait(minutes=1)
    assert house.enter(SUPERVISOR, code=house.code(secret))


def secret_in(address: str) -> str:
    return address.partition("secret=")[2].partition("&")[0]


def test_an_enrolment_is_its_persons_and_lasts_ten_minutes(house: House) -> None:
    for person in (WORKER, COLLEAGUE):
        house.account(person)
    hers = caller(house, house.enter(WORKER))
    offered = own.begin_factor(house.porter, hers, PASSWORD, HERE)
    code = house.code(secret_in(offered.address))
    for who, sealed, given in (
        (caller(house, house.enter(COLLEAGUE)), offered.sealed, code),
        (hers, offered.sealed[:-4] + "AAAA", code),
        (hers, "", code),
        (hers, "ü", code),
        (hers, offered.sealed, "000000"),
    ):
        with pytest.raises(WrongError):
            own.confirm_factor(house.porter, who, sealed, given)
    house.world.wait(minutes=10)
    with pytest.raises(WrongError):
        own.confirm_factor(house.porter, hers, offered.sealed, house.code(secret_in(offered.address)))
    assert house.rows("SELECT totp FROM accounts WHERE totp IS NOT NULL") == []


def test_a_second_factor_is_not_set_up_over_another(house: House) -> None:
    """Whoever sits down at an open session cannot put their own device in its place."""
    house.account(WORKER, code=True)
    cookie = house.porter.login(house.attempt(WORKER, code=house.code(secret_of(house, WORKER.id)))).cookie
    with pytest.raises(NotThisWayError):
        own.begin_factor(house.porter, caller(house, cookie), PASSWORD, HERE)


def secret_of(house: House, person: str) -> str:
    with house.lotse.store.work() as work:
        ((sealed,),) = house.rows("SELECT totp FROM accounts WHERE person = ?", person)
        assert isinstance(sealed, bytes)
        return factor.opened(factor.sealing(work), house.lotse.store.tenant, person, sealed)


def test_a_fachkraft_may_do_without_and_a_supervisor_may_not(house: House) -> None:
    for person in (WORKER, SUPERVISOR):
        secret = house.account(person, code=True)
        who = caller(house, house.enter(person, code=house.code(secret)))
        house.world.wait(minutes=1)
        if person is SUPERVISOR:
            with pytest.raises(NotThisWayError):
                own.drop_factor(house.porter, who, PASSWORD, house.code(secret), HERE)
            continue
        with pytest.raises(WrongError):
            own.drop_factor(house.porter, who, PASSWORD, "000000", HERE)
        with pytest.raises(WrongError):
            own.drop_factor(house.porter, who, OTHER, house.code(secret), HERE)
        own.drop_factor(house.porter, who, PASSWORD, house.code(secret), HERE)
        assert house.enter(WORKER)


def test_a_lost_device_is_replaced_by_who_has_charge_of_the_house(house: House) -> None:
    house.account(WORKER, code=True)
    staff.reset(house.lotse, SUPERVISOR.id, WORKER.id, second_factor=True)
    ((password, totp),) = house.rows("SELECT password, totp FROM accounts")
    assert (password, totp) == (None, None)
    assert house.log("second_factor_gone")[0]["concerned"] == WORKER.id


def test_which_roles_need_one_is_the_offices_to_say(house: House) -> None:
    house.account(WORKER)
    cookie = house.enter(WORKER)
    house.lotse.settings = replace(house.lotse.settings, second_factor=frozenset(WORKER.roles))
    house.begin()
    assert caller(house, cookie).scopes == frozenset()
