"""Exporting a log as C2SP tlog-tiles, so that anyone can check it without our code.

Leaves go in as they are stored; bodies stay sealed and come along only on request, in a folder of our own
beside the tiles. The export grows in a sibling folder and takes its place at the end; what an earlier export has
in full tiles is read back, hashed anew and carried over. `docs/verify/verify_tiles.py`, which shares no code with
this, checks it, and so do Go's tlog and pymerkle (`tests/system/test_recomputed.py`).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack
from typing import Protocol

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cursor import Beside, pages
from audit.entry import LEAF_SIZE
from audit.errors import AuditError, MalformedNote, MalformedTree
from audit.faults import Step
from audit.note import Verifier
from audit.ranges import Ranges
from audit.reader import LogReader, StoredRow
from audit.tree import HASH_SIZE, HEIGHT, Frontier, leaf_hash

TILE_HEIGHT = 8
"""Levels of the tree in one tile."""
WIDTH = 1 << TILE_HEIGHT
_APART = TILE_HEIGHT // HEIGHT
"""So many levels of nodes lie between one level of tiles and the next."""
OURS = {"checkpoint", "tile", "bodies"}
Progress = Callable[[int, int], None]
"""Called now and then with entries done and entries in all."""
_HASH = f"{HASH_SIZE}s"
_LENGTH = LEAF_SIZE.to_bytes(2)
_FRAMED = len(_LENGTH) + LEAF_SIZE


class Entries(Protocol):
    """What an export reads of a log; see `audit.reader.LogReader`."""

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        """Give entries by seq."""
        ...

    def bodies_b(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (seq, body B) by seq."""
        ...


