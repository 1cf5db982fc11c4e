"""The quarantine file: safe to open, for its owner only, and back into the list without a letter changed."""

import codecs
import csv
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.intake.errors import UnwritableQuarantine
from adapters.intake.escape import MISSING, escaped, restored
from adapters.intake.quarantine import QuarantinedRow, write_quarantine
from adapters.intake.reader import open_list
from tests.intake.lists import CLINIC, HEADINGS, NOW
from workflow.intake import Judgement, Row, fault, judge
from workflow.intake.fault import reasons

IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
ROW = QuarantinedRow("Q-1", "Der Eingang fehlt.", ("1", "gestern"))


@given(st.text() | st.text(alphabet="'=+-@\t\r\n #FEHLT＝a"))
def test_an_escaped_cell_is_harmless_and_comes_back(cell: str) -> None:
    assert restored(escaped(cell)) == cell
    assert not escaped(cell).strip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


@pytest.mark.parametrize("cell", ["=1+1", "+49 176 5002909", "-", "@SUM(1)", "\tx", " =1", "'=1", "#FEHLT"])
def test_what_a_spreadsheet_would_take_for_a_formula_gets_one_apostrophe(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Schreibaby", "0151-5500001", "'s Hertogenbosch", "", "a=b", "O'Neill"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert escaped(cell) == cell
    assert restored(cell) == cell


def quarantined_of_the_clinic() -> list[QuarantinedRow]:
    rows = [row for row in open_list(CLINIC).rows() if judge(row, NOW) is Judgement.QUARANTINED]
    return [QuarantinedRow(f"Q-{n}", reasons(row.faults), row.cells) for n, row in enumerate(rows, 1)]


def test_the_clinics_quarantine_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "quarantaene.csv"
    assert write_quarantine(path, tuple(HEADINGS.values()), quarantined_of_the_clinic()) == 7
    again = open_list(path)
    before = {row.number: row for row in open_list(CLINIC).rows()}
    read = list(again.rows())
    assert [row.number for row in read] == ["5", "17", "30", "31", "40", "50", "52"]
    assert all(row.cells == before[row.number].cells for row in read)
    assert all(row.faults == before[row.number].faults for row in read)
    assert again.headings == tuple(HEADINGS.values())
    assert again.unknown_headings == ()


def test_it_opens_in_a_german_spreadsheet_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "quarantaene.csv"
    write_quarantine(path, tuple(HEADINGS.values()), quarantined_of_the_clinic())
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading, first, *_ = csv.reader(file, delimiter=";")
    assert heading[:4] == ["Quarantäne-Nr.", "Quarantänegrund", "Lfd", "Eingang"]
    assert first[:3] == ["Q-1", fault.CUT_OFF.reason, "5"]
    assert first[-1] == MISSING


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffd"))
            | st.sampled_from(["=1+1", "'=1", "@x", "#FEHLT", "+49", "\t=1", "a\nb", 'a;b"c']),
            min_size=16,
            max_size=16,
        ),
        max_size=5,
    )
)
@IN_A_FOLDER
def test_any_cells_come_back_from_the_file_unchanged(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "quarantaene.csv"
    kept = [QuarantinedRow(f"Q-{n}", "Grund.", tuple(cells)) for n, cells in enumerate(rows)]
    write_quarantine(path, tuple(HEADINGS.values()), kept, overwrite=True)
    assert [row.cells for row in open_list(path).rows()] == [row.cells for row in kept]


class TestMending:
    """What a person does to the file before it is imported again."""

    def lines(self, tmp_path: Path) -> tuple[Path, list[list[str]]]:
        path = tmp_path / "quarantaene.csv"
        write_quarantine(path, tuple(HEADINGS.values()), quarantined_of_the_clinic())
        with path.open(encoding="utf-8-sig", newline="") as file:
            return path, list(csv.reader(file, delimiter=";"))

    def saved_by_excel(self, path: Path, lines: list[list[str]]) -> dict[str, Row]:
        with path.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(lines)
        return {row.number: row for row in open_list(path).rows()}

    def test_a_mended_receipt_is_accepted(self, tmp_path: Path) -> None:
        path, lines = self.lines(tmp_path)
        lines[3][3] = "05.11.2026, 09:00 Uhr"
        row = self.saved_by_excel(path, lines)["30"]
        assert judge(row, NOW) is Judgement.ACCEPTED

    def test_a_cut_off_row_saved_unmended_by_a_spreadsheet_is_still_cut_off(self, tmp_path: Path) -> None:
        path, lines = self.lines(tmp_path)
        rows = self.saved_by_excel(path, lines)
        assert [rows[number].faults for number in ("5", "40", "52")] == [(fault.CUT_OFF,)] * 3

    def test_a_cut_off_row_mended_in_part_is_still_cut_off(self, tmp_path: Path) -> None:
        path, lines = self.lines(tmp_path)
        lines[1][-1] = "nein"
        assert fault.CUT_OFF in self.saved_by_excel(path, lines)["5"].faults

    def test_a_cut_off_row_filled_in_is_accepted(self, tmp_path: Path) -> None:
        path, lines = self.lines(tmp_path)
        lines[1] = ["" if cell == MISSING else cell for cell in lines[1]]
        assert judge(self.saved_by_excel(path, lines)["5"], NOW) is Judgement.ACCEPTED


class TestFile:
    """It holds families' data."""

    def test_is_for_its_owner_alone_whatever_the_mask(self, tmp_path: Path) -> None:
        mask = os.umask(0)
        try:
            write_quarantine(tmp_path / "q.csv", ("Eingang",), [ROW])
            write_quarantine(tmp_path / "q.csv", ("Eingang",), [ROW], overwrite=True)
        finally:
            os.umask(mask)
        assert stat.S_IMODE((tmp_path / "q.csv").stat().st_mode) == 0o600

    def test_overwrites_nothing_unasked(self, tmp_path: Path) -> None:
        path = tmp_path / "q.csv"
        path.write_text("alt")
        with pytest.raises(UnwritableQuarantine, match="schon eine Datei"):
            write_quarantine(path, ("Eingang",), [ROW])
        assert path.read_text() == "alt"
        assert write_quarantine(path, ("Eingang",), [ROW], overwrite=True) == 1
        assert [entry.name for entry in tmp_path.iterdir()] == ["q.csv"]

    @pytest.mark.parametrize("overwrite", [False, True])
    @pytest.mark.parametrize("target", ["fremd.csv", "nirgends.csv"])
    def test_follows_no_link(self, tmp_path: Path, overwrite: bool, target: str) -> None:
        (tmp_path / "fremd.csv").write_text("fremd")
        (tmp_path / "q.csv").symlink_to(tmp_path / target)
        with pytest.raises(UnwritableQuarantine, match="Verknüpfung"):
            write_quarantine(tmp_path / "q.csv", ("Eingang",), [ROW], overwrite=overwrite)
        assert (tmp_path / "fremd.csv").read_text() == "fremd"
        assert not (tmp_path / "nirgends.csv").exists()

    def test_needs_a_place_to_be(self, tmp_path: Path) -> None:
        with pytest.raises(UnwritableQuarantine, match="Ordner"):
            write_quarantine(tmp_path, ("Eingang",), [ROW])
        with pytest.raises(UnwritableQuarantine, match="anlegen"):
            write_quarantine(tmp_path / "fehlt" / "q.csv", ("Eingang",), [ROW])

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_appears_whole_or_not_at_all(self, tmp_path: Path, overwrite: bool) -> None:
        def breaking() -> Iterator[QuarantinedRow]:
            yield ROW
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_quarantine(tmp_path / "q.csv", ("Eingang",), breaking(), overwrite=overwrite)
        assert list(tmp_path.iterdir()) == []

    def test_no_cell_shows_in_the_representation_of_a_row(self) -> None:
        assert "gestern" not in repr(ROW)
