"""Keys in files: the master keys and the signing key of one store, outside the database and its backups.

Files may come and go while the program runs: a version added or destroyed by another process is noticed at the next
call, by a look at the folder. `adapters.keys.passphrase` seals the same files. Proven by `tests/keys`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.keys import folder as files
from adapters.keys.errors import KeyFileError, KeysDamaged, KeysExist, KeysMissing, KeysUnsafe
from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KekVersion

__all__ = ["FileKeys", "KeyFileError", "KeysDamaged", "KeysExist", "KeysMissing", "KeysUnsafe", "Plain"]

SIGNING = "signing.key"
SECRET_SIZE = 32
_KEK = re.compile(r"kek-([1-9][0-9]{0,8})\.key")
_NONCE = 12
_MILLION = 1_000_000

Recovered = Mapping[int, tuple[bytes, int | None]]
"""KEK versions as they come out of escrow: number → 32 bytes, and when it was made (Unix ms) where known."""


class Plain:
    """How a secret stands in its file: as it is. Only the rights of the file keep it."""

    def encode(self, name: str, secret: bytes) -> str:
        """Give the line of the file."""
        return files.line_of(name, secret)

    def decode(self, path: Path, line: str) -> bytes:
        """Undo `encode`; KeysDamaged."""
        return files.read_line(path, line)

    def begin(self, folder: Path) -> None:
        """Write into a new folder what all its files need."""


class FileKeys:
    """A `KeyProvider` over a folder. `casing` says how secrets stand in the files."""

    def __init__(self, folder: Path, casing: Plain | None = None) -> None:
        self._folder = folder
        self._place = f"{folder}/"
        self._casing = casing or Plain()
        files.check_folder(folder)
        files.finish_wiping(folder)
        self._keks: dict[int, AESGCM] = {}
        self._seen = 0
        self._numbers: tuple[int, ...] = ()
        self._look()
        if not self._numbers:
            raise KeysMissing(f"In {folder} liegt kein Hauptschlüssel (kek-1.key).")
        for number in self._numbers:
            self._kek(number)
        self._signing: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(self._read(SIGNING))

    def __repr__(self) -> str:
        return f"FileKeys({str(self._folder)!r})"

    @classmethod
    def create(cls, folder: Path, casing: Plain | None = None) -> Self:
        """Make folder and keys, all or nothing; KeysExist where anything lies there already."""
        return cls.recover(folder, {1: (os.urandom(SECRET_SIZE), None)}, casing)

    @classmethod
    def recover(cls, folder: Path, versions: Recovered, casing: Plain | None = None) -> Self:
        """Make the folder with these KEK versions and a fresh signing key; KeysExist, as `create`."""
        chosen = casing or Plain()

        def fill(growing: Path) -> None:
            chosen.begin(growing)
            secrets = {f"kek-{number}.key": secret for number, (secret, _) in versions.items()}
            for name, secret in {**secrets, SIGNING: os.urandom(SECRET_SIZE)}.items():
                files.write_text(growing / name, chosen.encode(name, secret))
            for number, (_, made_at_ms) in versions.items():
                if made_at_ms is not None:
                    moment = made_at_ms * _MILLION
                    os.utime(growing / f"kek-{number}.key", ns=(moment, moment))

        files.make_folder(folder, fill)
        return cls(folder, chosen)

    def current_version(self) -> int:
        """Give the newest KEK version."""
        self._look()
        return self._numbers[-1]

    def versions(self) -> tuple[KekVersion, ...]:
        """Give the versions there are, the oldest first, each with the time of its file."""
        self._look()
        found = []
        for number in self._numbers:
            try:
                made_at = self._path(number).stat().st_mtime_ns // _MILLION
            except FileNotFoundError:
                continue
            found.append(KekVersion(number, made_at))
        return tuple(found)

    def add_version(self) -> int:
        """Make the next KEK version, current from now on; KeysExist where another process has made it just now."""
        version = self.current_version() + 1
        path = self._path(version)
        files.put_text(path, self._casing.encode(path.name, os.urandom(SECRET_SIZE)))
        self._seen = 0
        return version

    def wrap(self, version: int, context: bytes, secret: bytes) -> bytes:
        """Give `nonce ‖ ciphertext ‖ tag` under that version; KeyDestroyed where it is gone."""
        nonce = os.urandom(_NONCE)
        return nonce + self._kek(version).encrypt(nonce, secret, context)

    def unwrap(self, version: int, context: bytes, wrapped: bytes) -> bytes:
        """Undo `wrap`; WrongKey where context or bytes differ, KeyDestroyed where the version is gone."""
        kek = self._kek(version)
        try:
            return kek.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
        except (InvalidTag, ValueError):
            raise WrongKey("Die Hülle des Schlüssels wurde verändert oder gehört nicht hierher.") from None

    def destroy_version(self, version: int) -> None:
        """Delete a KEK version's file; ValueError for the current one, KeyDestroyed where it is gone."""
        self._kek(version)
        if version == self.current_version():
            raise ValueError("The current version wraps new keys and stays.")
        try:
            files.wipe(self._path(version))
        except FileNotFoundError:
            raise _gone(version) from None
        self._keks.pop(version, None)
        self._seen = 0

    def secret_of(self, version: int) -> bytes:
        """Give the 32 bytes of a KEK version, to be sealed for escrow; KeyDestroyed where it is gone."""
        try:
            return self._read(f"kek-{version}.key")
        except KeysMissing:
            if self._there(version):
                raise  # what is missing is something else, without which the file cannot be read
            raise _gone(version) from None

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature, 64 bytes."""
        return self._signing.sign(message)

    def public_key(self) -> bytes:
        """Give the raw Ed25519 public key, 32 bytes."""
        return self._signing.public_key().public_bytes_raw()

    def _path(self, version: int) -> Path:
        return self._folder / f"kek-{version}.key"

    def _there(self, version: int) -> bool:
        # Text instead of Path: a tenth of the time, at each wrap.
        return os.path.lexists(f"{self._place}kek-{version}.key")

    def _look(self) -> None:
        """Look whether versions have come or gone.

        Two changes within one tick of the file system's clock leave one time; so the next number is looked for too.
        """
        try:
            stamp = os.stat(self._place).st_mtime_ns  # noqa: PTH116 - see `_there`
        except OSError as error:
            raise KeysDamaged(f"Der Schlüsselordner {self._folder} ist fort: {error.strerror}.") from None
        if stamp == self._seen and not self._there(self._numbers[-1] + 1):
            return
        found = (_KEK.fullmatch(name) for name in files.names(self._folder))
        numbers = tuple(sorted(int(match[1]) for match in found if match))
        if not numbers and self._numbers:
            raise KeysDamaged(f"In {self._folder} liegt kein Hauptschlüssel mehr.")
        self._numbers, self._seen = numbers, stamp

    def _kek(self, version: int) -> AESGCM:
        """Give a KEK version whose file is still there."""
        kek = self._keks.get(version)
        if kek is not None and self._there(version):
            return kek
        try:
            kek = self._keks[version] = AESGCM(self.secret_of(version))
        except KeyDestroyed:
            self._keks.pop(version, None)
            raise
        return kek

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        return self._casing.decode(path, files.read_text(path))


def _gone(version: int) -> KeyDestroyed:
    return KeyDestroyed(f"Die Version {version} des Hauptschlüssels gibt es nicht (mehr).")
