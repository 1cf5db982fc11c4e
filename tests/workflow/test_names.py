"""A name is found however it was written; a number is one number however it was written."""

import phonenumbers
import pytest
from cologne_phonetics import encode
from hypothesis import example, given
from hypothesis import strategies as st

from workflow.names import _parsed, fold, matches, phone_e164, sounds_like

SPELLINGS = (
    ("Öztürk", "Oeztuerk", "OEZTUERK", "öztürk", "OZTURK", "O\u0308ztu\u0308rk", " Öztürk "),
    ("Müller-Lüdenscheidt", "Mueller Luedenscheidt", "MÜLLER LÜDENSCHEIDT", "Müller–Lüdenscheidt"),
    ("Groß", "Gross", "GROSS", "GROẞ"),
    ("Yıldız", "Yildiz", "YILDIZ", "YİLDİZ"),
    ("Łukasiewicz", "Lukasiewicz"),
    ("O’Neill", "O'Neill", "ONeill"),
    ("Sørensen", "Sörensen", "Soerensen", "Sorensen"),
    ("Jäger", "Jaeger", "JÄGER"),
    ("Nguyễn", "Nguyen"),
)
WORDS = st.text(alphabet="abcdeghiklmnorstuzäöüßÄÖÜéıłçş", min_size=1, max_size=12)


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_all_spellings_of_a_name_are_one_name(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1
    assert len({sounds_like(spelling) for spelling in spellings}) == 1
    assert all(matches(query, text) for query in spellings for text in spellings)


def test_different_names_stay_different() -> None:
    names = [
        "Öztürk",
        "Yıldız",
        "Groß",
        "Nowak",
        "Said",
        "Haddad",
        "Vogt",
        "Hübner",
        "Petrov",
        "Weiß",
        "Ünal",
    ]
    assert len({fold(name) for name in names}) == len(names)


@pytest.mark.parametrize("query", ["Oez", "özt", "jas oez", "Jasmin Öztürk", "ÖZTÜRK, Jasmin", "ja ö"])
def test_a_search_finds_by_the_beginnings_of_words_in_any_order(query: str) -> None:
    assert matches(query, "Öztürk", "Jasmin")


@pytest.mark.parametrize("query", ["türk", "Jasmina", "Jasmin Nowak", "", "  ", "-", "%", "*"])
def test_a_search_finds_nothing_else(query: str) -> None:
    assert not matches(query, "Öztürk", "Jasmin")


def test_every_sign_of_the_living_scripts_folds_to_small_letters_that_stay_as_they_are() -> None:
    once = fold(" ".join(f"a{chr(code)}b" for code in range(0x20000)))
    assert once == once.casefold()
    assert once == fold(once)


def test_a_name_without_a_text_is_not_found() -> None:
    assert not matches("Nowak")
    assert not matches("Nowak", "", "")


@given(st.text())
@example("aee")
@example("ß\u0308ẞİıſ")
@example("Œe ½ ﬆ Ǆ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_folded_text_is_words_parted_by_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert all(sign == " " or sign.isalnum() for sign in folded)


@given(st.text(st.characters(max_codepoint=0x2AF)))
def test_capitals_do_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@given(st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
def test_an_umlaut_may_be_written_out(text: str) -> None:
    written_out = text
    for umlaut, letters in {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "OE",
        "Ü": "Ue",
        "ß": "ss",
    }.items():
        written_out = written_out.replace(umlaut, letters)
    assert fold(written_out) == fold(text)
    assert sounds_like(written_out) == sounds_like(text)
    assert matches(written_out, text)
    assert matches(text, written_out)


@given(word=WORDS, length=st.integers(1, 12))
def test_the_beginning_of_a_name_finds_it(word: str, length: int) -> None:
    assert matches(word[:length], f"Alte {word} Nowak")


@pytest.mark.parametrize(
    "written",
    [
        "02307 12345",
        "02307/12345",
        "02307 / 12345",
        "02307-12345",
        "(0 23 07) 1 23 45",
        "(02307) 12345",
        "+49 2307 12345",
        "+49 (0) 2307 12345",
        "(+49) 2307 12345",
        "0049 2307 12345",
        "Tel. 02307 12345",
        "02307 12345 (Mutter)",
        "02307 12345 oder 0170 1234567",
        "02307 12345 / 0170 1234567",
        "02307 12345, abends",
        "12345, 02307 12345",
        "０２３０７ 12345",
        "\u00a002307\u00a012345",
    ],
)
def test_a_number_is_one_number_however_it_is_written(written: str) -> None:
    assert phone_e164(written) == "+49230712345"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0151-5508463", "+491515508463"),
        ("+49 176 5004655", "+491765004655"),
        ("+90 532 123 45 67", "+905321234567"),
        ("0043 1 5137722", "+4315137722"),
    ],
)
def test_mobile_and_foreign_numbers_are_understood(written: str, expected: str) -> None:
    assert phone_e164(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "7737",
        "919",
        "2307 12345",
        "230712345",
        "",
        "-",
        "keine",
        "0",
        "0151",
        "110",
        "+49",
        "02307 1234O5",
        "0" * 30,
    ],
)
def test_what_is_no_complete_number_gives_none(written: str) -> None:
    """A number without area code, or whose leading 0 a spreadsheet has eaten, would be compared wrongly."""
    assert phone_e164(written) is None


