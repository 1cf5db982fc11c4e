"""A town on PostgreSQL loses its database and gets it back, as its IT does it: by the commands of the manual alone.

What two people erased stays erased, the log says what is lost and begins anew, and whoever kept a checkpoint elsewhere
finds out where the machine knows less than was signed.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgres
from tests.cli.program import Answer, fine, lotse

MANUAL = Path(__file__).parents[2] / "docs" / "operation.md"
PEOPLE = (
    ("it", "Herr Kabel", "admin"),
    ("leitung", "Frau Okafor", "supervisor"),
    ("dsb", "Herr Vogt", "dpo"),
)


@dataclass(frozen=True, slots=True)
class Lost:
    """What is left of a town whose database is gone: its keys, a backup, a checkpoint of later; and who was erased."""

    folder: Path
    backup: Path
    checkpoint: Path
    early_notary: Path
    kept: str
    erased: str


def addresses(url: str, patched: pytest.MonkeyPatch) -> None:
    """Let the settings name this database, by its three roles."""
    patched.setenv("LOTSE_DATABASE_URL", postgres.as_application(url))
    patched.setenv("LOTSE_DATABASE_OWNER_URL", postgres.as_owner(url))
    patched.setenv("LOTSE_DATABASE_NOTARY_URL", postgres.as_notary(url))


def a_closed_case(name: str) -> str:
    """The number of a case that was taken in and closed at once."""
    number = str(fine("case", "new", "self", "--set", f"surname={name}", "--json").json["number"])
    fine("case", "do", number, "triage-no")
    fine("case", "do", number, "close", "--set", "reason=duplicate")
    return number


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """A town lived on PostgreSQL, was backed up in the night, went on for a day; then its database was gone."""
    place = tmp_path_factory.mktemp("stadt")
    found = Lost(place / "haus", place / "nacht.backup", place / "mail.txt", place / "notary.json", "", "")
    with pytest.MonkeyPatch.context() as patched, postgres.a_database(postgres.migrated()) as url:
        patched.setenv("LOTSE_DIR", str(found.folder))
        addresses(url, patched)
        fine("init")
        for name_id, name, role in PEOPLE:
            by = ("--as", "it") if role in ("supervisor", "dpo") else ()
            fine("user", "add", name_id, name, "--role", role, *by)
        kept, erased = a_closed_case("Beispiel-Linde"), a_closed_case("Beispiel-Kiefer")
        fine("backup", "create", found.backup, "--as", "it")
        assert "heil" in fine("backup", "verify", found.backup).out
        shutil.copy(found.folder / "keys" / "notary.json", found.early_notary)
        fine("retention", "request", erased, "--ground", "family_request")
        fine("retention", "approve", erased, "--as", "leitung")
        a_closed_case("Beispiel-Esche")
        found.checkpoint.write_text(fine("audit", "checkpoint").out, encoding="utf-8")
    return Lost(found.folder, found.backup, found.checkpoint, found.early_notary, kept, erased)


@pytest.fixture
def town(lost: Lost, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What is left, on the machine of the IT; the name of a database there that is not made yet."""
    shutil.copytree(lost.folder, place)
    shutil.copy(lost.backup, tmp_path / "nacht.backup")
    monkeypatch.chdir(tmp_path)
    with postgres.a_database() as url:
        name = url.rpartition("/")[2]
        postgres.run(postgres.superuser(), f'DROP DATABASE "{name}"')
        addresses(url, monkeypatch)
        yield name


def make(name: str, statement: str) -> None:
    """Run a statement of the manual on this server, with the names of the test."""
    postgres.run(
        postgres.superuser(),
        statement.replace(" lotse ", f' "{name}" ').replace("lotse_owner", postgres.OWNER),
    )


