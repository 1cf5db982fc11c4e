"""Scenario: "mündlich": an oral consent is enough to call, and leaves a task (§ 67b (2) SGB X)."""

from tests.scenarios.day import C, Day

TASK = "Heute fällig: Grund der mündlichen Einwilligung nachtragen"


def test_the_reason_is_asked_for_until_it_is_written_down(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(consent="oral")
    assert TASK in day.worklist()

    # The task holds nobody up.
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    assert TASK in day.worklist()

    case.step(
        C.CORRECT, field="oral_reason", value="Telefonisch aus der Klinik, Entlassung am selben Tag.",
        reason="nachgetragen",
    )  # fmt: skip
    assert TASK not in day.worklist()
    [consent] = case.case.consents
    assert consent.oral_reason.startswith("Telefonisch aus der Klinik")


def test_with_its_reason_at_once_there_is_no_task(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    day.referral(consent="oral", oral_reason="Telefonisch, die Mutter liegt im Kreißsaal.")
    assert day.worklist() == ["Demnächst: Erstkontakt, Do 12.03.2026"]


def test_a_written_consent_leaves_no_task(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    day.referral(consent="written")
    assert TASK not in day.worklist()


def test_an_oral_yes_for_the_midwife_leaves_the_same_task(day: Day) -> None:
    from tests.people import MIDWIFE

    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE, form="oral")
    assert TASK in day.worklist()
