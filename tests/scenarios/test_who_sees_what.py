"""Scenario: who sees what of one case: need-to-know for partner, midwife, ASD and supervisor."""

import pytest

from states.vocabulary import Command, State
from tests.people import (
    ASD,
    CLINIC,
    COLLEAGUE,
    FAMILY,
    MIDWIFE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    SECOND_MIDWIFE,
    SUPERVISOR,
    WORKER,
)
from tests.scenarios.day import C, Day, Story
from tests.world import a_world
from workflow.case import Family
from workflow.errors import RefusedError
from workflow.office import Person
from workflow.reference import reference_of
from workflow.sight import sight_of
from workflow.visible import told_of_a_no

NOT_YOURS = "Dieser Fall ist Ihnen nicht zugeordnet"


def supported(day: Day) -> Story:
    """Referred by the clinic; two calls, a note, then Frau Yıldız, with contact and child only."""
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(born="20.02.2026", by=WORKER)
    case.step(C.TRIAGE_NO)
    case.step(C.CHECK_CONSENT_YES)
    case.step(C.ATTEMPT_CONTACT, channel="phone", remark="Nicht erreicht.")
    case.step(C.REACH_FAMILY)
    case.step(C.NOTE, text="Der Vater ist oft unterwegs.")
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "child"))
    case.step(C.ACCEPT, by=MIDWIFE)
    return case


def test_the_midwife_sees_the_package_and_what_she_writes_and_nothing_else(office_on_disk: Day) -> None:
    case = supported(office_on_disk)
    case.step(C.NOTE, by=MIDWIFE, text="Gewicht gut.")
    seen = office_on_disk.world.lotse.view(MIDWIFE, case.case.number)
    assert seen.family == Family(
        surname=FAMILY.surname, first_name=FAMILY.first_name, phone=FAMILY.phone, language=FAMILY.language
    )
    assert seen.case.child == case.case.child
    assert [(told.a["action"], told.b) for told in seen.timeline if "version" in told.a] == [
        ("accept:r", None),
        ("note", {"text": "Gewicht gut."}),
    ]
    # Neither the referrer nor the earlier history.
    told = repr(seen.case) + repr([(each.a, each.b) for each in seen.timeline])
    assert CLINIC not in told
    assert seen.case.attempts == ()
    assert {c.recipient for c in seen.case.consents} <= {MIDWIFE.recipient}


def test_before_she_has_accepted_and_after_the_end_she_sees_nothing_of_the_family(
    office_on_disk: Day,
) -> None:
    day = office_on_disk
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral()
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY):
        case.step(command)
    case.step(C.RECORD_CONSENT_FOR, to=MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE)
    asked = day.world.lotse.view(MIDWIFE, case.case.number)
    assert asked.family is None
    assert asked.timeline == ()
    case.step(C.ACCEPT, by=MIDWIFE)
    case.step(C.END_SUPPORT, by=MIDWIFE)
    with pytest.raises(RefusedError, match=NOT_YOURS):
        day.world.lotse.view(MIDWIFE, case.case.number)


def test_another_midwife_sees_nothing(day: Day) -> None:
    case = supported(day)
    assert day.worklist(SECOND_MIDWIFE) == []
    assert case.refused(C.NOTE, by=SECOND_MIDWIFE) == f"{NOT_YOURS}."


def test_the_partner_sees_its_own_referral_and_no_other(day: Day) -> None:
    """And of it nothing that is not its business: no midwife, no deadline of ours."""
    day.it_is("Mo 09.03.2026 09:00")
    own = day.referral(consent="unclear")
    other = day.referral(consent="unclear", institution=OTHER_PARTNER.institution)
    for case in (own, other):
        case.step(C.TRIAGE_NO)
        case.step(C.CHECK_CONSENT_NO)
    assert {item.number for item in day.items(PARTNER)} == {reference_of(own.case.id)}
    assert {item.number for item in day.items(OTHER_PARTNER)} == {reference_of(other.case.id)}
    assert day.worklist(PARTNER) == ["Demnächst: Einwilligung klären, Do 12.03.2026"]
    assert other.refused(C.RECORD_CONSENT_PARTNER, by=PARTNER) == f"{NOT_YOURS}."
    assert own.may(PARTNER) == {
        "record_consent(partner)", "record_consent(release)", "refuse_consent", "withdraw_consent",
        "withdraw_consent(feedback)", "withdraw_referral", "raise_concern",
    }  # fmt: skip


def test_the_partner_does_not_learn_who_supports_the_family(day: Day) -> None:
    case = supported(day)
    assert day.worklist(PARTNER) == []
    assert "Frau Yıldız" not in repr(day.items(PARTNER))
    assert case.refused(C.NOTE, by=PARTNER).startswith("Das kann nur die zuständige Fachkraft")


