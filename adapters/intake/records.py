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
_MOJIBAKE = re.compile("Ã[¤¶¼Ÿ„–œ]")

Record = tuple[int, tuple[str, ...], tuple[Fault, ...]]


class Dialect:
    """How cells are delimited and quoted; quotes double inside a quoted cell."""

    __slots__ = ("_closed", "_quoted", "blank", "delimiter")

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.blank = f"{delimiter} \t\r\n\xa0\ufeff"
        self._quoted = re.compile(rf'"((?:[^"]++|"")*+)" *(?={re.escape(delimiter)}|\Z)')
        self._closed = re.compile(r'"(?:[^"]++|"")*+"')

    def split(self, text: str, *, to_the_end: bool = False) -> tuple[list[str], bool] | None:
        """Give the cells, and whether a quote in them is out of place; None if a quoted cell is still open.

        With `to_the_end` an open quote is an ordinary character, out of place.
        """
        cells: list[str] = []
        delimiter, stray, at = self.delimiter, False, 0
        while (quote := text.find('"', at)) >= 0:
            start = text.rfind(delimiter, at, quote) + 1
            if start > at:
                cells += text[at : start - 1].split(delimiter)
                at = start
            if quote == at:
                if found := self._quoted.match(text, at):
                    cells.append(found[1].replace('""', '"'))
                    if found.end() == len(text):
                        return cells, stray
                    at = found.end() + 1
                    continue
                if not to_the_end and not self._closed.match(text, at):
                    return None
                stray = True
            cell, more, _ = text[at:].partition(delimiter)
            cells.append(cell)
            stray = stray or cell.count('"') % 2 == 1
            if not more:
                return cells, stray
            at += len(cell) + 1
        cells += text[at:].split(delimiter)
        return cells, stray


def _damage(text: str, *, stray: bool) -> tuple[Fault, ...]:
    found = []
    if stray:
        found.append(f.STRAY_QUOTE)
    if UNREADABLE in text:
        found.append(f.UNREADABLE_CHARACTERS)
    if "Ã" in text and _MOJIBAKE.search(text):
        found.append(f.WRONG_ENCODING)
    if len(text) > LONGEST_LINE:
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


def _quoted(
    first: str, source: _Source, dialect: Dialect, is_record: Callable[[str], bool]
) -> tuple[list[str], bool, str]:
    """Read the record that begins with `first`: cells, whether a quote is out of place, text."""
    taken: list[str] = []
    text = first
    result = dialect.split(text.rstrip("\r"))
    while result is None and len(taken) + 1 < MOST_LINES and len(text) <= MOST_CHARACTERS:
        line = source.take()
        if line is None:
            break
        taken.append(line)
        if is_record(line.partition('"')[0]):
            break
        text = f"{text}\n{line}"
        if '"' in line:
            result = dialect.split(text.rstrip("\r"))
    if result is not None and len(text) <= max(MOST_CHARACTERS, len(first)):
        return *result, text
    source.put_back(taken)
    whole = dialect.split(first.rstrip("\r"), to_the_end=True)
    assert whole is not None
    return *whole, first


def records(lines: Iterator[str], dialect: Dialect, is_record: Callable[[str], bool]) -> Iterator[Record]:
    """Each record that is not blank: the number of its first line (from 1), its cells as written, its damage.

    `is_record` tells whether a line that stands inside a quoted cell looks like a record of its own.
    """
    source = _Source(lines)
    delimiter, blank = dialect.delimiter, dialect.blank
    for line in source:
        number = source.number
        if '"' in line:
            cells, stray, text = _quoted(line, source, dialect, is_record)
            if not any(cell.strip(blank) for cell in cells):
                continue
        else:
            if not line.strip(blank):
                continue
            text, stray = line, False
            cells = line.rstrip("\r").split(delimiter)
        damaged = stray or not text.isascii() or len(text) > LONGEST_LINE
        yield number, tuple(cells), _damage(text, stray=stray) if damaged else ()
