"""`lotse retention`: what is due, asking, holding, approving by two persons, and what is said of what is gone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import adapters.lotse
from tests.cli.program import Answer, fine, lotse

pytestmark = pytest.mark.usefixtures("office")


def a_closed_case(reason: str = "duplicate") -> str:
    """The number of a case that was taken in and closed at once."""
    answer = fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json")
    number = str(json.loads(answer.out)["number"])
    fine("case", "do", number, "triage-no")
    fine("case", "do", number, "close", "--set", f"reason={reason}")
    return number


def a_refused_case() -> str:
    """The number of a case whose family said no."""
    answer = fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json")
    number = str(json.loads(answer.out)["number"])
    fine("case", "do", number, "withdraw_consent")
    fine("case", "do", number, "triage-no")
    fine("case", "do", number, "close", "--set", "reason=consent_withdrawn")
    return number


def in_days(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the office's clock run ahead, for as long as the test lasts."""
    monkeypatch.setattr(adapters.lotse, "now", lambda: datetime.now(UTC) + timedelta(days=days))


def verified() -> Answer:
    return fine("audit", "verify", "--decrypt", "--replay")


def test_a_family_asks_two_persons_erase_and_the_number_says_so_ever_after(office: Path) -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "family_request")
    waiting = fine("retention", "requests", "--as", "okafor", "--json").json
    assert [(each["name"], each["ground"], each["requested_by"]) for each in waiting] == [
        (number, "family_request", "fachkraft")
    ]
    tried = fine("retention", "approve", number, "--dry-run", "--as", "okafor")
    assert f"{number} würde gelöscht:" in tried.out
    assert "versiegelte Inhalte im Protokoll" in tried.out
    assert "Es bleiben:" in tried.out
    assert fine("case", "show", number).code == 0
    done = fine("retention", "approve", number, "--as", "okafor")
    assert f"{number} ist gelöscht:" in done.out
    assert "Version 1 des Hauptschlüssels" in done.err
    shown = lotse("case", "show", number)
    assert (shown.code, shown.err.strip()) == (3, "Der Fall mit dieser Nummer wurde gelöscht.")
    assert number not in fine("case", "list").out
    verified()
    said = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").out
    assert all(f'"{action}"' in said for action in ("erasure_requested", "erased", "close", "triage(no)"))
    assert "Beispiel-Kiefer" not in said
    assert fine("retention", "scrub").out == "Die Datenbankdatei ist neu geschrieben.\n"
    (told,) = json.loads((office / "keys" / "erasures.json").read_bytes())["erased"]
    assert (set(told), told["kek_version"]) == ({"case", "key_id", "kek_version", "at"}, 1)
    assert (office / "keys" / "erasures.json").stat().st_mode & 0o077 == 0
    assert fine("case", "new", "self", "--set", "surname=Neu", "--json").json["number"] != number


def test_what_goes_is_what_the_dry_run_said() -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "unlawful")
    tried = fine("retention", "approve", number, "--dry-run", "--json", "--as", "vogt").json
    done = fine("retention", "approve", number, "--json", "--as", "vogt").json
    assert (tried.pop("dry_run"), done.pop("dry_run")) == (True, False)
    for answer in (tried, done):
        answer["erased"][0].pop("entries")
    assert tried == done
    assert done["erased"][0]["cases"] == 1
    assert done["erased"][0]["contents"] >= 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("approve", "{}", "--as", "okafor"), 4, "Hier ist keine Löschung beantragt"),
        (("withdraw", "{}", "--as", "okafor"), 4, "Hier ist keine Löschung beantragt"),
        (("release", "{}", "--as", "okafor"), 4, "nicht von der Löschung gesperrt"),
        (("hold", "{}", "--reason", "x"), 4, "Leitung oder Datenschutz"),
        (("hold", "{}", "--as", "okafor"), 2, "--reason"),
        (("request", "{}", "--ground", "retention"), 4, "wird noch bis"),
        (("request", "{}", "--ground", "access_log"), 2, "--ground"),
        (("request", "{}"), 2, "family_request"),
        (("request", "{}", "--ground", "unlawful", "--as", "yildiz"), 4, ""),
        (("request", "FH-2020-0001", "--ground", "unlawful"), 3, "gibt es nicht"),
        (("request", "access/1999", "--as", "vogt"), 3, "Zugriffe dieses Jahres gibt es nicht"),
        (("approve",), 2, "--all-due"),
        (("approve", "{}", "--all-due"), 2, "--all-due"),
        (("requests",), 4, "Leitung und Datenschutz"),
        (("run",), 4, "Leitung und Datenschutz"),
    ],
)
def test_what_may_not_be_is_said_in_a_sentence(words: tuple[str, ...], code: int, said: str) -> None:
    number = a_closed_case()
    answer = lotse("retention", *(word.format(number) for word in words))
    assert answer.code == code, answer
    assert said in answer.err
    verified()


