"""However many write on one case at once: exactly one wins each version; and a withdrawal never loses a race."""

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.lotse import Lotse
from adapters.writer import Writer
from states.vocabulary import Command, Fact, State
from tests.people import COLLEAGUE, WORKER
from tests.system.grounds import all_is_settled, an_office
from tests.system.history import Outcome
from tests.system.program import ROOT, surroundings
from tests.world import World, a_world
from workflow.case import Case
from workflow.errors import ConflictError, RefusedError

KINDS = ("sqlite", "postgres")


def everyone_writes(kind: str, processes: int, threads: int, versions: int) -> None:
    with an_office(kind) as office:
        given = office.settings.data.parent / "office"
        given.write_bytes(pickle.dumps(office))
        numbers = [str(number) for number in (processes, threads, versions)]
        words = [sys.executable, "-m", "tests.system.racing", str(given), *numbers]
        done = subprocess.run(
            words, cwd=ROOT, env=surroundings(), capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        told = json.loads(done.stdout)
        record = all_is_settled(office)
        won = sorted(
            step.version or 0
            for step in record.history()
            if step.outcome is Outcome.OK and step.name.startswith("race") and step.case == office.cases[0]
        )
        assert won[-versions:] == list(range(told["last"] - versions + 1, told["last"] + 1))
        print(f"{kind}: {len(won)} won, {record.count(Outcome.FAIL)} came too late, {told['seconds']} s")
        assert record.count(Outcome.FAIL) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_thirty_two_writers_on_one_case(kind: str) -> None:
    everyone_writes(kind, processes=4, threads=8, versions=20)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("kind", KINDS)
def test_thirty_two_writers_for_a_thousand_versions(kind: str) -> None:
    everyone_writes(kind, processes=4, threads=8, versions=int(os.environ.get("LOTSE_VERSIONS", "1000")))


@contextmanager
def two_programs(world: World, *, together: bool) -> Iterator[tuple[Lotse, Lotse]]:
    """Two that work on one store; `together` through one combining writer."""
    one, other = world.lotse, world.lotse
    if together:
        one.writer = other.writer = Writer(world.lotse.store.work, world.office)
    yield one, other


def races(kind: str, folder: Path, rounds: int) -> None:
    """A withdrawal and a contact at the same moment, in turns with and without the combining writer."""
    first: dict[str, int] = {"contact": 0, "withdrawal": 0}
    with a_world(kind, folder=folder) as world:
        for number in range(rounds):
            case = world.a_case_in(State.CONSENT_CHECKED)
            with two_programs(world, together=number % 2 == 0) as (one, other):
                contacted = race(world, case, one, other)
            first["contact" if contacted else "withdrawal"] += 1
        world.verify()
    print(f"{kind}: {rounds} races, first came {first}")


def race(world: World, case: Case, one: Lotse, other: Lotse) -> bool:
    """Let both begin at once; give whether the contact came through. The withdrawal always does."""
    ready = threading.Barrier(2)
    told: dict[str, object] = {}
    asked = {
        "withdrawal": (one, world.request(case, Command.WITHDRAW_CONSENT, COLLEAGUE, version=case.version)),
        "contact": (other, world.request(case, Command.REACH_FAMILY, WORKER, version=case.version)),
    }

    def act(name: str) -> None:
        lotse, request = asked[name]
        ready.wait()
        try:
            told[name] = lotse.submit(request).case.version
        except (ConflictError, RefusedError) as error:
            told[name] = error

    running = [threading.Thread(target=act, args=(name,)) for name in asked]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    after, done = world.case(case), [each for each in world.entries(case) if each.a["outcome"] == "done"]
    assert isinstance(told["withdrawal"], int), "the withdrawal lands"
    assert Fact.WITHDRAWN in after.marks
    actions = [each.a["action"] for each in done]
    assert actions[-1] == Command.WITHDRAW_CONSENT, "and nothing stands after it"
    return isinstance(told["contact"], int)


@pytest.mark.parametrize("kind", KINDS)
def test_a_withdrawal_races_a_contact(kind: str, tmp_path: Path) -> None:
    races(kind, tmp_path, 10)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_withdrawals_race_a_contact(kind: str, tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        races(kind, folder, 50)
