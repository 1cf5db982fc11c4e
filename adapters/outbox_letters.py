"""The letters that may leave the house by mail: a closed list, each with its fixed words.

There is no letter with free text, so no family's data can get into one.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import ClassVar, Self

import orjson

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.note import Verifier


class Kind(StrEnum):
    """What a letter is."""

    CHECKPOINT = "checkpoint"
    NEWS = "news"
    RIGHTS = "rights"


_CHECKPOINT = """\
Guten Tag,

dies ist der Prüfpunkt des Protokolls „{origin}“.
Er umfasst {size} Einträge und ist unterschrieben.

Bitte bewahren Sie diese Nachricht mit ihrer Anlage auf, getrennt von dem Rechner, auf dem Lotse läuft.
Mit ihr lässt sich später nachweisen, dass das Protokoll bis dahin weder gekürzt noch geändert wurde:

  lotse audit verify --checkpoint pruefpunkt.txt

Wer Lotse nicht hat, prüft die Unterschrift mit diesem Prüfschlüssel:

  {vkey}

Kommt diese Nachricht einmal nicht wie gewohnt, oder nennt sie weniger Einträge als die vorige, fragen Sie bitte nach.

Diese Nachricht schreibt Lotse von selbst. Sie enthält nichts über Familien.
"""


_NEWS = """\
Guten Tag,

in Lotse gibt es Neues für Sie. Was es ist, steht dort und nicht in dieser Nachricht:

  {link}

Diese Nachricht schreibt Lotse von selbst. Sie enthält nichts über Familien.
"""
_RIGHTS = """\
Guten Tag,

in Lotse hat jemand Rechte bekommen oder einen neuen Weg hinein: eine Rolle, einen Einmal-Link, ein Zugangstoken
oder eine Anmeldung beim Anmeldedienst. Wer, durch wen und wann steht dort im Protokoll, unter „Einrichtung“ und
„Anmeldungen“:

  {link}

Haben Sie das selbst getan oder davon gewusst, ist nichts zu tun. Sonst sperren Sie bitte diesen Zugang und fragen
nach.

Diese Nachricht schreibt Lotse von selbst. Sie enthält nichts über Familien.
"""
_WHERE = "Bitte melden Sie sich in Lotse an."


@dataclass(frozen=True, slots=True)
class NewsLetter:
    """That there is news, and where; never which. `link` is the address of Lotse's own pages, None where unknown."""

    kind: ClassVar[Kind] = Kind.NEWS
    link: str | None = None

    def written(self) -> "Written":
        """The letter in its words."""
        return Written(self.kind, "Es gibt Neues in Lotse", _NEWS.format(link=self.link or _WHERE), "", "")


@dataclass(frozen=True, slots=True)
class RightsLetter:
    """That somebody was given rights or a way in, and where it stands; neither who nor what. `link` as above."""

    kind: ClassVar[Kind] = Kind.RIGHTS
    link: str | None = None

    def written(self) -> "Written":
        """The letter in its words."""
        return Written(
            self.kind, "Zugänge in Lotse geändert", _RIGHTS.format(link=self.link or _WHERE), "", ""
        )


@dataclass(frozen=True, slots=True)
class CheckpointLetter:
    """A checkpoint for somebody who keeps it elsewhere; MalformedNote where it is not one of this key."""

    kind: ClassVar[Kind] = Kind.CHECKPOINT
    note: bytes
    vkey: str

    @property
    def size(self) -> int:
        """How many entries are signed."""
        return self._checkpoint().size

    def _checkpoint(self) -> Checkpoint:
        return open_checkpoint(self.note, Verifier.from_vkey(self.vkey), alone=True)

    def written(self) -> "Written":
        """The letter in its words."""
        checkpoint = self._checkpoint()
        words = {"origin": checkpoint.origin, "size": checkpoint.size, "vkey": self.vkey}
        return Written(
            self.kind,
            f"Prüfpunkt des Protokolls: {checkpoint.size} Einträge",
            _CHECKPOINT.format(**words),
            "pruefpunkt.txt",
            self.note.decode(),
        )


Letter = CheckpointLetter | NewsLetter | RightsLetter


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it lies in the outbox: its kind, its words and, where there is one, a text beside them."""

    kind: Kind
    subject: str
    text: str
    attachment_name: str
    attachment: str

    def to_json(self, recipient: str) -> bytes:
        """The letter to this address, as it is sealed."""
        return orjson.dumps({"letter": self, "recipient": recipient})

    @classmethod
    def from_json(cls, content: bytes) -> tuple[Self, str]:
        """Undo `to_json`."""
        found = orjson.loads(content)
        letter = found["letter"]
        return cls(**{**letter, "kind": Kind(letter["kind"])}), found["recipient"]

    def message(self, id_: str, sender: str, recipient: str, date: str) -> EmailMessage:
        """The message with the same Message-ID each time it is sent; `date` as RFC 5322 has it."""
        message = EmailMessage()
        message["From"], message["To"] = sender, recipient
        message["Subject"], message["Date"] = self.subject, date
        message["Message-ID"] = f"<{id_}@{sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text, cte="quoted-printable")
        if not self.attachment_name:
            return message
        # As bytes: line ends are part of what was signed.
        message.add_attachment(
            self.attachment.encode(),
            maintype="application",
            subtype="octet-stream",
            filename=self.attachment_name,
        )
        return message
