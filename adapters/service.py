"""What runs by itself: parts that each do their round again and again, side by side, until told to stop.

A part that fails says so once, then every minute, and once more when it works again; it stops no other part. No
round is ever cut off in the middle by another one. Proven by `tests/cli/test_serve.py`.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from adapters.logs import Sentence

AGAIN = 60.0
"""After how many seconds a trouble that lasts is told again."""
PATIENCE = 10.0
"""How long, in seconds, a part may finish its round once all is to end."""

Tell = Callable[[str], None]
Explain = Callable[[Exception], str]


@dataclass(frozen=True, slots=True)
class Part:
    """Something done again and again: its German name, its distance in seconds, and one round.

    A round gives the sentences worth telling. An error of the kinds `ends` is for whoever runs the part.
    """

    name: str
    every: float
    round: Callable[[], Sequence[str]]
    ends: tuple[type[Exception], ...] = ()


class Trouble:
    """What is wrong with a part, told when it begins or changes, every minute, and when it is over."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name = name
        self._tell = tell
        self._sentence: str | None = None
        self._told_at = 0.0

    def met(self, sentence: str, kind: str = "") -> None:
        """Something is wrong, of this kind."""
        now = time.monotonic()
        if sentence != self._sentence or now - self._told_at >= AGAIN:
            self._tell(Sentence.of(self._name, sentence, "trouble", kind))
            self._sentence, self._told_at = sentence, now

    def over(self) -> None:
        """A round went well."""
        if self._sentence is not None:
            self._tell(Sentence.of(self._name, "geht wieder.", "over"))
            self._sentence = None


def keep(part: Part, stop: threading.Event, tell: Tell, explain: Explain) -> None:
    """Do the rounds of a part until told to stop; raises only what the part ends with."""
    trouble = Trouble(part.name, tell)
    while not stop.is_set():
        began = time.monotonic()
        one_round(part, trouble, tell, explain)
        stop.wait(max(0.0, part.every - (time.monotonic() - began)))


def one_round(part: Part, trouble: Trouble, tell: Tell, explain: Explain) -> None:
    """Do one round and tell of it; raises only what the part ends with."""
    try:
        for sentence in part.round():
            tell(Sentence.of(part.name, sentence))
        trouble.over()
    except part.ends:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the next round may go well, and it is told
        trouble.met(explain(error), type(error).__name__)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give what SIGTERM and SIGINT set, instead of ending the program in the middle of something."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
