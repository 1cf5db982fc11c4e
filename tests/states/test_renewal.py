"""What begins anew by being met: lawful only within another deadline that nothing renews, and by its own step.

The law F5 is checked by examples; that it suffices is walked: whoever goes round, a deadline has run all the way.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.base import BASE
from states.bits import RECIPIENTS
from states.laws.ways import OUTSIDE
from states.process import Process
from states.profile import load, read_profile
from states.prover import Unlawful, first_finding, prove
from states.space import Space
from states.vocabulary import Command, Obligation, Role, State
from tests.states.worlds import owing

WATCH = """
[[fact]]
name = "x_watched"
label = "Monatliche Teambesprechung vereinbart"

[[step]]
name = "x_watch"
label = "Monatliche Teambesprechung vereinbaren"
from = ["in_contact", "handed_over"]
by = "case_worker"
when = "!x_watched"
sets = "x_watched"
source = "own"

[[step]]
name = "x_discussed"
label = "Im Team besprochen"
from = ["in_contact", "handed_over"]
by = "case_worker"
when = "x_watched"
source = "own"

[[step]]
name = "x_watched_enough"
label = "Teambesprechungen beenden"
from = ["in_contact", "handed_over"]
by = "case_worker"
when = "x_watched"
clears = "x_watched"
source = "own"
"""
MONTHLY = """
[[obligation]]
name = "x_monthly"
label = "Teambesprechung"
in = "OPEN"
while = "x_watched"
begun_by = ["x_watch", "EVENT", "reopen"]
met_by = ["EVENT", "x_watched_enough"]
days = 20
source = "own"
"""
FOR_A_YEAR = """
[[obligation]]
name = "x_year"
label = "Teambesprechungen beenden"
in = "OPEN"
while = "x_watched"
begun_by = ["x_watch", "reopen"]
met_by = "x_watched_enough"
days = 250
source = "own"
"""


def a_network(*entries: str) -> Process:
    """Give the default network with these entries of its own."""
    head, days = load("default").text.decode().split("\n[days]", 1)
    return read_profile("\n".join((head, *entries, f"[days]{days}")).encode()).process


def monthly(event: str = "x_discussed") -> str:
    """Give what comes back every month, done and begun anew by the event."""
    return MONTHLY.replace("EVENT", event)


@cache
def within_a_year() -> Process:
    return a_network(WATCH, monthly(), FOR_A_YEAR)


def refusals(process: Process) -> dict[str, str]:
    with pytest.raises(Unlawful) as refused:
        prove(process)
    return {breach.law: breach.sentence for breach in refused.value.breaches}


def test_a_town_may_owe_something_every_month_within_what_ends_after_a_year() -> None:
    assert prove(within_a_year()).configurations > 6540


def test_what_begins_anew_for_ever_is_refused_where_nothing_runs_around_it() -> None:
    told = refusals(a_network(WATCH, monthly()))
    assert told == {
        "F5": (
            "Abgelehnt (F5, Konzept Bergkamen, Z. 205): Mit ‚Im Team besprochen‘ in ‚Im Kontakt, Klärung‘ begänne die "
            "Frist ‚Teambesprechung‘ immer wieder neu, ohne dass ringsum eine andere durchläuft. Kürzester Weg: Familie "
            "meldet sich selbst → Ersteinschätzung: kein Anhaltspunkt für Gefährdung → Einwilligung geprüft: liegt vor → "
            "Kontakt hergestellt → Monatliche Teambesprechung vereinbaren → Im Team besprochen."
        )
    }


def test_two_that_begin_anew_do_not_hold_each_other() -> None:
    twin = monthly().replace("x_monthly", "x_weekly").replace('"Teambesprechung"', '"Wochenbesprechung"')
    assert "F5" in refusals(a_network(WATCH, monthly(), twin))


@pytest.mark.parametrize("event", ["note", "assign", "correct", "flag_overdue"])
def test_nothing_everyday_and_not_the_clock_begins_a_deadline_anew(event: str) -> None:
    """A note would postpone whatever it touches, without anybody saying so."""
    assert "F5" in refusals(a_network(WATCH, monthly(event), FOR_A_YEAR))


@pytest.mark.parametrize("name", [spec.name for spec in BASE.obligations if spec.name != Obligation.REVIEW])
def test_no_deadline_of_the_law_but_the_review_begins_anew(name: str) -> None:
    """Whatever meets it must not begin it at once, nor may a review meet it."""
    for also in (frozenset[str](), frozenset({Command.REVIEW})):
        wish = owing(name, lambda spec, also=also: replace(  # type: ignore[misc]  # mypy infers no type for a lambda with defaults
            spec, begun_by=spec.begun_by | spec.met_by | also, met_by=spec.met_by | also
        ))  # fmt: skip
        assert first_finding(Space(wish)) is not None


class Walk:
    """The office goes its own ways through a process; each deadline remembers at which step it began."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.space = Space(process)
        self.space.explore()
        self.ways: dict[int, list[int]] = {}
        for move in self.space.moves:
            of_the_office = bool(move.roles & {Role.CASE_WORKER, Role.SUPERVISOR})
            stays_open = {move.state, move.target} <= {*process.states} - {State.CLOSED}
            if of_the_office and move.command not in OUTSIDE and stays_open:
                for here in self.space.fired[move.number]:
                    self.ways.setdefault(here, []).append(move.number)
        self.starts = sorted(self.ways)

    def running(self, here: int) -> set[tuple[str, str | None]]:
        facts = self.space.bits.facts(here & ((1 << self.space.bits.width) - 1))
        return {
            (spec.name, recipient)
            for spec in self.process.obligations
            for recipient in (RECIPIENTS if spec.per_recipient else (None,))
            if spec.running(self.space.state_of(here), facts, recipient)
        }

    def renewed(self, number: int) -> set[tuple[str, str | None]]:
        move = self.space.moves[number]
        return {
            (spec.name, recipient)
            for spec in self.process.obligations
            for recipient in (RECIPIENTS if spec.per_recipient else (None,))
            if move.command in spec.begun_by & spec.met_by and move.recipient in {None, recipient}
        }

    def round_without_a_deadline(self, start: int, choices: Sequence[int]) -> tuple[str, ...] | None:
        """Give the first way round on which every deadline that runs in the end began on the way; None: none."""
        here, seen, went = start, {start: 0}, list[str]()
        since = dict.fromkeys(self.running(start), 0)
        for step, choice in enumerate(choices, 1):
            number = self.ways[here][choice % len(self.ways[here])]
            here = self.space.leads(number, here)
            went.append(self.space.moves[number].command)
            if here not in self.ways:
                return None
            anew = self.renewed(number)
            since = {
                duty: since[duty] if duty in since and duty not in anew else step
                for duty in self.running(here)
            }
            before = seen.get(here)
            if before is not None and min(since.values(), default=step) > before:
                return tuple(went[before:])
            seen[here] = step
        return None