def test_opening_its_referral_the_partner_sees_no_family_no_history_and_no_recipient(
    office_on_disk: Day,
) -> None:
    case = supported(office_on_disk)
    seen = office_on_disk.world.lotse.view(PARTNER, case.case.number)
    assert seen.family is None
    assert seen.timeline == ()
    assert seen.case.handovers == ()
    assert seen.case.attempts == ()


def test_the_asd_sees_only_what_was_escalated_and_only_as_long(day: Day) -> None:
    quiet, alarming = supported(day), day.referral()
    assert day.worklist(ASD) == []
    alarming.step(C.TRIAGE_YES, indications="Säugling apathisch")
    assert day.worklist(ASD) == []
    alarming.step(C.ESCALATE_URGENT)
    assert day.worklist(ASD) == ["Gefahr – zuerst: Empfangsbestätigung des ASD, Di 10.03.2026"]
    assert quiet.refused(C.CONFIRM_RECEIPT, by=ASD) == f"{NOT_YOURS}."
    alarming.step(C.CONFIRM_RECEIPT, by=ASD)
    assert day.worklist(ASD) == ["Demnächst: Rückmeldung des ASD, Mo 23.03.2026"]
    alarming.step(C.COMPLETE_RECORD)
    alarming.step(C.RETURN_CASE, by=ASD)
    assert day.worklist(ASD) == []
    assert alarming.refused(C.NOTE, by=ASD) == f"{NOT_YOURS}."


def test_the_asd_reads_the_escalation_package_not_the_remaining_file(office_on_disk: Day) -> None:
    case = supported(office_on_disk)
    case.step(C.TRIAGE_YES, indications="Säugling apathisch")
    case.step(C.ESCALATE_URGENT, indications="Säugling apathisch", fields=("contact", "child"))
    seen = office_on_disk.world.lotse.view(ASD, case.case.number)
    assert seen.family is not None
    assert (seen.family.surname, seen.family.concern) == (FAMILY.surname, "")
    assert [each.a["action"] for each in seen.timeline] == ["triage(yes)", "escalate(urgent)"]
    assert "Der Vater ist oft unterwegs." not in repr([(each.a, each.b) for each in seen.timeline])


def test_the_supervisor_reads_who_did_what_without_content(office_on_disk: Day) -> None:
    case = supported(office_on_disk)
    seen = office_on_disk.world.lotse.view(SUPERVISOR, case.case.number)
    assert seen.family is None
    assert {each.b for each in seen.timeline} == {None}
    assert "accept:r" in [each.a["action"] for each in seen.timeline]


@pytest.mark.parametrize(
    "who", [COLLEAGUE, PLANNER, ASD, OTHER_PARTNER, SECOND_MIDWIFE], ids=lambda who: who.id
)
def test_to_everybody_else_the_case_stays_shut_and_the_attempt_is_on_record(
    office_on_disk: Day, who: Person
) -> None:
    case = supported(office_on_disk)
    with pytest.raises(RefusedError, match=NOT_YOURS):
        office_on_disk.world.lotse.view(who, case.case.number)
    last = office_on_disk.world.entries()[-1].a
    assert (last["action"], last["actor"], last["outcome"]) == ("open", who.id, "refused")


def test_a_case_of_nobody_is_a_number_until_somebody_takes_it(office_on_disk: Day) -> None:
    """Number, district and due day; assigning it to oneself opens it."""
    day = office_on_disk
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(by=PARTNER)
    assert case.case.responsible is None
    assert day.worklist(COLLEAGUE) == ["Demnächst: Erstkontakt, Do 12.03.2026"]
    assert day.world.lotse.view(COLLEAGUE, case.case.number).family is None
    assert case.refused(C.TRIAGE_NO, by=COLLEAGUE).startswith(
        "„Ersteinschätzung: kein Anhaltspunkt für Gefährdung“ geht erst, wenn der Fall Ihnen gehört."
    )
    case.step(C.ASSIGN, by=COLLEAGUE)
    assert day.world.lotse.view(COLLEAGUE, case.case.number).family == case.family
    with pytest.raises(RefusedError, match=NOT_YOURS):
        day.world.lotse.view(WORKER, case.case.number)


def test_a_midwife_whose_handover_fell_reads_the_number_and_that_she_makes_no_contact() -> None:
    """Not where the case went without her, nor who has it, nor where the family lives."""
    with a_world() as world:
        case = world.do(world.a_case_in(State.HANDED_OVER, district="Nord"), Command.WITHDRAW_CONSENT)
        with world.work() as work:
            assert told_of_a_no(MIDWIFE, case, world.moment)
            sight = sight_of(MIDWIFE, case, work.directory, world.moment)
        seen = sight.case(case)
        assert (seen.number, seen.state, seen.version, seen.district) == (case.number, "", 0, "")
        assert (seen.responsible, seen.closed_reason, seen.moved_at) == (None, None, None)
