"""Scenario: Frau Muster is on holiday, Herr Probe stands in from Monday to Friday, and not a day longer."""

import pytest

from tests.people import COLLEAGUE, DEPUTY, SUPERVISOR, WORKER
from tests.scenarios.day import C, Day, Story
from workflow.errors import RefusedError
from workflow.perform import Request


def before_the_holiday(day: Day) -> Story:
    day.it_is("Fr 13.03.2026 09:00")
    day.world.substitute(DEPUTY, WORKER, "2026-03-16", "2026-03-20")
    return day.referral()


def test_the_deputy_sees_and_acts_from_the_first_to_the_last_day(day: Day) -> None:
    case = before_the_holiday(day)
    day.it_is("So 15.03.2026 23:59")
    assert day.worklist(DEPUTY) == []
    assert case.refused(C.TRIAGE_NO, by=DEPUTY) == (
        "Dieser Fall ist Ihnen nicht zugeordnet. Frau Muster ist zuständig."
    )

    day.it_is("Mo 16.03.2026 00:00")
    assert day.worklist(DEPUTY) == ["Demnächst: Erstkontakt, Mi 18.03.2026"]
    case.step(C.TRIAGE_NO, by=DEPUTY)
    case.step(C.CHECK_CONSENT_YES, by=DEPUTY)
    day.it_is("Fr 20.03.2026 23:59")
    case.step(C.REACH_FAMILY, by=DEPUTY)

    day.it_is("Sa 21.03.2026 00:00")
    assert day.worklist(DEPUTY) == []
    assert "nicht zugeordnet" in case.refused(C.NOTE, by=DEPUTY)


def test_the_person_represented_stays_responsible_and_the_log_names_who_acted(day: Day) -> None:
    case = before_the_holiday(day)
    day.it_is("Mi 18.03.2026 10:00")
    assert case.step(C.TRIAGE_NO, by=DEPUTY).responsible == WORKER.id
    assert case.log()[-1].a["actor"] == DEPUTY.id


def test_both_work_on_the_same_case_in_these_days(day: Day) -> None:
    case = before_the_holiday(day)
    day.it_is("Mi 18.03.2026 10:00")
    case.step(C.TRIAGE_NO, by=DEPUTY)
    case.step(C.CHECK_CONSENT_YES, by=WORKER)
    assert day.worklist(DEPUTY) == day.worklist(WORKER)


def test_a_deputy_of_nobody_sees_nothing(day: Day) -> None:
    case = before_the_holiday(day)
    day.it_is("Mi 18.03.2026 10:00")
    assert day.worklist(COLLEAGUE) == []
    assert "Frau Muster ist zuständig" in case.refused(C.TRIAGE_NO, by=COLLEAGUE)


def test_for_longer_than_a_holiday_the_supervisor_assigns(day: Day) -> None:
    """From then on the case is Herr Probe's alone; nobody gives away what is not theirs."""
    case = before_the_holiday(day)
    to_probe = {"to": DEPUTY.id}
    with pytest.raises(RefusedError, match="nicht zugeordnet"):
        day.world.submit(Request(C.ASSIGN, COLLEAGUE, case.id, details=to_probe))
    day.world.submit(Request(C.ASSIGN, SUPERVISOR, case.id, details=to_probe))
    assert case.case.responsible == DEPUTY.id
    assert day.worklist(WORKER) == []
    assert day.worklist(DEPUTY) == ["Demnächst: Erstkontakt, Mi 18.03.2026"]
    assert "Herr Probe ist zuständig" in case.refused(C.TRIAGE_NO, by=WORKER)


def test_opening_a_case_as_deputy_is_on_record(office_on_disk: Day) -> None:
    case = before_the_holiday(office_on_disk)
    office_on_disk.it_is("Mo 16.03.2026 08:00")
    lotse = office_on_disk.world.lotse
    seen = lotse.view(DEPUTY, case.case.number)
    assert seen.family == case.family
    assert (case.log()[-1].a["action"], case.log()[-1].a["actor"]) == ("open", DEPUTY.id)

    office_on_disk.it_is("Sa 21.03.2026 08:00")
    with pytest.raises(RefusedError, match="nicht zugeordnet"):
        lotse.view(DEPUTY, case.case.number)
    last = office_on_disk.world.entries()[-1].a
    assert (last["action"], last["actor"], last["outcome"]) == ("open", DEPUTY.id, "refused")
