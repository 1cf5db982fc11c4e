"""`lotse audit …`: unaltered or altered, said so that an auditor and a program understand it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from tests.cli.program import fine, lotse

SCRIPT = Path(__file__).parents[2] / "docs" / "verify" / "verify_tiles.py"


def execute(place: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(place / "data" / "lotse.db") as connection:
        connection.execute(statement, values)


def altered(place: Path, column: str, seq: int) -> None:
    with sqlite3.connect(place / "data" / "lotse.db") as connection:
        body = bytearray(connection.execute(f"select {column} from log where seq = ?", (seq,)).fetchone()[0])  # noqa: S608 - names of our own tables and columns
        body[20] ^= 1
        connection.execute(f"update log set {column} = ? where seq = ?", (bytes(body), seq))  # noqa: S608 - names of our own tables and columns


@pytest.mark.usefixtures("imported")
def test_an_unaltered_log_is_verified_in_numbered_steps() -> None:
    lines = fine("audit", "verify", "--decrypt", "--replay").out.splitlines()
    assert [line.partition(".")[0] for line in lines[:-1]] == [str(step) for step in range(1, 9)]
    assert lines[7] == "8. Nachspielen der Fälle: 43 geprüft"
    assert lines[-1].startswith("Protokoll unverändert: ")


@pytest.mark.usefixtures("imported")
def test_the_answer_for_programs_keeps_its_keys() -> None:
    answer = fine("audit", "verify", "--json").json
    assert set(answer) == {
        *("unaltered", "origin", "size", "root", "checked", "erased", "dark", "notary_halted"),
        *("earlier", "proofs", "keyed", "decrypted"),
    }
    assert answer["unaltered"] is True
    assert fine("audit", "checkpoint").out.splitlines()[2] == answer["root"], "to be compared with the paper"
    assert fine("notary", "status", "--json").json["root"] == answer["root"]


@pytest.mark.parametrize(
    "words", [("verify",), ("export", "log"), ("checkpoint",), ("show",)], ids=lambda words: words[0]
)
def test_where_there_is_no_store_none_is_made(place: Path, words: tuple[str, ...]) -> None:
    answer = lotse("audit", *words)
    assert (answer.code, answer.err) == (
        3,
        "Hier gibt es noch keinen Speicher. Nächster Schritt: lotse init.\n",
    )
    assert not place.exists()


@pytest.mark.parametrize(
    ("column", "kind"), [("body_a", "Inhalt A verändert"), ("leaf", "Eintrag"), ("mac", "Beglaubigung")]
)
def test_an_altered_entry_ends_with_1_naming_entry_and_kind(imported: Path, column: str, kind: str) -> None:
    altered(imported, column, 17)
    answer = lotse("audit", "verify")
    assert (answer.code, answer.out) == (1, "")
    assert "PROTOKOLL VERÄNDERT. " in answer.err
    assert "Eintrag 17" in answer.err
    assert kind in answer.err
    told = lotse("audit", "verify", "--json")
    assert (told.code, told.json["unaltered"], told.json["seq"]) == (1, False, 17)


def test_a_case_altered_by_hand_is_found_by_replay(imported: Path) -> None:
    execute(imported, "update cases set state = 'closed' where number = 'FH-2026-0001'")
    assert lotse("audit", "verify").code == 0
    answer = lotse("audit", "verify", "--replay")
    assert answer.code == 1
    assert "Fall verändert" in answer.err


def test_a_database_rolled_back_is_found_by_the_notary_and_signed_no_more(imported: Path) -> None:
    database = imported / "data" / "lotse.db"
    before = database.read_bytes()
    fine("case", "list")
    database.write_bytes(before)
    assert lotse("audit", "verify").code == 1
    answer = lotse("case", "list")
    assert answer.code == 1
    assert "ACHTUNG: Das Protokoll wird nicht mehr unterschrieben." in answer.err
    assert answer.out.startswith("Nummer"), "who works on is not kept from working"
    assert "ACHTUNG" in lotse("case", "show", "FH-1999-0001").err


def test_a_kept_checkpoint_shows_that_the_log_was_cut(imported: Path, tmp_path: Path) -> None:
    kept = tmp_path / "pruefpunkt.txt"
    kept.write_text(fine("audit", "checkpoint").out, encoding="utf-8")
    fine("audit", "verify", "--checkpoint", kept)
    size = int(kept.read_text().splitlines()[1])
    for table in ("log", "log_contents", "log_index"):
        execute(imported, f"delete from {table} where seq >= ?", size - 1)  # noqa: S608 - names of our own tables and columns
    assert lotse("audit", "verify", "--checkpoint", kept).code == 1
    assert lotse("audit", "verify", "--checkpoint", tmp_path / "fehlt").code == 3


@pytest.mark.parametrize(
    "content", [b"", b"kein Pr\xc3\xbcfpunkt", bytes(range(256)), b"%PDF-1.7\n\n", b"x" * 99_999]
)
@pytest.mark.parametrize(("option", "what"), [("--checkpoint", "Prüfpunkt"), ("--proof", "Nachweis")])
def test_another_kind_of_file_says_nothing_about_the_log(
    imported: Path, tmp_path: Path, option: str, what: str, content: bytes
) -> None:
    assert imported.exists()
    file = tmp_path / "datei"
    file.write_bytes(content)
    answer = lotse("audit", "verify", option, file)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"{file} ist kein {what}. Das Protokoll wurde nicht geprüft.\n"


def test_an_export_is_recomputed_by_a_script_that_shares_no_code(imported: Path, tmp_path: Path) -> None:
    answer = fine("audit", "export", tmp_path / "log", "--json").json
    assert (answer["vkey"], answer["folder"]) == (str(tmp_path / "log.vkey"), str(tmp_path / "log"))
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "log", tmp_path / "log.vkey"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(f"Protokoll unverändert: {answer['size']} Einträge")
    verifier = Verifier.from_vkey((tmp_path / "log.vkey").read_text().strip())
    assert open_checkpoint((tmp_path / "log" / "checkpoint").read_bytes(), verifier).size == answer["size"]
    assert imported.exists()


@pytest.mark.usefixtures("imported")
def test_an_export_may_carry_the_sealed_bodies_and_put_its_key_elsewhere(tmp_path: Path) -> None:
    fine("audit", "export", tmp_path / "log", "--bodies", "--vkey", tmp_path / "schluessel")
    assert (tmp_path / "log" / "bodies").is_dir()
    assert (tmp_path / "schluessel").is_file()


@pytest.mark.usefixtures("imported")
def test_an_export_never_replaces_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "meins").write_text("wichtig")
    answer = lotse("audit", "export", tmp_path)
    assert answer.code == 1
    assert (tmp_path / "meins").read_text() == "wichtig"


@pytest.mark.usefixtures("imported")
def test_the_whole_log_is_for_leitung_and_datenschutz_with_a_reason() -> None:
    assert lotse("audit", "show", "--reason", "Neugier").code == 4
    assert lotse("audit", "show", "--as", "vogt").code == 2
    asked = ("audit", "show", "--as", "vogt", "--reason", "Stichprobe November", "--last", "3")
    shown = fine(*asked).out
    assert shown.index("Herr Vogt (vogt)") < shown.index("Protokoll gelesen · Stichprobe November")
    assert len(fine(*asked, "--json").json) == 3


@pytest.mark.usefixtures("imported")
def test_what_is_shown_of_the_log_names_no_family() -> None:
    out = fine("audit", "show", "--as", "okafor", "--reason", "Prüfung", "--last", "1000").out
    out += fine("audit", "show", "--case", "FH-2026-0001", "--json").out
    for name in ("Nowak", "Jasmin", "02307", "Trisomie"):
        assert name not in out


def test_the_verifier_key_replaces_only_an_older_one_of_the_same_log(office: Path, tmp_path: Path) -> None:
    """Whatever else lies there stays as it is, and nothing is written through a link."""
    own, foreign, link = (tmp_path / name for name in ("own.vkey", "foreign.vkey", "link.vkey"))
    for _ in range(2):
        fine("audit", "export", tmp_path / "log", "--vkey", own)
    foreign.write_text("wichtige Notizen")
    link.symlink_to(own)
    before = own.read_bytes()
    for place in (foreign, link, tmp_path):
        answer = lotse("audit", "export", tmp_path / "log", "--vkey", place)
        assert (answer.code, "kein Prüfschlüssel dieses Protokolls" in answer.err) == (1, True)
    assert (foreign.read_text(), own.read_bytes()) == ("wichtige Notizen", before)
    assert office.exists()


def test_a_path_with_control_characters_cannot_write_on_the_terminal(office: Path, tmp_path: Path) -> None:
    shown = fine("audit", "export", tmp_path / "pro\x1b[2Jtokoll").out
    for words in (("import", "\x1b[2J.csv"), ("process", "check", "\x1b[2J"), ("init", "--dir", office)):
        shown += lotse(*words).err
    assert "\x1b" not in shown


def test_a_refused_export_leaves_nothing_behind(office: Path, tmp_path: Path) -> None:
    """Nor is a link followed: what lies behind it was meant for something else."""
    assert office.exists()
    foreign, link = tmp_path / "akten", tmp_path / "verweis"
    foreign.mkdir()
    (foreign / "brief.txt").write_text("erfunden")
    link.symlink_to(tmp_path / "leer")
    before = sorted(tmp_path.iterdir())
    for target in (foreign, link, Path("/"), foreign / ".."):
        answer = lotse("audit", "export", target)
        assert answer.code == 1, target
        assert "Unerwarteter" not in answer.err
        assert sorted(tmp_path.iterdir()) == before


def test_absurd_numbers_are_no_error_of_the_program(office: Path) -> None:
    assert office.exists()
    read = ("audit", "show", "--as", "okafor", "--reason", "Probe")
    assert lotse(*read, "--last", "99999999999999999999").code == 0
    assert "Unerwarteter" not in lotse(*read, "--from", "0001-01-01").err
