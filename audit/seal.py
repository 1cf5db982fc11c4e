"""Data keys and the sealed bodies of an entry.

A body is `nonce ‖ ciphertext ‖ tag` over JSON padded with spaces, so its length does not tell the kind of
event; its associated data bind it to log, number, time and keys, so it opens at no other place. AES-GCM
alone would allow one ciphertext under two keys; `key_id` commits to the key. `tests/audit/data/lts1.json`
freezes it all.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audit.errors import UnreadableBody

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

SECRET_SIZE = 32
NONCE_SIZE = 12
TAG_SIZE = 16
PADDING = 256
BLOCK_SIZE = 64
"""Of SHA-256, for HMAC (RFC 2104)."""
INFO = b"lotse/lts1/data"
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class DataKey:
    """Thirty-two random bytes and what is derived from them; never printed or pickled.

    `key_id` (32 bytes) may stand anywhere. The derived key seals bodies and dossiers or keys an HMAC; each
    purpose has a key of its own, and associated data keep bodies and dossiers of one case apart. `decrypt` is the
    cipher itself (nonce, ciphertext and tag, associated data; InvalidTag), for who opens very many.
    """

    __slots__ = ("_cipher", "_derived", "_pads", "decrypt", "key_id", "secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_SIZE:
            raise ValueError("A data key is made of 32 bytes.")
        derived = derive(secret, INFO, 2 * SECRET_SIZE)
        self.secret = secret
        self.key_id = derived[32:]
        self._derived = derived[:32]
        self._cipher = AESGCM(self._derived)
        self.decrypt = self._cipher.decrypt
        self._pads: tuple[HASH, HASH] | None = None

    def __repr__(self) -> str:
        return f"DataKey({self.key_id[:4].hex()}…)"

    def __reduce__(self) -> str:
        raise TypeError("A data key is not to be pickled.")

    def seal(self, plain: bytes, aad: bytes, nonce: bytes) -> bytes:
        """Give `nonce ‖ ciphertext ‖ tag`; the nonce is 12 random bytes, used once."""
        return nonce + self._cipher.encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Undo `seal`; UnreadableBody when anything at all was altered."""
        if len(sealed) < NONCE_SIZE + TAG_SIZE:
            raise UnreadableBody("Der Inhalt ist zu kurz.")
        try:
            return self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)
        except InvalidTag:
            raise UnreadableBody("Der Inhalt gehört nicht zu Schlüssel und Stelle.") from None

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 under the derived key, 32 bytes; the key's two blocks are hashed once, when first needed."""
        if self._pads is None:
            self._pads = keyed(self._derived)
        inner, outer = self._pads[0].copy(), self._pads[1].copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def derive(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 without salt (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def keyed(key: bytes) -> tuple["HASH", "HASH"]:
    """Give the two hashes of HMAC-SHA256 once they have taken a key of at most 64 bytes (RFC 2104)."""
    block = key.ljust(BLOCK_SIZE, b"\0")
    return sha256(block.translate(_INNER_PAD)), sha256(block.translate(_OUTER_PAD))


def aad_a(head: bytes) -> bytes:
    """Associated data of body A; `head` is leaf[0:120]."""
    return head + b"A"


def aad_b(head: bytes, hash_a: bytes) -> bytes:
    """Associated data of body B; `head` is leaf[0:120], `hash_a` SHA-256 of body A."""
    return head + b"B" + hash_a


def pad(content: bytes) -> bytes:
    """Fill with spaces to the next multiple of 256 bytes; no JSON is empty."""
    return content.ljust(-(-len(content) // PADDING) * PADDING)


def seal_body(key: DataKey, aad: bytes, content: Mapping[str, Any], nonce: bytes) -> bytes:
    """Seal one body; `aad` from `aad_a` or `aad_b`, `content` plain JSON values."""
    return key.seal(pad(orjson.dumps(content)), aad, nonce)


def open_body(key: DataKey, aad: bytes, body: bytes) -> dict[str, Any]:
    """Open one body; UnreadableBody when it is not a padded JSON object sealed for this place."""
    length = len(body) - NONCE_SIZE - TAG_SIZE
    if length < PADDING or length % PADDING:
        raise UnreadableBody("Der Inhalt hat keine zulässige Länge.")
    try:
        content = orjson.loads(key.open(body, aad))
    except orjson.JSONDecodeError:
        raise UnreadableBody("Der Inhalt ist kein JSON.") from None
    if not isinstance(content, dict):
        raise UnreadableBody("Der Inhalt ist kein JSON-Objekt.")
    return content
