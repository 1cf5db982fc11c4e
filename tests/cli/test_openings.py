"""`lotse case open` and `lotse openings …`, run as people run them. The office: fachkraft, brandt, okafor (Leitung)."""

import pytest

from tests.cli.program import fine, lotse
from tests.cli.test_office import a_case
from workflow.office import OpeningKind

WHY = "Mia ruft an"


@pytest.mark.usefixtures("office")
def test_an_emergency_is_opened_listed_ended_and_reviewed() -> None:
    number = a_case("--as", "brandt")
    assert lotse("case", "show", number).code == 4
    taken = fine("case", "open", number, "--reason", WHY)
    assert taken.out.startswith("Notfallzugriff: offen für fachkraft bis ")
    assert "Leitung erfährt davon" in taken.err
    assert lotse("case", "show", number).code == 0
    assert any(
        "Vertretung" in item["for_whom"] or item["for_whom"] for item in fine("due", "--json").json["items"]
    )
    assert "Notfallzugriff prüfen" in fine("due", "--as", "okafor").out
    (opening,) = fine("openings", "list", "--json", "--as", "okafor").json
    assert (opening["number"], opening["kind"], opening["reviewed_by"]) == (number, "emergency", None)
    short = opening["id"][:8]
    early = lotse("openings", "review", short, "--remark", "gut", "--as", "okafor")
    assert (early.code, "läuft noch" in early.err) == (4, True)
    fine("openings", "end", short)
    assert lotse("case", "show", number).code == 4
    assert fine("openings", "review", short, "--remark", "gut", "--as", "okafor").out == (
        "Geprüft: Notfallzugriff von fachkraft.\n"
    )
    everything = fine("openings", "list", "--as", "okafor").out + fine("due", "--as", "okafor").out
    assert "Mia" not in everything
    assert "prüfen" not in fine("due", "--as", "okafor").out


@pytest.mark.usefixtures("office")
def test_what_somebody_may_not_open_is_refused_and_what_is_not_there_not_found() -> None:
    number = a_case("--as", "brandt")
    own = lotse("case", "open", number, "--reason", WHY, "--as", "brandt")
    assert (own.code, "steht Ihnen schon offen" in own.err) == (4, True)
    assert lotse("case", "open", number, "--reason", WHY, "--as", "yildiz").code == 4
    assert lotse("case", "open", "FH-2026-9999", "--reason", WHY).code == 3
    assert lotse("openings", "end", "ffffffff").code == 3
    assert fine("openings", "list", "--as", "yildiz").out == "Keine.\n"


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    "words",
    [
        ("--reason", " "),
        ("--reason", WHY, "--kind", "neugier"),
        ("--reason", WHY, "--kind", "advice"),
        ("--reason", WHY, "--whom", "okafor"),
        ("--reason", WHY, "--kind", "clarify", "--whom", "niemand"),
        (),
    ],
)
def test_what_cannot_be_meant_is_said_and_never_repeated(words: tuple[str, ...]) -> None:
    number = a_case("--as", "brandt")
    answer = lotse("case", "open", number, *words, "--as", "brandt")
    assert answer.code == 2
    assert not any(secret in answer.err for secret in ("Mia", "niemand"))
    assert fine("openings", "list", "--json", "--as", "okafor").json == []


@pytest.mark.usefixtures("office")
def test_an_adviser_is_shown_what_was_observed_and_never_which_case() -> None:
    """Whatever command she asks with: neither the number nor a name comes back."""
    number = a_case("--as", "brandt")
    fine("user", "add", "rat", "Frau Rat", "--role", "child_protection_adviser", "--as", "okafor")
    fine("case", "do", number, "triage-yes", "--set", "indications=Das Kind wirkt matt", "--as", "brandt")
    fine("case", "open", number, "--kind", "advice", "--whom", "rat", "--reason", WHY, "--as", "brandt")
    (line,) = fine("case", "list", "--json", "--as", "rat").json
    called = line["number"]
    shown = fine("case", "show", called, "--as", "rat").out
    assert "Das Kind wirkt matt" in shown
    told = [
        fine("due", "--as", "rat"),
        fine("openings", "list", "--as", "rat"),
        fine("case", "steps", called, "--as", "rat"),
    ]
    tries = (
        ("do", called, "note", "--set", "text=x"), ("duplicates", called), ("why", called, "note"), ("show", number),
    )  # fmt: skip
    told += [lotse("case", *words, "--as", "rat") for words in tries]
    told.append(lotse("audit", "show", "--case", called, "--as", "rat"))
    everything = shown + "".join(answer.out + answer.err for answer in told)
    assert number not in everything
    assert called in everything


def test_every_kind_is_named_in_the_help() -> None:
    text = fine("case", "open", "--help").out
    assert all(kind in text for kind in OpeningKind)
