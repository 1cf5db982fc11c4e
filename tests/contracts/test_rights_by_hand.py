"""Rights and lists beside the cases, changed by hand in the database: found when used, or when the log is verified."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.reader import StoreReplay
from adapters.db.store import StoreError
from adapters.lotse import Lotse
from adapters.settings import read_settings
from audit.errors import AuditError
from audit.faults import FaultClass, Step
from audit.verify import VerificationError, verify
from states.vocabulary import Role
from workflow.office import Person
from workflow.perform import Request


@pytest.fixture
def lotse(tmp_path: Path) -> Lotse:
    made = create_lotse(read_settings(tmp_path))
    made.store.put(Person("plan", "Frau Planung", frozenset({Role.PLANNER})))
    made.submit(Request("receive(self)", made.person(), details={"surname": "Muster"}, key="einmal"))
    return made


def by_hand(lotse: Lotse, *statements: str) -> None:
    with closing(sqlite3.connect(lotse.settings.database)) as database, database:
        for statement in statements:
            database.execute(statement)


def verified(lotse: Lotse) -> None:
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        verify(reader, lotse.verifier, keys, decrypt=True, replay=StoreReplay(reader, keys))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE persons SET roles = 'case_worker supervisor' WHERE id = 'plan'",
        "DELETE FROM persons WHERE id = 'plan'",
        "UPDATE tenants SET profile_version = 30",
        "UPDATE tenants SET mac = zeroblob(32)",
        "INSERT INTO substitutions SELECT id, 'fachkraft', 'plan', '2026-01-01', '2027-01-01' FROM tenants",
        "INSERT INTO openings SELECT tenant, 'x', 'plan', id, 'emergency', 0, 9999999999999, NULL, NULL FROM cases",
        "INSERT INTO institutions SELECT id, 'x', 'Praxis', 'clinic', 1, '', NULL, NULL, '' FROM tenants",
    ],
)
def test_a_right_given_by_hand_is_not_worked_with(lotse: Lotse, statement: str) -> None:
    verified(lotse)
    by_hand(lotse, statement)
    with pytest.raises(StoreError, match="von Hand"):
        open_lotse(lotse.settings).person("plan")
    if "mac" not in statement:
        with pytest.raises(VerificationError, match="Verzeichnis"):
            verified(lotse)


def test_an_older_directory_put_back_with_its_seal_is_found(lotse: Lotse) -> None:
    """The seal fits the older rows; the log says that there were newer ones."""
    with closing(sqlite3.connect(lotse.settings.database)) as database:
        (roles,) = database.execute("SELECT roles FROM persons WHERE id = 'plan'").fetchone()
        version, seal = database.execute("SELECT directory_version, mac FROM tenants").fetchone()
    lotse.store.put(Person("plan", "Frau Planung", frozenset({Role.DPO})))
    verified(lotse)
    with closing(sqlite3.connect(lotse.settings.database)) as database, database:
        database.execute("UPDATE persons SET roles = ? WHERE id = 'plan'", (roles,))
        database.execute("UPDATE tenants SET directory_version = ?, mac = ?", (version, seal))
    assert open_lotse(lotse.settings).person("plan").roles == {Role.PLANNER}
    with pytest.raises(VerificationError, match="Verzeichnis"):
        verified(lotse)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO case_recipients SELECT tenant, 'yildiz', id FROM cases",
        "CREATE TRIGGER quiet AFTER UPDATE ON cases BEGIN SELECT 1; END",
        "CREATE VIEW families AS SELECT * FROM cases",
    ],
)
def test_a_list_or_code_slipped_in_is_found(lotse: Lotse, statement: str) -> None:
    by_hand(lotse, statement)
    with pytest.raises(VerificationError):
        verified(lotse)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER quiet AFTER UPDATE ON cases BEGIN SELECT 1; END",
        "CREATE TRIGGER loud BEFORE INSERT ON log BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW families AS SELECT * FROM cases",
    ],
)
def test_foreign_code_is_found_without_keys_and_nothing_is_signed_over_it(
    lotse: Lotse, statement: str
) -> None:
    by_hand(lotse, statement)
    with lotse.store.log_reader() as reader, pytest.raises(VerificationError, match="Trigger") as found:
        verify(reader, lotse.verifier)
    assert (found.value.step, found.value.fault) == (Step.HEAD, FaultClass.FOREIGN)
    with pytest.raises(AuditError):
        lotse.countersign()


def test_a_remembered_answer_led_elsewhere_is_not_given(lotse: Lotse) -> None:
    by_hand(lotse, "UPDATE requests SET version = 7")
    again = Request("receive(self)", lotse.person(), details={"surname": "Muster"}, key="einmal")
    with pytest.raises(AuditError, match="von Hand"):
        lotse.submit(again)
