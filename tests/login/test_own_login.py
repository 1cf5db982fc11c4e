"""What somebody does with their own login, and what a token or an open session may not."""

import pytest

from adapters.login import own
from adapters.login.brakes import BrakedError
from adapters.login.own import NotThisWayError
from adapters.login.passwords import WeakPasswordError
from adapters.login.porter import WrongError
from tests.login.house import HERE, OTHER, PASSWORD, House
from tests.people import WORKER


def test_another_password_needs_the_old_one_and_the_rules(house: House) -> None:
    house.account(WORKER)
    caller = house.door.by_session(house.enter(WORKER))
    assert caller is not None
    with pytest.raises(WrongError):
        own.change_password(house.porter, caller, OTHER, OTHER, HERE)
    with pytest.raises(WeakPasswordError, match="bekannt"):
        own.change_password(house.porter, caller, PASSWORD, "FachkraftMuster", HERE)
    assert house.enter(WORKER, PASSWORD)
    own.change_password(house.porter, caller, PASSWORD, OTHER, HERE)
    assert [each["actor"] for each in house.log("password_changed")] == [WORKER.id]
    with pytest.raises(WrongError):
        house.enter(WORKER, PASSWORD)


def test_who_has_a_second_factor_gives_its_code_for_another_password_too(house: House) -> None:
    secret = house.account(WORKER, code=True)
    caller = house.door.by_session(house.enter(WORKER, code=house.code(secret)))
    assert caller is not None
    house.world.wait(minutes=1)
    for code in ("", "000000"):
        with pytest.raises(WrongError):
            own.change_password(house.porter, caller, PASSWORD, OTHER, HERE, code)
    assert house.log("login")[-1] == {**house.log("login")[-1], "reason": "factor", "concerned": WORKER.id}
    own.change_password(house.porter, caller, PASSWORD, OTHER, HERE, house.code(secret))
    house.world.wait(minutes=1)
    assert house.enter(WORKER, OTHER, code=house.code(secret))


def test_an_open_session_is_no_place_to_guess_the_code(house: House) -> None:
    """Whoever has the session and the password tries five codes, and is held up like any stranger."""
    secret = house.account(WORKER, code=True)
    caller = house.door.by_session(house.enter(WORKER, code=house.code(secret)))
    assert caller is not None
    for deed in (
        lambda: own.drop_factor(house.porter, caller, PASSWORD, "12345", HERE),
        lambda: own.change_password(house.porter, caller, PASSWORD, OTHER, HERE, "12345"),
    ):
        house.begin()
        for _ in range(5):
            with pytest.raises(WrongError):
                deed()
        with pytest.raises(BrakedError):
            deed()


def test_a_token_changes_no_login(house: House) -> None:
    from datetime import timedelta

    from adapters.login.caller import EVERY_SCOPE
    from adapters.login.tokens import make_token

    house.account(WORKER)
    text = make_token(house.lotse, WORKER.id, WORKER.id, "Skript", EVERY_SCOPE, timedelta(days=1)).text
    caller = house.door.by_token(text)
    assert caller is not None
    for deed in (
        lambda: own.change_password(house.porter, caller, PASSWORD, OTHER, HERE),
        lambda: own.begin_factor(house.porter, caller, PASSWORD, HERE),
        lambda: own.drop_factor(house.porter, caller, PASSWORD, "", HERE),
    ):
        with pytest.raises(NotThisWayError):
            deed()


def test_who_has_no_password_here_sets_none_by_a_session(house: House) -> None:
    """Whoever comes in by the identity provider has nothing to prove here."""
    from adapters.login import sessions
    from adapters.login.rows import Rows

    cookie = house.lotse.write(
        lambda work: sessions.begin(
            Rows.of(work), WORKER.id, house.now(), house.porter.terms, "https://x.example"
        )
    )
    caller = house.door.by_session(cookie)
    assert caller is not None
    with pytest.raises(WrongError):
        own.change_password(house.porter, caller, "", OTHER, HERE)
    with pytest.raises(WrongError):
        own.begin_factor(house.porter, caller, "", HERE)
