"""The wordings of consent: a yes and a no only where every word is understood."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workflow.intake import ConsentWord, read_consent

WORDINGS = {
    ConsentWord.WRITTEN: [
        "ja, schriftlich",
        "Ja schriftl. liegt bei",
        "schriftl. liegt bei",
        "JA, SCHRIFTLICH",
        " ja  schr. ",
        "ja (schriftlich)",
        "liegt schriftlich vor",
        "schriftlich",
        "unterschrieben am 12.10.2026",
        "schriftlich erteilt",
        "ja; Einwilligung unterschrieben, Kopie anbei",
        "Schriftl. Einverständnis liegt vor",
        "j, schriftl.",
        "ja\u00a0schriftlich",
        "Schweigepflichtentbindung unterschrieben",
    ],
    ConsentWord.ORAL: [
        "ja (mündlich)",
        "ja, mdl.",
        "mündlich",
        "Ja mündl. von der Mutter",
        "ja, telefonisch",
        "MÜNDLICH",
        "ja (muendlich)",
        "ja (mu\u0308ndlich)",
        "mündlich erteilt am 3.11.",
    ],
    ConsentWord.REFUSED: [
        "nein",
        "NEIN",
        " Nein. ",
        "n",
        "abgelehnt",
        "nein, Mutter möchte keine Weitergabe",
        "Familie lehnt ab",
        "nicht einverstanden",
        "kein Einverständnis",
        "Nein danke",
        "widerrufen",
        "Eltern möchte nicht",
        "nein!",
    ],
    ConsentWord.NOT_ASKED: [
        "noch nicht gefragt",
        "Noch nicht gefragt",
        "n. gefragt",
        "nicht gefragt",
        "noch n. gefragt",
        "wird noch gefragt",
        "bisher nicht besprochen",
        "nein, noch nicht gefragt",
        "ungefragt",
        "muss noch gefragt werden",
        "noch nicht mit der Mutter besprochen",
        "Mutter noch nicht gefragt",
    ],
    ConsentWord.UNCLEAR: [
        "",
        "   ",
        "J",
        "ja",
        "liegt vor - Fax folgt",
        "ja, aber noch nicht schriftlich",
        "nicht nein",
        "ja, schriftlich folgt",
        "schriftlich?",
        "nein?",
        "ja / nein",
        "vielleicht",
        "ja, mündlich und schriftlich",
        "ja, mdl., schriftl. folgt",
        "?",
        "-",
        "nein, oder doch",
        "nicht schriftlich",
        "ja, bis 31.12. schriftlich",
        "kein nein",
        "x",
        "k. A.",
        "unbekannt",
        "schriftlich nein",
        "Mutter überlegt noch",
        "ja schriftlich " * 40,
        "nein " * 100,
        "nicht abgelehnt",
        "nicht widerrufen",
        "noch nicht mündlich",
        "☐ schriftlich",
        "[ ] mündlich",
        "☐ nein",
        "Ñ",
        "ja schriftlich 不",
        "nein, schriftlich",
        "keine schriftliche",
        "siehe Akte",
        "nein nicht gefragt, ja",
    ],
}


@pytest.mark.parametrize(
    ("text", "word"), [(text, word) for word, texts in WORDINGS.items() for text in texts]
)
def test_a_wording_means_what_a_fachkraft_takes_it_to_mean(text: str, word: ConsentWord) -> None:
    assert read_consent(text) is word


@given(
    st.sampled_from([text for word in list(WORDINGS)[:4] for text in WORDINGS[word]]),
    st.sampled_from(["noch", "aber", "vielleicht", "folgt", "kaum", "fraglich", "außer", "morgen", "evtl."]),
    st.booleans(),
)
def test_one_word_that_is_not_understood_makes_any_yes_and_any_no_unclear(
    text: str, word: ConsentWord, in_front: bool
) -> None:
    joined = f"{word} {text}" if in_front else f"{text} {word}"
    assert read_consent(joined) in {ConsentWord.UNCLEAR, read_consent(text)} - {
        ConsentWord.WRITTEN,
        ConsentWord.ORAL,
        ConsentWord.REFUSED,
    }


@given(st.text())
def test_any_text_at_all_is_read_without_an_error_and_never_as_coming_from_the_family(text: str) -> None:
    assert read_consent(text) is not ConsentWord.SELF_REFERRAL


UNDERSTOOD = [text for word in list(WORDINGS)[:4] for text in WORDINGS[word]]


@given(st.sampled_from(UNDERSTOOD), st.characters(exclude_categories=["Cs", "Z", "Cc", "Nd"]), st.booleans())
def test_one_sign_that_is_not_understood_makes_any_yes_and_any_no_unclear(
    text: str, sign: str, in_front: bool
) -> None:
    """An empty box, a question mark, a letter of another script: whoever wrote it meant something."""
    assume(sign.casefold() not in "abcdefghijklmnopqrstuvwxyzäöüß.,;:()-–/!'\"" and sign != "ß")
    assume(not unicodedata.combining(sign))
    assert read_consent(f"{sign} {text}" if in_front else f"{text} {sign}") is ConsentWord.UNCLEAR


class TestFamilyThatComesByItself:
    """It has consented to contact by coming."""

    @pytest.mark.parametrize(
        "text", ["", "-", "ja", "J", "entfällt", "Selbstmeldung", "ja, schriftlich", "mdl."]
    )
    def test_needs_no_consent(self, text: str) -> None:
        assert read_consent(text, from_family=True) is ConsentWord.SELF_REFERRAL

    def test_may_still_say_no(self) -> None:
        assert read_consent("nein", from_family=True) is ConsentWord.REFUSED

    def test_and_a_family_nobody_has_asked_did_not_come_by_itself(self) -> None:
        assert read_consent("noch nicht gefragt", from_family=True) is ConsentWord.NOT_ASKED

    def test_and_what_is_not_understood_stays_unclear(self) -> None:
        assert read_consent("Vater will, Mutter nicht", from_family=True) is ConsentWord.UNCLEAR
        assert read_consent("?", from_family=True) is ConsentWord.UNCLEAR


class TestSeveralColumnsAboutConsent:
    """Release from confidentiality and consent to be contacted may stand apart."""

    @pytest.mark.parametrize(
        ("texts", "word"),
        [
            (("ja, schriftlich", "schriftl. liegt bei"), ConsentWord.WRITTEN),
            (("ja, schriftlich", ""), ConsentWord.UNCLEAR),
            (("ja, schriftlich", "mündlich"), ConsentWord.UNCLEAR),
            (("ja, schriftlich", "nein"), ConsentWord.REFUSED),
            (("", "noch nicht gefragt"), ConsentWord.NOT_ASKED),
            (("noch nicht gefragt", "nein"), ConsentWord.REFUSED),
            ((), ConsentWord.UNCLEAR),
        ],
    )
    def test_must_agree(self, texts: tuple[str, ...], word: ConsentWord) -> None:
        assert read_consent(*texts) is word


def test_a_no_and_a_question_not_asked_forbid_storing_and_nothing_else_does() -> None:
    assert {word for word in ConsentWord if word.forbids_storing} == {
        ConsentWord.REFUSED,
        ConsentWord.NOT_ASKED,
    }
