"""The order of judgement, and the identity of a row."""

import dataclasses
import itertools
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.lists import NOW, a_row
from workflow.intake import Judgement, fault, faults_at, identity_material, judge

FILE = bytes(32)


@pytest.mark.parametrize(("danger", "refused", "faulty"), list(itertools.product((False, True), repeat=3)))
def test_danger_comes_before_a_no_and_a_no_before_a_fault(danger: bool, refused: bool, faulty: bool) -> None:
    row = a_row(
        urgent="Kind wirkt verletzt" if danger else "nein",
        consent="nein" if refused else "ja, schriftlich",
        received="gestern" if faulty else "26.10.2026",
    )
    expected = Judgement.ACCEPTED
    if faulty:
        expected = Judgement.QUARANTINED
    if refused:
        expected = Judgement.WITHOUT_PERSONAL_DATA
    if danger:
        expected = Judgement.ACCEPTED
    assert judge(row, NOW) is expected


def test_a_family_nobody_has_asked_is_not_stored_either() -> None:
    assert judge(a_row(consent="noch nicht gefragt"), NOW) is Judgement.WITHOUT_PERSONAL_DATA


def test_an_unclear_consent_is_accepted() -> None:
    assert judge(a_row(consent="liegt vor - Fax folgt"), NOW) is Judgement.ACCEPTED


def test_a_receipt_after_now_is_a_fault_until_now_has_passed_it() -> None:
    row = a_row(received="20.11.2026, 10:01 Uhr")
    before, then = datetime(2026, 11, 20, 9, 0, tzinfo=UTC), datetime(2026, 11, 20, 9, 1, tzinfo=UTC)
    assert faults_at(row, before) == (fault.RECEIPT_IN_FUTURE,)
    assert judge(row, before) is Judgement.QUARANTINED
    assert faults_at(row, then) == ()
    assert judge(row, then) is Judgement.ACCEPTED


def test_in_the_doubled_hour_of_autumn_the_first_is_meant() -> None:
    row = a_row(received="25.10.2026, 02:30 Uhr", born="")
    assert faults_at(row, datetime(2026, 10, 25, 0, 29, tzinfo=UTC)) == (fault.RECEIPT_IN_FUTURE,)
    assert faults_at(row, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == ()
    assert faults_at(row, datetime(2026, 10, 25, 1, 15, tzinfo=UTC)) == ()


class TestIdentity:
    """Institution, running number and receipt as written make the row, no name does."""

    def test_is_frozen_as_bytes(self) -> None:
        assert identity_material(a_row(institution="Kita", received="1.1.26"), FILE) == (
            b"\0\0\0\x14lotse referral row 1\0\0\0\x06number\0\0\0\x04Kita\0\0\0\x011\0\0\0\x061.1.26"
        )

    def test_does_not_depend_on_anything_personal(self) -> None:
        row = a_row()
        other = a_row(surname="Beispiel", phone="1", born="", concern="anderes", consent="nein", street="")
        assert identity_material(row, FILE) == identity_material(other, bytes(range(32)))

    @pytest.mark.parametrize("field", ["institution", "number", "received"])
    def test_depends_on_each_of_its_parts(self, field: str) -> None:
        assert identity_material(a_row(), FILE) != identity_material(a_row(**{field: "2.2.2026"}), FILE)

    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
    def test_is_the_same_in_every_unicode_form_and_with_any_spaces(self, name: str) -> None:
        composed = a_row(institution=f"A{name}Ü")
        apart = a_row(institution=f"  {unicodedata.normalize('NFD', f'A{name}Ü')}\u00a0")
        assert identity_material(composed, FILE) == identity_material(apart, FILE)

    def test_without_a_running_number_is_the_place_in_the_file(self) -> None:
        row = a_row(number=" ")
        assert identity_material(row, FILE) == identity_material(a_row(number="", institution="Kita"), FILE)
        assert identity_material(row, FILE) != identity_material(row, bytes(range(32)))
        assert identity_material(row, FILE) != identity_material(dataclasses.replace(row, line=3), FILE)

    @given(st.lists(st.sampled_from(["", "a", "ab", "b", "1", "number", "line"]), min_size=6, max_size=6))
    def test_two_rows_are_never_taken_for_one_because_their_parts_run_together(
        self, parts: list[str]
    ) -> None:
        one, two = (
            a_row(institution=parts[at], number=f"n{parts[at + 1]}", received=parts[at + 2]) for at in (0, 3)
        )
        same = parts[:3] == parts[3:]
        assert (identity_material(one, FILE) == identity_material(two, FILE)) == same
