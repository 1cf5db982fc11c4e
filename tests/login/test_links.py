"""One-time links: used once, for what they are, while they last; two at once are one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.login import staff
from adapters.login.links import Purpose, link_address, make_link
from adapters.login.passwords import WeakPasswordError
from adapters.login.porter import WrongError
from adapters.login.redeem import LinkGoneError, first_link, redeem
from states.vocabulary import Role
from tests.login.house import OTHER, PASSWORD, House
from tests.people import GONE, SUPERVISOR, WORKER

DAY = timedelta(days=1)


def test_a_new_password_is_set_by_a_link_and_the_old_sessions_end(house: House) -> None:
    house.account(WORKER)
    cookie = house.enter(WORKER)
    text = make_link(house.lotse, WORKER.id, Purpose.PASSWORD, DAY)
    done = redeem(house.porter, Purpose.PASSWORD, text, OTHER)
    assert (done.person, done.login) == (WORKER, WORKER.id)
    assert house.door.by_session(cookie) is None
    assert house.enter(WORKER, OTHER)
    with pytest.raises(WrongError):
        house.enter(WORKER, PASSWORD)
    assert [each["actor"] for each in house.log("link_used")] == [WORKER.id]


def test_a_link_is_used_once(house: House) -> None:
    text = make_link(house.lotse, WORKER.id, Purpose.INVITATION, DAY)
    redeem(house.porter, Purpose.INVITATION, text, PASSWORD)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.INVITATION, text, OTHER)
    assert house.enter(WORKER, PASSWORD)


def test_two_at_once_are_one(house: House) -> None:
    text = make_link(house.lotse, WORKER.id, Purpose.INVITATION, DAY)
    words = [f"Ziege{number} malt Wolken grün" for number in range(6)]

    def used(password: str) -> bool:
        try:
            redeem(house.porter, Purpose.INVITATION, text, password)
        except LinkGoneError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(used, words))
    assert results.count(True) == 1
    assert house.enter(WORKER, words[results.index(True)])


def test_a_link_ends_with_its_day_and_with_the_next_one(house: House) -> None:
    first = make_link(house.lotse, WORKER.id, Purpose.PASSWORD, DAY)
    second = make_link(house.lotse, WORKER.id, Purpose.PASSWORD, DAY)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.PASSWORD, first, OTHER)
    house.world.wait(days=1)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.PASSWORD, second, OTHER)


def test_a_link_is_good_for_its_purpose_alone(house: House) -> None:
    text = make_link(house.lotse, WORKER.id, Purpose.INVITATION, DAY)
    for purpose in (Purpose.FIRST, Purpose.PASSWORD):
        with pytest.raises(LinkGoneError):
            redeem(house.porter, purpose, text, OTHER)
    assert redeem(house.porter, Purpose.INVITATION, text, OTHER)


@pytest.mark.parametrize("text", ["", "A" * 43, "ü", "\ud800", "A" * 10_000])
def test_what_is_no_link_is_gone(house: House, text: str) -> None:
    make_link(house.lotse, WORKER.id, Purpose.PASSWORD, DAY)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.PASSWORD, text, OTHER)


def test_a_weak_password_costs_nobody_their_link(house: House) -> None:
    text = make_link(house.lotse, WORKER.id, Purpose.INVITATION, DAY)
    with pytest.raises(WeakPasswordError):
        redeem(house.porter, Purpose.INVITATION, text, "passwort1234")
    assert redeem(house.porter, Purpose.INVITATION, text, OTHER)


def test_who_was_locked_meanwhile_has_no_link_any_more(house: House) -> None:
    text = staff.invite(house.lotse, SUPERVISOR.id, WORKER.id)
    staff.lock(house.lotse, SUPERVISOR.id, WORKER.id)
    staff.unlock(house.lotse, SUPERVISOR.id, WORKER.id)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.INVITATION, text, OTHER)
    with pytest.raises(staff.NobodyError):
        staff.invite(house.lotse, SUPERVISOR.id, GONE.id)


def test_the_secret_stands_behind_the_hash_where_no_server_sees_it(house: House) -> None:
    address = link_address(house.lotse.settings, Purpose.FIRST, "GEHEIM")
    assert address.partition("#")[2] == "first.GEHEIM"


def test_the_first_administrator_is_made_by_a_link_and_by_no_default_password(house: House) -> None:
    text = first_link(house.lotse)
    assert text is not None
    with house.lotse.store.work(reading=True) as work:
        assert "verwaltung" not in work.directory.persons, "until somebody redeems it nothing has changed"
    done = redeem(house.porter, Purpose.FIRST, text, PASSWORD)
    assert done.person.roles == {Role.ADMIN}
    admitted = house.porter.login(house.attempt(done.login))
    assert admitted.person.id == "verwaltung"
    assert first_link(house.lotse) is None


def test_the_first_link_is_made_again_while_nobody_can_log_in(house: House) -> None:
    old = first_link(house.lotse)
    new = first_link(house.lotse)
    assert old is not None
    assert new is not None
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.FIRST, old, PASSWORD)
    house.world.wait(hours=24)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.FIRST, new, PASSWORD)
    assert first_link(house.lotse) is not None


def test_a_first_link_is_worth_nothing_once_somebody_else_can_log_in(house: House) -> None:
    text = first_link(house.lotse)
    assert text is not None
    house.account(SUPERVISOR)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.FIRST, text, PASSWORD)


def test_the_first_administrator_is_who_was_entered_as_one(house: House) -> None:
    from workflow.office import Person

    house.world.put(
        Person("krause", "Herr Krause", frozenset({Role.ADMIN})),
        Person("verwaltung", "Frau Verwaltung", frozenset({Role.PLANNER})),
    )
    text = first_link(house.lotse)
    assert text is not None
    assert redeem(house.porter, Purpose.FIRST, text, PASSWORD).person.id == "krause"
