"""Erasing by two persons, on each store: what is refused, what goes, what stays, and that the log still proves it."""

from collections.abc import Mapping

import pytest

from adapters.db.store import Store
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, approve, ask, clerk, erase, hold, looked_at, release, withdraw
from tests.people import COLLEAGUE, MIDWIFE, PLANNER, SUPERVISOR, WORKER
from tests.world import World
from workflow import clerk as acts
from workflow.erasure import CaseErasedError, Ground
from workflow.errors import ConflictError, RefusedError, UnknownCaseError
from workflow.kept import overview
from workflow.office import Person
from workflow.perform import perform
from workflow.ports import Entry


@pytest.fixture(autouse=True)
def _with_data_protection(world: World) -> None:
    world.put(DPO)


def acted_under(world: World) -> dict[str, str]:
    """What an entry says of the directory by which somebody acted; in memory there is none to be put back."""
    if not isinstance(world.store, Store):
        return {}
    with world.store.work() as work:
        return {"under": work.directory_checksum()[:16]}


def last(world: World) -> Mapping[str, object]:
    return world.entries()[-1].a


def test_an_erased_case_is_gone_and_who_did_what_stays(world: World) -> None:
    case, other = world.a_case_in(State.CLOSED), world.a_case_in(State.HANDED_OVER)
    before = [entry.a for entry in world.entries(case)]
    contents = sum(entry.b is not None for entry in world.entries(case))
    shredded = erase(world, case, Ground.FAMILY_REQUEST)
    for seek in (lambda: world.case(case), lambda: world.family(case)):
        with pytest.raises(CaseErasedError, match="wurde gelöscht"):
            seek()
    with world.work() as work, pytest.raises(CaseErasedError, match="wurde gelöscht"):
        work.case_numbered(case.number)
    told = world.entries(case)
    assert [entry.a for entry in told][: len(before)] == before
    assert all(entry.b is None for entry in told)
    assert told[-1].a == {
        "action": "erased", "outcome": "done", "case": case.id, "key_id": shredded.key_id, "kek_version": 1,
        "ground": "family_request", "actor": SUPERVISOR.id, "requested_by": DPO.id,
        "at": world.now.isoformat(), **acted_under(world),
    }  # fmt: skip
    assert world.case(other) == other
    assert contents > 2
    assert world.verify().erased == contents
    world.reopen()
    assert [each.id for each in world.cases()] == [other.id]
    world.verify()


def test_a_number_once_given_is_never_given_again(world: World) -> None:
    first = world.a_case_in(State.CLOSED)
    erase(world, first)
    assert world.a_referral().number == "FH-2026-0002"
    with world.work() as work:
        with pytest.raises(CaseErasedError):
            work.case_numbered("FH-2026-0001")
        for never in ("FH-2026-0003", "FH-2025-0001", "FH-2026-0000", "FH-x", "7"):
            with pytest.raises(UnknownCaseError) as unknown:
                work.case_numbered(never)
            assert not isinstance(unknown.value, CaseErasedError)


def test_the_first_report_of_a_family_is_no_duplicate_of_what_was_erased(world: World) -> None:
    erase(world, world.a_case_in(State.CLOSED))
    referral = world.request(None, Command.RECEIVE_SELF)
    with world.work() as work:
        case = perform(referral, work, world.office).case
        assert work.seem_known([case.id]) == 0


@pytest.mark.parametrize(
    ("by", "code"), [(COLLEAGUE, "denied"), (MIDWIFE, "denied"), (PLANNER, "denied"), (WORKER, "denied")]
)
def test_who_may_not_approve_is_refused_and_that_is_on_record(world: World, by: Person, code: str) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    with pytest.raises(RefusedError) as refused:
        approve(world, case, by)
    assert refused.value.blocked.code == code
    entry = last(world)
    assert (entry["action"], entry["outcome"], entry["actor"], entry["case"]) == (
        "erased",
        "refused",
        by.id,
        case.id,
    )
    assert world.case(case) == case
    world.verify()


