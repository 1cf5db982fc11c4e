"""A lawful restore: asked for by one person, approved by a second, and on record for ever.

The log of the backup becomes an earlier incarnation, and a new one begins whose first entry says what was there and
what is lost; erasures made since are made again before anybody sees the store. Everything is made ready and proven
beside the running database, then put in its place at once (`adapters.backup.swap`). Where only the keys were lost, the
database as it stands takes the place of a backup (`adapters.backup.here`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.backup.again import Lacking, lacking, made_again
from adapters.backup.archive import Header, read_header
from adapters.backup.carried import Carried, carried_over, carrying
from adapters.backup.checking import Opened, opened_backup, proven
from adapters.backup.errors import BackupError, RestoreConflict, RestoreRefused
from adapters.backup.here import Here, opened_here
from adapters.backup.incarnation import begin_incarnation, sign_first
from adapters.backup.lineage import Known, known_beside, same_log
from adapters.backup.live import Live, looked_at, note_erasures, record
from adapters.backup.making import Watch
from adapters.backup.on_record import REQUESTED, OnRecord, on_record
from adapters.backup.placing import prove_again, put_in_place
from adapters.backup.request import (
    Entered,
    RestoreRequest,
    a_second,
    may_approve,
    may_request,
    person_in,
    read_request,
    withdraw_request,
    write_request,
)
from adapters.backup.swap import Held, held, settle
from adapters.backup.working import working_place
from adapters.keys.choose import open_keys
from adapters.lock import alone
from adapters.lotse import now
from adapters.settings import Settings
from audit.keys import KeyProvider
from audit.notary_file import NotaryFile
from workflow.calendar import local_date
from workflow.office import Directory, Person

_MOVED_ON = (
    "Während der Prüfung haben andere weitergearbeitet; nichts ist geändert. Nächster Schritt: die Programme beenden "
    "und noch einmal freigeben."
)


_NOT_OVER_THERE = (
    "Mit --here geht es in PostgreSQL nicht. Nächster Schritt: eine Sicherung, lotse backup restore DATEI, in eine leere "
    "Datenbank (vorher: lotse db upgrade)."
)
_NOT_HERE = (
    "Die Datenbank, die hier liegt, lässt sich nicht öffnen. Nächster Schritt: eine Sicherung zurückholen, "
    "lotse backup restore DATEI."
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a restore of this backup would mean.

    `lost` counts entries that are signed or there and would be gone, None where nothing is left that knows; `lacks`
    are the erasures since the backup, to be made again; `carried` the holds and requests since, to be carried over;
    `waiting` is the request for it.
    """

    opened: Opened
    lost: int | None
    lacks: Lacking
    carried: Carried
    waiting: RestoreRequest | None
    live: Live | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the logs' names, how many entries are lost (None: nobody knows), where the old database lies."""

    origin: str
    before: str
    size: int
    lost: int | None
    erased_again: Lacking
    carried: Carried
    aside: Path | None


@contextmanager
def preview(settings: Settings, source: Path | Here, watch: Watch | None = None) -> Iterator[Outlook]:
    """Open and prove a backup, and say what its restore would mean; nothing is changed but for what `settle` does.

    Raises NotABackup, BackupDamaged, BackupLocked, VerificationError, OSError; for the database as it stands also
    RestoreRefused.
    """
    if isinstance(source, Here) and not settings.embedded:
        raise RestoreRefused(_NOT_OVER_THERE)
    settle(settings)
    live, keys = looked_at(settings, _header(source), sign=False), open_keys(settings)
    with (
        working_place(settings.data) as place,
        _opened(settings, source, live, keys, place, watch) as opened,
    ):
        proven(opened, watch)
        known = known_beside(settings.notary, opened.header.origin)
        yield Outlook(
            opened,
            _lost(known, opened, live),
            lacking(settings, opened.store, opened.header, known, live),
            carrying(opened.store, opened.header, live.since if live else None, known),
            _waiting(settings, keys),
            live,
        )


def request_restore(
    settings: Settings, source: Path | Here, by: str, reason: str, watch: Watch | None = None
) -> RestoreRequest:
    """Ask for a restore of this backup, which is proven first; on record where the running store can be opened.

    Raises RestoreRefused, what `preview` raises, and what a server says into which it could not go.
    """
    _refuse_unless_free(settings, source)
    with preview(settings, source, watch) as ahead:
        person = person_in(_directory(ahead.live, ahead.opened).persons, by)
        may_request(person)
        at = now().isoformat(timespec="seconds")
        request = RestoreRequest(ahead.opened.sha256, person.id, reason, at, isinstance(source, Here))
        if ahead.live is not None:
            record(settings, _entry(request, person.id, "done"))
            said = on_record(settings)
            request = replace(request, recorded=said is not None and said.has(person.id, request.sha256))
        write_request(settings, request, ahead.opened.store.provider)
        return request


def withdraw(settings: Settings, by: str) -> bool:
    """Take a request back, on record; whether there was one. Raises RestoreRefused."""
    settle(settings)
    request, live = _waiting(settings), looked_at(settings, sign=False)
    if live is not None:
        person = person_in(live.directory.persons, by)
        may_request(person)
        if request is not None:
            record(settings, _entry(request, person.id, "refused"))
    return withdraw_request(settings)


