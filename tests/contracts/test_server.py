"""The PostgreSQL of the tests: real, shared by the processes of one run, gone with the last, also after a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import postgres

HERE = Path(__file__).parents[2]
ASK = """
import os, sys
from tests import postgres
for user in map(int, sys.argv[1:]):
    os.setgroups([]), os.setgid(user), os.setuid(user)
print(postgres.superuser(), flush=True)
sys.stdin.readline()
"""
NOBODY = 65534


def _process(run: str, user: int | None = None) -> "subprocess.Popen[str]":
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOTSE_", "PYTEST_"))
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", ASK, *([str(user)] if user else [])],
        cwd=HERE,
        env={**environment, "LOTSE_TEST_RUN": run},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _says(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _done(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_two_processes_of_a_run_share_a_server_that_ends_with_the_last() -> None:
    run = f"two-{os.getpid()}"
    first, second = _process(run), _process(run)
    url = _says(first)
    assert _says(second) == url
    _done(first)
    assert _answers(url)
    _done(second)
    assert not _answers(url)


def test_what_a_killed_run_left_is_stopped_by_the_next() -> None:
    killed = _process(f"dead-{os.getpid()}")
    url = _says(killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=10)
    assert _answers(url)
    following = _process(f"next-{os.getpid()}")
    _says(following)
    assert not _answers(url)
    _done(following)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend its rights away; here the others test it")
def test_it_starts_for_an_ordinary_user_too() -> None:
    process = _process(f"user-{os.getpid()}", NOBODY)
    assert _answers(_says(process))
    _done(process)


def test_a_password_is_asked_for_and_text_is_ordered_by_its_bytes() -> None:
    with postgres.a_database() as url:
        assert not _answers(postgres.address(url, password="geraten"))
        with psycopg.connect(url) as connection:
            words = connection.execute(
                "SELECT w FROM unnest(ARRAY['b', 'B', 'ä', 'a']) AS w ORDER BY w"
            ).fetchall()
            assert [word for (word,) in words] == ["B", "a", "b", "ä"]
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_server_of_ones_own_comes_back_from_a_crash_with_what_was_committed() -> None:
    with postgres.a_server() as server:
        postgres.run(server.url(), "CREATE TABLE kept (what text)", "INSERT INTO kept VALUES ('bestätigt')")
        server.kill()
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT what FROM kept").fetchall() == [("bestätigt",)]
