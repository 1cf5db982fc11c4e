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
def test_a_person_is_found_by_id_and_by_name_and_may_be_unknown() -> None:
    assert [entry["action"] for entry in shown("--person", "Frau Yıldız", "--kind", "Schritte")] == [
        "accept:r"
    ]
    assert {entry["actor"] for entry in shown("--person", "system")} == {"system"}
    assert {entry["concerned"] for entry in shown("--person", "brandt") if "concerned" in entry} == {"brandt"}
    assert shown("--person", "gibt-es-nicht") == []


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
    assert "Protokoll gelesen · abgelehnt: keine Berechtigung" in told
    assert "Person eingetragen · Frau Yıldız (yildiz)" in told
