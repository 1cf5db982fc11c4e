"""A client that a stranger generates from the specification works: made in an environment of its own, against a server.

`openapi-python-client` is installed by the hashes of `client.lock` into an environment of the test; nothing of Lotse
is in it, so what the client knows it knows from the specification.
"""

import subprocess
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.api.house import House, a_house
from tests.cli.running import free_port
from tests.lacking import lacking

LOCK = Path(__file__).with_name("client.lock")
SPEC = Path(__file__).parents[2] / "adapters" / "api" / "openapi.json"
A_DAY = Path(__file__).with_name("client_day.py")


@contextmanager
def listening(house: House) -> Iterator[str]:
    """The application on a port of this machine."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(  # as `adapters.service_api` has it
            house.app,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def an_environment(place: Path) -> Path:
    """An environment with the generator and what a client needs, and nothing else; its programs."""
    venv.create(place, with_pip=True)
    programs = place / "bin"
    installed = subprocess.run(
        [programs / "pip", "install", "--quiet", "--require-hashes", "-r", LOCK],
        capture_output=True,
        check=False,
    )
    if installed.returncode:
        lacking("Das Paketverzeichnis ist nicht zu erreichen: Diese Prüfung läuft hier nicht.")
    return programs


@pytest.mark.campaign
def test_a_generated_client_goes_through_a_day(tmp_path: Path) -> None:
    programs = an_environment(tmp_path / "environment")
    made = subprocess.run(
        [
            programs / "openapi-python-client", "generate", "--path", SPEC, "--meta", "none",
            "--output-path", tmp_path / "lotse_client",
        ],
        env={"PATH": str(programs)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "Warning" not in made.stdout + made.stderr, "every operation is in the client"
    with a_house(tmp_path, base_url=None) as house, listening(house) as address:
        day = subprocess.run(
            [programs / "python", "-W", "error", A_DAY, address],
            env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert day.returncode == 0, day.stderr
        number, state = day.stdout.split()
        assert (house.world.cases()[0].number, house.world.cases()[0].state) == (number, state)
        assert (number, state) == ("FH-2026-0001", "in_contact")
