"""Many towns on one PostgreSQL, served by two processes of Lotse, beside pgbench with one client for each town."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path

from adapters.bootstrap import open_lotse
from adapters.writer import Writer
from states.vocabulary import Command
from tests.bench.figure import Figure, Line, Target
from tests.bench.in_flight import Send, in_flight
from tests.bench.neighbour import Neighbour
from tests.bench.postgres_tape import Script
from tests.bench.scale import Scale
from tests.bench.step import requests_of
from tests.bench.tape import Transaction, recording
from tests.bench.timing import in_turn, tell
from tests.bench.towns import Towns, settings_of

PROCESSES = 2
EACH = (1, 4, 64)
"""So many in flight for each town: with 16 towns, 16, 64 and 1 024 in all."""
TARGETS = dict.fromkeys(((4, 0), (64, 0)), Target("≥", 0.5))
"""What was asked of many towns, nobody said with how many in flight: with 64 in all, and with 64 for each town."""


def measure(made: Towns, delay: int, portion: int, scale: Scale) -> list[Line]:
    """Let pgbench and the two processes take turns."""
    count = len(made.tenants)
    tell(f"postgres: {count} Träger, {delay // 1000} ms")
    ours, theirs = f"many{delay}", f"pgbench_many{delay}"
    made.copy(ours)
    made.copy(theirs)
    script = Script(made.folder / f"many{delay}.sql", _steps(made, ours))
    group = f"{count} Träger zugleich, PostgreSQL, {PROCESSES} Prozesse, {delay // 1000} ms je fsync, Wanduhr"
    each = max(2, portion // 2)
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                Neighbour("many", "some_towns", folder=str(made.folder), url=made.url(ours), tenants=tenants)
            )
            for number in range(PROCESSES)
            if (tenants := made.tenants[number::PROCESSES])
        ]
        for process in processes:
            process.answer()
        contenders: dict[str, Callable[[], float]] = {
            "pgbench": lambda: 1 / script.rate(made.url(theirs), count, each),
            **{f"{callers}": partial(turn, processes, callers, portion) for callers in EACH},
        }
        timing = in_turn(contenders, scale.rounds)
    for database in (ours, theirs):
        made.check(database)
    name = f"pgbench, {count} Clients, je einer für einen Träger, dieselben Anweisungen"
    return [
        Figure(
            group, f"Lotse.submit, {callers * count} zugleich", timing.rate(f"{callers}"), "/s",
            timing.rate("pgbench"), name, timing.share(f"{callers}", "pgbench"), TARGETS.get((callers, delay)),
            f"{callers} je Träger",
        )
        for callers in EACH
    ]  # fmt: skip


def _steps(made: Towns, database: str) -> list[tuple[str, Transaction]]:
    """One recorded step of each town."""
    steps: list[tuple[str, Transaction]] = []
    for tenant in made.tenants:
        lotse = made.lotse(tenant, database)
        requests = requests_of(Command.NOTE, lotse)[:2]
        with recording() as tape:
            for request in requests:
                lotse.submit(request)
                tape.cut()
        lotse.store.engine.dispose()
        steps.append((tenant, tape.transactions[-1]))
    return steps


def turn(processes: Sequence[Neighbour], callers: int, portion: int) -> float:
    """Seconds per step of all processes together, from the first one's beginning to the last one's end."""
    for process in processes:
        process.ask(callers=callers, portion=portion)
    told: list[tuple[float, float, int]] = [process.answer() for process in processes]
    began, ended, steps = (
        min(each[0] for each in told),
        max(each[1] for each in told),
        sum(each[2] for each in told),
    )
    return (ended - began) / steps


@contextmanager
def some_towns(
    folder: str, url: str, tenants: list[str]
) -> Iterator[Callable[..., tuple[float, float, int]]]:
    """One process: these towns are open, each with its writer."""
    with ExitStack() as stack:
        sends: list[Iterator[Send]] = []
        for tenant in tenants:
            lotse = open_lotse(settings_of(Path(folder), url, tenant))
            stack.callback(lotse.store.engine.dispose)
            writer = stack.enter_context(Writer(lotse.store.work, lotse.office))
            requests = requests_of(Command.NOTE, lotse)
            sends.append(cycle([partial(writer.submit, request) for request in requests]))
        yield partial(own_turn, in_rotation(sends), len(tenants))


def in_rotation(sends: Sequence[Iterator[Send]]) -> Iterator[Send]:
    """One of each town in turn, without end."""
    while True:
        yield from (next(each) for each in sends)


def own_turn(sends: Iterator[Send], towns: int, callers: int, portion: int) -> tuple[float, float, int]:
    """When this process began and ended (seconds, one clock for all processes), and how many steps it did."""
    began = time.perf_counter()
    in_flight(callers * towns, sends, portion * towns)
    return began, time.perf_counter(), portion * towns
