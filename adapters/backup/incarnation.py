"""A new incarnation of the log, in a store that nobody uses yet: the restored one moves into the past.

The first entry says what was there, the last that was signed of it, how much is lost, who asked and who approved; the
notary begins anew over it, and nobody stays logged in. `lotse audit verify` checks the chain of incarnations from there.
"""

from typing import Any

from sqlalchemy import Connection

from adapters.backup.archive import Header
from adapters.backup.checking import Opened
from adapters.backup.errors import BackupError
from adapters.backup.lineage import Known, number_of
from adapters.backup.request import RestoreRequest
from adapters.db import statements as sql
from adapters.db.login_statements import NOBODY_SIGNED_IN
from adapters.db.past import begin_anew, newest_incarnation
from adapters.db.store import Store
from adapters.lotse import now
from adapters.millis import instant, now_ms
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import MalformedNote
from audit.notary import State, countersign
from workflow.calendar import BERLIN
from workflow.ports import Entry

RESTORED = "restored"
UNKNOWN = 100
"""So many numbers are left out where nobody knows how many entries are lost."""


def begin_incarnation(
    opened: Opened, known: Known, request: RestoreRequest, approver: str, lost: int | None
) -> Store:
    """Move the log of an opened backup into the past, begin a new one with its first entry, and give its store.

    `lost` is what is given up in all, with later incarnations and what was not signed yet; None where nobody knows.
    Raises BackupError where the backup's log is not what was signed.
    """
    header, tenant = opened.header, opened.store.tenant
    before = _before(header, known)
    with opened.store.writing() as connection:
        past = newest_incarnation(connection, tenant)
        origin = known.next_after(header.origin, past)
        begin_anew(connection, tenant, max(number_of(header.origin), past + 1), header.vkey, origin)
        for ended in NOBODY_SIGNED_IN:
            ended.run(connection, tenant=tenant)  # what has ended since the backup must not come back with it
        directory = opened.store.seal_tenant(connection)
        skipped = _skip_numbers(connection, tenant, header.last_time_ms, lost)
    store = Store.open(opened.store.engine, opened.store.provider, lambda: _not_before(header.last_time_ms))
    with store.work() as work:
        entry = {
            "action": RESTORED, "outcome": "done", "actor": approver, "requested_by": request.requested_by,
            "purpose": request.reason, "before": before, "lost": max(0, before["signed_size"] - header.size),
            "given_up": lost, "sha256": opened.sha256, "directory": directory, "skipped": skipped,
            "at": now().isoformat(), **request.kind,
        }  # fmt: skip
        work.record(Entry("steps", entry))
        work.commit()
    return store


def _skip_numbers(connection: Connection, tenant: str, last_time_ms: int, lost: int | None) -> dict[str, int]:
    """Leave out the numbers that lost cases may have, and say how many of each local year.

    A lost entry began one case at most; where nobody knows how many are lost, a hundred are left out. A letter to a
    family may carry such a number, so no other family gets it.
    """
    first = instant(last_time_ms).astimezone(BERLIN).year
    count = UNKNOWN if lost is None else lost
    skipped = {}
    for year in range(first, now().astimezone(BERLIN).year + 1) if count else ():
        row = sql.COUNTER.row(connection, tenant=tenant, name=f"cases/{year}")
        sql.PUT_COUNTER.run(
            connection, tenant=tenant, name=f"cases/{year}", value=(row[0] if row else 0) + count
        )
        skipped[str(year)] = count
    return skipped


def _not_before(last_time_ms: int) -> int:
    """The machine's clock, never earlier than the last entry that is restored: nothing may come before the first."""
    return max(now_ms(), last_time_ms)


def _before(header: Header, known: Known) -> dict[str, Any]:
    """What the first entry says of the log before: its head, and the last checkpoint that anybody here knows."""
    note, signed = header.checkpoint, _checked(header, header.checkpoint)
    state = known.of(header.origin)
    if state is not None and state.note is not None:
        try:
            later = _checked(header, state.note.decode())
        except (MalformedNote, UnicodeDecodeError):
            later = signed
        if later.size > signed.size:
            note, signed = state.note.decode(), later
    if signed.size == header.size and signed.root.hex() != header.root:
        raise BackupError(
            "Der Notar hat über so viele Einträge etwas anderes unterschrieben, als in dieser Sicherung steht. "
            "Nächster Schritt: eine andere Sicherung nehmen."
        )
    return {
        "origin": header.origin,
        "size": header.size,
        "root": header.root,
        "vkey": header.vkey,
        "signed_size": signed.size,
        "signed_note": note,
    }


def _checked(header: Header, note: str) -> Checkpoint:
    return open_checkpoint(note.encode(), header.verifier)


def sign_first(store: Store) -> State:
    """Sign over the new log, keep the note beside it, and give the notary's state to begin with."""
    with store.keys() as keys, store.log_reader() as reader:
        state, note = countersign(reader, State(store.origin), keys, store.provider)
    with store.writing() as connection:
        sql.NOTE.run(connection, tenant=store.tenant, size=state.size, note=note)
    return state
