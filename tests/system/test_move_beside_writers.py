"""A move beside programs that go on writing in the old file: nothing that was acknowledged is left behind in it.

Four programs write as fast as they can while the store moves. Each is turned away in the end, with what to do; every
step that was acknowledged, in whichever moment, is in the log over there.
"""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import moving
from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.connect import MovedError
from adapters.db.recorded import RecordedLog
from adapters.lotse import Lotse
from adapters.moving import move
from adapters.settings import Settings
from adapters.verification import Asked, verify_store
from tests import postgres
from tests.system.program import ROOT, surroundings

WRITERS = 4
WRITER = """
    import json, sys, time
    from pathlib import Path
    from adapters.bootstrap import open_lotse
    from adapters.cli.failures import failure_of
    from adapters.settings import read_settings

    lotse, told, count = open_lotse(read_settings(Path(sys.argv[1]))), [], int(sys.argv[2])
    print("ready", flush=True)
    try:
        while True:
            lotse.record("access", {"action": "list", "actor": "fachkraft", "count": count})
            told.append(count)
            count += 1
            time.sleep(0.005)  # SQLite's lock is not fair: nobody else would get it
    except Exception as error:
        print(json.dumps([told, type(error).__name__, failure_of(error).sentence]))
"""


@pytest.fixture
def lent() -> Iterator[str]:
    """An empty database on PostgreSQL, as the application reaches it."""
    database = postgres.Lent()
    yield postgres.as_application(database.url)
    database.give_back()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An office of one file."""
    create_lotse(embedded(tmp_path)).store.engine.dispose()
    return tmp_path


def embedded(folder: Path) -> Settings:
    """Where the file is."""
    return Settings(folder / "data", folder / "keys", folder)


def served(folder: Path, url: str) -> Settings:
    """The same house, with its data on a server."""
    return Settings(folder / "data", folder / "keys", folder, database_url=url)


def a_writer(folder: Path, first: int) -> subprocess.Popen[str]:
    """Another program that writes entries, numbered from `first`, until it is turned away; then it tells."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=ROOT,
    )


def is_ready(writer: subprocess.Popen[str]) -> None:
    """Wait until it begins to write."""
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"


def numbers_in(lotse: Lotse) -> set[object]:
    """The numbers of all entries that the writers wrote."""
    return {(entry.a or {}).get("count") for entry in RecordedLog(lotse.store).forwards(None)}


def test_what_was_acknowledged_while_the_store_moved_is_over_there(house: Path, lent: str) -> None:
    writers = [a_writer(house, number * 1_000_000) for number in range(1, WRITERS + 1)]
    for writer in writers:
        is_ready(writer)
    time.sleep(0.5)
    done = move(served(house, lent))
    ends = [json.loads(writer.communicate(timeout=60)[0]) for writer in writers]
    lotse = open_lotse(served(house, lent))
    try:
        there = numbers_in(lotse)
        for told, error, sentence in ends:
            assert told, "it wrote, and was acknowledged"
            assert set(told) <= there
            assert (error in ("MovedError", "ReplacedError"), "starten" in sentence) == (True, True), sentence
        report = verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
        assert report.size > done.entries >= sum(len(told) for told, _, _ in ends)
    finally:
        lotse.store.engine.dispose()


@pytest.mark.parametrize("step", ["_commit", "_lay_aside"])
def test_in_the_moment_between_the_two_databases_nobody_is_told_that_something_is_written(
    house: Path, lent: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old file is not locked any more, and still has its name."""
    running = open_lotse(embedded(house))
    real, turned_away = getattr(moving, step), []

    def beside(*given: object) -> object:
        with pytest.raises(MovedError) as told:
            running.record("access", {"action": "list", "actor": "fachkraft", "count": 1})
        turned_away.append(told.value)
        return real(*given)

    monkeypatch.setattr(moving, step, beside)
    move(served(house, lent))
    assert len(turned_away) == 1
    running.store.engine.dispose()


def test_who_waited_for_the_lock_all_the_while_is_turned_away_too(
    house: Path, lent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that had begun before the move and got the lock when the move let go of it."""
    started: list[subprocess.Popen[str]] = []
    real = moving.proven

    def beside(*given: object) -> None:
        started.append(a_writer(house, 7_000_000))
        is_ready(started[0])
        time.sleep(0.3)
        real(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(moving, "proven", beside)
    move(served(house, lent))
    told, error, sentence = json.loads(started[0].communicate(timeout=60)[0])
    assert (told, error in ("MovedError", "ReplacedError")) == ([], True), sentence
