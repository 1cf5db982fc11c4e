"""Logging in over HTTP as a browser does: cookies, what unsafe requests need, and what is said to whom."""

from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from adapters.api.needs import BASE
from adapters.api.threshold import Threshold
from adapters.login import factor, staff
from adapters.login.door import Door
from adapters.login.links import Purpose
from adapters.login.porter import Porter
from adapters.login.redeem import first_link
from tests.api.house import HOME, House, a_house
from tests.people import COLLEAGUE, SUPERVISOR, WORKER
from workflow.office import Person

PASSWORD, OTHER = "vier lila Kähne im Nebel", "sieben Amseln zählen Kiesel"


class Browser:
    """Keeps cookies, and sends what a browser sends from one's own pages."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []
        self.csrf = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        sent = {"Origin": HOME, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self.csrf, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        more: dict[str, Any] = {} if body is None else {"json": body}
        answer = self._house.client.request(
            method,
            BASE + path,
            headers={name.replace("_", "-"): value for name, value in sent.items()},
            **more,
        )
        self._house.client._inner.cookies.clear()  # the browser of this test has cookies of its own
        self.set = answer.headers.get_list("set-cookie")
        for each in self.set:
            for name, morsel in SimpleCookie(each).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        found = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        self.csrf = found.get("csrf", self.csrf) if isinstance(found, dict) else self.csrf
        return answer

    def log_in(self, person: Person | str, password: str = PASSWORD, code: str = "") -> httpx.Response:
        login = person if isinstance(person, str) else person.id
        return self.ask("POST", "/session", {"login": login, "password": password, "code": code})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path, argon2=(8, 1, 1)) as house:
        lotse = house.app.state.lotse
        house.app.state.threshold = Threshold(Door(lotse))
        for person in (WORKER, COLLEAGUE):
            text = staff.invite(lotse, SUPERVISOR.id, person.id)
            assert redeemed(Browser(house), Purpose.INVITATION, text).status_code == 200
        yield house


def redeemed(browser: Browser, purpose: str, text: str, password: str = PASSWORD) -> httpx.Response:
    return browser.ask("POST", f"/links/{purpose}", {"secret": text, "password": password})


@pytest.fixture
def browser(house: House) -> Browser:
    """The Fachkraft's, logged in."""
    made = Browser(house)
    assert made.log_in(WORKER).status_code == 200
    return made


def test_she_logs_in_works_and_logs_out(browser: Browser) -> None:
    answer = browser.ask("GET", "/session").json()
    assert (answer["person"]["id"], answer["via"], answer["second_factor"]) == (WORKER.id, "session", "none")
    assert browser.ask("GET", "/worklist").status_code == 200
    kept = dict(browser.cookies)
    left = browser.ask("DELETE", "/session")
    assert left.json() == {"provider": None}
    assert left.headers["clear-site-data"] == '"cache", "storage"'
    assert "__Host-lotse" not in browser.cookies
    browser.cookies = kept
    assert browser.ask("GET", "/session").status_code == 401


def test_the_cookies_are_as_they_must_be(house: House) -> None:
    browser = Browser(house)
    browser.log_in(WORKER)
    session, device = sorted(browser.set, key=lambda each: "device" in each)
    for cookie in (session, device):
        for word in ("Secure", "HttpOnly", "Path=/", "SameSite=strict"):
            assert word.casefold() in cookie.casefold()
        assert "Domain" not in cookie
    assert session.startswith("__Host-lotse=")
    assert "Max-Age" not in session


@pytest.mark.parametrize(
    ("login", "password"), [(WORKER.id, OTHER), ("niemand", PASSWORD), ("Familie Musterfrau", ""), ("", "")]
)
def test_every_wrong_login_is_one_problem_that_repeats_nothing(
    house: House, login: str, password: str
) -> None:
    answer = Browser(house).log_in(login, password)
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "urn:lotse:problem:login-refused",
        "title": "Anmeldung nicht möglich",
        "status": 401,
        "detail": "Anmeldung nicht möglich: Name, Passwort oder Code stimmt nicht.",
    }
    assert "set-cookie" not in answer.headers


def test_who_guesses_is_told_to_wait(house: House) -> None:
    browser = Browser(house)
    kinds = [browser.log_in(WORKER, OTHER).status_code for _ in range(7)]
    assert kinds == [401] * 5 + [429] * 2
    answer = browser.log_in(WORKER)
    assert 0 < int(answer.headers["retry-after"]) <= 901


