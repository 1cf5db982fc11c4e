"""What stands on every answer, errors included; HEAD and OPTIONS; whose name we answer to; what the access log says."""

import logging
from pathlib import Path

import pytest

from adapters.api.headers import ALWAYS
from adapters.api.needs import BASE
from adapters.lotse import Lotse
from tests.api.house import House, a_house
from tests.people import WORKER

CANARY = "Kanarienvogel-Musterfrau"
SIGNED_IN = {"Authorization": f"Bearer {WORKER.id}"}


def answers(house: House) -> list[tuple[str, int]]:
    """Requests of every kind, and how each ends."""
    number = house.world.a_referral().number
    return [
        (f"GET {BASE}/cases/{number}", 200), ("GET /livez", 200), (f"GET {BASE}/openapi.json", 200),
        ("GET /nowhere", 404), (f"DELETE {BASE}/worklist", 405), (f"OPTIONS {BASE}/worklist", 204),
        (f"GET {BASE}/cases/FH-2026-9999", 404), (f"POST {BASE}/search", 422), (f"HEAD {BASE}/worklist", 200),
        (f"GET {BASE}/cases?limit=x", 422), (f"TRACE {BASE}/worklist", 405), ("GET /", 404), ("OPTIONS /nowhere", 404),
    ]  # fmt: skip


def test_security_headers_stand_on_every_answer(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        for request, status in answers(house):
            method, path = request.split()
            answer = house.client.request(
                method, path, headers=SIGNED_IN, **({"json": {}} if method == "POST" else {})
            )
            assert answer.status_code == status, request
            for name, value in ALWAYS.items():
                assert answer.headers[name] == value, (request, name)
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
            assert not {"server", "x-powered-by", "access-control-allow-origin"} & set(answer.headers)
            if status >= 400 and method != "HEAD":
                assert answer.headers["Content-Type"] == "application/problem+json", request


def test_another_site_is_allowed_nothing(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = house.client.request("OPTIONS", f"{BASE}/search", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_head_is_get_without_its_body_and_is_on_record_like_it(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = house.world.a_referral().number
        whole = house.client.request("GET", f"{BASE}/cases/{number}", headers=SIGNED_IN)
        head = house.client.request("HEAD", f"{BASE}/cases/{number}", headers=SIGNED_IN)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == whole.headers["ETag"]
        assert head.headers["Content-Length"] == whole.headers["Content-Length"]
        assert [entry.a["action"] for entry in house.world.entries()][-2:] == ["open", "open"]


def test_options_and_a_wrong_method_say_what_an_address_can_do(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        for path, allowed in (("/worklist", "GET, HEAD, OPTIONS"), ("/referrals", "POST")):
            options = house.client.request("OPTIONS", BASE + path)
            wrong = house.client.request("PATCH", BASE + path)
            assert (options.status_code, wrong.status_code) == (204, 405)
            assert set(allowed.split(", ")) <= set(options.headers["Allow"].split(", "))
            assert wrong.headers["Allow"] == options.headers["Allow"]


@pytest.mark.parametrize(
    "host", ["evil.example", "lotse.example.evil.example", "lotse.example:8443", "", "127.0.0.1"]
)
def test_only_the_name_of_the_settings_is_answered_to(tmp_path: Path, host: str) -> None:
    with a_house(tmp_path) as house:
        answer = house.client.request("GET", "/livez", headers={"Host": host})
        assert (answer.status_code, answer.json()["type"]) == (421, "urn:lotse:problem:unknown-host")
        assert house.client.request("GET", "/livez", headers={"Host": "LOTSE.example"}).status_code == 200


def test_without_a_name_in_the_settings_only_this_machine_is_answered(tmp_path: Path) -> None:
    with a_house(tmp_path, base_url=None) as house:
        for host, status in (
            ("localhost:8080", 200),
            ("127.0.0.1", 200),
            ("[::1]:8080", 200),
            ("lotse.example", 421),
        ):
            answer = house.client.request("GET", "http://localhost/livez", headers={"Host": host})
            assert answer.status_code == status, host
            assert "Strict-Transport-Security" not in answer.headers


def test_what_fails_unforeseen_says_nothing_of_it_outside_and_no_word_of_anybody_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    with a_house(tmp_path) as house:
        monkeypatch.setattr(Lotse, "today", broken)
        with caplog.at_level(logging.INFO):
            answer = house.as_(WORKER).get("/worklist")
        assert (answer.status_code, answer.json()["type"]) == (500, "urn:lotse:problem:internal")
        assert CANARY not in answer.text
        assert CANARY not in caplog.text
        (failure,) = [record.message for record in caplog.records if record.name == "lotse.failures"]
        assert failure.startswith("RuntimeError in test_headers.py:")


def test_the_access_log_knows_the_pattern_of_a_route_and_never_what_was_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_house(tmp_path) as house:
        number = house.world.a_referral().number
        with caplog.at_level(logging.INFO, "lotse.access"):
            house.as_(WORKER).get(f"/cases/{number}?{CANARY}={CANARY}")
            house.client.request("GET", f"/{CANARY}", headers={"User-Agent": CANARY})
            house.client.request(CANARY, "/livez")
            house.as_(WORKER).post("/search", {"text": CANARY})
        lines = [record.message for record in caplog.records if record.name == "lotse.access"]
        assert [line.rsplit(" ", 2)[0] for line in lines] == [
            f"GET {BASE}/cases/{{number}} 200", "GET - 404", "? /livez 405", f"POST {BASE}/search 200",
        ]  # fmt: skip
        assert CANARY not in caplog.text
        assert number not in caplog.text
