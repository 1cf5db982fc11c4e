"""Who may open a case for a while, end that and review it: the rights once more, literally, tried by everybody.

Whatever has no line here is refused, changes nothing and is on record.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.openings import (
    ADMIN,
    ADVISER,
    COORDINATOR,
    DPO,
    HOLDERS,
    OTHERS,
    SECOND_SUPERVISOR,
    end,
    review,
    stands_open,
    take,
)  # fmt: skip
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    GONE,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    SUPERVISOR,
    VOLUNTEER,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.access import OPENED, roles_for
from workflow.case import Case
from workflow.errors import DetailsError, RefusedError, UnknownCaseError
from workflow.office import OpeningKind, Person
from workflow.opening_rights import FOR_OTHERS, MAY_OPEN, seen_by
from workflow.openings import LASTS

KINDS = list(OpeningKind)
MAY_TAKE = {
    # who, in a case of Frau Muster (WORKER), for whom Herr Probe (DEPUTY) stands in
    COLLEAGUE: "emergency",
    WORKER: "clarify advice",
    DEPUTY: "clarify advice",
    SUPERVISOR: "inspection",
    SECOND_SUPERVISOR: "inspection",
    DPO: "sample",
}
NOBODY = (ADMIN, ADVISER, ASD, COORDINATOR, GONE, MIDWIFE, NURSE, OTHER_PARTNER, PARTNER, PLANNER, VOLUNTEER)
EVERYBODY = (*MAY_TAKE, *NOBODY)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        world.put(*OTHERS)
        world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
        yield world


def holder(kind: OpeningKind) -> Person | None:
    return HOLDERS[kind] if kind in FOR_OTHERS else None


def openings(world: World) -> tuple[object, ...]:
    with world.work() as work:
        return work.directory.openings


def test_the_rights_name_every_kind() -> None:
    assert set(MAY_OPEN) == set(OPENED) == set(LASTS) == set(HOLDERS) == set(OpeningKind)
    assert {kind for kinds in MAY_TAKE.values() for kind in kinds.split()} == set(OpeningKind)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_opened_by_these_and_nobody_else(world: World, kind: OpeningKind) -> None:
    """Also where the case has come to the ASD, to a midwife, or to its end."""
    for state in (State.IN_CONTACT, State.HANDED_OVER, State.ESCALATED, State.CLOSED):
        for person in EVERYBODY:
            case = world.a_case_in(state)
            before, size = openings(world), world.size
            if kind in MAY_TAKE.get(person, "").split():
                opening = take(world, case, kind, person, holder(kind)).opening
                assert (opening.case, opening.kind) == (case.id, kind)
                assert opening.until - opening.opened_at == LASTS[kind]
            else:
                with pytest.raises(RefusedError):
                    take(world, case, kind, person, holder(kind))
                assert openings(world) == before
            assert world.size == size + 1, "on record, done or refused"
            last = world.entries()[-1].a
            assert (last["action"], last["actor"], last["kind"]) == (
                "opened_for_a_while",
                person.id,
                str(kind),
            )


@pytest.mark.parametrize("kind", sorted(FOR_OTHERS))
def test_it_is_opened_to_nobody_who_has_not_the_role_for_it(world: World, kind: OpeningKind) -> None:
    for person in EVERYBODY:
        case = world.a_referral()
        if person is HOLDERS[kind]:
            assert take(world, case, kind, WORKER, person).opening.person == person.id
        else:
            with pytest.raises(RefusedError):
                take(world, case, kind, WORKER, person)


def test_a_case_without_a_fachkraft_is_taken_over_and_not_broken_into(world: World) -> None:
    case = world.a_referral(by=PARTNER)
    with pytest.raises(RefusedError, match="Wer ihn übernimmt, sieht ihn"):
        take(world, case, OpeningKind.EMERGENCY, COLLEAGUE)


def test_what_stands_open_is_not_opened_twice(world: World) -> None:
    case = world.a_referral()
    take(world, case, OpeningKind.EMERGENCY, COLLEAGUE, lasts=timedelta(minutes=15))
    with pytest.raises(RefusedError, match="schon"):
        take(world, case, OpeningKind.EMERGENCY, COLLEAGUE)
    world.wait(minutes=15)
    assert take(world, case, OpeningKind.EMERGENCY, COLLEAGUE).emergency == 2


@pytest.mark.parametrize("reason", ["", " \n\t ", "x" * 2001])
def test_without_a_reason_that_can_be_read_nothing_is_opened(world: World, reason: str) -> None:
    case = world.a_referral()
    with pytest.raises(DetailsError) as found:
        take(world, case, OpeningKind.EMERGENCY, COLLEAGUE, reason=reason)
    assert [fault.field for fault in found.value.faults] == ["reason"]
    assert openings(world) == ()


def test_a_case_that_is_not_there_is_on_record_as_such(world: World) -> None:
    size = world.size
    with pytest.raises(UnknownCaseError):
        take(world, "FH-2026-9999", OpeningKind.EMERGENCY, COLLEAGUE)
    assert world.size == size + 1
    assert world.entries()[-1].a["reason"] == "UnknownCaseError"


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_ended_by_who_holds_it_who_has_given_it_and_who_oversees_the_house(
    world: World, kind: OpeningKind
) -> None:
    given = {WORKER, DEPUTY} if kind in FOR_OTHERS else set()
    for person in EVERYBODY:
        opening = stands_open(world, world.a_referral(), kind)
        if person in {HOLDERS[kind], SUPERVISOR, SECOND_SUPERVISOR, DPO, *given}:
            assert end(world, opening, person).until == world.now
            with pytest.raises(RefusedError, match="schon beendet"):
                end(world, opening, person)
        else:
            with pytest.raises(RefusedError):
                end(world, opening, person)


def test_it_is_reviewed_by_leitung_alone_and_never_by_who_took_it(world: World) -> None:
    both = Person("beides", "Frau Doppel", COLLEAGUE.roles | SUPERVISOR.roles)
    world.put(both)
    for kind in KINDS:
        for person in (*EVERYBODY, both):
            opening = stands_open(
                world, world.a_referral(), kind, both if kind is OpeningKind.EMERGENCY else None
            )
            world.put(replace(opening, until=world.now))
            if kind is OpeningKind.EMERGENCY and person in (SUPERVISOR, SECOND_SUPERVISOR):
                assert review(world, opening, person).reviewed_by == person.id
            else:
                with pytest.raises(RefusedError):
                    review(world, opening, person)


def test_who_lists_openings_sees_all_of_them_or_their_own(world: World) -> None:
    held = {kind: stands_open(world, world.a_referral(), kind) for kind in KINDS}
    with world.work() as work:
        directory = work.directory
    for person in EVERYBODY:
        seen = set(seen_by(directory.persons[person.id], directory))
        if person in (SUPERVISOR, SECOND_SUPERVISOR, DPO):
            assert seen == set(held.values())
        else:
            assert seen == {each for each in held.values() if each.person == person.id}


def test_an_emergency_may_be_reviewed_when_its_case_was_erased(world: World) -> None:
    """What remains is who opened it and when; the remark has no key to lie under any more."""
    opening = stands_open(world, world.a_referral(), OpeningKind.EMERGENCY)
    world.put(replace(opening, case="e" * 32, until=world.now))
    assert review(world, opening, SUPERVISOR, "Mia").reviewed_by == SUPERVISOR.id
    assert world.entries()[-1].b is None


# The property: who has no right for a command is refused it, nothing changes, and it is on record.

COMMANDS = [
    command
    for command in Command
    if not command.value.startswith("receive(") and command != Command.FLAG_OVERDUE
]


@given(
    command=st.sampled_from(COMMANDS),
    person=st.sampled_from(EVERYBODY),
    state=st.sampled_from(list(State)),
    opened=st.none() | st.sampled_from(KINDS),
)
@settings(max_examples=120, deadline=None)
def test_whoever_has_no_right_is_refused_and_on_record(
    command: Command, person: Person, state: State, opened: OpeningKind | None
) -> None:
    with a_world() as world:
        world.put(*OTHERS)
        case = world.a_case_in(state)
        if opened is not None:
            stands_open(world, case, opened)
        to = MIDWIFE.recipient if command.per_recipient else None
        with world.work() as work:
            roles = roles_for(person, command, case, to, work.directory, world.moment)
        size = world.size
        if roles:
            return
        with pytest.raises(RefusedError):
            world.do(case, command, person, to)
        assert world.case(case) == case
        assert world.size == size + 1
        last = world.entries()[-1].a
        assert (last["outcome"], last["actor"], last["action"]) == ("refused", person.id, command)


def test_reading_opened_does_not_let_anybody_act(world: World) -> None:
    """Inspection, sample, clarification and advice are for reading alone."""
    for kind in set(KINDS) - {OpeningKind.EMERGENCY}:
        case: Case = world.a_case_in(State.IN_CONTACT)
        person = HOLDERS[kind]
        with world.work() as work:
            before = {c for c in COMMANDS if roles_for(person, c, case, None, work.directory, world.moment)}
        stands_open(world, case, kind)
        with world.work() as work:
            after = {c for c in COMMANDS if roles_for(person, c, case, None, work.directory, world.moment)}
        assert after == before
