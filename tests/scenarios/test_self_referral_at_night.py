"""Scenario: a mother writes at 23:49. The local date counts, not the hour (§ 187 BGB; Konzept Bergkamen, Z. 205)."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.day import C, Day, moment
from tests.world import a_world


def test_written_at_night_the_next_working_day_is_the_aim_and_the_third_the_latest(day: Day) -> None:
    day.it_is("Do 12.03.2026 23:49")
    case = day.self_referral(born="01.02.2026")
    assert case.state == "Eingegangen"
    contact = case.duties()["Erstkontakt"]
    assert f"{contact.aim:%d.%m.%Y}" == "13.03.2026"
    assert case.due() == {"Erstkontakt": "Di 17.03.2026"}

    # On Friday morning it stands on top of the list.
    day.it_is("Fr 13.03.2026 08:00")
    assert day.worklist() == ["Heute fällig: Erstkontakt, Di 17.03.2026"]
    assert day.remarks() == ["Selbstmeldung: möglichst bis 13.03."]

    # She has consented by coming: nobody is asked.
    case.step(C.TRIAGE_NO)
    assert case.refused(C.QUERY_CONSENT) == (
        "„Beim Partner nach der Einwilligung fragen“ ist im Stand „Eingegangen“ nicht vorgesehen."
    )
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.REACH_FAMILY)
    assert case.state == "Im Kontakt, Klärung"


def test_eleven_minutes_later_it_is_another_day(day: Day) -> None:
    day.it_is("Fr 13.03.2026 00:00")
    assert day.self_referral().due() == {"Erstkontakt": "Mi 18.03.2026"}


def test_overdue_begins_at_the_local_midnight_also_when_the_clocks_change(day: Day) -> None:
    """Written on Wednesday, due on Monday; between them summer time has begun."""
    day.it_is("Mi 25.03.2026 23:49")
    case = day.self_referral()
    assert case.due() == {"Erstkontakt": "Mo 30.03.2026"}
    overdue_from = case.duties()["Erstkontakt"].overdue_from
    assert overdue_from.astimezone(UTC).isoformat() == "2026-03-30T22:00:00+00:00"
    day.it_is("Mo 30.03.2026 23:59")
    assert day.worklist() == ["Heute fällig: Erstkontakt, Mo 30.03.2026"]
    day.it_is("Di 31.03.2026 00:00")
    assert day.worklist() == ["Überfällig: Erstkontakt, Mo 30.03.2026"]


def test_a_self_referred_family_can_withdraw_like_any_other(day: Day) -> None:
    day.it_is("Do 12.03.2026 23:49")
    case = day.self_referral()
    case.step(C.WITHDRAW_CONSENT, said_by="Mutter")
    assert case.state == "Einwilligung ungeklärt"
    assert list(case.due()) == ["Fall nach Ablehnung oder Widerruf beenden"]


@settings(max_examples=30)
@given(minute=st.integers(0, 24 * 60 - 1))
def test_whatever_the_minute_of_the_day_the_deadline_is_the_same(minute: int) -> None:
    with a_world() as world:
        world.now = moment("Do 12.03.2026 00:00") + timedelta(minutes=minute)
        [duty] = world.a_referral("self").duties
    assert (duty.aim, duty.due) == (
        moment("Fr 13.03.2026 12:00").date(),
        moment("Di 17.03.2026 12:00").date(),
    )


@pytest.mark.parametrize(
    ("came", "latest"),
    [
        ("Sa 14.03.2026 07:00", "Mi 18.03.2026"),
        ("So 15.03.2026 23:49", "Mi 18.03.2026"),
        ("Mi 01.04.2026 23:49", "Mi 08.04.2026"),  # Karfreitag and Ostermontag lie between
        ("Do 24.12.2026 23:49", "Mi 30.12.2026"),  # Christmas; the 24th itself is the day of the event
        ("Do 31.12.2026 23:49", "Mi 06.01.2027"),
    ],
)
def test_weekends_and_holidays_do_not_count(day: Day, came: str, latest: str) -> None:
    day.it_is(came)
    assert day.self_referral().due() == {"Erstkontakt": latest}
