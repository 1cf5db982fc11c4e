"""The line to PostgreSQL is cut when the COMMIT has been sent: Lotse finds out itself, or says that nobody knows.

Where the server can be asked again at once, it is asked, and the caller hears what became of the step. Where it cannot,
the caller hears that nobody knows, and asking again with the same key settles it. The judge is `tests.system.history`.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from unittest.mock import patch

import pytest

from adapters.db import begin
from adapters.lotse import Lotse
from adapters.writer import Writer
from tests.system.grounds import Office, all_is_settled, an_office
from tests.system.hands import Hand, bounds_of
from tests.system.history import Outcome
from tests.system.proxy import Cut, Proxy, a_proxy, through
from tests.system.witness import Witness
from workflow.errors import UnknownOutcome

CUTS = tuple(Cut)


@contextmanager
def a_line() -> Iterator[tuple[Office, Proxy, Lotse]]:
    """An office on PostgreSQL, and a Lotse that reaches it by way of the proxy."""
    with an_office("postgres") as office:
        url = office.settings.database_url
        assert url is not None
        with a_proxy(url) as proxy:
            apart = replace(office, settings=replace(office.settings, database_url=through(proxy, url)))
            lotse = apart.opened()
            try:
                yield office, proxy, lotse
            finally:
                proxy.closed = False
                lotse.store.engine.dispose()


def cut_so_often(cuts: int) -> None:
    """Each step meets a cut; half of them are written through the combining writer."""
    dice = Random(cuts)  # noqa: S311 - dice, no secrets
    with a_line() as (office, proxy, lotse):
        hand = Hand(lotse, Witness(office.history), bounds_of(office.cases, looks=0, receipts=0.05), "cut")
        writer = Writer(lotse.store.work, lotse.office)
        where: Counter[str] = Counter()
        for number in range(cuts):
            lotse.writer = writer if number % 2 else None
            proxy.armed = dice.choice(CUTS)
            where[proxy.armed.name] += 1
            hand.act()
            proxy.armed = None
            if number % 20 == 0:
                hand.look()
        record = all_is_settled(office)
        steps = {str(outcome): record.count(outcome) for outcome in Outcome}
        print(f"{proxy.cuts} cuts, {dict(where)}, {steps}, {record.repeated} found done when asked again")
        assert proxy.cuts == cuts


def test_two_hundred_cuts() -> None:
    cut_so_often(200)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_ten_thousand_cuts() -> None:
    cut_so_often(int(os.environ.get("LOTSE_CUTS", "10000")))


@pytest.mark.parametrize("cut", CUTS)
def test_a_step_whose_commit_was_cut_is_answered_for_or_begun_anew(cut: Cut) -> None:
    """The server is there when it is asked: the Fachkraft notices nothing, and her note is there once."""
    with a_line() as (office, proxy, lotse):
        hand = Hand(lotse, Witness(office.history), bounds_of(office.cases), "one")
        stands = hand.version(office.cases[0])
        assert stands is not None
        proxy.armed = cut
        hand.note_on(office.cases[0], stands)
        assert proxy.cuts == 1
        assert hand.version(office.cases[0]) == stands + 1
        assert all_is_settled(office).count(Outcome.OK) == 1


@pytest.mark.parametrize("cut", CUTS)
def test_a_step_of_which_nobody_knows_is_settled_by_asking_again(cut: Cut) -> None:
    """The server cannot be reached any more: it is said that nobody knows. The same key finds out."""
    with a_line() as (office, proxy, lotse), patch.object(begin, "PATIENCE", 0.2):
        hand = Hand(lotse, Witness(office.history), bounds_of(office.cases), "one")
        stands = hand.version(office.cases[0])
        assert stands is not None
        proxy.armed, proxy.close_after_cut = cut, True
        hand.note_on(office.cases[0], stands)
        record = office.record()
        assert record.count(Outcome.UNKNOWN) == 1
        proxy.closed = False
        settled = all_is_settled(office)
        assert settled.count(Outcome.OK) == 1
        assert settled.repeated == (cut is not Cut.BEFORE)


def test_what_nobody_knows_is_said_in_words() -> None:
    """And they do not say that it failed."""
    assert "steht nicht fest" in str(UnknownOutcome())
