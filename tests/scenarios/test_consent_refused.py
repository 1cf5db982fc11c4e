"""Scenario: the family says no. A no has no consequence and starts nothing (Konzept Bergkamen, Z. 203)."""

from tests.people import PARTNER
from tests.scenarios.day import C, Day


def test_a_no_ends_the_case_and_nothing_else(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(consent="unclear")
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_NO)
    case.step(C.QUERY_CONSENT)

    day.it_is("Di 10.03.2026 12:00")
    case.step(C.REFUSE_CONSENT, by=PARTNER, said_by="Mutter")
    assert case.state == "Einwilligung ungeklärt"
    assert "danger" not in case.case.marks, "A refusal is no sign of danger."
    assert case.due() == {"Fall nach Ablehnung oder Widerruf beenden": "Di 17.03.2026"}
    assert case.refused(C.QUERY_CONSENT).startswith(
        "„Beim Partner nach der Einwilligung fragen“ ist noch nicht möglich: "
        "Die Familie hat abgelehnt oder widerrufen."
    )
    # A partner's form does not undo the family's no; and that there was one, the partner is not told either.
    refused = case.refused(C.RECORD_CONSENT_PARTNER, by=PARTNER)
    assert "ist bei dieser Meldung zurzeit nicht möglich" in refused
    assert "abgelehnt" not in refused
    assert "Die Familie hat abgelehnt oder widerrufen." in case.refused(C.RECORD_CONSENT_PARTNER)

    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="consent_refused")
    assert case.state == "Abgeschlossen"
    assert day.worklist() == []


def test_a_family_may_change_its_mind_and_is_then_a_new_beginning(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(consent="unclear")
    case.step(C.REFUSE_CONSENT, said_by="Mutter")
    day.it_is("Do 12.03.2026 10:00")
    case.step(C.RECORD_CONSENT, form="written")
    assert case.due() == {"Erstkontakt": "Di 17.03.2026"}
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"


def test_nobody_can_close_as_refused_where_the_family_did_not_refuse(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(consent="unclear")
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CLOSE, reason="consent_refused") == (
        "Die Familie hat weder abgelehnt noch widerrufen. Nächster Schritt: Einen anderen Abschlussgrund wählen."
    )
