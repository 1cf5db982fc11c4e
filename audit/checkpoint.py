"""Checkpoints: origin, size and root of the log, signed (C2SP tlog-checkpoint as a signed note).

Whoever keeps one outside can show later that the log up to there was cut or altered. Key name = origin.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from audit.errors import MalformedNote
from audit.note import Verifier, decode64, encode64, open_note, sign_note
from audit.tree import HASH_SIZE, MAX_SIZE

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log of `origin` had `size` entries and the 32-byte `root`; `extra` are further signed lines."""

    origin: str
    size: int
    root: bytes
    extra: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines that are signed."""
        return "\n".join((self.origin, str(self.size), encode64(self.root), *self.extra, ""))

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Undo `text`; MalformedNote for anything else."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root
            raise MalformedNote("Der Prüfpunkt nennt nicht Herkunft, Größe und Wurzel.")
        root = decode64(lines[2])
        if len(root) != HASH_SIZE or int(lines[1]) > MAX_SIZE:
            raise MalformedNote("Größe oder Wurzel des Prüfpunkts sind unmöglich.")
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:]))

    def sign(self, verifier: Verifier, sign: Callable[[bytes], bytes]) -> bytes:
        """Give the signed note; MalformedNote where the key is named otherwise than the log."""
        if verifier.name != self.origin:
            raise MalformedNote("Der Schlüssel heißt anders als das Protokoll.")
        return sign_note(self.text, verifier, sign)


def open_checkpoint(note: bytes, verifier: Verifier, *, alone: bool = False) -> Checkpoint:
    """Read a checkpoint of this log; MalformedNote unless the key of the same name signed it.

    `alone`: refuse signatures by anyone else, as for the notes the log itself keeps.
    """
    checkpoint = Checkpoint.from_text(open_note(note, verifier, alone=alone))
    if checkpoint.origin != verifier.name:
        raise MalformedNote("Der Prüfpunkt gehört zu einem anderen Protokoll.")
    return checkpoint
