"""Notes and keys that somebody has prepared: each a hair away from a good one, and refused.

Go's `sumdb/note`, on which the format rests, refuses the same ones (`tests/system/test_go_agrees.py`), but for those
where we are stricter on purpose: two different files never count as one note.
"""

import base64
from hashlib import sha256

import pytest

from audit.errors import MalformedNote
from audit.note import Verifier, encode64, open_note, sign_note
from tests.audit.world import FixedKeys

KEYS, OTHER = FixedKeys(seed=21), FixedKeys(seed=41)
OURS = Verifier("beispielstadt.example/protokoll", KEYS.public_key())
TEXT = "beispielstadt.example/protokoll\n7\nFür jede Zeile steht jemand ein.\n"
GOOD = sign_note(TEXT, OURS, KEYS.sign)
LINE = GOOD.split(b"\n\n")[1]
RAW = base64.b64decode(LINE.split(b" ")[2])
DASH = "\N{EM DASH} ".encode()
NAME = OURS.name.encode()


def signed(name: bytes, raw: bytes) -> bytes:
    """One line of signatures."""
    return DASH + name + b" " + base64.b64encode(raw) + b"\n"


def under(*lines: bytes, text: str = TEXT) -> bytes:
    """The note with these lines of signatures."""
    return text.encode() + b"\n" + b"".join(lines)


