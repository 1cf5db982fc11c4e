"""Guessing is held up, and nobody is locked out by a stranger who guesses."""

import pytest
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond

from adapters.login import devices
from adapters.login.brakes import BrakedError, Brakes, Limits, Stranger, networks_of
from adapters.login.passwords import AT_ONCE, TooBusyError
from adapters.login.porter import Porter, WrongError
from tests.login.house import ELSEWHERE, HERE, OTHER, PASSWORD, House
from tests.people import COLLEAGUE, WORKER


def refused(house: House, **more: str) -> type[Exception]:
    with pytest.raises((WrongError, BrakedError)) as caught:
        house.porter.login(house.attempt(WORKER, OTHER, **more))
    return caught.type


def test_a_thousand_wrong_tries_from_one_address_do_not_keep_the_fachkraft_out(house: House) -> None:
    house.account(WORKER)
    tries = [refused(house, address=ELSEWHERE) for _ in range(1000)]
    assert tries.count(WrongError) == 5
    assert house.enter(WORKER, address=HERE)
    with pytest.raises(BrakedError):
        house.enter(WORKER, address=ELSEWHERE)


def test_who_waits_is_told_how_long(house: House) -> None:
    house.account(WORKER)
    for _ in range(5):
        refused(house)
    with pytest.raises(BrakedError) as caught:
        house.enter(WORKER)
    assert 14 * 60 < caught.value.seconds <= 15 * 60 + 1


def test_after_the_wait_she_comes_in(house: House) -> None:
    short = Limits(pair=RateLimitItemPerSecond(2), address=RateLimitItemPerMinute(50))
    house.porter = Porter(house.lotse, Brakes(short))
    house.account(WORKER)
    for _ in range(2):
        refused(house)
    assert refused(house) is BrakedError
    import time

    time.sleep(1.1)
    assert house.enter(WORKER)


def test_a_thousand_addresses_slow_strangers_and_not_a_device_she_has_used(house: House) -> None:
    """The same address space, the same account: only her browser tells her apart."""
    house.account(WORKER)
    known = house.porter.login(house.attempt(WORKER)).device
    tries = [refused(house, address=f"198.51.{n // 250}.{n % 250}") for n in range(130)]
    assert tries.count(WrongError) == 51, "beyond half of what an account bears, each waits its turn"
    assert house.enter(WORKER, address=HERE, device=known)
    with pytest.raises(BrakedError):
        house.enter(WORKER, address=HERE)


def test_an_address_that_tries_many_names_is_held_up(house: House) -> None:
    house.account(WORKER)
    wrong = 0
    for number in range(60):
        try:
            house.porter.login(house.attempt(f"name{number}", OTHER, address=ELSEWHERE))
        except WrongError:
            wrong += 1
        except BrakedError:
            break
    assert wrong == 50
    assert house.enter(WORKER, address=HERE)


def test_a_device_is_braked_by_itself(house: House) -> None:
    house.account(WORKER)
    known = house.porter.login(house.attempt(WORKER)).device
    tries = [refused(house, device=known) for _ in range(20)]
    assert tries.count(WrongError) == 10
    assert house.enter(WORKER, address=HERE), "who has stolen the device's cookie does not keep her out"


def test_a_device_is_known_for_who_used_it_and_proves_nothing_else(house: House) -> None:
    for person in (WORKER, COLLEAGUE):
        house.account(person)
    first = house.porter.login(house.attempt(WORKER)).device
    both = house.porter.login(house.attempt(COLLEAGUE, device=first)).device
    with house.lotse.store.work(reading=True) as work:
        from adapters.login.rows import Rows

        rows = Rows.of(work)
        assert devices.known(rows, WORKER.id, first)
        assert devices.known(rows, COLLEAGUE.id, first) is None
        assert devices.known(rows, WORKER.id, both)
        assert devices.known(rows, COLLEAGUE.id, both)
        forged = f"{'0' * 32}.{'A' * 43}"
        for cookie in (forged, "", "~~~", "x.y", "\ud800", first[:-1], f"{forged}~" * 9 + first):
            assert devices.known(rows, WORKER.id, cookie) is None
        assert "\r" not in devices.marked(rows, WORKER.id, "a.b\r\nSet-Cookie: x~ü")
        assert len(devices.marked(rows, WORKER.id, "~".join([both] * 9)).split("~")) <= 5


def test_mistyping_a_few_times_costs_nothing_once_she_is_in(house: House) -> None:
    house.account(WORKER)
    for _ in range(3):
        for _ in range(4):
            assert refused(house) is WrongError
        assert house.enter(WORKER)


def test_what_is_refused_by_the_brakes_costs_no_computing_and_no_entry(house: House) -> None:
    house.account(WORKER)
    for _ in range(50):
        refused(house)
    entries = house.log("login")
    assert len(entries) == 5
    assert [each["reason"] for each in entries] == ["password"] * 4 + ["braked"]


def test_an_open_session_is_no_place_to_guess_the_password(house: House) -> None:
    from adapters.login import own

    house.account(WORKER)
    caller = house.door.by_session(house.enter(WORKER))
    assert caller is not None
    kinds = []
    for _ in range(10):
        with pytest.raises((WrongError, BrakedError)) as caught:
            own.change_password(house.porter, caller, OTHER, "neun graue Otter tanzen", HERE)
        kinds.append(caught.type)
    assert kinds == [WrongError] * 5 + [BrakedError] * 5
    assert house.enter(WORKER, PASSWORD), "logging in is counted apart"


def test_at_most_two_passwords_are_computed_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.login.passwords.PATIENCE", 0.01)
    house.account(WORKER)
    turns = [house.porter.passwords.turn() for _ in range(AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    with pytest.raises(TooBusyError):
        house.enter(WORKER)
    turns[0].__exit__(None, None, None)
    assert house.enter(WORKER)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("", "unix", True),
    ],
)
def test_an_address_of_six_is_its_network(one: str, other: str, *, same: bool) -> None:
    assert (networks_of(one)[0] == networks_of(other)[0]) is same


@pytest.mark.parametrize("network", ["2001:db8:7:{:x}::1", "2001:db8:{:x}:7::1", "198.51.100.{}"])
def test_a_thousand_wrong_ones_from_many_networks_cost_her_a_minute_at_most(
    network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They go on while she waits, on a new device: her turn comes nevertheless."""
    clock = [0.0]
    monkeypatch.setattr("adapters.login.brakes.monotonic", lambda: clock[0])
    brakes, she = Brakes(), Stranger("a", "203.0.113.7")

    def guessed(number: int) -> bool:
        stranger = Stranger("a", network.format(number % 200))
        try:
            brakes.check(stranger)
        except BrakedError:
            return False
        brakes.failed(stranger)
        return True

    def waits() -> int:
        try:
            brakes.check(she)
        except BrakedError as error:
            return error.seconds
        return 0

    guesses = sum(guessed(number) for number in range(1000))
    assert guesses == (5 if "db8:7" in network else 51)
    for second in range(60):
        assert waits() <= 60 - second
        clock[0] += 1
        for number in range(second * 10, second * 10 + 10):
            guessed(number)
    assert waits() == 0


def test_failures_of_one_account_are_not_counted_to_another() -> None:
    brakes = Brakes()
    for _ in range(5):
        brakes.failed(Stranger("a", HERE))
    brakes.check(Stranger("b", HERE))
    with pytest.raises(BrakedError):
        brakes.check(Stranger("a", HERE))
