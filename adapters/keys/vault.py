"""Master keys in HashiCorp Vault or OpenBao: one transit key a KEK version, one Ed25519 key for signing.

A version is a key of its own, so that it can be destroyed alone; the context is bound as associated data. Nothing
secret comes out, not for escrow either: that is the server's own backup. Proven against a real OpenBao server.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime

from adapters.keys.errors import KeysDamaged, KeysExist, KeysMissing, KeysUnreachable
from adapters.keys.transit import Answer, NotLetIn, Refused, Server, Transit, as_bytes, garbled
from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KekVersion

ENCRYPTION, SIGNATURE = "aes256-gcm96", "ed25519"
_PUBLIC_SIZE, _SIGNATURE_SIZE = 32, 64
_WRAPPED = re.compile(rb"vault:v[1-9][0-9]*:([A-Za-z0-9+/=]+)")
_SIGNED = re.compile(r"vault:v1:([A-Za-z0-9+/=]+)")


class VaultKeys:
    """A `KeyProvider` over a transit engine; KeysMissing where its keys have not been made there."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transit = Transit(server)
        self._name = re.compile(rf"{re.escape(server.prefix)}-kek-([1-9][0-9]{{0,8}})")
        signing = self._transit.key(_signing(server))
        if signing is None or not self._numbers():
            raise KeysMissing(f"Unter {server.prefix}-… liegen in Vault keine Schlüssel von Lotse.")
        self._public = _public_key(signing)
        self._careful = self._transit.makes_on_first_use()

    def __repr__(self) -> str:
        return f"VaultKeys({self._server.url!r}, {self._server.prefix!r})"

    @classmethod
    def create(cls, server: Server) -> "VaultKeys":
        """Make the keys; KeysExist where there is a signing key of this name already."""
        transit = Transit(server)
        if transit.key(_signing(server)) is not None:
            raise KeysExist(f"In Vault gibt es {_signing(server)} schon; Schlüssel werden nie überschrieben.")
        # The signing key comes last: cut off before it, this is done again, and the first version stays.
        _make(transit, f"{server.prefix}-kek-1", ENCRYPTION)
        _make(transit, _signing(server), SIGNATURE)
        return cls(server)

    def current_version(self) -> int:
        """Give the newest KEK version."""
        numbers = self._numbers()
        if not numbers:
            raise KeysDamaged("In Vault liegt kein Hauptschlüssel von Lotse mehr.")
        return numbers[-1]

    def versions(self) -> tuple[KekVersion, ...]:
        """Give the versions there are, the oldest first, each with the time at which the server made it."""
        found = ((number, self._transit.key(self._kek(number))) for number in self._numbers())
        return tuple(KekVersion(number, _made_at(key)) for number, key in found if key is not None)

    def add_version(self) -> int:
        """Make the next KEK version, current from now on, and give its number."""
        version = self.current_version() + 1
        _make(self._transit, self._kek(version), ENCRYPTION)
        return version

    def wrap(self, version: int, context: bytes, secret: bytes) -> bytes:
        """Give the server's cipher text; KeyDestroyed where the version is gone."""
        # An engine that makes keys on first use would bring a destroyed version back under its old name.
        if self._careful:
            self._refuse_gone(version)
        try:
            return self._transit.encrypt(self._kek(version), secret, context)
        except Refused:
            raise self._why(version) from None
        except NotLetIn:
            # To who may not make keys, encrypting under one that is gone is forbidden rather than wrong.
            self._refuse_gone(version)
            raise

    def unwrap(self, version: int, context: bytes, wrapped: bytes) -> bytes:
        """Undo `wrap`; WrongKey where context or bytes differ, KeyDestroyed where the version is gone."""
        if not _is_canonical(wrapped):
            raise self._why(version)
        try:
            return self._transit.decrypt(self._kek(version), wrapped, context)
        except Refused:
            raise self._why(version) from None

    def destroy_version(self, version: int) -> None:
        """Delete a version's key; ValueError for the current one, KeyDestroyed where it is gone."""
        self._refuse_gone(version)
        if version == self.current_version():
            raise ValueError("The current version wraps new keys and stays.")
        name = self._kek(version)
        try:
            self._transit.delete(name)
        except Refused:
            raise KeysUnreachable(
                f"Vault löscht {name} nicht. Nächster Schritt: die Rechte prüfen."
            ) from None

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature, 64 bytes."""
        try:
            match = _SIGNED.fullmatch(self._transit.sign(_signing(self._server), message))
        except Refused:
            raise KeysMissing(f"Vault unterschreibt nicht mit {_signing(self._server)}.") from None
        signature = as_bytes(match[1]) if match else b""
        if len(signature) != _SIGNATURE_SIZE:
            raise garbled()
        return signature

    def public_key(self) -> bytes:
        """Give the raw Ed25519 public key, 32 bytes."""
        return self._public

    def _kek(self, version: int) -> str:
        return f"{self._server.prefix}-kek-{version}"

    def _numbers(self) -> tuple[int, ...]:
        found = map(self._name.fullmatch, self._transit.names())
        return tuple(sorted(int(match[1]) for match in found if match))

    def _refuse_gone(self, version: int) -> None:
        if self._transit.key(self._kek(version)) is None:
            raise KeyDestroyed(f"Die Version {version} des Hauptschlüssels gibt es nicht (mehr).")

    def _why(self, version: int) -> WrongKey:
        """Why the server calls a request wrong. Raises KeyDestroyed where the version is gone."""
        self._refuse_gone(version)
        return WrongKey("Die Hülle des Schlüssels wurde verändert oder gehört nicht hierher.")


def _is_canonical(wrapped: bytes) -> bool:
    """Whether this is the one way of writing a cipher text; the server reads others too."""
    match = _WRAPPED.fullmatch(wrapped)
    try:
        return match is not None and base64.b64encode(base64.b64decode(match[1], validate=True)) == match[1]
    except ValueError:
        return False


def _signing(server: Server) -> str:
    return f"{server.prefix}-sign"


def _make(transit: Transit, name: str, kind: str) -> None:
    try:
        transit.make(name, kind)
    except Refused:
        raise KeysUnreachable(f"Vault legt {name} nicht an. Nächster Schritt: die Rechte prüfen.") from None
    made = transit.key(name)
    if made is None or made.get("type") != kind:
        raise KeysDamaged(f"{name} ist in Vault kein Schlüssel der Art {kind}.")


def _first(key: Answer) -> object:
    versions = key.get("keys")
    return versions.get("1") if isinstance(versions, Mapping) else None


def _public_key(key: Answer) -> bytes:
    first = _first(key) if key.get("type") == SIGNATURE else None
    public = first.get("public_key") if isinstance(first, Mapping) else None
    raw = as_bytes(public) if isinstance(public, str) else b""
    if len(raw) != _PUBLIC_SIZE:
        raise KeysDamaged("Der Unterschriftsschlüssel in Vault ist kein Ed25519-Schlüssel.")
    return raw


def _made_at(key: Answer) -> int | None:
    """Unix milliseconds; the server gives seconds, or an ISO time."""
    first = _first(key)
    if isinstance(first, int):
        return first * 1000
    told = first.get("creation_time") if isinstance(first, Mapping) else None
    try:
        return int(datetime.fromisoformat(str(told)).timestamp() * 1000)
    except ValueError:
        return None
