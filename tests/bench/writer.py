"""Sixty-four in flight through the combining writer, beside the same statements through `sqlite3` alone, one by one.

Each contender works on its own copy of one office. The callers are tasks of an event loop, as behind the API: each sends
its next command once the one before has been answered, and what it waited is taken too.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from adapters.answers import answered
from adapters.db.connect import journal_mode
from adapters.lotse import Lotse
from adapters.writer import AT_ONCE, Writer
from states.vocabulary import Command
from tests.bench import office
from tests.bench.figure import Figure, Line, Skipped, Target
from tests.bench.places import DELAY_US, in_process, modelled_disk
from tests.bench.scale import Scale
from tests.bench.step import requests_of, sending, submitting
from tests.bench.tape import Bare, recording
from tests.bench.timing import Contender, Timing, cpu, interleaved, tell, wall
from workflow.perform import Request

IN_FLIGHT = 64
TARGETS = {0: Target("≥", 0.15), DELAY_US: Target("≥", 5)}
COMMANDS = ((Command.NOTE, "Notiz"), (Command.ATTEMPT_CONTACT, "Kontaktversuch"))


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures on the plain tmpfs and on the modelled disk."""
    source = folder / "writer"
    lotse = office.new_office(source)
    portion = IN_FLIGHT * 4 if scale.portion >= IN_FLIGHT else scale.portion
    office.fill(lotse, scale.rounds * portion, office.TO_FIRST_CONTACT)
    office.close(lotse)
    found: list[Line] = []
    for delay, preload in ((0, None), (DELAY_US, modelled_disk(folder))):
        clock = "Wanduhr" if delay else "CPU-Zeit"
        group = (
            f"{IN_FLIGHT} Befehle zugleich durch den Schreiber, SQLite, {delay // 1000} ms je fsync, {clock}"
        )
        if delay and preload is None:
            found.append(Skipped(group, "alles", "cc fehlt"))
            continue
        for command, label in COMMANDS[: scale.commands]:
            tell(f"writer: {label}, {delay // 1000} ms")
            told = in_process(
                "writer", "run", preload, source=str(source), command=command, rounds=scale.rounds,
                portion=portion, waits=delay > 0,
            )  # fmt: skip
            found += _figures(group, label, delay, told)
    return found


def _figures(group: str, label: str, delay: int, told: dict[str, object]) -> list[Line]:
    timing = Timing(told["seconds"])  # type: ignore[arg-type] # what `run` gave, back from JSON
    bare = f"sqlite3 allein, dieselben Anweisungen, einzeln, {journal_mode()}"
    lines: list[Line] = [
        Figure(
            group, f"{label}: {IN_FLIGHT} zugleich", timing.rate("writer"), "/s", timing.rate("bare"), bare,
            timing.share("writer", "bare"), TARGETS[delay], f"höchstens {AT_ONCE} je COMMIT",
        ),
        Figure(
            group, f"{label}: {IN_FLIGHT} zugleich", timing.rate("writer"), "/s", timing.rate("alone"),
            "Lotse.submit, einer nach dem anderen", timing.share("writer", "alone"),
        ),
        Figure(
            group, f"{label}: allein, an niemandem vorbei", timing.rate("idle"), "/s", timing.rate("alone"),
            "Lotse.submit ohne Schreiber", timing.share("idle", "alone"),
        ),
    ]  # fmt: skip
    if delay:
        waited: list[float] = told["waited"]  # type: ignore[assignment] # as above
        cuts = quantiles(waited, n=100)
        lines += [
            Figure(
                group, f"{label}: gewartet, {name}", 1000 * cuts[place], "ms", note=f"{IN_FLIGHT} zugleich"
            )
            for name, place in (("p50", 49), ("p99", 98))
        ]
    return lines


def run(source: str, command: str, rounds: int, portion: int, *, waits: bool) -> dict[str, object]:
    """Let the contenders take turns, each on its own copy, over the same cases."""
    folder = Path(tempfile.mkdtemp(dir=Path(source).parent))
    opened = {
        name: office.copied(Path(source), folder / name) for name in ("taped", "alone", "idle", "writer")
    }
    requests = requests_of(command, opened["taped"])
    fewer = max(1, portion // 4)
    with recording() as tape:
        for request in requests[: fewer * rounds]:
            opened["taped"].submit(request)
            tape.cut()
    bare = office.copied(Path(source), folder / "bare")
    database = bare.settings.database
    office.close(bare)
    sender = Bare(database)
    waited: list[float] = []
    with Writer(opened["idle"].store.work, opened["idle"].office) as idle:
        opened["idle"].writer = idle
        contenders: dict[str, Contender] = {
            "bare": sending(sender, tape.transactions, fewer),
            "alone": submitting(opened["alone"], requests, fewer),
            "idle": submitting(opened["idle"], requests, fewer),
            "writer": _in_flight(opened["writer"], requests, portion, waited),
        }
        timing = interleaved(contenders, rounds, wall if waits else cpu)
    sender.close()
    return {"seconds": timing.seconds, "waited": waited}


def _in_flight(lotse: Lotse, requests: list[Request], portion: int, waited: list[float]) -> Contender:
    waiting = iter(requests)

    async def caller(writer: Writer, left: list[Request]) -> None:
        while left:
            began = time.perf_counter()
            await answered(writer.submit(left.pop()))
            waited.append(time.perf_counter() - began)

    async def all_callers(writer: Writer) -> None:
        left = [next(waiting) for _ in range(portion)]
        await asyncio.gather(*(caller(writer, left) for _ in range(IN_FLIGHT)))

    def contender() -> int:
        with Writer(lotse.store.work, lotse.office) as writer:
            asyncio.run(all_callers(writer))
        return portion

    return contender
