"""Exporting a log as C2SP tlog-tiles, so that anyone can check it without our code.

Leaves go in as they are stored; bodies stay sealed and come along only on request, in a folder of our own
beside the tiles. The export grows in a sibling folder and takes its place at the end. The script
`docs/verify/verify_tiles.py`, which shares no code with this, checks it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cursor import Beside, pages
from audit.errors import AuditError, MalformedNote
from audit.faults import Step
from audit.note import Verifier
from audit.reader import LogReader
from audit.tree import HASH_SIZE, Frontier, RangeRoot, leaf_hash, node_hash

WIDTH = 256
HEIGHT = 8
OURS = {"checkpoint", "tile", "bodies"}


class ExportRefused(AuditError):
    """Der Export wurde nicht geschrieben; was am Ziel lag, ist unverändert."""


def tile_path(level: str, number: int, width: int = WIDTH) -> str:
    """Give the C2SP path of a tile: three digits a folder, `x` before all but the last, `.p/W` if partial."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def export(
    reader: LogReader, folder: Path, note: bytes, verifier: Verifier, *, bodies: bool = False
) -> Checkpoint:
    """Write the first entries of the log, as many as the checkpoint signs, and give the checkpoint.

    An earlier export of the same log is replaced; ExportRefused for any other folder that is not empty, and
    where the log is not the one that was signed. With `bodies` the sealed bodies stand in `bodies/`, each
    bundle of 256 entries as four-byte lengths and bytes of A and B, length 0 where there is no B.
    """
    checkpoint = open_checkpoint(note, verifier)
    _refuse_foreign(folder, verifier, checkpoint)
    folder.parent.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        growing.chmod(0o755)
        root = _write_tiles(reader, growing, checkpoint.size, bodies=bodies)
        if root != checkpoint.root:
            raise ExportRefused("Das Protokoll ist nicht das, über das der Prüfpunkt unterschrieben ist.")
        (growing / "checkpoint").write_bytes(note)
        _take_place(growing, folder)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return checkpoint


def _refuse_foreign(folder: Path, verifier: Verifier, checkpoint: Checkpoint) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportRefused(f"{folder} ist kein Ordner.")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    try:
        earlier = open_checkpoint((folder / "checkpoint").read_bytes(), verifier)
    except (OSError, MalformedNote):
        raise ExportRefused(f"{folder} enthält keinen Export dieses Protokolls.") from None
    if not names <= OURS:
        raise ExportRefused(f"{folder} enthält mehr als einen Export.")
    if earlier.size > checkpoint.size:
        raise ExportRefused(f"{folder} enthält einen Export mit {earlier.size} Einträgen, mehr als dieser.")


def _take_place(growing: Path, folder: Path) -> None:
    if not folder.exists():
        growing.rename(folder)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    folder.rename(former)
    growing.rename(folder)
    shutil.rmtree(former)


def _write_tiles(reader: LogReader, folder: Path, size: int, *, bodies: bool) -> bytes:
    """Write all tiles and bundles below the folder and give the root; memory does not grow with the log."""
    levels: list[_Level] = []
    contents = Beside(reader.bodies_b, Step.BODIES) if bodies else None
    frontier = Frontier()
    for number, entries in enumerate(_bundles(reader, size, contents)):
        width = len(entries)
        bundle = b"".join(len(leaf).to_bytes(2) + leaf for leaf, _ in entries)
        _write(folder / tile_path("entries", number, width), bundle)
        if bodies:
            path = tile_path("entries", number, width).replace("tile/entries", "bodies", 1)
            _write(folder / path, b"".join(sealed for _, sealed in entries))
        leaves = [leaf_hash(leaf) for leaf, _ in entries]
        frontier = frontier.extend(leaves)
        _add(levels, folder, leaves)
    for level in levels:
        level.end()
    return frontier.root()


def _bundles(
    reader: LogReader, size: int, contents: "Beside[tuple[int, bytes]] | None"
) -> Iterator[list[tuple[bytes, bytes]]]:
    """Give the entries in bundles of up to 256: leaf, and sealed bodies with their lengths."""
    bundle: list[tuple[bytes, bytes]] = []
    place = 0
    for rows in pages(reader.rows, Step.ENTRIES):
        for seq, leaf, _, body_a in rows[: size - place]:
            if seq != place or type(leaf) is not bytes or type(body_a) is not bytes:
                raise ExportRefused(f"Im Protokoll fehlt der Eintrag {place}.")
            place += 1
            stored = contents.at(seq) if contents else None
            bundle.append((leaf, _framed(body_a) + _framed(stored[1] if stored else b"")))
            if len(bundle) == WIDTH:
                yield bundle
                bundle = []
        if place == size:
            break
    if place != size:
        raise ExportRefused(f"Im Protokoll fehlt der Eintrag {place}.")
    if bundle:
        yield bundle


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(4) + body


@dataclass(slots=True)
class _Level:
    """The tiles of one level; a full one is written at once and handed up as its root."""

    folder: Path
    level: int
    number: int = 0
    pending: tuple[bytes, ...] = ()

    def add(self, nodes: list[bytes]) -> list[bytes]:
        """Take nodes, write the tiles they fill, give those tiles' roots."""
        self.pending += tuple(nodes)
        roots = []
        while len(self.pending) >= WIDTH:
            tile, self.pending = self.pending[:WIDTH], self.pending[WIDTH:]
            _write(self.folder / tile_path(str(self.level), self.number), b"".join(tile))
            roots.append(Frontier().extend(tile).root())
            self.number += 1
        return roots

    def end(self) -> None:
        """Write what does not fill a tile."""
        if self.pending:
            path = tile_path(str(self.level), self.number, len(self.pending))
            _write(self.folder / path, b"".join(self.pending))


def _add(levels: list[_Level], folder: Path, nodes: list[bytes]) -> None:
    depth = 0
    while nodes:
        if depth == len(levels):
            levels.append(_Level(folder, depth))
        nodes = levels[depth].add(nodes)
        depth += 1


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def tile_range_root(folder: Path, size: int) -> RangeRoot:
    """Give roots over ranges of an export of that size; a proof reads a handful of tiles."""

    def node(height: int, index: int) -> bytes:
        level, step = divmod(height, HEIGHT)
        first = index << step
        tile, place = divmod(first, WIDTH)
        width = min(WIDTH, (size >> (HEIGHT * level)) - tile * WIDTH)
        content = (folder / tile_path(str(level), tile, width)).read_bytes()
        hashes = [content[at : at + HASH_SIZE] for at in range(0, len(content), HASH_SIZE)]
        return Frontier().extend(hashes[place : place + (1 << step)]).root()

    def range_root(start: int, end: int) -> bytes:
        # A proof's ranges begin where a complete subtree of their size would, so from the left they split
        # into complete subtrees, the largest first.
        parts: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1
            parts.append(node(height, start >> height))
            start += 1 << height
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    return range_root
