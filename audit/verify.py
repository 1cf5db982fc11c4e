"""Verifying a log: numbered steps, one exception type, one pass in pages, constant memory.

Without keys it proves form, order, hashes, tree and checkpoints; with keys also that nobody forged an entry
(MAC), that keys and index are as they were, and by replay that the cases are what the log says. Each attack
of the format's description has a test, as has every byte of every column: `tests/audit/test_attacks.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from typing import Any

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cursor import Beside, pages
from audit.entry import Leaf, log_id
from audit.errors import MalformedNote, MalformedTree
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing
from audit.note import Verifier
from audit.reader import LogReader, StoredHead, StoredRow
from audit.replay import Replay
from audit.succession import checked_leaf
from audit.tree import Frontier, leaf_hash
from audit.unseal import Bodies

__all__ = ["FaultClass", "Progress", "Report", "Step", "VerificationError", "verify"]

Progress = Callable[[int, int], None]
"""Called after each page with entries done and entries in all."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was proven of an unaltered log.

    `checked` names each step with how many things it looked at; `opened` counts bodies, `erased` bodies B are
    gone lawfully, `unjudged` ones are gone and cannot be judged without keys. Times are Unix milliseconds.
    """

    origin: str
    size: int
    root: bytes
    last_time_ms: int
    checked: tuple[tuple[Step, int], ...]
    opened: int
    erased: int
    unjudged: int

    def lines(self) -> list[str]:
        """Give the report in German, one numbered line a step."""
        lines = [f"{step.value}. {step.label}: {count} geprüft" for step, count in self.checked]
        if self.unjudged:
            lines.append(f"Inhalte, die fehlen und ohne Schlüssel nicht zu beurteilen sind: {self.unjudged}")
        return [*lines, f"Protokoll unverändert: {self.size} Einträge, Wurzel {self.root.hex()}"]


def verify(
    reader: LogReader,
    verifier: Verifier,
    keys: KeyRing | None = None,
    *,
    notes: Sequence[bytes] = (),
    decrypt: bool = False,
    replay: Replay | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify a log and everything beside it; VerificationError for the first fault.

    `verifier` is the log's public key under its origin; `notes` are checkpoints kept elsewhere. With `keys`
    bodies A are opened in memory (for index and replay) and shown to nobody; `decrypt` opens bodies B too.
    """
    if keys is None and (decrypt or replay):
        raise ValueError("Opening bodies and replaying need the keys.")
    return _Verification(reader, verifier, keys, notes, decrypt=decrypt, replay=replay).run(progress)


