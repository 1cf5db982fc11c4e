"""The judge of histories is judged: what can have happened passes, and whatever breaks a law is named with that law.

Histories are made by a store that does one thing after another while its callers' questions and answers overlap.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.system.history import Entry, Law, Order, Outcome, Read, Step, breaches
from tests.system.witness import Witness, record_of

GAP = 1000
"""So far apart are the moments at which the store does something."""


@dataclass(frozen=True, slots=True)
class History:
    """What was told, and what came out."""

    steps: tuple[Step, ...]
    reads: tuple[Read, ...]
    order: Order

    def broken(self) -> set[Law]:
        return {each.law for each in breaches(self.steps, self.reads, self.order)}

    def telling(self, name: str, **other: Any) -> "History":  # noqa: ANN401 - the fields of a step
        """The same, but something else was told of one step."""
        steps = tuple(replace(step, **other) if step.name == name else step for step in self.steps)
        return replace(self, steps=steps)

    def with_entries(self, *entries: Entry) -> "History":
        return replace(self, order=replace(self.order, entries=entries))

    def one(self, fits: Callable[[Step], bool]) -> Step:
        """The first step like this."""
        return next(step for step in self.steps if fits(step))

    def of(self, name: str) -> list[Entry]:
        return [entry for entry in self.order.entries if entry.name == name]


def a_history(dice: Random, operations: int, cases: int = 3, reach: int = 5) -> History:
    """A history that can have happened; `reach` says over how many others a question and its answer spread."""
    stands = {f"case {number}": 1 for number in range(cases)}
    before = dict(stands)
    entries: list[Entry] = []
    steps: list[Step] = []
    reads: list[Read] = []
    digests = {0: b""}
    for number in range(operations):
        moment = (number + reach + 1) * GAP
        asked = moment - dice.randrange(1, reach * GAP)
        answered = moment + dice.randrange(1, reach * GAP)
        size = len(entries)
        if dice.random() < 0.2:
            reads.append(Read(asked, answered, size, digests[size]))
            continue
        case, name = dice.choice(list(stands)), f"step {number}"
        seen = dice.choice((None, stands[case], stands[case], max(1, stands[case] - 1)))
        parts = dice.choice((1, 1, 1, 2))
        step = Step(name, asked, case=case, seen=seen, parts=parts)
        lost = dice.random() < 0.15
        if seen not in (None, stands[case]) or (lost and dice.random() < 0.5):
            late = seen not in (None, stands[case])
            steps.append(
                replace(step, outcome=Outcome.FAIL, answered=answered, late=True)
                if late and not lost
                else step
            )
            continue
        for _ in range(parts):
            stands[case] += 1
            entries.append(Entry(len(entries), name, case, stands[case]))
            digests[len(entries)] = sha256(digests[len(entries) - 1] + name.encode()).digest()
        told = replace(step, outcome=Outcome.OK, answered=answered, version=stands[case])
        steps.append(step if lost else told)
    dice.shuffle(steps)
    return History(tuple(steps), tuple(reads), Order(entries, len(entries), digests, before))


_DICE = st.integers(0, 2**32).map(Random)


@pytest.fixture(scope="module")
def whole() -> History:
    """One history with everything in it; nothing overlaps, so that each harm done to it shows."""
    return a_history(Random(4), 400, reach=1)  # noqa: S311 - chance, not secrecy


def test_what_can_have_happened_passes(whole: History) -> None:
    assert whole.broken() == set()
    assert {step.outcome for step in whole.steps} == set(Outcome)
    assert whole.reads


@given(_DICE, st.integers(0, 60), st.integers(1, 20))
def test_whatever_can_have_happened_passes(dice: Random, operations: int, reach: int) -> None:
    """However questions and answers overlap: no false alarm."""
    assert a_history(dice, operations, reach=reach).broken() == set()


def _ok(step: Step) -> bool:
    return step.outcome is Outcome.OK and step.parts == 1


def test_an_acknowledged_step_that_is_not_there(whole: History) -> None:
    lost = whole.one(_ok).name
    assert Law.KEPT in whole.with_entries(*(e for e in whole.order.entries if e.name != lost)).broken()


def test_an_acknowledged_step_that_came_to_another_version(whole: History) -> None:
    step = whole.one(_ok)
    assert whole.telling(step.name, version=(step.version or 0) + 1).broken() == {Law.KEPT}
    assert whole.telling(step.name, case="another").broken() >= {Law.KEPT}


def test_a_step_done_on_another_version_than_it_named(whole: History) -> None:
    step = whole.one(lambda each: _ok(each) and each.seen is None)
    assert whole.telling(step.name, seen=0).broken() == {Law.KEPT}


def test_a_failed_step_that_is_there(whole: History) -> None:
    step = whole.one(lambda each: _ok(each) and each.seen is None)
    assert whole.telling(step.name, outcome=Outcome.FAIL).broken() == {Law.UNDONE}


def test_half_of_what_nobody_knows_of(whole: History) -> None:
    landed = {entry.name for entry in whole.order.entries}
    step = whole.one(lambda each: each.outcome is Outcome.UNKNOWN and each.name in landed)
    assert whole.telling(step.name, parts=step.parts + 1).broken() == {Law.WHOLE}


def test_two_steps_of_which_one_was_repeated_and_done_twice(whole: History) -> None:
    """The same request, done again under its key: there twice."""
    name = whole.one(_ok).name
    assert whole.broken() == set()
    last = whole.order.entries[-1]
    again = Entry(last.place + 1, name, last.case, last.version + 1)
    assert Law.KEPT in whole.with_entries(*whole.order.entries, again).broken()


def test_an_entry_of_nobody(whole: History) -> None:
    last = whole.order.entries[-1]
    foreign = Entry(last.place + 1, "nobody's", last.case, last.version + 1)
    assert whole.with_entries(*whole.order.entries, foreign).broken() == {Law.ASKED}


def test_one_name_for_two_steps(whole: History) -> None:
    step = whole.one(lambda each: each.outcome is Outcome.FAIL)
    assert replace(whole, steps=(*whole.steps, step)).broken() == {Law.ASKED}


def test_two_winners_of_one_version(whole: History) -> None:
    """Both were told the same version, and both entries are there."""
    entries = list(whole.order.entries)
    at, later = next(
        (at, entry)
        for at, entry in enumerate(entries)
        if any(other.case == entry.case for other in entries[:at])
    )
    entries[at] = replace(later, version=later.version - 1)
    broken = whole.with_entries(*entries).telling(later.name, version=later.version - 1).broken()
    assert Law.WINNER in broken


def test_entries_out_of_their_places(whole: History) -> None:
    first, second, *rest = whole.order.entries
    swapped = (replace(second, place=first.place), replace(first, place=second.place))
    if first.case == second.case:
        assert Law.WINNER in whole.with_entries(*swapped, *rest).broken()
    assert whole.with_entries(second, first, *rest).broken() >= {Law.WINNER}


def test_an_order_that_time_contradicts(whole: History) -> None:
    """What was answered long before another was asked for cannot stand after it."""
    early, late = (
        whole.order.entries[0],
        next(e for e in whole.order.entries[5:] if e.case != whole.order.entries[0].case),
    )
    moment = whole.one(lambda step: step.name == late.name).asked
    assert (
        Law.ORDER in whole.telling(early.name, asked=moment + 10 * GAP, answered=moment + 11 * GAP).broken()
    )


def test_somebody_was_told_to_be_late_whom_nobody_overtook(whole: History) -> None:
    step = whole.one(lambda each: each.late)
    last = max(entry.version for entry in whole.order.entries if entry.case == step.case)
    assert whole.telling(step.name, seen=last).broken() == {Law.CAUSE}
    assert whole.telling(step.name, asked=0, answered=1).broken() == {Law.CAUSE}


def test_a_read_of_something_else(whole: History) -> None:
    read = next(each for each in whole.reads if each.size)
    reads = (*whole.reads, replace(read, digest=b"another"))
    assert replace(whole, reads=reads).broken() == {Law.PREFIX}
    beyond = replace(read, size=whole.order.size + 1, asked=10**9, answered=10**9)
    assert Law.PREFIX in replace(whole, reads=(*whole.reads, beyond)).broken()


def test_a_read_that_lags_behind(whole: History) -> None:
    """Asked for when much had been answered, it shows the empty log."""
    late = Read(10**9, 10**9 + 1, 0, b"")
    assert replace(whole, reads=(late,)).broken() == {Law.FRESH}


def test_a_read_of_what_nobody_had_asked_for_yet(whole: History) -> None:
    early = Read(1, 2, whole.order.size, whole.order.digests[whole.order.size])
    assert replace(whole, reads=(early,)).broken() == {Law.FRESH}


def test_a_read_that_goes_back() -> None:
    """Both may be fresh, for the steps between them were never answered; and yet time runs one way."""
    order = Order([Entry(0, "lost", "case", 1)], 1, {0: b"", 1: b"x"})
    reads = (Read(10, 20, 1, b"x"), Read(30, 40, 0, b""))
    assert {each.law for each in breaches([Step("lost", 1)], reads, order)} == {Law.BACK}


def _lost(history: History, dice: Random) -> History:
    gone = dice.choice([step for step in history.steps if step.outcome is Outcome.OK]).name
    return history.with_entries(*(entry for entry in history.order.entries if entry.name != gone))


def _forged(history: History, dice: Random) -> History:
    entries = list(history.order.entries)
    at = dice.randrange(len(entries))
    entries[at] = replace(entries[at], name="nobody's")
    return history.with_entries(*entries)


def _moved(history: History, dice: Random) -> History:
    entries = list(history.order.entries)
    at = dice.randrange(len(entries))
    entries[at] = replace(entries[at], version=entries[at].version + dice.choice((-1, 1)))
    return history.with_entries(*entries)


def _denied(history: History, dice: Random) -> History:
    there = {entry.name for entry in history.order.entries}
    name = dice.choice([step.name for step in history.steps if step.name in there])
    return history.telling(name, outcome=Outcome.FAIL, answered=10**9)


def _misread(history: History, dice: Random) -> History:
    read = Read(1, 10**9, dice.randrange(history.order.size + 1), dice.randbytes(32))
    return replace(history, reads=(*history.reads, read))


def _lagging(history: History, dice: Random) -> History:
    size = dice.randrange(history.order.size)
    known = {step.name for step in history.steps if step.outcome is Outcome.OK}
    last = max(entry.place for entry in history.order.entries if entry.name in known)
    read = Read(10**9, 10**9, min(size, last), history.order.digests[min(size, last)])
    return replace(history, reads=(*history.reads, read))


@given(
    _DICE,
    st.sampled_from((_lost, _forged, _moved, _denied, _misread, _lagging)),
    st.integers(1, 20),
)
def test_whatever_harm_is_done_to_a_history_is_found(
    dice: Random, harm: Callable[[History, Random], History], reach: int
) -> None:
    assert harm(a_history(dice, 60, reach=reach), dice).broken()


def test_a_hundred_thousand_operations_are_judged_in_seconds() -> None:
    """Ten times as many take about ten times as long, not a hundred."""
    small, large = (a_history(Random(1), count) for count in (10_000, 100_000))  # noqa: S311 - as above
    spent = []
    for history in (small, large):
        began = time.process_time()
        assert history.broken() == set()
        spent.append(time.process_time() - began)
    assert spent[1] < 25 * max(spent[0], 0.02)
    assert spent[1] < 10


def test_what_a_kill_cuts_off_is_heard_by_nobody_and_what_follows_stands_by_itself(tmp_path: Path) -> None:
    """Whoever is killed while writing down an answer has told nobody of it: nobody knows, and it is asked again."""
    place = tmp_path / "history"
    killed = Witness(place)
    killed.asks("note", "case", 1, 1)
    asked = place.read_bytes()
    killed.done("note", "case", 2, repeated=False)
    answered = place.read_bytes()
    for cut in range(len(asked), len(answered)):
        place.write_bytes(answered[:cut])
        Witness(place).works()
        record = record_of(place)
        heard = cut == len(answered) - 1  # only the end of the line is lacking
        assert record.works == {os.getpid()}, cut
        assert record.count(Outcome.OK) == heard, cut
        assert record.torn == (len(asked) + 1 < cut and not heard), cut
