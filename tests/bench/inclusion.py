"""Proofs of one entry, from the tables and from an export; and the export itself beside reading and hashing alone.

Every proof is made as the command makes it: nothing at hand, the checkpoint's signature checked, the proof held
against the signed root before it is given out. The log has accesses only; a leaf is as long whatever it is about.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median

from adapters.db.reader import SqlReader
from adapters.lotse import Lotse
from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from audit.proof import log_range_root, prove
from audit.reader import PAGE
from audit.tiles import export, tile_range_root
from audit.tree import HEIGHT, WIDTH, RangeRoot, consistency_proof
from tests.bench import office
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.scale import Scale
from tests.bench.timing import cpu, interleaved, tell
from workflow.ports import Entry

GROUP = "Das Protokoll: nachweisen und ausgeben"
AT_ONCE = 5000
PROOFS = 51
GOAL = Target("≤", 1, of_value=True)
_LOOKED = {
    "action": "list",
    "actor": "fachkraft",
    "outcome": "done",
    "at": "2026-11-02T12:00:00+00:00",
    "count": 12,
}


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures over a log of `scale.entries` entries."""
    tell(f"inclusion: {scale.entries} Einträge schreiben")
    lotse = grown(folder / "inclusion", scale.entries)
    tell("inclusion: ausgeben und nachweisen")
    lines = _exporting(lotse, folder, 1 if scale.entries > 100_000 else min(3, scale.rounds))
    lines += _proving(lotse, folder / "whole")
    office.close(lotse)
    return lines


def grown(folder: Path, size: int) -> Lotse:
    """Make an office whose log has that many accesses."""
    lotse = office.new_office(folder)
    for start in range(0, size, AT_ONCE):
        with lotse.store.work() as work:
            for _ in range(min(AT_ONCE, size - start)):
                work.record(Entry("access", _LOOKED))
            work.commit()
    return lotse


def _proving(lotse: Lotse, tiles: Path) -> list[Line]:
    note, verifier = (tiles / "checkpoint").read_bytes(), lotse.verifier
    size = int(note.split(b"\n")[1])
    places = random.Random(size).choices(range(size), k=PROOFS)  # noqa: S311 - the same places in every run
    with lotse.store.log_reader() as reader:

        def from_tables() -> RangeRoot:
            return log_range_root(reader)

        def from_tiles() -> RangeRoot:
            return tile_range_root(tiles, size)

        proofs = [prove(places[0], note, verifier, roots()) for roots in (from_tables, from_tiles)]
        assert proofs[0] == proofs[1]
        figures = (
            ("Nachweis eines Eintrags aus den Tabellen", _inclusion(note, verifier, from_tables)),
            ("Nachweis eines Eintrags aus dem Export", _inclusion(note, verifier, from_tiles)),
            ("Nachweis, dass es nur gewachsen ist, aus den Tabellen", _growth(size, from_tables)),
        )
        note_of = f"{german(size)} Einträge, {max(len(proof.hashes) for proof in proofs)} Prüfsummen"
        took = [(name, _each(one, places) * 1e3) for name, one in figures]
        first, *others = [Figure(GROUP, name, each, "ms", target=GOAL, note=note_of) for name, each in took]
        least = _each(_bare(reader, note, verifier), places) * 1e3
        limit = "Unterschrift prüfen, je Ebene einen Block von 16 lesen und hashen allein"
        return [replace(first, limit=least, limit_name=limit, ratio=first.value / least), *others]


def _inclusion(note: bytes, verifier: Verifier, roots: Callable[[], RangeRoot]) -> Callable[[int], object]:
    return lambda place: prove(place, note, verifier, roots())


def _bare(reader: SqlReader, note: bytes, verifier: Verifier) -> Callable[[int], object]:
    """What no proof from the tables can do without, as nodes are kept every four levels: a block of each."""

    def one(place: int) -> None:
        size = open_checkpoint(note, verifier).size
        leaves = reader.leaves(place // WIDTH * WIDTH - 1, WIDTH)
        for _, leaf in leaves:
            sha256(leaf).digest()
        count, level = len(leaves), 1
        while size >> HEIGHT * level:
            block = place >> HEIGHT * (level + 1)
            count += len(reader.nodes(level, block * WIDTH - 1, WIDTH))
            level += 1
        for _ in range(count):
            sha256(note[:65]).digest()

    return one


def _growth(size: int, roots: Callable[[], RangeRoot]) -> Callable[[int], object]:
    return lambda place: consistency_proof(place + 1, size, roots())


def _each(one: Callable[[int], object], places: list[int]) -> float:
    took = []
    for place in places:
        began = cpu()
        one(place)
        took.append(cpu() - began)
    return median(took)


def _exporting(lotse: Lotse, folder: Path, rounds: int) -> list[Line]:
    note, verifier = lotse.countersign(), lotse.verifier
    number = 0
    with lotse.store.log_reader() as reader:

        def afresh() -> int:
            nonlocal number
            number += 1
            return export(reader, folder / f"afresh{number}", note, verifier).size

        def again() -> int:
            return export(reader, folder / "whole", note, verifier).size

        again()
        timing = interleaved(
            {
                "afresh": afresh,
                "again": again,
                "read": lambda: _read(reader, hashing=False),
                "hash": lambda: _read(reader, hashing=True),
            },
            rounds,
        )
    size = f"{german(int(note.splitlines()[1]))} Einträge"
    return [
        Figure(
            GROUP, name, timing.rate(who), "/s", timing.rate(limit), limit_name, timing.share(who, limit),
            note=size,
        )
        for name, who in (("Ausgabe", "afresh"), ("Ausgabe, fortgesetzt", "again"))
        for limit, limit_name in (("read", "nur lesen"), ("hash", "lesen, Blatt und Knoten hashen"))
    ]  # fmt: skip


def _read(reader: SqlReader, *, hashing: bool) -> int:
    """Read the log page by page; with `hashing` two hashes an entry, one of a leaf and one of two nodes."""
    after, count = -1, 0
    while rows := reader.rows(after, PAGE):
        after, count = rows[-1][0], count + len(rows)
        if hashing:
            for _, leaf, *_ in rows:
                sha256(leaf).digest()
                sha256(leaf[:65]).digest()
    return count
