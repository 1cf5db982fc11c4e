"""Delimited records: what a spreadsheet writes comes back, and a stray quote harms its own line alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.intake.lines import LONGEST_LINE, lines
from adapters.intake.records import MOST_CHARACTERS, MOST_LINES, Dialect, Record, records
from tests.intake.lists import as_csv
from workflow.intake import fault


def a_reading(text: str, delimiter: str = ";", width: int = 4, chunk: int = 7) -> list[Record]:
    """All records of a text that comes in small chunks; a line of `width` cells looks like a record."""
    raw = text.encode()
    parts = (raw[at : at + chunk] for at in range(0, len(raw), chunk))
    return list(
        records(
            lines(parts, "utf-8", "\n", lambda _: None),
            Dialect(delimiter),
            lambda line: line.count(delimiter) >= width - 1,
        )
    )


def cells_of(text: str, delimiter: str = ";", width: int = 4, chunk: int = 7) -> list[tuple[str, ...]]:
    return [cells for _, cells, _ in a_reading(text, delimiter, width, chunk)]


printable = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffd"))
texts = st.lists(printable, max_size=6).map("\n".join)


@given(
    st.lists(st.lists(texts, min_size=1, max_size=6), max_size=8),
    st.sampled_from(";,\t"),
    st.integers(1, 50),
)
def test_whatever_cells_a_spreadsheet_writes_come_back(
    rows: list[list[str]], delimiter: str, chunk: int
) -> None:
    written = as_csv(rows, delimiter)
    blank = ";,\t \r\n\xa0\ufeff"
    expected = [tuple(row) for row in rows if any(cell.strip(blank) for cell in row)]
    assert cells_of(written, delimiter=delimiter, width=1000, chunk=chunk) == expected


@given(st.text(alphabet='ab;"\n\r ', max_size=200))
def test_no_text_is_lost_or_read_twice_whatever_the_quotes(text: str) -> None:
    read = "".join("".join(cells) for cells in cells_of(text))
    assert sorted(letter for letter in read if letter in "ab") == sorted(
        letter for letter in text if letter in "ab"
    )


@given(st.text(alphabet='ab;"\n', max_size=200))
def test_records_are_numbered_by_the_line_where_they_begin(text: str) -> None:
    numbers = [number for number, _, _ in a_reading(text)]
    assert numbers == sorted(set(numbers))
    physical = text.split("\n")
    for number, cells, _ in a_reading(text):
        assert physical[number - 1].strip('"').startswith(cells[0].strip('"')[:1].strip("\n"))


class TestStrayQuote:
    """One quote too many harms one line, not the rest of the list."""

    def test_that_is_never_closed_leaves_all_later_rows_whole(self) -> None:
        text = '1;x;"Zwillinge;\n' + "".join(f"{n};x;y;z\n" for n in range(2, 50))
        read = a_reading(text)
        assert read[0] == (1, ("1", "x", '"Zwillinge', ""), (fault.STRAY_QUOTE,))
        assert [cells[0] for _, cells, _ in read[1:]] == [str(n) for n in range(2, 50)]
        assert not any(damage for _, _, damage in read[1:])

    def test_is_not_closed_by_a_later_rows_own_quotes(self) -> None:
        text = '1;x;"Zwillinge;\n2;x;y;z\n3;x;"Wohnung; Antrag";z\n4;x;y;z\n'
        read = a_reading(text)
        assert [cells for _, cells, _ in read[1:]] == [
            ("2", "x", "y", "z"),
            ("3", "x", "Wohnung; Antrag", "z"),
            ("4", "x", "y", "z"),
        ]
        assert [bool(damage) for _, _, damage in read] == [True, False, False, False]

    def test_in_the_middle_of_a_text_damages_its_line(self) -> None:
        (record,) = a_reading('1;Zoll 5" hoch;y;z')
        assert record == (1, ("1", 'Zoll 5" hoch', "y", "z"), (fault.STRAY_QUOTE,))

    def test_after_a_quoted_text_damages_its_line(self) -> None:
        (record,) = a_reading('1;"Mia" genannt;y;z')
        assert record == (1, ("1", '"Mia" genannt', "y", "z"), (fault.STRAY_QUOTE,))

    def test_but_quotes_in_pairs_within_a_text_are_text(self) -> None:
        (record,) = a_reading('1;Anna "Mia" Muster;y;z')
        assert record == (1, ("1", 'Anna "Mia" Muster', "y", "z"), ())

    def test_gives_up_after_so_many_lines(self) -> None:
        long = '1;"' + "Zeile\n" * (MOST_LINES - 1) + 'Ende";y;z'
        assert len(a_reading(long)) == 1
        longer = '1;"' + "Zeile\n" * MOST_LINES + 'Ende";y;z'
        assert len(a_reading(longer)) == MOST_LINES + 1

    def test_gives_up_after_so_many_characters(self) -> None:
        fits = '1;"a\n' + "b" * (MOST_CHARACTERS - 20) + '";y;z'
        assert len(a_reading(fits)) == 1
        too_long = '1;"a\n' + "b" * MOST_CHARACTERS + '";y;z'
        assert len(a_reading(too_long)) == 2

    def test_at_the_end_of_the_file(self) -> None:
        assert [damage for _, _, damage in a_reading('1;x;y;"z')] == [(fault.STRAY_QUOTE,)]

    @given(st.integers(1, 30), st.integers(0, 29), st.integers(0, 3))
    def test_wherever_it_stands_every_other_row_is_read_as_without_it(
        self, count: int, place: int, cell: int
    ) -> None:
        rows = [[f"{n}", "x", "Wohnung; Antrag", "z"] for n in range(count)]
        expected = cells_of(as_csv(rows))
        broken = as_csv(rows).split("\r\n")
        at = place % count
        parts = [f"{at}", "x", "Schreibaby", "z"]
        parts[cell] = '"' + parts[cell]
        broken[at] = ";".join(parts)
        read = cells_of("\r\n".join(broken))
        assert len(read) == count
        assert [row for n, row in enumerate(read) if n != at] == [
            row for n, row in enumerate(expected) if n != at
        ]


class TestLine:
    """Lines that no person can have typed."""

    def test_blank_lines_and_lines_of_delimiters_are_no_records(self) -> None:
        assert a_reading('\n;;;\n"";"";;\n \t\r\n1;2\n') == [(5, ("1", "2"), ())]

    def test_control_characters_damage_their_line_alone(self) -> None:
        read = a_reading("1;a\x00b\n2;c\x1bd\n3;e\n")
        assert [damage for _, _, damage in read] == [(fault.UNREADABLE_CHARACTERS,)] * 2 + [()]
        assert read[0][1] == ("1", "a\ufffdb")

    def test_umlauts_read_in_the_wrong_encoding_are_known(self) -> None:
        assert [damage for _, _, damage in a_reading("1;MÃ¼ller\n2;GroÃŸ\n3;Müller\n4;São\n")] == [
            (fault.WRONG_ENCODING,),
            (fault.WRONG_ENCODING,),
            (),
            (),
        ]

    def test_a_line_of_ten_megabytes_keeps_its_beginning_and_its_sign_of_danger(self) -> None:
        text = "1;a\n2;" + "x" * 10_000_000 + " Kind wirkt verletzt " + "y" * 500_000 + "\n3;b\n"
        first, long, last = a_reading(text, chunk=1 << 18)
        assert (first[1], last[:2]) == (("1", "a"), (3, ("3", "b")))
        assert long[2] == (fault.TOO_LONG,)
        assert LONGEST_LINE < len(long[1][1]) < LONGEST_LINE + 20
        assert "verletz" in long[1][1]

    @pytest.mark.parametrize("length", [LONGEST_LINE, LONGEST_LINE + 1])
    @pytest.mark.parametrize("chunk", [1000, 1 << 20])
    def test_the_limit_is_exact_however_the_line_arrives(self, length: int, chunk: int) -> None:
        (record,) = a_reading("x" * length, chunk=chunk)
        assert bool(record[2]) == (length > LONGEST_LINE)

    def test_the_end_mark_of_dos_is_no_row(self) -> None:
        assert a_reading("1;2\r\n\x1a") == [(1, ("1", "2"), ())]


@given(st.binary(max_size=400), st.sampled_from(["utf-8", "cp1252", "utf-16-le", "cp850"]))
def test_any_bytes_are_lines_that_can_be_stored(raw: bytes, encoding: str) -> None:
    for line in lines(iter([raw[:7], raw[7:]]), encoding, "\n", lambda _: None):
        line.encode()
        assert not any(ord(letter) < 32 and letter not in "\t\r\n" for letter in line)
