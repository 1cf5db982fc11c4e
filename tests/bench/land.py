"""A Land: what a few towns notice of hundreds of others in the same database, and what the scheduler asks of all of them.

Both servers take turns; on each the same few towns work, by two processes, and the others only are there.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from adapters.bootstrap import open_lotse
from adapters.db.begin import begun
from adapters.db.place import place_of
from adapters.db.sweep_statements import due_by_tenant
from adapters.millis import now_ms
from adapters.scheduler.sweep import sweep
from tests.bench.figure import Figure, Line, Target
from tests.bench.many import PROCESSES, turn
from tests.bench.neighbour import Neighbour
from tests.bench.scale import Scale
from tests.bench.timing import in_turn, tell
from tests.bench.towns import Towns, towns

CALLERS = 4
GROWTH = Target("≤", 3)
WORK = "work"


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures with the few alone, and among all of a Land."""
    counts = {"few": scale.tenants, "all": scale.land}
    with ExitStack() as stack:
        made: dict[str, Towns] = {}
        for name, count in counts.items():
            tell(f"land: {count} Träger werden angelegt")
            made[name] = stack.enter_context(towns(folder / name, count, scale.portion))
        contenders: dict[str, Callable[[], float]] = {}
        for name, land in made.items():
            contenders[f"{name}/{WORK}"] = partial(
                turn, _processes(stack, land, scale.tenants), CALLERS, scale.portion
            )
            contenders[f"{name}/asked"] = partial(_asked, land, scale.repeats)
            contenders[f"{name}/round"] = partial(_round, land, scale.repeats)
        tell(f"land: {scale.tenants} von {scale.land} Trägern arbeiten")
        timing = in_turn(contenders, scale.rounds)
    group = f"{scale.tenants} arbeitende Träger unter {scale.land}, PostgreSQL, Wanduhr"
    alone = f"unter {scale.tenants}"
    return [
        Figure(
            group, f"Lotse.submit, {CALLERS * scale.tenants} zugleich", timing.rate(f"all/{WORK}"), "/s",
            timing.rate(f"few/{WORK}"), alone, timing.share(f"all/{WORK}", f"few/{WORK}"),
        ),
        *(
            Figure(
                group, label, 1e3 * timing.each(f"all/{what}"), "ms", 1e3 * timing.each(f"few/{what}"), alone,
                timing.costs(f"all/{what}", f"few/{what}"), GROWTH,
            )
            for what, label in (
                ("asked", "Fristenuhr: Wo ist etwas fällig?"),
                ("round", "Fristenuhr: ein Träger, bei dem nichts fällig ist, vom Öffnen bis zum Schließen"),
            )
        ),
    ]  # fmt: skip


def _processes(stack: ExitStack, land: Towns, count: int) -> list[Neighbour]:
    """Two processes that serve the first towns, ready."""
    parts = [list(land.tenants[:count][number::PROCESSES]) for number in range(PROCESSES)]
    database = land.url("towns")
    processes = [
        stack.enter_context(
            Neighbour("many", "some_towns", folder=str(land.folder), url=database, tenants=mine)
        )
        for mine in parts
        if mine
    ]
    for process in processes:
        process.answer()
    return processes


def _asked(land: Towns, times: int) -> float:
    """Seconds for asking the database which towns have something due, the median."""
    engine = place_of(land.settings(land.tenants[0], "towns")).look()
    took = []
    try:
        for _ in range(times):
            began = time.perf_counter()
            with begun(engine, reading=True) as connection:
                due_by_tenant(connection, now_ms())
            took.append(time.perf_counter() - began)
    finally:
        engine.dispose()
    return median(took)


def _round(land: Towns, times: int) -> float:
    """Seconds for a visit of the scheduler to a town, the median."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        lotse = open_lotse(land.settings(land.tenants[-1], "towns"))
        sweep(lotse)
        lotse.store.engine.dispose()
        took.append(time.perf_counter() - began)
    return median(took)
