"""Who waits on an event loop is told what is durable: each their own answer, the loop woken once for all of them."""

import asyncio
import ctypes
import time
from collections.abc import Iterable
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import writer_batch
from adapters.answers import Answer, answered, tell
from adapters.writer_batch import NotWritten, Waiting
from states.vocabulary import Command
from tests.contracts.together import PATIENCE, AWork, a_writer, waiting
from tests.world import World, on_each_database
from workflow.perform import Done


class Wrong(Exception):
    """What a job raises."""


class DeathOfTheThread(BaseException):
    """What ends a thread in the middle of anything."""


def fails(_work: AWork) -> NoReturn:
    raise Wrong


def looks(work: AWork) -> int:
    return len(work.directory.persons)


async def _all(asked: list[Answer[Any]]) -> list[Any]:
    waits = asyncio.gather(*(answered(each) for each in asked), return_exceptions=True)
    return await asyncio.wait_for(waits, PATIENCE)


def test_sixty_four_answers_wake_the_loop_once(world: World) -> None:
    case = world.a_referral()
    woken = 0

    async def page() -> list[Any]:
        nonlocal woken
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def counted(*asked: Any) -> Any:  # noqa: ANN401 - as the loop has it
            nonlocal woken
            woken += 1
            return wake(*asked)

        setattr(loop, "call_soon_threadsafe", counted)  # noqa: B010 - the same, and counted
        with waiting(writer):
            asked: list[Answer[Any]] = [
                writer.submit(world.request(case.id, Command.NOTE, text=f"Notiz {n}")) for n in range(62)
            ]
            asked += [writer.run(fails), writer.run(looks)]
            told = asyncio.ensure_future(_all(asked))
            await asyncio.sleep(0)
        return await told

    with a_writer(world) as writer:
        *notes, failed, looked = asyncio.run(page())
    assert [each.case.version for each in notes] == list(range(2, 64))
    assert isinstance(failed, Wrong)
    assert looked > 1
    assert woken == 1


@given(told=st.lists(st.sampled_from(["a value", "an error", "called off", "a StopIteration"]), max_size=9))
def test_of_any_answers_each_gets_their_own(told: list[str]) -> None:
    def give(answer: Answer[str], what: str) -> None:
        if what == "called off":
            answer.cancel()
        elif what == "a value":
            answer.set_result(what)
        else:
            answer.set_exception(StopIteration() if what == "a StopIteration" else Wrong(what))

    async def page() -> list[Any]:
        asked: list[Answer[str]] = [Answer() for _ in told]
        waits = asyncio.ensure_future(_all(asked))
        await asyncio.sleep(0)
        for each, what in zip(asked, told, strict=True):
            give(each, what)
        tell(asked)
        tell(asked)
        late = await _all(asked)  # who asks once it is answered
        on_time = await waits
        assert list(map(repr, late)) == list(map(repr, on_time))
        return on_time

    kinds = {"an error": Wrong, "called off": asyncio.CancelledError, "a StopIteration": RuntimeError}
    for what, got in zip(told, asyncio.run(page()), strict=True):
        assert got == what if what == "a value" else isinstance(got, kinds[what])


def test_who_stops_waiting_calls_it_off_and_the_others_are_told(world: World) -> None:
    case = world.a_referral()

    async def page() -> tuple[Any, Any]:
        with waiting(writer):
            asked = [writer.submit(world.request(case.id, Command.NOTE, text=f"Notiz {n}")) for n in range(2)]
            leaves, stays = (asyncio.ensure_future(answered(each)) for each in asked)
            await asyncio.sleep(0)
            leaves.cancel()
            await asyncio.sleep(0)
            assert asked[0].cancelled()
        return leaves.cancelled(), await stays

    with a_writer(world) as writer:
        left, done = asyncio.run(page())
    assert left
    assert done.case.version == 2


def test_a_loop_that_has_closed_meanwhile_holds_nobody_up(world: World) -> None:
    case = world.a_referral()
    loop = asyncio.new_event_loop()
    with a_writer(world) as writer:
        with waiting(writer):
            asked = writer.submit(world.request(case.id, Command.NOTE, text="Notiz"))
            page = loop.create_task(answered(asked))
            loop.run_until_complete(asyncio.sleep(0))
            page.cancel()
            loop.close()
            later = writer.run(looks)
        assert later.result(PATIENCE) > 1
    assert asked.cancelled() or asked.done()


@pytest.mark.parametrize("where", ["before it tells", "before it has given the last answer"])
def test_a_thread_that_dies_with_answers_untold_leaves_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    case, give = world.a_referral(), Waiting.give
    blows = [DeathOfTheThread]

    def dies_once(told: Iterable[Answer[Any]]) -> None:
        if blows:
            raise blows.pop()
        tell(told)

    def gives_and_dies_once(self: Waiting[Any], error: Exception | None) -> None:
        give(self, error)
        if blows and self.done.case.version == 3:
            raise blows.pop()

    if where == "before it tells":
        monkeypatch.setattr(writer_batch, "tell", dies_once)
    else:
        monkeypatch.setattr(Waiting, "give", gives_and_dies_once)

    async def page() -> list[Any]:
        with waiting(writer):
            asked = [writer.submit(world.request(case.id, Command.NOTE, text=f"Notiz {n}")) for n in range(3)]
            told = asyncio.ensure_future(_all(asked))
            await asyncio.sleep(0)
        return await told

    with a_writer(world) as writer:
        assert [each.case.version for each in asyncio.run(page())] == [2, 3, 4]
    assert not blows


# The blow may fall where Python itself drops it: into a callback of the collector, or of a future.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@on_each_database
def test_a_thread_killed_at_any_moment_leaves_nobody_waiting_on_a_loop(on_disk: World) -> None:
    case = on_disk.a_referral()

    async def page(blow: int) -> list[Any]:
        requests = [on_disk.request(case.id, Command.NOTE, text=f"{blow}/{n}") for n in range(8)]
        told = asyncio.ensure_future(_all([writer.submit(request) for request in requests]))
        await asyncio.sleep(0)
        await asyncio.to_thread(time.sleep, 0.001 + blow * 0.0005)
        thread = writer._thread
        if thread is not None and thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(DeathOfTheThread)
            )
        return await told

    with a_writer(on_disk, at_once=8) as writer:
        told = [each for blow in range(25) for each in asyncio.run(page(blow))]
    assert {type(each) for each in told if not isinstance(each, NotWritten)} <= {Done}
    assert on_disk.case(case).version == 1 + sum(isinstance(each, Done) for each in told)
