"""`lotse db` and a day's work on a real PostgreSQL, as a town's IT sets it up: by the command line alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.db.connect import HEAD
from tests import postgres
from tests.cli.program import CLINIC, fine, lotse

URL, OWNER_URL, NOTARY_URL = "LOTSE_DATABASE_URL", "LOTSE_DATABASE_OWNER_URL", "LOTSE_DATABASE_NOTARY_URL"


@pytest.fixture
def empty() -> Iterator[str]:
    """An empty database that belongs to its owner; its address as superuser."""
    postgres.migrated()
    with postgres.a_database() as url:
        postgres.run(
            postgres.superuser(), f'ALTER DATABASE "{url.rpartition("/")[2]}" OWNER TO {postgres.OWNER}'
        )
        yield url


@pytest.fixture
def served(place: Path, empty: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of a town: three addresses, one for each role."""
    del place
    monkeypatch.setenv(URL, postgres.as_application(empty))
    monkeypatch.setenv(OWNER_URL, postgres.as_owner(empty))
    monkeypatch.setenv(NOTARY_URL, postgres.as_notary(empty))
    return empty


def test_nothing_is_done_before_the_database_is_on_its_stand_and_each_refusal_says_what_to_do(
    served: str,
) -> None:
    del served
    for words in (("init",), ("due",), ("audit", "verify"), ("serve",)):
        answer = lotse(*words)
        assert answer.code == 1, answer
        assert "lotse db upgrade" in answer.err, answer
    answer = lotse("db", "check")
    assert answer.code == 1
    assert "FEHLT  Stand" in answer.out


def test_a_dry_run_lists_what_would_be_done_and_does_nothing(served: str) -> None:
    del served
    told = fine("db", "upgrade", "--dry-run", "--json").json
    assert [each["revision"] for each in told["revisions"]] == [
        f"{number:04}" for number in range(1, int(HEAD) + 1)
    ]
    assert told["before"] is None
    assert fine("db", "current", "--json").json["revision"] is None


def test_upgrading_twice_changes_nothing_the_second_time(served: str) -> None:
    del served
    assert HEAD in fine("db", "upgrade").out
    answer = lotse("due")
    assert (answer.code, "lotse init" in answer.err) == (3, True), "no town begins by the way"
    assert fine("db", "upgrade").out == f"Die Datenbank ist auf dem Stand {HEAD}.\n"
    assert fine("db", "current", "--json").json["revision"] == HEAD
    told = fine("db", "check", "--json").json
    assert {each["what"] for each in told} == {
        "schema",
        "role",
        "walls",
        "parts",
        "durable",
        "limits",
        "foreign",
    }
    assert all(each["ok"] for each in told)


def test_a_breach_is_told_and_the_command_ends_with_one(served: str) -> None:
    fine("db", "upgrade")
    fine("init")
    postgres.run(served, "ALTER TABLE cases DISABLE ROW LEVEL SECURITY")
    answer = lotse("db", "check")
    assert answer.code == 1
    assert "cases: Trennung nicht erzwungen" in answer.out
    assert lotse("due").code == 1
    doctor = lotse("doctor").out
    assert "Trennung nicht erzwungen" in " ".join(doctor.split())


def test_who_has_no_owner_or_no_server_reads_what_is_missing(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OWNER_URL)
    answer = lotse("db", "upgrade")
    assert (answer.code, "LOTSE_DATABASE_OWNER_URL" in answer.err) == (2, True)
    monkeypatch.setenv(OWNER_URL, postgres.address(postgres.as_owner(served), password="falsch"))
    answer = lotse("db", "upgrade")
    assert (answer.code, "Rolle, Passwort" in answer.err, "falsch" in answer.err) == (1, True, False)
    monkeypatch.setenv(URL, "postgresql://lotse:geheim@127.0.0.1:1/lotse")
    answer = lotse("db", "check")
    assert (answer.code, "antwortet nicht" in answer.err, "geheim" in answer.err) == (1, True, False)


def test_an_embedded_store_needs_none_of_it(office: Path) -> None:
    del office
    for word in ("upgrade", "check", "move"):
        answer = lotse("db", word)
        assert answer.code == 1
        assert URL in answer.err
    assert fine("db", "current", "--json").json["revision"] == HEAD


def test_a_second_town_in_the_same_database_is_named(
    served: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with keys of its own; none sees the other, and who names none is asked which."""
    del served
    fine("db", "upgrade")
    fine("init")
    answer = lotse("init", "--dir", place.with_name("zweite"))
    assert (answer.code, "LOTSE_TENANT" in answer.err) == (1, True)
    monkeypatch.setenv("LOTSE_TENANT", "ab" * 16)
    fine("init", "--dir", place.with_name("zweite"))
    fine("import", CLINIC, "--at", "2026-11-17", "--dir", place.with_name("zweite"))
    monkeypatch.delenv("LOTSE_TENANT")
    answer = lotse("due", "--all")
    assert (answer.code, "2 Träger" in answer.err) == (1, True)
    monkeypatch.setenv("LOTSE_TENANT", "ab" * 16)
    assert lotse("due").code == 1, "the keys of the first town open nothing of the second"


def test_a_day_from_the_first_start_to_the_backup_by_the_command_line_alone(
    served: str, place: Path, tmp_path: Path
) -> None:
    """The same words as on a file, and the same answers; at the end the log is whole and the backup is one."""
    del served
    fine("db", "upgrade")
    fine("init")
    for name_id, name, role in (
        ("brandt", "Frau Brandt", "case_worker"),
        ("yildiz", "Frau Yıldız", "family_midwife"),
        ("it", "Herr Kabel", "admin"),
    ):
        fine("user", "add", name_id, name, "--role", role)
    fine("user", "add", "leitung", "Frau Okafor", "--role", "supervisor", "--as", "it")
    fine("user", "add", "dsb", "Herr Vogt", "--role", "dpo", "--as", "it")
    fine("import", CLINIC, "--at", "2026-11-17")
    again = fine("import", CLINIC, "--at", "2026-11-17").out
    assert "53  schon bekannt" in again
    listed = fine("due", "--all", "--at", "2026-11-18", "--json").json
    assert listed
    number = listed[0]["number"] if isinstance(listed, list) else listed["items"][0]["number"]
    fine("case", "show", number, "--at", "2026-11-18")
    assert "markiert" in fine("scheduler", "--once").out
    fine("notary", "--once")
    fine("keys", "rotate", "--as", "it")
    fine("retention", "due", "--as", "leitung")
    fine("audit", "verify", "--decrypt", "--replay")
    assert lotse("doctor").code == 0
    backup = tmp_path / "nacht.backup"
    fine("backup", "create", backup, "--as", "it")
    assert "heil" in fine("backup", "verify", backup).out
    assert "eine leere Datenbank anlegen" in fine("backup", "restore", backup, "--dry-run").out
    assert not (place / "data" / "lotse.db").exists()
