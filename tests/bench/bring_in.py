"""A referral list of invented rows into SQLite, beside reading it only, and beside storing the same bytes only.

Peak memory is taken in processes of their own, over a short and a long list: it must not grow with the list.
"""

from pathlib import Path

from adapters.intake.importer import Import
from adapters.intake.reader import open_list
from adapters.lotse import Lotse, now
from tests.bench import office
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.places import in_process, peak_mb
from tests.bench.scale import Scale
from tests.bench.tape import Bare, Tape, recording
from tests.bench.timing import Timing, interleaved, tell
from tests.intake.big_list import write_big_list
from workflow.intake import judge

GROUP = "Eine Liste einlesen, SQLite auf tmpfs"
ROWS_PER_SECOND = 3000
MOST_GROWTH = 1.2


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take rates over one list, and peaks over two."""
    short, long = folder / "short.csv", folder / "long.csv"
    write_big_list(short, scale.rows)
    write_big_list(long, scale.more_rows)
    tell(f"import: {scale.rows} Zeilen")
    told = in_process("bring_in", "run", folder=str(folder), path=str(short), rounds=scale.imports)
    timing = Timing(told["seconds"])
    tell(f"import: Speicher bei {scale.rows} und {scale.more_rows} Zeilen")
    peaks = [
        in_process("bring_in", "peak", folder=str(folder), path=str(path), name=path.stem)
        for path in (short, long)
    ]
    rate = Target("≥", ROWS_PER_SECOND, of_value=True)
    return [
        Figure(
            GROUP, "Import", timing.rate("import"), "Zeilen/s", timing.rate("read"), "nur lesen und beurteilen",
            timing.share("import", "read"), rate, f"{german(scale.rows)} Zeilen",
        ),
        Figure(
            GROUP, "Import", timing.rate("import"), "Zeilen/s", timing.rate("bare"),
            f"sqlite3 allein, dieselben {german(told['inserts'])} Datensätze in {told['batches']} Transaktionen",
            timing.share("import", "bare"), None, f"{german(scale.rows)} Zeilen",
        ),
        Figure(
            GROUP, f"Speicher bei {german(scale.more_rows)} Zeilen", peaks[1], "MB", peaks[0],
            f"bei {german(scale.rows)} Zeilen", peaks[1] / peaks[0], Target("≤", MOST_GROWTH),
        ),
    ]  # fmt: skip


def run(folder: str, path: str, rounds: int) -> dict[str, object]:
    """Let import, reading and storing take turns, each import into a store of its own."""
    base, source = Path(folder), Path(path)
    office.close(office.new_office(base / "empty"))
    tape = _taped(base, source)
    count = iter(range(rounds))

    def importing() -> int:
        lotse = office.copied(base / "empty", base / f"import-{next(count)}")
        rows = _import(lotse, source)
        office.close(lotse)
        return rows

    def reading() -> int:
        rows = 0
        for row in open_list(source).rows():
            judge(row, now())
            rows += 1
        return rows

    places = iter(range(rounds))

    def storing() -> int:
        lotse = office.copied(base / "empty", base / f"bare-{next(places)}")
        office.close(lotse)
        bare = Bare(lotse.settings.database, only_writes=True)
        for transaction in tape.transactions:
            bare.send(transaction)
        bare.close()
        return rows_in_list

    rows_in_list = reading()
    timing = interleaved({"import": importing, "read": reading, "bare": storing}, rounds)
    inserts = sum(len(call.bound) for each in tape.transactions for call in each if call.writes)
    return {"seconds": timing.seconds, "inserts": inserts, "batches": len(tape.transactions)}


def peak(folder: str, path: str, name: str) -> float:
    """Import a list into a new store and give the peak of this process in megabytes."""
    lotse = office.new_office(Path(folder) / f"peak-{name}")
    _import(lotse, Path(path))
    office.close(lotse)
    return peak_mb()


def _import(lotse: Lotse, path: Path) -> int:
    return Import(lotse, lotse.person(), open_list(path)).run().rows


def _taped(base: Path, source: Path) -> Tape:
    """Everything one import writes, batch by batch."""
    lotse = office.copied(base / "empty", base / "taped")
    with recording() as tape:
        Import(lotse, lotse.person(), open_list(source), progress=lambda _position: tape.cut()).run()
    office.close(lotse)
    return tape
