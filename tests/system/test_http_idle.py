"""Over real sockets: who opens lines and says nothing, or half of something, is cut off, and the others are answered."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from adapters import service_lines as lines
from adapters.cli.desk import settings_of
from adapters.service_api import ServedApi
from tests.cli.program import fine
from tests.cli.running import free_port

HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
WHOLE = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The API as it is served, with little patience and room for a few."""
    folder = tmp_path_factory.mktemp("haus") / "haus"
    fine("init", "--dir", folder)
    with pytest.MonkeyPatch.context() as changed:
        for name, value in (("FOR_HEAD", 0.5), ("FOR_BODY", 1.0), ("FOR_ANSWER", 1.0), ("MOST_OF_ONE", 20)):
            changed.setattr(lines, name, value)
        number = free_port()
        with ServedApi(replace(settings_of(folder), http_port=number)):
            yield number


def lives(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def seconds_until_cut(line: socket.socket, drop: bytes = b"") -> float:
    """How long the line lasts, a drop sent ten times a second."""
    began = time.monotonic()
    line.settimeout(0.1)
    while time.monotonic() - began < 15:
        try:
            if drop:
                line.sendall(drop)
            if not line.recv(65_536):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD, b"X: y\r\n"),
        (b"", b"\r\n"),
        (HEAD + b"Content-Length: 9000\r\n\r\n{", b""),
        (HEAD + b"Content-Length: 9000\r\n\r\n{", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (HEAD + b"Content-Length: 900000\r\n\r\n{", b" "),
        (WHOLE, b"\r\n"),
        (WHOLE + HEAD, b"X: y\r\n"),
    ],
)
def test_a_line_that_does_not_get_on_is_cut(port: int, begun: bytes, drop: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(begun)
        assert seconds_until_cut(line, drop) < 10


def test_a_line_that_gets_on_is_kept(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for _ in range(6):
            line.sendall(WHOLE)
            assert line.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(0.2)


def test_one_address_has_so_many_lines_and_no_more_and_gets_them_back(port: int) -> None:
    with ExitStack() as held:
        answered = 0
        for _ in range(60):
            line = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            try:
                line.sendall(WHOLE)
                answered += line.recv(65_536).startswith(b"HTTP/1.1 200")
            except ConnectionError:
                continue
        assert 10 <= answered <= 20
    until = time.monotonic() + 10
    while not lives(port):
        assert time.monotonic() < until
