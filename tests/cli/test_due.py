"""`lotse due`: what a Fachkraft reads in the morning."""

from pathlib import Path

import pytest

from tests.cli.families import asked, handed_over
from tests.cli.program import CLINIC, fine, lotse


def test_a_new_office_has_nothing_to_do_and_is_told_where_its_keys_lie(place: Path) -> None:
    answer = fine("due", "--at", "2026-11-25")
    assert (
        answer.out == "Heute, Mittwoch, 25.11.2026 · Fachkraft Frühe Hilfen\n\nFür heute ist alles getan.\n"
    )
    assert f"Neuer Speicher angelegt: {place}/data." in answer.err
    assert str(place / "keys") in answer.err


@pytest.mark.usefixtures("office")
def test_when_all_is_done_the_next_deadline_is_named() -> None:
    fine("case", "new", "unclear", "--set", "surname=Beispiel", "--at", "2026-11-12")
    assert (
        "Für heute ist alles getan. Die nächste Frist ist am Dienstag, 17.11."
        in fine("due", "--at", "2026-11-12").out
    )


@pytest.mark.usefixtures("imported")
def test_danger_comes_before_everything_that_is_overdue() -> None:
    lines = fine("due", "--at", "2026-11-16").out.splitlines()
    assert lines[2] == "Gefahr – zuerst (2)"
    assert [line.split()[0] for line in lines[3:5]] == ["FH-2026-0006", "FH-2026-0009"]


@pytest.mark.usefixtures("imported")
def test_rows_say_number_day_how_late_and_what() -> None:
    out = fine("due", "--at", "2026-11-14").out
    assert "  FH-2026-0001  Do 29.10.  seit 16 Tagen  Einwilligung klären · Eingegangen\n" in out


@pytest.mark.usefixtures("imported")
def test_the_list_names_no_family() -> None:
    out = fine("due", "--all", "--at", "2026-11-14").out + fine("due", "--json", "--at", "2026-11-14").out
    for name in ("Nowak", "Öztürk", "Jasmin", "02307", "Jahnstraße", "Trisomie"):
        assert name not in out


@pytest.mark.usefixtures("imported")
def test_at_80_columns_no_line_is_longer() -> None:
    assert max(map(len, fine("due", "--all", "--at", "2026-11-14").out.splitlines())) <= 80


@pytest.mark.usefixtures("imported")
def test_what_is_far_off_is_counted_and_shown_on_request() -> None:
    some, everything = fine("due", "--at", "2026-10-27").out, fine("due", "--all", "--at", "2026-10-27").out
    assert "weitere: lotse due --all" in some
    assert "weitere" not in everything
    assert len(everything.splitlines()) > len(some.splitlines())


@pytest.mark.usefixtures("imported")
def test_for_programs_each_item_has_the_same_keys() -> None:
    answer = fine("due", "--json", "--at", "2026-11-14").json
    assert (answer["day"], answer["person"]) == ("2026-11-14", "fachkraft")
    keys = {
        "heading",
        "number",
        "what",
        "obligation",
        "due",
        "days",
        "state",
        "remark",
        "for_whom",
        "keeper",
        "opening",
    }
    assert all(set(item) == keys for item in answer["items"])
    first = next(item for item in answer["items"] if item["number"] == "FH-2026-0001")
    assert (first["heading"], first["obligation"], first["due"], first["days"]) == (
        "overdue",
        "consent",
        "2026-10-29",
        -16,
    )


@pytest.mark.usefixtures("imported")
def test_another_person_has_another_list() -> None:
    assert fine("due", "--as", "brandt", "--at", "2026-11-14", "--json").json["items"] == []


@pytest.mark.usefixtures("office")
def test_somebody_who_does_not_work_here_is_not_found() -> None:
    answer = lotse("due", "--as", "niemand")
    assert (answer.code, answer.err) == (
        3,
        "Diese Person gibt es hier nicht. Nächster Schritt: lotse user list.\n",
    )


@pytest.mark.usefixtures("imported")
def test_reading_the_list_is_on_record() -> None:
    fine("due")
    log = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").json
    assert [entry["action"] for entry in log[:2]] == ["log", "worklist"]
    assert CLINIC.name not in str(log)


@pytest.mark.usefixtures("imported")
def test_many_overdue_cases_of_one_kind_stand_in_one_line_and_singly_on_request() -> None:
    short, whole = fine("due", "--at", "2026-11-23").out, fine("due", "--all", "--at", "2026-11-23").out
    items = [
        i for i in fine("due", "--json", "--at", "2026-11-23").json["items"] if i["heading"] == "overdue"
    ]
    crowds = {i["what"] for i in items if sum(i["what"] == other["what"] for other in items) > 12}
    assert crowds
    text = " ".join(short.split())
    for item in items:
        assert item["number"].rpartition("-")[2] in text
        assert item["number"] in whole
    for what in crowds:
        count = sum(item["what"] == what for item in items)
        assert f"{what} ({count}): FH-2026-" in text
    assert len(short.splitlines()) < len(whole.splitlines())


@pytest.mark.usefixtures("imported")
def test_danger_is_never_told_as_one_of_many() -> None:
    lines = fine("due", "--at", "2026-11-23").out.splitlines()
    items = fine("due", "--json", "--at", "2026-11-23").json["items"]
    for item in items:
        if item["obligation"] == "danger":
            assert any(line.startswith(f"  {item['number']}  ") for line in lines)


@pytest.mark.usefixtures("office")
def test_leitung_reads_whose_case_each_line_is_and_the_fachkraft_not_her_own_name() -> None:
    number = str(
        fine("case", "new", "unclear", "--set", "surname=Beispiel", "--at", "2026-11-12", "--json").json[
            "number"
        ]
    )
    mine = fine("due", "--at", "2026-11-19").out
    office = " ".join(fine("due", "--at", "2026-11-19", "--as", "okafor").out.split())
    assert f"{number}  Di 17.11.  seit 2 Tagen  Einwilligung klären · Eingegangen" in mine
    assert f"{number} Di 17.11. seit 2 Tagen Einwilligung klären · Fachkraft Frühe Hilfen" in office
    (item,) = fine("due", "--at", "2026-11-19", "--as", "okafor", "--json").json["items"]
    assert item["keeper"] == "Fachkraft Frühe Hilfen"


def test_what_a_midwife_declined_came_back_to_the_fachkraft_and_not_to_leitung(
    office: Path, tmp_path: Path
) -> None:
    assert office.exists()
    number = asked(tmp_path)
    fine(
        "case",
        "do",
        number,
        "decline",
        "--to",
        "yildiz",
        "--as",
        "yildiz",
        "--set",
        "reason=Kein Platz",
        "--at",
        "2026-11-17T09:00",
    )
    assert "Zurück an Sie (1)" in fine("due", "--at", "2026-11-17").out
    assert "Zurück an die Fachkraft (1)" in fine("due", "--at", "2026-11-17", "--as", "okafor").out


def test_a_midwife_reads_of_a_withdrawal_on_her_list_and_why_the_case_is_gone(
    office: Path, tmp_path: Path
) -> None:
    assert office.exists()
    number = handed_over(tmp_path)
    fine("case", "do", number, "withdraw-consent", "--set", "said_by=Mutter", "--set", "channel=phone")
    out = fine("due", "--as", "yildiz").out
    assert "Bitte beachten (1)" in out
    assert "bitte keinen Kontakt mehr aufnehmen" in out
    refused = lotse("case", "show", number, "--as", "yildiz")
    assert refused.code == 4
    assert refused.err.startswith("Die Familie hat widerrufen: bitte keinen Kontakt mehr aufnehmen.")
