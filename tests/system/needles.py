"""What must not be found: the families' words of a list, in every way they could have been written down.

A needle is searched as bytes in UTF-8, Windows-1252, UTF-16, as JSON, URLs, HTML and mails (quoted-printable) write it,
in hexadecimal and in Base64 at each of its three alignments; a telephone number also without its blanks and as +49.
"""

import csv
import io
import json
import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

_LEAST_DIGITS = 6
_LEAST_WORDS = 8
_LEAST_BYTES = 6
_START = 4
"""So many bytes of a needle are looked up first; most places are out with that."""


def words_of(path: Path) -> set[str]:
    """Names in both orders, telephone numbers, streets with their number, free text: of every row of a list."""
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode("cp1252")), delimiter=";")
    return {text for row in rows for text in _words({key: value or "" for key, value in row.items()})}


def _words(row: Mapping[str, str]) -> Iterator[str]:
    surname, first = row["Nachname"], row["Vorname"]
    if surname and first:
        yield from (f"{surname}{between}{first}" for between in (" ", ", ", ";", "\t", '","first_name":"'))
        yield from (f"{first}{between}{surname}" for between in (" ", ", "))
    if surname:
        yield surname
    digits = re.sub(r"\D", "", row["Telefon"])
    if len(digits) >= _LEAST_DIGITS:
        national = digits.removeprefix("49").removeprefix("0")
        yield from (row["Telefon"], digits, f"+49{national}", f"0{national}")
    if re.search(r"\d", row["Straße"]):
        yield row["Straße"]
    if len(row["Anliegen"]) >= _LEAST_WORDS:
        yield from (row["Anliegen"], row["Anliegen"].replace("\n", " "), *row["Anliegen"].split("\n"))


def needles(words: Iterable[str]) -> dict[bytes, str]:
    """Each way a word can be written, and the word."""
    return {
        written: word
        for word in words
        for written in _written(word)
        if len(written) >= _LEAST_BYTES and len(word) >= _LEAST_BYTES - 1
    }


def _written(word: str) -> Iterator[bytes]:
    plain = word.encode()
    yield from (plain, plain.lower(), plain.upper(), word.encode("cp1252", "ignore"))
    yield from (word.encode("utf-16-le"), word.encode("utf-16-be"), json.dumps(word)[1:-1].encode())
    yield from (plain.hex().encode(), plain.hex().upper().encode())
    yield from (
        quote(word).encode(),
        quote_plus(word).encode(),
        quote(word, encoding="cp1252", errors="ignore").encode(),
    )
    yield from (
        escape(word).encode(),
        word.encode("ascii", "xmlcharrefreplace"),
        b2a_qp(plain),
        b2a_qp(plain, header=True),
    )
    for shift in range(3):
        # Signs that also depend on what stands before or after are left out.
        whole = b64encode(b"\0" * shift + plain)
        yield whole[4 if shift else 0 : (len(plain) + shift) // 3 * 4]


def found_in(content: bytes, wanted: Mapping[bytes, str]) -> set[str]:
    """The words that stand in these bytes in any way, in one pass over them."""
    starts: dict[bytes, list[bytes]] = {}
    for written in wanted:
        starts.setdefault(written[:_START], []).append(written)
    return {
        wanted[written]
        for at in range(len(content))
        for written in starts.get(content[at : at + _START], ())
        if content.startswith(written, at)
    }


def found_below(folder: Path, wanted: Mapping[bytes, str]) -> dict[str, set[str]]:
    """The files below a folder in whose name or content a word stands, and which."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if words := found_in(str(path.relative_to(folder)).encode() + b"\n" + content, wanted):
            found[str(path.relative_to(folder))] = words
    return found
