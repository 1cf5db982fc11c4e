"""Answers of the writer for who waits on an event loop: what one commit has made durable wakes each loop once.

Waking it for each answer is a call of the system each time, and hands the interpreter over before the next answer is
out. What was not said yet when a thread dies is said by who comes after it. `tests/contracts/test_answers.py`.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from functools import partial
from threading import local
from typing import Any, TypeVar

T = TypeVar("T")
Unsaid = list[tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", "Future[Any]"]]
"""What is known and not yet told: the loop, who waits on it, and the answer."""
_HERE = local()
"""Where this thread gathers what it has to say; nothing: it says each at once."""


async def answered(future: "Future[T]") -> T:
    """Wait for a future of the writer on the event loop; who stops waiting calls it off, if it has not begun."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(partial(_tell, loop, waiting))
    try:
        return await waiting
    except asyncio.CancelledError:
        future.cancel()
        raise


@contextmanager
def together(unsaid: Unsaid) -> Iterator[None]:
    """Gather in `unsaid` what this thread answers meanwhile, and say it at the end, all at once."""
    _HERE.unsaid = unsaid
    try:
        yield
    finally:
        _HERE.unsaid = None
        say(unsaid)


def say(unsaid: Unsaid) -> None:
    """Wake each loop for all who wait on it; saying it again does nothing."""
    loops: dict[asyncio.AbstractEventLoop, Unsaid] = {}
    for each in unsaid:
        loops.setdefault(each[0], []).append(each)
    for loop, theirs in loops.items():
        with suppress(RuntimeError):  # it has closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, theirs)


def _tell(loop: asyncio.AbstractEventLoop, waiting: "asyncio.Future[Any]", future: "Future[Any]") -> None:
    unsaid: Unsaid | None = getattr(_HERE, "unsaid", None)
    if unsaid is None:
        say([(loop, waiting, future)])
    else:
        unsaid.append((loop, waiting, future))


def _settle(told: Unsaid) -> None:
    for _, waiting, future in told:
        if waiting.done():
            continue
        try:
            waiting.set_result(future.result())
        except CancelledError:
            waiting.cancel()
        except StopIteration:  # a coroutine cannot raise it
            waiting.set_exception(RuntimeError("A job raised StopIteration."))
        except BaseException as error:  # noqa: BLE001 - it is for whoever asked
            waiting.set_exception(error)
