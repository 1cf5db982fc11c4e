"""Opening and reading lists: however an office saves one, the same rows come out, and all of them."""

import codecs
import dataclasses
import gc
import os
import random
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.intake.errors import UnreadableList
from adapters.intake.reader import open_list
from tests.intake.big_list import write_big_list
from tests.intake.lists import CLINIC, HEADINGS, SOUND, as_csv, faults_of, said, saved, table
from workflow.intake import ConsentWord, Row, fault

IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
CLINIC_TEXT = CLINIC.read_bytes().decode("cp1252")


def rows_of(path: Path, institution: str = "") -> list[Row]:
    return list(open_list(path, institution=institution).rows())


def understood(rows: list[Row]) -> list[Row]:
    """Rows without what depends on the order of columns."""
    return [dataclasses.replace(row, cells=()) for row in rows]


OTHER_HEADINGS = (
    (
        "lfd. Nr.|Meldedatum|Quelle|Institution|Familienname|Vorname|Geburtsdatum Kind|ET|Tel.|Anschrift|PLZ|"
        "Stadtteil|Muttersprache|Einwilligung|Grund|Eilt"
    ),
    (
        "Nr.|Datum|Herkunft|Meldende Stelle|Name|Vorname der Mutter|geb.|errechneter Termin|Handy|Strasse|"
        "Postleitzahl|Ort|Sprache|Schweigepflichtentbindung liegt vor?|Bemerkung|dringend"
    ),
    (
        "LFD|EINGANG AM|ART DER STELLE|EINRICHTUNG|NACHNAME|VORNAME|KIND GEB. AM|VET|RÜCKRUF|STRAẞE|PLZ|ORTSTEIL|"
        "SPRACHE|EINVERSTÄNDNIS|ANLIEGEN|DRINGLICH"
    ),
    (
        " Lfd |Eingang:|Art der Stelle|Einrichtung|Nachname|Vorname|Kind geboren am:|Entbindungstermin:|Telefon|"
        "Straße, Hausnr.|PLZ|Ortsteil|Sprache|Zustimmung der Eltern|Anlass|Priorität"
    ),
)


