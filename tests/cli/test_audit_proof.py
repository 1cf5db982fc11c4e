"""`lotse audit proof`: a file per entry that the court's expert checks with our small script, and nothing is opened."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from audit.entry import Leaf
from audit.note import Verifier
from audit.proof import Proof, open_proof
from tests.cli.program import fine, lotse

SCRIPT = Path(__file__).parents[2] / "docs" / "verify" / "verify_proof.py"


def opened(file: Path, vkey: str) -> Proof:
    return open_proof(file.read_bytes(), Verifier.from_vkey(vkey))


def size(place: Path) -> int:
    with sqlite3.connect(place / "data" / "lotse.db") as connection:
        return int(connection.execute("select size from log_head").fetchone()[0])


def judged(file: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    """Run the script we give away, apart from everything that is installed."""
    key = file.with_name("log.vkey")
    key.write_text(f"{vkey}\n")
    command = [sys.executable, "-I", str(SCRIPT), str(file), str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_proof_of_an_entry_is_checked_without_lotse_and_without_the_log(
    imported: Path, tmp_path: Path
) -> None:
    before = size(imported)
    answer = fine("audit", "proof", "17", "3", "17", "--out", tmp_path / "nachweise", "--json").json
    assert [told["seq"] for told in answer["proofs"]] == [17, 3]
    assert answer["size"] == before == size(imported)
    file = Path(answer["proofs"][0]["file"])
    assert file.name == "eintrag-17.tlog-proof"
    proof = opened(file, answer["vkey"])
    assert (proof.index, proof.leaf is not None and Leaf.unpack(proof.leaf).seq) == (17, 17)
    done = judged(file, answer["vkey"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Eintrag 17 vom ")


def test_the_script_refuses_what_was_altered(imported: Path, tmp_path: Path) -> None:  # noqa: ARG001 - the office
    """The leaf, the number, a hash, the size, the root, the signature; one sentence and 1, or Python's own refusal."""
    answer = fine("audit", "proof", "17", "--out", tmp_path, "--json").json
    file = tmp_path / "eintrag-17.tlog-proof"
    lines = file.read_bytes().split(b"\n")
    assert len(lines) > 10
    for number, line in enumerate(lines):
        if not line:
            continue
        place = max(len(line) // 2, line.find(b" ") + 1)
        # Base64 keeps its form and a number stays one, so that it is the arithmetic that finds it.
        turned = bytes([line[place] ^ 1])
        file.write_bytes(
            b"\n".join([*lines[:number], line[:place] + turned + line[place + 1 :], *lines[number + 1 :]])
        )
        assert judged(file, answer["vkey"]).returncode == 1, line


def test_all_entries_of_a_case_are_proven_for_whoever_may_see_it(imported: Path, tmp_path: Path) -> None:
    number = fine("case", "list", "--json").json[0]["number"]
    shown = fine("audit", "show", "--case", number, "--json").json
    before = size(imported)
    answer = fine("audit", "proof", "--case", number, "--out", tmp_path, "--json").json
    proven = {told["seq"] for told in answer["proofs"]}
    assert {line["seq"] for line in shown} <= proven
    for told in answer["proofs"]:
        assert opened(Path(told["file"]), answer["vkey"]).leaf is not None
    last = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").json
    assert size(imported) == before + 2
    assert [line["action"] for line in last[:2]] == ["log", "open"]


def test_of_a_case_that_is_none_of_theirs_nobody_learns_the_entries(imported: Path, tmp_path: Path) -> None:
    number = fine("case", "list", "--json").json[0]["number"]
    before = size(imported)
    answer = lotse("audit", "proof", "--case", number, "--out", tmp_path / "n", "--as", "yildiz")
    assert answer.code == 4
    assert not (tmp_path / "n").exists()
    assert size(imported) == before + 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Welche Einträge?"),
        (("99999",), 3, "Den Eintrag 99999 gibt es nicht"),
        (("--", "-1"), 2, ""),
        (("siebzehn",), 2, ""),
        (("9" * 30,), 2, ""),
        (("--case", "FH-2026-9999"), 3, "Nummer gibt es nicht"),
    ],
)
def test_what_cannot_be_proven_is_said_in_a_sentence(
    imported: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = lotse("audit", "proof", "--out", tmp_path / "n", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "n").exists()
    assert imported.exists()


def test_a_newer_proof_takes_the_place_of_the_older_and_of_nothing_else(
    imported: Path, tmp_path: Path
) -> None:
    file = tmp_path / "eintrag-3.tlog-proof"
    fine("audit", "proof", "3", "--out", tmp_path)
    first = file.read_bytes()
    fine("case", "list")
    fine("audit", "proof", "3", "--out", tmp_path)
    assert file.read_bytes() != first
    file.write_text("Sehr geehrte Frau Beispiel")
    (tmp_path / "eintrag-4.tlog-proof").symlink_to(imported / "data" / "lotse.db")
    for seq in ("3", "4"):
        answer = lotse("audit", "proof", "2", seq, "--out", tmp_path)
        assert (answer.code, answer.out) == (1, "")
        assert "kein Nachweis" in answer.err
    assert file.read_text() == "Sehr geehrte Frau Beispiel"
    assert sorted(path.name for path in tmp_path.glob("*.tlog-proof")) == [
        "eintrag-3.tlog-proof",
        "eintrag-4.tlog-proof",
    ]


def test_of_an_altered_log_no_proof_is_given(imported: Path, tmp_path: Path) -> None:
    """What was signed is not what lies there: the notary halts, and no file is written."""
    with sqlite3.connect(imported / "data" / "lotse.db") as connection:
        leaf = bytearray(connection.execute("select leaf from log where seq = 3").fetchone()[0])
        leaf[150] ^= 1
        connection.execute("update log set leaf = ? where seq = 3", (bytes(leaf),))
    answer = lotse("audit", "proof", "3", "--out", tmp_path / "n")
    assert answer.code == 1
    assert "lotse audit verify" in answer.err
    assert not (tmp_path / "n").exists()


@pytest.fixture
def restored(imported: Path, tmp_path: Path) -> tuple[str, list[dict[str, object]]]:
    """A case of before a restore: its number, and its history over both logs."""
    assert imported.exists()
    number = fine("case", "list", "--json").json[0]["number"]
    fine("case", "show", number)
    backup = tmp_path / "montag.backup"
    fine("backup", "create", backup, "--as", "okafor")
    fine("backup", "restore", backup, "--request", "--as", "brandt", "--reason", "Platte defekt")
    fine("backup", "restore", backup, "--approve", "--as", "okafor")
    return number, fine("case", "show", number, "--json").json["history"]


def test_after_a_restore_a_number_means_the_present_log_and_the_other_is_named(
    imported: Path, restored: tuple[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    """Both logs count from 0, so a number alone would name the wrong entry."""
    number, history = restored
    answer = fine("audit", "proof", "--case", number, "--out", tmp_path / "neu", "--json")
    assert "Fassung 1 des Protokolls: --incarnation 1" in answer.err
    proven = [told["seq"] for told in answer.json["proofs"]]
    now = [told["seq"] for told in history if told["incarnation"] is None]
    assert proven[: len(now)] == now
    with sqlite3.connect(imported / "data" / "lotse.db") as connection:
        statement = "select seq from log_index join cases on cases.id = case_id where number = ? order by seq"
        assert proven == [row[0] for row in connection.execute(statement, (number,))]


def test_entries_of_an_earlier_log_are_proven_under_the_last_it_was_signed_with(
    restored: tuple[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    """The expert checks them with our script as ever, and they are held against the store like any kept proof."""
    number, history = restored
    words = ("audit", "proof", "--case", number, "--incarnation", "1", "--out", tmp_path / "alt", "--json")
    answer = fine(*words).json
    before = [told["seq"] for told in history if told["incarnation"] == 1]
    assert len(before) >= 2
    assert [told["seq"] for told in answer["proofs"]] == before
    for told in answer["proofs"]:
        file = Path(str(told["file"]))
        assert file.name == f"eintrag-1-{told['seq']}.tlog-proof"
        assert opened(file, answer["vkey"]).checkpoint.origin.endswith("/1")
        assert judged(file, answer["vkey"]).returncode == 0
        assert fine("audit", "verify", "--proof", file).out.startswith(f"Eintrag {told['seq']} steht")
    assert f"Eintrag 1/{before[0]}: " in fine(*words[:-1]).out


@pytest.mark.usefixtures("restored")
def test_an_incarnation_or_entry_that_there_is_not_is_said(tmp_path: Path) -> None:
    for words, said in (
        (("0", "--incarnation", "3"), "Eine Fassung 3 hat dieses Protokoll nicht; es gibt 1 bis 2."),
        (("99999", "--incarnation", "1"), "Den Eintrag 99999 gibt es in der Fassung 1 des Protokolls nicht."),
    ):
        answer = lotse("audit", "proof", *words, "--out", tmp_path / "n")
        assert (answer.code, answer.out) == (3, "")
        assert answer.err.startswith(said)
    assert lotse("audit", "proof", "0", "--incarnation", "0").code == 2
    now, numbered = (
        fine("audit", "proof", "0", *words, "--out", tmp_path / "jetzt", "--json").json["vkey"]
        for words in ((), ("--incarnation", "2"))
    )
    assert now == numbered


def test_an_earlier_log_that_was_altered_gives_no_proof(
    imported: Path, restored: tuple[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    assert restored
    with sqlite3.connect(imported / "data" / "lotse.db") as connection:
        leaf = bytearray(connection.execute("select leaf from past_log where seq = 3").fetchone()[0])
        leaf[150] ^= 1
        connection.execute("update past_log set leaf = ? where seq = 3", (bytes(leaf),))
    answer = lotse("audit", "proof", "3", "--incarnation", "1", "--out", tmp_path / "n")
    assert answer.code == 1
    assert "lotse audit verify" in answer.err
    with sqlite3.connect(imported / "data" / "lotse.db") as connection:
        connection.execute("delete from past_checkpoints")
    answer = lotse("audit", "proof", "2", "--incarnation", "1", "--out", tmp_path / "n")
    assert answer.code == 1
    assert "niemand unterschrieben" in answer.err
    assert not (tmp_path / "n").exists()
