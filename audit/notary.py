"""The notary: signs a checkpoint only over what continues the log it signed before.

Its state (tree, last time, last note) lies outside the database, so a database rolled back, cut or rewritten
gets no further signature. Once halted it never signs again until a person has looked (`audit.notary_file`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cursor import pages
from audit.entry import log_id
from audit.errors import AuditError, MalformedNote, MalformedTree
from audit.faults import Step, VerificationError
from audit.keys import KeyProvider, KeyRing, log_verifier
from audit.note import Verifier, decode64
from audit.reader import PAGE, LogReader, StoredHead, StoredRow
from audit.seal import DataKey
from audit.succession import checked_leaf
from audit.tree import Frontier, leaf_hash

_OTHER_KEY = (
    "Der Schlüssel für Unterschriften ist ein anderer als der, der bisher unterschrieb. Ist der alte verloren, geht es "
    "zu zweit weiter: lotse backup restore --here."
)


class NotaryDamaged(AuditError):
    """Die Akte des Notars ist nicht lesbar."""


class NotaryHalted(AuditError):
    """Der Notar unterschreibt nicht mehr, bis ein Mensch nachgesehen hat."""

    def __init__(self, state: "State") -> None:
        super().__init__(f"Der Notar hat angehalten: {state.halted}")
        self.state = state


@dataclass(frozen=True, slots=True)
class State:
    """What the notary knows of the log: the tree it signed, the last time (Unix ms), the last note.

    `halted` says why it signs no more, None while it does.
    """

    origin: str
    frontier: Frontier = field(default_factory=Frontier)
    last_time_ms: int = 0
    note: bytes | None = None
    halted: str | None = None

    @property
    def size(self) -> int:
        """How many entries are signed."""
        return self.frontier.size

    def to_json(self) -> bytes:
        """Give the state as a JSON file a person can read."""
        content = {
            "origin": self.origin,
            "size": self.size,
            "root": self.frontier.root().hex(),
            "frontier": [node.hex() for node in self.frontier.hashes],
            "last_time_ms": self.last_time_ms,
            "note": self.note.decode() if self.note else None,
            "halted": self.halted,
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, content: bytes) -> "State":
        """Undo `to_json`; NotaryDamaged for anything else."""
        try:
            state = _read(orjson.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError, MalformedTree):
            raise NotaryDamaged("Die Akte des Notars ist beschädigt.") from None
        if state.to_json() != content:
            raise NotaryDamaged("Die Akte des Notars widerspricht sich.")
        return state


def countersign(reader: LogReader, state: State, keys: KeyRing, provider: KeyProvider) -> tuple[State, bytes]:
    """Check what is new in the log and give the state after it and the signed checkpoint.

    Ed25519 is deterministic, so a size already signed has the same note again, and the one kept is given where
    it is genuine. Raises NotaryHalted, with the state to keep, where the log does not continue what was signed,
    or where the state says so already.
    """
    after = _guarded(_continued, reader, state, keys)
    verifier = log_verifier(state.origin, provider)
    if after.note is not None and _of_another_key(after.note, verifier):
        raise NotaryHalted(replace(state, halted=_OTHER_KEY))
    checkpoint = Checkpoint(state.origin, after.size, after.frontier.root())
    if after.note is not None and _says(after.note, checkpoint, verifier):
        return after, after.note
    note = checkpoint.sign(verifier, provider.sign)
    return replace(after, note=note), note


def followed(reader: LogReader, state: State, keys: KeyRing) -> tuple[State, bool]:
    """Check a page of what is new, without signing; and whether so much is left that one should go on like this.

    So a log that has grown long is read in short transactions, and nobody who writes has to wait. What is left
    is for `countersign`. Raises NotaryHalted.
    """
    after = _guarded(_followed, reader, state, keys)
    return after, after.size > state.size


def _guarded(
    step: Callable[[LogReader, State, KeyRing], State], reader: LogReader, state: State, keys: KeyRing
) -> State:
    """Take a step; halted before is halted now, and whatever is wrong with an entry halts."""
    if state.halted is not None:
        raise NotaryHalted(state)
    try:
        return step(reader, state, keys)
    except VerificationError as error:
        raise NotaryHalted(replace(state, halted=str(error))) from None


def _continued(reader: LogReader, state: State, keys: KeyRing) -> State:
    """Follow the log from the signed tree to its head."""
    head = _head(reader, state)
    mac = _mac_key(state, keys) if head.size > state.size else None
    after = state
    for rows in pages(lambda last, count: _new_rows(reader, state, last, count), Step.ENTRIES):
        after = _with(rows, after, mac)
    if (after.size, after.frontier.to_bytes(), after.last_time_ms) != (
        head.size,
        head.frontier,
        head.last_time_ms,
    ):
        message = "Einträge und Kopf des Protokolls passen nicht zueinander."
        raise NotaryHalted(replace(state, halted=message))
    return after


def _followed(reader: LogReader, state: State, keys: KeyRing) -> State:
    """Follow the log for a page, where its head says that more than a page is new."""
    if _head(reader, state).size - state.size <= PAGE:
        return state
    rows = next(pages(lambda last, count: _new_rows(reader, state, last, count), Step.ENTRIES), ())
    return _with(rows, state, _mac_key(state, keys))


def _head(reader: LogReader, state: State) -> StoredHead:
    """Give the head; NotaryHalted where it is another log's or a shorter one's."""
    head = reader.head()
    if head is None or head.origin != state.origin or type(head.size) is not int:
        raise NotaryHalted(replace(state, halted="Der Kopf des Protokolls fehlt oder ist ein anderer."))
    if head.size < state.size:
        message = f"Das Protokoll hat {head.size} Einträge, unterschrieben sind {state.size}."
        raise NotaryHalted(replace(state, halted=message))
    return head


def _mac_key(state: State, keys: KeyRing) -> DataKey:
    mac = keys.known("mac")
    if mac is None:
        raise NotaryHalted(replace(state, halted="Der Schlüssel der Beglaubigung fehlt."))
    return mac


def _with(rows: Sequence[StoredRow], state: State, mac: DataKey | None) -> State:
    """Give the state once these rows are checked; VerificationError for the first that is not the next entry."""
    log, last_time_ms = log_id(state.origin), state.last_time_ms
    leaves: list[bytes] = []
    for row in rows:
        leaf = checked_leaf(row, state.size + len(leaves), last_time_ms, log, mac)
        last_time_ms = leaf.time_ms
        leaves.append(leaf_hash(row[1]))
    return replace(state, frontier=state.frontier.extend(leaves), last_time_ms=last_time_ms)


def _says(note: bytes, checkpoint: Checkpoint, verifier: Verifier) -> bool:
    """Whether this is the note over that checkpoint and nothing else."""
    try:
        return open_checkpoint(note, verifier, alone=True) == checkpoint
    except MalformedNote:
        return False


def _of_another_key(note: bytes, verifier: Verifier) -> bool:
    """Whether another key of this log's name signed the note; one that is damaged was signed by nobody."""
    start = f"— {verifier.name} "
    try:
        signatures = [line for line in note.decode().split("\n") if line.startswith(start)]
        hashes = {decode64(line.removeprefix(start))[:4] for line in signatures}
    except (UnicodeDecodeError, MalformedNote):
        return False
    return bool(hashes) and verifier.key_hash not in hashes


def _new_rows(reader: LogReader, state: State, after: int | None, count: int) -> "list[StoredRow]":
    start = after if after is not None else state.size - 1 if state.size else None
    return list(reader.rows(start, count))


def _read(content: dict[str, Any]) -> State:
    frontier = Frontier.from_bytes(content["size"], bytes.fromhex("".join(content["frontier"])))
    note = content["note"]
    return State(
        content["origin"],
        frontier,
        content["last_time_ms"],
        note.encode() if note is not None else None,
        content["halted"],
    )
