"""Before the door: who asks at the same time is looked up together; each hears of their own card, and of nothing else."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from anyio.to_thread import current_default_thread_limiter, run_sync
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from adapters.api.threshold import Threshold
from adapters.login.caller import EVERY_SCOPE, Caller, Card, Via
from tests.people import WORKER

BROKEN = "broken"


class StoreAway(Exception):
    """Something that a look can meet."""


@dataclass
class SlowDoor:
    """A door that opens once it is told to, and knows whoever's card is not empty."""

    open: threading.Event = field(default_factory=threading.Event)
    looks: list[list[str]] = field(default_factory=list)

    def let_in(self, cards: Sequence[Card]) -> list[Caller | None]:
        self.looks.append([card.text for card in cards])
        assert self.open.wait(10)
        if any(card.text == BROKEN for card in cards):
            raise StoreAway
        return [Caller(WORKER, card.via, EVERY_SCOPE, card.text) if card.text else None for card in cards]

    def by_token(self, text: str) -> Caller | None:
        return self.let_in([Card(Via.TOKEN, text)])[0]

    def renewed(self, _cookie: str) -> str | None:
        return None


def card(text: str) -> Card:
    return Card(Via.TOKEN, text)


async def until_it_looks(door: SlowDoor, looks: int) -> None:
    while len(door.looks) < looks:  # noqa: ASYNC110 - the door is in a thread
        await asyncio.sleep(0.001)


def test_who_asks_while_somebody_is_looked_up_is_looked_up_together_afterwards() -> None:
    """The first is looked up alone; the sixty who come meanwhile need one look more, begun after all have come."""
    door = SlowDoor()

    async def morning() -> list[Caller | None]:
        threshold = Threshold(door)
        first = asyncio.ensure_future(threshold.caller(card("first")))
        await until_it_looks(door, 1)
        others = [asyncio.ensure_future(threshold.caller(card(f"{number}"))) for number in range(60)]
        await asyncio.sleep(0)
        door.open.set()
        return await asyncio.gather(first, *others)

    found = asyncio.run(morning())
    assert [caller.csrf if caller else None for caller in found] == ["first", *map(str, range(60))]
    assert [len(look) for look in door.looks] == [1, 60]


@given(st.lists(st.sampled_from(["", "her", "him", BROKEN]), min_size=1, max_size=8))
def test_each_hears_of_their_own_card_whatever_becomes_of_the_others(texts: list[str]) -> None:
    door = SlowDoor()
    door.open.set()

    async def asked() -> list[object]:
        threshold = Threshold(door)
        asking = [threshold.caller(card(text)) for text in texts]
        return list(await asyncio.gather(*asking, return_exceptions=True))

    for text, answer in zip(texts, asyncio.run(asked()), strict=True):
        if text == BROKEN:
            assert isinstance(answer, StoreAway)
        else:
            assert (answer.csrf if isinstance(answer, Caller) else answer) == (text or None)


def test_one_who_goes_away_holds_nobody_up() -> None:
    door = SlowDoor()

    async def morning() -> Caller | None:
        threshold = Threshold(door)
        gone = asyncio.ensure_future(threshold.caller(card("gone")))
        await until_it_looks(door, 1)
        stays = asyncio.ensure_future(threshold.caller(card("stays")))
        gone.cancel()
        door.open.set()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    found = asyncio.run(morning())
    assert found is not None
    assert found.csrf == "stays"


def test_it_goes_on_on_another_event_loop() -> None:
    door = SlowDoor()
    door.open.set()
    threshold = Threshold(door)
    for text in ("one", "two"):
        caller = asyncio.run(threshold.caller(card(text)))
        assert caller is not None
        assert caller.csrf == text


def test_long_reading_elsewhere_holds_nobody_up() -> None:
    """All threads that the application reads in are taken; whoever asks is looked up all the same."""
    door = SlowDoor()
    door.open.set()

    async def morning() -> Caller | None:
        threads, over = int(current_default_thread_limiter().total_tokens), threading.Event()
        reading = [asyncio.ensure_future(run_sync(over.wait, 10)) for _ in range(threads)]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(Threshold(door).caller(card("she")), 5)
        finally:
            over.set()
            await asyncio.gather(*reading)

    caller = asyncio.run(morning())
    assert caller is not None
    assert caller.csrf == "she"


def test_where_the_store_is_away_all_hear_so_after_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look waits ten seconds for a server that is away: sixty who ask must not wait for sixty such looks in a row."""
    door = SlowDoor()
    door.open.set()
    looks: list[int] = []

    def away(cards: Sequence[Card]) -> list[Caller | None]:
        looks.append(len(cards))
        raise OperationalError("", None, StoreAway())

    monkeypatch.setattr(door, "let_in", away)

    async def asked() -> list[object]:
        threshold = Threshold(door)
        asking = [threshold.caller(card(f"{number}")) for number in range(60)]
        return list(await asyncio.gather(*asking, return_exceptions=True))

    assert all(isinstance(answer, OperationalError) for answer in asyncio.run(asked()))
    assert looks == [60]


def test_where_no_thread_can_be_had_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine out of threads refuses to begin one; whoever asks hears so, and once there are some again all is well."""
    door = SlowDoor()
    door.open.set()

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def morning() -> Caller | None:
        threshold = Threshold(door)
        with monkeypatch.context() as short_of_threads:
            short_of_threads.setattr(threading.Thread, "start", refused)
            asking = [threshold.caller(card(text)) for text in ("her", "him")]
            answers = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 5)
            assert all(isinstance(answer, RuntimeError) for answer in answers)
        return await asyncio.wait_for(threshold.caller(card("later")), 5)

    caller = asyncio.run(morning())
    assert caller is not None
    assert caller.csrf == "later"
