"""Wordings brought to one form, so that "Ja (mündl.)" and "ja mündl" are the same to whoever compares them.

Only for comparing: what a person wrote is kept as written.
"""

import re
import unicodedata

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NO_WORD = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[a-zäöü0-9\s.,;:()\-–/!'\"]*")


def fold(text: str) -> str:
    """Give small letters and digits: ä as ae, ß as ss, other accents dropped, anything else as one space."""
    small = unicodedata.normalize("NFC", text).casefold()
    if not small.isascii():
        small = unicodedata.normalize("NFKD", small.translate(_GERMAN))
        small = "".join(letter for letter in small if not unicodedata.combining(letter))
    return _NO_WORD.sub(" ", small).strip()


def is_plain(text: str) -> bool:
    """Whether a text has only German letters, digits and ordinary punctuation: no box to tick, no foreign letter."""
    return _PLAIN.fullmatch(unicodedata.normalize("NFC", text).casefold()) is not None


def tidy(text: str) -> str:
    """Give the text in composed Unicode (NFC), each run of white space as one space and none at the ends."""
    plain = " ".join(text.split())
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)
