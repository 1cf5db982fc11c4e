"""The disk fails at any call: the program says so in one sentence, what was acknowledged stays, nothing is half.

A sync that failed is taken for one that never was, and what it should have secured for lost, whatever later syncs say:
Linux drops such pages. So a program that lives on must not build upon them.
"""

import errno
import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import pytest

from adapters.bootstrap import NoStoreError, open_lotse
from adapters.db.connect import journal_mode
from adapters.settings import read_settings
from tests.contracts.erasing import DPO
from tests.system.busy_office import PROMISES, an_office
from tests.system.cuts import Choice, at_random, cuts, moments, systematic
from tests.system.diary import Call, Kind, on_tmpfs, read_diary, the_disk
from tests.system.end_state import verified
from tests.system.failing import Job, Told
from tests.system.platter import Piece, Platter
from tests.system.program import CLINIC_LIST, LIST_DAY, ROOT, is_a_sentence, surroundings
from tests.system.survivor import Surgery, broken, promises


@dataclass(frozen=True, slots=True)
class Deed:
    """A command; `begun`: on a store with some cases in it, else where there is nothing; `done`: said if it was done.

    `warns` is said where the deed is done and only something beside it failed.
    """

    words: tuple[str, ...]
    begun: bool = True
    done: str = "\0"
    warns: str = "\0"


A_LIST = "liste.csv"
"""The first rows of the clinic's list, wherever the workshop has put them."""
A_BACKUP = "mo.backup"
"""A file beside the store."""
NEW_CASE = Deed(("case", "new", "self", "--set", "surname=Musterfrau", "--set", "phone=0151 00000042"))
DEEDS = {
    "a new case": NEW_CASE,
    "a list": Deed(("import", A_LIST, "--at", LIST_DAY), begun=False),
    "the beginning": Deed(("init",), begun=False, done="liegt schon"),
    "a step": Deed(("case", "do", "FH-2026-0002", "note", "--set", "text=Notiz")),
    "an opening": Deed(("case", "show", "FH-2026-0002")),
    "a person": Deed(("user", "add", "probe", "Frau Probe", "--role", "case_worker", "--as", "it")),
    "a backup": Deed(("backup", "create", A_BACKUP, "--as", "it"), done="schon"),
    "new keys": Deed(("keys", "rotate", "--as", "it")),
    "an erasure": Deed(
        ("retention", "approve", "FH-2026-0001", "--as", DPO.id),
        done="wurde gelöscht",
        warns="lotse retention scrub",
    ),
}


KILLED = 0


