"""A store with entries of every kind: restored, a case and a year of accesses erased, a hold, a request, many lists.

So many lists are looked at in the end that the tree has nodes beside it.
"""

from datetime import UTC, datetime
from pathlib import Path

from adapters.backup.restoring import approve_restore, request_restore
from adapters.bootstrap import open_lotse
from adapters.db.reader import SqlReader, as_stored
from adapters.db.work import SqlKeys
from adapters.lotse import Lotse
from adapters.retention import act, clerk_of
from adapters.settings import read_settings
from adapters.verification import Asked, verify_open
from audit.faults import VerificationError
from audit.keys import KeyRing, log_verifier
from audit.notary_file import NotaryFile
from audit.report import Report
from states.vocabulary import Command
from tests.sensible import sensible
from tests.system.backups import DPO, REASON, SUPERVISOR, an_office, backed_up, some_entries
from tests.system.lived_in import NOW, Suspect
from workflow import clerk
from workflow.case import Case
from workflow.erasure import Ground
from workflow.perform import Request
from workflow.ports import Entry

LATER = datetime(2029, 1, 8, 9, 0, tzinfo=UTC)
"""So late that the accesses of 2026 need not be kept any more."""
MANY = 300


def a_store_of_everything(folder: Path) -> Lotse:
    """Make it below the folder."""
    lotse = an_office(folder, rows=14)
    file = backed_up(lotse, folder.parent / f"{folder.name}.backup")
    some_entries(lotse, 2)
    lotse.store.engine.dispose()
    settings = read_settings(folder)
    request_restore(settings, file, "fachkraft", REASON)
    approve_restore(settings, file, SUPERVISOR.id)
    lotse = open_lotse(settings, lambda: NOW)
    erased, held, asked = (_closed(lotse) for _ in range(3))
    _retain(open_lotse(settings, lambda: LATER), erased, held, asked)
    with lotse.store.work() as work:
        for _ in range(MANY):
            work.record(_list())
        work.commit()
    lotse.countersign()
    return lotse


def _list() -> Entry:
    return Entry("access", {"action": "list", "actor": "okafor", "outcome": "done", "count": 2})


def _closed(lotse: Lotse) -> Case:
    """A referral that turned out to be a double, and was closed."""
    worker = lotse.person("fachkraft")
    case = lotse.submit(
        Request(Command.RECEIVE_SELF, worker, details=sensible(Command.RECEIVE_SELF, None, worker, NOW))
    ).case
    lotse.submit(Request(Command.TRIAGE_NO, worker, case.id))
    return lotse.submit(Request(Command.CLOSE, worker, case.id, details={"reason": "duplicate"})).case


def _retain(lotse: Lotse, erased: Case, held: Case, asked: Case) -> None:
    dpo, supervisor = clerk_of(lotse, DPO), clerk_of(lotse, SUPERVISOR)
    act(lotse, lambda work: clerk.hold(work, dpo, held.id, "Verfahren läuft"))
    for case in (erased, asked):
        act(lotse, lambda work, case=case: clerk.request(work, dpo, case.id, Ground.UNLAWFUL))
    act(lotse, lambda work: clerk.approve(work, supervisor, erased.id))
    act(lotse, lambda work: clerk.request(work, dpo, "access/2026/0", Ground.ACCESS_LOG))
    act(lotse, lambda work: clerk.approve(work, supervisor, "access/2026/0"))


def verify_everything(suspect: Suspect, *, replay: bool = True) -> Report:
    """Verify all incarnations as the command does, in the attacker's transaction: keys read anew, the notary's note."""
    provider, tenant = suspect.lotse.store.provider, suspect.tenant
    ring = KeyRing(provider, SqlKeys(suspect.connection, tenant), tenant)
    reader = SqlReader(suspect.connection, tenant)
    note = NotaryFile(suspect.lotse.settings.notary).load().note
    asked = Asked([note] if note else [], decrypt=True, replay=replay)
    with as_stored(suspect.connection):
        return verify_open(reader, log_verifier(suspect.origin, provider), ring, asked)


def fault_in_everything(suspect: Suspect) -> VerificationError | None:
    """What a verification says, None where it finds nothing."""
    try:
        verify_everything(suspect)
    except VerificationError as fault:
        return fault
    return None
