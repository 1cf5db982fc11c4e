"""`lotse keys recovery-key`, `escrow`, `recover`: the day the keys are lost."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.program import fine, lotse, program


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """The folder of the safe, with a recovery key in it."""
    fine("keys", "recovery-key", tmp_path / "tresor.pem")
    return tmp_path


def test_a_recovery_key_is_made_without_a_store_and_never_over_another(safe: Path, place: Path) -> None:
    assert oct((safe / "tresor.pem").stat().st_mode)[-3:] == "400"
    assert "PRIVATE" in (safe / "tresor.pem").read_text()
    assert "PRIVATE" not in (safe / "tresor.pem.pub").read_text()
    assert not place.exists()
    before = (safe / "tresor.pem").read_bytes()
    assert lotse("keys", "recovery-key", safe / "tresor.pem").code == 1
    (safe / "tresor.pem.pub").unlink()
    assert lotse("keys", "recovery-key", safe / "tresor.pem").code == 1
    assert (safe / "tresor.pem").read_bytes() == before


def test_what_it_says_names_the_safe(tmp_path: Path) -> None:
    answer = fine("keys", "recovery-key", tmp_path / "neu.pem")
    assert "Tresor" in answer.err
    assert (
        fine("keys", "recovery-key", tmp_path / "auch.pem", "--json").json["public"].endswith("auch.pem.pub")
    )


def test_lost_keys_come_back_and_open_every_case_but_sign_anew(imported: Path, safe: Path) -> None:
    fine("keys", "rotate", "--as", "it")
    told = fine("keys", "escrow", safe / "hinterlegt.json", "--to", safe / "tresor.pem.pub", "--as", "it").out
    assert "Version 1, 2." in told
    vkey, signer = (fine("keys", "status", "--json").json[each] for each in ("vkey", "signer"))
    secrets = {path.name: path.read_bytes() for path in (imported / "keys").glob("kek-*.key")}
    shutil.rmtree(imported / "keys")
    answer = fine(
        "keys",
        "recover",
        safe / "hinterlegt.json",
        "--with",
        safe / "tresor.pem",
        "--trust",
        signer,
        "--as",
        "it",
    )
    assert "Zurückgeholt nach" in answer.out
    assert "lotse backup restore" in answer.err
    assert {path.name: path.read_bytes() for path in (imported / "keys").glob("kek-*.key")} == secrets
    assert fine("keys", "status", "--json").json["vkey"] != vkey
    assert oct((imported / "keys").stat().st_mode)[-3:] == "700"
    shown = lotse("audit", "show", "--as", "okafor", "--reason", "Stichprobe", "--json")
    actions = [(entry["action"], entry.get("kek_versions")) for entry in json.loads(shown.out)]
    assert ("keys_escrowed", [1, 2]) in actions
    assert ("keys_recovered", [1, 2]) in actions
    # The log's signature is not theirs to continue: the notary's file went with the keys.
    assert "nicht mehr unterschrieben" in shown.err


def test_keys_come_back_on_a_machine_where_nothing_is(imported: Path, safe: Path, tmp_path: Path) -> None:
    """With the public key as it was given out on the first day."""
    fine("keys", "escrow", safe / "hinterlegt.json", "--to", safe / "tresor.pem.pub", "--as", "it")
    (safe / "lotse.vkey").write_text(fine("keys", "status", "--json").json["vkey"] + "\n")
    words = ("keys", "recover", safe / "hinterlegt.json", "--with", safe / "tresor.pem", "--json")
    told = fine(*words, "--vkey", safe / "lotse.vkey", "--dir", tmp_path / "neu").json
    assert (told["versions"], told["recorded"]) == ([1], False)
    assert sorted(path.name for path in (tmp_path / "neu/keys").iterdir()) == ["kek-1.key", "signing.key"]
    assert (tmp_path / "neu/keys/kek-1.key").read_bytes() == (imported / "keys/kek-1.key").read_bytes()


def test_the_age_of_a_version_comes_back_with_it(office: Path, safe: Path, tmp_path: Path) -> None:
    import os

    os.utime(office / "keys/kek-1.key", (1_750_000_000, 1_750_000_000))
    told = fine(
        "keys", "escrow", safe / "hinterlegt.json", "--to", safe / "tresor.pem.pub", "--json", "--as", "it"
    ).json
    words = ("keys", "recover", safe / "hinterlegt.json", "--with", safe / "tresor.pem")
    fine(*words, "--trust", told["signer"].upper(), "--dir", tmp_path / "neu")
    assert (tmp_path / "neu/keys/kek-1.key").stat().st_mtime == 1_750_000_000


def test_keys_that_are_there_are_never_recovered_over(office: Path, safe: Path) -> None:
    fine("keys", "escrow", safe / "hinterlegt.json", "--to", safe / "tresor.pem.pub", "--as", "it")
    before = {path: path.read_bytes() for path in (office / "keys").iterdir()}
    words = ("keys", "recover", safe / "hinterlegt.json", "--with", safe / "tresor.pem")
    answer = lotse(*words, "--trust", fine("keys", "status", "--json").json["signer"])
    assert (answer.code, answer.out) == (1, "")
    assert "nie überschrieben" in answer.err
    assert {path: path.read_bytes() for path in (office / "keys").iterdir()} == before


def test_keys_of_another_store_are_taken_away_again(office: Path, safe: Path, tmp_path: Path) -> None:
    fine("init", "--dir", tmp_path / "andere")
    other = ("--dir", tmp_path / "andere")
    fine("keys", "escrow", safe / "h.json", "--to", safe / "tresor.pem.pub", *other)
    signer = fine("keys", "status", "--json", *other).json["signer"]
    (office / "keys").rename(tmp_path / "weg")
    answer = lotse("keys", "recover", safe / "h.json", "--with", safe / "tresor.pem", "--trust", signer)
    assert (answer.code, answer.out) == (1, "")
    assert "gehören nicht zu der Datenbank" in answer.err
    assert not (office / "keys").exists()


def test_an_escrow_that_somebody_else_has_made_recovers_nothing(
    office: Path, safe: Path, tmp_path: Path
) -> None:
    """Everybody who has the public half can make one; without a word on whose signature counts, it is only shown."""
    fine("init", "--dir", tmp_path / "fremd")
    fine(
        "keys",
        "escrow",
        safe / "h.json",
        "--to",
        safe / "tresor.pem.pub",
        "--dir",
        tmp_path / "fremd",
    )
    ours = fine("keys", "status", "--json").json
    (safe / "lotse.vkey").write_text(ours["vkey"])
    (safe / "brief").write_text("Liebe Kollegin")
    words = ("keys", "recover", safe / "h.json", "--with", safe / "tresor.pem", "--dir", tmp_path / "neu")
    for whom in (("--vkey", safe / "lotse.vkey"), ("--trust", ours["signer"]), ("--trust", "")):
        answer = lotse(*words, *whom)
        assert (answer.code, "nicht mit dem Schlüssel unterschrieben" in answer.err) == (1, True)
    theirs = fine("keys", "status", "--json", "--dir", tmp_path / "fremd").json
    answer = lotse(*words)
    assert (answer.code, answer.out) == (4, "")
    for told in (theirs["vkey"], theirs["signer"], "Version 1", "seit ", "--trust KENNUNG"):
        assert told in answer.err
    answer = lotse(*words, "--vkey", safe / "brief")
    assert (answer.code, "ist kein Prüfschlüssel" in answer.err) == (1, True)
    assert not (tmp_path / "neu").exists()
    assert office.exists()


def test_a_recovery_key_leaves_no_half_where_the_other_cannot_be_written(safe: Path) -> None:
    """A name that is taken, also by a link to nowhere, is refused before anything secret is written."""
    (safe / "neu.pem.pub").symlink_to(safe / "nirgends")
    assert lotse("keys", "recovery-key", safe / "neu.pem").code == 1
    assert not (safe / "neu.pem").exists()


def test_an_escrow_is_never_overwritten_and_wants_a_public_key(office: Path, safe: Path) -> None:
    (safe / "h.json").write_text("Brief")
    assert lotse("keys", "escrow", safe / "h.json", "--to", safe / "tresor.pem.pub", "--as", "it").code == 1
    assert (safe / "h.json").read_text() == "Brief"
    for wrong in ("tresor.pem", "h.json"):
        answer = lotse("keys", "escrow", safe / "neu.json", "--to", safe / wrong, "--as", "it")
        assert (answer.code, answer.err) == (1, "Das ist kein öffentlicher Wiederherstellungsschlüssel.\n")
    assert lotse("keys", "escrow", safe / "neu.json", "--to", safe / "nirgends", "--as", "it").code == 3
    assert not (safe / "neu.json").exists()
    assert office.exists()


@pytest.mark.usefixtures("office")
def test_a_damaged_escrow_and_another_key_make_nothing(safe: Path, tmp_path: Path) -> None:
    fine("keys", "recovery-key", tmp_path / "anderer.pem")
    fine("keys", "escrow", safe / "h.json", "--to", safe / "tresor.pem.pub", "--as", "it")
    new, trust = tmp_path / "neu", ("--trust", fine("keys", "status", "--json").json["signer"])
    words = ("keys", "recover", safe / "h.json", "--with", tmp_path / "anderer.pem", "--dir", new)
    assert lotse(*words, *trust).code == 1
    (tmp_path / "kaputt.json").write_text((safe / "h.json").read_text()[:-40])
    answer = lotse("keys", "recover", tmp_path / "kaputt.json", "--with", safe / "tresor.pem", "--dir", new)
    assert (answer.code, "keine Hinterlegung" in answer.err) == (1, True)
    assert not new.exists()


def test_development_keys_are_not_put_into_escrow(safe: Path, place: Path) -> None:
    developing = {
        "LOTSE_MODE": "development", "LOTSE_KEY_PROVIDER": "environment", "LOTSE_DEVELOPMENT_KEY": "nur zum Entwickeln",
    }  # fmt: skip
    assert program("init", **developing).code == 0
    answer = program("keys", "escrow", safe / "h.json", "--to", safe / "tresor.pem.pub", **developing)
    assert (answer.code, "weder hinterlegt" in answer.err) == (1, True)
    assert program("keys", "rotate", **developing).code == 1
    assert not (safe / "h.json").exists()
    assert place.exists()
