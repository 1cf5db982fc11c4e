"""What the table does not say: whose referral is believed how far, and what each handler refuses and records."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.lotse import CLOCK
from states.vocabulary import Command, Role, State
from tests.people import (
    ASD,
    CLINIC,
    COLLEAGUE,
    DEPUTY,
    GONE,
    MIDWIFE,
    PARTNER,
    PLANNER,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world, berlin
from workflow.case import ConsentKind, HandoverStatus
from workflow.errors import DetailsError, RefusedError
from workflow.office import Person


@pytest.fixture
def world() -> World:
    return a_world()


def test_a_partner_s_referral_waits_for_a_fachkraft_and_a_fachkraft_s_own_is_hers(world: World) -> None:
    assert world.a_referral(by=PARTNER).responsible is None
    assert world.a_referral(by=WORKER).responsible == WORKER.id


def test_what_a_partner_refers_comes_from_its_own_institution(world: World) -> None:
    """Whatever the form says; otherwise it could not see its own referral, or another would."""
    case = world.a_referral(by=PARTNER, institution="Kinderarztpraxis Süd")
    assert case.source.institution == CLINIC
    assert world.entries(case)[-1].a["institution"] == CLINIC


@pytest.mark.parametrize("by", [MIDWIFE, ASD, SUPERVISOR, PLANNER, GONE])
def test_nobody_else_brings_in_a_referral(world: World, by: Person) -> None:
    for consent in ("self", "written", "unclear"):
        with pytest.raises(RefusedError, match="steht Ihnen"):
            world.a_referral(consent, by=by)
    assert world.cases() == []


def test_a_family_that_comes_by_itself_has_consented_by_coming(world: World) -> None:
    (consent,) = world.a_referral("self").consents
    assert (consent.kind, consent.form) == (ConsentKind.CONTACT, "conduct")
    with pytest.raises(RefusedError):
        world.a_referral("self", by=PARTNER)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"received": "2026-03-09T10:01"}, "received"),
        ({"received": "1990-12-31T10:00"}, "received"),
        ({"born": date(2026, 3, 10)}, "born"),
        ({"responsible": "niemand"}, "responsible"),
        ({"responsible": "hebamme"}, "responsible"),
    ],
)
def test_a_referral_is_believed_only_as_far_as_it_can_be(
    world: World, details: dict[str, Any], field: str
) -> None:
    """No receipt of the future, no child born after it, nobody responsible who is no Fachkraft here."""
    with pytest.raises(DetailsError) as refused:
        world.a_referral(**details)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_the_receipt_anchors_the_deadline_however_late_it_is_entered(world: World) -> None:
    """Entered on Monday, received on Friday evening in Berlin: three working days from Friday."""
    case = world.a_referral(received=berlin("2026-03-06 23:59"))
    (duty,) = case.duties
    assert (duty.anchor, duty.due) == (date(2026, 3, 6), date(2026, 3, 11))


def test_a_package_goes_no_further_than_the_consent(world: World) -> None:
    case = world.do(
        world.a_case_in(State.IN_CONTACT), Command.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact",)
    )
    with pytest.raises(RefusedError, match="umfasst nicht: Kind") as refused:
        world.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE)
    assert refused.value.blocked.code == "scope"
    assert refused.value.blocked.next_step
    assert world.case(case) == case
    offered = world.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact",)).handovers[-1]
    assert offered.basis == case.consents[-1].id


def test_a_consent_that_has_run_out_carries_no_package(world: World) -> None:
    case = world.do(
        world.a_case_in(State.IN_CONTACT), Command.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact", "child"),
        expires_on=world.day,
    )  # fmt: skip
    world.wait(days=1)
    case = world.do(case, Command.RECORD_CONSENT_FOR, to=MIDWIFE, fields=("contact",))
    with pytest.raises(RefusedError, match="umfasst nicht: Kind"):
        world.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE)


def test_the_sender_stays_responsible_until_somebody_accepts_by_name(world: World) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    assert case.responsible == WORKER.id
    (handover,) = world.do(case, Command.ACCEPT, MIDWIFE, MIDWIFE).handovers
    assert (handover.status, handover.answered_by) == (HandoverStatus.ACCEPTED, MIDWIFE.id)


def test_a_withdrawal_ends_everything_at_once(world: World) -> None:
    case = world.do(world.a_case_in(State.HANDED_OVER), Command.RECORD_FEEDBACK)
    case = world.do(case, Command.WITHDRAW_CONSENT, MIDWIFE)
    assert case.state == State.CONSENT_PENDING
    assert [handover.status for handover in case.handovers] == [HandoverStatus.FALLEN]
    assert not [consent for consent in case.consents if consent.stands()]
    assert [duty.obligation for duty in case.duties] == ["wind_up"]


def test_the_partner_s_release_was_lawful_and_stays(world: World) -> None:
    case = world.do(world.a_referral(), Command.RECORD_RELEASE)
    case = world.do(case, Command.WITHDRAW_CONSENT)
    assert [consent.kind for consent in case.consents if consent.stands()] == [ConsentKind.RELEASE]


def test_an_unassigned_case_is_taken_by_oneself_and_given_by_a_supervisor(world: World) -> None:
    case = world.a_referral(by=PARTNER)
    with pytest.raises(RefusedError, match="nur selbst"):
        world.submit(world.ask(case, Command.ASSIGN, WORKER, None, {"to": COLLEAGUE.id}))
    given = world.submit(world.ask(case, Command.ASSIGN, SUPERVISOR, None, {"to": COLLEAGUE.id})).case
    assert given.responsible == COLLEAGUE.id


@pytest.mark.parametrize("to", ["niemand", "hebamme", "ehemalig", "klinik"])
def test_only_a_fachkraft_of_the_house_can_be_responsible(world: World, to: str) -> None:
    case = world.a_referral()
    with pytest.raises(DetailsError, match="Fachkraft des Hauses"):
        world.submit(world.ask(case, Command.ASSIGN, WORKER, None, {"to": to}))


def test_a_correction_supersedes_and_the_old_value_stays_in_the_sealed_log_only(world: World) -> None:
    case = world.a_referral()
    world.do(case, Command.CORRECT, field="surname", value="Musterfrau-Neu")
    assert world.family(case).surname == "Musterfrau-Neu"
    told = world.entries(case)[-1]
    assert told.b is not None
    assert (told.b["before"], told.b["value"]) == ("Musterfrau", "Musterfrau-Neu")
    assert "Musterfrau" not in str(told.a)


@pytest.mark.parametrize("value", ["31.02.2026", "bald", "9999-01-01", "2026-03-10"])
def test_a_birthday_is_corrected_to_a_day_that_has_been(world: World, value: str) -> None:
    case = world.a_referral()
    with pytest.raises(DetailsError):
        world.do(case, Command.CORRECT, field="born", value=value)
    assert world.case(case) == case
    assert world.do(case, Command.CORRECT, field="born", value="09.03.2026").child.born == date(2026, 3, 9)


def test_the_reason_of_an_oral_consent_is_recorded_later_and_can_be_corrected(world: World) -> None:
    case = world.a_referral("oral")
    assert case.tasks == ("oral_reason",)
    for reason in ("Die Mutter kann nicht schreiben", "Die Mutter hatte die Hand verbunden"):
        case = world.do(case, Command.CORRECT, field="oral_reason", value=reason)
        assert [consent.oral_reason for consent in case.consents] == [reason]
        assert case.tasks == ()
    told = world.entries(case)[-1]
    assert told.b is not None
    assert told.b["before"] == "Die Mutter kann nicht schreiben"
    with pytest.raises(DetailsError, match="keine mündliche"):
        world.do(world.a_referral(), Command.CORRECT, field="oral_reason", value="?")


@pytest.mark.parametrize("field", ["born", "expected"])
def test_a_corrected_date_of_the_child_finds_the_duplicate_it_belongs_to(tmp_path: Path, field: str) -> None:
    """A second report of the same family with the wrong date is proposed as a duplicate once the date is right."""
    with a_world("sqlite", folder=tmp_path) as disk:
        dates: dict[str, Any] = {"born": None, "expected": None, "phone": None}
        first = disk.a_referral(**{**dates, field: date(2026, 3, 1)})
        second = disk.a_referral(**{**dates, field: date(2026, 2, 1)})
        assert disk.lotse.duplicates_of(WORKER, second.id) == []
        disk.do(second, Command.CORRECT, field=field, value="01.03.2026")
        assert disk.lotse.duplicates_of(WORKER, second.id) == [first.number]


def test_what_is_owed_is_flagged_once_and_only_when_overdue(world: World) -> None:
    case = world.a_referral()
    for _ in range(2):
        with pytest.raises(RefusedError, match="nicht überfällig oder schon"):
            world.do(case, Command.FLAG_OVERDUE, CLOCK, obligation="first_contact")
        world.go_to("2026-03-13 00:00")
        if world.case(case).duties[0].flagged_at is None:
            world.do(case, Command.FLAG_OVERDUE, CLOCK, obligation="first_contact")
    assert world.case(case).duties[0].flagged_at == world.now


def test_a_deputy_hands_a_case_back_or_on_and_never_to_herself() -> None:
    """Else what is hers until Sunday were hers for good."""
    with a_world() as world:
        world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
        case = world.a_referral()
        with pytest.raises(RefusedError) as refused:
            world.submit(world.ask(case, Command.ASSIGN, DEPUTY, None, {"to": DEPUTY.id}))
        assert refused.value.blocked.sentence == (
            "Zuweisen an sich selbst: das tut die zuständige Fachkraft oder die Leitung."
        )
        assert world.case(case).responsible == WORKER.id
        for to in (WORKER, COLLEAGUE):
            given = world.submit(world.ask(case, Command.ASSIGN, DEPUTY, None, {"to": to.id})).case
            assert given.responsible == to.id


def test_leitung_takes_for_herself_only_what_nobody_at_work_keeps() -> None:
    """A Leitung who is a Fachkraft too reads a colleague's case with a reason, or not at all."""
    both = Person("doppelt", "Frau Doppel", frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    with a_world() as world:
        world.put(both)
        kept, free, left = world.a_referral(), world.a_referral(by=PARTNER), world.a_referral()
        wanted = {"to": both.id}
        with pytest.raises(RefusedError) as refused:
            world.submit(world.ask(kept, Command.ASSIGN, both, None, wanted))
        assert refused.value.blocked.code == "assign_self"
        assert world.case(kept).responsible == WORKER.id
        assert world.submit(world.ask(free, Command.ASSIGN, both, None, wanted)).case.responsible == both.id
        world.put(replace(WORKER, active=False))
        assert world.submit(world.ask(left, Command.ASSIGN, both, None, wanted)).case.responsible == both.id
