"""`lotse audit verify` with what somebody kept elsewhere: checkpoints, proofs; and with several processes."""

from pathlib import Path

import pytest

from tests.cli.program import fine, lotse


def proof_of(seq: int, folder: Path) -> Path:
    """A proof of this entry, as somebody was given it."""
    told = fine("audit", "proof", str(seq), "--out", folder, "--json").json
    return Path(told["proofs"][0]["file"])


@pytest.mark.usefixtures("imported")
def test_a_kept_proof_is_held_against_the_log(tmp_path: Path) -> None:
    kept = [proof_of(seq, tmp_path) for seq in (3, 17)]
    fine("case", "list")
    answer = fine("audit", "verify", "--proof", kept[0], "--proof", kept[1])
    assert answer.out.splitlines()[:2] == [
        "Eintrag 3 steht, wo sein Nachweis sagt.",
        "Eintrag 17 steht, wo sein Nachweis sagt.",
    ]
    assert fine("audit", "verify", "--proof", kept[1], "--json").json["proofs"] == [
        {"seq": 17, "stands": True}
    ]


@pytest.mark.usefixtures("imported")
def test_a_proof_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    kept = proof_of(3, tmp_path)
    whole = kept.read_bytes()
    for wrong in (b"", b"kein Nachweis", whole[:-9], whole.replace(b"index 3", b"index 4"), whole[::-1]):
        kept.write_bytes(wrong)
        answer = lotse("audit", "verify", "--proof", kept)
        assert answer.code == (1 if wrong.startswith(whole[:20]) else 2)
        assert "Nachweis" in answer.err
        assert "Traceback" not in answer.err
    assert lotse("audit", "verify", "--proof", tmp_path / "fehlt").code == 3


def test_a_proof_of_another_store_is_refused(imported: Path, tmp_path: Path) -> None:
    other = tmp_path / "anderswo"
    fine("init", "--dir", other)
    told = fine("audit", "proof", "0", "--out", tmp_path, "--dir", other, "--json").json
    answer = lotse("audit", "verify", "--proof", told["proofs"][0]["file"])
    assert answer.code == 1
    assert "Nachweis trägt den Eintrag nicht" in answer.err
    assert imported.exists()


def test_a_proof_kept_from_before_a_roll_back_shows_it(imported: Path, tmp_path: Path) -> None:
    """The database is taken back together with the notary's file; the proof was with the family's lawyer."""
    files = [imported / "data" / "lotse.db", imported / "keys" / "notary.json"]
    before = [file.read_bytes() for file in files]
    fine("case", "show", "FH-2026-0001")
    kept = proof_of(2, tmp_path)
    for file, content in zip(files, before, strict=True):
        file.write_bytes(content)
    fine("audit", "verify")
    answer = lotse("audit", "verify", "--proof", kept)
    assert answer.code == 1
    assert "Protokoll gekürzt" in answer.err


@pytest.mark.usefixtures("imported")
def test_several_processes_may_be_asked_for() -> None:
    alone = fine("audit", "verify", "--decrypt", "--json").json
    assert fine("audit", "verify", "--decrypt", "--jobs", "2", "--json").json == alone
    assert lotse("audit", "verify", "--jobs", "0").code == 2


@pytest.mark.usefixtures("imported")
def test_several_checkpoints_are_compared(tmp_path: Path) -> None:
    kept = []
    for number in range(3):
        kept.append(tmp_path / f"{number}.txt")
        kept[-1].write_text(fine("audit", "checkpoint").out, encoding="utf-8")
        fine("case", "list")
    words = [word for file in kept for word in ("--checkpoint", file)]
    assert fine("audit", "verify", *words).out
    kept[1].write_text(kept[1].read_text().replace("lotse/", "losse/"), encoding="utf-8")
    assert lotse("audit", "verify", *words).code == 1