def test_somebody_locked_since_the_program_looked_may_do_nothing(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    world.put(Person(SUPERVISOR.id, SUPERVISOR.name, SUPERVISOR.roles, active=False))
    with pytest.raises(RefusedError):
        approve(world, case, SUPERVISOR)
    assert world.case(case) == case


def test_one_person_is_never_two(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, SUPERVISOR)
    with pytest.raises(RefusedError, match="zwei Personen"):
        approve(world, case, SUPERVISOR)
    world.substitute(DPO, SUPERVISOR, "2026-03-01", "2026-03-31")
    with pytest.raises(RefusedError, match="vertritt"):
        approve(world, case, DPO)
    world.go_to("2026-04-01 08:00")
    approve(world, case, DPO)
    world.verify()


def test_a_hold_stops_an_erasure_that_was_asked_for_until_it_is_released(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case)
    hold(world, case, reason="Klage beim Verwaltungsgericht")
    with world.work() as work:
        held = work.legal_hold(case.id)
    assert held is not None
    assert (held.held_by, held.reason) == (DPO.id, "Klage beim Verwaltungsgericht")
    assert "Klage" not in repr(held)
    entry = world.entries()[-1]
    assert (entry.a["action"], entry.b) == ("hold", {"reason": "Klage beim Verwaltungsgericht"})
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            approve(world, case)
        assert refused.value.blocked.code == "held"
        world.reopen()
    with pytest.raises(RefusedError, match="schon von der Löschung gesperrt"):
        hold(world, case)
    release(world, case)
    approve(world, case)
    world.verify()


def test_a_request_waits_once_and_can_be_taken_back(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case)
    with pytest.raises(RefusedError, match="schon beantragt"):
        ask(world, case, DPO)
    other = world.a_case_in(State.CLOSED)
    ask(world, other, DPO)
    with pytest.raises(RefusedError, match="jemand anderes"):
        withdraw(world, other, WORKER)
    world.reopen()
    withdraw(world, case)
    with pytest.raises(RefusedError, match="keine Löschung beantragt"):
        approve(world, case)
    ask(world, case)
    approve(world, case)
    world.verify()


def test_a_case_reopened_after_the_request_is_not_erased(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case)
    world.do(case, Command.REOPEN, SUPERVISOR)
    with pytest.raises(RefusedError, match="nicht abgeschlossen"):
        approve(world, case)
    with pytest.raises(RefusedError, match="Widerruf der Familie erfassen"):
        ask(world, world.a_referral(), ground=Ground.FAMILY_REQUEST)
    world.verify()


def test_what_is_due_is_asked_for_and_approved_as_a_whole(world: World) -> None:
    """Thirty days after a no the case goes; what another ground asked for, and what is held, stays."""
    refused, held, other = (world.a_case_in(State.CONSENT_PENDING) for _ in range(3))
    for case in (refused, held, other):
        world.do(world.do(world.do(case, Command.REFUSE_CONSENT), Command.TRIAGE_NO), Command.CLOSE)
    hold(world, world.case(held))
    ask(world, other, ground=Ground.FAMILY_REQUEST)
    world.go_to("2026-04-08 12:00")
    assert not acts.submit_erasure(lambda work: acts.request_all_due(work, clerk(world, DPO)), world.work)
    world.go_to("2026-04-09 00:00")
    asked = acts.submit_erasure(lambda work: acts.request_all_due(work, clerk(world, DPO)), world.work)
    assert [each.name for each in asked] == [refused.number]
    done, left = acts.submit_erasure(lambda work: acts.approve_all_due(work, clerk(world, DPO)), world.work)
    assert (done, [(each.target, blocked.code) for each, blocked in left]) == (
        [],
        [(refused.id, "same_person")],
    )
    done, left = acts.submit_erasure(
        lambda work: acts.approve_all_due(work, clerk(world, SUPERVISOR)), world.work
    )
    assert ([each.target for each in done], left) == ([refused.id], [])
    assert {case.id for case in world.cases()} == {held.id, other.id}
    with world.work() as work:
        kept = {each.target: each for each in overview(work, clerk(world, DPO))}
    assert (kept[held.id].due, kept[held.id].held, kept[other.id].requested_by) == (True, True, WORKER.id)
    world.verify()


def test_a_fachkraft_sees_her_own_cases_in_the_list_and_no_year_of_accesses(world: World) -> None:
    mine, hers = world.a_case_in(State.CLOSED), world.a_referral(by=COLLEAGUE)
    looked_at(world, mine.id)
    world.do(hers, Command.TRIAGE_NO, COLLEAGUE)
    world.do(hers, Command.CLOSE, COLLEAGUE)
    names = {}
    for person in (WORKER, COLLEAGUE, PLANNER, DPO):
        with world.work() as work:
            names[person.id] = [each.name for each in overview(work, clerk(world, person))]
    assert names == {
        WORKER.id: [mine.number],
        COLLEAGUE.id: [hers.number],
        PLANNER.id: [],
        DPO.id: [mine.number, hers.number, "access/2026/0"],
    }


def test_a_unit_of_work_that_changes_a_case_does_not_also_erase_it(world: World) -> None:
    """The step wins; the erasure is a conflict and is made again or not."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    correction = world.request(case.id, Command.CORRECT)
    with world.work() as work:
        perform(correction, work, world.office)
        with pytest.raises(ConflictError):
            acts.approve(work, clerk(world, SUPERVISOR), case.id)
        work.commit()
    assert world.case(case).version == case.version + 1
    world.verify()


def test_a_step_after_the_erasure_in_the_same_unit_of_work_finds_nothing(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    correction = world.request(case.id, Command.CORRECT)
    with world.work() as work:
        acts.approve(work, clerk(world, SUPERVISOR), case.id)
        with pytest.raises(CaseErasedError):
            perform(correction, work, world.office)
        work.record(
            Entry("steps", {"action": "note", "actor": "x", "case": case.id}, {"text": "zu spät"}, case.id)
        )
        work.commit()
    assert world.entries()[-1].b is None
    world.verify()


def test_an_erasure_that_is_undone_or_not_committed_never_was(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    with world.work() as work:
        mark = work.mark()
        acts.approve(work, clerk(world, SUPERVISOR), case.id)
        work.undo(mark)
        assert work.case(case.id) == case
        acts.approve(work, clerk(world, SUPERVISOR), case.id)
    assert world.case(case) == case
    world.verify()
