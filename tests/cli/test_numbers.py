"""A case is named as one names it on the telephone, as long as only one is called so."""

import pytest

from tests.cli.program import fine, lotse

pytestmark = pytest.mark.usefixtures("office")


def a_family(at: str) -> None:
    fine("case", "new", "self", "--set", "surname=Beispiel", "--at", at)


@pytest.mark.parametrize("written", ["1", "0001", "2026-1", "2026-0001", "fh-2026-1", "FH-2026-0001", " 1 "])
def test_a_number_may_be_written_short(written: str) -> None:
    a_family("2026-11-16")
    for words in (
        ["case", "show", written],
        ["case", "steps", written],
        ["case", "do", written, "triage-no"],
    ):
        assert fine(*words, "--at", "2026-11-16").code == 0


def test_a_short_number_that_means_two_cases_is_asked_back_with_both() -> None:
    a_family("2025-11-17")
    a_family("2026-11-16")
    answer = lotse("case", "show", "1", "--at", "2026-11-16")
    assert (answer.code, answer.err) == (
        2,
        "Welcher Fall ist gemeint? Es gibt FH-2025-0001 und FH-2026-0001.\n",
    )
    assert fine("case", "show", "2025-1", "--at", "2026-11-16").out.startswith("FH-2025-0001")


@pytest.mark.parametrize("written", ["7", "2026-7", "FH-7", "Geheimname", "-1", "1234567", "②"])
def test_a_number_that_nobody_has_is_not_found_however_it_is_written(written: str) -> None:
    a_family("2026-11-16")
    answer = lotse("case", "do", "--at", "2026-11-16", "--", written, "triage-no")
    assert (answer.code, answer.err) == (3, "Einen Fall mit dieser Nummer gibt es nicht.\n")
