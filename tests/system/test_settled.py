"""A program is killed between ending a transaction and securing the end: others see a commit that the disk lacks.

Whoever then signs it would have signed what a power cut takes back. So the notary secures what it read before its own
file moves on.
"""

from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest

from tests.system.cuts import Choice, cuts, moments, systematic
from tests.system.diary import Call, Kind, Line, read_diary
from tests.system.failing import Job
from tests.system.platter import Piece, Platter
from tests.system.survivor import Surgery
from tests.system.test_failing_disk import NEW_CASE, Workshop, a_workshop, counted


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with a_workshop() as found:
        yield found


def killed_then_signed(workshop: Workshop, number: int) -> Iterator[tuple[Line, str | None]]:
    """Kill a new case at that sync, sign in another program, cut the power: the line of the kill, and what is wrong."""
    folder, diary = workshop.folder(), workshop.base / "diary"
    diary.unlink(missing_ok=True)
    disk = Platter.standing(folder)
    told = workshop.do(Job(str(folder), NEW_CASE.words, Kind.SYNCS, number, 0, str(diary)))
    assert told.code == -9, told
    killed = len(list(read_diary(diary, folder)))
    told = workshop.do(Job(str(folder), ("audit", "checkpoint"), diary=str(diary)))
    assert told.code == 0, told
    lines = list(read_diary(diary, folder))
    surgery = Surgery(workshop.base / "ward", each=9)

    def plan(_moment: int, pending: list[Piece]) -> Iterator[tuple[str, Choice]]:
        return islice(systematic(pending, Random(number)), 6)  # noqa: S311 - which disks to try, no secret

    for cut in cuts(lines, [at for at in moments(lines, "") if at >= killed], plan, disk):
        yield lines[killed - 1], surgery.examine(cut.image).fault


def commits(workshop: Workshop) -> list[int]:
    """Which syncs of a new case secure the end of a transaction."""
    folder, diary = workshop.folder(), workshop.base / "diary"
    diary.unlink(missing_ok=True)
    assert workshop.do(Job(str(folder), NEW_CASE.words, diary=str(diary))).code == 0
    lines = list(read_diary(diary, folder))
    syncs = [at for at, line in enumerate(lines) if line.call is Call.SYNC]
    return [number for number, at in enumerate(syncs, 1) if lines[at - 1].call is Call.TRUNCATE]


def test_what_is_signed_is_on_the_disk_even_where_who_wrote_it_was_killed(workshop: Workshop) -> None:
    numbers = commits(workshop)
    if not numbers:
        pytest.skip(
            "with a write-ahead log a transaction ends with its last write, and not with a shortened journal"
        )
    for number in numbers[:1]:
        for before, fault in killed_then_signed(workshop, number):
            assert before.call is Call.TRUNCATE
            assert fault is None, f"killed at sync {number}: {fault}"


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_the_same_for_a_kill_at_any_sync(workshop: Workshop) -> None:
    for number in range(1, counted(workshop, NEW_CASE).syncs + 1):
        for before, fault in killed_then_signed(workshop, number):
            assert fault is None, f"killed at sync {number}, after {before.call.name} {before.path}: {fault}"
