"""Whatever anyone tries, at whatever time: the table is right.

What it allows happens, what it forbids changes nothing, and both are on record. `walk` says what is tried and
what is looked at after each step; `LOTSE_WALK_SEED` and `LOTSE_WALK_STEPS` choose another campaign.
"""

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.profile import SHIPPED
from tests.workflow.walk import Walk
from tests.world import a_world

CAMPAIGN_STEPS = 100_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=False), steps=st.integers(5, 120), profile=st.sampled_from(SHIPPED))
def test_walks_in_memory_follow_the_table_of_every_network(dice: Random, steps: int, profile: str) -> None:
    with a_world(profile=profile) as world:
        Walk(world, dice).go(steps)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=False), steps=st.integers(20, 70))
def test_walks_on_disk_follow_the_table_across_restarts(
    tmp_path_factory: pytest.TempPathFactory, dice: Random, steps: int
) -> None:
    with a_world("sqlite", folder=tmp_path_factory.mktemp("walk")) as world:
        Walk(world, dice).go(steps)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_a_hundred_thousand_accepted_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In all networks, every twentieth walk on disk; says how many, and how often each command was carried out."""
    seed = int(os.environ.get("LOTSE_WALK_SEED", "1"))
    most = int(os.environ.get("LOTSE_WALK_STEPS", str(CAMPAIGN_STEPS)))
    accepted, tried, walks = 0, 0, 0
    done: Counter[str] = Counter()
    while accepted < most:
        kind, profile = ("sqlite" if walks % 20 == 0 else "memory"), SHIPPED[walks % len(SHIPPED)]
        folder = tmp_path / str(walks)
        folder.mkdir()
        with a_world(kind, profile, folder=folder) as world:
            walk = Walk(world, Random(seed + walks))  # noqa: S311 - dice, no secrets
            walk.go(400)
            accepted, tried, walks = accepted + walk.accepted, tried + walk.size, walks + 1
            done += walk.done
    with capsys.disabled():
        print(f"\n{accepted} accepted steps, {tried} entries, {walks} walks: {dict(done.most_common())}")
    assert accepted >= most