def test_a_leading_0_is_read_in_the_country_that_is_meant() -> None:
    assert phone_e164("01 5137722", "AT") == "+4315137722"


@given(st.text() | st.text(alphabet="0123456789 +()/-.", max_size=30))
def test_a_number_is_none_or_a_possible_number_that_stands_for_itself(text: str) -> None:
    found = phone_e164(text)
    if found is not None:
        assert phonenumbers.is_possible_number(phonenumbers.parse(found))
        assert phone_e164(found) == found


@pytest.mark.timeout(5)
def test_a_hostile_cell_is_read_in_no_time() -> None:
    """Without a limit on the length, this text would take minutes."""
    assert phone_e164("0" * 200_000 + "x") is None


@pytest.mark.parametrize(
    ("surname", "expected"),
    [
        ("Müller", "657"),
        ("Möller", "657"),
        ("Wikipedia", "3412"),
        ("Breschnew", "17863"),
        ("Meyer", "67"),
        ("Maier", "67"),
        ("Mayr", "67"),
        ("Müller-Weiß", "657 38"),
        ("Öztürk", "08274"),
        ("Yıldız", "0528"),
    ],
)
def test_names_that_sound_alike_have_one_code(surname: str, expected: str) -> None:
    """Müller and Wikipedia are the examples of Postel's method itself."""
    assert sounds_like(surname) == expected


def test_names_without_a_code_are_not_taken_for_one_another() -> None:
    assert sounds_like("") == ""
    assert len({sounds_like(name) for name in ("陈", "李", "Шевченко", "H")}) == 4


@given(st.text())
def test_every_name_sounds_like_something(name: str) -> None:
    assert bool(sounds_like(name)) == bool(fold(name))


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_a_name_of_plain_letters_folds_as_it_does_beside_others(text: str) -> None:
    """Without accents there is a shorter way; it leads to the same words."""
    assert fold(f"{text} ß") == f"{fold(text)} ss".strip()


def test_a_number_in_the_usual_form_is_read_as_the_library_reads_it() -> None:
    """With an area code and no country there is a shorter way: every beginning of three digits, in every length."""
    for start in range(100, 1000):
        for length in range(1, 18):
            number = f"0{start}4711471147114711"[:length]
            assert phone_e164(number) == _library(number), number


SEPARATORS = st.sampled_from(["", "", "", " ", "/", "-", ".", " - ", "–", "(", ")", ") ", " / "])


@given(st.lists(st.tuples(st.sampled_from("0123456789"), SEPARATORS), min_size=1, max_size=18))
def test_whatever_stands_between_the_digits_of_a_number_it_is_read_as_the_library_reads_it(
    signs: list[tuple[str, str]],
) -> None:
    number = "".join(digit + between for digit, between in signs).strip()
    if " / 0" not in number and "/0" not in number and "/(0" not in number:  # two numbers
        assert phone_e164(number) == _library(number)


def _library(number: str) -> str | None:
    starts = number.lstrip("(")[:1] in {"0", "+"}
    return _parsed(number, "DE") if starts else None


@given(st.text())
@example("Müller-Lüdenscheidt")
@example("ẞ Ꭰ ﬁ İ")
def test_a_name_has_the_code_that_the_library_gives_its_folded_words(surname: str) -> None:
    """The library would first take away accents and umlauts, of which a folded word has none."""
    words = fold(surname).split()
    assert sounds_like(surname).split() == [encode(word)[0][1] or word for word in words]
