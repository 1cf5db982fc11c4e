"""A paper from before the no: it lifts nothing, and a consent that has run out hands nothing over."""

import pytest

from tests.people import MIDWIFE
from tests.scenarios.day import C, Day
from workflow.case import Package
from workflow.errors import DetailsError


def test_an_older_paper_does_not_lift_the_no(day: Day) -> None:
    """The form lay in the tray, the family has said no since: only a new yes allows contact (Art. 7 (3) DSGVO)."""
    day.it_is("Mo 02.03.2026 09:00")
    case = day.referral()
    day.it_is("Do 05.03.2026 09:00")
    case.step(C.WITHDRAW_CONSENT)
    with pytest.raises(DetailsError, match="neues Ja"):
        case.step(C.RECORD_CONSENT, given_on="27.02.2026")
    day.it_is("Fr 06.03.2026 09:00")
    case.step(C.RECORD_CONSENT)
    assert "withdrawn" not in case.case.marks


def test_the_midwife_takes_over_only_what_a_consent_still_covers(day: Day) -> None:
    """The wider consent ran out between the question and the answer; the narrower one still stands."""
    day.it_is("Mo 02.03.2026 09:00")
    case = day.referral(born="01.02.2026")
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.REACH_FAMILY)
    wide = {"fields": ("contact", "address"), "expires_on": "03.03.2026"}
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE, **wide)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact",))
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "address"))
    day.it_is("Mi 04.03.2026 09:00")
    case.step(C.ACCEPT, by=MIDWIFE)
    [handover] = case.case.handovers
    assert handover.package == (Package.CONTACT,)
