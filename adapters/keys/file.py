"""Keys in files: the master keys and the signing key of one store, outside the database and its backups.

Files are 0400 in a folder 0700, each line carries a check sum, nothing is ever overwritten. A folder that
others can read is refused rather than used. Vault and passphrase are further adapters of the same port.
"""

import os
import re
import shutil
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.errors import KeyDestroyed, WrongKey

SIGNING = "signing.key"
_KEK = re.compile(r"kek-([1-9][0-9]*)\.key")
_LINE = re.compile(r"LOTSE-KEY-1 (\S+) ([0-9a-f]{64}) ([0-9a-f]{16})\n")
_NONCE = 12
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(Exception):
    """Basis aller Fehler der Schlüsseldateien."""


class KeysMissing(KeyFileError):
    """Es gibt hier keine Schlüsseldateien."""


class KeysExist(KeyFileError):
    """Hier liegen schon Schlüssel; sie werden nie überschrieben."""


class KeysUnsafe(KeyFileError):
    """Andere können die Schlüsseldateien lesen."""


class KeysDamaged(KeyFileError):
    """Eine Schlüsseldatei ist beschädigt oder unvollständig."""


class FileKeys:
    """A `KeyProvider` over a folder, read when it is opened; a KEK version made since then when asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _check_folder(folder)
        self._keks = {
            int(match[1]): AESGCM(_read(path))
            for path in _files(folder)
            if (match := _KEK.fullmatch(path.name))
        }
        if not self._keks:
            raise KeysMissing(f"In {folder} liegt kein Hauptschlüssel (kek-1.key).")
        self._signing = Ed25519PrivateKey.from_private_bytes(_read(folder / SIGNING))

    def __repr__(self) -> str:
        return f"FileKeys({str(self._folder)!r})"

    @classmethod
    def create(cls, folder: Path) -> "FileKeys":
        """Make folder and keys, all or nothing; KeysExist where anything lies there already."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        growing = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _write(growing / "kek-1.key", os.urandom(32))
            _write(growing / SIGNING, os.urandom(32))
            _sync(growing)
            try:
                # Renaming replaces an empty folder and fails on a full one, in one step of the file system.
                growing.rename(folder)
            except OSError:
                raise KeysExist(
                    f"In {folder} liegt schon etwas; Schlüssel werden nie überschrieben."
                ) from None
            _sync(folder.parent)
        finally:
            shutil.rmtree(growing, ignore_errors=True)
        return cls(folder)

    def add_version(self) -> int:
        """Make the next KEK version, current from now on, and give its number."""
        version = self.current_version() + 1
        secret = os.urandom(32)
        _write(self._folder / f"kek-{version}.key", secret)
        _sync(self._folder)
        self._keks[version] = AESGCM(secret)
        return version

    def current_version(self) -> int:
        """Give the newest KEK version."""
        return max(self._keks)

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
        (self._folder / f"kek-{version}.key").unlink(missing_ok=True)
        _sync(self._folder)
        del self._keks[version]

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature, 64 bytes."""
        return self._signing.sign(message)

    def public_key(self) -> bytes:
        """Give the raw Ed25519 public key, 32 bytes."""
        return self._signing.public_key().public_bytes_raw()

    def _kek(self, version: int) -> AESGCM:
        if version not in self._keks:
            try:
                self._keks[version] = AESGCM(_read(self._folder / f"kek-{version}.key"))
            except KeysMissing:
                message = f"Die Version {version} des Hauptschlüssels gibt es nicht (mehr)."
                raise KeyDestroyed(message) from None
        return self._keks[version]


def _check_folder(folder: Path) -> None:
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError:
        raise KeysMissing(f"Den Schlüsselordner {folder} gibt es nicht.") from None
    if not stat.S_ISDIR(mode):
        raise KeysDamaged(f"{folder} ist kein Ordner.")
    if mode & _OTHERS:
        raise KeysUnsafe(f"Andere können den Schlüsselordner lesen. Abhilfe: chmod 700 {folder}")


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise KeysDamaged(f"Der Schlüsselordner {folder} ist nicht lesbar: {error.strerror}.") from None


def _read(path: Path) -> bytes:
    """Give the 32 bytes of a key file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeysMissing(f"Die Schlüsseldatei {path} fehlt.") from None
    except OSError as error:
        raise KeysDamaged(f"Die Schlüsseldatei {path} ist nicht lesbar: {error.strerror}.") from None
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise KeysDamaged(f"{path} ist keine Datei.")
        if mode & _OTHERS:
            raise KeysUnsafe(f"Andere können die Schlüsseldatei lesen. Abhilfe: chmod 400 {path}")
        line = file.read(200).decode("ascii", "replace")
    match = _LINE.fullmatch(line)
    if match is None or match[1] != path.name:
        raise KeysDamaged(f"{path} ist keine Schlüsseldatei dieses Namens.")
    secret = bytes.fromhex(match[2])
    if _check_sum(path.name, secret) != match[3]:
        raise KeysDamaged(f"Die Prüfsumme der Schlüsseldatei {path} stimmt nicht.")
    return secret


def _write(path: Path, secret: bytes) -> None:
    """Write a key file that did not exist, durably; KeysExist where it does."""
    line = f"LOTSE-KEY-1 {path.name} {secret.hex()} {_check_sum(path.name, secret)}\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    except FileExistsError:
        raise KeysExist(f"{path} gibt es schon; Schlüssel werden nie überschrieben.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(line.encode())
        file.flush()
        os.fsync(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_sum(name: str, secret: bytes) -> str:
    return sha256(b"lotse/key-file\n" + name.encode() + b"\n" + secret).hexdigest()[:16]
