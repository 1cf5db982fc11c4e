"""Whoever is killed at whatever moment: nothing acknowledged is lost, and nothing is there by halves.

`kill -9` at random moments while two work beside each other, on both databases. What nobody was told settles by asking
again with the same key. The judge is `tests.system.history`, and the verification of the log with all that it opens.
"""

import json
import os
import pickle
import subprocess
import sys

import pytest

from tests.system.grounds import Office, all_is_settled, all_is_well, an_office
from tests.system.history import Law, Outcome
from tests.system.program import ROOT, surroundings


def killed(office: Office, kills: int, seed: str, *more: str) -> dict[str, float]:
    """Let so many workers be killed; what there was to see."""
    given = office.settings.data.parent / "office"
    given.write_bytes(pickle.dumps(office))
    words = [sys.executable, "-m", "tests.system.killing", str(given), str(kills), seed, *more]
    done = subprocess.run(words, cwd=ROOT, env=surroundings(), capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, float] = json.loads(done.stdout)
    return told


def nothing_is_lost(kind: str, kills: int, rounds: int = 1) -> None:
    with an_office(kind) as office:
        for number in range(rounds):
            told = killed(office, kills // rounds, f"{kind}-{number}")
            record = all_is_settled(office)
            steps = {str(outcome): record.count(outcome) for outcome in Outcome}
            print(f"{kind}: {told}, {steps}, {len(record.reads)} reads")
            assert told["at_work"] > 0.6 * told["kills"]
            assert told["in_flight"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_sixty_kills(kind: str) -> None:
    nothing_is_lost(kind, 60)


def test_an_answer_before_the_commit_would_be_found() -> None:
    """Those who are told too early are told of what is lost when they are killed: the judge says so."""
    with an_office("sqlite") as office:
        killed(office, 12, "hasty", "hasty")
        with pytest.raises(AssertionError, match=Law.KEPT.name):
            all_is_well(office)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_ten_thousand_kills(kind: str) -> None:
    kills = int(os.environ.get("LOTSE_KILLS", "10000"))
    nothing_is_lost(kind, kills, rounds=10)
