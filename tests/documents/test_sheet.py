"""The sheet for a family: read again by another program, the same bytes for the same content, accessible."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.documents.sheet import Line, Opened, Sheet, pdf
from audit.checkpoint import Checkpoint
from audit.keys import log_verifier
from tests.audit.world import ORIGIN, FixedKeys
from tests.lacking import program

KEYS = FixedKeys()
NOTE = Checkpoint(ORIGIN, 12_345, bytes(32)).sign(log_verifier(ORIGIN, KEYS), KEYS.sign)
ASKED = Line(
    "16.11.2026 09:00", "Frau Yıldız (Familienhebamme)", ["Anfrage ohne Namen: Aktenzeichen, Stadtteil"],
    "Übergabe in Begleitung", "Einwilligung, § 67b SGB X, Art. 7 DSGVO", "im Fachverfahren der Stadt",
)  # fmt: skip
GIVEN = replace(ASKED, data=["Kontakt (Name, Telefon, Sprache)", "Anliegen"], until="lesbar bis 20.11.2026")
SHEET = Sheet(
    "FH-2026-0042", "Frühe Hilfen Beispielstadt", "22.11.2026", datetime(2026, 11, 22, 9, 30, 15, 123_456, UTC),
    [ASKED, GIVEN], [Opened("17.11.2026", "Familienhebamme")], "", False, ORIGIN, 169, NOTE,
)  # fmt: skip


def read(content: bytes, folder: Path) -> str:
    file = folder / "sheet.pdf"
    file.write_bytes(content)
    text = subprocess.run(
        [program("pdftotext", "poppler-utils"), "-layout", file, "-"], capture_output=True, check=True
    ).stdout.decode()
    return text.replace("\u00ad\n", "")


def words(text: str) -> str:
    """The text without layout, with words that were hyphenated whole again."""
    return " ".join(text.replace("\u00ad", "").split())


def test_the_sheet_says_all_that_it_was_given(tmp_path: Path) -> None:
    text = words(read(pdf(SHEET), tmp_path))
    for part in (
        "Frühe Hilfen Beispielstadt", "22.11.2026",
        "Auskunft nach Art. 15 Abs. 1 Buchst. c DSGVO: wer Ihre Daten bekommen hat",
        "FH-2026-0042", "Frau Yıldız", "Anliegen", "Fachverfahren",
        "17.11.2026 Familienhebamme", "Seite 1 von 1", f"Protokoll {ORIGIN}, Eintrag 169",
        "Dieses Blatt sagt nur, wer Ihre Daten bekommen hat.", "sich beschweren, steht im Brief dazu",
    ):  # fmt: skip
        assert part in text


def test_the_checkpoint_stands_on_it_whole_so_that_it_can_be_typed_in(tmp_path: Path) -> None:
    text = words(read(pdf(SHEET), tmp_path))
    for part in NOTE.decode().split():
        assert part in text


@pytest.mark.parametrize("town", ["amt.example", f"{'sehr-lang.' * 12}example"])
def test_no_line_of_the_checkpoint_is_broken(tmp_path: Path, town: str) -> None:
    """Who types it in, or lets a program read it, needs each line as it is signed."""
    origin = f"{town}/lotse/1"
    note = Checkpoint(origin, 12_345, bytes(32)).sign(log_verifier(origin, KEYS), KEYS.sign)
    lines = [
        line.strip() for line in read(pdf(replace(SHEET, origin=origin, note=note)), tmp_path).splitlines()
    ]
    for line in note.decode().split("\n"):
        assert line in lines


def test_what_was_reviewed_erased_or_empty_is_said(tmp_path: Path) -> None:
    reviewed = words(read(pdf(replace(SHEET, reviewer="Herrn Vogt")), tmp_path))
    assert "Durchgesehen von Herrn Vogt." in reviewed
    assert "Durchgesehen" not in words(read(pdf(SHEET), tmp_path))
    erased = words(read(pdf(replace(SHEET, erased=True)), tmp_path))
    assert "Die Daten dieses Falls sind gelöscht." in erased
    nothing = words(read(pdf(replace(SHEET, lines=[], accesses=None)), tmp_path))
    assert "Es wurden keine Daten weitergegeben." in nothing
    assert "Wer Ihre Akte geöffnet hat" not in nothing


def test_many_lines_go_over_pages_and_the_heading_of_the_table_stands_on_each(tmp_path: Path) -> None:
    many = [replace(GIVEN, at=f"{day:02}.11.2026 09:00") for day in range(1, 31)]
    pages = read(pdf(replace(SHEET, lines=many)), tmp_path).rstrip("\f").split("\f")
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Seite {number} von {len(pages)}" in page
        assert ("Welche Daten" in page) == (".11.2026 09:00" in words(page) or "09:00" in page)
    assert all(f"{day:02}.11.2026" in "".join(pages) for day in range(1, 31))


def test_the_same_content_gives_the_same_bytes_and_another_gives_others() -> None:
    assert pdf(SHEET) == pdf(SHEET)
    assert pdf(replace(SHEET, entry=170)) != pdf(SHEET)


def test_it_says_of_itself_that_it_can_be_read_aloud_in_german() -> None:
    """PDF/UA-1; the typesetter refuses to write one that has a picture without words or a heading out of order."""
    content = pdf(SHEET)
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", content)
    assert b"/Lang" in content
    assert b"de-DE" in content
    assert b"/StructTreeRoot" in content
    assert b"wer Ihre Daten bekommen hat" in content


SIGNS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=SIGNS)
def test_no_text_is_taken_for_an_instruction_of_the_typesetter(tmp_path: Path, name: str) -> None:
    """Whatever an institution is called: the sheet is made, and everything around it stands as before."""
    hostile = replace(
        ASKED, to=name, channel="#[X]", until="#pagebreak()", purpose="$x$", basis="*b* _i_ `r`"
    )
    text = words(read(pdf(replace(SHEET, lines=[hostile])), tmp_path))
    for part in ("#[X]", "$x$", "*b*", "_i_", "`r`", "Seite 1 von 1"):
        assert part in text


def test_a_name_in_letters_that_no_font_has_hides_nothing_else(tmp_path: Path) -> None:
    text = words(
        read(
            pdf(replace(SHEET, lines=[replace(ASKED, to="Ԟ Praxis für Groß und Klein – Ağrı"), GIVEN])),
            tmp_path,
        )
    )
    for part in ("? Praxis", "Groß", "–", "Ağrı"):
        assert part in text
    assert "Frau Yıldız" in text
