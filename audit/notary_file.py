"""The notary's file: kept outside the database, replaced as a whole, durable before a note leaves the house.

One process at a time signs; a lock beside the file sees to that. A missing file is an error, never a fresh
start: whoever deletes it must not get a signature over a log cut short.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from audit.errors import AuditError
from audit.keys import KeyProvider, KeyRing
from audit.notary import NotaryHalted, State, countersign
from audit.reader import LogReader


class NotaryMissing(AuditError):
    """Die Akte des Notars fehlt; ohne sie wird nichts unterschrieben."""


class NotaryFile:
    """A notary with its state in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, origin: str) -> None:
        """Begin at the empty log, whole or not at all; FileExistsError where there is a file already."""
        with self._written(State(origin)) as growing:
            os.link(growing, self._path)
        self._sync_folder()

    def load(self) -> State:
        """Read the state; NotaryMissing or NotaryDamaged."""
        try:
            return State.from_json(self._path.read_bytes())
        except FileNotFoundError:
            raise NotaryMissing(f"Die Akte des Notars fehlt: {self._path}") from None

    def sign(
        self, snapshot: Callable[[], AbstractContextManager[LogReader]], keys: KeyRing, provider: KeyProvider
    ) -> bytes:
        """Countersign the log and give the note, after the state is on disk.

        `snapshot` opens the log for reading; it is called under the lock, because a view older than what
        another process has signed meanwhile would look like a roll-back. Raises what `countersign` raises,
        after the halt is on disk.
        """
        with self._lock(), snapshot() as reader:
            before = self.load()
            try:
                after, note = countersign(reader, before, keys, provider)
            except NotaryHalted as halted:
                self._save(before, halted.state)
                raise
            self._save(before, after)
            return note

    def _save(self, before: State, after: State) -> None:
        if before == after:
            return
        with self._written(after) as growing:
            growing.replace(self._path)
        self._sync_folder()

    @contextmanager
    def _written(self, state: State) -> Iterator[Path]:
        """Give a durable file beside the notary's, readable to its owner alone, to take its place at once."""
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}-", dir=self._path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(state.to_json())
                file.flush()
                os.fsync(handle)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._path.with_name(self._path.name + ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _sync_folder(self) -> None:
        handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
