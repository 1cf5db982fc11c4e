"""Substitutions: what is sensible, who may, and that whom one stands for is exactly who is away on that day.

Told as a day in `tests/scenarios/test_dated_substitution.py`.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.vocabulary import Role
from tests.openings import ADMIN, DPO, OTHERS
from tests.people import COLLEAGUE, DEPUTY, GONE, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.access import reads_whole
from workflow.errors import DetailsError, RefusedError
from workflow.office import Directory, Person, Substitution
from workflow.substitutions import end, enter, listed_for

TODAY = date(2026, 3, 9)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        world.put(*OTHERS)
        yield world


def between(absent: Person | str, deputy: Person | str, first: int = 0, last: int = 5) -> Substitution:
    """From so many days from today to so many, both included."""
    ids = [each if isinstance(each, str) else each.id for each in (absent, deputy)]
    return Substitution(ids[0], ids[1], TODAY + timedelta(days=first), TODAY + timedelta(days=last))


def entered(world: World, one: Substitution, by: Person = SUPERVISOR, first: str = "") -> Substitution:
    return world.carry_out(lambda work: enter(by, one, work, world.office, first))


def ended(world: World, one: Substitution, by: Person = SUPERVISOR) -> Substitution:
    return world.carry_out(lambda work: end(by, one, work, world.office))


def listed(world: World, by: Person) -> set[Substitution]:
    with world.work() as work:
        return set(listed_for(work.directory.persons[by.id], work.directory))


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (between(WORKER, MIDWIFE), "deputy"),
        (between(WORKER, SUPERVISOR), "deputy"),
        (between(WORKER, GONE), "deputy"),
        (between(WORKER, "niemand"), "deputy"),
        (between(WORKER, WORKER), "deputy"),
        (between(MIDWIFE, COLLEAGUE), "absent"),
        (between("niemand", COLLEAGUE), "absent"),
        (between(WORKER, DEPUTY, 3, 2), "last"),
        (between(WORKER, DEPUTY, -9, -1), "last"),
        (between(WORKER, DEPUTY, 0, 400), "last"),
        (between(WORKER, COLLEAGUE, 2, 9), "first"),
        (between(COLLEAGUE, WORKER, 5, 9), "deputy"),
        (between(DEPUTY, WORKER, 0, 0), "deputy"),
    ],
)
def test_what_makes_no_sense_is_said_by_field(world: World, one: Substitution, field: str) -> None:
    """Frau Beispiel stands in for Frau Muster this week, and Herr Probe in turn for Frau Beispiel."""
    entered(world, between(WORKER, COLLEAGUE))
    entered(world, between(COLLEAGUE, DEPUTY))
    with pytest.raises(DetailsError) as found:
        entered(world, one)
    assert field in {fault.field for fault in found.value.faults}


def test_a_chain_an_overlap_and_a_later_exchange_are_sensible(world: World) -> None:
    for one in (
        between(WORKER, COLLEAGUE, 0, 5),
        between(WORKER, DEPUTY, 3, 5),
        between(COLLEAGUE, DEPUTY, 0, 5),
        between(COLLEAGUE, WORKER, 6, 9),
        between(WORKER, COLLEAGUE, 10, 12),
    ):
        assert entered(world, one) == one


def test_it_is_entered_and_ended_by_leitung_and_by_who_is_away_and_nobody_else(world: World) -> None:
    for by in (COLLEAGUE, DEPUTY, MIDWIFE, PARTNER, DPO, ADMIN, GONE):
        size = world.size
        with pytest.raises(RefusedError):
            entered(world, between(WORKER, DEPUTY), by)
        with pytest.raises(RefusedError):
            ended(world, between(WORKER, DEPUTY), by)
        assert [entry.a["outcome"] for entry in world.entries()[-2:]] == ["refused", "refused"]
        assert world.size == size + 2
    entered(world, between(WORKER, DEPUTY), WORKER)
    ended(world, between(WORKER, DEPUTY), WORKER)


def test_who_sets_the_house_up_enters_it_as_long_as_there_is_no_leitung(world: World) -> None:
    with pytest.raises(RefusedError):
        entered(world, between(COLLEAGUE, DEPUTY), WORKER, WORKER.id)
    for person in (SUPERVISOR, ADMIN, *[each for each in OTHERS if Role.SUPERVISOR in each.roles]):
        world.put(Person(person.id, person.name, person.roles, active=False))
    assert entered(world, between(COLLEAGUE, DEPUTY), WORKER, WORKER.id)


def test_ended_early_the_deputy_sees_nothing_from_that_moment_on(world: World) -> None:
    case = world.a_referral()
    entered(world, between(WORKER, DEPUTY))

    def sees() -> bool:
        with world.work() as work:
            return reads_whole(DEPUTY, case, work.directory, world.moment)

    assert sees()
    world.wait(days=2)
    assert ended(world, between(WORKER, DEPUTY)).last == TODAY + timedelta(days=1)
    assert not sees()
    for one in (between(WORKER, DEPUTY), between(WORKER, DEPUTY, 1)):
        with pytest.raises(DetailsError):
            ended(world, one)


def test_one_that_has_not_begun_is_taken_back_and_is_in_no_list(world: World) -> None:
    one = between(WORKER, DEPUTY, 3, 5)
    entered(world, one)
    assert listed(world, DEPUTY) == listed(world, WORKER) == listed(world, SUPERVISOR) == {one}
    assert listed(world, COLLEAGUE) == listed(world, DPO) == set()
    ended(world, one)
    assert listed(world, SUPERVISOR) == set()
    world.wait(days=4)
    with world.work() as work:
        assert work.directory.represented_by(DEPUTY.id, world.day) == frozenset()


_WORKERS = (WORKER, COLLEAGUE, DEPUTY)
_ONE = st.builds(
    between, st.sampled_from(_WORKERS), st.sampled_from(_WORKERS), st.integers(-2, 6), st.integers(-2, 8)
)


@given(wanted=st.lists(_ONE, max_size=6), day=st.integers(0, 8))
@settings(max_examples=80, deadline=None)
def test_on_no_day_does_everybody_stand_in_for_everybody(wanted: list[Substitution], day: int) -> None:
    """Whatever is entered one after the other, no ring comes about; and one stands for who is away, through chains."""
    with a_world() as world:
        for one in wanted:
            try:
                entered(world, one)
            except DetailsError:
                continue
        with world.work() as work:
            directory = work.directory
        on = TODAY + timedelta(days=day)
        stands_for = {each.id: directory.represented_by(each.id, on) for each in _WORKERS}
        for one in directory.substitutions:
            assert (one.absent in stands_for[one.deputy]) == (one.first <= on <= one.last) or _by_chain(
                directory, one, on
            )
        assert not any(
            a in stands_for[b] and b in stands_for[a] for a in stands_for for b in stands_for if a != b
        )


def _by_chain(directory: Directory, one: Substitution, on: date) -> bool:
    """Whether the deputy stands for them through somebody else, or by another entry, on this day."""
    today = [each for each in directory.substitutions if each.first <= on <= each.last]
    reached, waiting = set(), [one.deputy]
    while waiting:
        here = waiting.pop()
        for each in today:
            if each.deputy == here and each.absent not in reached:
                reached.add(each.absent)
                waiting.append(each.absent)
    return one.absent in reached


@pytest.mark.parametrize("first", ["", "doppelt"])
def test_nobody_opens_a_colleagues_cases_by_naming_herself_deputy(world: World, first: str) -> None:
    """Leitung who is a Fachkraft too: whoever is away names her, or another Leitung; or she gives a reason."""
    both = Person("doppelt", "Frau Doppel", frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    world.put(both)
    case = world.a_referral()
    with pytest.raises(RefusedError) as refused:
        entered(world, between(WORKER, both), both, first)
    assert "eine zweite Leitung" in refused.value.blocked.sentence
    assert world.entries()[-1].a["outcome"] == "refused"
    with world.work() as work:
        assert not reads_whole(both, case, work.directory, world.moment)
    assert entered(world, between(WORKER, both), WORKER)
    assert entered(world, between(COLLEAGUE, both), SUPERVISOR)
    assert entered(world, between(both, DEPUTY), both)
