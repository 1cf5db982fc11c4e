"""Many schedulers at once over one store: each obligation is flagged once, each warning given once, whoever dies.

Some are killed, one is stopped for a while, some have a clock that is wrong. The full number is a campaign.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from adapters.db.store import Store
from adapters.db.sweep_statements import unflagged
from states.vocabulary import Command, Obligation
from tests import postgres
from tests.people import WORKER
from tests.sensible import sensible
from tests.world import World, a_world, berlin
from workflow.perform import Request, perform

PATIENCE = 60.0
AT_ONCE = 100
NIGHTS = ("2026-03-29 00:00", "2026-10-25 00:00", "2027-01-01 00:00")
"""Clocks go forward, clocks go back, the year ends."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to do, by how many, and how long (seconds) until one is killed and another stopped."""

    cases: int
    schedulers: int
    killed_every: float


SMALL = Size(150, 3, 0.15)
FULL = Size(100_000, 8, 1.0)
FULL_EMBEDDED = Size(10_000, 8, 1.0)


def overdue(world: World, count: int) -> None:
    """So many families whom nobody has called; all received now."""
    details = {**sensible(Command.RECEIVE_CONSENT, None, WORKER, world.now), "born": None}
    while count > 0:
        with world.work() as work:
            for _ in range(min(count, AT_ONCE)):
                perform(Request(Command.RECEIVE_CONSENT, WORKER, details=details), work, world.office)
            work.commit()
        count -= AT_ONCE


class House:
    """One process from which all schedulers are forked: what they need is imported once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.scheduler.a_scheduler"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, *words: object) -> Any:  # noqa: ANN401 - JSON is what it is
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.end()


class Schedulers:
    """Processes at work on the store of a world."""

    def __init__(self, house: House, world: World) -> None:
        assert world.folder is not None
        url = postgres.as_application(world.lent.url) if world.kind == "postgres" else "-"
        self._house = house
        self._where = (str(world.folder), url, world.millis())
        self._told = world.folder / "told"
        self._told.unlink(missing_ok=True)
        self._begun: list[int] = []
        self._alive: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._alive:
            os.kill(each, signal.SIGKILL)
        if self._begun:
            self._house.ask("wait", *self._begun)

    def start(self, count: int = 1) -> None:
        for _ in range(count):
            child = self._house.ask("start", *self._where, str(len(self._begun)))
            self._begun.append(child)
            self._alive.append(child)

    def kill_one(self) -> None:
        """Kill the one that works longest, in the middle of whatever it does."""
        os.kill(self._alive.pop(0), signal.SIGKILL)

    def stop_one_for(self, seconds: float) -> None:
        """Let one stand still, with whatever it holds, and go on."""
        os.kill(self._alive[-1], signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self._alive[-1], signal.SIGCONT)

    def finish(self) -> None:
        """Wait until all have ended by themselves, and well."""
        codes = self._house.ask("wait", *self._begun)
        assert [code for code in codes if code != -signal.SIGKILL] == [0] * len(self._alive)
        self._begun, self._alive = [], []

    def told(self, what: str) -> int:
        """The sum of what they say they did; who was killed may have done more than it said."""
        return sum(json.loads(line)[what] for line in self._told.read_text().splitlines())


def each_once(world: World) -> tuple[int, int]:
    """How many obligations are flagged and warnings given; every one of them once, and log and tables agree."""
    flags, warned = Counter[tuple[object, ...]](), Counter[tuple[object, ...]]()
    for entry in world.entries():
        if entry.a["action"] == "flag_overdue":
            flags[entry.a["case"], entry.a["obligation"]] += 1
        elif entry.a["action"] == "forewarned":
            warned[entry.a["case"], entry.a["obligation"], entry.a["level"]] += 1
    assert {*flags.values(), *warned.values()} <= {1}
    world.verify()
    return len(flags), len(warned)


def all_at_once(house: House, world: World, size: Size) -> None:
    """All begin at the same moment; nobody is killed, so what they tell is what was done."""
    overdue(world, size.cases)
    world.wait(days=10)
    with Schedulers(house, world) as schedulers:
        schedulers.start(size.schedulers)
        schedulers.finish()
        assert schedulers.told("flagged") == size.cases
    assert each_once(world) == (size.cases, 0)


def killed_and_stopped(house: House, world: World, size: Size) -> None:
    """One is killed every so often, as long as there is work, and another takes its place; one stands still meanwhile."""
    overdue(world, size.cases)
    world.wait(days=10)
    with Schedulers(house, world) as schedulers:
        schedulers.start(size.schedulers)
        until(lambda: left(world) < size.cases)
        schedulers.stop_one_for(size.killed_every)
        kills = 0
        while kills < 3 or left(world):
            before = left(world)
            schedulers.kill_one()
            kills += 1
            schedulers.start()
            time.sleep(size.killed_every)
            until(
                lambda before=before: left(world) < max(before, 1)
            )  # however slow the machine: no killing for killing
        schedulers.finish()
        assert schedulers.told("flagged") <= size.cases
    assert each_once(world) == (size.cases, 0)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def left(world: World) -> int:
    """How many cases there are still to flag."""
    assert isinstance(world.store, Store)
    with world.store.reading() as connection:
        return unflagged(connection, world.store.tenant, world.millis())[0]


def test_all_at_once_each_is_flagged_once(house: House, world: World) -> None:
    all_at_once(house, world, replace(SMALL, cases=70))


def test_with_some_killed_and_one_stopped_each_is_flagged_once(house: House, world: World) -> None:
    killed_and_stopped(house, world, SMALL)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_eight_schedulers_and_a_hundred_thousand_overdue(house: House, world: World) -> None:
    all_at_once(house, world, FULL if world.kind == "postgres" else FULL_EMBEDDED)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_eight_schedulers_one_killed_a_second_and_one_stopped(house: House, world: World) -> None:
    killed_and_stopped(house, world, FULL if world.kind == "postgres" else FULL_EMBEDDED)


def test_all_at_once_over_an_office_without_a_case(house: House, world: World) -> None:
    """The very first heartbeats and the very first plan, by all of them."""
    with Schedulers(house, world) as schedulers:
        schedulers.start(4)
        schedulers.finish()
    assert each_once(world) == (0, 0)


@pytest.mark.parametrize("night", NIGHTS)
def test_around_the_nights_on_which_clocks_change_with_clocks_that_are_wrong(
    house: House, night: str, tmp_path: Path
) -> None:
    """Warned of on the day before and flagged at midnight: by whoever comes first, and by nobody else."""
    (tmp_path / "keys").mkdir()
    midnight = berlin(night)
    with a_world("postgres", at="2026-03-09 10:00", folder=tmp_path) as world:
        # Received so that the third working day is the last one before that night or just after it.
        world.now = midnight - timedelta(days=6)
        overdue(world, 8)
        due = next(d.due for d in world.cases()[0].duties if d.obligation == Obligation.FIRST_CONTACT)
        for at in (due - timedelta(days=1), due + timedelta(days=1)):
            world.now = max(world.now, berlin(f"{at} 07:00"))
            with Schedulers(house, world) as schedulers:
                schedulers.start(2)
                schedulers.finish()
        assert each_once(world) == (8, 8)
