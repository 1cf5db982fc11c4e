"""C2SP signed notes: a text, a blank line, and Ed25519 signatures by named keys.

Strict on purpose: base64 that is not canonical, control characters and invalid signatures are refused,
so that two different files never count as the same note. Proven with the example of Go's `sumdb/note`.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.errors import MalformedNote

ED25519 = b"\x01"
MAX_NOTE = 65_536
MAX_SIGNATURES = 100
_SPACE = " "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""What a note must not contain: control characters other than the end of a line."""


def decode64(text: str) -> bytes:
    """Canonical standard base64, else MalformedNote."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedNote("Der Prüfpunkt enthält ungültiges Base64.") from None
    if base64.b64encode(raw).decode() != text:
        raise MalformedNote("Der Prüfpunkt enthält nicht eindeutiges Base64.")
    return raw


def encode64(raw: bytes) -> str:
    """Give standard base64 as text."""
    return base64.b64encode(raw).decode()


def valid_name(name: str) -> bool:
    """Whether a key may be called so: no plus, no spaces (Unicode's included), no control characters."""
    return bool(name) and "+" not in name and name.isprintable() and not any(c.isspace() for c in name)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key (raw Ed25519, 32 bytes) under its name."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        """The four bytes that stand before each signature."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key in hex, for people to compare: another key with the same `key_hash` can be found."""
        return sha256(self.public_key).hexdigest()

    @property
    def vkey(self) -> str:
        """`name+hash+base64`, the C2SP verifier key."""
        return f"{self.name}+{self.key_hash.hex()}+{encode64(ED25519 + self.public_key)}"

    @classmethod
    def from_vkey(cls, vkey: str) -> "Verifier":
        """Undo `vkey`; MalformedNote where name, hash and key do not fit together."""
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not valid_name(parts[0]):  # noqa: PLR2004 - name, hash and key
            raise MalformedNote("Der Prüfschlüssel hat nicht die Form Name+Kennung+Schlüssel.")
        key = decode64(parts[2])
        if len(key) != 1 + 32 or key[:1] != ED25519:
            raise MalformedNote("Der Prüfschlüssel ist kein Ed25519-Schlüssel.")
        verifier = cls(parts[0], key[1:])
        if verifier.key_hash.hex() != parts[1]:
            raise MalformedNote("Die Kennung des Prüfschlüssels passt nicht zu Name und Schlüssel.")
        return verifier

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def sign_note(text: str, verifier: Verifier, sign: Callable[[bytes], bytes]) -> bytes:
    """Give the signed note; `text` ends with a newline, `sign` makes an Ed25519 signature."""
    if not valid_name(verifier.name):
        raise MalformedNote("Der Name des Schlüssels enthält Leerzeichen oder Plus.")
    signature = verifier.key_hash + sign(text.encode())
    return f"{text}\n— {verifier.name} {encode64(signature)}\n".encode()


def open_note(note: bytes, verifier: Verifier, *, alone: bool = False) -> str:
    """Give the text if `verifier` signed it.

    Signatures by other names (witnesses) are passed over, or refused where the note must be signed by this
    key `alone`; a wrong signature by this key is never passed over. Raises MalformedNote.
    """
    text, signatures = _parts(note)
    found = False
    for name, key_hash, signature in signatures:
        if (name, key_hash) == (verifier.name, verifier.key_hash):
            if found or not verifier.accepts(text.encode(), signature):
                raise MalformedNote("Die Unterschrift des Prüfpunkts ist nicht gültig.")
            found = True
        elif alone:
            raise MalformedNote("Der Prüfpunkt trägt eine fremde Unterschrift.")
    if not found:
        raise MalformedNote("Der Prüfpunkt trägt keine Unterschrift mit diesem Schlüssel.")
    return text


def is_note(content: bytes) -> bool:
    """Whether it has the form of a signed note, whoever signed it."""
    try:
        _parts(content)
    except MalformedNote:
        return False
    return True


def _parts(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    if len(note) > MAX_NOTE:
        raise MalformedNote("Der Prüfpunkt ist zu lang.")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise MalformedNote("Der Prüfpunkt ist kein UTF-8.") from None
    if _CONTROL.search(whole):
        raise MalformedNote("Der Prüfpunkt enthält Steuerzeichen.")
    text, gap, block = whole.rpartition("\n\n")
    if not gap or not text or not block.endswith("\n"):
        raise MalformedNote("Dem Prüfpunkt fehlen Text oder Unterschriften.")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNote("Der Prüfpunkt trägt zu viele Unterschriften.")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(_SPACE)
    if len(parts) != 3 or parts[0] != "—" or not valid_name(parts[1]):  # noqa: PLR2004 - dash, name, signature
        raise MalformedNote("Eine Zeile der Unterschriften hat nicht die verlangte Form.")
    raw = decode64(parts[2])
    if len(raw) < 5:  # noqa: PLR2004 - four bytes of key hash and a signature
        raise MalformedNote("Eine Unterschrift ist zu kurz.")
    return parts[1], raw[:4], raw[4:]
