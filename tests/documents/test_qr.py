"""A checkpoint as a QR code: what another program reads from the drawing is the note, byte for byte."""

import re
import struct
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents.qr import MOST_BYTES, TooLong, png, svg, terminal
from audit.checkpoint import Checkpoint
from audit.keys import log_verifier
from tests.audit.world import ORIGIN, FixedKeys

Dots = list[list[bool]]
"""Rows of modules with the quiet zone, True where dark."""


def a_note(size: int = 12_345) -> bytes:
    keys = FixedKeys()
    return Checkpoint(ORIGIN, size, bytes(32)).sign(log_verifier(ORIGIN, keys), keys.sign)


def in_terminal(note: bytes) -> Dots:
    """Two rows in each line: on a dark terminal a block is light."""
    rows: Dots = []
    for line in terminal(note).splitlines():
        rows.append([sign not in "█▀" for sign in line])
        rows.append([sign not in "█▄" for sign in line])
    return rows[: len(rows[0])]


def in_svg(note: bytes) -> Dots:
    """Each stroke of the path: M x y, h length dark, m on without drawing."""
    text = svg(note).decode()
    side = int(re.findall(r'width="(\d+)"', text)[0]) // 4
    rows = [[False] * side for _ in range(side)]
    x = y = 0.0
    (path,) = re.findall(r'class="qrline"[^>]* d="([^"]+)"', text)
    for stroke, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ]?(-?[\d.]+))?", path):
        if stroke == "M":
            x, y = float(first), float(second)
        elif stroke == "m":
            x, y = x + float(first), y + float(second)
        else:
            for column in range(int(x), int(x + float(first))):
                rows[int(y)][column] = True
            x += float(first)
    return rows


def in_png(note: bytes) -> Dots:
    """A PNG of one bit a dot, four dots a module, read by hand."""
    data, chunks = png(note)[8:], b""
    width = height = 0
    while data:
        length, kind = struct.unpack(">I4s", data[:8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[8:18])
            assert (width, depth, colour) == (height, 1, 0)
        elif kind == b"IDAT":
            chunks += data[8 : 8 + length]
        data = data[12 + length :]
    raw, stride = zlib.decompress(chunks), 1 + (width + 7) // 8
    lines: list[bytes] = []
    for start in range(0, len(raw), stride):
        line = raw[start : start + stride]
        if line[0] == 2:  # says what differs from the line above
            line = bytes((one + above) % 256 for one, above in zip(line, lines[-1], strict=True))
        lines.append(bytes(1) + line[1:])
    bits = [[not line[1 + at // 8] >> (7 - at % 8) & 1 for at in range(0, width, 4)] for line in lines]
    return bits[::4]


WAYS: dict[str, Callable[[bytes], Dots]] = {"terminal": in_terminal, "svg": in_svg, "png": in_png}


def read(dots: Dots) -> Any:  # noqa: ANN401 - the reader brings no types
    """What another program makes of the picture, four dots a module."""
    reader = import_module("zxingcpp")
    lines = [bytes(0 if dark else 255 for dark in row for _ in range(4)) for row in dots for _ in range(4)]
    (found,) = reader.read_barcodes(memoryview(b"".join(lines)).cast("B", (len(lines), len(lines[0]))))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_what_is_drawn_is_read_again(way: str) -> None:
    found = read(WAYS[way](a_note()))
    assert bytes(found.bytes) == a_note()
    assert found.ec_level in "MQH"


def test_all_drawings_are_of_the_same_code_and_leave_a_quiet_zone() -> None:
    svg_dots, png_dots, terminal_dots = (draw(a_note()) for draw in WAYS.values())
    assert svg_dots == png_dots == terminal_dots
    side = len(svg_dots)
    assert all(len(row) == side for row in svg_dots)
    edge = [*svg_dots[:4], *svg_dots[-4:], *(row[:4] + row[-4:] for row in svg_dots)]
    assert not any(any(part) for part in edge)
    assert all(svg_dots[4][4:11])


def test_the_same_note_has_the_same_drawing_and_a_sheet_has_room_for_it() -> None:
    assert (svg(a_note()), png(a_note())) == (svg(a_note()), png(a_note()))
    assert len(in_svg(a_note(2**62))) <= 69 + 8


def test_a_stain_does_not_matter() -> None:
    """Level M: about a seventh of the code may be lost; a coffee ring takes less."""
    dots = in_svg(a_note())
    for y in range(30, 38):
        for x in range(30, 38):
            dots[y][x] = True
    assert bytes(read(dots).bytes) == a_note()


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=30, deadline=None)
def test_whatever_the_bytes_they_come_back(content: bytes) -> None:
    assert bytes(read(in_svg(content)).bytes) == content


def test_a_text_that_is_too_long_is_refused_with_a_sentence() -> None:
    assert svg(b"x" * MOST_BYTES)
    with pytest.raises(TooLong, match="zu lang"):
        svg(b"x" * (MOST_BYTES + 1))
