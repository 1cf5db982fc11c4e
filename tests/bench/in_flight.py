"""So many callers at once, as tasks of an event loop, as behind the API: each sends its next once it has its answer."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from adapters.answers import Answer, answered

Send = Callable[[], Answer[Any]]


def in_flight(callers: int, sends: Iterator[Send], count: int) -> float:
    """Seconds for `count` of them, all answered."""
    left = iter(list(islice(sends, count)))
    began = time.perf_counter()
    asyncio.run(_all(callers, left))
    return time.perf_counter() - began


async def _all(callers: int, left: Iterator[Send]) -> None:
    await asyncio.gather(*(_caller(left) for _ in range(callers)))


async def _caller(left: Iterator[Send]) -> None:
    for send in left:
        await answered(send())
