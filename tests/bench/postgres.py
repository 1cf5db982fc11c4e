"""Steps per second on PostgreSQL: Lotse with 1 to 64 in flight, beside the same statements through psycopg and pgbench.

One town first, whose log head holds every driver to one commit per fsync; then many towns, by two processes
(`tests.bench.many`); and what DBOS and procrastinate need for one durable step on the same server (`tests.bench.peers`).
All take turns on one server, over a tmpfs as it is and with 1 ms more for each fsync.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from adapters.db.staged import StagedWork
from adapters.lotse import Lotse
from adapters.writer import Writer
from states.vocabulary import Command
from tests.bench import many, peers
from tests.bench.figure import Figure, Line, Skipped, Target
from tests.bench.in_flight import in_flight
from tests.bench.places import DELAY_US
from tests.bench.postgres_tape import BarePostgres, Script
from tests.bench.scale import Scale
from tests.bench.step import requests_of
from tests.bench.tape import Transaction, recording
from tests.bench.timing import Timing, in_turn, tell
from tests.bench.towns import Towns, towns
from workflow.case import Case, Family
from workflow.perform import Request
from workflow.ports import Entry, Work

IN_FLIGHT = 64
CLIENTS = 16
PORT = {0: Target("≥", 1.0), DELAY_US: Target("≥", 8)}
WHOLE = {0: Target("≥", 0.5), DELAY_US: Target("≥", 4)}
"""What FIGURES asks of 64 in flight, against pgbench with 16 clients on the same row."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one step brings to the port of the unit of work, once its decision is made."""

    before: Case | None = field(repr=False)
    after: Case = field(repr=False)
    family: Family | None = field(repr=False)
    entry: Entry = field(repr=False)

    def __call__(self, work: Work) -> None:
        """Stage it."""
        work.save(self.before, self.after, self.family)
        work.record(self.entry)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run of steps in one town sent to the driver, and what it staged before, step by step."""

    transactions: list[Transaction]
    decided: list[Decided]


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures on the plain tmpfs and on the modelled disk."""
    found: list[Line] = []
    portion = IN_FLIGHT * 4 if scale.portion >= IN_FLIGHT else scale.portion
    tell(f"postgres: {scale.tenants} Träger werden angelegt")
    with towns(folder, scale.tenants, portion) as made:
        recorded = _recorded(made, portion * scale.rounds)
        for delay in (0, DELAY_US)[: scale.disks]:
            if delay and not made.slow_disk():
                found.append(Skipped(_group(delay), "alles", "cc fehlt"))
                continue
            tell(f"postgres: ein Träger, {delay // 1000} ms")
            found += _one_town(made, recorded, delay, portion, scale)
            found += many.measure(made, delay, portion, scale)
    return found


def _group(delay: int) -> str:
    return f"Ein protokollierter, dauerhafter Schritt, PostgreSQL, ein Träger, {delay // 1000} ms je fsync, Wanduhr"


def _recorded(made: Towns, count: int) -> Recorded:
    """Take that many steps in a copy of their own."""
    made.copy("taped")
    lotse = made.lotse(made.tenants[0], "taped")
    requests = islice(cycle(requests_of(Command.NOTE, lotse)), count)
    with _deciding() as decided, recording() as tape:
        for request in requests:
            lotse.submit(request)
            tape.cut()
    lotse.store.engine.dispose()
    return Recorded(tape.transactions, decided)


@contextmanager
def _deciding() -> Iterator[list[Decided]]:
    """Keep what is staged meanwhile: of each step one case and one entry."""
    decided: list[Decided] = []
    saves: list[tuple[Case | None, Case, Family | None]] = []
    save, record = StagedWork.save, StagedWork.record

    def saving(work: StagedWork, before: Case | None, after: Case, family: Family | None) -> None:
        saves.append((before, after, family))
        save(work, before, after, family)

    def recording_it(work: StagedWork, entry: Entry) -> None:
        decided.append(Decided(*saves.pop(), entry))
        record(work, entry)

    try:
        setattr(StagedWork, "save", saving)  # noqa: B010 - put back below; assigned, it would be no method to mypy
        setattr(StagedWork, "record", recording_it)  # noqa: B010 - as above
        yield decided
    finally:
        setattr(StagedWork, "save", save)  # noqa: B010 - as above
        setattr(StagedWork, "record", record)  # noqa: B010 - as above


