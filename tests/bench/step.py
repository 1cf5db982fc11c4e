"""One audited step, acknowledged only when it is durable, beside the statements it consists of.

Lotse's statements are taken on one copy of the database and sent again with the same bytes on others: through
`sqlite3` alone, through it without the reads (the least a step can be), and through SQLAlchemy Core. A batch of steps
in one transaction shows what a combining writer can reach.
"""

import tempfile
from pathlib import Path

from adapters.db import statements as sql
from adapters.db.connect import journal_mode
from adapters.lotse import Lotse
from states.vocabulary import Command
from tests.bench import office
from tests.bench.figure import Figure, Line, Skipped, Target
from tests.bench.places import DELAY_US, fdatasync_us, in_process, modelled_disk
from tests.bench.scale import Scale
from tests.bench.tape import Bare, Core, Transaction, recording
from tests.bench.timing import Contender, Timing, cpu, interleaved, tell, wall
from tests.sensible import sensible
from workflow.perform import Request, perform

STEPS = ((Command.NOTE, "Notiz"), (Command.ATTEMPT_CONTACT, "Kontaktversuch"))
TARGETS_OF_A_BATCH = {0: Target("≥", 0.15), DELAY_US: Target("≥", 5)}
"""What FIGURES asks of 64 commands in flight; here they come from one queue, without threads."""


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures on the plain tmpfs and on the modelled disk."""
    source = folder / "step"
    lotse = office.new_office(source)
    office.fill(lotse, scale.rounds * scale.portion, office.TO_FIRST_CONTACT)
    office.close(lotse)
    library = modelled_disk(folder)
    found: list[Line] = []
    for delay, preload in ((0, None), (DELAY_US, library)):
        clock = "Wanduhr" if delay else "CPU-Zeit"
        group = f"Ein protokollierter, dauerhafter Schritt, SQLite, {delay // 1000} ms je fsync, {clock}"
        if delay and preload is None:
            found.append(Skipped(group, "alles", "cc fehlt"))
            continue
        for command, label in STEPS[: scale.commands]:
            tell(f"step: {label}, {delay // 1000} ms")
            told = in_process(
                "step", "run", preload, source=str(source), command=command, rounds=scale.rounds,
                portion=scale.portion, waits=delay > 0,
            )  # fmt: skip
            found += _figures(group, label, delay, told, scale)
    return found


def _figures(group: str, label: str, delay: int, told: dict[str, object], scale: Scale) -> list[Line]:
    timing = Timing(told["seconds"])  # type: ignore[arg-type] # what `run` gave, back from JSON
    bare = f"sqlite3 allein, dieselben {told['statements']} Anweisungen, {journal_mode()}"
    figures: list[Line] = [
        _beside(group, f"{label}: Lotse.submit", "lotse", "bare", bare, timing),
        _beside(
            group, f"{label}: Lotse.submit", "lotse", "writes",
            f"sqlite3 allein, nur die {told['writes']} schreibenden", timing,
        ),
        _beside(group, f"{label}: Lotse.submit", "lotse", "core", "SQLAlchemy Core, dieselben", timing),
        _beside(group, f"{label}: SQLAlchemy Core", "core", "bare", bare, timing),
        _beside(
            group, f"{label}: {scale.portion} in einer Transaktion", "batch", "bare", f"{bare}, einzeln", timing,
            TARGETS_OF_A_BATCH[delay],
        ),
    ]  # fmt: skip
    if label == STEPS[0][1]:
        name = "fdatasync, 4 KiB"
        figures.append(Figure(group, name, float(str(told["fdatasync_us"])), "µs"))
    return figures


def _beside(
    group: str, name: str, who: str, limit: str, limit_name: str, timing: Timing, target: Target | None = None
) -> Figure:
    return Figure(
        group, name, timing.rate(who), "/s", timing.rate(limit), limit_name, timing.share(who, limit), target
    )


def run(source: str, command: str, rounds: int, portion: int, *, waits: bool) -> dict[str, object]:
    """Let the contenders take turns, each on its own copy, over the same cases."""
    folder = Path(tempfile.mkdtemp(dir=Path(source).parent))
    names = ("taped", "lotse", "batch")
    opened = {name: office.copied(Path(source), folder / name) for name in names}
    requests = requests_of(command, opened["taped"])
    with recording() as tape:
        for request in requests:
            opened["taped"].submit(request)
            tape.cut()
    databases = {}
    for name in ("bare", "writes", "core"):
        lotse = office.copied(Path(source), folder / name)
        databases[name] = lotse.settings.database
        office.close(lotse)
    senders: dict[str, Bare | Core] = {
        "bare": Bare(databases["bare"]),
        "writes": Bare(databases["writes"], only_writes=True),
        "core": Core(databases["core"]),
    }
    contenders: dict[str, Contender] = {
        "lotse": submitting(opened["lotse"], requests, portion),
        **{name: sending(sender, tape.transactions, portion) for name, sender in senders.items()},
        "batch": _batching(opened["batch"], requests, portion),
    }
    timing = interleaved(contenders, rounds, wall if waits else cpu)
    for sender in senders.values():
        sender.close()
    usual = min(tape.transactions, key=len)  # one in sixteen also completes a node of the log's tree
    return {
        "seconds": timing.seconds,
        "statements": len(usual),
        "writes": sum(call.writes for call in usual),
        "fdatasync_us": fdatasync_us(folder),
    }


def requests_of(command: str, lotse: Lotse) -> list[Request]:
    """One request for each case. Nobody is said to have looked: the copies must go on from the same log."""
    worker = lotse.person()
    with lotse.store.work(reading=True) as work:
        rows = sql.ALL_CASES.rows(work.connection, tenant=lotse.store.tenant)
        cases = [work.case(case_id) for (case_id,) in rows]
    return [
        Request(command, worker, case.id, details=sensible(command, case, worker, lotse.moment.at))
        for case in cases
    ]


def submitting(lotse: Lotse, requests: list[Request], portion: int) -> Contender:
    """One after the other, each acknowledged."""
    waiting = iter(requests)

    def contender() -> int:
        for _ in range(portion):
            lotse.submit(next(waiting))
        return portion

    return contender


def _batching(lotse: Lotse, requests: list[Request], portion: int) -> Contender:
    waiting = iter(requests)

    def contender() -> int:
        with lotse.store.work() as work:
            for _ in range(portion):
                perform(next(waiting), work, lotse.office)
            work.commit()
        return portion

    return contender


def sending(sender: Bare | Core, transactions: list[Transaction], portion: int) -> Contender:
    """One transaction after the other."""
    waiting = iter(transactions)

    def contender() -> int:
        for _ in range(portion):
            sender.send(next(waiting))
        return portion

    return contender
