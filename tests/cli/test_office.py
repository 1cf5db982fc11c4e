"""`lotse init`, `user`, `process adopt`, `scheduler`: an office is set up and kept."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.cli.desk import opened
from tests.cli.program import fine, lotse
from workflow.calendar import local_date

UNLAWFUL = sorted((Path(__file__).parents[1] / "states" / "unlawful").glob("*.toml"))
SHIPPED = Path(__file__).parents[2] / "states" / "profiles"


def a_case(*more: str) -> str:
    words = ("case", "new", "self", "--set", "surname=Beispiel", "--at", "2026-11-16", "--json", *more)
    number: str = fine(*words).json["number"]
    return number


def test_init_says_where_things_lie_and_what_to_keep_apart(place: Path) -> None:
    out = fine("init", "--profile", "bergkamen").out
    assert "Frühe Hilfen Bergkamen, Version 4" in out
    for where in (place / "data" / "lotse.db", place / "keys"):
        assert str(where) in out
        assert where.exists()
    assert "an einem anderen Ort die Schlüssel" in out
    assert stat.S_IMODE((place / "keys").stat().st_mode) == 0o700


def test_init_gives_programs_the_verifier_key(place: Path) -> None:
    answer = fine("init", "--json").json
    assert answer["vkey"].startswith(f"{answer['origin']}+")
    assert answer["database"] == str(place / "data" / "lotse.db")


def test_init_overwrites_nothing(office: Path) -> None:
    before = (office / "keys" / "signing.key").read_bytes()
    answer = lotse("init")
    assert (answer.code, answer.out) == (1, "")
    assert "er wird nicht überschrieben" in answer.err
    assert (office / "keys" / "signing.key").read_bytes() == before


@pytest.mark.parametrize("file", UNLAWFUL, ids=lambda file: file.stem)
def test_an_unlawful_process_is_refused_before_anything_is_written(place: Path, file: Path) -> None:
    answer = lotse("init", "--profile", file)
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith("Abgelehnt (")
    assert not (place / "data" / "lotse.db").exists()


def test_a_profile_that_is_none_is_not_found_or_not_understood(place: Path, tmp_path: Path) -> None:
    assert lotse("init", "--profile", "nirgendwo").code == 3
    broken = tmp_path / "profil.toml"
    broken.write_text("name = ")
    assert lotse("init", "--profile", broken).code == 2
    assert not place.exists()


@pytest.mark.usefixtures("office")
def test_new_cases_begin_by_an_adopted_profile_and_old_ones_stay() -> None:
    fine("case", "new", "unclear", "--set", "surname=Beispiel", "--at", "2026-11-16")
    tried = fine("process", "adopt", "bergkamen", "--dry-run")
    assert tried.out.startswith("Rechtmäßig, nicht eingeführt (--dry-run): Frühe Hilfen Bergkamen, Version 4")
    assert fine("process", "adopt", "bergkamen", "--json").json["adopted"] is True
    fine("case", "new", "unclear", "--set", "surname=Beispiel", "--at", "2026-11-16")
    log = fine("audit", "show", "--as", "vogt", "--reason", "Prüfung", "--json").json
    assert [entry["profile"] for entry in log if entry["action"] == "receive(unclear)"] == [
        "bergkamen",
        "default",
    ]


@pytest.mark.usefixtures("office")
def test_an_unlawful_profile_is_not_adopted_and_a_changed_one_needs_a_new_version(tmp_path: Path) -> None:
    assert lotse("process", "adopt", UNLAWFUL[0]).code == 4
    changed = tmp_path / "bergkamen.toml"
    changed.write_text(
        SHIPPED.joinpath("bergkamen.toml").read_text().replace('Bergkamen"', 'Bergkamen, neu"', 1)
    )
    fine("process", "adopt", "bergkamen")
    answer = lotse("process", "adopt", changed)
    assert answer.code == 1
    assert "Nächster Schritt: in der Datei die Version erhöhen." in answer.err


@pytest.mark.usefixtures("office")
def test_people_are_listed_with_what_they_may_do() -> None:
    fine(
        "user",
        "add",
        "lindner",
        "Herr Lindner",
        "--role",
        "Familienkinderkrankenschwester",
        "--agreement-until",
        "31.12.2027",
        "--as",
        "okafor",
    )
    fine("user", "substitute", "brandt", "fachkraft", "2026-12-21", "03.01.2027", "--as", "okafor")
    out = fine("user", "list").out
    assert "lindner    Herr Lindner · Familienkinderkrankenschwester · Vereinbarung bis\n" in out
    assert out.endswith("fachkraft vertritt brandt vom 21.12.2026 bis 03.01.2027.\n")
    nurse = next(p for p in fine("user", "list", "--json").json if p["id"] == "lindner")
    assert nurse == {
        "id": "lindner", "name": "Herr Lindner", "roles": ["family_nurse"], "institution": "",
        "recipient": "lindner", "agreement_until": "2027-12-31", "active": True,
    }  # fmt: skip


@pytest.mark.usefixtures("office")
def test_a_locked_person_can_do_nothing_and_their_cases_are_named() -> None:
    number = a_case("--as", "brandt")
    answer = fine("user", "disable", "brandt", "--as", "okafor")
    assert (answer.out, answer.err.startswith(f"Noch zuständig für: {number}.")) == (
        "Gesperrt: brandt.\n",
        True,
    )
    assert lotse("case", "show", number, "--as", "brandt").code == 4
    assert fine("due", "--as", "brandt", "--json").json["items"] == []
    assert "gesperrt" in fine("user", "list").out


@pytest.mark.usefixtures("office")
def test_nothing_can_be_handed_to_a_locked_midwife() -> None:
    fine("user", "disable", "yildiz", "--as", "okafor")
    number = a_case()
    asked = fine(
        "case", "why", number, "propose_handover", "--to", "yildiz", "--json", "--at", "2026-11-16"
    ).json
    assert asked["allowed"] is False


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("first", "last", "code"), [(-1, 0, 0), (0, 0, 0), (0, 1, 0), (1, 3, 4)])
def test_a_deputy_sees_the_cases_of_the_person_represented_from_the_first_to_the_last_day(
    first: int, last: int, code: int
) -> None:
    """The days are today's: telling the program another one opens nothing and closes nothing."""
    number = a_case("--as", "brandt")
    today = local_date(datetime.now(UTC))
    days = [(today + timedelta(days=away)).isoformat() for away in (first, last)]
    fine("user", "substitute", "brandt", "fachkraft", *days, "--as", "okafor")
    for told in ([], *(["--at", day] for day in (*days, "2026-11-16", "2027-12-31"))):
        assert lotse("case", "show", number, *told).code == code, told
        assert lotse("case", "why", number, "triage-no", *told).code == code, told
        assert lotse("audit", "show", "--case", number, *told).code == code, told


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    "words", [("disable", "wer"), ("substitute", "wer", "brandt", "2026-12-01", "2026-12-02")]
)
def test_somebody_unknown_is_not_found(words: tuple[str, ...]) -> None:
    answer = lotse("user", *words, "--as", "okafor")
    assert (answer.code, answer.err) == (3, "wer gibt es hier nicht. Nächster Schritt: lotse user list\n")