def test_another_site_logs_nobody_in_and_does_nothing_with_the_cookie(house: House, browser: Browser) -> None:
    assert Browser(house).ask(
        "POST", "/session", {"login": WORKER.id, "password": PASSWORD}, Origin="https://boese.example"
    ).status_code == 403  # fmt: skip
    for headers in ({"Origin": "https://boese.example"}, {"X_CSRF_Token": ""}, {"X_CSRF_Token": "A" * 43}):
        assert browser.ask("DELETE", "/session/others", **headers).status_code == 403
    assert browser.ask("DELETE", "/session/others").json() == {"ended": 0}


def test_an_hour_later_she_has_another_cookie_and_notices_nothing(house: House, browser: Browser) -> None:
    first, csrf = browser.cookies["__Host-lotse"], browser.csrf
    for minutes in (25, 25, 11):
        house.world.wait(minutes=minutes)
        assert browser.ask("GET", "/worklist").status_code == 200
    assert browser.cookies["__Host-lotse"] != first
    assert "samesite=strict" in browser.set[0].casefold()
    assert browser.csrf == csrf
    assert browser.ask("DELETE", "/calendar").status_code == 204
    late = browser.ask("DELETE", "/session/others")
    assert (late.status_code, "neu anmelden" in late.json()["detail"]) == (409, True)


