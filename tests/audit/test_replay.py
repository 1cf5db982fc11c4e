"""Replay: a row altered behind the engine's back is found, with the case, the field and its last entry."""

from dataclasses import replace
from typing import Any

import pytest

from audit.faults import FaultClass, VerificationError
from audit.log import Draft
from audit.replay import CaseImage, Replay
from tests.audit.world import World, a_step, an_access

CASE, OTHER = "0a" * 16, "0b" * 16
FIRST = {"obligation": "first_contact", "recipient": None, "anchor": "2026-10-30", "due": "2026-11-04"}
ANSWER = {"obligation": "answer", "recipient": "hebamme-4", "anchor": "2026-11-02", "due": "2026-11-09"}


def a_day(world: World) -> list[CaseImage]:
    """A referral comes in, is looked at, contacted and offered; a refusal and an access change nothing."""
    said = {"set": [], "cleared": []}
    world.record(
        a_step(
            world, CASE, 1, action="receive", state="received", set=["consent"], cleared=[], opened=[FIRST]
        )
    )
    world.record(a_step(world, OTHER, 1, action="receive", state="received", set=[], cleared=[]))
    world.record(a_step(world, CASE, 2, action="triage", state="received", **(said | {"set": ["looked"]})))
    refused = a_step(world, CASE, 9, action="close", state="closed", outcome="refused")
    world.record(refused)
    world.record(an_access())
    world.record(
        Draft("access", {"action": "open_case", "case": CASE, "outcome": "done", "actor": "fachkraft-3"})
    )
    world.record(
        a_step(
            world,
            CASE,
            3,
            state="in_contact",
            set=["reached"],
            cleared=["looked"],
            met=[FIRST],
            opened=[ANSWER],
        )
    )
    return [
        CaseImage(OTHER, 1, "received", frozenset(), frozenset(), "standard", 1),
        CaseImage(
            CASE,
            3,
            "in_contact",
            frozenset({"consent", "reached"}),
            frozenset({("answer", "hebamme-4", "2026-11-09")}),
            "standard",
            1,
        ),
    ]


def test_the_cases_come_out_as_the_log_tells_them() -> None:
    world = World()
    images = a_day(world)
    report = world.verify(replay=images)
    assert report.checked[-1] == (report.checked[-1][0].REPLAY, 2)
    assert "Nachspielen der Fälle: 2 geprüft" in report.lines()[7]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": 4}, "Version"),
        ({"state": "closed"}, "Stand"),
        ({"facts": frozenset({"consent"})}, "Tatsachen"),
        ({"obligations": frozenset()}, "Fristen"),
        ({"obligations": frozenset({("answer", "hebamme-4", "2027-11-09")})}, "Fristen"),
        ({"profile": "bergkamen"}, "Profil"),
        ({"profile_version": 2}, "Profilversion"),
    ],
)
def test_a_case_row_altered_by_hand_is_found(change: dict[str, Any], named: str) -> None:
    world = World()
    images = a_day(world)
    with pytest.raises(VerificationError, match=named) as caught:
        world.verify(replay=[images[0], replace(images[1], **change)])
    assert (caught.value.fault, caught.value.seq) == (FaultClass.CASE_ALTERED, 6)
    assert CASE in str(caught.value)


def test_a_case_row_deleted_added_or_doubled_by_hand_is_found() -> None:
    world = World()
    images = a_day(world)
    for stored, fault in (
        (images[:1], FaultClass.CASE_MISSING),
        ([*images, replace(images[0], case="0c" * 16)], FaultClass.CASE_UNKNOWN),
        ([*images, images[0]], FaultClass.CASE_UNKNOWN),
    ):
        with pytest.raises(VerificationError) as caught:
            world.verify(replay=stored)
        assert caught.value.fault is fault


@pytest.mark.parametrize(
    "step",
    [
        {"version": 5},
        {"version": 3},
        {"version": "4"},
        {"version": 4, "met": [FIRST]},
        {"version": 4, "fallen": [ANSWER | {"due": "2026-12-24"}]},
        {"version": 4, "opened": [FIRST | {"due": "2026-12-01"}], "met": [FIRST | {"due": "2026-12-01"}]},
        {"version": 4, "met": "unsinn"},
        {"version": 4, "set": 7},
    ],
)
def test_a_step_that_cannot_follow_the_one_before_is_named(step: dict[str, Any]) -> None:
    """Only a fault of our own can write such an entry; it must not pass for a case."""
    world = World()
    images = a_day(world)
    world.record(a_step(world, CASE, **({"version": 4} | step)))
    with pytest.raises(VerificationError) as caught:
        world.verify(replay=images)
    assert (caught.value.fault, caught.value.seq) == (FaultClass.REPLAY, 7)


def test_a_deadline_that_ends_and_begins_anew_in_one_step_runs() -> None:
    """A renewed yes lets the old first contact fall and opens a new one, perhaps due the same day."""
    replay = Replay()
    step = {"case": CASE, "outcome": "done", "state": "received", "profile": "standard", "profile_version": 1}
    replay.take(0, step | {"version": 1, "opened": [FIRST]})
    replay.take(1, step | {"version": 2, "fallen": [FIRST], "opened": [FIRST]})
    assert replay.images[CASE].obligations == {("first_contact", None, "2026-11-04")}


def test_an_erased_case_has_no_row_any_more() -> None:
    world = World()
    images = a_day(world)
    key_id = world.case(CASE).key_id.hex()
    del world.log.case_keys[CASE]
    world.log.contents = [
        row for row in world.log.contents if world.log.entries[row[0]][1][88:120].hex() != key_id
    ]
    world.record(Draft("steps", {"action": "erased", "case": CASE, "key_id": key_id, "outcome": "done"}))
    assert world.verify(replay=images[:1]).erased == 4
    with pytest.raises(VerificationError):
        world.verify(replay=images)
