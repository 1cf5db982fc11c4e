"""A disk as it may look when the power goes: what is surely on it, and what is still on its way.

Data written are sure once their file was synced, names once their folder was, and neither makes the other sure.
Everything else may be there or not, in any choice, a write also in part, sector by sector; after a failed sync what it
should have made sure never is (Linux drops the pages), whatever a later sync says. That is more than any one file
system allows itself, and what SQLite and the key files claim to survive.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.diary import Call, Line

ROOT = 0


@dataclass(slots=True, eq=False)
class Piece:
    """One change that is not sure yet: bytes into a file, a new length (data None), or names of a folder."""

    order: int
    target: int
    offset: int = 0
    data: bytes | None = field(default=None, repr=False)
    names: Mapping[str, int | None] | None = None
    doubtful: bool = False
    sure: bool = False


@dataclass(slots=True)
class File:
    """A file's sure content, and the pieces after it in their order."""

    mode: int
    content: bytearray = field(default_factory=bytearray)
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Folder:
    """A folder's sure names, the names as the running programs see them, and the changes between the two."""

    mode: int = 0o700
    names: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one piece: which of its sectors arrive, and what lies where a file only grew.

    `sectors` says for a sector's number in the file whether it arrives; `filler` gives so many bytes for a stretch
    that was added to the file without its data arriving, None where the file did not grow either.
    """

    arrives: bool = True
    sector: int = 512
    sectors: Callable[[int], bool] | None = None
    filler: Callable[[int], bytes] | None = None


KEPT, LOST = Fate(), Fate(arrives=False)
Image = dict[str, tuple[int, bytes | None]]
"""Path → mode and content, None for a folder."""


class Platter:
    """One disk, fed line by line."""

    def __init__(self) -> None:
        self.files: dict[int, File] = {}
        self.folders: dict[int, Folder] = {ROOT: Folder()}
        self._objects: dict[int, int] = {}
        self._order = 0

    @classmethod
    def standing(cls, folder: Path) -> "Platter":
        """A disk on which what lies below this folder is sure."""
        platter = cls()
        platter._stands(folder, platter.folders[ROOT])
        return platter

    def _stands(self, place: Path, folder: Folder) -> None:
        for path in sorted(place.iterdir()):
            self._order += 1
            stat = path.stat()
            number = self._objects[stat.st_ino] = folder.names[path.name] = folder.seen[path.name] = (
                self._order
            )
            if path.is_dir():
                self.folders[number] = Folder(stat.st_mode & 0o700)
                self._stands(path, self.folders[number])
            else:
                self.files[number] = File(stat.st_mode & 0o700, bytearray(path.read_bytes()))

    def take(self, line: Line) -> None:
        """Follow one call."""
        self._order += 1
        match line.call:
            case Call.WRITE:
                self._changed(self._objects[line.inode], line.offset, line.data)
            case Call.TRUNCATE:
                self._changed(self._objects[line.inode], line.length, None)
            case Call.SYNC:
                self._synced(line)
            case Call.CREATE | Call.MKDIR:
                # A number of a file that is gone may be given to a new one, so objects have numbers of their own.
                new = self._objects[line.inode] = self._order
                if line.call is Call.CREATE:
                    self.files[new] = File(line.mode & 0o700)
                else:
                    self.folders[new] = Folder(line.mode & 0o700)
                self._named({line.path: new})
            case Call.CHMOD:
                # At once: who may read a file is nothing that a power cut is asked about here.
                number = self._objects[line.inode]
                (self.files.get(number) or self.folders[number]).mode = line.mode & 0o700
            case Call.LINK:
                self._named({line.to: self._at(line.path)})
            case Call.RENAME:
                self._named({line.path: None, line.to: self._at(line.path)})
            case Call.UNLINK | Call.RMDIR:
                self._named({line.path: None})

    def pending(self) -> list[Piece]:
        """Everything that is not sure, oldest first."""
        every: list[File | Folder] = [*self.files.values(), *self.folders.values()]
        found = [piece for each in every for piece in each.pieces if not piece.sure]
        return sorted(found, key=lambda piece: piece.order)

    def image(self, fate: Callable[[Piece], Fate]) -> Image:
        """The disk after the power cut, where each piece that is not sure has this fate."""
        return dict(self._walk(ROOT, "", fate))

    def _walk(
        self, number: int, path: str, fate: Callable[[Piece], Fate]
    ) -> "Iterator[tuple[str, tuple[int, bytes | None]]]":
        folder = self.folders[number]
        names: dict[str, int | None] = dict(folder.names)
        for piece in folder.pieces:
            if piece.sure or fate(piece).arrives:
                names.update(piece.names or {})
        for name, target in names.items():
            if target is None:
                continue
            if target in self.folders:
                yield path + name, (self.folders[target].mode, None)
                yield from self._walk(target, f"{path}{name}/", fate)
            else:
                file = self.files[target]
                yield path + name, (file.mode, bytes(_content(file, fate)))

    def _parent(self, path: str) -> tuple[int, str]:
        *folders, name = path.split("/")
        number = ROOT
        for each in folders:
            number = self.folders[number].seen[each]
        return number, name

    def _at(self, path: str) -> int:
        number, name = self._parent(path)
        return self.folders[number].seen[name]

    def _named(self, changes: Mapping[str, int | None]) -> None:
        """Names change together or not at all; only within one folder, as everything here does."""
        places = {self._parent(path): target for path, target in changes.items()}
        numbers = {number for number, _ in places}
        assert len(numbers) == 1, "a name moved from folder to folder is not modelled"
        folder = self.folders[numbers.pop()]
        names = {name: target for (_, name), target in places.items()}
        for name, target in names.items():
            if target is None:
                folder.seen.pop(name, None)
            else:
                folder.seen[name] = target
        folder.pieces.append(Piece(self._order, 0, names=names))

    def _changed(self, number: int, offset: int, data: bytes | None) -> None:
        self.files[number].pieces.append(Piece(self._order, number, offset, data))

    def _synced(self, line: Line) -> None:
        number = ROOT if line.path == "." else self._objects[line.inode]
        target = self.folders.get(number) or self.files[number]
        for piece in target.pieces:
            if line.error:
                piece.doubtful = not piece.sure
            elif not piece.doubtful:
                piece.sure = True
        while target.pieces and target.pieces[0].sure:
            piece = target.pieces.pop(0)
            if isinstance(target, File):
                _apply(target.content, piece, KEPT)
                continue
            for name, each in (piece.names or {}).items():
                if each is None:
                    target.names.pop(name, None)
                else:
                    target.names[name] = each


def _content(file: File, fate: Callable[[Piece], Fate]) -> bytearray:
    content = bytearray(file.content)
    for piece in file.pieces:
        _apply(content, piece, KEPT if piece.sure else fate(piece))
    return content


def _apply(content: bytearray, piece: Piece, fate: Fate) -> None:
    """Let a piece arrive as its fate says."""
    if piece.data is None:
        if fate.arrives:
            del content[piece.offset :]
            content.extend(bytes(piece.offset - len(content)))
        return
    end = piece.offset + len(piece.data)
    if end > len(content) and fate.filler is not None:
        content.extend(fate.filler(end - len(content)))
    if not fate.arrives:
        return
    at = piece.offset
    while at < end:
        stop = end if fate.sectors is None else min(end, (at // fate.sector + 1) * fate.sector)
        if fate.sectors is None or fate.sectors(at // fate.sector):
            content.extend(bytes(max(0, at - len(content))))
            content[at:stop] = piece.data[at - piece.offset : stop - piece.offset]
        at = stop


def lay_out(image: Image, folder: Path) -> None:
    """Write an image into a folder that is empty."""
    for path, (mode, content) in image.items():
        place = folder / path
        if content is None:
            place.mkdir(mode=mode)
        else:
            place.write_bytes(content)
            place.chmod(mode)
