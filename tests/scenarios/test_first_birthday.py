"""Scenario: the child turns one while the midwife comes (Konzept Bergkamen, Z. 186)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from tests.people import MIDWIFE, NURSE, SECOND_MIDWIFE
from tests.scenarios.day import C, Day, Story
from tests.world import a_world
from workflow.calendar import BERLIN
from workflow.case import Child
from workflow.judge import judge
from workflow.office import Moment

OUT_OF_AGE = (
    "Das Kind ist außerhalb der Altersgrenze für Familienhebamme. "
    "Mit neuer Einwilligung kommt in Frage: Familienkinderkrankenschwester, Familienpatin oder Familienpate."
)


def in_contact(day: Day, born: str) -> Story:
    case = day.referral(born=born)
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    return case


def supported(day: Day, born: str) -> Story:
    case = in_contact(day, born)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    case.step(C.ACCEPT, by=MIDWIFE)
    return case


def test_the_birthday_announces_itself_eight_and_four_weeks_before(day: Day) -> None:
    day.it_is("Mo 12.01.2026 09:00")
    supported(day, born="20.05.2025")
    day.it_is("Mo 23.03.2026 09:00")
    assert day.remarks() == []
    day.it_is("Di 24.03.2026 00:00")
    assert "neun Wochen" in day.remarks()[0], "From the day on which the letter says that there is news."
    day.it_is("Mi 25.03.2026 00:00")
    assert day.remarks() == [
        "Altersgrenze am 20.05.2026, in höchstens acht Wochen. Danach nur mit neuer Einwilligung an eine andere Stelle."
    ]
    assert day.remarks(MIDWIFE) == day.remarks()
    day.it_is("Di 21.04.2026 23:59")
    assert "acht Wochen" in day.remarks()[0]
    day.it_is("Mi 22.04.2026 00:00")
    assert "vier Wochen" in day.remarks()[0]
    day.it_is("Do 21.05.2026 00:00")
    assert day.remarks() == [
        "Altersgrenze seit 20.05.2026 erreicht. Weiter nur mit neuer Einwilligung an eine andere Stelle."
    ]


def test_the_support_is_due_for_review_on_the_birthday_at_the_latest(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = supported(day, born="20.05.2025")
    assert case.due() == {
        "Begleitung beenden oder neu vereinbaren": "Mi 20.05.2026", "Begleitung überprüfen": "Mi 20.05.2026",
    }  # fmt: skip
    day.it_is("Mi 20.05.2026 23:59")
    assert day.worklist() == [
        "Heute fällig: Begleitung überprüfen: Frau Yıldız (Familienhebamme), Mi 20.05.2026",
        "Wartet auf andere: Begleitung beenden oder neu vereinbaren: Frau Yıldız (Familienhebamme), Mi 20.05.2026",
    ]
    assert day.worklist(MIDWIFE) == [
        "Heute fällig: Begleitung beenden oder neu vereinbaren, Mi 20.05.2026",
        "Heute fällig: Begleitung überprüfen, Mi 20.05.2026",
    ]
    day.it_is("Do 21.05.2026 00:00")
    assert day.worklist(MIDWIFE) == [
        "Überfällig: Begleitung beenden oder neu vereinbaren, Mi 20.05.2026",
        "Überfällig: Begleitung überprüfen, Mi 20.05.2026",
    ]


def test_on_the_birthday_a_midwife_may_still_be_asked_the_day_after_not(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = in_contact(day, born="20.05.2025")
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    day.it_is("Mi 20.05.2026 23:59")
    assert case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"
    day.it_is("Do 21.05.2026 00:00")
    assert case.refused(C.PROPOSE_HANDOVER, to=MIDWIFE) == (
        f"„Übergabe anfragen“ ist noch nicht möglich: {OUT_OF_AGE}"
    )


def test_asked_before_the_birthday_she_cannot_accept_after_it(day: Day) -> None:
    day.it_is("Mo 18.05.2026 09:00")
    case = in_contact(day, born="20.05.2025")
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    day.it_is("Do 21.05.2026 08:00")
    assert case.refused(C.ACCEPT, by=MIDWIFE) == f"„Übergabe annehmen“ ist noch nicht möglich: {OUT_OF_AGE}"
    case.step(C.DECLINE, by=MIDWIFE, reason="Das Kind ist jetzt ein Jahr alt.")


def test_onward_to_the_famki_with_a_new_consent(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = supported(day, born="20.05.2025")
    day.it_is("Do 21.05.2026 09:00")
    case.step(C.END_SUPPORT, by=MIDWIFE, reason="Altersgrenze")
    # Neither a second midwife, nor the nurse on the old consent.
    case.step(C.RECORD_CONSENT_FOR, to=SECOND_MIDWIFE)
    assert OUT_OF_AGE in case.refused(C.PROPOSE_HANDOVER, to=SECOND_MIDWIFE)
    assert case.refused(C.PROPOSE_HANDOVER, to=NURSE) == (
        "„Übergabe anfragen“ ist noch nicht möglich: Es fehlt die Einwilligung der Familie für Frau Pflaster "
        "(Familienkinderkrankenschwester). Nächster Schritt: „Einwilligung in die Übergabe erfassen“."
    )
    case.step(C.RECORD_CONSENT_FOR, to=NURSE)
    case.step(C.PROPOSE_HANDOVER, to=NURSE)
    case.step(C.ACCEPT, by=NURSE)
    assert case.state == "Übergeben, in Begleitung"


def test_born_on_29_february_the_first_birthday_is_the_first_of_march(day: Day) -> None:
    day.it_is("Mo 02.02.2026 09:00")
    case = in_contact(day, born="29.02.2024")
    assert "außerhalb der Altersgrenze" in case.promises(C.PROPOSE_HANDOVER, to=MIDWIFE)
    with a_world(at="2025-02-03 09:00") as world:
        leap = in_contact(Day(world), born="29.02.2024")
        leap.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
        leap.day.it_is("Sa 01.03.2025 23:59")
        assert leap.promises(C.PROPOSE_HANDOVER, to=MIDWIFE) == "ja"
        leap.day.it_is("So 02.03.2025 00:00")
        assert OUT_OF_AGE in leap.promises(C.PROPOSE_HANDOVER, to=MIDWIFE)


def test_before_the_third_birthday_onward_or_close_and_no_profession_is_left(day: Day) -> None:
    """The Frühen Hilfen end at age three: handed on with consent into the Präventionskette, or closed."""
    day.it_is("Mo 02.03.2026 09:00")
    case = in_contact(day, born="20.05.2023")
    assert not any("Altersgrenze" in line for line in day.worklist())
    day.it_is("Di 24.03.2026 00:00")
    assert "Demnächst: Altersgrenze naht: weitervermitteln oder abschließen, Di 19.05.2026" in day.worklist()
    day.it_is("Mi 20.05.2026 00:00")
    due = "Heute fällig: Altersgrenze überschritten: weitervermitteln oder abschließen, Di 19.05.2026"
    assert due in day.worklist()
    case.step(C.RECORD_CONSENT_FOR, to=NURSE)
    assert case.refused(C.PROPOSE_HANDOVER, to=NURSE).endswith(
        "Das Kind ist außerhalb der Altersgrenze für Familienkinderkrankenschwester."
    )
    case.step(C.CLOSE, reason="transferred")
    assert case.state == "Abgeschlossen"


def test_whenever_a_child_is_born_the_last_day_is_the_birthday_itself() -> None:
    """Every birthday of four years: asked on the first birthday yes, on the day after no; whatever `ages` says."""
    with a_world() as world:
        case = in_contact(Day(world), born="20.02.2026")
        case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
        asked = world.question(case.case)
    for number in range(4 * 366):
        born = date(2024, 1, 1) + timedelta(days=number)
        leap = (born.month, born.day) == (2, 29)
        birthday = date(born.year + 1, 3, 1) if leap else born.replace(year=born.year + 1)
        one = replace(asked, case=replace(asked.case, child=Child(born)))
        for at, may in ((birthday, True), (birthday + timedelta(days=1), False)):
            noon = Moment.of(datetime.combine(at, time(12), BERLIN))
            assert judge(replace(one, moment=noon), C.PROPOSE_HANDOVER, MIDWIFE.recipient).allowed is may, (
                born
            )
