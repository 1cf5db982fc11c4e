"""The primary dies under load, the synchronous standby takes over: nothing acknowledged is lost, and writing goes on.

Lotse knows both addresses and asks for the one that takes writing. After the promotion nobody acknowledges beside the
new primary until somebody names a standby again: `lotse db check` says so (measured, and easily forgotten).
"""

import os
from dataclasses import replace

import pytest

from adapters.db.begin import begun
from adapters.db.guard import findings
from adapters.db.postgres import connect
from tests.system.crashing import Job, crashed
from tests.system.grounds import Office, all_is_settled, an_office
from tests.system.history import Outcome
from tests.system.standby import NAME, Pair, a_pair


def said_of_durability(office: Office) -> str:
    """What `lotse db check` finds of it."""
    assert office.settings.database_url is not None
    engine = connect(office.settings.database_url)
    with begun(engine, reading=True) as connection:
        found = next(each for each in findings(connection) if each.what == "durable")
    engine.dispose()
    assert found.fits
    return found.says


def fails_over(number: int) -> None:
    with a_pair() as pair, an_office("postgres", pair.first) as made:
        assert made.settings.database_url is not None
        both = pair.address(made.settings.database_url)
        office = replace(made, settings=replace(made.settings, database_url=both))
        assert f"bestätigt auch von: {NAME}" in said_of_durability(office)
        first, second = pair.first, pair.second
        job = Job(office, first.folder, first.port, 1, f"over-{number}", pause=2, standby=second.folder)
        told = crashed(job)
        record = all_is_settled(office)
        steps = {str(outcome): record.count(outcome) for outcome in Outcome}
        print(f"{told}, {steps}")
        nobody_beside(office, pair)


def nobody_beside(office: Office, pair: Pair) -> None:
    """The names of standbys stood in the configuration of the one that died."""
    assert pair.shown(pair.second, "synchronous_standby_names") == ""
    assert "ohne zweiten Server" in said_of_durability(office)


def test_the_standby_takes_over_with_everything_that_was_acknowledged() -> None:
    fails_over(1)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_many_standbys_take_over() -> None:
    for number in range(int(os.environ.get("LOTSE_FAIL_OVERS", "50"))):
        fails_over(number)
