"""A referral list as an office sends it, row by row: any usual encoding, delimiter, column order, heading.

Two passes over the file, both in constant memory: the first finds hash and encoding, the second yields the
rows. Every record that is not blank is exactly one row, damaged ones too. Proven by
`tests/intake/test_reader.py`.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from adapters.intake.errors import UnreadableList
from adapters.intake.escape import MISSING, restored
from adapters.intake.headings import FIELDS, Columns, recognise, require
from adapters.intake.lines import lines
from adapters.intake.records import Dialect, Record, records
from adapters.intake.sniff import Traits, chunks, opened, sniff
from workflow.intake import Row, read_moment, read_row
from workflow.intake import fault as f
from workflow.intake.danger import says_urgent
from workflow.intake.fault import Fault
from workflow.intake.moment import UnreadableDate
from workflow.intake.wording import tidy

_DELIMITERS = ";,\t"
_HEAD = 10
_TITLE_CELLS = 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a list is laid out: its dialect, the line where its heading begins, its columns."""

    dialect: Dialect
    start: int
    columns: Columns


class Understanding:
    """What the cells of a row say, by the columns of its list; `institution` stands in where the list names none."""

    def __init__(self, columns: Columns, institution: str = "") -> None:
        self._columns = columns
        self._institution = institution
        self._blank = dict.fromkeys(FIELDS, "")
        fields = [
            (field, places) for field, places in columns.at.items() if field not in {"consent", "concern"}
        ]
        self._single = tuple((field, places[0]) for field, places in fields if len(places) == 1)
        self._several = tuple((field, places) for field, places in fields if len(places) > 1)

    def row(self, number: int, cells: tuple[str, ...], damage: tuple[Fault, ...] = ()) -> Row:
        """Understand one row; `number` is its line, `damage` what was found broken in its form."""
        columns = self._columns
        width = len(columns.headings)
        if columns.quarantine:
            cells, damage = _unsealed(cells, damage)
        count = len(cells)
        if count != width:
            if count < width:
                damage = (*damage, f.CUT_OFF)
            elif any(cell.strip() for cell in cells[width:]):
                damage = (*damage, f.TOO_MANY_CELLS)
            else:
                cells = cells[:width]
        padded = cells if count >= width else cells + ("",) * (width - count)
        said = self._blank.copy()
        for field, place in self._single:
            if cell := padded[place]:
                said[field] = tidy(cell)
        for field, places in self._several:
            said[field] = _together(field, [text for place in places if (text := tidy(padded[place]))])
        said["concern"] = _text([padded[place] for place in columns.at.get("concern", ())])
        said["institution"] = said["institution"] or self._institution
        consents = tuple(tidy(padded[place]) for place in columns.at["consent"])
        others = tuple(padded[place] for place in columns.unknown) if columns.unknown else ()
        if columns.quarantine:
            cells = tuple(cell for place, cell in enumerate(cells) if place not in columns.quarantine)
        row = read_row(number, cells, said, consents=consents, others=others, damage=damage)
        if columns.quarantine_number is None:
            return row
        return replace(row, quarantine_number=tidy(padded[columns.quarantine_number]))


