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
        """Begin at the empty log; FileExistsError where there is a file already."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(State(origin).to_json())
            file.flush()
            os.fsync(handle)
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
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}-", dir=self._path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(after.to_json())
                file.flush()
                os.fsync(handle)
            Path(name).replace(self._path)
        finally:
            Path(name).unlink(missing_ok=True)
        self._sync_folder()

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
