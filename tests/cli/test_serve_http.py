"""What a proxy and a stranger can make of HTTP itself: no address that anybody makes up, no request inside another."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Running, free_port, running

LOGIN = json.dumps({"login": "niemand", "password": "vier lila Kähne im Nebel"})


def up(it: Running, port: int) -> None:
    it.says("Lotse läuft")

    def answers() -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", port)) == 0

    it.wait_for(answers)


def guessed(port: int, said_to_come_from: str) -> int:
    """One wrong login, with what a proxy would say of its origin."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": said_to_come_from}
        connection.request("POST", "/api/v1/session", LOGIN.encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_nobody_makes_up_where_they_come_from(office: Path) -> None:
    port = free_port()
    with running("serve", place=office, LOTSE_HTTP_PORT=str(port)) as it:
        up(it, port)
        kinds = [guessed(port, f"203.0.113.{number}") for number in range(7)]
        it.says("POST /api/v1/session 429")
    said = [line for line in it.said if "lotse.access" in line and "/session" in line]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z lotse\.access POST ", line) for line in said)
    assert kinds == [401] * 5 + [429] * 2


def test_a_proxy_of_the_settings_is_believed_its_last_word_and_no_earlier_one(office: Path) -> None:
    """Whoever guesses behind the proxy is held up alone; what they themselves put before its word is nothing."""
    port = free_port()
    with running("serve", place=office, LOTSE_HTTP_PORT=str(port), LOTSE_HTTP_PROXIES="127.0.0.1") as it:
        up(it, port)
        kinds = [guessed(port, f"203.0.113.{number}, 198.51.100.66") for number in range(7)]
        assert kinds == [401] * 5 + [429] * 2
        assert guessed(port, "198.51.100.67") == 401


@pytest.fixture(scope="module")
def served_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A service over a store of its own, for all requests that are no requests."""
    place, port = tmp_path_factory.mktemp("office"), free_port()
    with running("init", place=place) as made:
        assert made.ended() == 0
    with running("serve", place=place, LOTSE_HTTP_PORT=str(port)) as it:
        up(it, port)
        yield port


INNER = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + INNER,
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"Content-Length: +2\r\n\r\n{}" + INNER,
        HEAD + b"Content-Length: 0x2\r\n\r\n{}" + INNER,
        HEAD + b"X: y\rContent-Length: 2\r\n\r\n{}" + INNER,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n" + INNER,
    ],
)
def test_where_a_request_ends_is_never_in_doubt(served_port: int, request_: bytes) -> None:
    """What two servers could cut in two ways is refused, and what follows on that connection is not read."""
    with socket.create_connection(("127.0.0.1", served_port), timeout=20) as line:
        line.sendall(request_)
        line.shutdown(socket.SHUT_WR)
        answered = b""
        while part := line.recv(65_536):
            answered += part
    assert answered.startswith(b"HTTP/1.1 400"), answered
    assert answered.count(b"HTTP/1.1 ") == 1