@cache
def walked(process: Process) -> Walk:
    return Walk(process)


@pytest.mark.parametrize("network", ["base", "monthly"])
@given(start=st.integers(0, 10**6), choices=st.lists(st.integers(0, 10**6), max_size=80))
def test_whoever_goes_round_a_deadline_has_run_all_the_way(
    network: str, start: int, choices: list[int]
) -> None:
    walk = walked(BASE if network == "base" else within_a_year())
    assert walk.round_without_a_deadline(walk.starts[start % len(walk.starts)], choices) is None


def test_the_walk_finds_the_round_on_which_a_support_never_ends() -> None:
    """The harness can fail: with a review that begins the support anew as well, reviewing goes on for ever."""
    walk = Walk(owing(Obligation.SUPPORT, lambda spec: replace(
        spec, begun_by=spec.begun_by | {Command.REVIEW}, met_by=spec.met_by | {Command.REVIEW}
    )))  # fmt: skip
    reviews = [
        (here, number)
        for here in walk.starts
        for number in walk.ways[here]
        if walk.space.moves[number].command == Command.REVIEW and len(walk.running(here)) == 2
    ]
    here, number = reviews[0]
    assert walk.round_without_a_deadline(here, [walk.ways[here].index(number)]) == (Command.REVIEW,)
