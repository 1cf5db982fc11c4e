"""Coming in by name, password and code: who does, who does not, and what is on record of it."""

from dataclasses import replace

import pytest

from adapters.login.caller import EVERY_SCOPE, Via
from adapters.login.porter import WrongError
from tests.login.house import OTHER, PASSWORD, House
from tests.people import COLLEAGUE, GONE, SUPERVISOR, WORKER


def test_a_fachkraft_logs_in_and_is_known_from_then_on(house: House) -> None:
    house.account(WORKER)
    caller = house.door.by_session(house.enter(WORKER))
    assert caller is not None
    assert (caller.person, caller.via, caller.scopes) == (WORKER, Via.SESSION, EVERY_SCOPE)
    (entry,) = house.log("login")
    assert (entry["actor"], entry["outcome"]) == (WORKER.id, "done")


def test_capitals_and_umlauts_of_another_keyboard_are_the_same(house: House) -> None:
    house.account(WORKER)
    assert house.porter.login(house.attempt(f" {WORKER.id.upper()} ", PASSWORD.replace("ä", "a\u0308")))


WRONG = {
    "another password": lambda house: house.attempt(WORKER, OTHER),
    "no password": lambda house: house.attempt(WORKER, ""),
    "one capital": lambda house: house.attempt(WORKER, PASSWORD.title()),
    "a name that nobody has": lambda house: house.attempt("niemand"),
    "no name": lambda house: house.attempt(""),
    "half a character": lambda house: house.attempt("\ud800"),
    "a password of half a character": lambda house: house.attempt(WORKER, "\ud800" * 12),
    "a zero byte": lambda house: house.attempt(f"{WORKER.id}\0"),
    "somebody who was locked": lambda house: house.attempt(GONE),
    "somebody without a password": lambda house: house.attempt(COLLEAGUE),
    "a supervisor without a code": lambda house: house.attempt(SUPERVISOR),
    "a supervisor with another's code": lambda house: house.attempt(SUPERVISOR, code="000000"),
    "a password beyond all length": lambda house: house.attempt(WORKER, PASSWORD * 10_000),
}


@pytest.mark.parametrize("why", WRONG)
def test_every_wrong_reason_is_one_sentence(house: House, why: str) -> None:
    for person in (WORKER, GONE):
        house.account(person)
    house.account(COLLEAGUE, None)
    house.account(SUPERVISOR, code=True)
    with pytest.raises(
        WrongError, match=r"^Anmeldung nicht möglich: Name, Passwort oder Code stimmt nicht.$"
    ):
        house.porter.login(WRONG[why](house))
    assert house.rows("SELECT * FROM sessions") == []


def test_what_a_stranger_types_never_reaches_the_log(house: House) -> None:
    """It may be a family's name, typed into the wrong field."""
    house.account(WORKER)
    for login, password in (("Familie Musterfrau", PASSWORD), (WORKER.id, "Musterfrau geb. Beispiel")):
        with pytest.raises(WrongError):
            house.porter.login(house.attempt(login, password))
    strange, known = house.log("login")
    assert (strange["actor"], strange["outcome"], "concerned" in strange) == ("unknown", "refused", False)
    assert (known["actor"], known["concerned"], known["reason"]) == ("unknown", WORKER.id, "password")
    assert "musterfrau" not in repr([strange, known]).casefold()


def test_an_unknown_name_computes_as_much_as_a_wrong_password(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal verifies exactly one Argon2id of the office's effort, so that time tells nobody who works here."""
    house.account(WORKER)
    house.account(COLLEAGUE, None)
    computed: list[str] = []
    verify = house.porter.passwords.fits

    def counted(password: str, known: str | None) -> bool:
        computed.append((known or house.porter.passwords._nobodys).rpartition("$")[0].rpartition("$")[0])
        return verify(password, known)

    monkeypatch.setattr(house.porter.passwords, "fits", counted)
    for login in (WORKER.id, COLLEAGUE.id, "niemand", "", "\ud800"):
        with pytest.raises(WrongError):
            house.porter.login(house.attempt(login, OTHER))
    assert computed == ["$argon2id$v=19$m=8,t=1,p=1"] * 5


def test_logging_in_ends_the_session_the_browser_brought_along(house: House) -> None:
    """Fixation: a cookie that somebody slipped in beforehand is worth nothing after the login."""
    for person in (WORKER, COLLEAGUE):
        house.account(person)
    slipped_in = house.enter(COLLEAGUE)
    hers = house.enter(WORKER, cookie=slipped_in)
    assert hers != slipped_in
    assert house.door.by_session(slipped_in) is None
    caller = house.door.by_session(hers)
    assert caller is not None
    assert caller.person == WORKER


def test_a_cookie_nobody_gave_out_is_not_adopted(house: House) -> None:
    house.account(WORKER)
    chosen = "A" * 43
    cookie = house.enter(WORKER, cookie=chosen)
    assert cookie != chosen
    assert house.door.by_session(chosen) is None


def test_a_password_is_hashed_anew_where_more_effort_is_asked(house: House) -> None:
    house.account(WORKER)
    house.lotse.settings = replace(house.lotse.settings, argon2=(16, 1, 1))
    house.begin()
    house.enter(WORKER)
    ((stored,),) = house.rows("SELECT password FROM accounts")
    assert str(stored).startswith("$argon2id$v=19$m=16,t=1,p=1$")
    assert house.enter(WORKER)


def test_a_stolen_database_does_not_even_tell_whether_a_guess_was_right(house: House) -> None:
    """The hash is made under a key that lies with the keys, not in the database."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    house.account(WORKER)
    ((stored,),) = house.rows("SELECT password FROM accounts")
    with pytest.raises(InvalidKey):
        Argon2id.verify_phc_encoded(PASSWORD.encode(), str(stored))


def test_neither_cookie_nor_password_lies_in_the_database(house: House) -> None:
    secret = house.account(SUPERVISOR, code=True)
    cookie = house.enter(SUPERVISOR, code=house.code(secret))
    whole = house.lotse.settings.database.read_bytes()
    for needle in (PASSWORD, cookie, secret):
        assert needle.encode() not in whole
