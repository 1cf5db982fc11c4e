"""Signs of danger: found wherever a partner may have put them, and rather once too often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.intake import sign_of_danger
from workflow.intake.danger import STRONG


@pytest.mark.parametrize(
    "text",
    [
        "dringend! Kind wirkt verletzt",
        "ja",
        "x",
        "X",
        "sofort",
        "JA!",
        "bitte heute noch",
        "nein!",
        "hoch",
        "☒",
        "✓",
        "⚠",
        "*",
        "是",
    ],
)
def test_whatever_stands_under_urgent_counts(text: str) -> None:
    assert sign_of_danger(text) == text


@pytest.mark.parametrize(
    "text", ["", "nein", "Nein", "-", "–", "  ", "n", "nicht dringend", "normal", "k. A.", "0", "☐", "./."]
)
def test_unless_it_plainly_says_no(text: str) -> None:
    assert sign_of_danger(text, "Schreibaby") is None


@pytest.mark.parametrize(
    "text",
    [
        "Kind hat blaue Flecken",
        "Verdacht auf Misshandlung",
        "Mutter wurde geschlagen",
        "Hämatome am Rücken",
        "HA\u0308MATOM am Arm",
        "häusliche Gewalt",
        "Säugling wurde geschüttelt",
        "Mutter äußert Suizidgedanken",
        "Kind war bewußtlos",
        "Kind war bewusstlos",
        "V. a. Kindeswohlgefährdung",
        "§8a prüfen",
        "§ 8a SGB VIII",
        "blaue\nFlecken",
        "stark vernachlässigt",
        "VERNACHLAESSIGT",
        "Kind allein\u00a0gelassen",
        "Notfall",
        "Ratschläge helfen nicht, Kind bekommt Schläge",
    ],
)
def test_a_strong_word_in_the_concern_is_a_sign(text: str) -> None:
    assert sign_of_danger("", text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Schreibaby",
        "Wohnungssuche; Antrag Elterngeld",
        "alleinerziehend, Trauer nach Verlust",
        "Zwillinge, wenig Unterstützung",
        "Frühgeburt 33. SSW, Unsicherheit im Umgang",
        "Stillprobleme, Erschöpfung",
        "Kind mit Trisomie 21, viele Termine",
        "Vater, 19 J., sucht Rat zu Pflege",
        "sucht dringend eine Wohnung",
        "ist gut hierher gefahren",
        "möchte Vorschläge und Ratschläge",
        "",
    ],
)
def test_an_ordinary_concern_is_none(text: str) -> None:
    assert sign_of_danger("", text) is None


@pytest.mark.parametrize("text", ["keine Gewalt", "kein Verdacht auf Misshandlung"])
def test_a_negation_is_left_to_a_human(text: str) -> None:
    assert sign_of_danger("", text) is not None


@given(st.text(), st.sampled_from(STRONG), st.text(), st.booleans())
def test_a_strong_word_is_found_whatever_stands_around_it(
    before: str, word: str, after: str, large: bool
) -> None:
    text = f"{before} {word.upper() if large else word} {after}"
    assert sign_of_danger("", "Schreibaby", text) is not None


@given(st.text(max_size=2000))
def test_the_sign_shown_is_bounded(text: str) -> None:
    assert len(sign_of_danger(text, text) or "") <= 200
