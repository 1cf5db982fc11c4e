"""The log: appending beside its cryptography alone, verifying beside fetching and hashing alone, proofs of one entry.

The log is filled through units of work with entries as steps write them; its cases are real, so their keys are too.
"""

from hashlib import sha256
from pathlib import Path
from statistics import median

from adapters.bootstrap import open_lotse
from adapters.db.reader import SqlReader
from adapters.lotse import Lotse
from adapters.settings import read_settings
from audit.keys import KeyRing
from audit.proof import log_range_root, prove
from audit.reader import PAGE
from audit.tiles import export, tile_range_root
from audit.verify import verify
from tests.bench import office
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.places import in_process, peak_mb
from tests.bench.scale import Scale
from tests.bench.timing import Contender, cpu, interleaved, tell
from workflow.ports import Entry

GROUP = "Das Protokoll: prüfen"
CASES = 100
AT_ONCE = 1000
SMALL = 10
"""The short log, for memory, is this many times shorter."""
PROOFS = 21


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures over a log of `scale.entries` entries."""
    tell(f"log: {scale.entries} Einträge schreiben")
    sizes = {"short": scale.entries // SMALL, "long": scale.entries}
    for name, size in sizes.items():
        fill_log(folder / f"log-{name}", size)
    tell("log: prüfen")
    lotse = open_lotse(read_settings(folder / "log-long"))
    rounds = 1 if scale.entries > 100_000 else scale.rounds
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        lines = _verifying(lotse, keys, reader, rounds)
    lines += _proving(lotse, folder)
    office.close(lotse)
    peaks = [in_process("log", "peak", folder=str(folder / f"log-{name}")) for name in sizes]
    lines.append(
        Figure(
            GROUP, f"Speicher beim Prüfen von {german(sizes['long'])} Einträgen", peaks[1], "MB", peaks[0],
            f"bei {german(sizes['short'])} Einträgen", peaks[1] / peaks[0], Target("≤", 1.2),
        )
    )  # fmt: skip
    return lines


def fill_log(folder: Path, size: int) -> None:
    """Make an office whose log has at least `size` entries, nearly all of them notes with their content."""
    lotse = office.new_office(folder)
    cases = office.fill(lotse, min(CASES, size // 4 or 1))
    actor, at = lotse.person().id, lotse.moment.at.isoformat()
    basis = "Konzept Bergkamen, Z. 205"
    written = 0
    while written < size:
        with lotse.store.work() as work:
            for number in range(written, min(size, written + AT_ONCE)):
                case = cases[number % len(cases)]
                a = {
                    "action": "note", "actor": actor, "role": "case_worker", "outcome": "done", "case": case,
                    "number": number, "state": "consent_checked", "at": at, "basis": basis,
                }  # fmt: skip
                work.record(
                    Entry("steps", a, {"text": "angerufen, niemand erreicht, morgen noch einmal"}, case)
                )
                written += 1
            work.commit()
    lotse.countersign()
    office.close(lotse)


def _verifying(lotse: Lotse, keys: KeyRing, reader: SqlReader, rounds: int) -> list[Line]:
    def verifying(*, opened: bool, decrypt: bool) -> Contender:
        def contender() -> int:
            return verify(reader, lotse.verifier, keys if opened else None, decrypt=decrypt).size

        return contender

    timing = interleaved(
        {
            "fetch": lambda: _fetch(reader, hashing=False),
            "hash": lambda: _fetch(reader, hashing=True),
            "tree": verifying(opened=False, decrypt=False),
            "keys": verifying(opened=True, decrypt=False),
            "all": verifying(opened=True, decrypt=True),
        },
        rounds,
    )
    names = (
        ("Baum und Prüfsummen, ohne Schlüssel", "tree", Target("≥", 0.45)),
        ("dazu Beglaubigung, Inhalt A und Verzeichnis", "keys", None),
        ("dazu Inhalt B entschlüsselt", "all", None),
    )
    head = reader.head()
    note = f"{german(head.size if head else 0)} Einträge, ein Kern"
    return [
        Figure(
            GROUP, name, timing.rate(who), "/s", timing.rate(limit), limit_name, timing.share(who, limit),
            target if limit == "fetch" else None, note,
        )
        for name, who, target in names
        for limit, limit_name in (("fetch", "nur lesen"), ("hash", "lesen und SHA-256"))
    ]  # fmt: skip


def _fetch(reader: SqlReader, *, hashing: bool) -> int:
    """Read all that verification reads, page by page; with `hashing` every leaf and body is hashed once."""
    after, count = -1, 0
    while rows := reader.rows(after, PAGE):
        contents, index = reader.bodies_b(after, PAGE), reader.index(after, PAGE)
        after, count = rows[-1][0], count + len(rows)
        if hashing:
            for _, leaf, _, body in rows:
                sha256(leaf).digest()
                sha256(body).digest()
            for _, body in contents:
                sha256(body).digest()
        assert len(index) <= len(rows)
    return count


def _proving(lotse: Lotse, folder: Path) -> list[Line]:
    """Prove one entry, from the tables and from an export."""
    note = lotse.countersign()
    verifier = lotse.verifier
    tiles = folder / "tiles"
    with lotse.store.log_reader() as reader:
        checkpoint = export(reader, tiles, note, verifier)
        from_tiles, from_tables = tile_range_root(tiles, checkpoint.size), log_range_root(reader)
        proof = prove(checkpoint.size // 3, note, verifier, from_tiles)
        assert proof == prove(checkpoint.size // 3, note, verifier, from_tables)
        took = []
        for number in range(PROOFS):
            began = cpu()
            prove(number * (checkpoint.size - 1) // PROOFS, note, verifier, from_tiles)
            took.append(cpu() - began)
        began = cpu()
        prove(checkpoint.size // 3, note, verifier, from_tables)
        slow = cpu() - began
    size = f"{len(proof.hashes)} Prüfsummen"
    goal = Target("≤", 1, of_value=True)
    return [
        Figure(
            GROUP, "Nachweis eines Eintrags aus dem Export", median(took) * 1e3, "ms", target=goal, note=size
        ),
        Figure(GROUP, "Nachweis eines Eintrags aus den Tabellen", slow * 1e3, "ms", target=goal, note=size),
    ]


def peak(folder: str) -> float:
    """Verify everything, bodies opened, and give the peak of this process in megabytes."""
    lotse = open_lotse(read_settings(Path(folder)))
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        verify(reader, lotse.verifier, keys, decrypt=True)
    office.close(lotse)
    return peak_mb()