class TestEncoding:
    """Windows-1252, UTF-8 with and without mark, UTF-16, code page 850, old Macintosh line ends."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252"])
    def test_the_clinics_list_is_the_same_in_every_encoding(self, tmp_path: Path, encoding: str) -> None:
        if encoding == "utf-16-be-bom":
            path = saved(tmp_path, codecs.BOM_UTF16_BE + CLINIC_TEXT.encode("utf-16-be"))
        else:
            path = saved(tmp_path, CLINIC_TEXT, encoding)
        assert rows_of(path) == rows_of(CLINIC)

    def test_dos_letters_are_recognised_by_their_u_umlaut(self, tmp_path: Path) -> None:
        path = saved(tmp_path, as_csv(table([said(surname="Müßig-Äöß")])), "cp850")
        assert open_list(path).encoding == "cp850"
        assert rows_of(path)[0].surname == "Müßig-Äöß"

    def test_macintosh_line_ends(self, tmp_path: Path) -> None:
        path = saved(tmp_path, as_csv(table([said(), said(number="2")])).replace("\r\n", "\r"))
        assert [row.number for row in rows_of(path)] == ["1", "2"]

    def test_bytes_that_are_no_letters_harm_their_row_alone(self, tmp_path: Path) -> None:
        text = as_csv(table([said(number=str(n), surname="Öztürk") for n in range(1, 6)]))
        raw = text.encode().split(b"\r\n")
        raw[3] = raw[3].replace("Öztürk".encode(), "Öztürk".encode("cp1252"))
        rows = rows_of(saved(tmp_path, b"\r\n".join(raw)))
        assert [row.faults for row in rows] == [(), (), (fault.UNREADABLE_CHARACTERS,), (), ()]
        assert rows[4].surname == "Öztürk"

    @given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
    @IN_A_FOLDER
    def test_a_few_broken_bytes_anywhere_never_lose_a_row_below_them(
        self, tmp_path: Path, place: int, junk: bytes
    ) -> None:
        lines = (
            as_csv(table([said(number=str(n), surname="Öztürk") for n in range(1, 12)]))
            .encode()
            .split(b"\r\n")
        )
        middle = lines[5]
        at = place % len(middle)
        junk = junk.replace(b"\n", b"").replace(b"\r", b"")
        lines[5] = middle[:at] + junk + middle[at:]
        numbers = [row.number for row in rows_of(saved(tmp_path, b"\r\n".join(lines)))]
        assert numbers[:4] == ["1", "2", "3", "4"]
        assert numbers[5:] == ["6", "7", "8", "9", "10", "11"]

    @given(st.binary(max_size=600))
    @IN_A_FOLDER
    def test_arbitrary_bytes_are_read_or_refused_with_a_sentence(self, tmp_path: Path, raw: bytes) -> None:
        heading = as_csv(table([])).encode()
        for content in (raw, heading + raw, codecs.BOM_UTF16_LE + raw, raw[:50] + heading + raw):
            try:
                rows = rows_of(saved(tmp_path, content))
            except UnreadableList as caught:
                refusal = str(caught)
            else:
                refusal = "Gelesen."
                for row in rows:
                    "".join(row.cells).encode()
            assert refusal.endswith(".")


class TestColumns:
    """Any order, any usual name, any usual delimiter."""

    @given(st.permutations(list(HEADINGS)), st.sampled_from(";,\t"), st.integers(0, 2**32))
    @IN_A_FOLDER
    def test_the_order_of_columns_and_the_delimiter_make_no_difference(
        self, tmp_path: Path, order: list[str], delimiter: str, seed: int
    ) -> None:
        dice = random.Random(seed)  # noqa: S311 - an invented list
        rows = [
            said(
                number=str(n),
                concern=dice.choice(["", 'a;b,"c"\td', "x\ny"]),
                consent=dice.choice(["", "nein"]),
            )
            for n in range(1, 5)
        ]
        expected = understood(rows_of(saved(tmp_path, as_csv(table(rows)))))
        read = rows_of(saved(tmp_path, as_csv(table(rows, order), delimiter)))
        assert understood(read) == expected
        assert read[0].cells == tuple(rows[0][name] for name in order)

    @pytest.mark.parametrize("headings", OTHER_HEADINGS)
    def test_headings_are_known_by_many_names(self, tmp_path: Path, headings: str) -> None:
        cells = [headings.split("|"), list(SOUND.values())]
        assert understood(rows_of(saved(tmp_path, as_csv(cells)))) == understood(
            rows_of(saved(tmp_path, as_csv(table([SOUND]))))
        )

    def test_a_heading_may_run_over_two_lines_and_stand_below_a_title(self, tmp_path: Path) -> None:
        text = as_csv(table([said()])).replace("Kind geboren am", '"Kind\ngeboren am"')
        path = saved(tmp_path, f"sep=;\r\nMeldeliste Oktober;;;;\r\n\r\n{text}")
        (row,) = rows_of(path)
        assert (row.line, row.born is not None, row.faults) == (6, True, ())

    def test_unknown_columns_are_named_kept_and_searched_for_danger(self, tmp_path: Path) -> None:
        cells = table([said(), said(number="2")])
        cells[0].append("Wetter")
        cells[1].append("sonnig")
        cells[2].append("Kind hat blaue Flecken")
        opened = open_list(saved(tmp_path, as_csv(cells)))
        first, second = opened.rows()
        assert opened.unknown_headings == ("Wetter",)
        assert first.cells[-1] == "sonnig"
        assert (first.danger, second.danger) == (None, "blaue fleck")

    def test_two_columns_about_consent_must_agree(self, tmp_path: Path) -> None:
        cells = table([said(), said(consent="nein")])
        cells[0].append("Schweigepflichtentbindung")
        cells[1].append("")
        cells[2].append("ja, schriftlich")
        assert [row.consent for row in rows_of(saved(tmp_path, as_csv(cells)))] == [
            ConsentWord.UNCLEAR,
            ConsentWord.REFUSED,
        ]

    def test_two_phones_and_two_urgent_marks_are_read_together(self, tmp_path: Path) -> None:
        cells = table([said(urgent="nein"), said(urgent="nein", number="2")])
        cells[0] += ["Handy", "Eilt"]
        cells[1] += ["0176-5500002", "nein"]
        cells[2] += ["", "sofort"]
        first, second = rows_of(saved(tmp_path, as_csv(cells)))
        assert (first.phone, first.danger) == ("0151-5500001 / 0176-5500002", None)
        assert (second.phone, second.danger) == ("0151-5500001", "sofort")

    def test_the_sender_stands_in_where_the_list_names_no_institution(self, tmp_path: Path) -> None:
        order = [name for name in HEADINGS if name != "institution"]
        path = saved(tmp_path, as_csv(table([SOUND], order)))
        assert faults_of(rows_of(path)[0]) == ["Einrichtung"]
        (row,) = rows_of(path, institution="Klinikum Musterstadt")
        assert (row.institution, row.faults) == ("Klinikum Musterstadt", ())

    def test_cells_too_few_and_too_many(self, tmp_path: Path) -> None:
        cells = table([said(), said(), said(), said()])
        cells[1] = cells[1][:9]
        cells[2] += ["Kind wirkt", "verletzt"]
        cells[3] += ["zu viel"]
        cells[4] += ["", " "]
        rows = rows_of(saved(tmp_path, as_csv(cells)))
        assert [row.faults for row in rows] == [
            (fault.CUT_OFF,),
            (fault.TOO_MANY_CELLS,),
            (fault.TOO_MANY_CELLS,),
            (),
        ]
        assert [row.danger for row in rows] == [None, "verletz", None, None]
        assert rows[0].consent is ConsentWord.UNCLEAR


class TestRefusal:
    """What is no list is refused with a sentence that says what to do."""

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (b"", "leer"),
            (b"\r\n \r\n;;;\r\n", "leer"),
            (codecs.BOM_UTF8, "leer"),
            (b"PK\x03\x04rest", "CSV"),
            (b"%PDF-1.7", "CSV"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "CSV"),
            (b"<html><table>", "CSV"),
            (b"1;26.10.2026;Musterfrau\r\n", "Überschrift"),
            (as_csv(table([SOUND])).encode("utf-16-le"), "Überschrift"),
            (b"Eingang;Nachname;Telefon\r\n", "Einverständnis"),
            (b"Eingang;Einwilligung;Wetter;PLZ\r\n", "Nachname oder Telefon"),
            (b"Lfd;Eingang;Eingang;Nachname;Einwilligung\r\n", "zweimal"),
        ],
    )
    def test_names_what_is_wrong(self, tmp_path: Path, content: bytes, word: ConsentWord) -> None:
        with pytest.raises(UnreadableList, match=word):
            open_list(saved(tmp_path, content))

    def test_does_not_repeat_a_familys_name(self, tmp_path: Path) -> None:
        path = saved(tmp_path, "1;26.10.2026;Geheimnis;0151\r\n2;27.10.2026;Geheimnis;0152\r\n")
        with pytest.raises(UnreadableList) as refusal:
            open_list(path)
        assert "Geheimnis" not in str(refusal.value)

    def test_of_a_folder_a_missing_file_and_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "rohr")
        for name, word in (("", "Ordner"), ("fehlt.csv", "gibt es nicht"), ("rohr", "gewöhnliche")):
            with pytest.raises(UnreadableList, match=word):
                open_list(tmp_path / name)
        with pytest.raises(UnreadableList, match="öffnen"):
            open_list(Path("\0"))

    def test_a_heading_without_rows_is_an_empty_list_and_no_error(self, tmp_path: Path) -> None:
        assert rows_of(saved(tmp_path, as_csv(table([])))) == []


class TestAccount:
    """Hash, progress, totals and memory."""

    def test_hash_size_and_position_are_those_of_the_file(self) -> None:
        opened = open_list(CLINIC)
        assert (opened.sha256, opened.size) == (sha256(CLINIC.read_bytes()).digest(), CLINIC.stat().st_size)
        assert opened.position == 0
        assert len(list(opened.rows())) == 60
        assert opened.position == opened.size

    def test_a_list_can_be_read_again(self) -> None:
        opened = open_list(CLINIC)
        assert list(opened.rows()) == list(opened.rows())

    def test_a_list_that_changes_while_it_is_read_is_noticed(self, tmp_path: Path) -> None:
        path = saved(tmp_path, as_csv(table([SOUND])))
        opened = open_list(path)
        path.write_text(path.read_text() + "\n2;gestern")
        with pytest.raises(UnreadableList, match="geändert"):
            list(opened.rows())

    def test_the_representation_shows_no_content(self) -> None:
        assert "Lange" not in repr(open_list(CLINIC))

    @given(st.lists(st.sampled_from(["row", "blank", "cut", "long", "stray"]), max_size=40))
    @IN_A_FOLDER
    def test_every_line_that_is_not_blank_is_one_row(self, tmp_path: Path, kinds: list[str]) -> None:
        sound = as_csv(table([SOUND])).split("\r\n")[1]
        lines = {
            "row": sound,
            "blank": ";" * 15,
            "cut": sound[:40],
            "long": sound + ";x",
            "stray": sound.replace("Musterweg", '"Muster'),
        }
        text = "\r\n".join([as_csv(table([])).strip(), *(lines[kind] for kind in kinds)])
        rows = rows_of(saved(tmp_path, text))
        assert [row.line for row in rows] == [n for n, kind in enumerate(kinds, 2) if kind != "blank"]
        assert ["Zeile" in faults_of(row) for row in rows] == [
            kind != "row" for kind in kinds if kind != "blank"
        ]

    @pytest.mark.campaign
    def test_memory_does_not_grow_with_the_list(self, tmp_path: Path) -> None:
        peaks = []
        for count in (2_000, 20_000):
            path = tmp_path / f"{count}.csv"
            write_big_list(path, count)
            gc.collect()
            tracemalloc.start()
            assert sum(1 for _ in open_list(path).rows()) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        small, large = peaks
        assert large < small + 1_000_000
        assert large < 8_000_000
