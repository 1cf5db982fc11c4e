"""`lotse user add --link | reset | token | identity` and the first link of `lotse serve`: how somebody comes in."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.bootstrap import open_lotse
from adapters.login.door import Door
from adapters.login.links import Purpose
from adapters.login.porter import Porter
from adapters.login.redeem import redeem
from adapters.lotse import Lotse
from adapters.settings import read_settings
from tests.cli.program import fine, lotse
from tests.cli.running import running

PASSWORD = "vier lila Kähne im Nebel"


def used(link: str) -> str:
    """Redeem a link as it was shown; the name to log in with."""
    purpose, _, secret = link.strip().partition("#")[2].partition(".")
    running_ = opened()
    try:
        return redeem(Porter(running_), Purpose(purpose), secret, PASSWORD).login
    finally:
        running_.store.engine.dispose()


def opened() -> Lotse:
    return open_lotse(read_settings())


@pytest.mark.usefixtures("office")
def test_somebody_new_gets_a_link_and_sets_their_own_password() -> None:
    answer = fine("user", "add", "neu", "Frau Neu", "--role", "planner", "--link", "--as", "okafor")
    said, link = answer.out.splitlines()
    assert said == "Eingetragen: neu, Jugendhilfeplanung."
    assert link.startswith("http://127.0.0.1:8080/link#invitation.")
    assert "nur der Person selbst geben" in answer.err
    assert used(link) == "neu"
    again = lotse("user", "add", "neu", "Frau Neu", "--as", "okafor")
    assert "link#" not in again.out


@pytest.mark.usefixtures("office")
def test_a_reset_gives_a_link_and_says_so_in_the_log() -> None:
    link = fine("user", "reset", "brandt", "--as", "okafor").out
    assert used(link) == "brandt"
    second = fine("user", "reset", "brandt", "--second-factor", "--as", "okafor").out
    assert second != link
    log = fine("audit", "show", "--kind", "Anmeldungen", "--as", "vogt", "--reason", "Prüfung", "--json").json
    assert [entry["action"] for entry in log] == ["link_made", "link_used", "link_made"]
    assert link.partition("#")[2].strip() not in repr(log)


@pytest.mark.usefixtures("office")
def test_a_token_is_shown_once_listed_and_revoked() -> None:
    words = ("user", "token", "brandt")
    made = fine(*words, "--name", "Skript", "--scope", "read", "--scope", "calendar", "--as", "it")
    token = made.out.strip()
    store = opened()
    caller = Door(store).by_token(token)
    store.store.engine.dispose()
    assert caller is not None
    assert (caller.person.id, sorted(caller.scopes)) == ("brandt", ["calendar", "read"])
    assert "nur dieses eine Mal" in made.err
    (line,) = fine(*words, "--json", "--as", "it").json
    assert (line["name"], line["scopes"]) == ("Skript", ["calendar", "read"])
    assert token not in repr(line)
    assert line["id"] in fine(*words, "--as", "it").out
    assert fine(*words, "--revoke", line["id"], "--as", "it").out == f"Widerrufen: {line['id']}.\n"
    assert lotse(*words, "--revoke", line["id"], "--as", "it").code == 3
    assert fine(*words, "--as", "it").err == "Keine Token.\n"


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("user", "token", "brandt", "--name", "X", "--scope", "alles"), 2, "Diesen Zweck gibt es nicht."),
        (("user", "token", "brandt", "--name", "X"), 2, "mindestens einen Zweck"),
        (("user", "token", "brandt", "--scope", "read"), 2, "Der Name eines Tokens"),
        (
            ("user", "token", "brandt", "--name", "X", "--scope", "read", "--days", "366"),
            2,
            "höchstens ein Jahr",
        ),
        (
            ("user", "token", "brandt", "--name", "X", "--scope", "read", "--days", "9" * 30),
            2,
            "höchstens ein Jahr",
        ),
        (("user", "token", "niemand"), 3, "gibt es hier nicht"),
        (("user", "reset", "niemand"), 3, "gibt es hier nicht"),
        (("user", "identity", "niemand", "4711"), 3, "gibt es hier nicht"),
        (("user", "identity", "brandt", "4711"), 4, "kein Anmeldedienst eingestellt"),
    ],
)
def test_what_does_not_fit_ends_with_a_sentence(words: tuple[str, ...], code: int, said: str) -> None:
    answer = lotse(*words, "--as", "okafor")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_an_identity_is_linked_by_its_subject_and_let_go(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "OIDC_ISSUER": "https://anmeldung.stadt.example",
        "OIDC_CLIENT_ID": "lotse",
        "BASE_URL": "https://lotse.stadt.example",
    }.items():
        monkeypatch.setenv(f"LOTSE_{name}", value)
    assert fine("user", "identity", "brandt", "3f1c", "--as", "it").out == "Verknüpft: brandt.\n"
    taken = lotse("user", "identity", "okafor", "3f1c", "--as", "it")
    assert (taken.code, "gehört schon zu jemandem" in taken.err) == (4, True)
    with closing(sqlite3.connect(office / "data" / "lotse.db")) as database:
        assert database.execute("SELECT subject, person FROM identities").fetchall() == [("3f1c", "brandt")]
    assert lotse("user", "identity", "brandt", "--as", "it").code == 2
    assert fine("user", "identity", "brandt", "--remove", "--as", "it").out == "Gelöst: 1.\n"


def test_the_first_start_shows_how_the_first_administrator_comes_in(place: Path) -> None:
    fine("init")
    with running("serve", "--port", "18431", place=place) as it:
        it.says("Noch kann sich niemand anmelden.")
        it.says("http://127.0.0.1:18431/link#first.")
        assert it.stop() == 0
    again = lotse("user", "list")
    assert "verwaltung" not in again.out, "until somebody redeems it, nothing has changed"
