"""Verifying a store while others work with it: pages in short transactions, several processes where it pays.

The log only grows, so what was read a moment ago still stands; only its end, and what needs one moment, is read in
one last transaction. Where anything looks wrong although the log has moved meanwhile, it is looked at again in one
transaction before it is said: `tests/system/test_verify_beside_writers.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from adapters.db.reader import SqlReader, StoreReplay
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from audit.errors import MalformedNote
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing
from audit.note import Verifier
from audit.reader import LogReader, StoredHead
from audit.report import Report
from audit.sources import Log, Snapshot, Stretches, own_stretches
from audit.verify import Progress, verify_all


@dataclass(frozen=True, slots=True)
class Asked:
    """How deep to look: `notes` are checkpoints kept elsewhere, `decrypt` opens contents, `replay` compares cases."""

    notes: Sequence[bytes] = ()
    decrypt: bool = False
    replay: bool = False


def verify_store(
    store: Store,
    verifier: Verifier,
    asked: Asked,
    progress: Progress | None = None,
    stretches: Stretches = own_stretches,
) -> Report:
    """Verify the log of a store, its earlier incarnations and what stands beside it; VerificationError.

    Nobody is kept from writing for longer than it takes to read a page. `stretches` may be those of several
    processes (`adapters.verification_workers`).
    """
    before = _head(store)
    try:
        return _verified(incarnations(store, verifier), keys_of(store), asked, progress, stretches)
    except VerificationError:
        if _head(store) == before:
            raise
    return verify_at_one_moment(store, verifier, asked, progress)


def verify_at_one_moment(
    store: Store, verifier: Verifier, asked: Asked, progress: Progress | None = None
) -> Report:
    """Verify the same in one transaction; others cannot write for as long as that takes."""
    with store.log_reader() as reader, store.keys() as ring:
        return verify_open(reader, verifier, ring, asked, progress)


def verify_open(
    reader: SqlReader, verifier: Verifier, ring: KeyRing, asked: Asked, progress: Progress | None = None
) -> Report:
    """Verify all incarnations in the transaction of this reader."""
    past = [_log(_held(reader.earlier(number)), vkey, number) for number, vkey in reader.past()]
    return _verified([*past, Log(_held(reader), verifier)], ring, asked, progress, None)


def _verified(
    logs: Sequence[Log],
    ring: KeyRing,
    asked: Asked,
    progress: Progress | None,
    stretches: Stretches | None,
) -> Report:
    replay = StoreReplay(None, ring, decrypt=asked.decrypt) if asked.replay else None
    return verify_all(
        logs,
        ring,
        notes=asked.notes,
        decrypt=asked.decrypt,
        replay=replay,
        progress=progress,
        stretches=stretches,
    )


def incarnations(store: Store, verifier: Verifier) -> list[Log]:
    """Give the incarnations of the log, oldest first, each to be read in many transactions."""
    with store.log_reader() as reader:
        past = reader.past()
    earlier = [_log(incarnation_reader(store, number), vkey, number) for number, vkey in past]
    return [*earlier, Log(store.log_reader, verifier)]


def incarnation_reader(store: Store, number: int | None) -> Snapshot:
    """Give what opens an incarnation of the log in a read transaction of its own, the present one for None."""

    @contextmanager
    def opened() -> Iterator[LogReader]:
        with store.log_reader() as reader:
            yield reader if number is None else reader.earlier(number)

    return opened


def keys_of(store: Store) -> KeyRing:
    """Give a ring that reads each key in a transaction of its own, and makes none."""
    return store.ring.over(_ShortKeys(store))


def _held(reader: LogReader) -> Snapshot:
    return lambda: nullcontext(reader)


def _log(snapshot: Snapshot, vkey: str, number: int) -> Log:
    try:
        return Log(snapshot, Verifier.from_vkey(vkey), number)
    except MalformedNote as error:
        message = f"Der Prüfschlüssel einer früheren Fassung ist unlesbar: {error}"
        raise VerificationError(Step.INCARNATIONS, None, FaultClass.INCARNATION, message) from None


def _head(store: Store) -> StoredHead | None:
    with store.log_reader() as reader:
        return reader.head()


class _ShortKeys:
    """The wrapped keys of a store, each read in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Give KEK version, wrapped key and key id, or None."""
        with self._store.reading() as connection:
            return SqlKeys(connection, self._store.tenant).get(purpose)

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Verifying makes no key; one that is asked for and not there is a fault."""
        del kek_version, wrapped, key_id
        message = f"Der Schlüssel „{purpose}“ fehlt."
        raise VerificationError(Step.KEYS, None, FaultClass.KEY, message)
