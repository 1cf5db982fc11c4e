"""One path for every command: who, when and what is on record, what is refused, and what a handler adds to the table."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import CLOCK
from adapters.db.memory import MemoryStore, MemoryWork
from adapters.db.plan import Batch
from states.process import Process
from states.vocabulary import Command, Role, State
from tests.people import (
    ASD,
    CLINIC,
    COLLEAGUE,
    GONE,
    MIDWIFE,
    PARTNER,
    PLANNER,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world, berlin
from workflow.case import Case, ConsentKind, HandoverStatus
from workflow.errors import BrokenProcessError, ConflictError, DetailsError, RefusedError, UnknownCaseError
from workflow.handlers import HANDLERS, Change
from workflow.office import Person
from workflow.perform import Request


@pytest.fixture
def world() -> World:
    return a_world()


def test_a_step_is_told_with_who_when_what_and_on_which_basis(world: World) -> None:
    case = world.a_referral()
    world.wait(hours=2)
    world.do(case, Command.TRIAGE_NO, remark="Hebamme war da")
    told = world.entries(case)[-1]
    assert {name: told.a[name] for name in ("action", "actor", "role", "outcome", "version", "state")} == {
        "action": "triage(no)", "actor": WORKER.id, "role": "case_worker", "outcome": "done", "version": 2,
        "state": "received",
    }  # fmt: skip
    assert told.a["at"] == "2026-03-09T11:00:00+00:00"
    assert told.a["set"] == ["looked"]
    assert "Konzept Leipzig" in told.a["basis"]
    assert (told.a["profile"], told.a["profile_version"]) == ("default", 1)
    assert told.b == {"remark": "Hebamme war da"}


def test_what_a_step_set_cleared_opened_and_met_is_on_record(world: World) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED)
    world.do(case, Command.REACH_FAMILY)
    told = world.entries(case)[-1].a
    assert told["set"] == ["attempted", "looked", "reached"]
    assert [duty["obligation"] for duty in told["met"]] == ["first_contact"]
    assert [(duty["obligation"], duty["anchor"]) for duty in told["opened"]] == [("clarify", "2026-03-09")]


def test_the_server_s_clock_dates_every_step_and_no_detail_can(world: World) -> None:
    case = world.a_referral()
    with pytest.raises(DetailsError):
        world.submit(world.ask(case, Command.TRIAGE_NO, WORKER, None, {"at": "2020-01-01T00:00"}))
    assert world.case(case).version == 1


@pytest.mark.parametrize(
    ("by", "command", "reason"),
    [
        (PLANNER, Command.NOTE, "denied"),
        (COLLEAGUE, Command.TRIAGE_NO, "denied"),
        (WORKER, Command.REACH_FAMILY, "state"),
        (WORKER, Command.CHECK_CONSENT_YES, "guard:looked"),
        (WORKER, "löschen", "unknown"),
    ],
)
def test_a_refusal_is_on_record_with_its_reason_and_without_words(
    world: World, by: Person, command: str, reason: str
) -> None:
    case = world.a_referral()
    with pytest.raises(RefusedError):
        world.submit(Request(command, by, case.id, details={"remark": "Unverwechselbar"}))
    told = world.entries()[-1]
    assert (told.a["actor"], told.a["outcome"], told.a["reason"]) == (by.id, "refused", reason)
    assert (told.a["case"], told.a["version"], told.b) == (case.id, case.version, None)
    assert "Unverwechselbar" not in str(told.a)
    assert world.case(case) == case


def test_a_very_long_command_is_refused_and_not_copied_into_the_log(world: World) -> None:
    with pytest.raises(RefusedError):
        world.submit(Request("Musterfrau" * 50, WORKER, world.a_referral().id))
    assert world.entries()[-1].a["action"] == "?"


@pytest.mark.parametrize("case", [None, "", "f" * 32])
def test_an_unknown_case_is_refused_and_on_record(world: World, case: str | None) -> None:
    with pytest.raises(UnknownCaseError):
        world.submit(Request(Command.NOTE, WORKER, case, details={"text": "?"}))
    assert world.entries()[-1].a["reason"] == "UnknownCaseError"


@pytest.mark.parametrize("version", [0, 1, 3, -1])
def test_who_acts_on_what_is_no_longer_there_is_told_to_look_again(world: World, version: int) -> None:
    case = world.do(world.a_referral(), Command.TRIAGE_NO)
    with pytest.raises(ConflictError, match="neu ansehen"):
        world.do(case, Command.NOTE, version=version)
    assert world.case(case) == case
    assert world.entries()[-1].a["reason"] == "ConflictError"


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (State.HANDED_OVER, Command.WITHDRAW_CONSENT),
        (State.HANDED_OVER, Command.WITHDRAW_CONSENT_FOR),
        (State.HANDED_OVER, Command.WITHDRAW_FEEDBACK),
        (State.CONSENT_PENDING, Command.REFUSE_CONSENT),
    ],
)
def test_a_no_needs_no_version(world: World, state: str, command: str) -> None:
    """It never loses a race: what the person saw before does not matter."""
    to = MIDWIFE if Command(command).per_recipient else None
    case = world.a_case_in(state)
    assert world.do(case, command, to=to, version=1).version == case.version + 1


@pytest.mark.parametrize("collisions", [1, 4])
def test_a_withdrawal_that_collides_is_made_again_by_the_system(
    world: World, monkeypatch: pytest.MonkeyPatch, collisions: int
) -> None:
    """Somebody else commits just before it; the family's no is not sent back to the person (DOMAIN section 2)."""
    case = world.a_case_in(State.HANDED_OVER)
    _collide(world, monkeypatch, collisions)
    after = world.do(case, Command.WITHDRAW_CONSENT, MIDWIFE)
    assert after.state == State.CONSENT_PENDING
    assert [entry.a["action"] for entry in world.entries(case)][-1] == "withdraw_consent"
    world.verify()


