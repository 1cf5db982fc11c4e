"""Whatever is tried, in whatever order: what is erased stays erased, and log, tables and oracle say the same."""

import contextlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, approve, ask, hold, release, withdraw
from tests.people import COLLEAGUE, SUPERVISOR, WORKER
from tests.world import World, a_world, each_store
from workflow.case import Case
from workflow.errors import RefusedError, UnknownCaseError
from workflow.office import Person
from workflow.retention import past_of

DEEDS: Mapping[str, Callable[[World, Case, Person], object]] = {
    "ask": ask,
    "withdraw": withdraw,
    "hold": hold,
    "release": release,
    "approve": approve,
}
_CASES = (0, 1, 2)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ("ask", "withdraw", "hold", "release", "approve", "step", "close", "reopen", "wait", "restart")
        ),
        st.sampled_from(_CASES),
        st.sampled_from((WORKER, SUPERVISOR, DPO, COLLEAGUE)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("kind", list(each_store()))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=HAPPENINGS)
def test_whatever_is_tried_the_log_tells_it_and_what_is_erased_stays_erased(
    kind: str, happenings: list[tuple[str, int, Person]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Oracle: a case goes exactly where two persons of the right roles wanted it, closed and not held."""
    with a_world(kind, folder=tmp_path_factory.mktemp("welt")) as world:
        world.put(DPO)
        cases = [world.a_case_in(State.CLOSED) for _ in _CASES]
        held: set[int] = set()
        asked: dict[int, Person] = {}
        gone: set[int] = set()
        for what, place, by in happenings:
            case, office = cases[place], by in (SUPERVISOR, DPO)
            is_open = place not in gone and world.case(case).state != State.CLOSED
            free = place not in gone and not is_open and place not in held
            mine = office or by is WORKER
            expected = {
                "ask": mine and free and place not in asked,
                "withdraw": place in asked and mine and (office or asked[place] == by),
                "hold": office and place not in gone and place not in held,
                "release": office and place in held,
                "approve": office and free and place in asked and asked[place] != by,
            }
            done = _tried(world, what, cases[place], by)
            if what in expected:
                assert done is expected[what], (what, place, by.id)
            if done and what == "ask":
                asked[place] = by
            elif done and what == "withdraw":
                del asked[place]
            elif done and what in ("hold", "release"):
                held ^= {place}
            elif done and what == "approve":
                gone.add(place)
                del asked[place]
        _agrees(world, [case.id for case in cases], held, asked, gone)


def _tried(world: World, what: str, case: Case, by: Person) -> bool:
    """Whether it was done."""
    if what == "wait":
        world.wait(days=1)
        return True
    if what == "restart":
        world.reopen()
        return True
    with contextlib.suppress(RefusedError, UnknownCaseError):
        if what in ("step", "close", "reopen"):
            _stepped(world, what, case, by)
        else:
            DEEDS[what](world, case, by)
        return True
    return False


def _stepped(world: World, what: str, case: Case, by: Person) -> None:
    if what == "reopen":
        world.do(case, Command.REOPEN, SUPERVISOR)
    elif what == "close":
        world.do(case, Command.TRIAGE_NO)
        world.do(case, Command.CLOSE)
    else:
        world.do(case, Command.CORRECT, by)


def _agrees(world: World, ids: list[str], held: set[int], asked: dict[int, Person], gone: set[int]) -> None:
    """The tables, the log and the oracle say the same."""
    assert {case.id for case in world.cases()} == {ids[place] for place in _CASES if place not in gone}
    with world.work() as work:
        assert work.legal_holds() == {ids[place] for place in held}
        assert {each.target: each.requested_by for each in work.erasure_requests()} == {
            ids[place]: by.id for place, by in asked.items()
        }
        for place in set(_CASES) - gone:
            past = past_of(work.told(ids[place]))
            assert (past.held, past.asked is not None) == (place in held, place in asked)
    world.verify()
