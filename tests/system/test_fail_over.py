"""The primary dies under load, the synchronous standby takes over: nothing acknowledged is lost, and writing goes on.

Lotse knows both addresses and asks for the one that takes writing. After the promotion nobody acknowledges beside the
new primary until somebody names a standby again: `lotse db check` says so (measured, and easily forgotten).
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from adapters.db.begin import begun
from adapters.db.guard import findings
from adapters.db.postgres import connect
from tests.postgres_server import Server
from tests.system.crashing import Job, crashed
from tests.system.grounds import Office, all_is_settled, all_is_well, an_office
from tests.system.hands import Hand, bounds_of
from tests.system.history import Law, Outcome
from tests.system.standby import NAME, Pair, a_pair
from tests.system.witness import Witness


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


def test_a_standby_that_does_not_acknowledge_lacks_what_it_had_not_heard_of() -> None:
    """So the test can fail: without `synchronous_standby_names` steps are lost, and the judge says so."""
    with a_pair() as pair, an_office("postgres", pair.first) as made:
        pair.first.settings["synchronous_standby_names"] = ""
        pair.first.stop()
        pair.first.start()
        pair.second.stop("immediate")
        lotse = made.opened()
        Hand(lotse, Witness(made.history), bounds_of(made.cases), "alone").note_on(made.cases[0], 1)
        lotse.store.engine.dispose()
        assert made.settings.database_url is not None
        both = pair.address(made.settings.database_url)
        pair.first.kill()
        pair.second.start()
        pair.promote()
        with pytest.raises(AssertionError, match=Law.KEPT.name):
            all_is_well(replace(made, settings=replace(made.settings, database_url=both)))


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_many_standbys_take_over() -> None:
    for number in range(int(os.environ.get("LOTSE_FAIL_OVERS", "50"))):
        fails_over(number)


@contextmanager
def a_step_that_waits(pair: Pair, made: Office) -> Iterator[tuple[Office, threading.Thread]]:
    """The standby is away, and somebody's COMMIT waits for it."""
    assert made.settings.database_url is not None
    office = replace(
        made, settings=replace(made.settings, database_url=pair.address(made.settings.database_url))
    )
    lotse = office.opened()
    hand = Hand(lotse, Witness(office.history), bounds_of(office.cases), "waiting")
    hand.note_on(office.cases[0], 1)
    pair.second.stop("immediate")
    asking = threading.Thread(target=hand.note_on, args=(office.cases[0], 2))
    asking.start()
    waiting(pair.first, 1)
    try:
        yield office, asking
    finally:
        asking.join(60)
        lotse.store.engine.dispose()


def waiting(server: Server, commits: int) -> None:
    """Wait until so many commits wait for the standby."""
    until = time.monotonic() + 30
    while _count(server, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") < commits:
        assert time.monotonic() < until, "a commit waits for the standby"
        time.sleep(0.02)


def _count(server: Server, question: str) -> int:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize("ending", ["the connection is ended", "the primary starts anew"])
def test_what_only_the_primary_has_is_not_acknowledged(ending: str) -> None:
    """Whose COMMIT waited for the standby when it was cut off can be seen on the primary, and is not safe there.

    So it is not acknowledged, to nobody who looks or asks again, before the standby is back: until then it could be lost.
    """
    with a_pair() as pair, an_office("postgres", pair.first) as made:
        with a_step_that_waits(pair, made) as (office, asking):
            if ending == "the connection is ended":
                _count(
                    pair.first,
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
                )
            else:
                pair.first.stop("immediate")
                pair.first.start()
            waiting(pair.first, 1)
            assert office.record().count(Outcome.OK) == 1, "nobody was told that it is done"
            again = asked_again(office)
            waiting(pair.first, 2)
            assert office.record().count(Outcome.OK) == 1
            pair.second.start()
            asking.join(60)
            again.join(60)
        record = all_is_settled(office)
        assert record.count(Outcome.OK) == 2


def asked_again(office: Office) -> threading.Thread:
    """Somebody else asks again, with the same key."""

    def ask() -> None:
        lotse = office.opened()
        asked = list(office.record().open.values())
        Hand(lotse, Witness(office.history), bounds_of(office.cases), "again").settle(asked)
        lotse.store.engine.dispose()

    thread = threading.Thread(target=ask)
    thread.start()
    return thread
