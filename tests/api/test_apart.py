"""Who takes their time takes it from their own: a silent provider and many logins leave threads for everybody else."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.api.apart import ELSEWHERE, PASSWORDS, Apart
from adapters.api.needs import BASE
from tests.api.house import House, a_house
from tests.login.oidc.providers import CLIENT
from tests.people import WORKER

LOGIN = {"login": "niemand", "password": "vier lila Kähne im Nebel"}


@pytest.fixture
def silent() -> Iterator[str]:
    """A provider that takes calls and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def occupied(house: House, apart: Apart) -> Iterator[None]:
    """All its threads at work, until left."""
    done, begun = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        begun.release()
        assert done.wait(20)

    portal, number = house.client._portal, int(apart.threads.total_tokens)
    at_work = [portal.start_task_soon(apart.run, work) for _ in range(number)]
    try:
        for _ in range(number):
            assert begun.acquire(timeout=20)
        yield
    finally:
        done.set()
        for each in at_work:
            each.result(20)


def asked(house: House, path: str, body: object) -> int:
    return house.client.request("POST", BASE + path, json=body).status_code


def waiting(apart: Apart, number: int) -> bool:
    until = time.monotonic() + 20
    while apart.threads.statistics().tasks_waiting < number:
        assert time.monotonic() < until
        time.sleep(0.01)
    return True


def everything_else_answers(house: House) -> None:
    for path in ("/livez", "/readyz"):
        assert house.client.request("GET", path).status_code == 200
    assert house.as_(WORKER).get("/worklist").status_code == 200


def test_many_logins_wait_among_themselves_and_too_many_are_told_so(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, ThreadPoolExecutor(100) as people:
        with occupied(house, PASSWORDS):
            they = [people.submit(asked, house, "/session", LOGIN) for _ in range(PASSWORDS.waiting)]
            assert waiting(PASSWORDS, PASSWORDS.waiting)
            everything_else_answers(house)
            assert asked(house, "/session", LOGIN) == 503
        assert {each.result(60) for each in they} <= {401, 429, 503}


def test_a_silent_provider_keeps_nobody_but_who_wants_to_go_there(tmp_path: Path, silent: str) -> None:
    settings = {"oidc_issuer": silent, "oidc_client_id": CLIENT}
    with a_house(tmp_path, **settings) as house, ThreadPoolExecutor(100) as people:
        began = time.monotonic()
        they = [people.submit(asked, house, "/session/oidc/start", {}) for _ in range(45)]
        assert waiting(ELSEWHERE, 1)
        everything_else_answers(house)
        kinds = [each.result(60) for each in they]
        assert set(kinds) <= {502, 503}
        assert time.monotonic() - began < 20
        again = time.monotonic()
        assert asked(house, "/session/oidc/start", {}) == 502
        assert time.monotonic() - again < 1, "that it fails is remembered"
