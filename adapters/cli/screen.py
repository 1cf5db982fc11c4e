"""What a person sees: lines and columns on stdout, notices on stderr, JSON for programs.

Laid out for the width of the terminal (80 where there is none), coloured only on one and never with NO_COLOR. What
came from outside is stripped of control characters first: a name in a list cannot move a cursor.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from textwrap import wrap

_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_KEPT = {"\u00ad", "\u200c", "\u200d"}
_GAP = 2
_LEAST = 24
_NARROW = 6
_WIDEST = 100


def plain(text: str, *, lines: bool = False) -> str:
    """The text without control characters, marks of direction and the like; `lines` keeps line breaks."""
    if text.isascii() and text.isprintable():
        return text
    parts = ("".join(sign for sign in line if _seen(sign)).strip() for line in text.splitlines())
    return ("\n" if lines else " ").join(part for part in parts if part)


def _seen(sign: str) -> bool:
    return sign in _KEPT or unicodedata.category(sign) not in _UNSEEN


def width() -> int:
    """How many columns there are to write in: the terminal's, at most 100."""
    return min(get_terminal_size((80, 24)).columns, _WIDEST)


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    """Strong, on a terminal."""
    return f"\x1b[1m{text}\x1b[0m" if _coloured() else text


def red(text: str) -> str:
    """Strong and red, on a terminal."""
    return f"\x1b[1;31m{text}\x1b[0m" if _coloured() else text


def dim(text: str) -> str:
    """Faint, on a terminal."""
    return f"\x1b[2m{text}\x1b[0m" if _coloured() else text


def show(text: str = "") -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")


def paragraph(text: str, indent: str = "", first: str | None = None) -> str:
    """The text wrapped to the width, every line indented; `first` stands before the first line instead."""
    lines: list[str] = []
    for line in text.split("\n"):
        start = indent if lines or first is None else first
        lines += wrap(line, width(), initial_indent=start, subsequent_indent=indent) or [start.rstrip()]
    return "\n".join(lines)


def columns(rows: Sequence[Sequence[str]], *, indent: int = 0) -> list[str]:
    """Rows as aligned columns, one text a row; empty columns are left out, the last one is wrapped below itself."""
    filled = [any(column) for column in zip(*rows, strict=True)]
    told = [[cell for cell, some in zip(row, filled, strict=True) if some] or [""] for row in rows]
    sizes = [max(map(len, column)) for column in list(zip(*told, strict=True))[:-1]]
    left = indent + sum(sizes) + _GAP * len(sizes)
    return [_row(row, sizes, indent, left) for row in told]


def _row(row: Sequence[str], sizes: Sequence[int], indent: int, left: int) -> str:
    start = " " * indent + "".join(
        f"{cell:<{size + _GAP}}" for cell, size in zip(row[:-1], sizes, strict=True)
    )
    if width() - left < _LEAST:
        start, left = f"{start.rstrip()}\n{' ' * _NARROW}", _NARROW
        return start + paragraph(row[-1], " " * left).lstrip()
    return paragraph(row[-1], " " * left, start) if row[-1] else start.rstrip()


def as_json(value: object) -> None:
    """Write one line of JSON to stdout."""
    sys.stdout.write(f"{json.dumps(value, ensure_ascii=False)}\n")


def notice(text: str) -> None:
    """Say something on stderr: what is not the data asked for."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")


def on_terminal() -> bool:
    """Whether a person sits before it and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def joined(words: Iterable[str], by: str = " · ") -> str:
    """Join words, leaving the empty ones out."""
    return by.join(word for word in words if word)
