"""Contenders take turns in one run, so that whatever the machine does meanwhile, it does to all of them.

Each does one portion a round and says how many operations that was; who begins changes from round to round.
"""

import gc
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Contender = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per operation of each contender, one value a round."""

    seconds: Mapping[str, tuple[float, ...]]

    def each(self, name: str) -> float:
        """Seconds per operation, the median of the rounds."""
        return median(self.seconds[name])

    def rate(self, name: str) -> float:
        """Operations per second."""
        return 1 / self.each(name)

    def costs(self, name: str, beside: str) -> float:
        """How many times the time of `beside`: the median of the quotients within each round."""
        pairs = zip(self.seconds[name], self.seconds[beside], strict=True)
        return median(mine / other for mine, other in pairs)

    def share(self, name: str, beside: str) -> float:
        """Which share of the rate of `beside`."""
        return self.costs(beside, name)


def interleaved(contenders: Mapping[str, Contender], rounds: int) -> Timing:
    """Let each contender do its portion in every round and give the times."""
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            began = time.perf_counter()
            count = contenders[name]()
            seconds[name].append((time.perf_counter() - began) / count)
    return Timing({name: tuple(values) for name, values in seconds.items()})


def repeated(times: int, once: Callable[[], int]) -> Contender:
    """A contender that does the same portion several times a round."""

    def portion() -> int:
        return sum(once() for _ in range(times))

    return portion


def tell(what: str) -> None:
    """Say on stderr what is being measured."""
    print(f"… {what}", file=sys.stderr, flush=True)
