"""Answers of the writer, for threads and for event loops: what one commit has made durable wakes each loop once.

Waking it for each answer is a call of the system each time, and hands the interpreter over before the next answer is
out. Who waits stands beside the answer, so whoever comes after a thread that died can tell them. Proven by
`tests/contracts/test_answers.py`.
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
Listener = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Answer(Future[T]):
    """A future of the writer; `listeners` wait for it on event loops. Whoever gives it has to `tell` them."""

    def __init__(self) -> None:
        super().__init__()
        self.listeners: list[Listener] = []

    def cancel(self) -> bool:
        """Call it off, if it has not begun."""
        called_off = super().cancel()
        if called_off:
            tell([self])
        return called_off


async def answered(answer: Answer[T]) -> T:
    """Wait for an answer on the event loop; who stops waiting calls it off, if it has not begun."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[T] = loop.create_future()
    answer.listeners.append((loop, waiting))
    if answer.done():  # whoever gave it may have looked for listeners before
        _settle([(waiting, answer)])
    try:
        return await waiting
    except asyncio.CancelledError:
        answer.cancel()
        raise


def tell(answers: Iterable[Answer[Any]]) -> None:
    """Wake each loop for all of these answers, which are given; telling them again does nothing."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Answer[Any]]]] = {}
    for answer in answers:
        for loop, waiting in answer.listeners:
            loops.setdefault(loop, []).append((waiting, answer))
    for loop, theirs in loops.items():
        with suppress(RuntimeError):  # it has closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, theirs)


def _settle(told: Iterable[tuple["asyncio.Future[Any]", Answer[Any]]]) -> None:
    for waiting, answer in told:
        if waiting.done():
            continue
        try:
            waiting.set_result(answer.result())
        except CancelledError:
            waiting.cancel()
        except StopIteration:  # a coroutine cannot raise it
            waiting.set_exception(RuntimeError("A job raised StopIteration."))
        except BaseException as error:  # noqa: BLE001 - it is for whoever asked
            waiting.set_exception(error)
