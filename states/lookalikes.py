"""Names and labels that only look different are taken for the same.

A profile comes from outside: a second „Abgeschlossen“ written with a Cyrillic letter, or `x_l1` beside `x_ll`, would
deceive whoever reads the screen. Folding is coarse on purpose: it refuses too much rather than too little.
"""

import re
import unicodedata

_TWINS = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "к": "k", "м": "m", "т": "t",
        "в": "b", "н": "h", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d", "α": "a", "ο": "o", "ν": "v", "ρ": "p",
        "τ": "t", "ι": "i", "κ": "k", "0": "o", "1": "l", "i": "l", "|": "l", "ı": "l", "5": "s",
    }
)  # fmt: skip
_LETTERS_AND_SIGNS = re.compile(r"[^\W_]", re.UNICODE)
_ALLOWED = re.compile(r"[ -~äöüÄÖÜßẞ§–„“‚‘’…éèêçáàíóúñşğıİŞĞ]+")
LONGEST_LABEL = 80


def folded(text: str) -> str:
    """Give what a glance sees: no case, no spaces or signs, look-alike letters made one."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_TWINS)
    return "".join(_LETTERS_AND_SIGNS.findall(plain)).replace("rn", "m").replace("vv", "w")


def readable(label: str) -> bool:
    """Whether a label consists of ordinary German writing, in one line, within the length allowed."""
    return bool(_ALLOWED.fullmatch(label)) and len(label) <= LONGEST_LABEL and label.strip() == label