@dataclass(frozen=True, slots=True)
class InSlices:
    """A log of which each page is read in a transaction of its own: a long export holds up nobody who writes.

    The log only grows, and the root tells whether what was read is what was signed. A content that is erased
    meanwhile is not there.
    """

    opened: Callable[[], AbstractContextManager[LogReader]]

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        """Give entries by seq."""
        with self.opened() as reader:
            return reader.rows(after, count)

    def bodies_b(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (seq, body B) by seq."""
        with self.opened() as reader:
            return reader.bodies_b(after, count)


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
    reader: Entries,
    folder: Path,
    note: bytes,
    verifier: Verifier,
    *,
    bodies: bool = False,
    progress: Progress | None = None,
) -> Checkpoint:
    """Write the first entries of the log, as many as the checkpoint signs, and give the checkpoint.

    An earlier export of the same log is continued and replaced; ExportRefused for any other folder that is not
    empty, and where the log is not the one that was signed. With `bodies`, which are always read afresh, the sealed
    bodies stand in `bodies/`, each bundle of 256 entries as four-byte lengths and bytes of A and B, length 0 where
    there is no B.
    """
    checkpoint = open_checkpoint(note, verifier)
    earlier = _earlier(folder, verifier, checkpoint)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # What an earlier export carries over was altered where the root comes out wrong; then all is read afresh.
    for carried in (0,) if bodies or not earlier else (earlier, 0):
        growing = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            growing.chmod(0o755)
            tiles = _Tiles(growing, checkpoint.size, progress)
            _carry(folder, tiles, carried)
            _write(reader, tiles, bodies=bodies)
            if tiles.end() == checkpoint.root:
                (growing / "checkpoint").write_bytes(note)
                _take_place(growing, folder)
                return checkpoint
        finally:
            shutil.rmtree(growing, ignore_errors=True)
    raise ExportRefused("Das Protokoll ist nicht das, über das der Prüfpunkt unterschrieben ist.")


def _earlier(folder: Path, verifier: Verifier, checkpoint: Checkpoint) -> int:
    """Give how many entries the earlier export in this folder has; refuse a folder that is something else."""
    if not folder.exists():
        return 0
    if not folder.is_dir():
        raise ExportRefused(f"{folder} ist kein Ordner.")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return 0
    try:
        earlier = open_checkpoint((folder / "checkpoint").read_bytes(), verifier)
    except (OSError, MalformedNote):
        raise ExportRefused(f"{folder} enthält keinen Export dieses Protokolls.") from None
    if not names <= OURS:
        raise ExportRefused(f"{folder} enthält mehr als einen Export.")
    if earlier.size > checkpoint.size:
        raise ExportRefused(f"{folder} enthält einen Export mit {earlier.size} Einträgen, mehr als dieser.")
    return earlier.size


def _take_place(growing: Path, folder: Path) -> None:
    if not folder.exists():
        growing.rename(folder)
        return
    former = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    folder.rename(former)
    growing.rename(folder)
    shutil.rmtree(former)


@dataclass(slots=True)
class _Tiles:
    """The tiles as they grow: a full one is written at once, what does not fill one at the end."""

    folder: Path
    size: int
    progress: Progress | None
    frontier: Frontier = field(default_factory=Frontier)
    above: list[list[bytes]] = field(default_factory=list)
    """The nodes of each level from 1 on that do not fill a tile yet."""
    full: list[int] = field(default_factory=list)
    """How many full tiles each level from 1 on has."""

    def add(self, hashes: Sequence[bytes]) -> None:
        """Take the leaf hashes of a bundle and write the tiles of the levels above that they fill."""
        self.frontier, nodes = self.frontier.grow(hashes)
        for each, _, node in nodes:
            level, within = divmod(each, _APART)
            if within:
                continue
            if level > len(self.above):
                self.above.append([])
                self.full.append(0)
            pending = self.above[level - 1]
            pending.append(node)
            if len(pending) == WIDTH:
                self.write(tile_path(str(level), self.full[level - 1]), b"".join(pending))
                self.full[level - 1] += 1
                pending.clear()
        if self.progress:
            self.progress(self.frontier.size, self.size)

    def end(self) -> bytes:
        """Write what does not fill a tile and give the root."""
        for level, pending in enumerate(self.above, 1):
            if pending:
                self.write(tile_path(str(level), self.full[level - 1], len(pending)), b"".join(pending))
        return self.frontier.root()

    def write(self, name: str, content: bytes) -> None:
        """Write a file below the folder."""
        path = f"{self.folder}/{name}"
        try:
            file = open(path, "xb")  # noqa: PTH123, SIM115 - twice as fast as a Path, and two a bundle
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True)
            file = open(path, "xb")  # noqa: PTH123, SIM115 - as above
        with file:
            file.write(content)


def _carry(former: Path, tiles: _Tiles, size: int) -> None:
    """Carry over the full bundles of an earlier export of that size, and their tiles, as far as they agree."""
    for number in range(size // WIDTH):
        bundle, tile = tile_path("entries", number), tile_path("0", number)
        try:
            content, hashed = (former / bundle).read_bytes(), (former / tile).read_bytes()
        except OSError:
            return
        starts = range(0, len(content), _FRAMED)
        hashes = [leaf_hash(content[at + len(_LENGTH) : at + _FRAMED]) for at in starts]
        if len(content) != WIDTH * _FRAMED or b"".join(hashes) != hashed:
            return
        for name, held in ((bundle, content), (tile, hashed)):
            tiles.write(name, held)
        tiles.add(hashes)


def _write(reader: Entries, tiles: _Tiles, *, bodies: bool) -> None:
    """Write bundles and tiles of the entries that are not there yet; memory does not grow with the log."""
    contents = Beside(reader.bodies_b, Step.BODIES) if bodies else None
    for number, (leaves, sealed) in enumerate(
        _bundles(reader, tiles, contents), tiles.frontier.size // WIDTH
    ):
        hashes = [leaf_hash(leaf) for leaf in leaves]
        bundle = tile_path("entries", number, len(leaves))
        tiles.write(bundle, _LENGTH + _LENGTH.join(leaves))
        tiles.write(tile_path("0", number, len(leaves)), b"".join(hashes))
        if bodies:
            tiles.write(bundle.replace("tile/entries", "bodies", 1), b"".join(sealed))
        tiles.add(hashes)


def _bundles(
    reader: Entries, tiles: _Tiles, contents: "Beside[tuple[int, bytes]] | None"
) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Give the missing entries in bundles of up to 256: leaves, and where asked sealed bodies with their lengths."""
    leaves: list[bytes] = []
    sealed: list[bytes] = []
    place, size = tiles.frontier.size, tiles.size
    first = place - 1
    rows = pages(lambda after, count: reader.rows(first if after is None else after, count), Step.ENTRIES)
    for page in rows if place < size else ():
        for seq, leaf, _, body_a in page[: size - place]:
            if seq != place or type(leaf) is not bytes or len(leaf) != LEAF_SIZE:
                raise ExportRefused(f"Im Protokoll fehlt der Eintrag {place}.")
            place += 1
            leaves.append(leaf)
            if contents:
                sealed += (_framed(body_a), _framed((contents.at(seq) or (seq, b""))[1]))
            if len(leaves) == WIDTH:
                yield leaves, sealed
                leaves, sealed = [], []
        if place == size:
            break
    if place != size:
        raise ExportRefused(f"Im Protokoll fehlt der Eintrag {place}.")
    if leaves:
        yield leaves, sealed


def _framed(body: bytes) -> bytes:
    if type(body) is not bytes:
        raise ExportRefused("Ein versiegelter Inhalt ist unlesbar abgelegt.")
    return len(body).to_bytes(4) + body


def tile_range_root(folder: Path, size: int) -> Ranges:
    """Give roots over ranges of an export of that size; a proof reads a handful of tiles, each once."""

    def block(level: int, number: int) -> Sequence[bytes]:
        width = min(WIDTH, (size >> (TILE_HEIGHT * level)) - number * WIDTH)
        if width <= 0:
            return ()
        try:
            with open(f"{folder}/{tile_path(str(level), number, width)}", "rb", buffering=0) as tile:  # noqa: PTH123 - as above
                content = tile.readall()
        except OSError:
            raise MalformedTree("Im Export fehlt eine Kachel.") from None
        if len(content) != width * HASH_SIZE:
            raise MalformedTree("Im Export ist eine Kachel nicht so lang, wie sie sein muss.")
        return unpack(_HASH * width, content)

    return Ranges(block, TILE_HEIGHT)