def _one_town(made: Towns, recorded: Recorded, delay: int, portion: int, scale: Scale) -> list[Line]:
    tenant = made.tenants[0]
    names = {name: f"{name}{delay}" for name in ("lotse", "port", "bare", "pgbench")}
    for name in names.values():
        made.copy(name)
    script = Script(made.folder / f"one{delay}.sql", [(tenant, recorded.transactions[-1])])
    bare = BarePostgres(made.url(names["bare"]), tenant)
    fewer = max(1, portion // 4)
    with ExitStack() as stack:
        stack.callback(bare.close)
        contenders: dict[str, Callable[[], float]] = {
            "bare": _sending(bare, recorded.transactions, fewer),
            "pgbench1": lambda: 1 / script.rate(made.url(names["pgbench"]), 1, portion),
            "pgbench16": lambda: 1 / script.rate(made.url(names["pgbench"]), CLIENTS, fewer),
            **_submitting(stack, made.lotse(tenant, names["lotse"]), portion),
            "port": _at_the_port(stack, made.lotse(tenant, names["port"]), recorded.decided, portion),
        }
        if scale.peers:
            contenders |= peers.contenders(stack, made, delay, fewer)
        timing = in_turn(contenders, scale.rounds)
    for name in names.values():
        made.check(name)
    return _figures(_group(delay), delay, timing, peers=scale.peers)


def _sending(bare: BarePostgres, transactions: list[Transaction], portion: int) -> Callable[[], float]:
    waiting = iter(transactions)

    def turn() -> float:
        mine = list(islice(waiting, portion))
        began = time.perf_counter()
        for each in mine:
            bare.send(each)
        return (time.perf_counter() - began) / portion

    return turn


def _submitting(stack: ExitStack, lotse: Lotse, portion: int) -> dict[str, Callable[[], float]]:
    """One after the other, then 16 and 64 in flight, each turn through all cases anew."""
    stack.callback(lotse.store.engine.dispose)
    writer = lotse.writer = stack.enter_context(Writer(lotse.store.work, lotse.office))
    requests = requests_of(Command.NOTE, lotse)
    one_by_one, sends = cycle(requests), cycle([partial(writer.submit, request) for request in requests])
    fewer = max(1, portion // 4)
    return {
        "submit1": partial(_each, lotse, one_by_one, fewer),
        f"submit{CLIENTS}": lambda: in_flight(CLIENTS, sends, portion) / portion,
        f"submit{IN_FLIGHT}": lambda: in_flight(IN_FLIGHT, sends, portion) / portion,
    }


def _each(lotse: Lotse, requests: Iterator[Request], portion: int) -> float:
    began = time.perf_counter()
    for request in islice(requests, portion):
        lotse.submit(request)
    return (time.perf_counter() - began) / portion


def _at_the_port(stack: ExitStack, lotse: Lotse, decided: list[Decided], portion: int) -> Callable[[], float]:
    stack.callback(lotse.store.engine.dispose)
    writer = stack.enter_context(Writer(lotse.store.work, lotse.office))
    sends = iter([partial(writer.run, one, about=one.after.id) for one in decided])
    return lambda: in_flight(IN_FLIGHT, sends, portion) / portion


def _figures(group: str, delay: int, timing: Timing, *, peers: bool) -> list[Line]:
    def beside(name: str, who: str, limit: str, limit_name: str, target: Target | None = None) -> Figure:
        return Figure(
            group, name, timing.rate(who), "/s", timing.rate(limit), limit_name, timing.share(who, limit), target
        )  # fmt: skip

    alone = "Lotse.submit, einer nach dem anderen"
    one, sixteen = "pgbench, 1 Client, prepared", f"pgbench, {CLIENTS} Clients, prepared, dieselbe Zeile"
    bare, whole = "psycopg allein, dieselben Anweisungen, einzeln", f"Lotse.submit, {IN_FLIGHT} zugleich"
    lines: list[Line] = [
        beside(whole, "submit64", "pgbench16", sixteen, WHOLE[delay]),
        beside(f"Port der Arbeitseinheit, entschieden, {IN_FLIGHT} zugleich", "port", "pgbench16", sixteen, PORT[delay]),
        beside(f"Lotse.submit, {CLIENTS} zugleich", "submit16", "pgbench16", sixteen),
        beside(alone, "submit1", "pgbench1", one),
        beside(alone, "submit1", "bare", bare),
        beside("psycopg allein, einzeln", "bare", "pgbench1", one),
    ]  # fmt: skip
    if not peers:
        return [*lines, Skipped(group, "DBOS und procrastinate", "im kleinsten Umfang nicht gestartet")]
    return [
        *lines,
        beside(whole, "submit64", "dbos64", f"DBOS, {IN_FLIGHT} zugleich, eine Zeile je Schritt", Target("≥", 10)),
        beside(alone, "submit1", "dbos1", "DBOS, einer nach dem anderen"),
        beside(whole, "submit64", "procrastinate64", f"procrastinate, {IN_FLIGHT} zugleich, eine Zeile je Auftrag"),
        beside(alone, "submit1", "procrastinate1", "procrastinate, einer nach dem anderen"),
    ]  # fmt: skip
