"""Files that people have kept and give back: a public key, a checkpoint, a proof, an escrow.

All of them are small; whatever they name is read no further than such a file can be long, so that what is longer is
refused as malformed and never fills the memory.
"""

import os
from pathlib import Path

from adapters.cli.failures import CommandError
from adapters.cli.screen import plain
from audit.errors import MalformedNote
from audit.note import MAX_NOTE, Verifier


def read_kept(path: Path, most: int = MAX_NOTE) -> bytes:
    """Give what the file holds, cut after `most` + 1 bytes. Raises OSError."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        return file.read(most + 1)


def read_vkey(path: Path) -> Verifier:
    """Give the public key that `lotse init` or `lotse audit export` gave out. Raises CommandError, OSError."""
    try:
        return Verifier.from_vkey(read_kept(path).decode().strip())
    except (MalformedNote, UnicodeDecodeError):
        raise CommandError(f"{plain(str(path))} ist kein Prüfschlüssel.") from None
