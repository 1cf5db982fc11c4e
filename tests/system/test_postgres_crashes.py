"""PostgreSQL crashes under writers who live on: what was acknowledged is there, the rest is whole or not at all.

A server of its own with durability on, four processes writing, crashes of four kinds. Where a commit is answered before
it is flushed, acknowledged steps are lost: this test says so, and Lotse does not work there.
"""

import os
from dataclasses import replace

import pytest

from adapters.db.place import UnsafeDatabase
from adapters.settings import DEVELOPMENT
from tests.system.crashing import Job, crashed
from tests.system.grounds import all_is_settled, all_is_well, an_office
from tests.system.history import Law, Outcome
from tests.system.own_server import an_own_server


def nothing_is_lost(crashes: int, rounds: int = 1) -> None:
    with an_own_server() as server, an_office("postgres", server) as office:
        for number in range(rounds):
            job = Job(office, server.folder, server.port, crashes // rounds, f"crash-{number}")
            told = crashed(job)
            record = all_is_settled(office)
            steps = {str(outcome): record.count(outcome) for outcome in Outcome}
            print(f"{told}, {steps}, {len(record.reads)} reads")


def test_a_few_crashes() -> None:
    nothing_is_lost(6)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_a_thousand_crashes() -> None:
    nothing_is_lost(int(os.environ.get("LOTSE_CRASHES", "1000")), rounds=5)


def test_a_server_that_answers_before_it_flushes_loses_what_it_acknowledged() -> None:
    """Lotse refuses to work there; whoever takes the refusal away loses steps, and the judge says so."""
    weak = {"synchronous_commit": "off", "wal_writer_delay": "10000"}
    with an_own_server() as server, an_office("postgres", server) as office:
        server.settings.update(weak)
        server.stop()
        server.start()
        with pytest.raises(UnsafeDatabase):
            office.opened()
        trusting = replace(office, settings=replace(office.settings, mode=DEVELOPMENT))
        crashed(Job(trusting, server.folder, server.port, 0, "careless", careless=True))
        server.kill()
        server.settings["synchronous_commit"] = "on"
        server.start()
        with pytest.raises(AssertionError, match=Law.KEPT.name):
            all_is_well(office)
