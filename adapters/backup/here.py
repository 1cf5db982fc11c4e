"""The database as it stands, in the place of a backup: for the day the signing key or the notary's file is lost.

Nobody should have to go back to yesterday's backup while today's database is whole. What vouches for it, instead of the
notary, are checkpoints signed with the key of before: those that the log keeps, and those kept elsewhere. Where the
notary can still sign, nothing begins anew. Proven by `tests/system/test_keys_lost.py`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import bindparam, select

from adapters.backup.archive import Header
from adapters.backup.checking import Opened, opened_store
from adapters.backup.copying import copy_online
from adapters.backup.errors import BackupDamaged, RestoreRefused
from adapters.backup.lineage import Known, known_beside
from adapters.backup.making import Watch, header_of, step
from adapters.db import tables as t
from adapters.db.statements import Prepared
from adapters.db.store import Store
from adapters.settings import Settings
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import MalformedNote
from audit.keys import KeyProvider, log_verifier
from audit.note import Verifier

_NEWEST_NOTE = Prepared(
    select(t.log_checkpoints.c.note)
    .where(t.log_checkpoints.c.tenant == bindparam("tenant"))
    .order_by(t.log_checkpoints.c.size.desc())
    .limit(1)
)
_NO_HEAD = "In dieser Datenbank steht kein Protokoll. Nächster Schritt: lotse backup restore DATEI."
_NOTHING_LOST = (
    "Hier ist nichts verloren: Der Schlüssel für Unterschriften und die Akte des Notars sind da. Nächster Schritt: "
    "lotse audit verify; hat der Notar angehalten, danach lotse notary resume."
)
_OLDER = (
    "Dieses Protokoll ist eine frühere Fassung; die Akte des Notars kennt {later}. Die Datenbank wurde von Hand "
    "zurückgesetzt. Nächster Schritt: die echte zurückholen, oder eine Sicherung: lotse backup restore DATEI."
)
_OTHER_LOG = (
    "Dieser Prüfschlüssel gehört zu {named}, das Protokoll heißt {origin}. Nächster Schritt: mit --vkey den nennen, der "
    "dazu ausgegeben wurde."
)
_NO_NOTE = (
    "In dieser Datenbank liegt kein unterschriebener Prüfpunkt; niemand bürgt für ihr Protokoll. Nächster Schritt: einen "
    "anderswo verwahrten nennen, --checkpoint DATEI, oder eine Sicherung zurückholen, lotse backup restore DATEI."
)
_OTHER_KEY = (
    "Ein Prüfpunkt passt nicht zu diesem Prüfschlüssel ({why}) Nächster Schritt: mit --vkey den nennen, der vor dem "
    "Verlust galt; lotse init und lotse audit export haben ihn ausgegeben."
)


@dataclass(frozen=True, slots=True)
class Here:
    """A new log over the database as it stands.

    `vkey` is the public key that signed so far, as it was given out, None for the one that is here now; `checkpoints`
    are signed notes that were kept elsewhere.
    """

    vkey: str | None = None
    checkpoints: tuple[bytes, ...] = ()


@contextmanager
def opened_here(
    settings: Settings, here: Here, provider: KeyProvider, place: Path, watch: Watch | None = None
) -> Iterator[Opened]:
    """Copy the running database into the working place, as if a backup of this moment had been opened there.

    Raises RestoreRefused where nothing is lost, or where no checkpoint vouches for its log; sqlite3.Error.
    """
    path = place / "lotse.db"
    copy_online(settings.database, path, step(watch, "copy"))
    with opened_store(path, provider) as store:
        origin = _origin(store)
        known = known_beside(settings.notary, origin)
        verifier = _verifier(here, origin, provider)
        _something_is_lost(known, verifier, provider)
        notes = _notes(here, known, store, origin)
        newest = _newest(notes, verifier)
        yield Opened(_header(path, verifier, newest, provider), _name(verifier), store, path, notes)


def _origin(store: Store) -> str:
    with store.log_reader() as reader:
        head = reader.head()
    if head is None:
        raise BackupDamaged(_NO_HEAD)
    return head.origin


def _verifier(here: Here, origin: str, provider: KeyProvider) -> Verifier:
    """The key that signed so far. Raises RestoreRefused where it is of another log, or none."""
    if here.vkey is None:
        return log_verifier(origin, provider)
    try:
        verifier = Verifier.from_vkey(here.vkey.strip())
    except MalformedNote as error:
        raise RestoreRefused(f"{error} Nächster Schritt: mit --vkey die richtige Datei nennen.") from None
    if verifier.name != origin:
        raise RestoreRefused(_OTHER_LOG.format(named=verifier.name, origin=origin))
    return verifier


def _something_is_lost(known: Known, verifier: Verifier, provider: KeyProvider) -> None:
    """Raise RestoreRefused where the notary can go on, or knows of a later log than this one."""
    later = known.later_than(verifier.name)
    if later:
        raise RestoreRefused(_OLDER.format(later=later[-1].origin))
    if known.of(verifier.name) is not None and verifier.public_key == provider.public_key():
        raise RestoreRefused(_NOTHING_LOST)


def _notes(here: Here, known: Known, store: Store, origin: str) -> tuple[bytes, ...]:
    """Every checkpoint that vouches for this log: kept elsewhere, by the notary, and the newest that the log keeps."""
    state = known.of(origin)
    by_notary = [state.note] if state is not None and state.note is not None else []
    with store.reading() as connection:
        row = _NEWEST_NOTE.row(connection, tenant=store.tenant)
    kept = [row[0]] if row is not None and isinstance(row[0], bytes) else []
    return (*kept, *by_notary, *here.checkpoints)


def _newest(notes: Iterable[bytes], verifier: Verifier) -> bytes:
    """The one over the most entries of this log. Raises RestoreRefused where one is not signed so, or there is none.

    Those of earlier incarnations are left to verification, which knows their keys.
    """
    name = f"{verifier.name}\n".encode()
    ours = [(_opened(note, verifier).size, note) for note in notes if note.startswith(name)]
    if not ours:
        raise RestoreRefused(_NO_NOTE)
    return max(ours)[1]


def _opened(note: bytes, verifier: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(note, verifier)
    except MalformedNote as error:
        raise RestoreRefused(_OTHER_KEY.format(why=error)) from None


def _header(path: Path, verifier: Verifier, note: bytes, provider: KeyProvider) -> Header:
    """What a backup of this moment would say of itself; as none is sealed, it has no key of its own."""
    return header_of(path, verifier.public_key, note, provider.current_version(), "")


def _name(verifier: Verifier) -> str:
    """What both people mean: this log, by this key; others go on working between request and approval."""
    return sha256(f"lotse/restore/here\n{verifier.vkey}\n".encode()).hexdigest()