def test_nobody_approves_what_they_asked_for_and_an_open_case_is_not_erased() -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "unlawful", "--as", "okafor")
    answer = lotse("retention", "approve", number, "--as", "okafor")
    assert (answer.code, "zwei Personen" in answer.err) == (4, True)
    fine("retention", "withdraw", number, "--as", "okafor")
    assert lotse("retention", "approve", number, "--as", "vogt").code == 4
    still_open = fine("case", "new", "self", "--set", "surname=Offen", "--json").json["number"]
    answer = lotse("retention", "request", still_open, "--ground", "family_request")
    assert answer.code == 4
    assert "Widerruf der Familie erfassen und den Fall abschließen" in answer.err


def test_an_erasure_whose_program_was_killed_before_its_note_is_noted_the_next_time(office: Path) -> None:
    """Killed between commit and list: whoever asks again hears „gelöscht“, and a restore will know."""
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "family_request")
    noted = next(office.rglob("erasures.json"))
    before = noted.read_bytes()
    fine("retention", "approve", number, "--as", "vogt")
    noted.write_bytes(before)
    assert lotse("retention", "approve", number, "--as", "vogt").code != 0
    assert json.loads(noted.read_bytes())["erased"]


def test_a_hold_keeps_a_case_and_its_reason_is_for_who_reads_the_case_alone() -> None:
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "unlawful")
    fine("retention", "hold", number, "--reason", "Klage der Familie Beispiel-Kiefer", "--as", "vogt")
    answer = lotse("retention", "approve", number, "--as", "okafor")
    assert (answer.code, "gesperrt" in answer.err) == (4, True)
    assert "gesperrt" in fine("retention", "due", "--all", "--as", "okafor").out
    log = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe")
    assert "Beispiel-Kiefer" not in log.out
    fine("retention", "release", number, "--as", "okafor")
    fine("retention", "approve", number, "--as", "okafor")
    verified()


def test_what_is_due_is_asked_for_by_one_and_approved_as_a_whole_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After thirty days the two refused cases go, one of them held; the closed one stays."""
    refused, held, closed = a_refused_case(), a_refused_case(), a_closed_case()
    fine("retention", "hold", held, "--reason", "Beschwerde", "--as", "vogt")
    assert all(not each["due"] for each in fine("retention", "due", "--as", "vogt", "--json").json)
    later = (datetime.now(UTC) + timedelta(days=31)).date().isoformat()
    planned = {
        each["name"]: each for each in fine("retention", "due", "--as", "vogt", "--at", later, "--json").json
    }
    assert {name for name, each in planned.items() if each["due"]} == {refused, held}
    assert (planned[refused]["class"], planned[closed]["class"]) == ("no_consent", "closed")
    assert planned[held]["held"]
    in_days(monkeypatch, 31)
    assert refused in fine("retention", "run", "--dry-run", "--as", "vogt").out
    assert [each["name"] for each in fine("retention", "run", "--as", "vogt", "--json").json] == [refused]
    own = fine("retention", "approve", "--all-due", "--as", "vogt")
    assert (own.out, f"{refused} bleibt" in own.err) == ("Nichts wird gelöscht.\n", True)
    tried = fine("retention", "approve", "--all-due", "--dry-run", "--as", "okafor")
    assert (refused in tried.out, held in tried.out) == (True, False)
    fine("retention", "approve", "--all-due", "--as", "okafor")
    assert lotse("case", "show", refused).code == 3
    assert fine("case", "show", held).code == fine("case", "show", closed).code == 0
    assert fine("retention", "run", "--as", "vogt").out == "Nichts ist fällig.\n"
    verified()


def test_the_accesses_of_a_year_go_when_two_whole_years_have_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    number = a_closed_case()
    fine("case", "show", number)
    year = datetime.now(UTC).year
    early = lotse("retention", "request", f"access/{year}", "--as", "vogt")
    assert (early.code, f"bis 31.12.{year + 2}" in early.err) == (4, True)
    in_days(monkeypatch, 366 * 3)
    fine("retention", "request", f"access/{year}", "--as", "vogt")
    done = fine("retention", "approve", f"access/{year}", "--as", "okafor", "--json").json
    assert done["erased"][0]["entries"] > 0
    verified()
    fine("case", "show", number)


def test_the_list_is_by_class_with_its_term_and_names_nobody() -> None:
    number = a_closed_case()
    out = fine("retention", "due", "--all", "--as", "okafor").out
    assert "abgeschlossen (Frist: 3 Jahre): 1 aufbewahrt" in out
    assert "Kinderschutz (§ 8a SGB VIII) (Frist: nicht festgelegt): nichts" in out
    assert number in out
    assert "Beispiel-Kiefer" not in out
    assert number in fine("retention", "due", "--all").out
    assert number not in fine("retention", "due", "--all", "--as", "brandt").out
