"""Names and telephone numbers as people write them, made comparable for searching and for finding duplicates.

"Oeztuerk", "Öztürk" and "OZTURK" are one name to whoever searches; "02307/12345" and "+49 2307 12345" one
number. Folding rather finds too much than too little: a person looks at the result. Nothing here is
stored in plaintext. Proven by properties over all of Unicode and by the spellings that clinics send.
"""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŋ": "n",
        "þ": "th",
        "ŧ": "t",
    }
)
_ASCII_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord("'"): "", ord("`"): ""}
_APOSTROPHES = re.compile("['’‘`´ʼ]")
_UMLAUT_E = re.compile("([aou])e+")
_NUMBER = re.compile(r"[+(]*\d(?:[\s()/.\-–]*\d)*+(?![^\W\d_])")  # a letter O among the digits: no number
_SECOND_NUMBER = re.compile(r"/\s*(?=0|\+|\(0)")
_SEPARATORS = str.maketrans("", "", " ()/.-–")
_USUAL = re.compile(r"0[1-9][0-9]+")
"""How most numbers are written here: with an area code, without a country."""
_FEWEST_DIGITS = 6
_LONGEST_TEXT = 200


def fold(text: str) -> str:
    """Reduce a name to what its spellings share: lower-case words without accents, parted by single spaces.

    Umlauts lose their dots and their written-out "e" alike (ä, ae, a become a), "ß" is "ss", the Turkish
    dotless ı an i; hyphens and all other signs part words, apostrophes do not. Letters of other scripts
    stay. Idempotent.
    """
    if text.isascii():
        words = text.lower().translate(_ASCII_WORDS)
    else:
        parted = unicodedata.normalize("NFKD", text)
        letters = "".join(sign for sign in parted if not unicodedata.category(sign).startswith("M"))
        letters = _APOSTROPHES.sub("", letters.casefold().translate(_LETTERS))
        words = "".join(sign if sign.isalnum() else " " for sign in letters)
    return " ".join(_UMLAUT_E.sub(r"\1", words).split())


def matches(query: str, *texts: str) -> bool:
    """Tell whether every word of the query begins some word of the texts; an empty query matches nothing."""
    wanted = fold(query).split()
    words = [word for text in texts for word in fold(text).split()]
    return bool(wanted) and all(any(word.startswith(start) for word in words) for start in wanted)


def phone_e164(text: str, region: str = "DE") -> str | None:
    """Return the first complete number in the text in E.164 ("+49230712345"), or None.

    A number without area code ("7737") is no number that could be compared, and gives None, and so does
    one that has lost its leading 0: it might be either. `region` is the country in which a number with a
    leading 0 is meant.
    """
    for run in _NUMBER.findall(unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])):
        for number in _SECOND_NUMBER.split(run):
            found = _e164(number.strip(), region)
            if found is not None:
                return found
    return None


def _e164(number: str, region: str) -> str | None:
    if number.lstrip("(")[:1] not in {"0", "+"}:
        return None
    digits = number.translate(_SEPARATORS)
    if region == "DE" and _USUAL.fullmatch(digits) and len(digits) - 1 in _german_lengths():
        return f"+49{digits[1:]}"
    return _parsed(number, region)


@lru_cache(maxsize=1)
def _german_lengths() -> frozenset[int]:
    """How many digits a German number can have after its 0, as the library knows them."""
    import phonenumbers  # noqa: PLC0415  (30 ms, and only for numbers)

    known = phonenumbers.PhoneMetadata.metadata_for_region("DE")
    lengths = known.general_desc.possible_length if known and known.general_desc else ()
    return frozenset(length for length in lengths if length >= _FEWEST_DIGITS)


def _parsed(number: str, region: str) -> str | None:
    """The number as the library reads it, which takes ten times as long as looking at a usual one."""
    import phonenumbers  # noqa: PLC0415  (as above)

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if len(phonenumbers.national_significant_number(parsed)) < _FEWEST_DIGITS:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def sounds_like(surname: str) -> str:
    """Return the Kölner Phonetik of each word of a surname, parted by spaces: "Müller-Weiß" gives "657 38".

    For proposing duplicates only. A word without a code (other scripts, "H") stands for itself, so that
    two such names are not taken for one.
    """
    return " ".join(_code(word) or word for word in fold(surname).split())


def _code(word: str) -> str:
    """The code of a folded word: the library's rules alone, for of accents and umlauts nothing is left to take away."""
    from cologne_phonetics import RGX_RULES  # noqa: PLC0415  (20 ms, and only for duplicates)

    for pattern, code in RGX_RULES:
        word = pattern.sub(code, word)
    return word
