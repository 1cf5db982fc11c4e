"""One step and one worklist over HTTP, beside an empty FastAPI route and the same SQL without Lotse, in one run.

Each server is a process of its own on its own copy of one office; they take turns. The client is this process: one or
sixty-four connections on loopback, each sending its next request once it has its answer. Always the wall clock: it
says what somebody waits for, and the client takes its share of the cores.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from os import environ
from pathlib import Path
from statistics import median, quantiles

from adapters.api.app import BASE
from adapters.login.caller import Scope
from adapters.login.tokens import make_token
from adapters.lotse import Lotse
from states.vocabulary import Command
from tests.bench import office
from tests.bench.api_server import write_tape
from tests.bench.figure import Figure, Line, Skipped, Target
from tests.bench.places import DELAY_US, ROOT, modelled_disk
from tests.bench.scale import Scale
from tests.bench.step import requests_of
from tests.bench.tape import recording
from tests.bench.timing import tell

HERS = 80
MANY = 64
WARM = 8
BESIDE = {
    "alone": "dasselbe, ein Schritt je COMMIT",
    "sql": "FastAPI, dieselben Anweisungen durch sqlite3 allein",
    "empty": "FastAPI, leere Route",
}
STEP, LIST = "Notiz", "„Heute“, 80 Fälle"
TARGETS = {
    (STEP, 0, 1, "p50"): Target("≤", 2, of_value=True),
    (STEP, 0, 1, "p99"): Target("≤", 5, of_value=True),
    (STEP, DELAY_US, MANY, "p99"): Target("≤", 100, of_value=True),
    (STEP, DELAY_US, MANY, "alone"): Target("≥", 5),
}


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for: requests as bytes for Lotse, the same number for the others."""

    name: str
    source: Path
    requests: list[bytes]
    warm: bytes
    """Asked for before anything is timed; the others do not know it."""
    tape: Path
    kinds: tuple[str, ...]