class Workshop:
    """A folder with a store to copy, and a process that does jobs on a failing disk."""

    def __init__(self, base: Path, program: "subprocess.Popen[str]") -> None:
        self.base = base
        self._program = program
        self._number = 0
        self._template = base / "template"
        self._template.mkdir()
        assert an_office(self._template) == "FH-2026-0001"
        whole = CLINIC_LIST.read_bytes().splitlines(keepends=True)
        (base / A_LIST).write_bytes(b"".join(whole[:11]))
        told = self.do(Job(str(self._template), DEEDS["a list"].words))
        assert told.code == 0, told.err

    def do(self, job: Job) -> Told:
        """Have a job done."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        places = {A_LIST: str(self.base / A_LIST), A_BACKUP: f"{job.folder}/{A_BACKUP}"}
        words = tuple(places.get(word, word) for word in job.words)
        self._program.stdin.write(json.dumps(asdict(replace(job, words=words))) + "\n")
        self._program.stdin.flush()
        return Told(**json.loads(self._program.stdout.readline()))

    def folder(self, *, begun: bool = True) -> Path:
        """A fresh folder, with a copy of the store in it or empty."""
        self._number += 1
        folder = self.base / str(self._number)
        if begun:
            shutil.copytree(self._template, folder)
        else:
            folder.mkdir()
        return folder


@contextmanager
def a_workshop() -> Iterator[Workshop]:
    words = [sys.executable, "-m", "tests.system.failing"]
    env = surroundings(LD_PRELOAD=str(the_disk()))
    with (
        on_tmpfs() as base,
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT
        ) as program,
    ):
        yield Workshop(base, program)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with a_workshop() as found:
        yield found


def leaves(folder: Path) -> Sequence[bytes]:
    """The log below a folder; empty where there is no store."""
    with suppress(NoStoreError):
        lotse = open_lotse(read_settings(folder))
        with lotse.store.log_reader() as reader:
            found = [row[1] for row in reader.rows(None, 10**6)]
        lotse.store.engine.dispose()
        return found
    return []


def fails_at(workshop: Workshop, deed: Deed, kind: Kind, number: int, error: int) -> None:
    """Do the deed on a disk that fails there; look at what is left; do it again on a disk that works."""
    folder, diary = workshop.folder(begun=deed.begun), workshop.base / "diary"
    diary.unlink(missing_ok=True)
    before = leaves(folder)
    told = workshop.do(Job(str(folder), deed.words, kind, number, error, str(diary)))
    what = f"{' '.join(deed.words[:2])}, {kind.name} {number}, {errno.errorcode.get(error, 'killed')}: {told}"
    if not error:
        assert told.code == -signal.SIGKILL, what
    elif told.code == 0:
        assert deed.warns in told.err or _is_of_no_consequence(diary, folder), (
            f"{what}, {_failed(diary, folder)}"
        )
    else:
        assert told.code == 1, what
        assert is_a_sentence(told.err), what
        assert "Unerwarteter Fehler" not in told.err, what
    after = leaves(folder)
    assert list(after[: len(before)]) == list(before), what
    if after:
        verified(folder)
    again = workshop.do(Job(str(folder), deed.words))
    assert again.code == 0 or deed.done in again.err, (what, again)
    verified(folder)
    shutil.rmtree(folder)


def _failed(diary: Path, folder: Path) -> list[str]:
    """On which files the disk failed."""
    return [line.path for line in read_diary(diary, folder) if line.call is Call.FAILED]


def _is_of_no_consequence(diary: Path, folder: Path) -> bool:
    """SQLite does not mind a folder that it cannot sync: the journal's name has been sure since the store was made.

    With a write-ahead log nothing is lost either where it cannot be written back when the program ends.
    """
    harmless = {"data"} if journal_mode() != "wal" else {"data", "data/lotse.db", "data/lotse.db-wal"}
    return set(_failed(diary, folder)) <= harmless


def counted(workshop: Workshop, deed: Deed) -> Told:
    """The deed on a disk that works."""
    folder = workshop.folder(begun=deed.begun)
    told = workshop.do(Job(str(folder), deed.words))
    assert told.code == 0, told
    shutil.rmtree(folder)
    return told


@pytest.mark.campaign
def test_a_new_case_where_any_sync_fails(workshop: Workshop) -> None:
    syncs = counted(workshop, NEW_CASE).syncs
    assert syncs > 4
    for number in range(1, syncs + 1):
        fails_at(workshop, NEW_CASE, Kind.SYNCS, number, errno.EIO)


def test_a_new_case_where_the_disk_is_full_at_some_write(workshop: Workshop) -> None:
    writes = counted(workshop, NEW_CASE).writes
    assert writes > 40
    for number in range(1, writes + 1, 41):
        fails_at(workshop, NEW_CASE, Kind.WRITES, number, errno.ENOSPC)


def test_an_erasure_killed_at_some_call(workshop: Workshop) -> None:
    """Wholly done or not at all, and done when it is approved again."""
    deed = DEEDS["an erasure"]
    calls = counted(workshop, deed).calls
    for number in range(calls // 12, calls + 1, calls // 3):
        fails_at(workshop, deed, Kind.ANY, number, KILLED)


def lives_on(workshop: Workshop, number: int, chance: int = 0) -> int:
    """A program whose disk failed once goes on; then the power goes at any moment. How many disks there were."""
    folder, diary = workshop.folder(), workshop.base / "diary"
    diary.unlink(missing_ok=True)
    disk = Platter.standing(folder)
    told = workshop.do(Job(str(folder), (), Kind.SYNCS, number, errno.EIO, str(diary)))
    assert told.code == 0, told
    lines = list(read_diary(diary, folder))
    failed = [at for at, line in enumerate(lines) if line.call is Call.FAILED]
    if number and not failed:
        pytest.skip("with this journal a step has fewer syncs")
    promised, truth, images = promises(lines), leaves(folder), 0
    dice = random.Random(number)  # noqa: S311 - which disks to try, no secret

    def plan(_moment: int, pending: list[Piece]) -> list[tuple[str, Choice]]:
        plain = islice(systematic(pending, dice), 6 if chance else 1)
        return [*plain, *(at_random(dice) for _ in range(chance or 1))]

    surgery = Surgery(workshop.base / "ward", each=9)
    for cut in cuts(lines, moments(lines, PROMISES), plan, disk):
        images += 1
        fault = broken(surgery.examine(cut.image), promised[cut.line], truth)
        assert fault is None, (
            f"sync {number} failed ({[lines[at].path for at in failed]}); before line {cut.line}, {cut.name}: {fault}"
        )
    return images


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_program_that_lives_on_after_a_failed_sync_promises_nothing_that_a_power_cut_takes(
    workshop: Workshop, number: int
) -> None:
    """Five syncs to a step: journal, its folder, its head, the database, the journal again."""
    assert lives_on(workshop, number) > 20


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("number", range(6))
def test_the_same_on_every_kind_of_disk(workshop: Workshop, number: int) -> None:
    assert lives_on(workshop, number, chance=20) > 500


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_every_deed_where_any_sync_fails(workshop: Workshop, deed: Deed) -> None:
    for number in range(1, counted(workshop, deed).syncs + 1):
        fails_at(workshop, deed, Kind.SYNCS, number, errno.EIO)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_every_deed_where_any_write_fails(workshop: Workshop, deed: Deed) -> None:
    """Writing, lengthening, shortening, making, moving and deleting files: no room, or an error, by turns."""
    for number in range(1, counted(workshop, deed).writes + 1):
        fails_at(workshop, deed, Kind.WRITES, number, errno.EIO if number % 2 else errno.ENOSPC)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_every_deed_killed_at_any_call(workshop: Workshop, deed: Deed) -> None:
    for number in range(1, counted(workshop, deed).calls + 1):
        fails_at(workshop, deed, Kind.ANY, number, KILLED)
