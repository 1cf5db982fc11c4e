"""Whoever sends without end, or asks a thousand times at once: the others are answered, and nothing piles up."""

import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.running import Running, free_port, running

HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
MANY = 1000
PATIENCE = 10.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    """A service over a store of its own."""
    place, port = tmp_path_factory.mktemp("office"), free_port()
    with running("init", place=place) as made:
        assert made.ended() == 0
    with running("serve", place=place, LOTSE_HTTP_PORT=str(port)) as it:
        it.says("Lotse läuft")
        it.wait_for(lambda: answered(port))
        yield it, port


def answered(port: int) -> bool:
    """Whether somebody else who asks now is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def memory(it: Running) -> int:
    """What the process holds, in MiB."""
    lines = Path(f"/proc/{it.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


@pytest.mark.parametrize("what", ["one header", "headers", "address", "body"])
def test_what_has_no_end_is_cut_off_and_costs_no_memory(served: tuple[Running, int], what: str) -> None:
    """At most 40 MB are sent; the service keeps next to nothing of it."""
    it, port = served
    starts = {
        "one header": (b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nX: ", b"a" * 65_536),
        "headers": (b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n", b"X-Other: a\r\n" * 5_000),
        "address": (b"GET /", b"a" * 65_536),
        "body": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    }
    start, part = starts[what]
    before, sent = memory(it), 0
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line, suppress(OSError):
        line.sendall(start)
        while sent < 40_000_000:
            line.sendall(part)
            sent += len(part)
    assert answered(port)
    assert memory(it) - before < 20, (sent, before, memory(it))


def test_a_thousand_who_ask_at_once_are_answered_or_told_to_wait(served: tuple[Running, int]) -> None:
    it, port = served

    def asked(_: int) -> int:
        connection = http.client.HTTPConnection("localhost", port, timeout=60)
        try:
            connection.request("GET", "/api/v1/worklist")
            return connection.getresponse().status
        finally:
            connection.close()

    with ThreadPoolExecutor(100) as threads:
        assert set(threads.map(asked, range(MANY))) <= {401, 503}
    assert answered(port)
    assert it.process.poll() is None
