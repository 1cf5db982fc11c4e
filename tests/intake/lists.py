"""Builders for referral lists: a row that has nothing wrong with it, changed where a test says so, and written."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from workflow.intake import Row, read_row

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CLINIC = Path(__file__).parent.parent / "data" / "meldungen-klinik.csv"
HEADINGS = {
    "number": "Lfd",
    "received": "Eingang",
    "source": "Art der Stelle",
    "institution": "Einrichtung",
    "surname": "Nachname",
    "first_name": "Vorname",
    "born": "Kind geboren am",
    "expected": "Entbindungstermin",
    "phone": "Telefon",
    "street": "Straße",
    "postcode": "PLZ",
    "district": "Ortsteil",
    "language": "Sprache",
    "consent": "Einverständnis Weitergabe",
    "concern": "Anliegen",
    "urgent": "Dringlich",
}
SOUND = {
    "number": "1",
    "received": "26.10.2026, 10:47 Uhr",
    "source": "Hebamme",
    "institution": "Hebammenpraxis Beispielhof",
    "surname": "Musterfrau",
    "first_name": "Aylin",
    "born": "12.10.2026",
    "expected": "",
    "phone": "0151-5500001",
    "street": "Musterweg 3a",
    "postcode": "59192",
    "district": "Rünthe",
    "language": "türkisch",
    "consent": "ja, schriftlich",
    "concern": "Schreibaby",
    "urgent": "",
}


def said(**changes: str) -> dict[str, str]:
    """The texts of a sound row, changed."""
    return SOUND | changes


def a_row(**changes: str) -> Row:
    """A sound row, changed, as it is understood."""
    texts = said(**changes)
    return read_row(2, tuple(texts.values()), texts, consents=(texts["consent"],))


def faults_of(row: Row) -> list[str]:
    """The headings that a row's faults concern."""
    return [fault.field for fault in row.faults]


def table(rows: Iterable[Mapping[str, str]], order: Iterable[str] = HEADINGS) -> list[list[str]]:
    """Heading and rows as cells, in the given order of fields."""
    fields = list(order)
    return [[HEADINGS[name] for name in fields], *([row[name] for name in fields] for row in rows)]


def as_csv(cells: Iterable[Iterable[str]], delimiter: str = ";") -> str:
    """Cells as a spreadsheet program writes them."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(cells)
    return text.getvalue()


def saved(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    """A file with this content."""
    path = folder / "liste.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path
