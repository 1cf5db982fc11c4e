"""Scenario: closed by mistake, reopened by the supervisor.

Old deadlines stand where they stood, and every check is made again (Art. 5 (1) d DSGVO).
"""

import pytest

from tests.people import MIDWIFE, SUPERVISOR, WORKER
from tests.scenarios.day import C, Day, Story
from workflow.errors import DetailsError


def closed_by_mistake(day: Day) -> Story:
    """Received on Monday, closed on Tuesday, as a duplicate of nobody."""
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    case.step(C.TRIAGE_NO)
    day.it_is("Di 10.03.2026 16:00")
    case.step(C.CLOSE, reason="duplicate")
    return case


def test_only_the_supervisor_reopens_and_says_why(day: Day) -> None:
    case = closed_by_mistake(day)
    assert case.refused(C.REOPEN, by=WORKER) == "Das kann nur die Leitung."
    with pytest.raises(DetailsError, match="Bitte angeben: Grund"):
        case.step(C.REOPEN, by=SUPERVISOR, reason=None)
    case.step(C.REOPEN, by=SUPERVISOR, reason="Verwechselt mit der Nachbarfamilie.")
    assert case.state == "Eingegangen"
    assert case.case.closed_reason is None
    assert case.case.responsible == WORKER.id


def test_the_deadline_stands_where_it_stood(day: Day) -> None:
    case = closed_by_mistake(day)
    day.it_is("Mo 16.03.2026 09:00")
    case.step(C.REOPEN, by=SUPERVISOR)
    assert case.due() == {"Erstkontakt": "Do 12.03.2026"}
    assert day.worklist() == ["Überfällig: Erstkontakt, Do 12.03.2026"]
    assert day.sweep() == 1
    assert day.sweep() == 0


def test_every_check_is_made_again(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY, C.CLOSE):
        case.step(command)
    case.step(C.REOPEN, by=SUPERVISOR)
    assert case.state == "Eingegangen"
    case.refused(C.REACH_FAMILY)
    assert "noch einmal einschätzen" in case.refused(C.CHECK_CONSENT_YES)
    assert "noch einmal einschätzen" in case.refused(C.CLOSE)
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"


def test_a_no_outlives_the_closing_and_the_reopening(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    case.step(C.WITHDRAW_CONSENT)
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="consent_withdrawn")
    day.it_is("Mi 11.03.2026 09:00")
    case.step(C.REOPEN, by=SUPERVISOR)
    assert case.due() == {"Fall nach Ablehnung oder Widerruf beenden": "Mo 16.03.2026"}
    case.step(C.TRIAGE_NO)
    assert "Die Familie hat abgelehnt oder widerrufen." in case.refused(C.CHECK_CONSENT_YES)


def test_a_closed_case_takes_nothing_but_reopening_withdrawal_and_correction(day: Day) -> None:
    case = closed_by_mistake(day)
    assert case.may(WORKER) == {"withdraw_consent", "withdraw_consent(feedback)", "correct"}
    assert case.may(SUPERVISOR) == {"reopen", "withdraw_consent", "withdraw_consent(feedback)"}
    assert case.refused(C.NOTE) == "„Notieren“ ist im Stand „Abgeschlossen“ nicht vorgesehen."


def test_an_old_consent_for_the_midwife_still_stands_but_she_is_asked_anew(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.CLOSE)
    case.step(C.REOPEN, by=SUPERVISOR)
    assert day.worklist(MIDWIFE) == []
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    case.step(C.ACCEPT, by=MIDWIFE)
    assert case.state == "Übergeben, in Begleitung"
