"""How key files are sealed under a passphrase: who copies the folder has nothing without it.

The sealing key comes from the passphrase by Argon2id (RFC 9106, second recommended parameters or stronger), once a
process; salt and parameters stand in `passphrase.json`, with a seal that tells a wrong passphrase from a damaged file.
"""

import json
import os
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from adapters.keys import folder as files
from adapters.keys.errors import KeysDamaged, KeysUnsafe, WrongPassphrase
from adapters.keys.file import SECRET_SIZE, Plain
from adapters.lanes import turn

BESIDE = "passphrase.json"
FORMAT = "lotse-passphrase/1"
MEMORY_KIB, ITERATIONS, LANES = 65_536, 3, 4
"""RFC 9106, section 4, second recommended option."""
SALT_SIZE = 16
SHORTEST = 12
_MOST = {"memory_kib": 4 << 20, "iterations": 64, "lanes": 64}
_LEAST = {"memory_kib": MEMORY_KIB, "iterations": ITERATIONS, "lanes": 1}
_NONCE = 12
_WORD = "LOTSE-KEY-P1"
_CHECK = b"lotse/passphrase/check"
_DERIVED: dict[bytes, AESGCM] = {}
"""The last sealing key of this process: what runs by itself opens the keys anew each round, and deriving takes long."""

Ask = Callable[[bool], str]
"""Asks for the passphrase; True where it is chosen now, and is to be asked twice."""


class Sealed(Plain):
    """How a secret stands in its file: sealed under the passphrase's key, bound to the file's name.

    `ask` is asked once, at the first file that needs it.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._cipher: AESGCM | None = None

    def __repr__(self) -> str:
        return "Sealed()"

    def begin(self, folder: Path) -> None:
        """Choose a passphrase and a salt, and write down how they become the key."""
        salt = os.urandom(SALT_SIZE)
        passphrase = self._ask(True)
        if len(passphrase) < SHORTEST:
            raise KeysUnsafe(f"Eine Passphrase hat mindestens {SHORTEST} Zeichen, besser sechs Wörter.")
        self._cipher = _cipher(passphrase, salt, MEMORY_KIB, ITERATIONS, LANES)
        told = {
            "format": FORMAT,
            "argon2id": {"memory_kib": MEMORY_KIB, "iterations": ITERATIONS, "lanes": LANES},
            "salt": salt.hex(),
            "check": _sealed(self._cipher, b"", _CHECK),
        }
        files.write_text(folder / BESIDE, json.dumps(told) + "\n")

    def encode(self, name: str, secret: bytes) -> str:
        """Give the line of the file."""
        assert self._cipher is not None, "a folder is begun or read before anything is written to it"
        return f"{_WORD} {name} {_sealed(self._cipher, secret, name.encode())}\n"

    def decode(self, path: Path, line: str) -> bytes:
        """Undo `encode`. Raises KeysDamaged, WrongPassphrase."""
        if self._cipher is None:
            self._cipher = self._opened(path.parent)
        words = line.split(" ")
        if len(words) != 3 or words[:2] != [_WORD, path.name] or not line.endswith("\n"):  # noqa: PLR2004 - three words
            raise KeysDamaged(f"{path} ist keine mit Passphrase versiegelte Schlüsseldatei dieses Namens.")
        secret = _unsealed(self._cipher, words[2].removesuffix("\n"), path.name.encode())
        if secret is None or len(secret) != SECRET_SIZE:
            raise KeysDamaged(f"Die Schlüsseldatei {path} ist beschädigt.")
        return secret

    def _opened(self, folder: Path) -> AESGCM:
        path = folder / BESIDE
        salt, memory, iterations, lanes, check = _parameters(path, files.read_text(path))
        cipher = _cipher(self._ask(False), salt, memory, iterations, lanes)
        if _unsealed(cipher, check, _CHECK) is None:
            raise WrongPassphrase("Die Passphrase ist falsch.")
        return cipher


def _cipher(passphrase: str, salt: bytes, memory_kib: int, iterations: int, lanes: int) -> AESGCM:
    # One passphrase typed on two keyboards: Ü is one sign or two (RFC 8265, 4.2.2).
    typed = unicodedata.normalize("NFC", passphrase).encode()
    known = sha256(b"\0".join((typed, salt, repr((memory_kib, iterations, lanes)).encode()))).digest()
    with turn(lanes):
        found = _DERIVED.get(known)
        if found is None:
            argon = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory_kib)
            found = AESGCM(argon.derive(typed))
            _DERIVED.clear()
            _DERIVED[known] = found
        return found


def _sealed(cipher: AESGCM, secret: bytes, name: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return (nonce + cipher.encrypt(nonce, secret, name)).hex()


def _unsealed(cipher: AESGCM, text: str, name: bytes) -> bytes | None:
    try:
        whole = bytes.fromhex(text)
        if text != whole.hex():
            return None
        return cipher.decrypt(whole[:_NONCE], whole[_NONCE:], name)
    except (ValueError, InvalidTag):
        return None


def _parameters(path: Path, text: str) -> tuple[bytes, int, int, int, str]:
    """Read salt, memory in KiB, iterations, lanes and the check; weaker or boundless ones are damage."""
    try:
        told: dict[str, Any] = json.loads(text)
        salt, given, check = bytes.fromhex(told["salt"]), told["argon2id"], told["check"]
        sound = told["format"] == FORMAT and len(salt) >= SALT_SIZE and isinstance(check, str)
        values = {name: given[name] for name in _LEAST}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeysDamaged(f"{path} ist beschädigt.") from None
    for name, value in values.items():
        sound = sound and type(value) is int and _LEAST[name] <= value <= _MOST[name]
    if not sound:
        raise KeysDamaged(f"{path} nennt Werte, die es dort nicht geben darf.")
    return salt, values["memory_kib"], values["iterations"], values["lanes"], check
