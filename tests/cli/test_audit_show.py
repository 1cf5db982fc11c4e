"""`lotse audit show`: who did what and when, by case, person, period and kind, with names and never with content."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.families import PHONE, SURNAME, handed_over
from tests.cli.program import Answer, fine, lotse

ASKING = ("audit", "show", "--as", "vogt", "--reason", "Stichprobe")


@pytest.fixture
def number(office: Path, tmp_path: Path) -> str:
    assert office.exists()
    return handed_over(tmp_path)


def shown(*words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = fine(*ASKING, *words, "--json").json
    return found


@pytest.mark.usefixtures("number")
def test_what_left_the_house_is_read_line_by_line_with_the_names_of_who_did_it() -> None:
    out = fine("audit", "show", "--as", "okafor", "--reason", "Quartal", "--kind", "Weitergaben").out
    told = " ".join(out.split())
    for line in (
        "Frau Yıldız (yildiz) Übergabe annehmen · an Frau Yıldız · angegeben 17.11.2026 08:30",
        "Fachkraft Frühe Hilfen (fachkraft) Übergabe anfragen · an Frau Yıldız · angegeben 16.11.2026 09:00",
        "Einwilligung in die Rückmeldung an den Partner erfassen · angegeben 16.11.2026 09:00 · Fall FH-2026-0001",
    ):
        assert told.count(line) == 1
    assert told.count("angegeben") == 3


def test_datenschutz_reads_the_case_by_its_id_and_leitung_by_its_number(number: str) -> None:
    assert number not in fine(*ASKING).out
    (case,) = {entry["case"] for entry in shown() if "case" in entry}
    assert str(case) in fine(*ASKING, "--kind", "schritte").out.replace("\n", "")
    assert number in fine("audit", "show", "--as", "okafor", "--reason", "Prüfung").out
    by_id, by_number = (shown("--case", name, "--kind", "Schritte") for name in (str(case), number))
    assert by_id == by_number
    assert {entry["case"] for entry in by_id} == {case}


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("Schritte", {"receive(consent)", "triage(no)", "check_consent(yes)", "reach_family",
                      "record_consent(feedback)", "record_consent:r", "propose_handover:r", "accept:r"}),
        ("Ablehnungen", {"close", "log"}),
        ("Zugriffe", {"log", "open", "duplicates"}),
        ("Weitergaben", {"record_consent(feedback)", "propose_handover:r", "accept:r"}),
        ("Einrichtung", {"init", "profile", "directory", "user"}),
        ("Löschungen", set()),
    ],
)  # fmt: skip
def test_each_kind_gives_its_entries_and_no_others(number: str, kind: str, actions: set[str]) -> None:
    assert lotse("case", "do", number, "close", "--set", "reason=moved", "--as", "brandt").code == 4
    assert lotse("audit", "show", "--as", "brandt", "--reason", "Neugier").code == 4
    fine("case", "show", number)
    found = {str(entry["action"]) for entry in shown("--kind", kind, "--last", "999")}
    assert found == (actions | {"close"} if kind == "Schritte" else actions)
    if kind == "Ablehnungen":
        assert {entry["outcome"] for entry in shown("--kind", kind)} == {"refused"}


@pytest.mark.usefixtures("number")
def test_a_person_is_found_by_id_and_by_name() -> None:
    assert [entry["action"] for entry in shown("--person", "Frau Yıldız", "--kind", "Schritte")] == [
        "accept:r"
    ]
    assert {entry["actor"] for entry in shown("--person", "system")} == {"system"}
    assert {entry["concerned"] for entry in shown("--person", "brandt") if "concerned" in entry} == {"brandt"}


@pytest.mark.usefixtures("number")
def test_a_period_is_that_of_the_log_and_not_what_somebody_told() -> None:
    """Every step here was back-dated with --at; the log knows better."""
    today = date.today()  # noqa: DTZ011 - the machine's own day, as the log has it
    assert shown("--from", (today - timedelta(days=1)).isoformat(), "--kind", "Schritte")
    assert shown("--from", (today + timedelta(days=2)).isoformat()) == []
    assert shown("--to", f"{today - timedelta(days=2):%d.%m.%Y}") == []
    assert shown("--to", "2026-01-01T10:00") == []


def test_a_case_is_shown_as_far_as_a_person_may_see_it(number: str) -> None:
    def seen(person: str) -> list[str]:
        answer: Answer = fine("audit", "show", "--case", number, "--as", person, "--json")
        return [str(entry["action"]) for entry in answer.json if "version" in entry]

    assert seen("yildiz") == ["accept:r"]
    assert len(seen("fachkraft")) == len(seen("okafor")) == 8
    assert lotse("audit", "show", "--case", number, "--as", "brandt").code == 4
    assert lotse("audit", "show", "--case", number, "--as", "vogt").code == 2
    assert fine("audit", "show", "--case", number, "--as", "vogt", "--reason", "Beschwerde").out


def test_nothing_of_the_family_is_shown_whoever_asks(number: str) -> None:
    out = fine(*ASKING, "--last", "999").out + fine(*ASKING, "--json").out
    out += fine("audit", "show", "--case", number).out
    for secret in (SURNAME, PHONE, "4710001", "schreit", "01.10.2026", "2026-10-01"):
        assert secret not in out


@pytest.mark.usefixtures("number")
def test_a_list_that_is_cut_says_so_beside_the_data_and_one_that_is_whole_does_not() -> None:
    cut = fine(*ASKING, "--last", "2", "--json")
    assert len(cut.json) == 2
    assert cut.err == "Die neuesten 2, es gibt ältere. Mehr: --last 4\n"
    assert fine(*ASKING, "--last", "999").err == ""


@pytest.mark.usefixtures("number")
def test_a_period_that_ends_before_it_begins_is_no_empty_answer() -> None:
    answer = lotse(*ASKING, "--from", "2026-11-20", "--to", "2026-11-19")
    assert (answer.code, answer.out) == (2, "")
    assert fine(*ASKING, "--from", "2026-11-20", "--to", "2026-11-20")


@pytest.mark.usefixtures("number")
def test_who_was_entered_and_why_somebody_was_refused_is_read_in_the_line() -> None:
    assert lotse("audit", "show", "--as", "brandt", "--reason", "Neugier").code == 4
    told = " ".join(fine(*ASKING, "--last", "999").out.split())
    assert "Protokoll gelesen · abgelehnt: Dazu fehlte die Berechtigung." in told
    assert "Person eingetragen · Frau Yıldız (yildiz)" in told


@pytest.mark.usefixtures("number")
def test_who_is_in_no_directory_and_in_no_entry_is_no_empty_answer() -> None:
    answer = lotse(*ASKING, "--person", "Frau Gibtesnicht")
    assert (answer.code, answer.out) == (3, "")
    assert "lotse user list" in answer.err
    fine("user", "add", "nowak", "Frau Brandt", "--role", "planner", "--as", "it")
    answer = lotse(*ASKING, "--person", "Frau Brandt")
    assert answer.code == 2
    assert "brandt, nowak" in answer.err


@pytest.mark.usefixtures("office")
def test_a_change_of_role_and_a_rotation_say_from_what_to_what() -> None:
    fine("user", "add", "brandt", "Frau Brandt", "--role", "case_worker", "--role", "planner", "--as", "it")
    fine("keys", "rotate", "--as", "it")
    told = " ".join(fine(*ASKING, "--last", "99").out.split())
    assert (
        "Person eingetragen · Frau Brandt (brandt) · "
        "Rolle: Fachkraft Frühe Hilfen → Fachkraft Frühe Hilfen, Jugendhilfeplanung" in told
    )
    assert "Hauptschlüssel gewechselt · von Version 1 auf 2 · begonnen" in told
    assert "Hauptschlüssel gewechselt · von Version 1 auf 2 · abgeschlossen" in told


@pytest.mark.usefixtures("office")
def test_why_the_process_refused_a_step_is_told_as_the_fachkraft_read_it() -> None:
    number = str(fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json").json["number"])
    assert lotse("case", "do", number, "close", "--set", "reason=moved").code == 4
    (refused,) = shown("--kind", "Ablehnungen")
    assert str(refused["reason"]).startswith("guard:")
    told = " ".join(fine(*ASKING, "--kind", "Ablehnungen").out.split())
    assert "abgelehnt: Es fehlt die Ersteinschätzung, ob ein Kind in Gefahr ist." in told
    assert "guard:" not in told


@pytest.mark.usefixtures("office")
def test_a_restore_says_who_asked_and_who_approved(tmp_path: Path) -> None:
    backup = tmp_path / "montag.backup"
    fine("backup", "create", backup, "--as", "okafor")
    fine("backup", "restore", backup, "--request", "--as", "brandt", "--reason", "Platte defekt")
    fine("backup", "restore", backup, "--approve", "--as", "okafor")
    told = " ".join(fine(*ASKING, "--kind", "Sicherungen").out.split())
    assert "beantragt von Frau Brandt (brandt) · freigegeben von Frau Okafor (okafor) · SHA-256 " in told


@pytest.fixture
def erased(office: Path) -> str:  # noqa: ARG001 - the office
    """The number of a case that has been erased, with a case before and one after it."""
    numbers = [str(fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json").json["number"])
               for _ in range(3)]  # fmt: skip
    fine("case", "do", numbers[1], "triage-no")
    fine("case", "do", numbers[1], "close", "--set", "reason=duplicate")
    fine("retention", "request", numbers[1], "--ground", "family_request")
    fine("retention", "approve", numbers[1], "--as", "okafor")
    return numbers[1]


def test_an_erased_case_is_found_by_its_number_although_its_row_is_gone(erased: str) -> None:
    found = shown("--case", erased)
    assert [entry["action"] for entry in found if entry.get("outcome") == "done"][:1] == ["log"]
    assert {entry["case"] for entry in found} == {found[0]["case"]}
    assert "erased" in {entry["action"] for entry in found}
    told = " ".join(fine(*ASKING, "--case", erased, "--kind", "Löschungen").out.split())
    assert "genehmigt von Frau Okafor (okafor) · Grund: Verlangen der Familie (Art. 17 DSGVO)" in told
    out = fine("audit", "disclosures", erased, "--as", "vogt", "--reason", "Auskunft").out
    assert out.startswith(f"Weitergaben, gelöschter Fall {erased}")


def test_looking_for_an_erased_case_is_on_record_and_for_auditors_alone(erased: str) -> None:
    before = len(shown("--last", "999"))
    assert lotse("audit", "show", "--case", erased, "--as", "brandt", "--reason", "Neugier").code == 3
    assert lotse("audit", "show", "--case", erased, "--as", "vogt").code == 2
    assert lotse(*ASKING, "--case", "FH-2026-0099").code == 3
    newest = shown("--last", "999")
    looks = [entry for entry in newest[: len(newest) - before - 1] if entry["action"] == "log"]
    assert [look.get("purpose") for look in looks] == ["Stichprobe"]
