"""Scenario: a referral without a word on consent; the partner is asked, and answers late (Konzept Bergkamen, Z. 205)."""

from tests.people import PARTNER
from tests.scenarios.day import C, Day


def test_the_partner_is_asked_never_the_family(day: Day) -> None:
    day.it_is("Fr 27.03.2026 17:00")
    case = day.referral(consent="unclear")
    assert case.due() == {"Einwilligung klären": "Mi 01.04.2026"}
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CHECK_CONSENT_YES) == (
        "„Einwilligung geprüft: liegt vor“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie in die "
        "Kontaktaufnahme. Nächster Schritt: „Einwilligung vom Partner nachgereicht“ (wir fragen den Partner, nie die "
        "Familie)."
    )
    case.step(C.CHECK_CONSENT_NO)
    assert case.state == "Einwilligung ungeklärt"
    case.step(C.QUERY_CONSENT, channel="mail")
    assert case.refused(C.ATTEMPT_CONTACT).startswith(
        "„Kontaktversuch, nicht erreicht“ ist im Stand „Einwilligung ungeklärt“ nicht vorgesehen."
    )
    assert day.worklist() == ["Wartet auf andere: Einwilligung klären, Mi 01.04.2026"]


def test_late_consent_the_query_counts_from_the_receipt_the_contact_from_the_consent(day: Day) -> None:
    day.it_is("Fr 27.03.2026 17:00")
    case = day.referral(consent="unclear")
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_NO)
    case.step(C.QUERY_CONSENT)

    # The clinic is silent until after Easter: the query is overdue, flagged once, and does not disappear.
    day.it_is("Do 02.04.2026 00:00")
    assert day.worklist() == ["Überfällig: Einwilligung klären, Mi 01.04.2026"]
    assert day.sweep() == 1
    day.it_is("Di 07.04.2026 09:00")
    assert day.sweep() == 0
    assert day.worklist() == ["Überfällig: Einwilligung klären, Mi 01.04.2026"]
    case.step(C.QUERY_CONSENT, channel="phone")
    assert case.due() == {"Einwilligung klären": "Mi 01.04.2026"}, "Asking again does not restart the clock."

    # On Wednesday the form comes: from here on the three days for the contact.
    day.it_is("Mi 08.04.2026 15:30")
    case.step(C.RECORD_CONSENT_PARTNER, by=PARTNER, form="written", given_on="07.04.2026")
    assert case.due() == {"Erstkontakt": "Mo 13.04.2026"}
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    assert case.state == "Einwilligung geprüft, Erstkontakt offen"
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"


def test_a_referral_entered_days_later_still_counts_from_its_receipt(day: Day) -> None:
    """The receipt is the partner's date, whenever the Fachkraft gets to her pile."""
    day.it_is("Mi 08.04.2026 09:00")
    case = day.referral(consent="unclear", received="02.04.2026 11:20")
    assert case.due() == {"Einwilligung klären": "Do 09.04.2026"}
    assert case.case.number == "FH-2026-0001"


def test_where_no_answer_ever_comes_the_case_can_be_closed_with_a_last_look(day: Day) -> None:
    day.it_is("Fr 27.03.2026 17:00")
    case = day.referral(consent="unclear")
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_NO)
    day.it_is("Mo 27.04.2026 10:00")
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "„Abschließen“ ist noch nicht möglich: Bitte vor diesem Schritt noch einmal einschätzen, ob "
        "ein Kind in Gefahr ist (seit der letzten Änderung noch nicht geschehen). "
        "Nächster Schritt: „Ersteinschätzung: Ist ein Kind in Gefahr?“."
    )
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="unreachable")
    assert case.state == "Abgeschlossen"
