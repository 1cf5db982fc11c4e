"""A store with entries of every kind, and somebody who changes its file: whatever byte, row or table it is, it is found.

Not missed are (nothing in the log speaks of them): checkpoints kept in the tables, where the notary has one; answers to
repeated requests (`requests`); which rows of lists were counted or lie in quarantine, and which queries to partners, as
long as there are as many of them; letters in the outbox (what becomes of those: `tests/mail/test_checkpoint_mail.py`).
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from adapters.lotse import Lotse
from audit.faults import FaultClass
from tests.system.by_hand import KEYS, altered, change, rows_of, some_of
from tests.system.everything import a_store_of_everything, fault_in_everything, verify_everything
from tests.system.lived_in import Suspect, suspected

LOG = ("log", "log_checkpoints", "log_contents", "log_head", "log_index", "log_keys")
PAST = ("past_checkpoints", "past_contents", "past_heads", "past_index", "past_log")
BESIDE = ("case_recipients", "cases", "duplicates", "erasure_requests", "legal_holds")
APART = ("intake_quarantine", "consent_queries")
KEYS_OF_NO_ENTRY = {"idempotency", "import"}
"""Without them no row of a list and no repeated request is known again; the log is what it was."""


@pytest.fixture(scope="module")
def lotse(tmp_path_factory: pytest.TempPathFactory) -> Lotse:
    return a_store_of_everything(tmp_path_factory.mktemp("everything") / "haus")


@pytest.fixture
def suspect(lotse: Lotse) -> Iterator[Suspect]:
    with suspected(lotse) as opened:
        yield opened


def rows(suspect: Suspect, table: str) -> list[int]:
    return rows_of(suspect, table) if table in KEYS or table.startswith("log") else suspect.rowids(table)


def test_there_is_something_of_everything_and_it_verifies(suspect: Suspect) -> None:
    report = verify_everything(suspect)
    assert report.dark > 0 < report.earlier[0].lost
    assert all(rows(suspect, table) for table in (*LOG, *PAST, *BESIDE, *APART, "counters", "intake_rows"))
    levels = suspect.connection.execute(text("SELECT level, count(*) FROM log_nodes GROUP BY level")).all()
    assert [level for level, _ in levels] == [1, 2]


@pytest.mark.parametrize("table", [*LOG, *PAST, *BESIDE])
def test_any_column_changed_is_found(suspect: Suspect, table: str) -> None:
    assert not unfound(suspect, table, some_of(rows(suspect, table), 0)[:2], 2)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("table", [*LOG, *PAST, *BESIDE])
def test_every_byte_changed_is_found(suspect: Suspect, table: str) -> None:
    """Each byte of each column of a sample of rows, and each row a little: no survivor."""
    assert not unfound(suspect, table, some_of(rows(suspect, table)), 10**6)
    assert not unfound(suspect, table, rows(suspect, table), 2)


def unfound(suspect: Suspect, table: str, chosen: list[int], most: int) -> list[tuple[object, ...]]:
    """The changes of at most so many bytes a column that a verification lets pass."""
    left: list[tuple[object, ...]] = []
    for rowid in chosen:
        for column, value in suspect.cells(table, rowid).items():
            for wrong in altered(value, most):
                with suspect.attack():
                    if change(suspect, table, rowid, column, wrong) and fault_in_everything(suspect) is None:
                        left.append((rowid, column, value, wrong))
    return left


@pytest.mark.parametrize(
    "table", ["log", "log_contents", "log_index", "log_head", *PAST[1:], *BESIDE, *APART]
)
def test_a_row_deleted_is_found(suspect: Suspect, table: str) -> None:
    for rowid in some_of(rows(suspect, table)):
        with suspect.attack():
            suspect.delete(table, rowid)
            assert fault_in_everything(suspect) is not None, rowid


@pytest.mark.parametrize("table", [*PAST[1:], *BESIDE, *APART, "intake_rows", "counters"])
def test_a_whole_table_emptied_is_found(suspect: Suspect, table: str) -> None:
    suspect.connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names are above
    fault = fault_in_everything(suspect)
    assert fault is not None
    if table not in PAST and table not in ("cases", "case_recipients"):
        assert fault.fault is FaultClass.BESIDE


@pytest.mark.parametrize("table", ["past_index", "past_log", "past_contents", "past_checkpoints"])
def test_a_row_of_an_incarnation_that_never_was_is_found(suspect: Suspect, table: str) -> None:
    row = suspect.cells(table, rows(suspect, table)[0])
    for number in (0, 2, 77, "1x"):
        with suspect.attack():
            suspect.insert(table, {**row, "incarnation": number})
            fault = fault_in_everything(suspect)
            assert fault is not None
            assert fault.fault is FaultClass.INCARNATION


def test_all_earlier_incarnations_taken_away_are_missed(suspect: Suspect) -> None:
    for table in PAST:
        suspect.connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names are above
    fault = fault_in_everything(suspect)
    assert fault is not None
    assert fault.fault is FaultClass.INCARNATION


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_nodes",
        "UPDATE log_nodes SET hash = zeroblob(32)",
        "UPDATE log_nodes SET hash = substr(hash, 1, 31)",
        "UPDATE log_nodes SET number = number + 1 WHERE level = 2",
        "UPDATE log_nodes SET number = -1 WHERE level = 1 AND number = 7",
        "UPDATE log_nodes SET level = level + 2",
        "UPDATE log_nodes SET hash = hex(hash)",
        "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 1 AND number = 7",
        "DELETE FROM log_nodes WHERE level = 2",
        "DELETE FROM log_nodes WHERE level = 1 AND number = 0",
        "INSERT INTO log_nodes SELECT tenant, level, number + 500, hash FROM log_nodes",
        "INSERT INTO log_nodes SELECT tenant, 'x', number, hash FROM log_nodes WHERE level = 1",
        "INSERT INTO log_nodes SELECT tenant, level, 'x', hash FROM log_nodes WHERE number = 0",
        "INSERT INTO log_nodes SELECT tenant, level, -1, hash FROM log_nodes WHERE number = 0",
        "INSERT INTO log_nodes SELECT 'fremd', level, number, hash FROM log_nodes",
    ],
)
def test_nodes_changed_are_found(suspect: Suspect, statement: str) -> None:
    suspect.connection.execute(text(statement))
    fault = fault_in_everything(suspect)
    assert fault is not None
    assert fault.fault in {FaultClass.NODE, FaultClass.FOREIGN}


def test_any_byte_of_a_node_changed_is_found(suspect: Suspect) -> None:
    """Each byte of the first node of either level, and one byte of every other."""
    kept = suspect.connection.execute(text("SELECT level, number, hash FROM log_nodes")).all()
    change = text("UPDATE log_nodes SET hash = :hash WHERE level = :level AND number = :number")
    for level, number, node in kept:
        for place in range(len(node)) if number == 0 else (number % len(node),):
            wrong = node[:place] + bytes([node[place] ^ 1]) + node[place + 1 :]
            with suspect.attack():
                suspect.connection.execute(change, {"hash": wrong, "level": level, "number": number})
                fault = fault_in_everything(suspect)
                assert fault is not None
                assert (fault.fault, fault.seq) == (FaultClass.NODE, number * 16**level)


def test_a_hold_or_a_request_made_up_is_found(suspect: Suspect) -> None:
    for table in ("legal_holds", "erasure_requests"):
        row = suspect.cells(table, rows(suspect, table)[0])
        case = next(
            suspect.cells("cases", each)["id"]
            for each in rows(suspect, "cases")
            if suspect.cells("cases", each)["id"] != row["case_id"]
        )
        with suspect.attack():
            suspect.insert(table, {**row, "case_id": case})
            fault = fault_in_everything(suspect)
            assert fault is not None
            assert fault.fault is FaultClass.BESIDE


def test_a_number_given_back_is_found(suspect: Suspect) -> None:
    """Set back, the counter would give the number of an erased case a second time."""
    for step in (-1, 1):
        with suspect.attack():
            suspect.connection.execute(text(f"UPDATE counters SET value = value + {step}"))  # noqa: S608 - a number
            fault = fault_in_everything(suspect)
            assert fault is not None
            assert fault.fault is FaultClass.BESIDE


def test_what_was_left_of_an_erased_case_is_found(suspect: Suspect) -> None:
    """An answer to a repeated request, or what tells duplicates, of a case that is gone."""
    tenant = suspect.cells("tenants", 1)["id"]
    gone = {"tenant": tenant, "case_id": "f" * 32}
    for table, row in (
        ("duplicates", {"digest": b"d" * 32}),
        ("requests", {"key": b"k", "body": b"b", "version": 1, "mac": b"m"}),
    ):
        with suspect.attack():
            suspect.insert(table, gone | row)
            fault = fault_in_everything(suspect)
            assert fault is not None
            assert fault.fault is FaultClass.BESIDE


def test_what_the_log_does_not_speak_of_is_not_missed(suspect: Suspect) -> None:
    """Said in the head of this file, and asserted so that it stays true."""
    for statement in (
        "DELETE FROM log_checkpoints",
        "DELETE FROM past_checkpoints",
        "DELETE FROM requests",
        "DELETE FROM outbox",
        "UPDATE intake_rows SET judgement = 'accepted'",
    ):
        with suspect.attack():
            suspect.connection.execute(text(statement))
            assert fault_in_everything(suspect) is None, statement
