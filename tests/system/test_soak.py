"""A long day with faults of every kind: nothing is lost, and who works on through all of it does not grow.

Half an hour in `make campaign` (`LOTSE_SOAK_SECONDS` says another length), some seconds here. What is measured is held
against its own noise, and against a leak put in by hand.
"""

import os
from random import Random

import pytest

from tests.system.crashing import Job, crashed
from tests.system.grounds import all_is_settled, an_office
from tests.system.history import Outcome
from tests.system.own_server import an_own_server
from tests.system.soaking import Trend, trend

SPARE = {"memory_mb": 4.0, "descriptors": 4.0, "connections": 4.0}
"""What may be gained in all without being called growth: a cache that fills, a thread more at work."""


def grows(found: Trend, spare: float) -> bool:
    return found.gain > max(found.noise, spare)


def soak(seconds: float, pause: float, rest: float, slack: float = 1) -> None:
    with an_own_server() as server, an_office("postgres", server) as office:
        job = Job(office, server.folder, server.port, 0, "soak", pause=pause, rest=rest)
        told = crashed(job, str(seconds), program="soaking")
        record = all_is_settled(office)
        steps = {str(outcome): record.count(outcome) for outcome in Outcome}
        print(f"{told}, {steps}, {record.repeated} found done when asked again")
        for name, spare in SPARE.items():
            assert not grows(Trend(*told[name]), slack * spare), (name, told[name])


@pytest.mark.campaign
def test_some_seconds_of_everything() -> None:
    soak(6, pause=0.3, rest=0.01, slack=4)  # in which everything still warms up


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_half_an_hour_of_everything() -> None:
    soak(float(os.environ.get("LOTSE_SOAK_SECONDS", "1800")), pause=1.5, rest=0.1)


def test_a_leak_would_be_seen_and_noise_would_not() -> None:
    """300 measurements, 30 kilobytes lost with each: seen; a level that only shakes is none."""
    dice = Random(1)  # noqa: S311 - dice, no secrets
    times = [float(number) for number in range(300)]
    level = [100 + dice.gauss(0, 0.5) for _ in times]
    assert not grows(trend(times, level), SPARE["memory_mb"])
    leaking = [value + 0.03 * number for number, value in enumerate(level)]
    assert grows(trend(times, leaking), SPARE["memory_mb"])
