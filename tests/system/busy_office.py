"""An office at work in a process of its own, which tells after each commit what it may now rely on.

    python -m tests.system.busy_office FOLDER LIST [PRAGMA …]

Makes a store below the folder, puts people in, takes referrals, brings the list in, signs, erases, lets two processes
more work at the same time, rotates the master key; the list "-" ends the day after the steps. A promise is a line of
JSON in the file `promises`: how many entries the log has, which version a case has, which case is being erased and
which is, how many entries are signed. PRAGMAs weaken every connection, for tests of the tests; "journal_mode=wal" is
taken as what this SQLite library is safe with.
"""

import json
import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, event

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db import connect as connecting
from adapters.db.rotation import Rotation
from adapters.intake.importer import Import
from adapters.intake.reader import open_list
from adapters.lotse import Lotse
from adapters.retention import act, approve, clerk_of
from adapters.settings import read_settings
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO
from tests.people import COLLEAGUE, MIDWIFE, PEOPLE, RECIPIENTS, SUPERVISOR, WORKER
from tests.sensible import WAYS, sensible
from tests.system.backups import IT
from workflow import clerk
from workflow.case import Case
from workflow.erasure import Ground
from workflow.errors import RefusedError
from workflow.office import Person
from workflow.perform import Request

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROMISES = "promises"
_WAL = "journal_mode=wal"


class Office:
    """A Lotse at work, and the file of what it promised."""

    def __init__(self, folder: Path, lotse: Lotse) -> None:
        self.lotse = lotse
        self._promises = os.open(folder / PROMISES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def promise(self, **more: object) -> None:
        """Say what is acknowledged: all entries that can be seen now, and what else is named."""
        with self.lotse.store.log_reader() as reader:
            head = reader.head()
        line = json.dumps({"size": head.size if head else 0, **more})
        os.write(self._promises, f"{line}\n".encode())

    def do(
        self, case: Case | None, command: str, by: Person = WORKER, to: str | None = None, **more: object
    ) -> Case:
        """One step, promised."""
        details = {**sensible(command, case, by, NOW), **more}
        request = Request(command, by, case.id if case else None, to, details=details)
        done = self.lotse.submit(request).case
        self.promise(case=done.id, version=done.version)
        return done

    def sign(self) -> None:
        """One signature, promised."""
        note = self.lotse.countersign()
        self.promise(signed=int(note.split(b"\n")[1]))


def some_steps(office: Office) -> None:
    """A referral, its way to a handover, a refusal, an opening, a correction."""
    case = office.do(None, Command.RECEIVE_CONSENT)
    case = office.do(case, Command.TRIAGE_NO)
    case = office.do(case, Command.CHECK_CONSENT_YES)
    case = office.do(case, Command.REACH_FAMILY)
    case = office.do(case, Command.RECORD_CONSENT_FOR, to=MIDWIFE.recipient)
    case = office.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE.recipient)
    try:
        office.do(case, Command.TRIAGE_NO)
    except RefusedError:
        office.promise()
    office.lotse.view(WORKER, case.number)
    office.promise()
    case = office.do(case, Command.ACCEPT, MIDWIFE, MIDWIFE.recipient)
    office.do(case, Command.CORRECT, field="first_name", value="Berichtigt", reason="verhört")


def asked_to_erase(office: Office) -> Case:
    """A case that is closed, and whose erasure one person has asked for."""
    case = office.do(None, Command.RECEIVE_CONSENT)
    for command, by, to in WAYS[State.CLOSED]:
        case = office.do(case, command, by, MIDWIFE.recipient if to else None)
    lotse = office.lotse
    act(lotse, lambda work: clerk.request(work, clerk_of(lotse, SUPERVISOR), case.id, Ground.UNLAWFUL))
    return case


def erase(office: Office) -> None:
    """Another person approves it; from then on the case is on no disk that can be opened."""
    case = asked_to_erase(office)
    office.promise(erasing=case.id)
    approve(office.lotse, DPO, case.number, dry_run=False)
    office.promise(erased=case.id)


def an_office(folder: Path) -> str:
    """A store with people in it and an erasure asked for; the number of that case."""
    lotse = create_lotse(read_settings(folder), lambda: NOW)
    lotse.store.put(*PEOPLE, *RECIPIENTS, DPO, IT)
    office = Office(folder, lotse)
    number = asked_to_erase(office).number
    lotse.countersign()
    lotse.store.engine.dispose()
    (folder / PROMISES).unlink()
    return number


def new_keys(office: Office) -> None:
    """A rotation of the master key, and the end of the version before: from then on no disk may need it."""
    store = office.lotse.store
    before = store.provider.current_version()
    Rotation(store, WORKER.id, NOW.isoformat).run()
    office.promise()
    store.provider.destroy_version(before)
    office.promise()


def at_once(folder: Path) -> None:
    """Two more processes take referrals while a third signs."""
    children = []
    for who in (WORKER, COLLEAGUE, None):
        child = os.fork()
        if child == 0:
            office = Office(folder, open_lotse(read_settings(folder), lambda: NOW))
            for _ in range(3):
                if who is None:
                    office.sign()
                else:
                    case = office.do(None, Command.RECEIVE_CONSENT, who)
                    office.do(case, Command.NOTE, who)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main(where: str, list_: str, *pragmas: str) -> None:
    """Work."""
    if _WAL in pragmas:
        connecting.SAFE_WAL = (3, 0, 0)

    @event.listens_for(Engine, "checkout")
    def _weakened(connection: sqlite3.Connection, *_rest: object) -> None:
        for pragma in set(pragmas) - {_WAL}:
            connection.execute(f"PRAGMA {pragma}")

    folder = Path(where)
    office = Office(folder, create_lotse(read_settings(folder), lambda: NOW))
    office.promise(made=True)
    office.lotse.store.put(*PEOPLE, *RECIPIENTS, DPO)
    office.promise()
    some_steps(office)
    office.sign()
    if list_ == "-":
        return
    Import(office.lotse, office.lotse.person(WORKER.id), open_list(Path(list_))).run()
    office.promise()
    office.sign()
    erase(office)
    office.lotse.store.engine.dispose()
    at_once(folder)
    new_keys(office)
    office.do(None, Command.RECEIVE_CONSENT)
    office.sign()
    office.lotse.store.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
