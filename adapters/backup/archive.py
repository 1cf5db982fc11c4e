"""A backup's file: a header that anybody can read, then the compressed database, sealed in chunks.

    LOTSE-BACKUP-1 ⏎   length of the header (4 bytes)   header (JSON)   sealed chunks (`adapters.backup.stream`)

The header says which log it is, how far it went and which KEK version opens it; every chunk is authenticated with it.
No key lies in it: the stream's own key is there only as wrapped by the master key.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256

import orjson

from adapters.backup.errors import BackupDamaged, BackupLocked, NotABackup
from adapters.backup.stream import SealedWriter, Source, Target, opened_chunks
from audit.errors import KeyDestroyed, MalformedNote, WrongKey
from audit.keys import KeyProvider
from audit.note import Verifier

MAGIC = b"LOTSE-BACKUP-1\n"
CHUNK = 65_536
_MOST_CHUNK = 1 << 24
_MOST = 1 << 50
_LEVEL = 3
_MOST_HEADER = 65_536
_SECRET = 32
_PIECE = 1 << 20

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself.

    `size` and `root` (hex) are the log's head in it, `checkpoint` the signed note over it or a little less, `vkey`
    the key that signed. `created_at` is ISO 8601 in UTC, `database` the length of the database in bytes.
    """

    tenant: str
    origin: str
    vkey: str
    size: int
    root: str
    last_time_ms: int
    checkpoint: str
    created_at: str
    program: str
    schema: str
    database: int
    kek_version: int
    wrapped: str = field(repr=False)
    chunk: int = CHUNK

    def to_bytes(self) -> bytes:
        """Give the head of the file: magic, length, JSON."""
        text = orjson.dumps(asdict(self))
        return MAGIC + len(text).to_bytes(4) + text

    @property
    def verifier(self) -> Verifier:
        """The public key that signed the log."""
        return Verifier.from_vkey(self.vkey)


def new_secret(provider: KeyProvider, tenant: str) -> tuple[bytes, int, str]:
    """Make a stream's key: the key, the KEK version that wraps it, and its wrapping in hexadecimal."""
    secret, version = os.urandom(_SECRET), provider.current_version()
    return secret, version, provider.wrap(version, _context(tenant), secret).hex()


def _context(tenant: str) -> bytes:
    return f"lotse/lts1/wrap\n{tenant}\nbackup".encode()


def seal(
    source: Source, target: Target, header: Header, secret: bytes, progress: Progress | None = None
) -> None:
    """Write the whole backup: header, and the source compressed and sealed."""
    head = header.to_bytes()
    target.write(head)
    sealed = SealedWriter(target, secret, sha256(head).digest(), header.chunk)
    packer = zlib.compressobj(_LEVEL)
    done = 0
    while piece := source.read(_PIECE):
        sealed.write(packer.compress(piece))
        done += len(piece)
        if progress:
            progress(done, header.database)
    sealed.write(packer.flush())
    sealed.close()


def read_header(source: Source) -> tuple[Header, bytes]:
    """Read the head of a file: what it says, and its bytes. Raises NotABackup, BackupDamaged."""
    start = source.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 4:
        raise NotABackup("Das ist keine Sicherung von Lotse.")
    length = int.from_bytes(start[len(MAGIC) :])
    text = source.read(length) if length <= _MOST_HEADER else b""
    if len(text) != length or not length:
        raise BackupDamaged("Der Kopf der Sicherung ist beschädigt.")
    return _header(text), start + text


def _header(text: bytes) -> Header:
    try:
        said = orjson.loads(text)
        header = Header(**said)
        bytes.fromhex(header.wrapped)
        sound = (
            len(bytes.fromhex(header.root)) == sha256().digest_size and header.verifier.name == header.origin
        )
    except (ValueError, TypeError, AttributeError, MalformedNote):
        raise BackupDamaged("Der Kopf der Sicherung ist beschädigt.") from None
    numbers = (header.size, header.last_time_ms, header.database, header.kek_version, header.chunk)
    texts = (header.tenant, header.checkpoint, header.created_at, header.program, header.schema)
    fit = (
        all(type(number) is int and 0 <= number < _MOST for number in numbers)
        and 0 < header.chunk <= _MOST_CHUNK
    )
    if not (sound and fit and header.kek_version and all(type(each) is str for each in texts)):
        raise BackupDamaged("Der Kopf der Sicherung ist beschädigt.")
    return header


def unseal(source: Source, target: Target, provider: KeyProvider, progress: Progress | None = None) -> Header:
    """Open a whole backup into `target`. Raises NotABackup, BackupDamaged, BackupLocked; target is then rubbish."""
    header, head = read_header(source)
    secret = _secret(header, provider)
    done = 0
    for piece in _unpacked(opened_chunks(source, secret, sha256(head).digest(), header.chunk)):
        done += len(piece)
        if done > header.database:
            break
        target.write(piece)
        if progress:
            progress(done, header.database)
    if done != header.database:
        raise BackupDamaged("Die Sicherung enthält nicht so viel, wie ihr Kopf sagt.")
    return header


def _secret(header: Header, provider: KeyProvider) -> bytes:
    try:
        return provider.unwrap(header.kek_version, _context(header.tenant), bytes.fromhex(header.wrapped))
    except KeyDestroyed:
        message = (
            f"Diese Sicherung ist mit Version {header.kek_version} des Hauptschlüssels verschlossen, und die gibt es "
            "hier nicht (mehr). Nächster Schritt: eine jüngere Sicherung nehmen, oder die Schlüssel mit "
            "lotse keys recover zurückholen."
        )
        raise BackupLocked(message) from None
    except WrongKey:
        message = (
            "Diese Sicherung gehört zu anderen Schlüsseln, oder ihr Kopf wurde verändert. Nächster Schritt: "
            "LOTSE_KEYS prüfen."
        )
        raise BackupLocked(message) from None


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress in pieces of bounded size; what was sealed is trusted, but not to fit into memory."""
    unpacker = zlib.decompressobj()
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting:
                if piece := unpacker.decompress(waiting, _PIECE):
                    yield piece
                waiting = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error:
        raise BackupDamaged("Die Sicherung lässt sich nicht entpacken.") from None
    if not unpacker.eof or unpacker.unused_data:
        raise BackupDamaged("Die Sicherung lässt sich nicht vollständig entpacken.")
