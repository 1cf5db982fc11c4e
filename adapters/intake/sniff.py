"""What kind of file a list is: its hash, size, encoding and line ends, found in one pass of constant memory.

German offices send Windows-1252, Excel sends UTF-8 with a mark or UTF-16, DOS programs code page 850. A few
broken bytes do not change the verdict: the rows that hold them are quarantined later, the others are read.
"""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from adapters.intake.errors import UnreadableList

CHUNK = 1 << 18
_MAGIC = (
    (b"PK\x03\x04", "Das ist eine Excel- oder OpenDocument-Datei (oder ein ZIP)"),
    (b"\xd0\xcf\x11\xe0", "Das ist eine alte Excel- oder Word-Datei"),
    (b"%PDF", "Das ist ein PDF"),
    (b"{\\rtf", "Das ist ein RTF-Dokument"),
    (b"\x1f\x8b", "Das ist eine gepackte Datei (gzip)"),
    (b"\x89PNG", "Das ist ein Bild"),
    (b"\xff\xd8\xff", "Das ist ein Bild"),
    (b"SQLite format 3", "Das ist eine Datenbank"),
)
_MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_HTML = re.compile(rb"\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
_DOS_U_UMLAUT, _DOS_LETTERS = b"\x81", b"\x84\x94\x81\xe1\x8e\x99\x9a"
_WINDOWS_LETTERS = b"\xe4\xf6\xfc\xdf\xc4\xd6\xdc"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a pass over the bytes found; `newline` is the character that ends a line."""

    sha256: bytes
    size: int
    encoding: str
    newline: str


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open the regular file at `path`. Raises UnreadableList for whatever else stands there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UnreadableList("Die Datei gibt es nicht.") from None
    except (OSError, ValueError):
        raise UnreadableList("Die Datei lässt sich nicht öffnen: Bitte Pfad und Leserechte prüfen.") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableList("Das ist ein Ordner: Bitte die Liste selbst angeben.")
        if not stat.S_ISREG(mode):
            raise UnreadableList("Das ist keine gewöhnliche Datei: Bitte die Liste zuerst abspeichern.")
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Read from where the file stands to its end. Raises UnreadableList when the disk fails."""
    while True:
        try:
            chunk = file.read(CHUNK)
        except OSError:
            raise UnreadableList("Die Datei lässt sich nicht lesen.") from None
        if not chunk:
            return
        yield chunk


class _Tally:
    """Counts of the bytes and characters that tell the encodings apart."""

    __slots__ = ("_utf8", "broken", "dos", "dos_u", "lone_returns", "newlines", "wide", "windows")

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self.wide = self.broken = self.windows = self.dos = self.dos_u = self.newlines = self.lone_returns = 0

    def add(self, chunk: bytes) -> None:
        self.newlines += chunk.count(b"\n")
        self.lone_returns += chunk.count(b"\r") - chunk.count(b"\r\n")
        self._add_text(self._utf8.decode(chunk))
        high = chunk.translate(None, _ASCII)
        self.windows += len(high) - len(high.translate(None, _WINDOWS_LETTERS))
        self.dos += len(high) - len(high.translate(None, _DOS_LETTERS))
        self.dos_u += high.count(_DOS_U_UMLAUT)

    def _add_text(self, text: str) -> None:
        if text.isascii():
            return
        bad = text.count("\ufffd")
        self.broken += bad
        self.wide += len(text) - len(text.encode("ascii", "ignore")) - bad

    def encoding(self) -> str:
        """UTF-8 while more of its characters are whole than broken; code page 850 where its ü is certain."""
        self._add_text(self._utf8.decode(b"", final=True))
        if self.wide >= self.broken:
            return "utf-8"
        return "cp850" if self.dos_u and not self.windows else "cp1252"


_ASCII = bytes(range(128))


def sniff(path: Path) -> Traits:
    """One pass over the file. Raises UnreadableList where it is no text at all."""
    digest, tally, size, start = hashlib.sha256(), _Tally(), 0, b""
    with opened(path) as file:
        for chunk in chunks(file):
            start = start or chunk
            digest.update(chunk)
            tally.add(chunk)
            size += len(chunk)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise UnreadableList(f"{what}: Bitte die Liste als CSV speichern.")
    if _HTML.match(start):
        raise UnreadableList("Das ist eine Webseite oder XML: Bitte die Liste als CSV speichern.")
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), None) or tally.encoding()
    newline = "\r" if tally.lone_returns > tally.newlines else "\n"
    return Traits(digest.digest(), size, encoding, newline)
