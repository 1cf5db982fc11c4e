"""Scenario: a consent for a limited time runs out. Time moves no case, but the next step waits (Art. 7 DSGVO)."""

from tests.people import MIDWIFE
from tests.scenarios.day import C, Day, Story

MISSING = "Es fehlt die Einwilligung der Familie in die Kontaktaufnahme."


def until_wednesday(day: Day) -> Story:
    """Consented on Monday, "bis Mittwoch, den 11."."""
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(expires_on="11.03.2026")
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    return case


def test_on_its_last_day_it_holds_from_midnight_on_it_does_not(day: Day) -> None:
    case = until_wednesday(day)
    day.it_is("Mi 11.03.2026 23:59")
    assert case.promises(C.REACH_FAMILY) == "ja"
    day.it_is("Do 12.03.2026 00:00")
    assert case.state == "Einwilligung geprüft, Erstkontakt offen", "Time moves no case."
    assert case.refused(C.REACH_FAMILY) == (
        f"„Kontakt hergestellt“ ist noch nicht möglich: {MISSING} "
        "Nächster Schritt: „Ersteinschätzung: Ist ein Kind in Gefahr?“."
    ), "The clinic is asked first, never the family; and before „nicht belegt“ comes the look for danger."
    case.step(C.TRIAGE_NO)
    assert case.refused(C.REACH_FAMILY).endswith("Nächster Schritt: „Einwilligung prüfen“.")
    case.step(C.CHECK_CONSENT_NO)
    case.step(C.QUERY_CONSENT)


def test_the_deadline_to_clear_it_begins_with_the_expiry_whenever_somebody_looks(day: Day) -> None:
    case = until_wednesday(day)
    assert case.due() == {"Erstkontakt": "Do 12.03.2026"}
    day.it_is("Do 12.03.2026 08:00")
    assert case.due() == {"Einwilligung klären": "Mo 16.03.2026"}
    day.it_is("Di 17.03.2026 00:00")
    assert case.due() == {"Einwilligung klären": "Mo 16.03.2026"}
    assert day.worklist() == ["Überfällig: Einwilligung klären, Mo 16.03.2026"]


def test_the_scheduler_flags_it_once_and_stumbles_over_nothing(day: Day) -> None:
    """A deadline that fell away with the consent must not stop the sweep for everybody else."""
    lapsed = until_wednesday(day)
    other = day.referral()
    day.it_is("Fr 13.03.2026 07:00")
    assert day.sweep() == 1, "The other family's first contact."
    assert other.duties()["Erstkontakt"].flagged_at is not None
    day.it_is("Di 17.03.2026 07:00")
    assert day.sweep() == 1, "The lapsed consent."
    assert lapsed.duties()["Einwilligung klären"].flagged_at is not None
    assert day.sweep() == 0


def test_renewed_the_three_days_for_the_contact_count_from_the_renewal(day: Day) -> None:
    case = until_wednesday(day)
    day.it_is("Mi 18.03.2026 11:00")
    case.step(C.RECORD_CONSENT)
    assert case.due() == {"Erstkontakt": "Mo 23.03.2026"}
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"


def test_renewed_in_time_nothing_lapses_and_nothing_restarts(day: Day) -> None:
    case = until_wednesday(day)
    day.it_is("Mi 11.03.2026 16:00")
    case.step(C.RECORD_CONSENT)
    assert case.due() == {"Erstkontakt": "Do 12.03.2026"}
    day.it_is("Do 12.03.2026 09:00")
    assert case.promises(C.REACH_FAMILY) == "ja"


def test_a_consent_for_the_midwife_that_runs_out_before_she_accepts(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE, expires_on="10.03.2026")
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    day.it_is("Mi 11.03.2026 09:00")
    assert case.refused(C.ACCEPT, by=MIDWIFE).startswith(
        "„Übergabe annehmen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Yıldız"
    )
    case.step(C.DECLINE, by=MIDWIFE)
