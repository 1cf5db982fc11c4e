"""What an adviser reads instead of names: examples as people write, and whatever a family is called."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workflow.case import Child, Family
from workflow.pseudonym import age_of, hidden, pseudonym, without_names

FAMILY = Family("Öztürk-von der Aue", "İlkay Mia", "0151 00000042", "Beispielweg 1a", "59192", "türkisch", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Frau Öztürk-von der Aue weint.", "Frau [Name] weint."),
        ("frau oeztuerk rief an, Mias Vater auch", "frau [Name] rief an, [Name] Vater auch"),
        ("Die Öztürks wohnen im Beispielweg 1a, 59192.", "Die [Name] wohnen im [Anschrift], [Anschrift]."),
        ("ilkay, İLKAY und Ilkay", "[Name], [Name] und [Name]"),
        ("Tel. 0151/000 000 42 oder mia@beispiel.de", "Tel. [Nummer] oder [Nummer]"),
        ("Siehe FH-2026-0042.", "Siehe [Nummer]."),
        ("Seit 3 Wochen, 37,2 Grad, am 12.03. um 14 Uhr", "Seit 3 Wochen, 37,2 Grad, am 12.03. um 14 Uhr"),
        ("Miau sagt die Katze.", "Miau sagt die Katze."),
    ],
)
def test_names_numbers_and_addresses_are_left_out(text: str, told: str) -> None:
    assert without_names(text, FAMILY) == told


@pytest.mark.parametrize(
    "name", ["Weiß", "Weiss", "WEISS", "Mueller", "Müller", "Yıldız", "YILDIZ", "Åström"]
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    ways = {"Weiß": "weiß WEISS Weiss", "Mueller": "Müller MÜLLER mueller", "Yıldız": "Yildiz YILDIZ yıldız"}
    alike = next(
        (each for one, each in ways.items() if name.casefold()[:2] == one.casefold()[:2]), name.upper()
    )
    told = without_names(alike, Family(surname=name))
    assert set(told.split()) == {"[Name]"}


def test_everything_that_was_said_is_gone_through_however_deep() -> None:
    words = {
        "indications": "Mia schläft",
        "people": ["Ilkay", {"who": "Frau Öztürk"}],
        "count": 2,
        "open": None,
    }
    assert hidden(words, FAMILY) == {
        "indications": "[Name] schläft", "people": ["[Name]", {"who": "Frau [Name]"}], "count": 2, "open": None,
    }  # fmt: skip


_LETTERS = st.characters(categories=["Lu", "Ll"], max_codepoint=0x17E, exclude_characters="ŉ")
_NAMES = st.text(_LETTERS, min_size=2, max_size=12)
_SAYS = st.sampled_from(["{}", "Frau {} ruft an.", "({})", "„{}“,", "{}: weint", "- {} -", "{}\n{}"])


@given(
    name=_NAMES,
    field=st.sampled_from(["surname", "first_name", "street"]),
    saying=_SAYS,
    way=st.sampled_from(["as", "lower", "upper"]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_family_is_called_its_name_is_in_no_text_that_is_given_on(
    name: str, field: str, saying: str, way: str
) -> None:
    assume(not any(word.startswith(name.casefold()) for word in saying.casefold().split()))
    written = {"as": name, "lower": name.lower(), "upper": name.upper()}[way]
    told = without_names(saying.format(written, written), Family(**{field: name}))
    mask = "[Anschrift]" if field == "street" else "[Name]"
    assert told == saying.format(mask, mask)


@pytest.mark.parametrize(
    ("child", "age"),
    [
        (Child(born=date(2026, 3, 9)), "0 Wochen alt"),
        (Child(born=date(2026, 3, 2)), "1 Woche alt"),
        (Child(born=date(2026, 2, 10)), "3 Wochen alt"),
        (Child(born=date(2026, 2, 9)), "1 Monat alt"),
        (Child(born=date(2025, 12, 31)), "2 Monate alt"),
        (Child(born=date(2023, 3, 10)), "35 Monate alt"),
        (Child(born=date(2023, 3, 9)), "3 Jahre alt"),
        (Child(expected=date(2026, 6, 1)), "noch nicht geboren"),
        (Child(expected=date(2026, 3, 1)), "um den errechneten Termin"),
        (Child(), "Alter unbekannt"),
    ],
)
def test_the_age_is_told_in_words(child: Child, age: str) -> None:
    assert age_of(child, date(2026, 3, 9)) == age


@given(born=st.dates(date(2020, 1, 1), date(2026, 3, 9)), later=st.integers(0, 2000))
def test_a_child_never_gets_younger_and_no_date_is_told(born: date, later: int) -> None:
    def days(text: str) -> int:
        count, unit, *_ = text.split()
        return int(count) * {"W": 7, "M": 30, "J": 365}[unit[0]]

    day = born + timedelta(days=later)
    ages = [age_of(Child(born=born), each) for each in (day, day + timedelta(days=40))]
    assert days(ages[0]) <= days(ages[1])
    assert str(born.year) not in ages[0]


def test_two_openings_of_one_case_have_nothing_in_common() -> None:
    assert pseudonym("0" * 32) != pseudonym("0" * 31 + "1")
