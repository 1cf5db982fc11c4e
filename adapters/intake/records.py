"""Records of a delimited list: quoted line breaks as they should be, and a stray quote that swallows nobody.

A quoted cell may run over at most 20 lines and 10 000 characters, and over no line that looks like a record
itself; else the quote is a slip of the pen, only its own line is damaged, and reading goes on at the next.
Every line that is not blank ends up in exactly one record. Proven by `tests/intake/test_records.py`.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator

from adapters.intake.lines import LONGEST_LINE, UNREADABLE
from workflow.intake import fault as f
from workflow.intake.fault import Fault

MOST_LINES = 20
MOST_CHARACTERS = 10_000
MOST_LINES_OF_RECORD = 200
_BLANK = ";,\t \r\n\xa0\ufeff"
_MOJIBAKE = re.compile("Ã[¤¶¼Ÿ„–œ]")

Record = tuple[int, tuple[str, ...], tuple[Fault, ...]]


class Dialect:
    """How cells are delimited and quoted; quotes double inside a quoted cell."""

    __slots__ = ("_closed", "_quoted", "delimiter")

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self._quoted = re.compile(rf'"((?:[^"]++|"")*+)" *(?={re.escape(delimiter)}|\Z)')
        self._closed = re.compile(r'"(?:[^"]++|"")*+"')

    def split(self, text: str, *, to_the_end: bool = False) -> tuple[list[str], bool, str]:
        """Give a line's cells, whether a quote in them is out of place, and its text from a cell still open.

        With `to_the_end` an open quote is an ordinary character, out of place.
        """
        cells: list[str] = []
        delimiter, stray, at = self.delimiter, False, 0
        line, text = text, text.rstrip("\r")
        while (quote := text.find('"', at)) >= 0:
            start = text.rfind(delimiter, at, quote) + 1
            if start > at:
                cells += text[at : start - 1].split(delimiter)
                at = start
            if quote == at:
                if found := self._quoted.match(text, at):
                    cells.append(found[1].replace('""', '"'))
                    if found.end() == len(text):
                        return cells, stray, ""
                    at = found.end() + 1
                    continue
                if not to_the_end and not self._closed.match(text, at):
                    return cells, stray, line[at:]
                stray = True
            cell, more, _ = text[at:].partition(delimiter)
            cells.append(cell)
            stray = stray or cell.count('"') % 2 == 1
            if not more:
                return cells, stray, ""
            at += len(cell) + 1
        cells += text[at:].split(delimiter)
        return cells, stray, ""


def _damage(cells: list[str], line: str, *, stray: bool) -> tuple[Fault, ...]:
    text = line if '"' not in line else "\n".join(cells)
    if not stray and len(line) <= LONGEST_LINE and text.isascii():
        return ()
    found = []
    if stray:
        found.append(f.STRAY_QUOTE)
    if UNREADABLE in text:
        found.append(f.UNREADABLE_CHARACTERS)
    if "Ã" in text and _MOJIBAKE.search(text):
        found.append(f.WRONG_ENCODING)
    if len(line) > LONGEST_LINE:
        found.append(f.TOO_LONG)
    return tuple(found)


class _Source:
    """Lines with their numbers, which can be put back."""

    __slots__ = ("_back", "_lines", "number")

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while (line := self.take()) is not None:
            yield line

    def take(self) -> str | None:
        line = self._back.popleft() if self._back else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def _continued(
    cells: list[str], still_open: str, source: _Source, dialect: Dialect, is_record: Callable[[str], bool]
) -> list[str] | None:
    """Read on until no quoted cell is open; None, with every line put back, if that cannot be what was meant."""
    taken: list[str] = []
    lines_of_cell = 1
    while still_open:
        line = source.take()
        if line is not None:
            taken.append(line)
            lines_of_cell += 1
        if (
            line is None
            or lines_of_cell > MOST_LINES
            or len(taken) >= MOST_LINES_OF_RECORD
            or len(still_open) + len(line) > MOST_CHARACTERS
            or is_record(line.partition('"')[0])
        ):
            source.put_back(taken)
            return None
        still_open = f"{still_open}\n{line}"
        if '"' in line:
            more, stray, still_open = dialect.split(still_open)
            if stray:
                source.put_back(taken)
                return None
            if more:
                cells += more
                lines_of_cell = 1
    return cells


def _quoted(
    line: str, source: _Source, dialect: Dialect, is_record: Callable[[str], bool]
) -> tuple[list[str], bool]:
    """Read the record that begins with `line`: its cells, and whether a quote in them is out of place."""
    cells, stray, still_open = dialect.split(line)
    if not still_open:
        return cells, stray
    if not stray and (whole := _continued(cells, still_open, source, dialect, is_record)) is not None:
        return whole, False
    return dialect.split(line, to_the_end=True)[0], True


def records(lines: Iterator[str], dialect: Dialect, is_record: Callable[[str], bool]) -> Iterator[Record]:
    """Each record that is not blank: the number of its first line (from 1), its cells as written, its damage.

    `is_record` tells whether a line that stands inside a quoted cell looks like a record of its own.
    """
    source = _Source(lines)
    for line in source:
        number = source.number
        if '"' in line:
            cells, stray = _quoted(line, source, dialect, is_record)
            if not any(cell.strip(_BLANK) for cell in cells):
                continue
        else:
            if not line.strip(_BLANK):
                continue
            cells, stray = line.rstrip("\r").split(dialect.delimiter), False
        yield number, tuple(cells), _damage(cells, line, stray=stray)
