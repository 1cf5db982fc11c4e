"""Passwords: Argon2id under a key that the database does not have, and what a password must not be.

Rules as NIST SP 800-63B-4 and ASVS 5.0 (6.2) want them: 12 to 128 characters, any of them, no composition rules; refused
is what is known from leaks or is soon guessed: zxcvbn's 30 000 most frequent leaked passwords, words, keyboards, dates,
and words of this office. At most two are computed at a time. Tried in `tests/login/test_passwords.py`.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from secrets import token_bytes
from threading import BoundedSemaphore

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from adapters.lanes import turn as lanes_turn

LEAST, MOST = 12, 128
AT_ONCE = 2
"""So many are computed at a time: each takes its memory."""
PATIENCE = 5.0
"""So many seconds somebody waits for their turn."""
_SALT, _HASH = 16, 32
_ESTIMATED = 72
"""The estimate looks at so many characters: it takes time with the length, and more of them do no harm."""
_STRONG = 4
"""zxcvbn's score from which a password withstands 10^10 guesses and more."""
_HERE = """
    lotse familie familien hilfe hilfen frühe fruehe hebamme familienhebamme jugendamt jugendhilfe fachkraft leitung
    passwort kennwort geheim hallo willkommen sommer winter herbst frühling fruehling januar februar märz maerz april
    mai juni juli august september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag
    sonntag schatz liebe liebling mausi baby kinder kind sonne blume stadt kreis deutschland berlin start anmeldung
"""
"""What German offices take for passwords, beside what the library knows."""
_WORD = re.compile(r"\w{3,}")
_PARAMETERS = re.compile(r"\$argon2id\$v=19\$m=([0-9]+),t=([0-9]+),p=([0-9]+)\$")


class TooBusyError(Exception):
    """Zu viele Anmeldungen zugleich. Nächster Schritt: gleich noch einmal versuchen."""


class WeakPasswordError(Exception):
    """The password is refused; the message is a German sentence that never repeats it."""


def told(password: str) -> bytes | None:
    """The bytes of a password in normal form (NFC), the same from every keyboard; None where it is no text."""
    try:
        return unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        return None


def check(password: str, around: Iterable[str] = ()) -> None:
    """Raise WeakPasswordError where the password must not be taken; `around` are words of its person and place."""
    raw = told(password)
    if raw is None:
        raise WeakPasswordError("Das Passwort enthält Zeichen, die kein Text sind.")
    password = raw.decode()
    if len(password) < LEAST:
        raise WeakPasswordError(
            f"Das Passwort ist zu kurz: mindestens {LEAST} Zeichen, zum Beispiel vier Wörter."
        )
    if len(password) > MOST:
        raise WeakPasswordError(f"Das Passwort ist zu lang: höchstens {MOST} Zeichen.")
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take a tenth of a second, only where one is chosen

    own = {word.casefold() for text in around for word in _WORD.findall(text)}
    found = zxcvbn(password[:_ESTIMATED], user_inputs=[*_HERE.split(), *sorted(own)], max_length=_ESTIMATED)
    if found["score"] < _STRONG:
        raise WeakPasswordError(
            "Dieses Passwort ist bekannt oder leicht zu erraten. Nächster Schritt: ein anderes wählen, zum Beispiel vier "
            "Wörter, die nichts miteinander zu tun haben."
        )


class Passwords:
    """Hashes and verifies. `effort` is memory (KiB), passes, lanes; `pepper` the key beside the database."""

    def __init__(self, effort: tuple[int, int, int], pepper: bytes) -> None:
        self._effort = effort
        self._pepper = pepper
        self._turns = BoundedSemaphore(AT_ONCE)
        self._nobodys = self._derived(token_bytes(_HASH))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn to have a password computed. Raises TooBusyError after some seconds."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise TooBusyError
        try:
            yield
        finally:
            self._turns.release()

    def hash(self, password: str) -> str:
        """The PHC string of a password that has passed `check`; within a `turn`."""
        raw = told(password)
        assert raw is not None
        return self._derived(raw)

    def fits(self, password: str, known: str | None) -> bool:
        """Whether it is the password; within a `turn`. Where there is none to compare with, it takes as long.

        What was written with other parameters takes its own time.
        """
        raw = told(password)
        usable = raw if raw is not None and len(password) <= MOST else b""
        phc = known or self._nobodys
        try:
            with lanes_turn(_lanes_of(phc)):
                Argon2id.verify_phc_encoded(usable, phc, secret=self._pepper)
        except (InvalidKey, ValueError):
            return False
        return known is not None and usable != b""

    def outdated(self, known: str) -> bool:
        """Whether it was hashed with less or other effort than is set now."""
        fit = _PARAMETERS.match(known)
        return fit is None or tuple(map(int, fit.groups())) != self._effort

    def _derived(self, raw: bytes) -> str:
        memory, passes, lanes = self._effort
        argon = Argon2id(
            salt=token_bytes(_SALT),
            length=_HASH,
            iterations=passes,
            lanes=lanes,
            memory_cost=memory,
            secret=self._pepper,
        )
        with lanes_turn(lanes):
            return argon.derive_phc_encoded(raw)


def _lanes_of(phc: str) -> int:
    fit = _PARAMETERS.match(phc)
    return int(fit[3]) if fit else 1


def same(one: str, other: str) -> bool:
    """Whether two short texts are the same, in time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
