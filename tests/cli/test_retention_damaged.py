"""`lotse retention` where something is damaged: what cannot be opened hides nothing else, and nothing is half erased."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.program import fine, lotse
from tests.cli.test_retention import a_closed_case, a_refused_case, in_days

pytestmark = pytest.mark.usefixtures("office")


def changed(office: Path, statement: str, *values: object) -> None:
    """Change the database by hand."""
    with closing(sqlite3.connect(office / "data" / "lotse.db")) as database, database:
        assert database.execute(statement, values).rowcount == 1


def test_with_a_damaged_list_of_erasures_nothing_is_erased(office: Path) -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "unlawful")
    listed = office / "keys" / "erasures.json"
    whole = listed.read_bytes()
    for harm in (b"", whole[:-2], b"{}"):
        listed.write_bytes(harm)
        answer = lotse("retention", "approve", number, "--as", "okafor")
        assert (answer.code, "Liste der Löschungen" in answer.err) == (1, True)
        assert fine("case", "show", number).code == 0
        assert not (office / "data" / "lotse.db.scrub").exists()
        assert listed.read_bytes() == harm
    listed.write_bytes(whole)
    fine("retention", "approve", number, "--as", "okafor")


def test_what_follows_an_erasure_that_was_committed_is_done_though_its_listing_fails(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "unlawful")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("adapters.erasures._save", full)
        assert lotse("retention", "approve", number, "--as", "okafor").code == 1
    assert lotse("case", "show", number).code == 3
    assert not (office / "data" / "lotse.db.scrub").exists()
    fine("retention", "request", a_closed_case(), "--ground", "unlawful")
    assert len(json.loads((office / "keys" / "erasures.json").read_bytes())["erased"]) == 1


def test_an_entry_that_does_not_open_hinders_no_hold_and_is_said(office: Path) -> None:
    number = a_closed_case()
    changed(office, "UPDATE log SET body_a = zeroblob(90) WHERE seq = ?", 0)
    answer = fine("retention", "hold", number, "--reason", "Klage", "--as", "vogt")
    assert "Nicht zu öffnen: 1." in answer.err


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE cases SET record = zeroblob(300) WHERE number = ?",
        "UPDATE cases SET wrapped_key = zeroblob(72) WHERE number = ?",
    ],
)
def test_one_damaged_case_hides_no_request_and_stops_no_approval(
    office: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    damaged, whole = a_refused_case(), a_refused_case()
    in_days(monkeypatch, 31)
    fine("retention", "run", "--as", "vogt")
    changed(office, harm, damaged)
    waiting = fine("retention", "requests", "--as", "okafor", "--json").json
    assert {each["name"] for each in waiting} == {damaged, whole}
    tried = fine("retention", "approve", "--all-due", "--dry-run", "--json", "--as", "okafor").json
    done = fine("retention", "approve", "--all-due", "--json", "--as", "okafor").json
    for answer in (tried, done):
        assert whole in {each["name"] for each in answer["erased"]}
    assert lotse("case", "show", whole).code == 3
