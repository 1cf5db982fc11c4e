"""The lines of a list as text, in constant memory however long a line is.

What no person can have typed (undecodable bytes, NUL, control characters) becomes U+FFFD, so that every
line can be stored, and the row that holds it is known as damaged.
"""

import codecs
import re
from collections.abc import Callable, Iterator

from workflow.intake.danger import sign_in_damaged

LONGEST_LINE = 100_000
UNREADABLE = "\ufffd"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OVERLAP = 40
_MARK = "\ufeff"


def _decoded(chunks: Iterator[bytes], encoding: str, taken: Callable[[int], None]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    begun = False
    for chunk in chunks:
        taken(len(chunk))
        text = _CONTROL.sub(UNREADABLE, decoder.decode(chunk))
        yield text if begun else text.removeprefix(_MARK)
        begun = begun or bool(text)
    yield _CONTROL.sub(UNREADABLE, decoder.decode(b"", final=True))


def _joined(kept: str, more: str) -> str:
    """Append to a line; beyond LONGEST_LINE only a sign of danger in the rest, which is given up."""
    if len(kept) + len(more) <= LONGEST_LINE:
        return kept + more
    if len(kept) <= LONGEST_LINE:
        whole = kept + more
        kept, more = whole[: LONGEST_LINE + 1], whole[LONGEST_LINE + 1 :]
    if len(kept) > LONGEST_LINE + 1:
        return kept
    sign = sign_in_damaged((kept[-_OVERLAP:] + more,))
    return f"{kept} {sign}" if sign else kept


def lines(
    chunks: Iterator[bytes], encoding: str, newline: str, taken: Callable[[int], None]
) -> Iterator[str]:
    """Each line without its `newline`, a carriage return kept; `taken` hears how many bytes were read.

    A line that comes out longer than LONGEST_LINE was longer still: its beginning is kept, the rest
    searched for signs of danger and given up. A last line of one unreadable character (the end mark of DOS)
    is none.
    """
    carry = ""
    for text in _decoded(chunks, encoding, taken):
        pieces = text.split(newline)
        carry = _joined(carry, pieces[0])
        if len(pieces) > 1:
            yield carry
            for piece in pieces[1:-1]:
                yield piece if len(piece) <= LONGEST_LINE else _joined("", piece)
            carry = _joined("", pieces[-1])
    if carry and carry != UNREADABLE:
        yield carry
