"""The Kennzeichen: unlike any other of the same partner, without a word in it, read however it is typed."""

from hypothesis import given
from hypothesis import strategies as st

from workflow.reference import LENGTH, SIGNS, read_reference, reference_of

IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(IDS)
def test_however_it_is_typed_it_is_read_as_it_was_given(case_id: str) -> None:
    given_out = reference_of(case_id)
    assert given_out == reference_of(case_id)
    misread = given_out.replace("8", "B").replace("5", "s").replace("2", "Z")
    spaced = f" {given_out[:3]} {given_out[4:]} "
    for typed in (given_out, given_out.lower(), given_out.replace("-", ""), spaced, misread):
        assert read_reference(typed) == given_out


@given(IDS)
def test_it_has_no_vowel_and_nothing_that_is_taken_for_something_else(case_id: str) -> None:
    signs = reference_of(case_id).replace("-", "")
    assert len(signs) == LENGTH
    assert set(signs).isdisjoint("AEIOUY01BSZ")


@given(st.text(max_size=12))
def test_what_was_never_given_is_none(typed: str) -> None:
    found = read_reference(typed)
    assert found is None or set(found) <= {*SIGNS, "-"}


def test_a_thousand_cases_have_a_thousand_of_them() -> None:
    """Six signs of 25 are 244 million: nobody guesses one, and one partner's rarely meet."""
    assert len(SIGNS) ** LENGTH > 10**8
    assert len({reference_of(f"{number:032x}") for number in range(1000)}) == 1000


def test_one_that_was_printed_stays_what_it_is() -> None:
    assert reference_of("0f0c6a522d7e4f7c9d0e7b1c2a3d4e5f") == "99P-XRJ"
