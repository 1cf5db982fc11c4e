"""The power goes at any moment: what was acknowledged is there, whole, and every entry has its step.

Disks are rebuilt from a diary of system calls of an office at work, with everything that was not surely written lost,
torn and in disorder (`platter.py`, `cuts.py`); each is opened as any command opens it, verified and worked on with. With
less care about syncs the same disks show loss, so the harness can fail.
"""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.db import connect as connecting
from adapters.db.connect import journal_mode
from tests.system.busy_office import PROMISES
from tests.system.cuts import Choice, Cut, at_random, cuts, everything, moments, nothing, systematic
from tests.system.diary import Call, Line, on_tmpfs, read_diary, the_disk
from tests.system.platter import Image, Piece, Platter
from tests.system.program import CLINIC_LIST, ROOT, surroundings
from tests.system.survivor import Promise, Surgery, broken, promises

ROLLBACK = journal_mode() != "wal"


@dataclass(frozen=True, slots=True)
class Day:
    """What an office did on one day: the diary of its disk, what it promised, what the disk was in the end."""

    lines: Sequence[Line]
    promised: Sequence[Promise]
    end: Image
    truth: Sequence[bytes] = field(repr=False)


def a_day(base: Path, *pragmas: str, rows: int = 10) -> Day:
    """Let the office work once; `rows` of the clinic's list come in, none on a short day."""
    folder, diary, list_ = base / "office", base / "diary", base / "liste.csv"
    folder.mkdir()
    list_.write_bytes(b"".join(CLINIC_LIST.read_bytes().splitlines(keepends=True)[: rows + 1]))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.system.busy_office",
            str(folder),
            str(list_) if rows else "-",
            *pragmas,
        ],
        env=surroundings(LD_PRELOAD=str(the_disk()), DISK_UNDER=str(folder), DISK_TRACE=str(diary)),
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    lines = list(read_diary(diary, folder))
    end = {str(path.relative_to(folder)): _as_it_stands(path) for path in folder.rglob("*")}
    truth = Surgery(base / "ward").examine(end)
    assert truth.fault is None, truth.fault
    return Day(lines, promises(lines), end, truth.leaves)


def _as_it_stands(path: Path) -> tuple[int, bytes | None]:
    return path.stat().st_mode & 0o700, path.read_bytes() if path.is_file() else None


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with on_tmpfs() as base:
        yield a_day(base)


@dataclass(slots=True)
class Toll:
    """What a number of disks cost: broken promises by kind, the first of them, how many disks, different ones, stores."""

    kinds: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)
    images: int = 0
    different: tuple[int, int] = (0, 0)


def toll(day: Day, images: Iterator[Cut], each: int = 1, enough: int = 10**9) -> Toll:
    """Open these disks until `enough` promises are broken; work goes on in every `each`-th store that comes of them."""
    counted = Toll()
    with on_tmpfs() as base:
        surgery = Surgery(base / "ward", each)
        for cut in images:
            counted.images += 1
            fault = broken(surgery.examine(cut.image), day.promised[cut.line], day.truth)
            if fault is not None:
                counted.kinds[fault.partition(":")[0]] += 1
                counted.first = [*counted.first, f"before line {cut.line}, {cut.name}: {fault}"][:5]
            if counted.kinds.total() >= enough:
                break
        counted.different = surgery.distinct
    return counted


def all_of(day: Day, seed: int, chance: int, share: float = 1.0) -> Iterator[Cut]:
    """Every systematic image of the day (or a share of them), and so many by chance at each moment."""
    dice = random.Random(seed)  # noqa: S311 - which disks to try, no secret

    def plan(_moment: int, pending: list[Piece]) -> Iterator[tuple[str, Choice]]:
        yield from (each for each in systematic(pending, dice) if share >= 1 or dice.random() < share)
        yield from (at_random(dice) for _ in range(chance) if share >= 1 or dice.random() < share)

    return cuts(day.lines, moments(day.lines, PROMISES), plan)


def nothing_arrives(day: Day, since: int = 0) -> Iterator[Cut]:
    """The poorest disk, only what was synced, at each moment since that line."""
    at = [moment for moment in moments(day.lines, PROMISES) if moment >= since]
    return cuts(day.lines, at, lambda _moment, _pending: iter([("nothing arrives", nothing)]))


def test_the_diary_is_complete(day: Day) -> None:
    """Replayed whole it gives every file byte for byte, those of all processes; and there are syncs of each kind."""
    platter = Platter()
    for line in day.lines:
        platter.take(line)
    assert platter.image(everything) == day.end
    assert len({line.pid for line in day.lines}) == 4
    synced = {line.path for line in day.lines if line.call is Call.SYNC}
    assert {".", "data", "data/lotse.db", "keys"} <= synced
    assert len(day.truth) >= 35


def test_nothing_acknowledged_is_lost_and_nothing_is_half(day: Day) -> None:
    """Some hundred disks: the poorest of each moment, and a draw of all others."""
    poorest, others = (
        toll(day, nothing_arrives(day), each=20),
        toll(day, all_of(day, 1, 20, share=0.004), each=20),
    )
    assert not poorest.kinds, poorest.first
    assert not others.kinds, others.first
    assert poorest.images + others.images > 250


CARELESS = [("synchronous=OFF", "cannot be opened")]
if ROLLBACK:
    # What SQLite does by itself: the deletion of the journal, by which it commits, is not synced.
    CARELESS.append(("journal_mode=DELETE synchronous=FULL", "lost"))
NORMAL = [pytest.param("synchronous=NORMAL", "lost", marks=[pytest.mark.campaign])]


@pytest.mark.parametrize(("pragmas", "kind"), [*CARELESS, *NORMAL])
def test_with_less_care_the_same_disks_show_loss(pragmas: str, kind: str) -> None:
    """With a sync missing acknowledged entries are lost; with none at all nothing holds."""
    with on_tmpfs() as base:
        day = a_day(base, *pragmas.split(), rows=0)
        made = next(line for line, promise in enumerate(day.promised) if promise.made)
        found = toll(day, nothing_arrives(day, since=made), each=9, enough=4)
    assert found.kinds.total() == 4
    assert kind in found.kinds


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_ten_thousand_disks(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    found = toll(day, all_of(day, 3, 40, share=0.32))
    with capsys.disabled():
        print(
            f"\n{found.images} disks, {found.different[0]} different, {found.different[1]} stores of them: {found.kinds}"
        )
    assert not found.kinds, found.first
    assert found.images >= 10_000


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_the_write_ahead_log_loses_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a newer SQLite will use; here it is forced upon this one."""
    monkeypatch.setattr(connecting, "SAFE_WAL", (3, 0, 0))
    with on_tmpfs() as base:
        day = a_day(base, "journal_mode=wal", "synchronous=FULL")
        found = toll(day, all_of(day, 4, 5, share=0.1))
    assert not found.kinds, found.first
