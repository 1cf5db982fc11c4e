"""An erased case whose rows somebody puts back into the tables, from a copy: nobody opens it or acts on it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters import retention as keeping
from adapters.bootstrap import open_lotse
from audit.errors import AuditError
from states.vocabulary import Command
from tests.cli.program import lotse
from tests.system.backups import SUPERVISOR, an_office
from tests.system.test_backup_erased import a_closed_case, erased
from workflow.perform import Request

BACK = ("cases", "duplicates", "case_recipients", "log_contents")


def test_rows_of_an_erased_case_put_back_open_for_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "haus"
    office = an_office(folder, rows=12)
    case = a_closed_case(office)
    with office.store.work(reading=True) as work:
        surname = work.family(case.id).surname
    database = office.settings.database
    with closing(sqlite3.connect(database)) as tables:
        kept = {name: list(tables.execute(f"SELECT * FROM {name}")) for name in BACK}  # noqa: S608 - named above
    erased(office, case, SUPERVISOR, office.person("vogt"))
    office.store.engine.dispose()
    with closing(sqlite3.connect(database)) as tables, tables:
        for name, rows in kept.items():
            for row in rows:
                tables.execute(f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - named above
    for shown in (("case", "show", case.number), ("case", "list"), ("case", "find", surname)):
        answer = lotse(*shown, "--as", SUPERVISOR.id, "--dir", folder)
        assert surname not in answer.out.replace(f"„{surname}“", ""), shown
    assert "wurde gelöscht" in lotse("case", "show", case.number, "--as", SUPERVISOR.id, "--dir", folder).err
    office = open_lotse(office.settings)
    with pytest.raises(AuditError, match="wurde gelöscht"):
        office.submit(Request(Command.REOPEN, SUPERVISOR, case.id, details={"reason": "filed_in_error"}))
    for look in (office.store.timeline, lambda each: office.duplicates_of(SUPERVISOR, each)):
        with pytest.raises(AuditError, match="wurde gelöscht"):
            look(case.id)
    assert case.id not in {each.id for each in office.cases_for(SUPERVISOR)}
    assert keeping.kept(office, SUPERVISOR) is not None
    assert case.id in office.damaged
    office.store.engine.dispose()