def test_another_step_that_collides_is_told_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    size = world.size
    _collide(world, monkeypatch, 1)
    with pytest.raises(ConflictError):
        world.do(case, Command.NOTE)
    assert (world.case(case), world.size) == (case, size)


def _collide(world: World, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let the next commits find that the case has moved on."""
    assert isinstance(world.store, MemoryStore)
    write, left = MemoryWork._write, [times]

    def collided(work: MemoryWork, batch: Batch) -> None:
        if left[0]:
            left[0] -= 1
            raise ConflictError("Der Fall wurde inzwischen geändert.")
        write(work, batch)

    monkeypatch.setattr(MemoryWork, "_write", collided)


def test_bad_details_are_told_before_anything_is_written(world: World) -> None:
    case = world.a_referral()
    size = world.size
    with pytest.raises(DetailsError):
        world.do(case, Command.NOTE, text="")
    assert (world.case(case), world.size) == (case, size)


def test_a_refusal_comes_before_the_details_are_read(world: World) -> None:
    """Who may not do it is not asked for the form first."""
    with pytest.raises(RefusedError):
        world.do(world.a_referral(), Command.NOTE, COLLEAGUE, unsinn="?")


# Receiving.


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


# What handlers add to the table.


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
        assert disk.lotse.duplicates_of(second.id) == []
        disk.do(second, Command.CORRECT, field=field, value="01.03.2026")
        assert disk.lotse.duplicates_of(second.id) == [first.number]


def test_what_is_owed_is_flagged_once_and_only_when_overdue(world: World) -> None:
    case = world.a_referral()
    for _ in range(2):
        with pytest.raises(RefusedError, match="nicht überfällig oder schon"):
            world.do(case, Command.FLAG_OVERDUE, CLOCK, obligation="first_contact")
        world.go_to("2026-03-13 00:00")
        if world.case(case).duties[0].flagged_at is None:
            world.do(case, Command.FLAG_OVERDUE, CLOCK, obligation="first_contact")
    assert world.case(case).duties[0].flagged_at == world.now


def test_a_case_keeps_the_profile_it_began_with(world: World) -> None:
    """Version and all: what is in force later is for later cases."""
    case = world.a_referral()
    other = a_world(profile="leipzig")
    world.office = replace(
        world.office,
        current=other.office.current,
        networks={**other.office.networks, **world.office.networks},
    )
    assert world.a_referral().profile == "leipzig"
    assert world.do(case, Command.TRIAGE_NO).profile == "default"
    assert world.may(case, "x_discuss_risk").blocked is not None


# What holds even if a part is wrong.


def test_a_handler_that_forgets_the_evidence_is_caught_and_the_step_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts come from the table, evidence from the handlers; where they part, nothing is stored."""
    case = world.a_case_in(State.HANDED_OVER)
    size = world.size
    monkeypatch.setattr(
        "workflow.handlers.HANDLERS", {**HANDLERS, "withdraw_consent": lambda c, _a, _f: Change(c)}
    )
    with pytest.raises(BrokenProcessError):
        world.do(case, Command.WITHDRAW_CONSENT)
    assert (world.case(case), world.size) == (case, size)


def test_a_row_weaker_than_the_law_does_not_weaken_the_law(world: World) -> None:
    """The law is evaluated again at run time: a table that was never proven still contacts nobody without consent."""
    case = world.a_case_in(State.CONSENT_PENDING)
    network = world.office.network_now
    process = network.profile.process
    weaker = tuple(
        replace(row, states=("consent_pending",), guard=process.commands["note"].law)
        if row.command == "reach_family"
        else row
        for row in process.rows
    )
    unproven = replace(network.profile, process=_with(process, weaker))
    world.office = replace(world.office, networks={world.office.current: type(network).of(unproven)})
    blocked = world.may(case, Command.REACH_FAMILY).blocked
    assert blocked is not None
    assert "Es fehlt die Einwilligung der Familie" in blocked.reason
    with pytest.raises(RefusedError):
        world.do(case, Command.REACH_FAMILY)


def _with(process: Process, rows: tuple[Any, ...]) -> Process:
    return Process(
        process.name, process.states, process.facts, process.commands, rows, process.obligations, process.like,
        process.labels,
    )  # fmt: skip


def test_the_role_one_acts_in_is_on_record_when_one_has_several(world: World) -> None:
    both = Person("beides", "Frau Doppel", frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    world.put(both)
    case: Case = world.a_case_in(State.CLOSED)
    world.do(case, Command.REOPEN, both)
    assert world.entries(case)[-1].a["role"] == "supervisor"
