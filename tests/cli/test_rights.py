"""Who may enter persons, turn keys and make backups, written out a second time and tried with the commands themselves."""

from pathlib import Path

import pytest

from adapters.bootstrap import open_lotse
from adapters.cli.rights import Act, may
from adapters.settings import read_settings
from states.vocabulary import Role
from tests.cli.program import Answer, fine, lotse
from workflow.office import Person

MATRIX = {
    Role.CASE_WORKER: "",
    Role.SUPERVISOR: "PEOPLE SUBSTITUTION PARTNERS BACKUP",
    Role.DPO: "KEYS_END BACKUP",
    Role.ADMIN: "PEOPLE PARTNERS KEYS KEYS_END BACKUP",
    Role.DEPUTY: "",
    Role.NETWORK_COORDINATOR: "PARTNERS",
    Role.FAMILY_MIDWIFE: "",
    Role.FAMILY_NURSE: "",
    Role.FAMILY_VOLUNTEER: "",
    Role.PARTNER: "",
    Role.CHILD_PROTECTION_ADVISER: "",
    Role.ASD_WORKER: "",
    Role.PLANNER: "",
    Role.CLOCK: "",
    Role.RECIPIENT: "",
}
DAYS = ("2026-12-01", "2026-12-02")
DEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "PEOPLE": (
        ("user", "add", "komplizin", "Frau Fremd", "--role", "dpo"),
        ("user", "disable", "vogt"),
        ("user", "enable", "vogt"),
        ("user", "reset", "vogt"),
        ("user", "token", "vogt", "--name", "Skript", "--scope", "read"),
        ("user", "identity", "vogt", "--remove"),
    ),
    "SUBSTITUTION": (("user", "substitute", "fachkraft", "brandt", *DAYS),),
    "KEYS": (("keys", "rotate"), ("keys", "escrow", "hinterlegt", "--to", "tresor.pub")),
    "KEYS_END": (("keys", "destroy", "1"),),
    "BACKUP": (("backup", "create", "mo.backup"),),
}


@pytest.mark.parametrize("role", Role)
def test_who_may_do_what_to_the_house(role: Role) -> None:
    assert {each.name for each in Act if may(Person("x", "X", frozenset({role})), each)} == set(
        MATRIX[role].split()
    )
    assert not [each for each in Act if may(Person("x", "X", frozenset({role}), active=False), each)]


@pytest.fixture
def house(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with somebody in each role that a person can have, and a folder to write to."""
    running = open_lotse(read_settings(office))
    ids = {role: str(role).replace("_", "-") for role in Role}
    running.store.put(*(Person(ids[role], role.label, frozenset({role}), "Haus") for role in Role))
    running.countersign()
    running.store.engine.dispose()
    monkeypatch.chdir(tmp_path)
    fine("keys", "recovery-key", "tresor")
    return office


def tried(deed: tuple[str, ...], by: str) -> Answer:
    return lotse(*deed, "--as", by)


@pytest.mark.parametrize("role", [role for role in Role if not MATRIX[role]])
def test_who_has_no_right_changes_nothing_in_the_house(house: Path, role: Role) -> None:
    before = fine("user", "list").out
    keys = {path.name: path.read_bytes() for path in (house / "keys").glob("*.key")}
    for deeds in DEEDS.values():
        for deed in deeds:
            answer = tried(deed, str(role).replace("_", "-"))
            assert (answer.code, answer.out, "Das dürfen" in answer.err) == (4, "", True), (deed, answer)
    assert fine("user", "list").out == before
    assert {path.name: path.read_bytes() for path in (house / "keys").glob("*.key")} == keys
    assert not Path("mo.backup").exists()
    tries = sum(map(len, DEEDS.values()))
    read = ("audit", "show", "--as", "okafor", "--reason", "Gegenprobe", "--last", str(tries + 1), "--json")
    told = [each for each in fine(*read).json if each["outcome"] == "refused"]
    assert len(told) == tries, "each refusal is on record"
    assert {(each["actor"], each["reason"]) for each in told} == {(str(role).replace("_", "-"), "denied")}
    assert not Path("hinterlegt").exists()


@pytest.mark.parametrize("role", [role for role in Role if MATRIX[role]])
def test_who_has_some_rights_is_not_refused_those_and_is_refused_the_others(house: Path, role: Role) -> None:
    for name, deeds in DEEDS.items():
        for deed in deeds:
            refused = "Das dürfen" in tried(deed, str(role).replace("_", "-")).err
            assert refused is (name not in MATRIX[role].split()), deed
    assert house.exists()


@pytest.mark.usefixtures("office")
def test_who_is_absent_enters_her_own_deputy_and_nobody_else_s() -> None:
    fine("user", "substitute", "brandt", "fachkraft", *DAYS, "--as", "brandt")
    answer = lotse("user", "substitute", "fachkraft", "brandt", *DAYS, "--as", "brandt")
    assert (answer.code, "Leitung" in answer.err) == (4, True)


def test_the_first_fachkraft_sets_the_house_up_until_somebody_has_charge_of_it(
    place: Path, tmp_path: Path
) -> None:
    fine("init")
    fine("user", "add", "brandt", "Frau Brandt", "--role", "case_worker")
    assert lotse("user", "add", "x", "X", "--role", "dpo", "--as", "brandt").code == 4
    first = fine("user", "add", "leitung", "Frau Leitung", "--role", "supervisor")
    assert first.err.count("weder Leitung noch IT") == 1
    answer = lotse("user", "add", "komplizin", "Frau Fremd", "--role", "dpo")
    assert (answer.code, "--as PERSON" in answer.err) == (4, True)
    assert lotse("backup", "create", tmp_path / "mo.backup").code == 4
    fine("user", "disable", "leitung", "--as", "leitung")
    assert "weder Leitung noch IT" in fine("backup", "create", tmp_path / "mo.backup").err
    assert place.exists()


def test_keys_that_somebody_without_the_right_has_recovered_are_taken_away_again(
    office: Path, tmp_path: Path
) -> None:
    fine("keys", "recovery-key", tmp_path / "t")
    to = ("--to", tmp_path / "t.pub", "--as", "it", "--json")
    signer = fine("keys", "escrow", tmp_path / "h", *to).json["signer"]
    (office / "keys").rename(tmp_path / "weg")
    words = ("keys", "recover", tmp_path / "h", "--with", tmp_path / "t", "--trust", signer)
    assert lotse(*words, "--as", "yildiz").code == 4
    assert not (office / "keys").exists()
    fine(*words, "--as", "it")