class ListFile:
    """An opened list: `headings` and `sha256` as they are, `size` and `position` in bytes for a progress bar.

    `unknown_headings` are columns nobody understands; their cells are kept for the quarantine and searched
    for signs of danger. `institution` stands in where the list itself names none.
    """

    def __init__(self, path: Path, traits: Traits, layout: _Layout, institution: str) -> None:
        dialect, columns = layout.dialect, layout.columns
        self.path = path
        self.sha256 = traits.sha256
        self.size = traits.size
        self.encoding = traits.encoding
        self.delimiter = dialect.delimiter
        self.position = 0
        self.headings = tuple(
            restored(heading) if columns.quarantine else heading
            for place, heading in enumerate(columns.headings)
            if place not in columns.quarantine
        )
        self.unknown_headings = tuple(tidy(columns.headings[place]) for place in columns.unknown)
        self._traits, self._dialect, self._columns, self._start = traits, dialect, columns, layout.start
        self._understanding = Understanding(columns, institution)

    def __repr__(self) -> str:
        return f"ListFile(size={self.size}, encoding={self.encoding!r}, columns={len(self.headings)})"

    def rows(self) -> Iterator[Row]:
        """Read the rows as they are asked for, first to last.

        Raises UnreadableList if the disk fails, or at the end if the file has grown or shrunk since it was opened.
        """
        self.position = 0
        with opened(self.path) as file:
            text = lines(chunks(file), self._traits.encoding, self._traits.newline, self._advance)
            for number, cells, damage in records(text, self._dialect, self._is_record):
                if number > self._start:
                    yield self._understanding.row(number, cells, damage)
        if self.position != self.size:
            raise UnreadableList("Die Datei hat sich beim Lesen geändert: Bitte noch einmal einlesen.")

    def _advance(self, count: int) -> None:
        self.position += count

    def _is_record(self, line: str) -> bool:
        """Whether a line in a quoted cell is a record: all its delimiters, or a date under "Eingang"."""
        count = line.count(self.delimiter)
        if count >= len(self._columns.headings) - 1:
            return True
        place = self._columns.at["received"][0]
        if not 0 < place <= count:
            return False
        try:
            read_moment(line.split(self.delimiter)[place])
        except UnreadableDate:
            return False
        return True


def _unsealed(cells: tuple[str, ...], damage: tuple[Fault, ...]) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Give a row of a quarantine list as it was: formulas as written, what was missing missing again."""
    whole = [MISSING if cell == MISSING else restored(cell) for cell in cells]
    gaps = cells.count(MISSING)
    if not gaps:
        return tuple(whole), damage
    end = len(whole)
    while end and cells[end - 1] == MISSING:
        end -= 1
    if len(cells) - end == gaps:
        return tuple(whole[:end]), damage
    return tuple(whole), (*damage, f.CUT_OFF)


def _together(field: str, said: list[str]) -> str:
    """Join what several columns say about one field; a "nein" beside an urgent mark is left out."""
    if field == "urgent":
        said = [text for text in said if says_urgent(text)] or said[:1]
    return " / ".join(said)


def _text(cells: list[str]) -> str:
    """Join the free text of a row, its line breaks kept."""
    whole = "\n".join(text for cell in cells if (text := cell.strip())).replace("\r", "")
    return whole if whole.isascii() else unicodedata.normalize("NFC", whole)


def _head(path: Path, traits: Traits, dialect: Dialect) -> list[Record]:
    with opened(path) as file:
        text = lines(chunks(file), traits.encoding, traits.newline, lambda _: None)
        return list(islice(records(text, dialect, lambda _: False), _HEAD))


def _heading(head: list[Record]) -> tuple[int, Columns] | None:
    """Find the line of the heading and its columns; only titles of one or two cells may stand before it."""
    for number, cells, _ in head:
        if columns := recognise(cells):
            return number, columns
        if sum(1 for cell in cells if cell.strip()) > _TITLE_CELLS:
            return None
    return None


def open_list(path: Path, *, institution: str = "") -> ListFile:
    """Open the list at `path`; `institution` is the sender, for a list that does not name it in every row.

    Raises UnreadableList with a German sentence: no file, no text, no heading, or none for what a
    judgement needs.
    """
    traits = sniff(path)
    found: list[_Layout] = []
    empty = True
    for delimiter in _DELIMITERS:
        dialect = Dialect(delimiter)
        head = _head(path, traits, dialect)
        empty = empty and not head
        if heading := _heading(head):
            found.append(_Layout(dialect, *heading))
    if empty:
        raise UnreadableList("Die Datei ist leer.")
    if not found:
        raise UnreadableList(
            "Die Datei hat keine erkennbare Überschrift: Erwartet werden Spalten wie Eingang, Nachname, "
            "Telefon und Einverständnis, getrennt durch Semikolon, Komma oder Tabulator."
        )
    layout = max(found, key=lambda candidate: len(candidate.columns.at))
    require(layout.columns)
    return ListFile(path, traits, layout, tidy(institution))
