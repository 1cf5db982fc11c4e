"""Who writes together gets what each would have got alone, after the one commit; who comes alone does not wait."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from adapters.writer import QueueFull, Writer, WriterClosed
from states.vocabulary import Command, State
from tests.contracts.together import PATIENCE, AWork, AWriter, a_writer, outcome, outcomes, waiting
from tests.people import PLANNER, WORKER
from tests.world import World, on_each_database
from workflow.errors import ConflictError, DetailsError, KeyReusedError, RefusedError
from workflow.perform import Done, Request
from workflow.ports import Entry


@pytest.fixture
def writer(world: World) -> Iterator[AWriter]:
    with a_writer(world) as writer:
        yield writer


def notes(world: World, count: int) -> list[Request]:
    """One note on each of so many cases."""
    return [world.request(world.a_referral(), Command.NOTE) for _ in range(count)]


def looked(work: AWork, who: str = WORKER.id) -> str:
    work.record(Entry("access", {"action": "worklist", "actor": who, "outcome": "done"}))
    return threading.current_thread().name


def commits_of(world: World) -> list[int]:
    """How many entries each commit has brought, by the times of the log (each commit has one)."""
    grouped: dict[Any, int] = {}
    for entry in world.entries():
        grouped[entry.at] = grouped.get(entry.at, 0) + 1
    return list(grouped.values())


def test_those_who_wait_share_one_commit_and_are_answered_each(world: World, writer: AWriter) -> None:
    requests = notes(world, 5)
    world.wait(minutes=1)
    with waiting(writer):
        asked = [writer.submit(request) for request in requests]
    answers: list[Done] = outcomes(asked)
    assert [answer.case.id for answer in answers] == [request.case for request in requests]
    assert [answer.case.version for answer in answers] == [2] * 5
    assert [world.case(answer.case) for answer in answers] == [answer.case for answer in answers]
    assert commits_of(world)[-1] == 5
    world.verify()


def test_no_more_than_the_bound_share_a_commit_and_the_order_is_theirs(world: World) -> None:
    case = world.a_referral()
    opened = []

    def open_work() -> AWork:
        opened.append(world.size)
        return world.work()

    with a_writer(world, open_work, at_once=3) as writer, waiting(writer):
        asked = [
            writer.submit(world.request(case, Command.NOTE, text=f"Anruf {number}")) for number in range(8)
        ]
    assert [answer.case.version for answer in outcomes(asked)] == list(range(2, 10))
    assert len(opened) == 3
    told = [entry.b for entry in world.entries(case)][-8:]
    assert told == [{"text": f"Anruf {number}"} for number in range(8)]


def test_who_comes_while_nobody_writes_writes_in_their_own_thread(writer: AWriter) -> None:
    assert writer.do(looked) == threading.current_thread().name
    assert writer._thread is None


def test_who_comes_while_somebody_writes_waits_for_the_writer(writer: AWriter) -> None:
    done: Future[str] = Future()
    with waiting(writer):
        late = threading.Thread(target=lambda: done.set_result(writer.do(looked)))
        late.start()
        late.join(0.05)
        assert late.is_alive()
    assert done.result(PATIENCE) == "Schreiber"


def test_a_job_that_would_wait_for_another_is_told_so_instead_of_hanging(writer: AWriter) -> None:
    def nested(_work: AWork) -> str:
        return str(writer.do(looked))

    with pytest.raises(RuntimeError, match="another one"):
        writer.do(nested)
    assert isinstance(outcome(writer.run(nested)), RuntimeError)
    assert writer.do(looked) == threading.current_thread().name


def test_an_event_loop_is_never_held_up(world: World, writer: AWriter) -> None:
    """While a commit takes its time the loop goes on; asking it to wait is refused at once."""
    request = notes(world, 1)[0]

    async def page() -> tuple[int, Done]:
        turns = 0
        with waiting(writer):
            asked = asyncio.ensure_future(asyncio.wrap_future(writer.submit(request)))
            for _ in range(10):
                await asyncio.sleep(0)
                turns += 1
            assert not asked.done()
            with pytest.raises(RuntimeError, match="event loop"):
                writer.do(looked)
        return turns, await asked

    turns, done = asyncio.run(page())
    assert turns == 10
    assert done.case.version == 2


def test_answers_come_only_after_the_commit(world: World) -> None:
    """The commit waits; nobody has an answer meanwhile, neither who did something nor who was refused."""
    request = notes(world, 1)[0]
    forbidden = world.request(world.a_referral(), Command.REACH_FAMILY)
    reached, may_go_on = threading.Event(), threading.Event()

    def open_work() -> AWork:
        work = world.work()
        commit = work.commit

        def slowly() -> None:
            reached.set()
            assert may_go_on.wait(PATIENCE)
            commit()

        work.commit = slowly  # type: ignore[method-assign] # the same commit, later
        return work

    with a_writer(world, open_work) as writer:
        with waiting(writer):
            asked: list[Future[Any]] = [writer.submit(request), writer.submit(forbidden), writer.run(looked)]
        assert reached.wait(PATIENCE)
        assert [future.done() for future in asked] == [False] * 3
        may_go_on.set()
        assert isinstance(outcome(asked[1]), RefusedError)
        assert outcome(asked[0]).case.version == 2


def test_a_refusal_is_recorded_in_the_commit_of_the_others(world: World, writer: AWriter) -> None:
    done, forbidden = notes(world, 1)[0], world.request(world.a_referral(), Command.REACH_FAMILY)
    size = world.size
    world.wait(minutes=1)
    with waiting(writer):
        asked = [writer.submit(forbidden), writer.submit(done), writer.submit(replace(done, actor=PLANNER))]
    first, second, third = outcomes(asked)
    assert [type(each) for each in (first, second, third)] == [RefusedError, Done, RefusedError]
    assert [entry.a["outcome"] for entry in world.entries()][size:] == ["refused", "done", "refused"]
    assert commits_of(world)[-1] == 3


@pytest.mark.parametrize("order", list(permutations(("withdrawal", "contact", "note"))), ids="-".join)
def test_a_withdrawal_beside_a_contact_lands_and_nobody_calls_after_it(
    world: World, writer: AWriter, order: tuple[str, ...]
) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED)
    commands = {
        "withdrawal": Command.WITHDRAW_CONSENT,
        "contact": Command.REACH_FAMILY,
        "note": Command.NOTE,
    }
    requests = [world.request(case, commands[each], version=case.version) for each in order]
    with waiting(writer):
        asked = {name: writer.submit(request) for name, request in zip(order, requests, strict=True)}
    answers = {name: outcome(future) for name, future in asked.items()}
    assert isinstance(answers["withdrawal"], Done)
    assert "withdrawn" in world.case(case).marks
    assert isinstance(answers["contact"], Done) == (order[0] == "contact")
    assert isinstance(answers["note"], Done) == (order[0] == "note")
    told = [entry.a["action"] for entry in world.entries(case) if entry.a["outcome"] == "done"]
    assert Command.REACH_FAMILY not in told[told.index(Command.WITHDRAW_CONSENT) :]
    world.verify()


def test_of_two_on_one_version_exactly_one_wins(world: World, writer: AWriter) -> None:
    case = world.a_referral()
    with waiting(writer):
        asked = [writer.submit(world.request(case, Command.NOTE, version=case.version)) for _ in range(2)]
    first, second = outcomes(asked)
    assert first.case.version == case.version + 1
    assert isinstance(second, ConflictError)
    assert world.case(case) == first.case


def test_a_request_that_comes_twice_in_one_commit_has_one_effect_and_one_answer(
    world: World, writer: AWriter
) -> None:
    case = world.a_referral()
    request = world.request(case, Command.NOTE, key="doppelt")
    with waiting(writer):
        asked = [writer.submit(request), writer.submit(request)]
        asked.append(writer.submit(replace(request, details={"text": "etwas anderes"})))
    first, again, other = outcomes(asked)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.case == again.case == world.case(case)
    assert isinstance(other, KeyReusedError)


def test_new_cases_of_one_commit_have_numbers_without_a_gap(world: World, writer: AWriter) -> None:
    referral = world.request(None, Command.RECEIVE_SELF)
    unreadable = replace(referral, details={"haarfarbe": "blond"})
    with waiting(writer):
        asked = [writer.submit(each) for each in (referral, unreadable, referral)]
    first, bad, second = outcomes(asked)
    assert isinstance(bad, DetailsError)
    assert (first.case.number, second.case.number) == ("FH-2026-0001", "FH-2026-0002")
    assert [case.number for case in world.cases()] == ["FH-2026-0001", "FH-2026-0002"]


def test_a_full_queue_is_told_at_once_and_lets_nobody_hang(world: World) -> None:
    requests = notes(world, 5)
    with a_writer(world, most=3) as writer:
        with waiting(writer):
            asked = [writer.submit(request) for request in requests[:3]]
            with pytest.raises(QueueFull, match="Nächster Schritt"):
                writer.submit(requests[3])
            with pytest.raises(QueueFull):
                writer.do(looked)
        assert all(isinstance(each, Done) for each in outcomes(asked))
        assert isinstance(outcome(writer.submit(requests[4])), Done)


def test_who_has_gone_before_their_turn_has_asked_for_nothing(world: World, writer: AWriter) -> None:
    requests = notes(world, 3)
    with waiting(writer):
        asked = [writer.submit(request) for request in requests]
        assert asked[1].cancel()
    first, last = outcome(asked[0]), outcome(asked[2])
    assert isinstance(first, Done)
    assert isinstance(last, Done)
    assert [world.case(str(request.case)).version for request in requests] == [2, 1, 2]


def test_who_goes_in_the_middle_of_it_does_no_harm(world: World, writer: AWriter) -> None:
    """Once it has begun it cannot be called off: it is done, and the answer is nobody's."""
    request = notes(world, 1)[0]
    begun = threading.Event()
    go_on = threading.Event()

    def slow(work: AWork) -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        return looked(work)

    async def page() -> bool:
        asked = asyncio.wrap_future(writer.run(slow))
        await asyncio.to_thread(begun.wait, PATIENCE)
        asked.cancel()
        go_on.set()
        return await asyncio.wrap_future(writer.submit(request)) is not None

    size = world.size
    assert asyncio.run(page())
    assert world.size == size + 2


