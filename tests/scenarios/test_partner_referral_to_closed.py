"""Scenario: a clinic refers a family with its consent; contact, midwife, end (Konzept Bergkamen, Z. 112, 205)."""

from tests.people import MIDWIFE, WORKER
from tests.scenarios.day import C, Day


def test_from_the_letter_of_the_clinic_to_the_goal_reached(day: Day) -> None:
    day.it_is("Mo 02.03.2026 10:40")
    case = day.referral(consent="written", born="20.02.2026")
    assert case.state == "Eingegangen"
    assert day.worklist() == ["Demnächst: Erstkontakt, Do 05.03.2026"]

    # Nobody calls before somebody has looked for danger and at the consent.
    assert case.refused(C.REACH_FAMILY) == (
        "„Kontakt hergestellt“ ist im Stand „Eingegangen“ nicht vorgesehen. "
        "Nächster Schritt: „Ersteinschätzung: Ist ein Kind in Gefahr?“."
    )
    assert case.refused(C.CHECK_CONSENT_YES) == (
        "„Einwilligung geprüft: liegt vor“ ist noch nicht möglich: Es fehlt die Ersteinschätzung, ob ein Kind in "
        "Gefahr ist. Nächster Schritt: „Ersteinschätzung: Ist ein Kind in Gefahr?“."
    )
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    assert case.state == "Einwilligung geprüft, Erstkontakt offen"
    assert case.due() == {"Erstkontakt": "Do 05.03.2026"}

    # On the second of the three days the mother answers the phone.
    day.it_is("Mi 04.03.2026 11:15")
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"
    assert list(case.due()) == ["Bedarf klären"]

    # She would like a midwife; without her yes to this midwife nobody is asked.
    assert case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE) == (
        "„Übergabe anfragen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Yıldız "
        "(Familienhebamme). Nächster Schritt: „Einwilligung in die Übergabe erfassen“."
    )
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact", "child"))
    assert case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "concern")) == (
        "Die Einwilligung für Frau Yıldız (Familienhebamme) umfasst nicht: Anliegen. "
        "Nächster Schritt: Weniger weitergeben oder eine weiter gefasste Einwilligung erfassen."
    )
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "child"))
    assert case.state == "Übergabe angefragt"
    assert day.worklist(MIDWIFE) == ["Heute fällig: Neue Anfrage, Mo 09.03.2026"]
    assert (
        "Wartet auf andere: Antwort auf die Übergabeanfrage: Frau Yıldız (Familienhebamme), Mo 09.03.2026"
        in (day.worklist())
    )

    day.it_is("Do 05.03.2026 08:30")
    case.step(C.ACCEPT, by=MIDWIFE)
    assert case.state == "Übergeben, in Begleitung"
    assert list(case.due()) == ["Begleitung beenden oder neu vereinbaren", "Begleitung überprüfen"]
    assert case.refused(C.CLOSE) == (
        "„Abschließen“ ist im Stand „Übergeben, in Begleitung“ nicht vorgesehen. "
        "Nächster Schritt: „Begleitung beenden“."
    )

    # In May the feeding goes well; the midwife ends her support, and the Fachkraft closes.
    day.it_is("Mo 11.05.2026 14:00")
    case.step(C.END_SUPPORT, by=MIDWIFE)
    assert day.worklist(MIDWIFE) == []
    assert case.state == "Im Kontakt, Klärung"
    case.step(C.CLOSE, reason="goal_reached")
    assert case.state == "Abgeschlossen"
    assert case.case.closed_reason == "goal_reached"
    assert case.due() == {}
    assert day.worklist() == []


def test_the_fachkraft_stays_responsible_throughout(day: Day) -> None:
    """A handover hands over the support, never the responsibility for the case."""
    day.it_is("Mo 02.03.2026 10:40")
    case = day.referral(born="20.02.2026")
    for command, to in (
        (C.TRIAGE_NO, None), (C.CHECK_CONSENT_YES, None), (C.REACH_FAMILY, None),
        (C.RECORD_CONSENT_FOR, MIDWIFE), (C.PROPOSE_HANDOVER, MIDWIFE),
    ):  # fmt: skip
        assert case.step(command, to=to).responsible == WORKER.id
    assert case.step(C.ACCEPT, by=MIDWIFE).responsible == WORKER.id


def test_every_step_is_in_the_log_with_who_when_and_on_what_basis(day: Day) -> None:
    day.it_is("Mo 02.03.2026 10:40")
    case = day.referral(born="20.02.2026")
    case.step(C.TRIAGE_NO)
    received, looked = (entry.a for entry in case.log())
    assert (received["actor"], received["role"]) == ("fachkraft", "case_worker")
    assert received["basis"] == "Konzept Bergkamen, Z. 205"
    assert looked["action"] == "triage(no)"
    assert looked["set"] == ["looked"]
    assert looked["at"] == "2026-03-02T09:40:00+00:00"
    assert received["opened"] == [
        {
            "obligation": "first_contact", "recipient": None, "anchor": "2026-03-02", "due": "2026-03-05",
            "counted": f"arbeitstage NW {day.world.office.network_now.calendar.version}",
        }
    ]  # fmt: skip
