"""Who comes in, and who is turned away at the door: other sites, two credentials, tokens that do not reach, roles."""

from pathlib import Path

import httpx
import pytest

from adapters.api.needs import BASE
from adapters.api.rooms import Room
from adapters.login.caller import Scope
from adapters.login.sessions import COOKIE
from tests.api.house import CSRF, HOME, House, a_house
from tests.people import ASD, GONE, MIDWIFE, PARTNER, PLANNER, SUPERVISOR, WORKER

OWN = {"Origin": HOME, "X-CSRF-Token": CSRF}


def by_cookie(house: House, method: str, path: str, **said: str) -> httpx.Response:
    headers = {"Cookie": f"{COOKIE}={WORKER.id}", **said}
    return house.client.request(
        method,
        BASE + path,
        headers=[(name.encode(), value.encode()) for name, value in headers.items()],
        json={"text": "Musterfrau"},
    )


@pytest.mark.parametrize(
    "said",
    [
        OWN,
        {**OWN, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": CSRF},
    ],
)
def test_ones_own_page_may_ask(tmp_path: Path, said: dict[str, str]) -> None:
    with a_house(tmp_path) as house:
        assert by_cookie(house, "POST", "/search", **said).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": HOME},
        {"X-CSRF-Token": CSRF},
        {**OWN, "X-CSRF-Token": "another"},
        {**OWN, "X-CSRF-Token": ""},
        {**OWN, "X-CSRF-Token": "schlüssel"},
        {**OWN, "Origin": "https://lotse.example.evil.example"},
        {**OWN, "Origin": "http://lotse.example"},
        {**OWN, "Origin": "null"},
        {**OWN, "Sec-Fetch-Site": "cross-site"},
        {**OWN, "Sec-Fetch-Site": "same-site"},
        {**OWN, "Sec-Fetch-Site": "none"},
    ],
)
def test_another_page_that_makes_the_browser_ask_is_refused(tmp_path: Path, said: dict[str, str]) -> None:
    """Forged over the session's cookie (CSRF): nothing is done, and nothing of it is told."""
    with a_house(tmp_path) as house:
        answer = by_cookie(house, "POST", "/search", **said)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:lotse:problem:foreign-origin")
        assert all(entry.a["action"] != "search" for entry in house.world.entries())


def test_every_unsafe_route_holds_to_that_and_none_that_only_reads(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        for route in house.app.routes:
            assert isinstance(route, Room)
            assert route.needs is not None
            if route.needs.public:
                continue
            path = route.path.replace("{number}", "FH-2026-0001").replace("{command}", "x-y")
            (method,) = route.methods
            answer = by_cookie(house, method, path.removeprefix(BASE))
            assert (answer.status_code == 403 and "foreign-origin" in answer.text) == (method != "GET"), (
                route.path
            )


def test_a_program_with_a_token_needs_none_of_it_and_other_sites_do_not_have_the_token(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path) as house:
        answer = house.as_(WORKER).post(
            "/search", {"text": "Musterfrau"}, headers={"Origin": "https://kis.klinik.example"}
        )
        assert answer.status_code == 200


def test_whoever_brings_two_credentials_is_told_to_choose(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        both = {"Cookie": f"{COOKIE}={WORKER.id}", "Authorization": f"Bearer {PLANNER.id}"}
        answer = house.client.request("GET", f"{BASE}/worklist", headers=both)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:lotse:problem:two-credentials")
        twice = [("Authorization", f"Bearer {WORKER.id}"), ("Authorization", f"Bearer {PLANNER.id}")]
        assert house.client.request("GET", f"{BASE}/worklist", headers=twice).status_code == 400


@pytest.mark.parametrize(
    "given",
    [
        {}, {"Authorization": "Basic ZmFjaGtyYWZ0OnM="}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"},
        {"Authorization": "Bearer nobody"}, {"Authorization": f"Bearer {'x' * 600}"}, {"Cookie": f"{COOKIE}="},
        {"Cookie": f"{COOKIE}=nobody"}, {"Cookie": "lotse=fachkraft"}, {"Authorization": f"Bearer {GONE.id}"},
    ],
)  # fmt: skip
def test_who_is_not_signed_in_gets_401_before_anything_is_read(tmp_path: Path, given: dict[str, str]) -> None:
    with a_house(tmp_path) as house:
        for path in ("/worklist", "/cases/FH-2026-0001", "/process"):
            answer = house.client.request("GET", BASE + path, headers=given)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        broken = house.client.request(
            "POST", f"{BASE}/referrals", headers={**given, "Content-Type": "application/json"}, content=b"{"
        )
        assert broken.status_code in (401, 403)


def test_a_token_reaches_as_far_as_it_was_made_for_and_the_refusal_is_on_record(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.world.a_referral()
        for scope in Scope:
            desk = house.as_(WORKER, scope.value)
            assert (desk.get("/worklist").status_code == 200) == (scope is Scope.READ)
            sent = desk.post("/referrals", {"command": "receive-self"}).status_code
            assert (sent == 201) == (scope is Scope.REFERRALS)
            moved = desk.post("/cases/FH-2026-0001/commands/withdraw-consent", {}).status_code
            assert (moved == 200) == (scope is Scope.WRITE)
        refused = [entry.a for entry in house.world.entries() if entry.a["action"] == "route_refused"]
        assert len(refused) == 3 * (len(Scope) - 1)
        assert {entry["reason"] for entry in refused} == {"scope"}
        assert {entry["route"] for entry in refused} == {"worklist", "receive", "withdraw_consent"}


def test_every_route_lets_in_the_roles_it_names_and_no_other_each_refusal_on_record(tmp_path: Path) -> None:
    """Every route by somebody of each kind: turned away by role, or let in as far as the case is theirs."""
    with a_house(tmp_path) as house:
        house.world.a_referral()
        expected = 0
        for route in house.app.routes:
            assert isinstance(route, Room)
            assert route.needs is not None
            if route.needs.public:
                continue
            (method,) = route.methods
            path = route.path.replace("{number}", "FH-2026-9999").replace("{command}", "x-y")
            for person in (WORKER, MIDWIFE, PARTNER, ASD, SUPERVISOR, PLANNER, GONE):
                answer = house.as_(person).send(method, path.removeprefix(BASE), json={})
                if not person.active:
                    assert answer.status_code == 401
                    continue
                turned_away = answer.status_code == 403 and answer.json()["type"].endswith(":role")
                if not person.roles & route.needs.roles:
                    assert turned_away, (route.path, person.id)
                    expected += 1
        recorded = [entry.a for entry in house.world.entries() if entry.a["action"] == "route_refused"]
        assert len(recorded) == expected
        assert {entry["reason"] for entry in recorded} == {"role"}
