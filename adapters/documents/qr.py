"""QR codes of short texts such as a checkpoint: as SVG or PNG for paper, as characters for a terminal.

Error correction M or better, so that a fold or a stamp on the sheet does not matter. Proven by reading them again
with another program (`tests/documents/test_qr.py`).
"""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

MOST_BYTES = 2331
"""What the largest code holds at level M."""
_SCALE = 4
_BORDER = 4


class TooLong(ValueError):
    """The text does not fit into a QR code."""


def svg(note: bytes) -> bytes:
    """The code as a stand-alone SVG, black on white, with its quiet zone; the same bytes for the same text."""
    return _saved(note, "svg", scale=_SCALE, border=_BORDER, light="white", omitsize=False)


def png(note: bytes) -> bytes:
    """The code as a PNG, four dots a module."""
    return _saved(note, "png", scale=_SCALE, border=_BORDER)


def terminal(note: bytes) -> str:
    """The code in block characters, two rows in one line, to be scanned from a dark terminal."""
    text = io.StringIO()
    _code(note).terminal(text, compact=True, border=_BORDER)
    return text.getvalue()


def _saved(note: bytes, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    _code(note).save(out, kind=kind, **how)
    return out.getvalue()


def _code(note: bytes) -> "QRCode":
    import segno  # noqa: PLC0415 - only where a code is drawn

    if len(note) > MOST_BYTES:
        raise TooLong("Der Text ist zu lang für einen QR-Code.")
    return segno.make(note, error="m", mode="byte", micro=False, boost_error=True)
