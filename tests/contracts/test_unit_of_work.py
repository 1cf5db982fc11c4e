"""A unit of work rolls back by default and commits explicitly; a step and its entry are durable together or not."""

import contextlib
from dataclasses import replace

import pytest

from states.vocabulary import Command, State
from tests.people import COLLEAGUE, MIDWIFE, WORKER
from tests.world import World
from workflow.errors import ConflictError, RefusedError, UnknownCaseError
from workflow.perform import Request, perform
from workflow.ports import Entry, Remembered


def a_note(case_id: str) -> Request:
    return Request(Command.NOTE, WORKER, case_id, details={"text": "angerufen"})


def test_what_is_not_committed_never_was(world: World) -> None:
    case = world.a_referral()
    size = world.size
    referral = world.request(None, Command.RECEIVE_SELF)
    with world.work() as work:
        perform(referral, work, world.office)
        done = perform(a_note(case.id), work, world.office)
        assert work.case(case.id) == done.case
    assert [each.id for each in world.cases()] == [case.id]
    assert world.case(case) == case
    assert world.verify().size == size


def test_an_error_in_the_middle_undoes_what_was_staged(world: World) -> None:
    case = world.a_referral()
    size = world.size
    with contextlib.suppress(ZeroDivisionError), world.work() as work:
        perform(a_note(case.id), work, world.office)
        raise ZeroDivisionError
    assert (world.case(case), world.size) == (case, size)


def test_what_is_committed_stays_when_the_program_starts_anew(world: World) -> None:
    case = world.do(world.a_referral(), Command.TRIAGE_NO)
    family = world.family(case)
    world.reopen()
    assert world.case(case) == case
    assert world.family(case) == family
    assert world.verify().size == world.size


def test_a_commit_with_nothing_staged_writes_nothing(world: World) -> None:
    size = world.size
    with world.work() as work:
        work.commit()
        work.commit()
    assert world.size == size


def test_a_unit_of_work_goes_on_after_its_commit(world: World) -> None:
    """What was committed in between stays; what came after the last commit does not."""
    case = world.a_referral()
    with world.work() as work:
        for _ in range(2):
            perform(a_note(case.id), work, world.office)
            work.commit()
        perform(a_note(case.id), work, world.office)
    assert world.case(case).version == case.version + 2
    assert world.verify().size == world.size


def test_a_savepoint_forgets_what_came_after_it_and_nothing_else(world: World) -> None:
    """As the rows of a list are: one that cannot be taken in is undone, the others stay."""
    case = world.a_referral()
    size = world.size
    referral = world.request(None, Command.RECEIVE_SELF)
    with world.work() as work:
        perform(a_note(case.id), work, world.office)
        before = work.case(case.id)
        mark = work.mark()
        perform(referral, work, world.office)
        perform(a_note(case.id), work, world.office)
        work.remember("schlüssel", b"body", Remembered(case.id, 1))
        work.undo(mark)
        assert work.case(case.id) == before
        assert work.remembered("schlüssel", b"body") is None
        kept = perform(referral, work, world.office).case
        work.commit()
    assert world.case(case) == before
    assert [each.number for each in world.cases()] == ["FH-2026-0001", "FH-2026-0002"]
    assert kept.number == "FH-2026-0002"
    assert world.size == size + 2
    world.verify()


def test_a_savepoint_before_everything_leaves_nothing(world: World) -> None:
    case = world.a_referral()
    size = world.size
    with world.work() as work:
        mark = work.mark()
        perform(a_note(case.id), work, world.office)
        work.undo(mark)
        work.commit()
    assert (world.case(case), world.size) == (case, size)


def test_many_steps_of_one_case_fit_into_one_commit(world: World) -> None:
    """Each has its own entry and its own version, and the replay follows them all."""
    commands = (Command.TRIAGE_NO, Command.CHECK_CONSENT_YES, Command.REACH_FAMILY)
    case = world.a_referral()
    requests = [world.request(case.id, command) for command in commands]
    with world.work() as work:
        for request in requests:
            perform(request, work, world.office)
        work.commit()
    assert world.case(case).state == State.IN_CONTACT
    assert [entry.a["version"] for entry in world.entries(case)] == [1, 2, 3, 4]
    world.verify()


