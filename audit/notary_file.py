"""The notary's file: kept outside the database, replaced as a whole, durable before a note leaves the house.

One process at a time signs; a lock beside the file sees to that. A missing file is an error, never a fresh
start: whoever deletes it must not get a signature over a log cut short. The plain note lies beside it as
`checkpoint`, for other machines to fetch. Proven with many signers and kills (`tests/system/test_notary_process.py`).
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from audit import durable
from audit.errors import AuditError
from audit.keys import KeyProvider, KeyRing
from audit.notary import NotaryHalted, State, countersign, followed
from audit.reader import LogReader


class NotaryMissing(AuditError):
    """Die Akte des Notars fehlt; ohne sie wird nichts unterschrieben."""


class NotaryFile:
    """A notary with its state in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, origin: str) -> None:
        """Begin at the empty log, whole or not at all; FileExistsError where there is a file already."""
        durable.make(self._path, State(origin).to_json())

    def load(self) -> State:
        """Read the state; NotaryMissing or NotaryDamaged."""
        try:
            return State.from_json(self._path.read_bytes())
        except FileNotFoundError:
            raise NotaryMissing(
                f"Die Akte des Notars fehlt: {self._path}. Nächster Schritt: sie aus einer Sicherung der Schlüssel "
                "zurückholen; ist sie verloren, zu zweit neu beginnen mit lotse backup restore --here."
            ) from None

    def sign(
        self,
        snapshot: Callable[[], AbstractContextManager[LogReader]],
        keys: KeyRing,
        provider: KeyProvider,
        secure: Callable[[], None] = lambda: None,
    ) -> bytes:
        """Countersign the log and give the note, after the state is on disk.

        `snapshot` opens the log for reading; it is called under the lock, because a view older than what
        another process has signed meanwhile would look like a roll-back. `secure` puts what was read on the disk:
        signed is only what no power cut takes back. Raises what `countersign` raises, after the halt is on disk.
        """
        with self.alone():
            before = self.load()
            try:
                after, note = _signed(snapshot, before, keys, provider)
            except NotaryHalted as halted:
                self._save(before, replace(before, halted=halted.state.halted))
                raise
            if after.size > before.size:
                secure()
            self._save(before, after)
            self._publish(note)
            return note

    def halt(self, reason: str) -> State:
        """Sign no more from now on, for that reason (a German sentence), and give the state; the first reason stays."""
        with self.alone():
            before = self.load()
            after = before if before.halted is not None else replace(before, halted=reason)
            self._save(before, after)
            return after

    def resume(self) -> State:
        """Sign again, as a person has looked; what continues nothing that was signed halts again at once."""
        with self.alone():
            before = self.load()
            after = replace(before, halted=None)
            self._save(before, after)
            return after

    @property
    def checkpoint(self) -> Path:
        """Where the last note lies for others to fetch."""
        return self._path.with_name("checkpoint")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody else from signing for a while; not to be entered twice, also not by `sign`."""
        with self._path.with_name(self._path.name + ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def tidy(self) -> None:
        """Take away what a killed process left half written."""
        with self.alone():
            for left in self._path.parent.glob(f".{self._path.name}-*"):
                left.unlink(missing_ok=True)

    def _publish(self, note: bytes) -> None:
        """Lay out the note to be copied elsewhere; after a power cut it may be missing until the next signature."""
        try:
            if self.checkpoint.read_bytes() == note:
                return
        except FileNotFoundError:
            pass
        growing = self._path.with_name(f".{self._path.name}-checkpoint")
        growing.write_bytes(note)
        growing.chmod(0o600)
        growing.replace(self.checkpoint)

    def _save(self, before: State, after: State) -> None:
        if before != after:
            durable.put(self._path, after.to_json())


def _signed(
    snapshot: Callable[[], AbstractContextManager[LogReader]],
    state: State,
    keys: KeyRing,
    provider: KeyProvider,
) -> tuple[State, bytes]:
    """Follow the log, a short snapshot at a time, and countersign in the last of them."""
    while True:
        with snapshot() as reader:
            state, more = followed(reader, state, keys)
            if not more:
                return countersign(reader, state, keys, provider)
