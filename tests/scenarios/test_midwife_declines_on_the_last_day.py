"""Scenario: the midwife answers on her last day, and it is a no (Konzept Bergkamen, Z. 112, 203)."""

from tests.people import MIDWIFE, SECOND_MIDWIFE, WORKER
from tests.scenarios.day import C, Day, Story

DECLINED = "Zurück an Sie: Frau Yıldız (Familienhebamme) kann nicht übernehmen (Grund im Verlauf)"


def asked_on_monday(day: Day) -> Story:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    return case


def test_declined_on_the_last_day_accepted_by_the_second(day: Day) -> None:
    case = asked_on_monday(day)
    assert case.due()["Antwort auf die Übergabeanfrage"] == "Do 12.03.2026"

    day.it_is("Do 12.03.2026 23:10")
    assert day.worklist(MIDWIFE) == ["Heute fällig: Neue Anfrage, Do 12.03.2026"]
    case.step(C.DECLINE, by=MIDWIFE, reason="Bis Mai ausgelastet.")
    assert case.state == "Im Kontakt, Klärung"
    assert case.case.responsible == WORKER.id, "The sender was responsible all the time."
    assert day.worklist(MIDWIFE) == []
    assert DECLINED in day.worklist()
    assert case.last_words()["reason"] == "Bis Mai ausgelastet."

    # The yes to Frau Yıldız was no yes to Frau Storch.
    day.it_is("Fr 13.03.2026 09:00")
    assert case.refused(C.PROPOSE_HANDOVER, to=SECOND_MIDWIFE).startswith(
        "„Übergabe anfragen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Storch"
    )
    case.step(C.RECORD_CONSENT_FOR, to=SECOND_MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=SECOND_MIDWIFE)
    assert case.due()["Antwort auf die Übergabeanfrage"] == "Mi 18.03.2026"
    assert DECLINED not in day.worklist()

    day.it_is("Mo 16.03.2026 12:00")
    assert case.refused(C.ACCEPT, by=MIDWIFE) == "Dieser Fall ist Ihnen nicht zugeordnet."
    case.step(C.ACCEPT, by=SECOND_MIDWIFE)
    assert case.state == "Übergeben, in Begleitung"
    assert list(case.due()) == ["Begleitung beenden oder neu vereinbaren", "Begleitung überprüfen"]


def test_asking_a_second_midwife_while_the_first_has_not_answered_is_refused(day: Day) -> None:
    case = asked_on_monday(day)
    assert case.refused(C.PROPOSE_HANDOVER, to=SECOND_MIDWIFE) == (
        "„Übergabe anfragen“ ist im Stand „Übergabe angefragt“ nicht vorgesehen. "
        "Nächster Schritt: „Übergabeanfrage zurückziehen“."
    )


def test_silence_is_no_acceptance_and_traps_nobody(day: Day) -> None:
    """The day after the last, the answer is overdue; the Fachkraft takes the request back."""
    case = asked_on_monday(day)
    day.it_is("Fr 13.03.2026 00:00")
    overdue = "Überfällig: Antwort auf die Übergabeanfrage: Frau Yıldız (Familienhebamme), Do 12.03.2026"
    assert overdue in day.worklist()
    assert day.sweep() == 1
    assert case.state == "Übergabe angefragt"
    case.step(C.REVOKE, to=MIDWIFE)
    assert case.state == "Im Kontakt, Klärung"
    assert day.worklist(MIDWIFE) == []


def test_the_clarification_goes_on_counting_from_the_first_contact(day: Day) -> None:
    """A round of asking does not restart the time for clarifying."""
    case = asked_on_monday(day)
    until = case.due()["Bedarf klären"]
    day.it_is("Do 12.03.2026 10:00")
    case.step(C.DECLINE, by=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    assert case.due()["Bedarf klären"] == until


def test_one_midwife_cannot_answer_for_another(day: Day) -> None:
    case = asked_on_monday(day)
    assert case.refused(C.ACCEPT, by=SECOND_MIDWIFE, to=MIDWIFE) == "Dieser Fall ist Ihnen nicht zugeordnet."
    case.refused(C.ACCEPT, by=WORKER, to=MIDWIFE)
