"""Whoever changes a case behind the engine's back is found by `lotse audit verify --replay`.

A case's columns, its sealed record and its keys can be altered, swapped, copied, taken away or put back as they were:
the log tells another story, and the verification says of which case.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import open_lotse
from adapters.db.store import StoreError
from adapters.lotse import Lotse
from audit.faults import FaultClass
from states.vocabulary import Command, State
from tests.system.by_hand import altered, change, fault_in, rows_of
from tests.system.lived_in import Suspect, a_lived_in_store, suspected
from workflow.perform import Request


@pytest.fixture(scope="module")
def lotse(tmp_path_factory: pytest.TempPathFactory) -> Lotse:
    return a_lived_in_store(tmp_path_factory.mktemp("lived-in"), rows=14)


@pytest.fixture
def suspect(lotse: Lotse) -> Iterator[Suspect]:
    with suspected(lotse) as opened:
        yield opened


def test_any_column_of_a_case_changed_is_found(suspect: Suspect) -> None:
    cases = rows_of(suspect, "cases")
    assert len(cases) >= 5
    for rowid in cases[:3]:
        for column, value in suspect.cells("cases", rowid).items():
            changes = 0
            for wrong in altered(value, 5):
                with suspect.attack():
                    if change(suspect, "cases", rowid, column, wrong):
                        changes += 1
                        assert fault_in(suspect, replay=True) is not None, (column, value, wrong)
            assert changes, column


SWAPS = (
    "record",
    "dossier",
    "wrapped_key",
    "record dossier",
    "state version record",
    "wrapped_key record dossier",
)


@pytest.mark.parametrize("names", SWAPS)
def test_columns_swapped_between_two_cases_are_found(suspect: Suspect, names: str) -> None:
    one, other = rows_of(suspect, "cases")[:2]
    first, second = (
        {name: suspect.cells("cases", rowid)[name] for name in names.split()} for rowid in (one, other)
    )
    suspect.write("cases", one, **second)
    suspect.write("cases", other, **first)
    assert fault_in(suspect, replay=True) is not None


def test_two_whole_cases_under_each_other_s_id_are_found(suspect: Suspect) -> None:
    one, other = rows_of(suspect, "cases")[:2]
    first, second = (suspect.cells("cases", rowid)["id"] for rowid in (one, other))
    suspect.write("cases", one, id="0")
    suspect.write("cases", other, id=first)
    suspect.write("cases", one, id=second)
    assert fault_in(suspect, replay=True) is not None


def test_a_case_deleted_is_found(suspect: Suspect) -> None:
    for rowid in rows_of(suspect, "cases"):
        with suspect.attack():
            suspect.delete("cases", rowid)
            assert fault_in(suspect, replay=True) is not None


def test_a_case_copied_under_another_id_is_found(suspect: Suspect) -> None:
    row = suspect.cells("cases", rows_of(suspect, "cases")[0])
    suspect.insert("cases", {**row, "id": "f" * 32, "number": "FH-2026-9999"})
    assert fault_in(suspect, replay=True) is not None


def test_an_earlier_row_put_back_is_found(lotse: Lotse) -> None:
    """All of it is genuine and opens; but the log has gone on."""
    worker = lotse.person("fachkraft")
    case = next(each for each in reversed(lotse.cases_for(worker)) if each.state != State.CLOSED)
    with suspected(lotse) as before:
        earlier = _of_case(before, case.id)
    lotse.submit(Request(Command.TRIAGE_YES, worker, case.id, details={"indications": "blaue Flecken"}))
    with suspected(lotse) as suspect:
        assert fault_in(suspect, replay=True) is None
        suspect.write("cases", int(earlier.pop("rowid")), **earlier)
        fault = fault_in(suspect, replay=True)
        assert fault is not None
        assert fault.fault is FaultClass.CASE_ALTERED
        assert case.id in fault.message


def test_an_earlier_dossier_put_back_is_found(lotse: Lotse) -> None:
    """The family's own data alone, as they stood before a correction: a family that has moved, at its old address."""
    worker = lotse.person("fachkraft")
    case = lotse.cases_for(worker)[0]
    with suspected(lotse) as before:
        earlier = _of_case(before, case.id)
    details = {"field": "street", "value": "Neuer Weg 5", "reason": "umgezogen"}
    lotse.submit(Request(Command.CORRECT, worker, case.id, details=details))
    with suspected(lotse) as suspect:
        assert fault_in(suspect, replay=True) is None
        suspect.write("cases", int(earlier["rowid"]), dossier=earlier["dossier"])
        assert fault_in(suspect, replay=True) is not None


def _of_case(suspect: Suspect, case_id: str) -> dict[str, Any]:
    """The row of a case, and where it stands."""
    rows = ({"rowid": rowid, **suspect.cells("cases", rowid)} for rowid in suspect.rowids("cases"))
    return next(row for row in rows if row["id"] == case_id)


@pytest.mark.parametrize("column", ["text", "mac"])
def test_a_profile_altered_by_hand_is_not_worked_with(tmp_path: Path, column: str) -> None:
    """The town's process stands in the store with an authentication of its own."""
    lotse = a_lived_in_store(tmp_path, rows=14)
    name, version = lotse.store.current
    with suspected(lotse) as suspect:
        rowid = next(r for r in suspect.rowids("profiles") if suspect.cells("profiles", r)["name"] == name)
        honest = suspect.cells("profiles", rowid)[column]
    for wrong in altered(honest, 5):
        with lotse.store.engine.begin() as connection:
            if not change(Suspect(lotse, connection, ""), "profiles", rowid, column, wrong):
                continue
        with pytest.raises(StoreError, match="fehlt oder wurde von Hand verändert"):
            open_lotse(lotse.settings).office.network(name, version)
    with lotse.store.engine.begin() as connection:
        Suspect(lotse, connection, "").write("profiles", rowid, **{column: honest})
    assert open_lotse(lotse.settings).office.network(name, version).profile.name == name