def test_closing_finishes_what_waits_and_takes_nothing_more(world: World, writer: AWriter) -> None:
    requests = notes(world, 4)
    closing = threading.Thread(target=writer.close)
    with waiting(writer):
        asked = [writer.submit(request) for request in requests]
        closing.start()
        closing.join(0.05)
        assert closing.is_alive()
        for late in (
            partial(writer.submit, requests[0]),
            partial(writer.run, looked),
            partial(writer.do, looked),
        ):
            with pytest.raises(WriterClosed, match="wird gerade beendet"):
                late()
    assert all(isinstance(each, Done) for each in outcomes(asked))
    closing.join(PATIENCE)
    writer.close()
    assert writer._thread is None


def test_closing_one_that_was_never_asked_ends_at_once(writer: AWriter) -> None:
    writer.close()
    with pytest.raises(WriterClosed):
        writer.do(looked)


@on_each_database
def test_the_clock_and_a_person_write_through_it_too(on_disk: World) -> None:
    """`Lotse` has one way of writing: flags, openings and steps go through the writer where there is one."""
    for _ in range(3):
        on_disk.a_referral()
    lotse = on_disk.lotse
    with Writer(lotse.store.work, lotse.office) as lotse.writer:
        on_disk.wait(days=30)
        assert lotse.flag_overdue() > 2
        assert lotse.flag_overdue() == 0
        seen = threading.Thread(target=lotse.cases_for, args=(WORKER,))
        with waiting(lotse.writer):
            seen.start()
            seen.join(0.05)
            assert seen.is_alive()
        seen.join(PATIENCE)
        assert on_disk.entries()[-1].a["action"] == "list"
        done = lotse.submit(on_disk.request(on_disk.cases()[0], Command.NOTE))
    assert on_disk.case(done.case) == done.case
    on_disk.verify()