@dataclass(slots=True)
class Taken:
    """What one server took with so many clients: requests per second by round, and milliseconds by request."""

    rates: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures on the plain tmpfs and on the modelled disk."""
    many = MANY * 4 if scale.portion >= MANY else scale.portion
    fewer = max(1, many // 4)
    portions = {STEP: {1: fewer, MANY: many}, LIST: {1: max(1, fewer // 4), MANY: fewer}}
    count = {name: scale.rounds * sum(each.values()) for name, each in portions.items()}
    jobs = [_steps(folder, count[STEP]), _lists(folder, count[LIST])]
    found: list[Line] = []
    disks = ((0, None), (DELAY_US, modelled_disk(folder)))
    for delay, preload in disks[: scale.disks]:
        group = f"Die Schnittstelle über HTTP, SQLite, {delay // 1000} ms je fsync, Wanduhr"
        if delay and preload is None:
            found.append(Skipped(group, "alles", "cc fehlt"))
            continue
        for job in jobs[: 1 if delay else scale.disks]:
            tell(f"api: {job.name}, {delay // 1000} ms")
            taken = _taken(job, folder / f"api-{len(found)}", portions[job.name], scale.rounds, preload)
            found += _figures(group, job.name, delay, portions[job.name], taken)
    return found


def _steps(folder: Path, count: int) -> Job:
    """One note on each of so many cases."""
    source, taped = folder / "api-steps", folder / "api-steps-taped"
    lotse = office.new_office(source)
    office.fill(lotse, count, office.TO_FIRST_CONTACT)
    requests = requests_of(Command.NOTE, lotse)
    with lotse.store.work(reading=True) as work:
        numbers = [work.case(str(each.case)).number for each in requests]
    head = _head(lotse)
    office.close(lotse)
    copy = office.copied(source, taped)
    with recording() as tape:
        for request in requests:
            copy.submit(request)
            tape.cut()
    office.close(copy)
    write_tape(folder / "steps.tape", tape.transactions)
    raw = [
        _raw("POST", f"{BASE}/cases/{number}/commands/note", head, json.dumps(dict(request.details)))
        for number, request in zip(numbers, requests, strict=True)
    ]
    warm = _raw("POST", f"{BASE}/cases/FH-1999-0001/commands/note", head, '{"text": "Probe"}')
    return Job(STEP, source, raw, warm, folder / "steps.tape", ("lotse", *BESIDE))


def _lists(folder: Path, count: int) -> Job:
    """The worklist of a Fachkraft, so often."""
    source, taped = folder / "api-lists", folder / "api-lists-taped"
    lotse = office.new_office(source)
    office.fill(lotse, HERS, office.TO_FIRST_CONTACT)
    head = _head(lotse)
    office.close(lotse)
    copy = office.copied(source, taped)
    with recording() as tape:
        for _ in range(count):
            copy.today(copy.person())
            tape.cut()
    office.close(copy)
    write_tape(folder / "lists.tape", tape.transactions)
    raw = _raw("GET", f"{BASE}/worklist", head, "")
    return Job(LIST, source, [raw] * count, raw, folder / "lists.tape", ("lotse", "sql", "empty"))


def _head(lotse: Lotse) -> str:
    worker = lotse.person()
    token = make_token(lotse, worker.id, worker.id, "Messung", frozenset(Scope), timedelta(days=1))
    return f"Host: localhost\r\nAuthorization: Bearer {token.text}\r\nIf-Match: *\r\n"


def _raw(method: str, path: str, head: str, body: str) -> bytes:
    sent = body.encode()
    kind = "Content-Type: application/json\r\n" if sent else ""
    return f"{method} {path} HTTP/1.1\r\n{head}{kind}Content-Length: {len(sent)}\r\n\r\n".encode() + sent


@contextmanager
def _serving(kind: str, store: Path, tape: Path, preload: Path | None) -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    environment = dict(environ)
    if preload is not None:
        environment |= {"LD_PRELOAD": str(preload), "FSYNC_DELAY_US": str(DELAY_US)}
    words = [sys.executable, "-m", "tests.bench.api_server", kind, str(store), str(tape)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())


def _taken(
    job: Job, folder: Path, portions: Mapping[int, int], rounds: int, preload: Path | None
) -> Mapping[tuple[str, int], Taken]:
    """Let the servers take turns."""
    taken = {(kind, clients): Taken() for kind in job.kinds for clients in portions}
    waiting = {kind: iter(job.requests) for kind in job.kinds}
    with ExitStack() as stack:
        ports = {}
        for kind in job.kinds:
            office.close(office.copied(job.source, folder / kind))
            ports[kind] = stack.enter_context(_serving(kind, folder / kind, job.tape, preload))
            asyncio.run(_drive(ports[kind], [job.warm] * WARM, 2, b""))
        for number in range(rounds):
            turn = number % len(job.kinds)
            for kind in job.kinds[turn:] + job.kinds[:turn]:
                for clients, count in portions.items():
                    requests = [next(waiting[kind]) for _ in range(count)]
                    if kind in ("sql", "empty"):
                        requests = [_raw("POST", "/", "Host: localhost\r\n", "{}")] * count
                    seconds, waited = asyncio.run(_drive(ports[kind], requests, clients))
                    taken[kind, clients].rates.append(count / seconds)
                    taken[kind, clients].waited += waited
    return taken


async def _drive(
    port: int, requests: list[bytes], clients: int, expected: bytes = b" 200"
) -> tuple[float, list[float]]:
    """Send all over so many connections; seconds for all, milliseconds for each."""
    left, waited = list(requests), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left:
            began = time.perf_counter()
            writer.write(left.pop(0))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            assert head.startswith(b"HTTP/1.1" + expected), answer
            waited.append(1000 * (time.perf_counter() - began))
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - began, waited


def _figures(
    group: str, name: str, delay: int, portions: Mapping[int, int], taken: Mapping[tuple[str, int], Taken]
) -> list[Line]:
    lines: list[Line] = []
    for clients in portions:
        ours = taken["lotse", clients]
        who = f"{name}, {clients} zugleich"
        for kind, beside in BESIDE.items():
            if (kind, clients) not in taken:
                continue
            rates = taken[kind, clients].rates
            share = median(mine / other for mine, other in zip(ours.rates, rates, strict=True))
            target = TARGETS.get((name, delay, clients, kind))
            lines.append(Figure(group, who, median(ours.rates), "/s", median(rates), beside, share, target))
        cuts = quantiles(ours.waited, n=100) if len(ours.waited) > 1 else ours.waited * 99
        for what, place in (("p50", 49), ("p99", 98)):
            target = TARGETS.get((name, delay, clients, what))
            lines.append(Figure(group, f"{who}: {what}", cuts[place], "ms", target=target))
    return lines
