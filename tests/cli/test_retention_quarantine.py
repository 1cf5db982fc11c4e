"""What is held apart has a term: listed with its last day, purged by one person, one row of it erased before by two."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import fine, lotse
from tests.cli.test_retention import in_days, verified

pytestmark = pytest.mark.usefixtures("office")
HEAD = "Lfd;Eingang;Einrichtung;Nachname;Vorname;Geburtsdatum;Telefon;Einverständnis;Anliegen\n"
UNREADABLE = "{number};wohl neulich;Praxis Dr. Sommer;{surname};Ida;{born};{phone};ja, schriftlich;Stillen\n"
ASKED = "90;12.03.2026;Praxis Dr. Sommer;;;;;nicht gefragt;\n"


def a_list(place: Path, *rows: str) -> Path:
    file = place.parent / "liste.csv"
    file.write_text(HEAD + "".join(rows))
    return file


def unreadable(number: int, surname: str = "Lind", born: str = "01.03.2026", phone: str = "0231 5550") -> str:
    return UNREADABLE.format(number=number, surname=surname, born=born, phone=phone)


def counted(place: Path, table: str) -> int:
    with sqlite3.connect(place / "data" / "lotse.db") as connection:
        (count,) = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - a name of ours
    return int(count)


def held(place: Path) -> tuple[int, int]:
    """How many rows, and how many queries, are held apart."""
    return counted(place, "intake_quarantine"), counted(place, "consent_queries")


def bring_in(place: Path, *rows: str) -> list[str]:
    """Bring a list in; the quarantine numbers of its unreadable rows."""
    target = place.parent / "nachbessern.csv"
    target.unlink(missing_ok=True)
    fine("import", a_list(place, *rows), "--quarantine", target)
    if not target.exists():
        return []
    with target.open(encoding="utf-8-sig") as file:
        return [row["Quarantäne-Nr."] for row in csv.DictReader(file, delimiter=";")]


def test_what_nobody_mended_for_thirty_days_goes_by_one_persons_hand_and_its_number_stays(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(place, unreadable(1), unreadable(2), ASKED)
    assert held(place) == (2, 1)
    assert "Quarantäne (Frist: 30 Tage): 1 aufbewahrt" in fine("retention", "due", "--all").out
    in_days(monkeypatch, 30)
    assert fine("retention", "purge").out == "Nichts wird gelöscht.\n"
    in_days(monkeypatch, 31)
    (due,) = [each for each in fine("retention", "due", "--json").json if each["class"] == "quarantine"]
    assert (due["due"], due["requested_by"]) == (True, None)
    tried = fine("retention", "purge", "--dry-run")
    assert "2  unlesbare Zeilen aus Listen" in tried.out
    assert "1  Nachfragen bei Partnern" in tried.out
    assert held(place) == (2, 1)
    done = fine("retention", "purge")
    assert "Es bleibt im Protokoll: wie viele es waren" in done.out
    assert held(place) == (0, 0)
    verified()
    told = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").json
    (gone,) = [each for each in told if each["action"] == "erased"]
    assert gone["actor"] == "fachkraft"
    noted = json.loads((place / "keys" / "erasures.json").read_bytes())["erased"]
    assert [each["purpose"] for each in noted] == [due["name"]]
    assert fine("retention", "purge").out == "Nichts wird gelöscht.\n"


@pytest.mark.parametrize("person", ["yildiz", "it"])
def test_who_brings_in_no_lists_and_answers_for_no_data_empties_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, person: str
) -> None:
    bring_in(place, unreadable(1))
    in_days(monkeypatch, 31)
    answer = lotse("retention", "purge", "--as", person)
    assert (answer.code, "Fachkraft, Leitung oder Datenschutz" in answer.err) == (4, True)
    assert held(place) == (1, 0)
    told = fine(
        "audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--kind", "refusals", "--json"
    ).json
    assert ("erased", person) in [(each["action"], each["actor"]) for each in told]
    verified()


def test_the_same_list_again_does_not_prolong_the_term(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise whoever sends the whole list each week would keep an unreadable row for ever."""
    bring_in(place, unreadable(1))
    in_days(monkeypatch, 20)
    bring_in(place, unreadable(1))
    in_days(monkeypatch, 31)
    fine("retention", "purge")
    assert held(place) == (0, 0)


