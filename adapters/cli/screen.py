"""What a person sees: text and tables on stdout, notices on stderr, JSON for programs.

Rich lays out for the width of the terminal and leaves colours away where there is none. What came from outside is
stripped of control characters first: a name in a list cannot move a cursor.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_KEPT = {"\u00ad", "\u200c", "\u200d"}


def plain(text: str, *, lines: bool = False) -> str:
    """The text without control characters, marks of direction and the like; `lines` keeps line breaks."""
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(
        sign
        for sign in text
        if sign in _KEPT or (lines and sign == "\n") or unicodedata.category(sign) not in _UNSEEN or sign in "\n\t"
    )
    return kept if lines else " ".join(kept.split())


def console(*, stderr: bool = False) -> "Console":
    """A console that takes text as it is: no markup, no guessing of colours."""
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a person reads

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def table(*headings: str, header: bool = False) -> "Table":
    """A table without lines, two spaces between its columns."""
    from rich.table import Table  # noqa: PLC0415 - as above

    made = Table(box=None, show_header=header, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        made.add_column(heading)
    return made


def as_json(value: object) -> None:
    """Write one line of JSON to stdout."""
    print(json.dumps(value, ensure_ascii=False))


def notice(text: str) -> None:
    """Say something on stderr: what is not the data asked for."""
    print(text, file=sys.stderr)


def on_terminal() -> bool:
    """Whether a person sits before it and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def joined(words: Iterable[str]) -> str:
    """Join words by " · ", leaving the empty ones out."""
    return " · ".join(word for word in words if word)