def test_she_changes_her_password_and_the_telephone_is_out(house: House, browser: Browser) -> None:
    phone = Browser(house)
    phone.log_in(WORKER)
    weak = browser.ask("POST", "/session/password", {"password": PASSWORD, "new": "FachkraftMuster"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/new")
    assert "FachkraftMuster" not in weak.text
    changed = browser.ask("POST", "/session/password", {"password": PASSWORD, "new": OTHER})
    assert (changed.status_code, changed.json()["ended"]) == (200, ["sessions", "tokens"])
    assert phone.ask("GET", "/session").status_code == 401
    assert browser.ask("GET", "/session/others").json() == {"items": []}
    assert Browser(house).log_in(WORKER, OTHER).status_code == 200


def test_a_supervisor_sets_up_her_second_factor_before_anything_else(house: House) -> None:
    lotse, browser = house.app.state.lotse, Browser(house)
    redeemed(browser, Purpose.INVITATION, staff.invite(lotse, SUPERVISOR.id, SUPERVISOR.id))
    assert browser.log_in(SUPERVISOR).json()["second_factor"] == "missing"
    for path in ("/worklist", "/users", "/tokens"):
        assert browser.ask("GET", path).json()["type"] == "urn:lotse:problem:second-factor-missing"
    offered = browser.ask("POST", "/session/second-factor", {"password": PASSWORD}).json()
    secret = offered["address"].partition("secret=")[2].partition("&")[0]
    code = pyotp.TOTP(secret).generate_otp(house.world.millis() // 1000 // factor.STEP)
    body = {"enrolment": offered["enrolment"], "code": code}
    assert browser.ask("POST", "/session/second-factor/confirm", body).json()["second_factor"] == "set"
    assert browser.ask("GET", "/users").status_code == 200
    assert browser.ask("POST", "/session/second-factor", {"password": PASSWORD}).status_code == 409
    assert browser.ask(
        "POST", "/session/second-factor/remove", {"password": PASSWORD, "code": code}
    ).status_code == 409  # fmt: skip
    assert Browser(house).log_in(SUPERVISOR).status_code == 401


def test_the_first_administrator_comes_in_by_the_link_and_enters_the_others(tmp_path: Path) -> None:
    with a_house(tmp_path, argon2=(8, 1, 1), second_factor=frozenset()) as house:
        lotse = house.app.state.lotse
        house.app.state.threshold = Threshold(Door(lotse))
        text = first_link(lotse)
        assert text is not None
        browser = Browser(house)
        assert redeemed(browser, "first", text).json() == {"login": "verwaltung"}
        assert redeemed(browser, "first", text).status_code == 410
        assert browser.log_in("verwaltung").status_code == 200
        body = {"name": "Frau Yıldız", "roles": ["family_nurse"], "agreement_until": "2027-12-31"}
        entered = browser.ask("PUT", "/users/neu", body)
        assert (entered.status_code, entered.json()["agreement_until"]) == (200, "2027-12-31")
        link = browser.ask("POST", "/users/neu/invitation").json()["link"]
        purpose, _, secret = link.partition("#")[2].partition(".")
        assert redeemed(Browser(house), purpose, secret).json() == {"login": "neu"}
        hers = Browser(house)
        assert hers.log_in("neu").status_code == 200
        assert browser.ask("PUT", "/users/neu/state", {"active": False}).json()["active"] is False
        assert hers.ask("GET", "/session").status_code == 401
        assert [each["id"] for each in browser.ask("GET", "/users").json()["items"] if each["password"]] == [
            "neu",
            "verwaltung",
        ]


def in_charge(house: House) -> None:
    """Let the browser's person be of the Leitung, without a second factor."""
    lotse = house.app.state.lotse
    lotse.settings = replace(lotse.settings, second_factor=frozenset())
    house.app.state.threshold = Threshold(Door(lotse))
    house.world.put(replace(WORKER, roles=WORKER.roles | SUPERVISOR.roles))


def test_nobody_gives_themselves_roles_or_locks_themselves_out(house: House, browser: Browser) -> None:
    in_charge(house)
    own = {"name": WORKER.name, "roles": ["admin"]}
    assert browser.ask("PUT", f"/users/{WORKER.id}", own).status_code == 409
    for body in ({"name": "Frau Muster-Neu"}, {"name": WORKER.name, "institution": "Klinikum"}):
        assert browser.ask("PUT", f"/users/{WORKER.id}", body).status_code == 409
    assert browser.ask("GET", "/session").json()["person"]["name"] == WORKER.name
    assert browser.ask("PUT", f"/users/{WORKER.id}/state", {"active": False}).status_code == 409
    assert browser.ask("POST", f"/users/{WORKER.id}/reset", {}).status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/Groß", {"name": "X", "roles": ["dpo"]}, 422),
        ("/users/x", {"name": "X"}, 422),
        ("/users/x", {"name": "X", "roles": ["clock"]}, 422),
        ("/users/x", {"name": "X", "roles": ["partner"]}, 422),
        ("/users/x", {"name": "", "roles": ["dpo"]}, 422),
        ("/users/x", {"name": "X", "roles": ["family_nurse", "family_midwife"]}, 422),
        ("/users/niemand/state", {"active": False}, 404),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_entered(
    house: House, browser: Browser, path: str, body: dict[str, object], status: int
) -> None:
    in_charge(house)
    assert browser.ask("PUT", path, body).status_code == status
    assert "x" not in {each["id"] for each in browser.ask("GET", "/users").json()["items"]}


def test_a_fachkraft_has_no_charge_of_the_house(browser: Browser) -> None:
    for method, path, body in (
        ("GET", "/users", None),
        ("PUT", "/users/x", {"name": "X", "roles": ["dpo"]}),
        ("PUT", "/users/kollegin/state", {"active": False}),
        ("POST", "/users/kollegin/invitation", None),
        ("POST", "/users/kollegin/reset", {}),
    ):
        assert browser.ask(method, path, body).status_code == 403


def test_a_token_is_made_used_and_revoked(house: House, browser: Browser) -> None:
    body = {"name": "Skript", "scopes": ["read"], "days": 30}
    made = browser.ask("POST", "/tokens", body).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}

    def by_token(method: str, path: str, body: object = None) -> int:
        more: dict[str, Any] = {} if body is None else {"json": body}
        return house.client.request(method, BASE + path, headers=bearer, **more).status_code

    assert by_token("GET", "/worklist") == 200
    assert by_token("POST", "/tokens", body) == 403
    assert by_token("DELETE", "/session") == 409
    (line,) = browser.ask("GET", "/tokens").json()["items"]
    assert (line["id"], line["seen_at"] is not None) == (made["made"]["id"], True)
    assert made["token"] not in browser.ask("GET", "/tokens").text
    assert browser.ask("DELETE", f"/tokens/{line['id']}").status_code == 204
    assert browser.ask("DELETE", f"/tokens/{line['id']}").status_code == 404
    assert by_token("GET", "/worklist") == 401


def test_a_token_makes_no_token_that_outlives_it(house: House, browser: Browser) -> None:
    body = {"name": "Skript", "scopes": ["read", "write"], "days": 1}
    token = browser.ask("POST", "/tokens", body).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert house.client.request("POST", f"{BASE}/tokens", headers=bearer, json=body).status_code == 409


@pytest.mark.parametrize("path", ["/session/oidc/start", "/session/oidc/logout"])
def test_without_a_provider_there_is_none(browser: Browser, path: str) -> None:
    assert browser.ask("POST", path, {}).status_code == 404


def test_the_porter_is_the_same_for_every_request(house: House, browser: Browser) -> None:
    first = house.app.state.porter
    browser.ask("GET", "/session/others")
    assert isinstance(first, Porter)
    assert house.app.state.porter is first
