"""Whoever has the database file and changes the log by hand is found: any byte, any row, any type, in every table.

The promise is that of `lotse audit verify`: it ends 1 and names the entry and the kind of fault. The mass of attacks
goes to the verification itself, a sample of each kind to the program (`tests/system/test_audit_commands.py`).
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from audit.faults import FaultClass
from tests.system.by_hand import KEYS, altered, change, fault_in, rows_of, some_of
from tests.system.lived_in import Suspect, a_lived_in_store, suspected

TABLES = ("log", "log_checkpoints", "log_contents", "log_head", "log_index", "log_keys")
ENTRIES = ("log", "log_contents", "log_index")


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suspect]:
    lotse = a_lived_in_store(tmp_path_factory.mktemp("lived-in"), rows=14)
    with suspected(lotse) as opened:
        yield opened


def test_these_are_all_tables_of_the_log(suspect: Suspect) -> None:
    assert tuple(suspect.tables("log")) == (*TABLES, "log_nodes")
    assert all(rows_of(suspect, table) for table in TABLES)


def test_nothing_altered_nothing_found(suspect: Suspect) -> None:
    report = suspect.verify(replay=True)
    assert report.size > 40
    assert report.lines()[-1].startswith("Protokoll unverändert")


@pytest.mark.parametrize("table", TABLES)
def test_any_column_changed_is_found(suspect: Suspect, table: str) -> None:
    assert not _unfound(suspect, table, some_of(rows_of(suspect, table)), 6)


@pytest.mark.campaign
@pytest.mark.parametrize("table", TABLES)
def test_every_byte_changed_is_found(suspect: Suspect, table: str) -> None:
    """Each byte of each column, one after the other, of a sample of rows; each row of a small table."""
    assert not _unfound(suspect, table, some_of(rows_of(suspect, table)), 10**6)
    assert not _unfound(suspect, table, rows_of(suspect, table), 3)


def _unfound(suspect: Suspect, table: str, rows: list[int], most: int) -> list[tuple[object, ...]]:
    """The changes of at most so many bytes a column that a verification lets pass."""
    unfound: list[tuple[object, ...]] = []
    for rowid in rows:
        for column, value in suspect.cells(table, rowid).items():
            for wrong in altered(value, most):
                with suspect.attack():
                    if change(suspect, table, rowid, column, wrong) and fault_in(suspect) is None:
                        unfound.append((rowid, column, value, wrong))
    return unfound


@pytest.mark.parametrize("table", ENTRIES)
def test_a_changed_byte_is_named_with_its_entry(suspect: Suspect, table: str) -> None:
    """What is altered in the row of an entry is said of that entry."""
    for rowid in some_of(rows_of(suspect, table)):
        row = suspect.cells(table, rowid)
        for column in set(row) - {"tenant", "seq"}:
            for wrong in altered(row[column], 4):
                with suspect.attack():
                    if change(suspect, table, rowid, column, wrong):
                        fault = fault_in(suspect)
                        assert fault is not None
                        assert fault.seq == row["seq"], str(fault)


@pytest.mark.parametrize("table", [*ENTRIES, "log_head"])
def test_a_row_deleted_is_found(suspect: Suspect, table: str) -> None:
    for rowid in some_of(rows_of(suspect, table)):
        with suspect.attack():
            suspect.delete(table, rowid)
            assert fault_in(suspect) is not None, rowid


SPARED = {"duplicates/1", "idempotency", "import"}  # nor do those of a day of the quarantine, or of the login
"""Keys that seal no entry: without them rows of lists and duplicates are not known again; the log is what it was."""


def test_a_lost_key_of_the_log_is_found(suspect: Suspect) -> None:
    lost = 0
    for rowid in rows_of(suspect, "log_keys"):
        purpose = str(suspect.cells("log_keys", rowid)["purpose"])
        if purpose not in SPARED and not purpose.startswith(("quarantine/", "login")):
            lost += 1
            with suspect.attack():
                suspect.delete("log_keys", rowid)
                fault = fault_in(suspect)
                assert fault is not None
                assert fault.fault is FaultClass.KEY
    assert lost >= 3


def test_checkpoints_lost_from_the_tables_do_not_help_to_cut_the_log(suspect: Suspect) -> None:
    """Nothing is proven by those beside the log alone: the notary's file has the last one."""
    with suspect.attack():
        for rowid in rows_of(suspect, "log_checkpoints"):
            suspect.delete("log_checkpoints", rowid)
        assert fault_in(suspect) is None
        last = suspect.cells("log_head", 1)["size"] - 1
        for table in ENTRIES:
            for rowid in rows_of(suspect, table)[-1:]:
                if suspect.cells(table, rowid)["seq"] == last:
                    suspect.delete(table, rowid)
        fault = fault_in(suspect)
        assert fault is not None
        assert fault.fault is FaultClass.ROLLED_BACK


@pytest.mark.parametrize("table", [*ENTRIES, "log_checkpoints", "log_keys"])
def test_two_rows_swapped_are_found(suspect: Suspect, table: str) -> None:
    """The contents change places, the keys stay."""
    key = KEYS.get(table, "seq")
    swapped = 0
    for one, other in pairwise(rows_of(suspect, table)):
        first, second = (
            {name: value for name, value in suspect.cells(table, row).items() if name not in (key, "tenant")}
            for row in (one, other)
        )
        if first != second:
            swapped += 1
            with suspect.attack():
                suspect.write(table, one, **second)
                suspect.write(table, other, **first)
                assert fault_in(suspect) is not None, (one, other)
    assert swapped


PLACES = {
    "below": -1,
    "far below": -(2**63),
    "between": 0.5,
    "far behind": 2**63 - 1,
    "as text": "drei",
    "as bytes": b"\0",
}


@pytest.mark.parametrize("table", [*ENTRIES, "log_checkpoints"])
@pytest.mark.parametrize("place", [*PLACES, "behind"])
def test_a_row_copied_is_found(suspect: Suspect, table: str, place: str) -> None:
    key = KEYS.get(table, "seq")
    rows = rows_of(suspect, table)
    behind = suspect.cells(table, rows[-1])[key] + 1
    for rowid in some_of(rows):
        with suspect.attack():
            suspect.insert(table, {**suspect.cells(table, rowid), key: PLACES.get(place, behind)})
            assert fault_in(suspect) is not None, rowid


def test_entries_renumbered_after_a_deletion_are_found(suspect: Suspect) -> None:
    """The attacker closes the gap in every table, corrects the size in the head and drops the checkpoints."""
    size = suspect.cells("log_head", 1)["size"]
    for gone in (0, size // 2, size - 1):
        with suspect.attack():
            for table in ENTRIES:
                for rowid in rows_of(suspect, table):
                    seq = suspect.cells(table, rowid)["seq"]
                    if seq == gone:
                        suspect.delete(table, rowid)
                    elif seq > gone:
                        suspect.write(table, rowid, seq=seq - 1)
            suspect.write("log_head", 1, size=size - 1)
            for rowid in rows_of(suspect, "log_checkpoints"):
                suspect.delete("log_checkpoints", rowid)
            assert fault_in(suspect) is not None, gone
