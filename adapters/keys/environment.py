"""Keys made from LOTSE_DEVELOPMENT_KEY: for trying out, never for a family. Production refuses them.

There is one version, and it can be neither rotated nor destroyed: who erases with it erases nothing for good.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.keys.errors import KeysFixed, KeysMissing, KeysUnsafe
from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KekVersion

SHORTEST = 16
_NONCE = 12


class EnvironmentKeys:
    """A `KeyProvider` over one text of the environment; KeysUnsafe unless it is for development."""

    def __init__(self, text: str | None, *, development: bool) -> None:
        if not development:
            raise KeysUnsafe(
                "LOTSE_KEY_PROVIDER=environment ist nur zum Entwickeln (LOTSE_MODE=development). "
                "Nächster Schritt: LOTSE_KEY_PROVIDER=file, passphrase oder vault."
            )
        if not text:
            raise KeysMissing("Es fehlt LOTSE_DEVELOPMENT_KEY.")
        if len(text) < SHORTEST:
            raise KeysUnsafe(f"LOTSE_DEVELOPMENT_KEY hat mindestens {SHORTEST} Zeichen.")
        self._kek = AESGCM(_derived(text, b"kek"))
        self._signing = Ed25519PrivateKey.from_private_bytes(_derived(text, b"sign"))

    def __repr__(self) -> str:
        return "EnvironmentKeys()"

    def current_version(self) -> int:
        """Give the one version."""
        return 1

    def versions(self) -> tuple[KekVersion, ...]:
        """Give the one version; nobody knows its age."""
        return (KekVersion(1),)

    def add_version(self) -> int:
        """Refuse: KeysFixed."""
        raise KeysFixed(
            "Ein Schlüssel aus der Umgebung lässt sich nicht erneuern; er ist nur zum Entwickeln."
        )

    def wrap(self, version: int, context: bytes, secret: bytes) -> bytes:
        """Give `nonce ‖ ciphertext ‖ tag`; KeyDestroyed for any other version."""
        _only(version)
        nonce = os.urandom(_NONCE)
        return nonce + self._kek.encrypt(nonce, secret, context)

    def unwrap(self, version: int, context: bytes, wrapped: bytes) -> bytes:
        """Undo `wrap`; WrongKey where context or bytes differ, KeyDestroyed for any other version."""
        _only(version)
        try:
            return self._kek.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
        except (InvalidTag, ValueError):
            raise WrongKey("Die Hülle des Schlüssels wurde verändert oder gehört nicht hierher.") from None

    def destroy_version(self, version: int) -> None:
        """Refuse: ValueError for the current version, KeyDestroyed for any other."""
        _only(version)
        raise ValueError("The current version wraps new keys and stays.")

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature, 64 bytes."""
        return self._signing.sign(message)

    def public_key(self) -> bytes:
        """Give the raw Ed25519 public key, 32 bytes."""
        return self._signing.public_key().public_bytes_raw()


def _derived(text: str, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"lotse/development/" + use).derive(text.encode())


def _only(version: int) -> None:
    if version != 1:
        raise KeyDestroyed(f"Die Version {version} des Hauptschlüssels gibt es nicht.")