WITNESS = signed(b"zeuge.example", b"abcd" + bytes(64))
HOSTILE = {
    "nothing": b"",
    "a line break": b"\n",
    "only text": TEXT.encode(),
    "no signatures": under(),
    "only signatures": LINE,
    "no line between text and signatures": TEXT.encode() + LINE,
    "two empty lines between them": TEXT.encode() + b"\n\n" + LINE,
    "an empty line between two signatures": under(LINE, b"\n", WITNESS),
    "an empty line at the end": under(LINE, b"\n"),
    "text behind the signatures": under(LINE, b"und noch etwas\n"),
    "text before the signatures": under(b"und noch etwas\n", LINE),
    "no line break at the end": GOOD[:-1],
    "cut in the middle of the signature": GOOD[:-20],
    "a hyphen for the dash": under(b"- " + LINE[len(DASH) :]),
    "a shorter dash": under("\N{EN DASH} ".encode() + LINE[len(DASH) :]),
    "no dash": under(LINE[len(DASH) :]),
    "two spaces before the name": under(DASH + b" " + LINE[len(DASH) :]),
    "two spaces behind the name": under(LINE.replace(NAME + b" ", NAME + b"  ")),
    "a space at the end": under(LINE[:-1] + b" \n"),
    "no name": under(signed(b"", RAW)),
    "no signature behind the name": under(DASH + NAME + b"\n"),
    "an empty signature behind the name": under(DASH + NAME + b" \n"),
    "a plus in a name": under(LINE, signed(b"zeuge+1", RAW)),
    "a space in a name": under(LINE, signed(b"ein zeuge", RAW)),
    "a space of another script in a name": under(LINE, signed("ein\u3000zeuge".encode(), RAW)),
    "a space that does not break in a name": under(LINE, signed("ein\u00a0zeuge".encode(), RAW)),
    "no base64": under(DASH + NAME + b" !!!!\n"),
    "base64 without its end": under(LINE.replace(b"=", b"")),
    "base64 for addresses": under(signed(NAME, RAW[:4] + b"\xff" * 64).replace(b"/", b"_")),
    "a signature of four bytes": under(LINE, signed(b"zeuge.example", b"abcd")),
    "a byte of the signature missing": under(signed(NAME, RAW[:-1])),
    "a byte more behind the signature": under(signed(NAME, RAW + b"\0")),
    "all zeros for the signature": under(signed(NAME, RAW[:4] + bytes(64))),
    "the signature of another text": sign_note("etwas anderes\n", OURS, KEYS.sign).replace(
        b"etwas anderes\n", TEXT.encode()
    ),
    "another's signature under our key hash": under(signed(NAME, RAW[:4] + OTHER.sign(TEXT.encode()))),
    "our signature under another's key hash": under(
        signed(NAME, Verifier(OURS.name, OTHER.public_key()).key_hash + RAW[4:])
    ),
    "our signature under another's name": under(signed(b"zeuge.example", RAW)),
    "our name in capitals": under(signed(NAME.upper(), RAW)),
    "our name with a letter that looks the same": under(signed(NAME.replace(b"e", "е".encode()), RAW)),
    "only a witness": under(WITNESS),
    "a carriage return in each line": GOOD.replace(b"\n", b"\r\n"),
    "a tabulator in the text": GOOD.replace(b"7", b"7\t", 1),
    "a zero byte in the text": GOOD.replace(b"7", b"7\0", 1),
    "an escape sequence in the text": GOOD.replace(b"7", b"\x1b[31m7", 1),
    "a zero byte in a name": under(LINE, signed(b"zeuge\0", RAW)),
    "a mark of byte order before it": b"\xef\xbb\xbf" + GOOD,
    "Latin-1": GOOD.replace("ü".encode(), b"\xfc"),
    "half a letter": GOOD.replace("ü".encode(), b"\xc3"),
    "an overlong letter": GOOD.replace(b"7", b"\xc0\xb7", 1),
    "half a pair of UTF-16": GOOD.replace(b"7", b"\xed\xa0\x80", 1),
    "the text with one line less": under(LINE, text=TEXT.partition("\n")[2]),
    "the text with an empty line more": under(LINE, text=TEXT + "\n"),
    "the letters composed otherwise": GOOD.replace("ü".encode(), "u\u0308".encode()),
    "a hundred and one signatures": under(LINE, *[WITNESS] * 100),
}
STRICTER = {
    "our signature twice": under(LINE, LINE),
    "a wrong signature behind the right one": under(LINE, signed(NAME, RAW[:4] + bytes(64))),
    "base64 with bits that say nothing": under(LINE[:-3] + bytes([LINE[-3] + 1]) + b"=\n"),
    "a name that cannot be seen whole": under(LINE, signed("zeuge\u200b".encode(), RAW)),
    "a name written backwards": under(LINE, signed("zeuge\u202e".encode(), RAW)),
}
VKEY = OURS.vkey
NAMED, HASH, KEY = VKEY.split("+", 2)
ECDSA = b"\x02" + KEYS.public_key()
HOSTILE_KEYS = {
    "nothing": "",
    "no key": f"{NAMED}+{HASH}",
    "no hash": f"{NAMED}+{KEY}",
    "no name": f"+{HASH}+{KEY}",
    "another's name": f"zeuge.example+{HASH}+{KEY}",
    "a space in the name": f"beispiel stadt+{HASH}+{KEY}",
    "another's hash": f"{NAMED}+{Verifier(OURS.name, OTHER.public_key()).key_hash.hex()}+{KEY}",
    "another's key": f"{NAMED}+{HASH}+{Verifier(OURS.name, OTHER.public_key()).vkey.rpartition('+')[2]}",
    "half a hash": f"{NAMED}+{HASH[:4]}+{KEY}",
    "a hash that is no number": f"{NAMED}+kennung!+{KEY}",
    "a shorter key": Verifier(OURS.name, KEYS.public_key()[:-1]).vkey,
    "a longer key": Verifier(OURS.name, KEYS.public_key() + b"\0").vkey,
    "a key of another kind": "+".join(
        (NAMED, sha256(NAMED.encode() + b"\n" + ECDSA).hexdigest()[:8], encode64(ECDSA))
    ),
    "a line break at the end": VKEY + "\n",
}


def test_the_good_note_is_good() -> None:
    """With a witness beside it too; otherwise nothing below would say anything."""
    assert open_note(GOOD, OURS) == TEXT
    assert open_note(under(LINE, WITNESS), OURS) == TEXT
    assert open_note(under(WITNESS, LINE), OURS) == TEXT
    assert open_note(under(LINE, *[WITNESS] * 99), OURS) == TEXT
    assert Verifier.from_vkey(VKEY) == OURS


@pytest.mark.parametrize("name", [*HOSTILE, *STRICTER])
def test_a_prepared_note_is_refused(name: str) -> None:
    note = {**HOSTILE, **STRICTER}[name]
    assert note != GOOD
    with pytest.raises(MalformedNote) as refused:
        open_note(note, OURS)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", HOSTILE_KEYS)
def test_a_prepared_key_is_refused(name: str) -> None:
    assert HOSTILE_KEYS[name] != VKEY
    with pytest.raises(MalformedNote):
        Verifier.from_vkey(HOSTILE_KEYS[name])
