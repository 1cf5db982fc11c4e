"""What the prover passes over at first hides nothing: with every shortcut barred it finds just the same.

Histories are held first against configurations that are alike to every forbidden step, and loops are looked for only
where nothing lasts anyway. Tried with the base, with what breaks a law, and with slips that the laws on rows let pass.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from states.base import BASE
from states.laws.deadlines import deadline_findings
from states.laws.finding import Finding
from states.laws.traces import trace_findings
from states.process import Process
from states.profile import load
from states.prover import local_breaches
from states.space import Space
from tests.states.mutants import mutants
from tests.states.test_laws import EXAMPLES

SEED, SAMPLE = 2026, 8


def processes() -> Iterator[Process]:
    """Give the base, a network with states of its own, and what goes wrong only once it is walked."""
    yield BASE
    yield load("bergkamen").process
    for law, _, process in EXAMPLES:
        if law in {"C1", "E1", "K1", "T", "F6"}:
            yield process
    slips = list(mutants())
    random.Random(SEED).shuffle(slips)  # noqa: S311 - a repeatable choice
    unnoticed = (process for process in (slip.make() for slip in slips) if not local_breaches(process))
    for _ in range(SAMPLE):
        yield next(unnoticed)


@pytest.fixture(scope="module")
def spaces() -> list[Space]:
    explored = [Space(process) for process in processes()]
    for space in explored:
        space.explore()
    return explored


@pytest.mark.parametrize(
    ("law", "shortcut", "barred", "least"),
    [
        (trace_findings, "states.laws.traces._asked", lambda _space, _bans: -1, 6),
        (deadline_findings, "states.laws.deadlines._lasting", lambda _times, _moves: 0, 2),
    ],
    ids=["histories", "loops"],
)
def test_without_the_shortcut_the_same_is_found(
    spaces: list[Space],
    monkeypatch: pytest.MonkeyPatch,
    law: Callable[[Space], Iterator[Finding]],
    shortcut: str,
    barred: Callable[..., int],
    least: int,
) -> None:
    quickly = [list(law(space)) for space in spaces]
    monkeypatch.setattr(shortcut, barred)
    plainly = [list(law(space)) for space in spaces]
    assert quickly == plainly
    assert sum(bool(findings) for findings in plainly) >= least, "some of them do break something"
    assert not plainly[0], "the base breaks nothing"
