"""Contenders take turns in one run, so that whatever the machine does meanwhile, it does to all of them.

Each does one portion a round and says how many operations that was; who begins changes from round to round. Where
nothing waits for a disk, CPU time is taken, so that waiting for a core does not count; a shared cache still does.
"""

import gc
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Contender = Callable[[], int]
Clock = Callable[[], float]
wall: Clock = time.perf_counter
cpu: Clock = time.process_time


def cpu_of_children() -> float:
    """Seconds of CPU that finished processes have taken which this one has started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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


def interleaved(contenders: Mapping[str, Contender], rounds: int, clock: Clock = cpu) -> Timing:
    """Let each contender do its portion in every round and give the times by this clock.

    What was there before belongs to nobody's time: it is set aside from the search for garbage.
    """
    gc.collect()
    gc.freeze()
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            began = clock()
            count = contenders[name]()
            seconds[name].append((clock() - began) / count)
    return Timing({name: tuple(values) for name, values in seconds.items()})


def in_turn(contenders: Mapping[str, Callable[[], float]], rounds: int) -> Timing:
    """As `interleaved`, for contenders that say themselves how many seconds one operation took them."""
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            seconds[name].append(contenders[name]())
    return Timing({name: tuple(values) for name, values in seconds.items()})


def repeated(times: int, once: Callable[[], int]) -> Contender:
    """A contender that does the same portion several times a round."""

    def portion() -> int:
        return sum(once() for _ in range(times))

    return portion


def tell(what: str) -> None:
    """Say on stderr what is being measured."""
    print(f"… {what}", file=sys.stderr, flush=True)