def test_a_case_that_has_moved_on_is_not_overwritten(world: World) -> None:
    """Whoever saves on an older version than the stored one is told, and the newer one stays."""
    old = world.a_referral()
    new = world.do(old, Command.TRIAGE_NO)
    size = world.size
    with world.work() as work, pytest.raises(ConflictError):
        work.save(old, replace(old, version=old.version + 1, district="Süd"), None)
    assert (world.case(old), world.size) == (new, size)
    world.verify()


def test_a_refusal_changes_nothing_and_is_on_record(world: World) -> None:
    case = world.a_referral()
    with pytest.raises(RefusedError):
        world.do(case, Command.REACH_FAMILY)
    last = world.entries()[-1]
    assert (last.a["action"], last.a["outcome"], last.a["actor"]) == ("reach_family", "refused", WORKER.id)
    assert world.case(case) == case
    assert last.b is None


def test_a_refusal_in_a_batch_takes_nothing_of_the_batch_away(world: World) -> None:
    case = world.a_referral()
    forbidden = world.request(case.id, Command.REACH_FAMILY)
    with world.work() as work:
        perform(a_note(case.id), work, world.office)
        with pytest.raises(RefusedError):
            perform(forbidden, work, world.office)
        perform(a_note(case.id), work, world.office)
        work.commit()
    assert world.case(case).version == case.version + 2
    assert [entry.a["outcome"] for entry in world.entries()][-3:] == ["done", "refused", "done"]
    world.verify()


def test_a_case_or_number_that_there_is_not_is_unknown(world: World) -> None:
    world.a_referral()
    with world.work() as work:
        with pytest.raises(UnknownCaseError):
            work.case("f" * 32)
        with pytest.raises(UnknownCaseError):
            work.case_numbered("FH-2026-0002")
        with pytest.raises(UnknownCaseError):
            work.family("f" * 32)


def test_cases_are_numbered_without_gaps_from_one_in_each_local_year(world: World) -> None:
    """Also across refusals, roll-backs and restarts; the year is Berlin's."""
    referral = world.request(None, Command.RECEIVE_SELF)
    for _ in range(2):
        world.submit(referral)
        with world.work() as work:
            perform(referral, work, world.office)
        world.reopen()
    world.go_to("2026-12-31 23:59")
    world.a_referral("self")
    world.go_to("2027-01-01 00:00")
    world.a_referral("self")
    with world.work() as work:
        numbers = [perform(referral, work, world.office).case.number for _ in range(2)]
        assert [work.case_numbered(number).number for number in numbers] == numbers
        work.commit()
    assert [case.number for case in world.cases()] == [
        "FH-2026-0001", "FH-2026-0002", "FH-2026-0003", "FH-2027-0001", "FH-2027-0002", "FH-2027-0003",
    ]  # fmt: skip


def test_a_family_is_read_as_it_was_staged_and_as_it_is_stored(world: World) -> None:
    case = world.a_referral()
    correction = world.request(case.id, Command.CORRECT, field="surname", value="Beispielmann")
    with world.work() as work:
        perform(correction, work, world.office)
        assert work.family(case.id).surname == "Beispielmann"
        work.commit()
    assert world.family(case).surname == "Beispielmann"
    assert world.family(case).first_name == "Mia"


def test_an_entry_that_is_no_step_needs_no_case(world: World) -> None:
    size = world.size
    with world.work() as work:
        work.record(
            Entry("access", {"action": "worklist", "actor": WORKER.id, "outcome": "done", "count": 3})
        )
        work.commit()
    assert world.entries()[-1].a["count"] == 3
    assert world.verify().size == size + 1


def test_the_directory_is_read_anew_after_somebody_has_changed_it(world: World) -> None:
    with world.work() as work:
        assert work.directory.recipients["yildiz"].active
    known = world.question(world.a_referral()).directory.recipients["yildiz"]
    world.put(replace(known, active=False))
    with world.work() as work:
        assert not work.directory.recipients["yildiz"].active
        assert {person.id for person in work.directory.persons.values()} >= {MIDWIFE.id, COLLEAGUE.id}