@pytest.mark.usefixtures("office")
def test_every_change_of_people_is_on_record() -> None:
    fine("user", "disable", "brandt", "--as", "okafor")
    fine("user", "substitute", "brandt", "fachkraft", "2026-12-01", "2026-12-02", "--as", "okafor")
    log = fine("audit", "show", "--as", "vogt", "--reason", "Prüfung", "--json").json
    told = [(entry["action"], entry["concerned"]) for entry in log if "concerned" in entry]
    assert told[:2] == [("substitution", "fachkraft"), ("user_disabled", "brandt")]
    changes = [entry for entry in log if "directory" in entry]
    assert [(entry["action"], entry["actor"]) for entry in changes[:2]] == [
        ("substitution", "okafor"),
        ("directory", "okafor"),
    ]
    assert (changes[0]["absent"], changes[1]["ids"]) == ("brandt", ["brandt"])


@pytest.mark.usefixtures("imported")
def test_what_is_overdue_is_flagged_once() -> None:
    first = fine("scheduler", "--once", "--at", "2026-11-23", "--json").json["flagged"]
    assert first > 40
    assert fine("scheduler", "--once", "--at", "2026-11-23").out == "Nichts Neues überfällig.\n"
    fine("audit", "verify", "--replay")


@pytest.mark.usefixtures("office")
def test_who_is_entered_again_keeps_what_is_not_said_anew() -> None:
    fine(
        "user",
        "add",
        "yildiz",
        "Frau Yıldız",
        "--institution",
        "Praxis",
        "--agreement-until",
        "2027-12-31",
        "--as",
        "okafor",
    )
    fine("user", "add", "yildiz", "Frau Yıldız-Probe", "--as", "okafor")
    midwife = next(p for p in fine("user", "list", "--json").json if p["id"] == "yildiz")
    assert midwife == {
        "id": "yildiz", "name": "Frau Yıldız-Probe", "roles": ["family_midwife"], "institution": "Praxis",
        "recipient": "yildiz", "agreement_until": "2027-12-31", "active": True,
    }  # fmt: skip