def test_a_row_that_was_purged_may_come_again_and_mended_it_is_taken_in(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The term ends what lies there, not the family's way to help."""
    bring_in(place, unreadable(1))
    in_days(monkeypatch, 31)
    fine("retention", "purge")
    bring_in(place, unreadable(1))
    assert held(place) == (1, 0)
    assert fine("import", a_list(place, unreadable(1).replace("wohl neulich", "12.03.2026"))).code == 0
    assert "Lind" in fine("case", "find", "Lind").out
    verified()


def test_at_a_familys_demand_two_persons_erase_one_row_and_the_old_list_does_not_bring_it_back(
    place: Path,
) -> None:
    first, second = bring_in(place, unreadable(1), unreadable(2, surname="Vogel", phone="0231 7770"))
    assert "Beantragt: " + first in fine("retention", "request", first, "--ground", "family_request").out
    (waiting,) = fine("retention", "requests", "--as", "vogt", "--json").json
    assert waiting["name"] == first
    own = lotse("retention", "approve", first)
    assert (own.code, "zwei Personen" in own.err or "Leitung oder Datenschutz" in own.err) == (4, True)
    assert "würde gelöscht" in fine("retention", "approve", first, "--dry-run", "--as", "vogt").out
    fine("retention", "approve", first, "--as", "vogt")
    assert held(place) == (1, 0)
    assert bring_in(place, unreadable(1), unreadable(2, surname="Vogel", phone="0231 7770")) == [second]
    again = lotse("retention", "request", first, "--ground", "family_request")
    assert (again.code, "liegt nicht (mehr) in der Quarantäne" in again.err) == (3, True)
    verified()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("request", "9-0123456789ab", "--ground", "family_request"), 3, "nicht (mehr) in der Quarantäne"),
        (("request", "{}", "--ground", "retention", "--as", "okafor"), 4, "passt nicht zu einer Zeile"),
        (("request", "{}", "--ground", "family_request", "--as", "yildiz"), 4, "zuständige Fachkraft"),
        (("request", "{day}", "--ground", "unlawful", "--as", "okafor"), 4, "lotse retention purge"),
        (("approve", "{}", "--as", "okafor"), 4, "keine Löschung beantragt"),
        (("hold", "{}", "--reason", "x", "--as", "okafor"), 3, "gibt es nicht"),
    ],
)
def test_what_may_not_be_is_said_in_a_sentence(
    place: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (called,) = bring_in(place, unreadable(1))
    (day,) = [
        each["name"] for each in fine("retention", "due", "--json").json if each["class"] == "quarantine"
    ]
    answer = lotse("retention", *(word.format(called, day=day) for word in words))
    assert (answer.code, said in answer.err) == (code, True), answer
    verified()


def test_whoever_erases_a_case_hears_of_rows_of_perhaps_the_same_family(place: Path) -> None:
    """The same phone, or the same sound of the name with the child's date; the third row is of others."""
    details = ("--set", "surname=Meier", "--set", "phone=0231 12345", "--set", "born=01.03.2026")
    number = str(fine("case", "new", "self", *details, "--json").json["number"])
    fine("case", "do", number, "triage-no")
    fine("case", "do", number, "close", "--set", "reason=duplicate")
    rows = (
        unreadable(1, surname="Mayer", phone="0221 999"),
        unreadable(2, surname="Anders", born="", phone="+49 231 12345"),
        unreadable(3, surname="Anders", phone="0221 888"),
    )
    first, second, third = bring_in(place, *rows)
    asked = fine("retention", "request", number, "--ground", "family_request")
    assert f"nennen 2 Zeilen vielleicht dieselbe Familie wie dieser Fall: {first}, {second}." in " ".join(
        asked.err.split()
    )
    tried = fine("retention", "approve", number, "--dry-run", "--as", "okafor", "--json").json
    assert tried["erased"][0]["quarantine"] == [first, second]
    done = fine("retention", "approve", number, "--as", "okafor")
    assert (first in done.err, third in done.err, "Mayer" in done.err + done.out) == (True, False, False)
    assert held(place) == (3, 0)
    told = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").json
    looked = [each["actor"] for each in told if each["action"] == "duplicates"]
    assert (looked.count("okafor"), "fachkraft" in looked) == (2, True)
    verified()
