"""How the text of a setting is read: each reader gives its value, or raises ValueError where it cannot be one.

Proven by `tests/test_settings.py`.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from states.vocabulary import Role

HERE = {"localhost", "127.0.0.1", "::1"}
"""The names of this machine: here nobody can listen."""
_MOST = 65_535
_OWASP = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""OWASP Password Storage Cheat Sheet: memory in KiB with the passes it needs, all of equal strength."""


def like(pattern: str) -> Callable[[str], str]:
    """A reader of texts of this form."""

    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError
        return text

    return read


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one of these words."""
    return like("|".join(map(re.escape, allowed)))


def port(text: str) -> int:
    """A port, 1 to 65535."""
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 0 < number <= _MOST:
        raise ValueError
    return number


def base_url(text: str) -> str:
    """An origin: scheme, host, port, nothing behind. Plain http only where nobody can listen."""
    address = urlsplit(text)
    plain = address.scheme == "http" and address.hostname in HERE
    if (address.scheme != "https" and not plain) or not address.hostname or address.username is not None:
        raise ValueError
    if address.path not in ("", "/") or address.query or address.fragment or address.port == 0:
        raise ValueError
    return text.rstrip("/").casefold()


def between(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in these bounds, both included."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() else least - 1
        if not least <= number <= most:
            raise ValueError
        return number

    return read


def roles(text: str) -> frozenset[Role]:
    """Roles by their names, separated by commas; "none" for none, "all" for every one."""
    if text == "all":
        return frozenset(Role)
    return frozenset() if text == "none" else frozenset(Role(name.strip()) for name in text.split(","))


def roles_there(text: str) -> tuple[tuple[str, Role], ...]:
    """Pairs of an identity provider's role and ours: `there=here`, separated by commas."""
    pairs = [each.strip().rpartition("=") for each in text.split(",")]
    if not all(there and sign for there, sign, _ in pairs):
        raise ValueError
    return tuple((there, Role(here)) for there, _, here in pairs)


def words(text: str) -> frozenset[str]:
    """Words as a token's claim has them, separated by commas."""
    found = frozenset(each.strip() for each in text.split(","))
    if not all(re.fullmatch(r"[\x21-\x7e]{1,200}", each) for each in found):
        raise ValueError
    return found


def argon2(text: str) -> tuple[int, int, int]:
    """Memory (KiB), passes and lanes of Argon2id: `m=19456,t=2,p=1`, never weaker than OWASP asks."""
    fit = re.fullmatch(r"m=([0-9]{4,7}),t=([0-9]{1,2}),p=([1-9])", text)
    memory, passes, lanes = map(int, fit.groups()) if fit else (0, 0, 0)
    if not any(memory >= least and passes >= beside for least, beside in _OWASP):
        raise ValueError
    return memory, passes, lanes


def yes(text: str) -> bool:
    """Yes or no."""
    if text not in ("yes", "no"):
        raise ValueError
    return text == "yes"
