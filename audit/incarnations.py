"""The chain of incarnations: a lawful restore begins a new log, whose first entry says what it continues.

That entry names the log before with its size and root, its key, the last checkpoint that was known of it, and two
different people. What was signed beyond the restored size is lost and said to be; nothing else may be missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.entries import entry_by_entry
from audit.errors import MalformedNote
from audit.faults import FaultClass, Step, VerificationError
from audit.ledger import Ledger
from audit.note import Verifier
from audit.page import Page, Question
from audit.reader import LogReader
from audit.unseal import Bodies

_FIRST = "1"
_NUMBERED = re.compile(r"lotse/[0-9a-f]+/([0-9]+)")
"""A name that Lotse gave; a town may name its log as it likes, and end with a year."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier incarnation as it was verified; `lost` entries were signed once and are gone since the restore."""

    origin: str
    size: int
    root: bytes
    lost: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What the first entry of an incarnation says of the one before it."""

    origin: str
    size: int
    root: str
    vkey: str
    signed_size: int
    signed_note: bytes | None
    lost: int
    people: tuple[str, str]

    @classmethod
    def of(cls, a: Mapping[str, Any]) -> "Restored":
        """Read body A of an entry `restored`; INCARNATION where it does not say all of it."""
        before: Any = a.get("before")
        try:
            note = before["signed_note"]
            said = cls(
                before["origin"], before["size"], before["root"], before["vkey"], before["signed_size"],
                None if note is None else note.encode(), a["lost"], (a["actor"], a["requested_by"]),
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError):
            raise broken("Der erste Eintrag sagt nicht, was er fortsetzt.") from None
        numbers, texts = (said.size, said.signed_size, said.lost), (said.origin, said.root, said.vkey)
        if any(type(n) is not int or n < 0 for n in numbers) or not all(type(t) is str for t in texts):
            raise broken("Der erste Eintrag sagt nicht, was er fortsetzt.")
        if said.lost != max(0, said.signed_size - said.size):
            raise broken(
                "Der erste Eintrag nennt eine andere Zahl verlorener Einträge, als unterschrieben waren."
            )
        if not all(type(one) is str and one for one in said.people) or len({*said.people}) == 1:
            raise broken("Eine Fassung beginnt nur durch zwei verschiedene Personen.")
        return said

    def last_checkpoint(self, verifier: Verifier) -> Checkpoint | None:
        """Give the last checkpoint that was known of the log before, where it is one of that very log."""
        if self.signed_note is None:
            return None
        if self.signed_note.split(b"\n", 1)[0] != verifier.name.encode():
            return None
        try:
            checkpoint = open_checkpoint(self.signed_note, verifier)
        except MalformedNote as error:
            raise broken(f"Der letzte Prüfpunkt der Fassung davor ist ungültig: {error}") from None
        if checkpoint.size != self.signed_size:
            raise broken("Der erste Eintrag nennt einen anderen Prüfpunkt, als er enthält.")
        return checkpoint


def broken(message: str, seq: int | None = 0) -> VerificationError:
    """Say that an incarnation does not continue the one before."""
    return VerificationError(Step.INCARNATIONS, seq, FaultClass.INCARNATION, message)


def check_chain(ledgers: Sequence[Ledger], restored: Sequence[Restored | None]) -> None:
    """Check that each incarnation begins as the continuation of the one before; INCARNATION for the first break.

    `restored` is what the first entry of each says, None for the first one.
    """
    for ledger in ledgers:
        for seq, _ in ledger.all.restored:
            if seq or ledger is ledgers[0]:
                message = "Ein Eintrag sagt, dass eine Fassung beginnt; davor liegt keine."
                raise broken(message, seq)
    first = ledgers[0].question.origin
    numbered = _NUMBERED.fullmatch(first)
    if numbered and numbered[1] != _FIRST:
        raise broken(f"Vor der Fassung {first} fehlen die früheren.", None)
    for before, said in zip(ledgers[:-1], restored[1:], strict=True):
        _continues(before, said)


def earlier_of(ledgers: Sequence[Ledger], restored: Sequence[Restored | None]) -> tuple[Earlier, ...]:
    """Give the earlier incarnations."""
    losses = (said.lost if said else 0 for said in restored[1:])
    return tuple(
        Earlier(ledger.question.origin, ledger.size, ledger.tree.root(), lost)
        for ledger, lost in zip(ledgers[:-1], losses, strict=True)
    )


def first_entry(reader: LogReader, question: Question, bodies: Bodies) -> Restored | None:
    """Read what the first entry says of the log before; None where it is none that says so, or is not unaltered.

    Whatever is wrong with the entry itself is said when the log is followed.
    """
    page = Page(0, reader.rows(None, 1), index=reader.index(None, 1), keys=reader.wrapped_keys())
    found = entry_by_entry(page, question, bodies, 0) if page.rows else None
    return Restored.of(found.restored[0][1]) if found and found.restored else None


def elsewhere_of(
    verifiers: Sequence[Verifier],
    sizes: Sequence[int],
    restored: Sequence[Restored | None],
    notes: Sequence[bytes],
) -> list[list[Checkpoint]]:
    """Give for each log the checkpoints kept elsewhere that it must contain, by size.

    Those over entries that a restore acknowledged as lost are not among them. Raises CHECKPOINT for a note of none
    of these logs, ROLLED_BACK for one over more entries than ever were, or were acknowledged.
    """
    found: list[list[Checkpoint]] = [[] for _ in verifiers]
    for place, said in enumerate([*restored[1:], None]):
        known = said.last_checkpoint(verifiers[place]) if said else None
        if known is not None and known.size <= sizes[place]:
            found[place].append(known)
    names = [verifier.name.encode() for verifier in verifiers]
    for note in notes:
        name = note.split(b"\n", 1)[0]
        place = names.index(name) if name in names else -1
        checkpoint = _opened(note, verifiers[place])
        after = restored[place + 1] if 0 <= place < len(verifiers) - 1 else None
        if after is None or not _lost(checkpoint, after, verifiers[place]):
            found[place].append(checkpoint)
    return [sorted(each, key=lambda checkpoint: checkpoint.size) for each in found]


def _opened(note: bytes, verifier: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(note, verifier)
    except MalformedNote as error:
        raise VerificationError(Step.CHECKPOINTS, None, FaultClass.CHECKPOINT, str(error)) from None


def _lost(checkpoint: Checkpoint, after: Restored, verifier: Verifier) -> bool:
    """Whether a restore acknowledged the loss of what this checkpoint is over; DIVERGED where it names another log."""
    if not after.size < checkpoint.size <= after.signed_size:
        return False
    known = after.last_checkpoint(verifier)
    if known is not None and known.size == checkpoint.size and known.root != checkpoint.root:
        message = "Der Prüfpunkt ist nicht der, den die Rückholung anerkannt hat."
        raise VerificationError(Step.CHECKPOINTS, checkpoint.size - 1, FaultClass.DIVERGED, message)
    return True


def _continues(before: Ledger, said: Restored | None) -> None:
    if said is None:
        raise broken("Eine neue Fassung beginnt mit dem Eintrag, der sagt, was sie fortsetzt; er fehlt.")
    verifier = Verifier(before.question.origin, before.question.public_key)
    expected = (verifier.name, before.size, before.tree.root().hex(), verifier.vkey)
    if (said.origin, said.size, said.root, said.vkey) != expected:
        raise broken("Der erste Eintrag setzt ein anderes Protokoll fort als das, das davor liegt.")
