"""Scenario: a referral in pregnancy. The midwife may come from pregnancy on (Konzept Bergkamen, Z. 186)."""

import pytest

from tests.people import MIDWIFE, NURSE, VOLUNTEER
from tests.scenarios.day import C, Day, Story
from workflow.errors import DetailsError


def expecting(day: Day) -> Story:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(born=None, expected="15.06.2026")
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    for one in (MIDWIFE, NURSE, VOLUNTEER):
        case.step(C.RECORD_CONSENT_FOR, to=one)
    return case


def test_the_midwife_comes_in_pregnancy_the_volunteer_after_the_birth(day: Day) -> None:
    case = expecting(day)
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"
    assert case.promises(C.PROPOSE_HANDOVER, to=NURSE) == "ja"
    assert "außerhalb der Altersgrenze für Familienpatin" in case.refused(C.PROPOSE_HANDOVER, to=VOLUNTEER)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    case.step(C.ACCEPT, by=MIDWIFE)
    assert case.state == "Übergeben, in Begleitung"


def test_from_the_birth_on_the_date_of_birth_decides(day: Day) -> None:
    """Born eighteen days early: the first birthday counts from the birth, not from the due date."""
    case = expecting(day)
    day.it_is("Mo 01.06.2026 10:00")
    case.step(C.CORRECT, field="born", value="28.05.2026", reason="Geburt")
    assert case.promises(C.PROPOSE_HANDOVER, to=VOLUNTEER) == "ja"
    day.it_is("Fr 28.05.2027 12:00")
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"
    day.it_is("Sa 29.05.2027 00:00")
    assert "außerhalb der Altersgrenze" in case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE)


def test_past_the_due_date_the_midwife_still_comes_until_somebody_enters_the_birth(day: Day) -> None:
    case = expecting(day)
    day.it_is("Mo 22.06.2026 09:00")
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"


def test_with_neither_date_nobody_is_asked_and_the_sentence_says_what_is_missing(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(born=None)
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    assert case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE) == (
        "„Übergabe anfragen“ ist noch nicht möglich: Es fehlt das Geburtsdatum des Kindes oder der "
        "Entbindungstermin (nachzutragen mit „Berichtigen“)."
    )
    case.step(C.CORRECT, field="expected", value="15.06.2026", reason="nachgetragen")
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"


def test_a_child_born_after_the_receipt_of_the_letter_is_a_slip_of_the_pen(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    with pytest.raises(DetailsError, match="liegt nach dem Eingang"):
        day.referral(born="10.03.2026")
