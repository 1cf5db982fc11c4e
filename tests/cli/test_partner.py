"""`lotse institution …` and `lotse partner …`, run as people run them: a clinic joins, refers, answers, takes back."""

import json
from pathlib import Path

import pytest

from tests.cli.program import fine, lotse

FAMILY = {"surname": "Musterfrau", "first_name": "Mia", "phone": "0151 00000042", "given_on": "heute"}
CLINIC = ("--as", "station3")


@pytest.fixture
def clinic(office: Path, tmp_path: Path) -> Path:
    """A clinic with an agreement and somebody to speak for it; gives the file of a referral."""
    del office
    fine(
        "institution", "put", "nordstadt", "Klinikum Nordstadt", "--kind", "birth_clinic", "--agreement", "NV 3",
        "--as", "okafor",
    )  # fmt: skip
    invited = fine("institution", "invite", "nordstadt", "station3", "Dr. Station", "--as", "okafor")
    assert "/link#invitation." in invited.out
    assert "14 Tage" in invited.err
    file = tmp_path / "meldung.json"
    file.write_text(json.dumps(FAMILY))
    return file


def referred(file: Path, consent: str = "written") -> str:
    answer = fine("partner", "refer", consent, "--from", file, *CLINIC, "--json").json
    return str(answer["reference"])


def test_a_referral_gets_a_kennzeichen_and_a_day_and_no_number(clinic: Path) -> None:
    told = fine("partner", "refer", "written", "--from", clinic, *CLINIC)
    first, second = told.out.splitlines()
    assert first.startswith("Aufgenommen. Kennzeichen: ")
    assert second.startswith("Wir melden uns bei der Familie bis ")
    (own,) = fine("partner", "list", *CLINIC, "--json").json
    assert (own["reference"], own["status"]) == (first.split()[-1], None)
    everything = fine("partner", "list", *CLINIC).out + fine("partner", "show", own["reference"], *CLINIC).out
    assert "FH-" not in everything
    assert "Muster" not in everything


@pytest.mark.usefixtures("clinic")
def test_not_yet_is_a_sentence_and_leaves_nothing() -> None:
    answer = lotse("partner", "refer", "not_yet", *CLINIC)
    assert answer.code == 4
    assert "Es wurde nichts gespeichert." in answer.err
    assert fine("partner", "list", *CLINIC).out == "Keine Meldungen Ihrer Einrichtung.\n"


def test_the_question_is_answered_and_a_mistake_is_taken_back(clinic: Path) -> None:
    reference = referred(clinic, "unclear")
    assert "Antwort bis" in fine("partner", "show", reference, *CLINIC).out
    no_form = lotse("partner", "answer", reference, "ja", *CLINIC)
    assert (no_form.code, "Form" in no_form.err) == (2, True)
    fine("partner", "answer", reference, "ja", "--set", "form=written", *CLINIC)
    assert fine("partner", "show", reference, *CLINIC, "--json").json["answer_until"] is None
    fine("partner", "withdraw", reference, "--reason", "falsche Familie", *CLINIC)
    assert "zurückgezogen" in fine("partner", "show", reference.lower(), *CLINIC).out
    second = referred(clinic, "unclear")
    fine("partner", "answer", second, "nein", *CLINIC)


def test_another_institution_and_the_house_itself_find_nothing_by_a_kennzeichen(clinic: Path) -> None:
    reference = referred(clinic)
    fine("institution", "put", "sued", "Praxis Süd", "--kind", "paediatrician", "--as", "okafor")
    fine("institution", "invite", "sued", "praxis", "Dr. Wartezimmer", "--as", "okafor")
    for who in ("praxis", "fachkraft", "okafor"):
        answer = lotse("partner", "show", reference, "--as", who)
        assert (answer.code, "gibt es unter Ihren Meldungen nicht" in answer.err) == (3, True)
    refused = lotse("partner", "refer", "written", "--from", clinic, "--as", "praxis")
    assert (refused.code, "keine Netzwerkvereinbarung" in refused.err) == (4, True)


def test_a_renamed_clinic_finds_what_it_has_sent(clinic: Path) -> None:
    reference = referred(clinic)
    renamed = fine("institution", "put", "nordstadt", "Klinik am Park", "--as", "it")
    assert renamed.out == "Klinik am Park (nordstadt): Geburtsklinik · NV 3\n"
    assert fine("partner", "show", reference, *CLINIC).code == 0
    (listed,) = fine("institution", "list", "--json").json
    assert (listed["former_names"], listed["may_refer"]) == (["Klinikum Nordstadt"], True)
    taken = lotse("institution", "put", "neu", "Klinikum Nordstadt", "--as", "okafor")
    assert (taken.code, "schon eine andere Einrichtung" in taken.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("partner", "refer", "vielleicht", *CLINIC), 2),
        (("partner", "refer", "written", "--set", "source_kind=Klinik", *CLINIC), 2),
        (("partner", "refer", "written", "--set", "responsible=fachkraft", *CLINIC), 2),
        (("partner", "answer", "CCC-CCC", "jein", *CLINIC), 2),
        (("partner", "show", "CCC-CCC", *CLINIC), 3),
        (("partner", "show", "\x00", *CLINIC), 3),
        (("partner", "withdraw", "CCC-CCC", "--reason", "x", *CLINIC), 3),
        (("institution", "put", "A B", "Kita", "--as", "okafor"), 2),
        (("institution", "put", "kita", "Kita", "--kind", "kloster", "--as", "okafor"), 2),
        (("institution", "put", "kita", "Kita", "--until", "morgen", "--as", "okafor"), 2),
        (("institution", "put", "kita", "Kita", "--as", "brandt"), 4),
        (("institution", "invite", "niemand", "x", "Frau X", "--as", "okafor"), 2),
        (("institution", "invite", "nordstadt", "brandt", "Frau X", "--as", "okafor"), 2),
        (("institution", "invite", "nordstadt", "x", "Frau X", "--as", "brandt"), 4),
    ],
)
@pytest.mark.usefixtures("clinic")
def test_what_does_not_fit_is_a_german_sentence(words: tuple[str, ...], code: int) -> None:
    answer = lotse(*words)
    assert answer.code == code, answer
    assert answer.err.strip()
    assert "Traceback" not in answer.err
    assert "Unerwarteter Fehler" not in answer.err
