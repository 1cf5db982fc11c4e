"""A warm start is a start: the same words give the same code, streams and files as the installed program gives them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import warm
from tests.system.program import CLINIC_LIST, LIST_DAY, surroundings

TRUE_ALONE = {"LC_MESSAGES": "C.UTF-8"}
"""Nothing changes by it, but it is read early: what has it makes the true start."""
WAYS = {"true": surroundings(**TRUE_ALONE), "warm": surroundings()}
Said = tuple[int, bytes, bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with the clinic's list in it."""
    folder = tmp_path_factory.mktemp("made") / "haus"
    words = ("import", str(CLINIC_LIST), "--at", LIST_DAY, "--dir", str(folder))
    assert warm.ended(*words, environment=surroundings()).returncode == 0
    return folder


@pytest.fixture
def offices(made: Path, tmp_path: Path) -> dict[str, Path]:
    """For each way a folder with the same office in it."""
    for way in WAYS:
        shutil.copytree(made, tmp_path / way / "haus")
    return {way: tmp_path / way for way in WAYS}


@contextmanager
def each_way(
    offices: dict[str, Path], *words: str, **streams: int
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The program started both ways, each in its own folder; nothing is left of it."""
    both = {
        way: warm.started(*words, "--dir", "haus", environment=WAYS[way], cwd=place, **streams)
        for way, place in offices.items()
    }
    try:
        yield both
    finally:
        for process in both.values():
            with process:
                process.kill()


def the_same(offices: dict[str, Path], *words: str, entered: bytes | None = None) -> Said:
    """Run it both ways to its end; both say the same, which is given."""
    both: dict[str, Said] = {}
    for way, place in offices.items():
        done = warm.ended(*words, environment=WAYS[way], cwd=place, entered=entered)
        both[way] = (done.returncode, done.stdout, done.stderr)
    assert both["warm"] == both["true"]
    return both["warm"]


def files(place: Path) -> dict[str, int]:
    """Every file with its mode."""
    return {str(each.relative_to(place)): each.stat().st_mode for each in place.rglob("*")}


def test_only_one_of_the_two_is_warm(offices: dict[str, Path]) -> None:
    """Otherwise nothing is compared here. Both are children of this process, as any other."""
    with each_way(offices, "case", "list") as both:
        assert {way: type(process) is subprocess.Popen for way, process in both.items()} == {
            "true": True, "warm": sys.platform != "linux"
        }  # fmt: skip
        assert {os.waitpid(process.pid, os.WNOHANG) for process in both.values()} == {(0, 0)}
        assert {process.wait(60) for process in both.values()} == {0}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "deadline 2026-03-27T17:00 --land NW --json"),
        (0, f"due --all --at {LIST_DAY} --dir haus"),
        (0, "audit verify --decrypt --replay --dir haus"),
        (2, "fuktion"),
        (3, "audit verify --dir nirgends"),
        (4, "case do FH-2026-0001 close --dir haus"),
    ],
)
def test_what_it_says_and_how_it_ends(offices: dict[str, Path], code: int, words: str) -> None:
    ended, out, err = the_same(offices, *words.split())
    assert ended == code, err
    assert out or err
    assert files(offices["warm"]) == files(offices["true"])


def test_what_it_makes_has_the_same_names_and_modes(tmp_path: Path) -> None:
    """The mask of whoever starts it does not count, and no two offices have the same keys."""
    places = {way: tmp_path / way for way in (*WAYS, "again")}
    for way, place in places.items():
        place.mkdir()
        done = warm.ended("init", "--dir", "haus", environment=WAYS.get(way, WAYS["warm"]), cwd=place)
        assert done.returncode == 0, done.stderr
    assert files(places["warm"]) == files(places["true"]) == files(places["again"])
    keys = {(place / "haus" / "keys" / "kek-1.key").read_bytes() for place in places.values()}
    assert len(keys) == len(places)


def test_what_comes_through_a_pipe_is_read(offices: dict[str, Path]) -> None:
    given = '{"surname": "Beispiel-Ölbaum", "phone": "0221 4710009"}'.encode()
    words = ("case", "new", "self", "--from", "-", "--at", "2026-11-21T10:00", "--dir", "haus")
    code, out, _ = the_same(offices, *words, entered=given)
    assert (code, b"FH-2026-" in out) == (0, True)
    code, _, err = the_same(offices, *words, entered=b"\xff")
    assert (code, b"UTF-8" in err) == (2, True)


def test_ctrl_c_is_met(offices: dict[str, Path]) -> None:
    for place in offices.values():
        os.mkfifo(place / "meldung.json")
    with each_way(offices, "case", "new", "self", "--from", "meldung.json") as both:
        for way, process in both.items():
            with (offices[way] / "meldung.json").open("w"):  # opens when the program reads, which then waits
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
            assert (process.returncode, out) == (130, b"")
            assert err == b"\nAbgebrochen; nichts Halbes wurde gespeichert.\n"


def test_what_ends_by_a_signal_is_seen_to(offices: dict[str, Path]) -> None:
    for place in offices.values():
        os.mkfifo(place / "meldung.json")
    with each_way(offices, "case", "new", "self", "--from", "meldung.json") as both:
        for way, process in both.items():
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            with (offices[way] / "meldung.json").open("w"):
                process.kill()
                assert process.wait(60) == -signal.SIGKILL


def test_a_pipe_that_nobody_reads(offices: dict[str, Path]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with each_way(offices, "case", "list", stdout=writing) as both:
        os.close(writing)
        ends = {(process.communicate(timeout=60)[1], process.returncode) for process in both.values()}
    assert ends == {(b"", 141)}


def test_what_is_loaded_read_nothing_that_a_run_may_say_otherwise() -> None:
    """Nor has it a second thread, or anything open that a run could share with another."""
    looked = """
import os, sys, threading
read = set()
class Watched(type(os.environ)):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)
os.environ.__class__ = Watched
before = set(os.listdir("/proc/self/fd"))
from tests import warm, warm_template
warm_template.load([*warm_template.everyday(), *warm_template._SERVER])
print(sorted(name for name in read - {"HOME"} if not name.startswith(warm._READ_EARLY)))
print(len(os.listdir("/proc/self/task")), threading.active_count())
print(sorted(set(os.listdir("/proc/self/fd")) - before))
print(sorted({"hypothesis", "pytest", "random"} & set(sys.modules)), "HOME" in read)
"""
    done = subprocess.run(
        [sys.executable, "-c", looked], cwd=warm.ROOT, env=surroundings(), capture_output=True, check=False
    )
    assert done.stdout.decode().splitlines() == ["[]", "1 1", "[]", "['random'] True"], done.stderr