@pytest.mark.usefixtures("office")
def test_entering_a_locked_person_again_does_not_unlock_and_enable_does() -> None:
    fine("user", "disable", "yildiz", "--as", "okafor")
    answer = fine("user", "add", "yildiz", "Frau Yıldız", "--role", "family_midwife", "--as", "okafor")
    assert "gesperrt und bleibt es" in answer.err
    assert "gesperrt" in fine("user", "list").out
    fine("user", "enable", "yildiz", "--as", "okafor")
    assert "gesperrt" not in fine("user", "list").out
    with opened(None) as desk, desk.lotse.store.work(reading=True) as work:
        assert work.directory.recipients["yildiz"].active


@pytest.mark.usefixtures("office")
def test_only_a_fachkraft_at_work_stands_in() -> None:
    for deputy in ("yildiz", "okafor"):
        answer = lotse("user", "substitute", "brandt", deputy, "2026-12-01", "2026-12-02", "--as", "okafor")
        assert (answer.code, answer.err) == (2, "Vertreten kann nur eine Fachkraft, die hier arbeitet.\n")
    fine("user", "disable", "brandt", "--as", "okafor")
    assert (
        lotse("user", "substitute", "fachkraft", "brandt", "2026-12-01", "2026-12-02", "--as", "okafor").code
        == 2
    )


@pytest.mark.usefixtures("office")
def test_a_substitution_is_listed_and_ended_at_once_and_never_entered_for_the_past() -> None:
    number = a_case("--as", "brandt")
    today = local_date(datetime.now(UTC))
    days = [(today + timedelta(days=away)).isoformat() for away in (-3, -1, 0, 5)]
    past = lotse("user", "substitute", "brandt", "fachkraft", *days[:2], "--as", "okafor")
    assert (past.code, "Vergangenheit" in past.err) == (2, True)
    fine("user", "substitute", "brandt", "fachkraft", *days[2:], "--as", "okafor")
    assert len(fine("user", "substitutions", "--json", "--as", "okafor").json) == 1
    assert fine("user", "substitutions", "--as", "yildiz").out == "Keine Vertretungen.\n"
    ring = lotse("user", "substitute", "fachkraft", "brandt", *days[2:], "--as", "okafor")
    assert (ring.code, "selbst von der abwesenden" in ring.err) == (2, True)
    assert lotse("case", "show", number).code == 0
    assert lotse("user", "substitute-end", "brandt", "fachkraft", days[2], "--as", "yildiz").code == 4
    fine("user", "substitute-end", "brandt", "fachkraft", days[2], "--as", "okafor")
    assert lotse("case", "show", number).code == 4
    assert fine("user", "substitutions", "--as", "okafor").out == "Keine Vertretungen.\n"
    assert lotse("user", "substitute-end", "brandt", "fachkraft", days[2], "--as", "okafor").code == 2


@pytest.mark.usefixtures("office")
def test_the_last_fachkraft_can_neither_be_locked_nor_given_another_role() -> None:
    fine("user", "disable", "brandt", "--as", "okafor")
    for words in (("disable", "fachkraft"), ("add", "fachkraft", "Fachkraft", "--role", "dpo")):
        answer = lotse("user", *words, "--as", "okafor")
        assert (answer.code, "letzte Fachkraft" in answer.err) == (4, True)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    "words",
    [
        ("user", "add", "neu", "Neu", "--role", "dpo"),
        ("user", "disable", "okafor"),
        ("user", "enable", "brandt"),
        ("user", "substitute", "brandt", "fachkraft", "2026-12-01", "2026-12-02"),
        ("process", "adopt", "bergkamen"),
    ],
    ids=" ".join,
)
def test_who_is_locked_changes_nothing_here(words: tuple[str, ...]) -> None:
    fine("user", "disable", "brandt", "--as", "okafor")
    before = fine("user", "list").out
    answer = lotse(*words, "--as", "brandt")
    assert (answer.code, answer.out) == (4, "")
    assert fine("user", "list").out == before


def test_keys_without_their_database_are_a_loss_and_no_new_store_is_made(office: Path) -> None:
    (office / "data" / "lotse.db").unlink()
    for words in (("due",), ("case", "list"), ("user", "list")):
        answer = lotse(*words)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith("Schlüssel sind da, aber keine Datenbank.")
        assert not (office / "data" / "lotse.db").exists()


def test_what_is_written_is_readable_for_nobody_else(place: Path) -> None:
    fine("init")
    fine("case", "new", "self", "--set", "surname=Beispiel")
    for path in place.rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
