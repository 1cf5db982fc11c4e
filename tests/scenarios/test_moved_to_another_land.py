"""Scenario: the family moves from Bergkamen to Flensburg. The calendar of the acting office counts."""

from collections.abc import Callable

import pytest

from adapters.db.store import Store
from states.profile import load
from tests.people import WORKER
from tests.scenarios.day import C, Day


def test_the_old_office_closes_as_moved_the_new_one_begins_anew(office: Callable[..., Day]) -> None:
    bergkamen, flensburg = office("bergkamen"), office("flensburg")
    bergkamen.it_is("Mo 01.06.2026 09:00")
    case = bergkamen.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.NOTE, text="Die Familie zieht nach Flensburg.")
    case.step(C.CLOSE, reason="moved")
    assert case.state == "Abgeschlossen"
    assert case.case.closed_reason == "moved"

    # The mother calls there herself: nothing has travelled without her.
    flensburg.it_is("Di 02.06.2026 11:00")
    there = flensburg.self_referral()
    assert there.due() == {"Erstkontakt": "Fr 05.06.2026"}


@pytest.mark.parametrize(
    ("profile", "due"),
    [
        ("default", "Mo 08.06.2026"),  # NW, Arbeitstage: Fronleichnam does not count, nor does the weekend
        ("bergkamen", "Sa 06.06.2026"),  # NW, Werktage: Saturday counts
        ("flensburg", "Fr 05.06.2026"),  # SH knows no Fronleichnam
    ],
)
def test_what_the_land_of_the_profile_means(office: Callable[..., Day], profile: str, due: str) -> None:
    """Received on Tuesday before Fronleichnam (04.06.2026)."""
    day = office(profile)
    day.it_is("Di 02.06.2026 10:00")
    assert day.referral().due() == {"Erstkontakt": due}


def test_where_the_family_lives_does_not_matter(office: Callable[..., Day]) -> None:
    """A family in Flensburg, a case in Bergkamen: Bergkamen's holidays count."""
    day = office("bergkamen")
    day.it_is("Di 02.06.2026 10:00")
    case = day.referral(postcode="24937", street="Hafenweg 1")
    assert case.due() == {"Erstkontakt": "Sa 06.06.2026"}
    assert "NW" in case.case.duties[0].counted
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.CORRECT, field="postcode", value="24939", reason="umgezogen")
    assert case.due() == {"Erstkontakt": "Sa 06.06.2026"}, "Moving does not move a deadline."


def test_moved_before_anybody_reached_them_needs_a_last_look_too(day: Day) -> None:
    day.it_is("Mo 01.06.2026 09:00")
    case = day.referral()
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    assert "noch einmal einschätzen" in case.refused(C.CLOSE, reason="moved", by=WORKER)
    case.step(C.TRIAGE_NO)
    case.step(C.CLOSE, reason="moved")
    assert case.state == "Abgeschlossen"


def test_when_the_office_itself_changes_its_rules_running_cases_keep_theirs(office_on_disk: Day) -> None:
    """A new profile, in another Land: what began by the old one is counted by the old one."""
    day = office_on_disk
    day.it_is("Di 02.06.2026 10:00")
    old = day.referral()
    assert isinstance(day.world.store, Store)
    day.world.store.adopt(load("flensburg"))
    day.world.reopen()
    new = day.referral()
    assert (old.case.profile, new.case.profile) == ("default", "flensburg")
    assert old.due() == {"Erstkontakt": "Mo 08.06.2026"}
    assert new.due() == {"Erstkontakt": "Fr 05.06.2026"}
    old.step(C.TRIAGE_NO)
    old.step(C.CHECK_CONSENT_YES)
    day.it_is("Mi 03.06.2026 10:00")
    old.step(C.WITHDRAW_CONSENT)
    assert old.due() == {"Fall nach Ablehnung oder Widerruf beenden": "Do 11.06.2026"}, (
        "Fronleichnam NW, still."
    )
