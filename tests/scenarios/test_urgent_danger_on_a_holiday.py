"""Scenario: Karfreitag, a baby is hurt, nobody has asked about consent.

Nothing blocks the way to the ASD (§ 8a SGB VIII, § 4 KKG; Konzept Leipzig, Z. 23-25).
"""

import pytest

from states.vocabulary import OPEN, State
from tests.people import ASD, COLLEAGUE, MIDWIFE, WORKER
from tests.scenarios.day import C, Day, Story
from workflow.errors import DetailsError

TELEPHONE = (
    "Gilt erst als zugestellt, wenn ein Mensch beim ASD den Empfang bestätigt. Bis dahin telefonisch: "
    "Bereitschaft, bei akuter Gefahr 110."
)


def on_good_friday(day: Day) -> Story:
    day.it_is("Fr 03.04.2026 21:15")
    return day.referral(consent="unclear", concern="Säugling geschüttelt")


def test_nothing_blocks_the_urgent_notice(day: Day) -> None:
    """Two moves without one field filled in, without consent, on a holiday at night."""
    case = on_good_friday(day)
    case.step(C.TRIAGE_YES)
    case.step(C.ESCALATE_URGENT, told=None)
    assert case.state == "An den ASD übergeben"


def test_the_documentation_is_due_the_next_working_day_and_the_telephone_is_named_until_then(
    day: Day,
) -> None:
    case = on_good_friday(day)
    case.step(C.TRIAGE_YES)
    assert case.due()["Gefährdung klären"] == "Di 07.04.2026"
    case.step(C.ESCALATE_URGENT)
    # Good Friday, the weekend and Easter Monday: the next working day is Tuesday.
    assert case.due() == {
        "Empfangsbestätigung des ASD": "Di 07.04.2026",
        "Dokumentation der Eilmeldung": "Di 07.04.2026",
    }
    assert day.worklist() == [
        "Gefahr – zuerst: Empfangsbestätigung des ASD, Di 07.04.2026",
        "Gefahr – zuerst: Dokumentation der Eilmeldung, Di 07.04.2026",
    ]
    assert day.remarks() == [TELEPHONE]

    # On the phone a human at the ASD confirms; the Fachkraft writes down who and when.
    day.it_is("Fr 03.04.2026 21:40")
    case.step(
        C.CONFIRM_RECEIPT, by=WORKER, confirmed_by="Frau Dienst", at="03.04.2026 21:35", channel="phone"
    )
    assert day.remarks() == []
    assert "Empfangsbestätigung des ASD" not in case.due()
    assert case.last_words()["confirmed_by"] == "Frau Dienst"

    day.it_is("Di 07.04.2026 09:00")
    assert "Gefahr – zuerst: Dokumentation der Eilmeldung, Di 07.04.2026" in day.worklist()
    assert case.refused(C.CLOSE, reason="escalated") == (
        "„Abschließen“ ist noch nicht möglich: Zur Eilmeldung fehlt noch die Dokumentation. "
        "Nächster Schritt: „Dokumentation nachholen“."
    )
    case.step(C.COMPLETE_RECORD)
    case.step(C.CLOSE, reason="escalated")
    assert case.state == "Abgeschlossen"


def test_an_escalation_is_not_delivered_by_being_sent(day: Day) -> None:
    """Without a human's receipt it cannot be closed, and after Tuesday it is overdue."""
    case = on_good_friday(day)
    case.step(C.TRIAGE_YES)
    case.step(C.ESCALATE_URGENT)
    case.step(C.COMPLETE_RECORD)
    assert case.refused(C.CLOSE, reason="escalated") == (
        "„Abschließen“ ist noch nicht möglich: Es fehlt die Empfangsbestätigung durch einen Menschen beim ASD. "
        "Nächster Schritt: „Empfang durch den ASD bestätigen“."
    )
    with pytest.raises(DetailsError, match="Bestätigt von"):
        case.step(C.CONFIRM_RECEIPT, confirmed_by=None)
    day.it_is("Mi 08.04.2026 00:00")
    assert day.worklist() == ["Gefahr – zuerst: Empfangsbestätigung des ASD, Di 07.04.2026"]
    assert day.remarks() == [TELEPHONE]
    case.step(C.CONFIRM_RECEIPT, by=ASD)
    assert list(case.due()) == ["Rückmeldung des ASD"]


