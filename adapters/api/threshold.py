"""Before the door: whoever asks at the same time is looked up together, in one thread and one look at the store.

Each in a thread of its own would cost ten times as much where sixty ask at once, for they would wait for one another.
The thread is the door's alone: long reading elsewhere, which may take up all others, holds nobody up here. A look begins
after whoever it is for has asked, so nobody is let in by what was true before. Idle, nobody waits. Tried in
`tests/api/test_threshold.py`.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from adapters.login.caller import Caller, Card
from adapters.writer_batch import OF_THE_STORE


class Door(Protocol):
    """Who lets people in; see `adapters.login.door`. All of it looks in the store, so it is called in a thread."""

    def let_in(self, cards: Sequence[Card]) -> Sequence[Caller | None]:
        """Whose each of these is, in this order."""

    def by_token(self, text: str) -> Caller | None:
        """Whoever this token was made for."""

    def renewed(self, cookie: str) -> str | None:
        """The cookie in the place of one that is due to be changed, or None."""


Waiting = tuple[Card, asyncio.Future[Caller | None]]


class Threshold:
    """One before the door of an application; used on its event loop alone."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._waiting: list[Waiting] = []
        self._looking: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "Tür")

    async def caller(self, card: Card) -> Caller | None:
        """Whoever this card is for. Raises what the door raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Caller | None] = loop.create_future()
        self._waiting.append((card, future))
        looking = self._looking
        if looking is None or looking.done() or looking.get_loop() is not loop:
            self._looking = loop.create_task(self._look())
        return await future

    async def _look(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            loop = asyncio.get_running_loop()
            try:
                found = await loop.run_in_executor(self._thread, self._seen, [card for card, _ in together])
            except Exception as error:  # noqa: BLE001 - no thread can be had: whoever asked hears of it, and nobody waits on
                found = [error] * len(together)
            for (_, future), one in zip(together, found, strict=True):
                if future.done():  # whoever asked has gone away meanwhile
                    continue
                if isinstance(one, BaseException):
                    future.set_exception(one)
                else:
                    future.set_result(one)

    def _seen(self, cards: Sequence[Card]) -> Sequence[Caller | Exception | None]:
        """Look, in a thread. What is wrong with the store meets all at once, and with one of them that one alone."""
        try:
            return self.door.let_in(cards)
        except OF_THE_STORE as error:
            return [error] * len(cards)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for whoever asked
            if len(cards) == 1:
                return [error]
        return [each for card in cards for each in self._seen([card])]
