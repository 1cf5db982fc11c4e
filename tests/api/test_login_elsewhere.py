"""Logging in at the identity provider over HTTP, from the first page to the logout that the provider sends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from adapters.api.needs import BASE
from adapters.api.threshold import Threshold
from adapters.login.door import Door
from adapters.login.rows import Identity
from adapters.login.staff import link_identity
from tests.api.house import House, a_house
from tests.api.test_login import Browser
from tests.login.oidc.providers import CLIENT, ForgingProvider, a_forging_provider
from tests.people import WORKER


@pytest.fixture
def forging() -> Iterator[ForgingProvider]:
    with a_forging_provider() as provider:
        yield provider


@pytest.fixture
def house(tmp_path: Path, forging: ForgingProvider) -> Iterator[House]:
    with a_house(tmp_path, oidc_issuer=forging.issuer, oidc_client_id=CLIENT) as house:
        house.world.now = datetime.now(UTC)
        lotse = house.app.state.lotse
        house.app.state.threshold = Threshold(Door(lotse))
        identity = Identity(forging.issuer, "4711", WORKER.id)
        lotse.write(lambda work: link_identity(work, lotse, "leitung", identity))
        yield house


def come_back(browser: Browser, forging: ForgingProvider) -> tuple[int, str]:
    begun = browser.ask("POST", "/session/oidc/start", {})
    query = urlencode(forging.log_in(begun.json()["location"]))
    answer = browser.ask("GET", f"/session/oidc/return?{query}")
    return answer.status_code, answer.text


def test_she_goes_there_comes_back_and_is_in(house: House, forging: ForgingProvider) -> None:
    browser = Browser(house)
    begun = browser.ask("POST", "/session/oidc/start", {})
    assert "samesite=lax" in browser.set[0].casefold(), "it has to come back with the provider's redirect"
    query = forging.log_in(begun.json()["location"])
    back = browser.ask("GET", f"/session/oidc/return?{urlencode(query)}")
    assert back.status_code == 200
    assert back.headers["content-type"].startswith("text/html")
    assert "__Host-lotse-oidc" not in browser.cookies
    assert any("__Host-lotse=" in each and "samesite=strict" in each.casefold() for each in browser.set)
    assert browser.ask("DELETE", "/session").status_code == 403, "her page has yet to ask what it must bring"
    assert browser.ask("GET", "/session").json()["person"]["id"] == WORKER.id
    assert browser.ask("DELETE", "/session").json()["provider"].startswith(f"{forging.issuer}/logout?")


def test_a_refusal_says_nothing_of_what_came(house: House, forging: ForgingProvider) -> None:
    forging.token = lambda provider: provider.signed(sub="Musterfrau")
    status, text = come_back(Browser(house), forging)
    assert (status, "Musterfrau" in text, "problem:login-refused" in text) == (401, False, True)


def test_the_provider_logs_her_out(house: House, forging: ForgingProvider) -> None:
    browser = Browser(house)
    come_back(browser, forging)
    form = {"logout_token": forging.logout_token()}
    said = house.client.request("POST", f"{BASE}/session/oidc/logout", data=form)
    assert (said.status_code, said.json()) == (200, {"ended": 1})
    assert browser.ask("GET", "/session").status_code == 401
    for bad in ({"logout_token": "a.b.c"}, {}, {"x": "y"}):
        assert house.client.request("POST", f"{BASE}/session/oidc/logout", data=bad).status_code == 400


def test_a_provider_that_fails_is_said_to(
    house: House, forging: ForgingProvider, caplog: pytest.LogCaptureFixture
) -> None:
    forging.status = 500
    answer = Browser(house).ask("POST", "/session/oidc/start", {})
    assert "UnreachableError in provider.py" in caplog.text
    assert (answer.status_code, answer.json()["type"]) == (502, "urn:lotse:problem:provider-unreachable")


@pytest.mark.parametrize("form", ["a=b&" * 30, "&" * 3000, "logout_token=%ff%00&" * 2, "\x00", ""])
def test_a_logout_that_is_none_is_refused_and_no_fault_of_ours(house: House, form: str) -> None:
    answer = house.client.request("POST", f"{BASE}/session/oidc/logout", content=form)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:lotse:problem:malformed")
