"""`lotse asd …`, run as the ASD runs it; and `lotse handover …` as Leitung does at the end of a quarter."""

from pathlib import Path

import pytest

from tests.cli.program import fine, lotse
from tests.cli.test_office import a_case

ASD = ("--as", "dienst")


@pytest.fixture
def asd(office: Path) -> Path:
    fine("user", "add", "dienst", "Frau Dienst", "--role", "asd_worker", "--as", "okafor")
    return office


def escalated() -> str:
    number = a_case()
    fine("case", "do", number, "triage-yes", "--set", "indications=blaue Flecken")
    fine("case", "do", number, "escalate(urgent)", "--set", "told=Frau Dienst")
    return number


@pytest.mark.usefixtures("asd")
def test_the_inbox_names_the_telephone_way_until_somebody_has_confirmed() -> None:
    number = escalated()
    seen = fine("asd", "inbox", *ASD)
    assert (number in seen.out, "unbestätigt" in seen.out, "110" in seen.err) == (True, True, True)
    fine("case", "do", number, "confirm_receipt", "--set", "confirmed_by=Frau Dienst", *ASD)
    assert fine("asd", "inbox", *ASD).err == ""
    (told,) = fine("asd", "inbox", *ASD, "--json").json
    assert (told["number"], told["urgent"], told["way"], told["told"]) == (
        number, True, None, ["contact", "child", "address"],
    )  # fmt: skip


@pytest.mark.usefixtures("asd")
def test_a_question_and_its_answer_are_read_by_both() -> None:
    number = escalated()
    fine("case", "do", number, "ask", "--set", "question=Wann zuletzt besucht?", *ASD)
    assert "Rückfrage des ASD beantworten" in fine("due").out
    assert "Rückfrage offen" in fine("asd", "inbox", *ASD).out
    fine("case", "do", number, "reply", "--set", "answer=Am Montag.")
    shown = fine("asd", "show", number, *ASD).out
    assert "Frage, Frau Dienst: Wann zuletzt besucht?" in shown
    assert "Am Montag." in shown
    assert "Wann zuletzt besucht?" in " ".join(fine("case", "show", number).out.split())


@pytest.mark.usefixtures("asd")
def test_who_is_not_the_asd_does_not_look_in() -> None:
    number = escalated()
    for who in ("fachkraft", "okafor", "yildiz"):
        assert lotse("asd", "inbox", "--as", who).code == 4
        assert lotse("asd", "show", number, "--as", who).code == 4
    assert lotse("asd", "show", "FH-2026-9999", *ASD).code == 3


def handed() -> str:
    number = a_case()
    corrected = ("field=born", "value=10.11.2026", "reason=nachgetragen")
    fine("case", "do", number, "correct", *[word for each in corrected for word in ("--set", each)])
    for step in ("triage-no", "check_consent-yes"):
        fine("case", "do", number, step)
    fine("case", "do", number, "reach_family", "--set", "channel=phone")
    consent = ("form=written", "given_on=heute", "giver=Mutter", "purpose=Begleitung", "fields=contact,child")
    given = [word for each in consent for word in ("--set", each)]
    fine("case", "do", number, "record_consent", "--to", "yildiz", *given)
    fine("case", "do", number, "propose_handover", "--to", "yildiz", "--set", "fields=contact")
    fine("case", "do", number, "accept", "--to", "yildiz", "--as", "yildiz")
    return number


@pytest.mark.usefixtures("office")
def test_leitung_counts_looks_and_remarks() -> None:
    number = handed()
    shown = fine("handover", "check", "--as", "okafor", "--json").json
    assert shown["counts"] == {
        "unanswered": 0, "overdue": 0, "declined": 0, "without_proof": 0, "unreviewed": 1,
    }  # fmt: skip
    assert fine("handover", "check", "--check", "overdue", "--as", "okafor").out.endswith(
        "Keine Übergaben.\n"
    )
    done = fine("handover", "review", number, "--remark", "Frist eingehalten.", "--as", "okafor")
    assert done.out == f"Geprüft: Übergabe an Frau Yıldız, {number}.\n"
    (told,) = fine("handover", "check", "--as", "okafor", "--json").json["items"]
    assert [each["remark"] for each in told["reviews"]] == ["Frist eingehalten."]
    assert "geprüft" in fine("handover", "check", "--as", "okafor").out
    assert "Übergabe mit Vermerk geprüft" in fine("audit", "handovers", number, "--as", "okafor").out


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "--as", "brandt"), 4),
        (("check", "--as", "vogt"), 2),
        (("check", "--check", "alles", "--as", "okafor"), 2),
        (("check", "--from", "neulich", "--as", "okafor"), 2),
        (("review", "FH-2026-9999", "--remark", "x", "--as", "okafor"), 3),
        (("review", "1", "--remark", " ", "--as", "okafor"), 2),
        (("review", "1", "--remark", "gut", "--as", "fachkraft"), 4),
        (("review", "1", "--remark", "gut", "--as", "brandt"), 4),
        (("review", "1", "--remark", "gut", "--to", "storch", "--as", "okafor"), 3),
    ],
)
def test_what_does_not_fit_or_is_not_theirs_is_a_sentence(words: tuple[str, ...], code: int) -> None:
    handed()
    answer = lotse("handover", *words)
    assert answer.code == code, answer
    assert "Unerwarteter Fehler" not in answer.err