def an_empty_database(name: str) -> None:
    """The first two steps of the manual."""
    make(name, "CREATE DATABASE lotse OWNER lotse_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    fine("db", "upgrade")


def documented(heading: str) -> list[list[str]]:
    """The commands behind this comment in the manual, word by word."""
    found = re.search(
        rf"```sh\n# {re.escape(heading)}\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None, heading
    return [shlex.split(line) for line in found[1].splitlines()]


def approved() -> Answer:
    """Two people bring the backup of the night back."""
    fine("backup", "restore", "nacht.backup", "--request", "--as", "it", "--reason", "Datenbank verloren")
    return fine("backup", "restore", "nacht.backup", "--approve", "--as", "leitung")


def the_log() -> str:
    """How the log is called now."""
    return str(fine("audit", "verify", "--json").json["origin"])


def test_the_way_of_the_manual_brings_the_town_back(town: str, lost: Lost) -> None:
    """Each line as it stands there; each says what comes next, and then everybody goes on."""
    answer = lotse("due")
    assert (answer.code, "gibt es auf dem Server nicht" in answer.err) == (1, True)
    said: dict[str, Answer] = {}
    for words in documented("Datenbank auf PostgreSQL verloren"):
        if words[0] == "psql":
            make(town, words[-1])
        else:
            assert words[0] == "lotse"
            said[" ".join(words[1:])] = fine(*words[1:])
    done = next(answer for words, answer in said.items() if "--approve" in words)
    assert "Das Protokoll heißt jetzt lotse/" in done.out
    assert f"Noch einmal gelöscht: {lost.erased}." in done.out
    assert "audit verify --replay" in done.err
    assert "Protokoll unverändert" in said["audit verify --replay"].out
    assert the_log().endswith("/2")
    shown = lotse("case", "show", lost.erased)
    assert (shown.code, shown.err.strip()) == (3, "Der Fall mit dieser Nummer wurde gelöscht.")
    assert lost.kept in fine("case", "list").out
    fresh = a_closed_case("Beispiel-Ulme")
    assert fresh not in (lost.kept, lost.erased)
    fine("notary", "--once")
    fine("scheduler", "--once")
    fine("audit", "verify", "--decrypt", "--replay")
    fine("backup", "create", "danach.backup", "--as", "it")
    assert "heil" in fine("backup", "verify", "danach.backup").out


def test_every_step_names_the_next_one(town: str) -> None:
    """Also for who begins at the wrong end."""
    for words in (("--dry-run",), ("--request", "--as", "it", "--reason", "Datenbank verloren")):
        answer = lotse("backup", "restore", "nacht.backup", *words)
        assert "lotse db upgrade" in answer.out + answer.err or "LOTSE_DATABASE_URL" in answer.err, answer
    make(town, "CREATE DATABASE lotse OWNER lotse_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    answer = lotse("backup", "restore", "nacht.backup", "--request", "--as", "it", "--reason", "weg")
    assert (answer.code, "lotse db upgrade" in answer.err) == (1, True)
    assert "lotse db check" in fine("db", "upgrade").out
    assert "lotse backup restore" in fine("db", "check").out
    for command in ("due", "init", "audit verify"):
        answer = lotse(*command.split())
        assert answer.code != 0, answer
        assert "lotse backup restore" in answer.err, answer
    answer = lotse("backup", "restore", "nacht.backup", "--approve", "--as", "leitung")
    assert (answer.code, "--request" in answer.err) == (4, True)
    assert "--request" in fine("backup", "restore", "nacht.backup", "--dry-run").out
    told = fine("backup", "restore", "nacht.backup", "--request", "--as", "it", "--reason", "weg").out
    assert "--approve" in told
    answer = lotse("backup", "restore", "nacht.backup", "--approve", "--as", "it")
    assert (answer.code, "zweite Person" in answer.err) == (4, True)
    answer = lotse("backup", "restore", "--here", "--dry-run")
    assert (answer.code, "lotse backup restore DATEI" in answer.err) == (4, True)


def test_a_town_that_is_there_is_never_written_over(town: str) -> None:
    """Whoever restores by mistake, or twice, reads that it goes into another database; and nothing has changed."""
    an_empty_database(town)
    approved()
    before = fine("audit", "verify", "--json").json
    told = fine("backup", "restore", "nacht.backup", "--dry-run").out
    assert "leere Datenbank" in told
    for words in (("--request", "--as", "it", "--reason", "noch einmal"), ("--approve", "--as", "leitung")):
        answer = lotse("backup", "restore", "nacht.backup", *words)
        assert (answer.code, "lotse db upgrade" in answer.err) == (4, True), answer
    assert fine("audit", "verify", "--json").json == before
    assert "nichts beantragt" in fine("backup", "restore", "--withdraw", "--as", "it").out


def test_who_kept_a_checkpoint_finds_out_where_less_was_known_to_be_lost(
    town: str, lost: Lost, place: Path
) -> None:
    """The keys came from an old copy too, with a notary who knows nothing of the last day: a mail of that day does."""
    shutil.copy(lost.early_notary, place / "keys" / "notary.json")
    an_empty_database(town)
    approved()
    fine("audit", "verify", "--replay")
    answer = lotse("audit", "verify", "--checkpoint", lost.checkpoint)
    assert (answer.code, "gekürzt" in answer.err) == (1, True), answer


def test_where_the_notary_knew_the_checkpoint_of_later_is_accounted_for(town: str, lost: Lost) -> None:
    an_empty_database(town)
    approved()
    fine("audit", "verify", "--checkpoint", lost.checkpoint)


def test_the_way_round_by_a_file_leads_there_too(
    town: str, lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restored without a server first, while one waits for it; then moved."""
    an_empty_database(town)
    with monkeypatch.context() as patched:
        patched.delenv("LOTSE_DATABASE_URL")
        approved()
        fine("audit", "verify", "--replay")
    assert "lotse db move" in fine("db", "check").out
    assert "geprüft und nachgespielt" in fine("db", "move").out
    fine("audit", "verify", "--decrypt", "--replay")
    assert the_log().endswith("/2")
    assert lotse("case", "show", lost.erased).code == 3
