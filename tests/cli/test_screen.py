"""What is printed fits the terminal, loses no word, and lets nothing from outside move the cursor."""

import unicodedata
from shutil import get_terminal_size

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.screen import columns, paragraph, plain

WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=20).map(" ".join)
CELLS = st.lists(WORDS, min_size=1, max_size=2).map(" ".join)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert get_terminal_size().columns == 60


def test_a_cell_may_not_move_the_cursor_or_turn_the_line_round() -> None:
    assert plain("Bei\x1b[2Jspiel\u202e\u2066\r\nTanne\x07\u009b") == "Bei[2Jspiel Tanne"
    assert plain("Zeile eins\n\n  Zeile zwei", lines=True) == "Zeile eins\nZeile zwei"
    assert plain("Öztürk-Yıldız, \u0645\u0631\u064a\u0645") == "Öztürk-Yıldız, \u0645\u0631\u064a\u0645"


@given(st.text())
def test_nothing_that_is_printed_is_a_control_or_a_mark_of_direction(text: str) -> None:
    signs = set(plain(text))
    assert not signs & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert not {unicodedata.category(sign) for sign in signs} & {"Cc", "Cs", "Zl", "Zp"}


@given(st.lists(st.tuples(CELLS, CELLS, SENTENCES), min_size=1, max_size=5), st.sampled_from([0, 2, 4]))
def test_a_table_loses_no_word_and_only_long_words_leave_the_line(
    rows: list[tuple[str, str, str]], indent: int
) -> None:
    told = columns(rows, indent=indent)
    assert len(told) == len(rows)
    for row, text in zip(rows, told, strict=True):
        assert "".join(text.split()) == "".join("".join(row).split())
        head = indent + max(len(a) for a, _, _ in rows) + max(len(b) for _, b, _ in rows) + 4
        assert all(len(line) <= max(60, head) for line in text.split("\n"))


@given(SENTENCES)
def test_a_paragraph_loses_no_word(text: str) -> None:
    assert "".join(paragraph(text, "    ", "  → ").replace("→", "", 1).split()) == "".join(text.split())


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    assert columns([("a", "", "b"), ("c", "", "d")]) == ["a  b", "c  d"]
