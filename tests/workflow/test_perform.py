"""One path for every command: who, when and what is on record, what is refused, and what a handler adds to the table."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.db.memory import MemoryStore, MemoryWork
from adapters.db.plan import Batch
from states.process import Process
from states.vocabulary import Command, Role, State
from tests.people import (
    COLLEAGUE,
    MIDWIFE,
    PLANNER,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.act import Change
from workflow.case import Case
from workflow.errors import BrokenProcessError, ConflictError, DetailsError, RefusedError, UnknownCaseError
from workflow.handlers import HANDLERS
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
    assert (told.a["profile"], told.a["profile_version"]) == ("default", 4)
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
        (State.CONSENT_CHECKED, Command.WITHDRAW_REFERRAL),
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
