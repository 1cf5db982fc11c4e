"""Sealing a stream of bytes in chunks: nothing of it can be cut, moved, spliced or changed unnoticed.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): AES-256-GCM, the nonce holds the chunk's number and whether it is
the last. The key is fresh for every stream; `bound` (the header) is authenticated with each chunk. Every byte of a
small stream is flipped in `tests/system/test_backup_archive.py`.
"""

from collections.abc import Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.backup.errors import BackupDamaged

TAG = 16
_INFO = b"lotse/backup/1"
_DAMAGED = "Die Sicherung ist beschädigt oder wurde verändert (Block {})."
_CUT = "Die Sicherung ist abgeschnitten: Nach Block {} fehlt der Rest."


class Source(Protocol):
    """What can be read from."""

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes, none at the end."""
        ...


class Target(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int:
        """Append."""
        ...


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret))


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4) + bytes([last])


class SealedWriter:
    """Takes bytes in any portions and writes sealed chunks; `close` writes the last one, which may be empty."""

    def __init__(self, target: Target, secret: bytes, bound: bytes, chunk: int) -> None:
        self._target = target
        self._cipher = _cipher(secret)
        self._bound = bound
        self._chunk = chunk
        self._waiting = bytearray()
        self._number = 0

    def write(self, data: bytes) -> None:
        """Seal what is full; a full chunk waits until it is known that it is not the last."""
        self._waiting += data
        while len(self._waiting) > self._chunk:
            self._seal(bytes(self._waiting[: self._chunk]), last=False)
            del self._waiting[: self._chunk]

    def close(self) -> None:
        """Seal what is left as the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, plain, self._bound))
        self._number += 1


def opened_chunks(source: Source, secret: bytes, bound: bytes, chunk: int) -> Iterator[bytes]:
    """Give the plain chunks in order; BackupDamaged at the first that is not what was sealed there."""
    cipher = _cipher(secret)
    number = 0
    sealed = source.read(chunk + TAG)
    last = False
    while not last:
        ahead = source.read(chunk + TAG)
        last = not ahead
        yield _opened(cipher, number, sealed, bound, last=last)
        number, sealed = number + 1, ahead


def _opened(cipher: AESGCM, number: int, sealed: bytes, bound: bytes, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), sealed, bound)
    except InvalidTag:
        pass
    if last and _opens_in_the_middle(cipher, number, sealed, bound):
        raise BackupDamaged(_CUT.format(number + 1))
    raise BackupDamaged((_DAMAGED if sealed else _CUT).format(number + bool(sealed)))


def _opens_in_the_middle(cipher: AESGCM, number: int, sealed: bytes, bound: bytes) -> bool:
    try:
        cipher.decrypt(_nonce(number, last=False), sealed, bound)
    except InvalidTag:
        return False
    return True
