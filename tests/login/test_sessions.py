"""Sessions: how long they last, how they end, and that whoever was locked is out at the next request."""

from dataclasses import replace

import pytest

from adapters.login import own, staff
from adapters.login.caller import Caller
from tests.login.house import HERE, OTHER, PASSWORD, House
from tests.people import COLLEAGUE, SUPERVISOR, WORKER


def caller(house: House, cookie: str) -> Caller:
    found = house.door.by_session(cookie)
    assert found is not None
    return found


@pytest.fixture
def cookie(house: House) -> str:
    """The Fachkraft's, who has just logged in."""
    house.account(WORKER)
    return house.enter(WORKER)


def test_a_stolen_cookie_is_worth_nothing_after_logging_out(house: House, cookie: str) -> None:
    session = caller(house, cookie).session
    assert session is not None
    house.porter.logout(session)
    assert house.door.by_session(cookie) is None
    assert house.door.renewed(cookie) is None
    assert [each["actor"] for each in house.log("logout")] == [WORKER.id]


def test_logging_out_ends_the_cookie_of_an_hour_ago_too(house: House, cookie: str) -> None:
    house.world.wait(minutes=29)
    assert house.door.by_session(cookie)
    house.world.wait(minutes=29)
    assert house.door.by_session(cookie)
    house.world.wait(minutes=3)
    assert caller(house, cookie).stale
    fresh = house.door.renewed(cookie)
    assert fresh is not None
    session = caller(house, fresh).session
    assert session is not None
    house.porter.logout(session)
    assert (house.door.by_session(cookie), house.door.by_session(fresh)) == (None, None)


def test_half_an_hour_without_doing_anything_ends_it(house: House, cookie: str) -> None:
    house.world.wait(minutes=29.9)
    assert house.door.by_session(cookie)
    house.world.wait(minutes=29.9)
    assert house.door.by_session(cookie), "being seen counts"
    house.world.wait(minutes=30)
    assert house.door.by_session(cookie) is None


def test_twelve_hours_end_it_however_busy_somebody_is(house: House, cookie: str) -> None:
    for _ in range(47):
        house.world.wait(minutes=15)
        seen = caller(house, cookie)
        if seen.stale:
            fresh = house.door.renewed(cookie)
            assert fresh is not None
            cookie = fresh
    house.world.wait(minutes=14.9)
    assert house.door.by_session(cookie)
    house.world.wait(minutes=0.1)
    assert house.door.by_session(cookie) is None


def test_how_long_they_last_is_the_offices_to_say(house: House) -> None:
    house.lotse.settings = replace(house.lotse.settings, session_idle=5, session_hours=1)
    house.begin()
    house.account(WORKER)
    cookie = house.enter(WORKER)
    house.world.wait(minutes=5)
    assert house.door.by_session(cookie) is None


def test_the_cookie_changes_every_hour_and_the_old_one_counts_for_a_minute(house: House, cookie: str) -> None:
    for _ in range(2):
        house.world.wait(minutes=25)
        assert not caller(house, cookie).stale
    house.world.wait(minutes=10)
    before = caller(house, cookie)
    assert before.stale
    fresh = house.door.renewed(cookie)
    assert fresh is not None
    assert house.door.renewed(cookie) is None, "two requests at once change it once"
    assert not caller(house, cookie).stale
    assert caller(house, fresh).csrf == before.csrf, "a page that was open goes on working"
    house.world.wait(minutes=1)
    assert house.door.by_session(cookie) is None
    assert house.door.by_session(fresh)


def test_being_seen_is_written_once_a_minute(house: House, cookie: str) -> None:
    def seen() -> object:
        return house.rows("SELECT seen_at FROM sessions")[0][0]

    first = seen()
    house.world.wait(minutes=0.9)
    house.door.by_session(cookie)
    assert seen() == first
    house.world.wait(minutes=0.1)
    house.door.by_session(cookie)
    assert seen() == house.now()


def test_who_is_locked_is_out_at_the_next_request_and_stays_out(house: House, cookie: str) -> None:
    staff.lock(house.lotse, SUPERVISOR.id, WORKER.id)
    assert house.door.by_session(cookie) is None
    staff.unlock(house.lotse, SUPERVISOR.id, WORKER.id)
    assert house.door.by_session(cookie) is None, "a session that ended does not come back"


def test_locking_in_the_directory_alone_is_enough(house: House, cookie: str) -> None:
    house.world.put(replace(WORKER, active=False))
    assert house.door.by_session(cookie) is None


def test_other_roles_ask_for_another_cookie(house: House, cookie: str) -> None:
    from workflow.staff import Particulars

    assert not caller(house, cookie).stale
    roles = COLLEAGUE.roles | SUPERVISOR.roles
    staff.put_in(house.lotse, SUPERVISOR.id, Particulars(WORKER.id, WORKER.name, frozenset(roles)))
    assert caller(house, cookie).stale
    fresh = house.door.renewed(cookie)
    assert fresh is not None
    assert not caller(house, fresh).stale


def test_another_password_ends_every_other_session(house: House, cookie: str) -> None:
    phone, stays = house.enter(WORKER), caller(house, cookie)
    changed = own.change_password(house.porter, stays, PASSWORD, OTHER, HERE)
    assert (house.door.by_session(phone), house.door.by_session(cookie)) == (None, None)
    assert caller(house, changed).person == WORKER
    assert house.enter(WORKER, OTHER)


def test_somebody_sees_and_ends_their_other_sessions(house: House, cookie: str) -> None:
    house.account(COLLEAGUE)
    hers = house.enter(COLLEAGUE)
    phone = house.enter(WORKER)
    here = caller(house, cookie)
    assert len(own.others(house.porter, here)) == 1
    assert own.end_others(house.porter, here) == 1
    assert house.door.by_session(phone) is None
    assert caller(house, cookie).person == WORKER
    assert caller(house, hers).person == COLLEAGUE
    assert own.others(house.porter, here) == []


def test_whoever_finds_a_screen_open_throws_nobody_out(house: House, cookie: str) -> None:
    """Other sessions are ended within a quarter of an hour of a login; later it is done by logging in anew."""
    phone = house.enter(WORKER)
    house.world.wait(minutes=15)
    assert own.end_others(house.porter, caller(house, cookie)) == 1
    phone = house.enter(WORKER)
    house.world.wait(minutes=1)
    with pytest.raises(own.NotThisWayError, match="neu anmelden"):
        own.end_others(house.porter, caller(house, cookie))
    assert caller(house, phone).person == WORKER
    assert own.end_others(house.porter, caller(house, house.enter(WORKER))) == 2


@pytest.mark.parametrize(
    "text", ["", "A", "A" * 43, "ü" * 43, "A" * 42 + "=", "\ud800", "A" * 500, "\0" * 43]
)
def test_what_is_no_cookie_is_nobody(house: House, cookie: str, text: str) -> None:
    assert house.door.by_session(text) is None
    assert house.door.renewed(text) is None
    assert house.door.by_token(text) is None
    assert house.door.by_session(cookie)


def test_where_nobody_ever_had_a_login_the_door_is_shut(house: House) -> None:
    assert house.rows("SELECT purpose FROM log_keys WHERE purpose = 'login'") == []
    assert house.door.by_session("A" * 43) is None
    assert house.door.by_token(f"lotse_{'0' * 16}_{'A' * 43}") is None


def test_the_cookie_is_told_apart_by_every_bit(house: House, cookie: str) -> None:
    """The last character has bits that base64 drops; a cookie written another way is another cookie."""
    last = cookie[-1]
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if other != last:
            assert house.door.by_session(cookie[:-1] + other) is None
