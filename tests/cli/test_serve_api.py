"""`lotse serve` answers over a real socket: from the first request to the last before it ends, and after a restore."""

import http.client
import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.program import fine
from tests.cli.running import Running, free_port, running

PATH = "/api/v1"


class Line:
    """One connection to the server, with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            sent = None if body is None else json.dumps(body)
            kind = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, sent, {**self._headers, **kind, **headers})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def a_token(person: str) -> str:
    said = fine(
        "user",
        "token",
        person,
        "--as",
        "it",
        "--name",
        "Probe",
        "--scope",
        "read",
        "--scope",
        "write",
        "--scope",
        "referrals",
    )
    (token,) = re.findall(r"lotse_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", said.out + said.err)
    return token


@contextmanager
def served(office: Path, **environment: str) -> Iterator[tuple[Running, Line]]:
    port, token = free_port(), a_token("brandt")
    with running("serve", place=office, LOTSE_HTTP_PORT=str(port), **environment) as it:
        it.says("Lotse läuft")
        it.wait_for(lambda: _answers(port))
        yield it, Line(port, token)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_referral_and_a_step_go_over_a_socket_and_stand_in_the_log(office: Path) -> None:
    with served(office) as (it, line):
        status, headers, body = line.ask(
            "POST", f"{PATH}/referrals", {"command": "receive-self", "surname": "Beispiel-Tanne"}
        )
        assert status == 201
        number = json.loads(body)["number"]
        assert headers["location"] == f"{PATH}/cases/{number}"
        assert "server" not in headers
        status, headers, body = line.ask("GET", f"{PATH}/cases/{number}")
        assert (status, headers["etag"]) == (200, '"1"')
        status, _, _ = line.ask(
            "POST", f"{PATH}/cases/{number}/commands/triage-no", {}, **{"If-Match": '"1"'}
        )
        assert status == 200
        assert line.ask("GET", "/readyz")[0] == 200
        assert it.stop() == 0
        assert it.said[-1] == "Lotse ist beendet."
        assert any(f"POST {PATH}/cases/{{number}}/commands/triage-no 200" in said for said in it.said)
        assert not any(number in said or "Tanne" in said for said in it.said)
    fine("audit", "verify", "--replay")


def test_it_answers_this_machine_alone_until_it_is_told_otherwise(office: Path) -> None:
    with served(office) as (it, line):
        assert any(said.startswith("Schnittstelle: http://127.0.0.1:") for said in it.said)
        assert line.ask("GET", "/livez", Host="lotse.stadt.example")[0] == 421
    with served(office, LOTSE_BASE_URL="https://lotse.stadt.example") as (_, line):
        assert line.ask("GET", "/livez", Host="lotse.stadt.example")[0] == 200
        assert line.ask("GET", "/livez", Host="127.0.0.1")[0] == 421


def test_a_port_that_is_taken_is_said_in_one_sentence_before_anything_runs(office: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with running("serve", "--port", port, place=office) as it:
            assert it.ended() == 1
    assert f"Am Anschluss {port} antwortet schon ein anderes Programm." in it.said[-1]


@pytest.mark.parametrize("words", [("--port", "0"), ("--port", "65536"), ("--port", "x"), ("--host", "a b")])
def test_what_cannot_be_listened_at_is_a_usage_error(office: Path, words: tuple[str, str]) -> None:
    with running("serve", *words, place=office) as it:
        assert it.ended() == 2
    assert words[0] in it.said[-1]


def test_told_to_end_it_finishes_what_it_has_begun(office: Path) -> None:
    """Whoever is answered with 201 finds the case; whoever is not has lost nothing by asking again."""
    sent: list[str] = []
    with served(office) as (it, line):

        def send(place: int) -> None:
            try:
                status, _, body = line.ask(
                    "POST",
                    f"{PATH}/referrals",
                    {"command": "receive-self"},
                    **{"Idempotency-Key": f"m{place}"},
                )
            except (OSError, http.client.HTTPException):
                return
            if status == 201:
                sent.append(json.loads(body)["number"])

        threads = [threading.Thread(target=send, args=(place,)) for place in range(40)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        it.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert it.ended() == 0
    assert len(set(sent)) == len(sent)
    stored = {each["number"] for each in fine("case", "list", "--json", "--as", "brandt").json}
    assert set(sent) <= stored


def test_a_connection_cut_after_the_commit_is_settled_by_repeating(office: Path) -> None:
    """The request was sent and the line cut before the answer: the same key gives the same case, and only one."""
    body = json.dumps({"command": "receive-self"}).encode()
    with served(office) as (_, line):
        head = (
            f"POST {PATH}/referrals HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {line._headers['Authorization']}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: abgerissen\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", line._port)) as cut:
                cut.sendall(head.encode() + body)
        numbers = {
            json.loads(
                line.ask(
                    "POST",
                    f"{PATH}/referrals",
                    {"command": "receive-self"},
                    **{"Idempotency-Key": "abgerissen"},
                )[2]
            )["number"]
            for _ in range(2)
        }
        assert len(numbers) == 1
        assert len(json.loads(line.ask("GET", f"{PATH}/cases")[2])["items"]) == 1
