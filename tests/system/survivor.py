"""What is left after a power cut: the store is opened, which recovers it, and asked for everything it promised.

Images that are equal, or recover to equal files, have one answer; so ten thousand of them need few minutes.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from adapters.bootstrap import NoStoreError, create_lotse, open_lotse
from adapters.db import statements as sql
from adapters.lotse import Lotse
from adapters.settings import read_settings
from audit.notary_file import NotaryFile
from states import prover
from states.profile import load
from states.prover import Proof, prove
from states.vocabulary import Command
from tests.people import WORKER
from tests.sensible import sensible
from tests.system.busy_office import NOW, PROMISES
from tests.system.diary import Call, Line
from tests.system.end_state import verified
from tests.system.platter import Image, lay_out
from workflow.perform import Request


@dataclass(frozen=True, slots=True)
class Promise:
    """What was acknowledged up to some moment: entries, signed entries, versions of cases."""

    made: bool = False
    size: int = 0
    signed: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()

    def and_then(self, said: Mapping[str, object]) -> "Promise":
        """This promise and one more line."""
        gone = self.erased | ({str(said["erased"])} if "erased" in said else frozenset())
        versions = dict(self.versions)
        if "case" in said:
            versions[str(said["case"])] = int(str(said["version"]))
        versions.pop(str(said.get("erasing")), None)
        return Promise(
            made=True,
            size=max(self.size, int(str(said["size"]))),
            signed=max(self.signed, int(str(said.get("signed", 0)))),
            versions=versions,
            erased=gone,
        )


def promises(lines: Sequence[Line]) -> list[Promise]:
    """What was promised before each line of the diary, and at its end."""
    found = [Promise()]
    for line in lines:
        now = found[-1]
        if line.path == PROMISES and line.call is Call.WRITE:
            now = now.and_then(json.loads(line.data))
        found.append(now)
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """What a store says after the power cut; `fault` is what cannot be, in the words of whoever found it."""

    fault: str | None = None
    made: bool = True
    leaves: tuple[bytes, ...] = ()
    signed: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)


def broken(found: Found, promise: Promise, truth: Sequence[bytes]) -> str | None:
    """The first promise that is not kept; None where all are. `truth` are the leaves that were written."""
    size = len(found.leaves)
    if found.fault is not None:
        return found.fault
    behind = [case for case, version in promise.versions.items() if found.versions.get(case, 0) < version]
    checks = {
        "lost: the whole store": promise.made and not found.made,
        f"lost: {promise.size} entries were acknowledged, {size} are there": size < promise.size,
        "another: an entry is not the one that was written": promise.made
        and found.leaves != tuple(truth[:size]),
        f"lost: the acknowledged versions of {len(behind)} cases": bool(behind),
        "back: an erased case": not promise.erased.isdisjoint(found.versions),
        f"lost: {promise.signed} entries were signed, the notary knows {found.signed}": found.signed
        < promise.signed,
    }
    return next((sentence for sentence, is_broken in checks.items() if is_broken), None)


class Surgery:
    """Opens images below one folder, each distinct one once; in every `each`-th store that comes of them work goes on."""

    def __init__(self, folder: Path, each: int = 1) -> None:
        self._folder = folder
        self._each = each
        self._by_image: dict[bytes, Found] = {}
        self._by_outcome: dict[bytes, Found] = {}

    @property
    def distinct(self) -> tuple[int, int]:
        """How many different images there were, and how many different stores came of them."""
        return len(self._by_image), len(self._by_outcome)

    def examine(self, image: Image) -> Found:
        """What becomes of this image."""
        kept = {path: each for path, each in image.items() if path != PROMISES}
        digest = _digest(kept)
        found = self._by_image.get(digest)
        if found is None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir()
            lay_out(kept, self._folder)
            found = self._by_image[digest] = self._opened()
        return found

    def _opened(self) -> Found:
        try:
            made = self._recovered()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
            return Found(f"cannot be opened: {error!r}")
        # What recovery leaves of a journal it has judged to be none; the next writer overwrites it.
        outcome = [
            path for path in self._folder.rglob("*") if path.is_file() and path.suffix != ".db-journal"
        ]
        digest = _digest({str(path.relative_to(self._folder)): (0, path.read_bytes()) for path in outcome})
        found = self._by_outcome.get(digest)
        if found is None:
            try:
                found = self._asked(made=made)
            except Exception as error:  # noqa: BLE001 - as above
                found = Found(f"does not hold: {error!r}")
            self._by_outcome[digest] = found
        return found

    def _recovered(self) -> bool:
        """Open the store as any command does; where none was made yet, make it, as a person would again."""
        settings = read_settings(self._folder)
        with _proven_once():
            try:
                lotse = open_lotse(settings, lambda: NOW)
            except NoStoreError:
                create_lotse(settings, lambda: NOW).store.engine.dispose()
                return False
        lotse.store.engine.dispose()
        return True

    def _asked(self, *, made: bool) -> Found:
        """Ask for everything, then go on working."""
        settings = read_settings(self._folder)
        with closing(sqlite3.connect(settings.database)) as database:
            said = database.execute("PRAGMA integrity_check").fetchall()
            assert said == [("ok",)], said
        lotse = open_lotse(settings, lambda: NOW)
        try:
            with lotse.store.log_reader() as reader:
                leaves = tuple(row[1] for row in reader.rows(None, 10**6))
            with lotse.store.work(reading=True) as work:
                versions = {each: work.case(each).version for each in lotse.store.ids(sql.ALL_CASES)}
            signed = NotaryFile(settings.notary).load().size
            verified(self._folder)
            if len(self._by_outcome) % self._each == 0:
                self._goes_on(lotse)
                verified(self._folder)
        finally:
            lotse.store.engine.dispose()
        return Found(None, made, leaves, signed, versions)

    def _goes_on(self, lotse: Lotse) -> None:
        """A further referral, and a signature over everything."""
        details = sensible(Command.RECEIVE_CONSENT, None, WORKER, NOW)
        lotse.submit(Request(Command.RECEIVE_CONSENT, WORKER, details=details))
        lotse.countersign()


@cache
def _proof() -> Proof:
    return prove(load("default").process)


@contextmanager
def _proven_once() -> Iterator[None]:
    """Every store here works by the same process, so its proof (half a second) is made once and not for each disk."""
    once = _proof()
    with patch.object(prover, "prove", lambda _process: once):
        yield


def _digest(files: Image) -> bytes:
    digest = sha256()
    for path in sorted(files):
        mode, content = files[path]
        digest.update(f"{path}\0{mode:o}\0{-1 if content is None else len(content)}\0".encode())
        digest.update(content or b"")
    return digest.digest()