def _waiting(settings: Settings, keys: KeyProvider | None = None) -> RestoreRequest | None:
    """The request that waits; None also where its file is none: to be looked past, or taken away."""
    try:
        return read_request(settings, keys)
    except BackupError:
        return None


def _entry(request: RestoreRequest, actor: str, outcome: str) -> dict[str, object]:
    return {
        "action": REQUESTED, "outcome": outcome, "actor": actor, "purpose": request.reason, "sha256": request.sha256,
        **request.kind,
    }  # fmt: skip


def approve_restore(settings: Settings, source: Path | Here, by: str, watch: Watch | None = None) -> Restored:
    """Restore what a first person has asked for, as a second one.

    Until the end the old store is there as it was; from then on the new one is. Raises RestoreRefused,
    RestoreConflict where others go on working, and what `preview` raises.
    """
    settle(settings)
    _refuse_unless_free(settings, source)
    live, keys = looked_at(settings, _header(source)), open_keys(settings)
    asked = read_request(settings, keys)
    both = [person_in(live.directory.persons, by).id] if live else []
    said = on_record(settings, *both, *([asked.requested_by] if live and asked else []))
    with (
        working_place(settings.data) as place,
        alone(settings.data),
        NotaryFile(settings.notary).alone(),
        _held(settings, source, live, keys, place, watch) as (opened, held_log),
    ):
        if live is not None and (held_log is None or held_log.size != live.size):
            raise RestoreConflict(_MOVED_ON)
        directory = _directory(live, opened)
        person = person_in(directory.persons, by)
        request = may_approve(person, read_request(settings, keys), opened.sha256)
        proven(opened, watch)
        _two(person, request, directory, said)
        known = known_beside(settings.notary, opened.header.origin)
        lost = _lost(known, opened, live)
        lacks = lacking(settings, opened.store, opened.header, known, live)
        store = begin_incarnation(opened, known, request, person.id, lost)
        made_again(store, lacks, request, person.id)
        since = live.since if live else None
        carried = carried_over(store, opened.header, since, known, person.id)
        notary = sign_first(store)
        prove_again(opened, notary, watch)
        aside = put_in_place(settings, opened, notary, held_log, watch)
    note_erasures(settings)
    return Restored(notary.origin, opened.header.origin, opened.header.size, lost, lacks, carried, aside)


def _two(person: Person, request: RestoreRequest, directory: Directory, said: OnRecord | None) -> None:
    """RestoreRefused unless the request is still what the running log tells, and this is a second person to it."""
    if request.recorded and said is not None and not said.has(request.requested_by, request.sha256):
        raise RestoreRefused(
            "Von diesem Antrag weiß das Protokoll nichts (mehr). Nächster Schritt: neu beantragen."
        )
    known = Entered({}, None) if said is None else Entered(said.entered, said.asked_at)
    a_second(person, request, directory, local_date(now()), known)


@contextmanager
def _held(
    settings: Settings,
    source: Path | Here,
    live: Live | None,
    keys: KeyProvider,
    place: Path,
    watch: Watch | None,
) -> Iterator[tuple[Opened, Held | None]]:
    """Open what is to be restored and hold the running database; one that is held cannot be copied any more."""
    if not settings.embedded:
        with _opened(settings, source, live, keys, place, watch) as opened:
            yield opened, None
    elif isinstance(source, Here):
        with _opened(settings, source, live, keys, place, watch) as opened, held(settings.database) as log:
            yield opened, log
    else:
        with held(settings.database) as log, _opened(settings, source, live, keys, place, watch) as opened:
            yield opened, log


def _opened(
    settings: Settings,
    source: Path | Here,
    live: Live | None,
    keys: KeyProvider,
    place: Path,
    watch: Watch | None,
) -> AbstractContextManager[Opened]:
    if not isinstance(source, Here):
        return opened_backup(source, keys, place, watch)
    if live is None:
        raise BackupError(_NOT_HERE)
    return opened_here(settings, source, keys, place, watch)


def _refuse_unless_free(settings: Settings, source: Path | Here) -> None:
    """Raise RestoreRefused where the store lies on a server and this cannot go there, and what the server says."""
    if settings.embedded:
        return
    header = _header(source)
    if header is None:
        raise RestoreRefused(_NOT_OVER_THERE)
    from adapters.backup.server import refuse_unless_free  # noqa: PLC0415 - only on PostgreSQL

    refuse_unless_free(settings, header.tenant)


def _header(source: Path | Here) -> Header | None:
    """What a backup says of itself before it is opened, None for the database as it stands. Raises as opening does."""
    if isinstance(source, Here):
        return None
    with source.open("rb") as file:
        return read_header(file)[0]


def _directory(live: Live | None, opened: Opened) -> Directory:
    """Who works here: as the running store says, or, where there is none, as the backup does."""
    if live is not None:
        return live.directory
    with opened.store.work(reading=True) as work:
        return work.directory


def _lost(known: Known, opened: Opened, live: Live | None) -> int | None:
    """How many entries a restore gives up, as far as notary and running store know; None where neither is there."""
    header = opened.header
    counts = [known.signed_beyond(header.origin, header.size)]
    if live is not None and same_log(live.origin, header.origin):
        counts.append(max(0, live.size - header.size) if live.origin == header.origin else live.size)
    return max((count for count in counts if count is not None), default=None)