class _Verification:
    """One run over the log; every check runs as its rows come by."""

    def __init__(
        self,
        reader: LogReader,
        verifier: Verifier,
        keys: KeyRing | None,
        notes: Sequence[bytes],
        *,
        decrypt: bool,
        replay: Replay | None,
    ) -> None:
        self.reader = reader
        self.verifier = verifier
        self.head, self.claimed = _head(reader.head(), verifier)
        self.bodies = Bodies(reader, keys, decrypt=decrypt) if keys else None
        self.content = Beside(reader.bodies_b, Step.BODIES)
        self.index = Beside(reader.index, Step.INDEX)
        self.mac = self.bodies.mac_key() if self.bodies and self.claimed.size else None
        self.replay = replay
        self.log = log_id(verifier.name)
        self.tree = Frontier()
        self.last_time_ms = 0
        self.next_seq = 0
        self.unjudged = 0
        self.content_count = 0
        self.index_count = 0
        self.note_count = 0
        self.checkpoints = self._checkpoints(notes)
        self.checkpoint = next(self.checkpoints, None)

    def run(self, progress: Progress | None) -> Report:
        """Walk the log, then look at what must come out in the end."""
        self._grow([])
        for rows in pages(self.reader.rows, Step.ENTRIES):
            self._grow([self._entry(row) for row in rows])
            if progress:
                progress(self.tree.size, self.head.size)
        self._end()
        cases = self.replay.compare() if self.replay else 0
        return self._report(cases)

    def _entry(self, row: StoredRow) -> bytes:
        """Check one entry and all that stands beside it; give its leaf hash."""
        seq, raw, _, body_a = row
        leaf = checked_leaf(row, self.next_seq, self.last_time_ms, self.log, self.mac)
        if type(body_a) is not bytes or sha256(body_a).digest() != leaf.hash_a:
            raise VerificationError(Step.BODIES, seq, FaultClass.BODY_A, "Die Prüfsumme stimmt nicht.")
        self.next_seq = seq + 1
        self.last_time_ms = leaf.time_ms
        body_b = self._body_b(leaf)
        if self.bodies:
            a = self.bodies.open_a(leaf, raw, body_a)
            self._accountability(self.bodies, leaf, raw, a, body_b)
        return leaf_hash(raw)

    def _body_b(self, leaf: Leaf) -> bytes | None:
        """Find body B and check its hash; None where there is none or where it is gone."""
        stored = self.content.at(leaf.seq)
        if leaf.hash_b is None:
            if stored:
                message = "Der Eintrag hat keinen Inhalt B, in den Tabellen steht einer."
                raise VerificationError(Step.BODIES, leaf.seq, FaultClass.SURPLUS, message)
            return None
        if stored is None:
            self.unjudged += self.bodies is None
            return None
        body_b = stored[1]
        if type(body_b) is not bytes or sha256(body_b).digest() != leaf.hash_b:
            raise VerificationError(Step.BODIES, leaf.seq, FaultClass.BODY_B, "Die Prüfsumme stimmt nicht.")
        self.content_count += 1
        return body_b

    def _accountability(
        self, bodies: Bodies, leaf: Leaf, raw: bytes, a: dict[str, Any], body_b: bytes | None
    ) -> None:
        """Check what body A says against index, contents and the steps before."""
        case, indexed = a.get("case"), self.index.at(leaf.seq)
        if (indexed and indexed[1]) != case:
            message = "Das Verzeichnis nennt für diesen Eintrag einen anderen Fall oder keinen."
            raise VerificationError(Step.INDEX, leaf.seq, FaultClass.INDEX, message)
        self.index_count += indexed is not None
        if body_b is None:
            bodies.miss_b(leaf)
        else:
            bodies.open_b(leaf, raw, case, body_b)
        bodies.follow(leaf.seq, a)
        if self.replay:
            self.replay.take(leaf.seq, a)

    def _grow(self, leaves: list[bytes]) -> None:
        """Append leaf hashes to the tree, stopping at each checkpoint on the way to compare the root."""
        while self.checkpoint and self.checkpoint.size <= self.tree.size + len(leaves):
            cut = self.checkpoint.size - self.tree.size
            self.tree, leaves = self.tree.extend(leaves[:cut]), leaves[cut:]
            if self.tree.root() != self.checkpoint.root:
                message = f"Mit {self.tree.size} Einträgen war die Wurzel bei der Unterschrift eine andere."
                raise VerificationError(
                    Step.CHECKPOINTS, max(0, self.tree.size - 1), FaultClass.DIVERGED, message
                )
            self.checkpoint = next(self.checkpoints, None)
        self.tree = self.tree.extend(leaves)

    def _end(self) -> None:
        """Compare what came out with what the head claims, and with what stands beside the log."""
        if self.checkpoint:
            message = f"Unterschrieben sind {self.checkpoint.size} Einträge, vorhanden {self.tree.size}."
            raise VerificationError(Step.CHECKPOINTS, self.tree.size, FaultClass.ROLLED_BACK, message)
        if self.tree.size < self.claimed.size:
            message = f"Der Kopf nennt {self.claimed.size} Einträge, vorhanden sind {self.tree.size}."
            raise VerificationError(Step.TREE, self.tree.size, FaultClass.MISSING, message)
        if self.tree.size > self.claimed.size:
            message = f"Der Kopf nennt {self.claimed.size} Einträge, vorhanden sind {self.tree.size}."
            raise VerificationError(Step.TREE, self.claimed.size, FaultClass.SURPLUS, message)
        if self.tree != self.claimed:
            message = "Der Baum über die Einträge ist nicht der, den der Kopf nennt."
            raise VerificationError(Step.TREE, None, FaultClass.TREE, message)
        if self.last_time_ms != self.head.last_time_ms:
            message = "Der Kopf nennt eine andere letzte Zeit als der letzte Eintrag."
            raise VerificationError(Step.HEAD, None, FaultClass.HEAD, message)
        self.content.end()
        if self.bodies:
            self.index.end()
            self.bodies.end()

    def _checkpoints(self, notes: Sequence[bytes]) -> Iterator[Checkpoint]:
        """Give all checkpoints by size: those the log keeps, and those kept elsewhere."""
        elsewhere = sorted((_opened(note, self.verifier, alone=False) for note in notes), key=_size)
        for checkpoint in merge(self._kept(), elsewhere, key=_size):
            self.note_count += 1
            yield checkpoint

    def _kept(self) -> Iterator[Checkpoint]:
        for rows in pages(self.reader.notes, Step.CHECKPOINTS):
            for size, note in rows:
                checkpoint = _opened(note, self.verifier, alone=True)
                if checkpoint.size != size:
                    message = f"Der Prüfpunkt über {checkpoint.size} Einträge liegt unter der Größe {size}."
                    raise VerificationError(Step.CHECKPOINTS, None, FaultClass.CHECKPOINT, message)
                yield checkpoint

    def _report(self, cases: int) -> Report:
        counts = [(Step.HEAD, 1), (Step.CHECKPOINTS, self.note_count), (Step.ENTRIES, self.tree.size)]
        counts += [(Step.BODIES, self.tree.size + self.content_count), (Step.TREE, self.tree.size)]
        if self.bodies:
            counts += [(Step.KEYS, self.bodies.key_count), (Step.INDEX, self.index_count)]
        if self.replay:
            counts.append((Step.REPLAY, cases))
        return Report(
            origin=self.verifier.name,
            size=self.tree.size,
            root=self.tree.root(),
            last_time_ms=self.last_time_ms,
            checked=tuple(sorted(counts)),
            opened=self.bodies.opened if self.bodies else 0,
            erased=self.bodies.missing if self.bodies else 0,
            unjudged=self.unjudged,
        )


def _size(checkpoint: Checkpoint) -> int:
    return checkpoint.size


def _opened(note: bytes, verifier: Verifier, *, alone: bool) -> Checkpoint:
    try:
        return open_checkpoint(note if type(note) is bytes else b"", verifier, alone=alone)
    except MalformedNote as error:
        raise VerificationError(Step.CHECKPOINTS, None, FaultClass.CHECKPOINT, str(error)) from None


def _head(head: StoredHead | None, verifier: Verifier) -> tuple[StoredHead, Frontier]:
    """Check the head by itself; give it and the tree it claims."""
    if head is None:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, "Der Kopf des Protokolls fehlt.")
    if head.origin != verifier.name:
        message = "Der Kopf nennt eine andere Herkunft als der Prüfschlüssel."
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, message)
    numbers = (head.size, head.last_time_ms)
    if any(type(number) is not int for number in numbers) or type(head.frontier) is not bytes:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, "Der Kopf ist unlesbar abgelegt.")
    try:
        return head, Frontier.from_bytes(head.size, head.frontier)
    except MalformedTree as error:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, str(error)) from None