def test_the_documented_way_needs_two_and_the_family(day: Day) -> None:
    case = on_good_friday(day)
    case.step(C.TRIAGE_YES)
    assert case.refused(C.ESCALATE) == (
        "„An den ASD mitteilen“ ist noch nicht möglich: Es fehlt die Gefährdungseinschätzung durch zwei Fachkräfte "
        "oder mit einer insoweit erfahrenen. Es fehlt, ob Eltern und Kind beteiligt wurden, oder warum nicht. "
        "Nächster Schritt: „Gefährdungseinschätzung“."
    )
    with pytest.raises(DetailsError, match="mindestens zwei Fachkräfte"):
        case.step(C.ASSESS_RISK_YES, assessors="Frau Muster")
    case.step(C.ASSESS_RISK_YES, assessors="Frau Muster", adviser="ieF Frau Rat")
    with pytest.raises(DetailsError, match="warum Eltern und Kind nicht beteiligt"):
        case.step(C.INVOLVE_FAMILY, involved=False)
    case.step(C.INVOLVE_FAMILY, involved=False, reason="Das Kind wäre dadurch gefährdet.")
    case.step(C.ESCALATE)
    assert case.due() == {"Empfangsbestätigung des ASD": "Di 07.04.2026"}, "Nothing is left to be documented."


@pytest.mark.parametrize("state", OPEN, ids=str)
def test_from_every_state_two_moves_lead_to_the_asd(day: Day, state: State) -> None:
    day.it_is("Fr 03.04.2026 21:15")
    case = Story(day, day.world.a_case_in(state).id)
    case.step(C.TRIAGE_YES)
    case.step(C.ESCALATE_URGENT, told=None)
    assert case.state == "An den ASD übergeben"


def test_the_midwife_raises_her_concern_at_once(day: Day) -> None:
    day.it_is("Fr 03.04.2026 21:15")
    case = Story(day, day.world.a_case_in(State.HANDED_OVER).id)
    case.step(C.RAISE_CONCERN, by=MIDWIFE, indications="Säugling apathisch")
    assert case.due()["Gefährdung klären"] == "Di 07.04.2026"
    case.step(C.ESCALATE_URGENT)
    assert case.state == "An den ASD übergeben"
    # The support stands while the ASD acts.
    assert "Begleitung überprüfen" in case.due()


def test_whoever_is_on_duty_can_send_the_urgent_notice(day: Day) -> None:
    """The way to the ASD does not hang on who is on duty (Konzept Leipzig, Z. 25)."""
    case = on_good_friday(day)
    assert case.case.responsible == WORKER.id
    case.step(C.TRIAGE_YES, by=COLLEAGUE)
    case.step(C.ESCALATE_URGENT, by=COLLEAGUE)
    assert case.state == "An den ASD übergeben"
    case.step(C.CONFIRM_RECEIPT, by=COLLEAGUE)
    assert case.case.responsible == WORKER.id
    assert "nicht zugeordnet" in case.refused(C.NOTE, by=COLLEAGUE)


def test_danger_that_is_excluded_leads_back_to_the_usual_way(day: Day) -> None:
    case = on_good_friday(day)
    case.step(C.TRIAGE_YES)
    assert case.refused(C.CLOSE, reason="declined").startswith(
        "„Abschließen“ ist noch nicht möglich: Eine Gefährdung des Kindes ist nicht ausgeschlossen."
    )
    case.step(C.ASSESS_RISK_NO)
    assert list(case.due()) == ["Einwilligung klären"]
