"""Scenario: the name was misheard, the date of birth mistyped. A correction supersedes (Art. 16 DSGVO)."""

import pytest

from tests.people import MIDWIFE, WORKER
from tests.scenarios.day import C, Day
from workflow.errors import DetailsError


def test_the_new_value_stands_and_the_old_one_only_in_the_log(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(surname="Mustermann-Irrtum")
    case.step(C.CORRECT, field="surname", value="Musterfrau", reason="Am Telefon falsch verstanden.")
    assert case.family.surname == "Musterfrau"
    assert case.last_words() == {
        "field": "surname",
        "value": "Musterfrau",
        "reason": "Am Telefon falsch verstanden.",
        "before": "Mustermann-Irrtum",
    }
    said_openly = " ".join(str(entry.a) for entry in case.log())
    assert "Irrtum" not in said_openly
    assert "Musterfrau" not in said_openly


def test_a_correction_leaves_state_deadlines_and_everything_else(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    before, family, due = case.state, case.family, case.due()
    day.it_is("Mi 11.03.2026 09:00")
    case.step(C.CORRECT, field="phone", value="0151 00000099", reason="Zahlendreher")
    assert (case.state, case.due()) == (before, due)
    assert case.family.phone == "0151 00000099"
    assert (case.family.surname, case.family.street) == (family.surname, family.street)


def test_a_corrected_date_of_birth_counts_for_the_age_from_now_on(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(born="20.02.2025")
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    assert "außerhalb der Altersgrenze" in case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE)
    case.step(C.CORRECT, field="born", value="20.02.2026", reason="Tippfehler im Jahr")
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"
    assert case.last_words()["before"] == "2025-02-20"


def test_a_correction_needs_its_reason_and_a_readable_value(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    with pytest.raises(DetailsError, match="Bitte angeben: Grund der Berichtigung"):
        case.step(C.CORRECT, field="surname", value="Musterfrau", reason=None)
    with pytest.raises(DetailsError, match=r"Kind geboren am: bitte als TT\.MM\.JJJJ schreiben"):
        case.step(C.CORRECT, field="born", value="im Februar", reason="nachgetragen")


def test_a_closed_case_can_still_be_corrected(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="moved")
    case.step(C.CORRECT, by=WORKER, field="postcode", value="24937", reason="neue Anschrift")
    assert case.family.postcode == "24937"
    assert case.state == "Abgeschlossen"
