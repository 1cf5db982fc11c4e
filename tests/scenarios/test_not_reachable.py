"""Scenario: nobody answers.

Three attempts on different days over two channels, a neutral letter, one more look for danger, close (own reading).
"""

import pytest

from tests.scenarios.day import C, Day, Story
from workflow.errors import DetailsError

STEP = " Nächster Schritt: „Kontaktversuch, nicht erreicht“."


def to_be_contacted(day: Day) -> Story:
    case = day.referral()
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    return case


def test_three_attempts_a_letter_a_last_look_and_the_end(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = to_be_contacted(day)

    # Tuesday: the phone rings unanswered. The first contact is met by the attempt; reaching the family is owed on.
    day.it_is("Di 03.03.2026 10:00")
    case.step(C.ATTEMPT_CONTACT, channel="phone")
    assert case.due() == {"Familie erreichen": "Di 24.03.2026"}
    day.it_is("Do 05.03.2026 17:30")
    case.step(C.ATTEMPT_CONTACT, channel="phone")
    day.it_is("Fr 06.03.2026 11:00")
    case.step(C.ATTEMPT_CONTACT, channel="letter")
    day.it_is("Di 17.03.2026 15:00")
    case.step(C.ATTEMPT_CONTACT, channel="visit")
    assert case.due() == {"Familie erreichen": "Di 24.03.2026"}, "Trying again does not restart the clock."

    assert case.refused(C.CLOSE, reason="unreachable") == (
        "„Abschließen“ ist noch nicht möglich: Bitte vor diesem Schritt noch einmal einschätzen, ob "
        "ein Kind in Gefahr ist (seit der letzten Änderung noch nicht geschehen). "
        "Nächster Schritt: „Ersteinschätzung: Ist ein Kind in Gefahr?“."
    )
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="unreachable")
    assert case.state == "Abgeschlossen"
    assert day.worklist() == []


def test_closing_earlier_is_refused_with_the_reason(day: Day) -> None:
    """Two attempts and a letter are one attempt too few."""
    day.it_is("Mo 02.03.2026 09:00")
    case = to_be_contacted(day)
    for when, channel in (("Di 03.03.2026 10:00", "phone"), ("Mi 04.03.2026 10:00", "visit")):
        day.it_is(when)
        case.step(C.ATTEMPT_CONTACT, channel=channel)
    case.step(C.ATTEMPT_CONTACT, channel="letter")
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "Bisher: 2 Versuche an 2 Tagen, per Telefon und Besuch; Brief am 04.03. "
        f"Es fehlt: ein Versuch an einem weiteren Tag.{STEP}"
    )


def test_three_calls_on_one_day_are_one_try(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = to_be_contacted(day)
    for channel in ("phone", "phone", "visit", "letter"):
        case.step(C.ATTEMPT_CONTACT, channel=channel)
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "Bisher: 3 Versuche an 1 Tag, per Telefon und Besuch; Brief am 02.03. "
        f"Es fehlt: zwei Versuche an weiteren Tagen.{STEP}"
    )


def test_the_letter_is_no_second_channel(day: Day) -> None:
    """Three calls and the letter: the family was tried over one way only."""
    day.it_is("Mo 02.03.2026 09:00")
    case = to_be_contacted(day)
    for when in ("Di 03.03.2026 10:00", "Mi 04.03.2026 10:00", "Do 05.03.2026 10:00"):
        day.it_is(when)
        case.step(C.ATTEMPT_CONTACT, channel="phone")
    case.step(C.ATTEMPT_CONTACT, channel="letter")
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "Bisher: 3 Versuche an 3 Tagen, nur per Telefon; Brief am 05.03. "
        f"Es fehlt: ein Versuch auf einem zweiten Weg, zum Beispiel ein Besuch.{STEP}"
    )


def test_without_the_letter_it_is_too_early(day: Day) -> None:
    day.it_is("Mo 02.03.2026 09:00")
    case = to_be_contacted(day)
    for when, channel in (
        ("Di 03.03.2026 10:00", "phone"), ("Mi 04.03.2026 10:00", "visit"), ("Do 05.03.2026 10:00", "message"),
    ):  # fmt: skip
        day.it_is(when)
        case.step(C.ATTEMPT_CONTACT, channel=channel)
    case.step(C.TRIAGE_NO)
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "Bisher: 3 Versuche an 3 Tagen, per Nachricht und Telefon und Besuch; kein Brief. "
        f"Es fehlt: ein neutraler Brief.{STEP}"
    )


def test_an_attempt_entered_the_day_after_counts_for_its_own_day(day: Day) -> None:
    """Documented on Wednesday, tried on Tuesday; an attempt in the future is none."""
    day.it_is("Di 03.03.2026 08:00")
    case = to_be_contacted(day)
    day.it_is("Mi 04.03.2026 08:00")
    case.step(C.ATTEMPT_CONTACT, channel="phone", at="03.03.2026 16:00")
    [attempt] = case.case.attempts
    assert f"{attempt.at:%d.%m.%Y %H:%M}" == "03.03.2026 16:00"


def test_attempted_and_reached_are_kept_apart(day: Day) -> None:
    day.it_is("Di 03.03.2026 10:00")
    case = to_be_contacted(day)
    case.step(C.ATTEMPT_CONTACT, channel="phone")
    day.it_is("Mi 04.03.2026 18:00")
    case.step(C.REACH_FAMILY, channel="phone")
    assert [attempt.reached for attempt in case.case.attempts] == [False, True]
    assert case.case.marks["attempted"] < case.case.marks["reached"]
    assert case.refused(C.CLOSE, reason="unreachable") == (
        "Bisher: 1 Versuch an 1 Tag, nur per Telefon; kein Brief. Es fehlt: zwei Versuche an weiteren Tagen, ein Versuch "
        "auf einem zweiten Weg, zum Beispiel ein Besuch, ein neutraler Brief. "
        "Nächster Schritt: Einen anderen Abschlussgrund wählen."
    )


def test_an_attempt_before_the_referral_is_none(day: Day) -> None:
    """Otherwise three attempts on different days could be entered in one minute."""
    day.it_is("Mi 04.03.2026 08:00")
    case = to_be_contacted(day)
    with pytest.raises(DetailsError, match="vor dem Eingang"):
        case.step(C.ATTEMPT_CONTACT, channel="phone", at="03.03.2026 16:00")
