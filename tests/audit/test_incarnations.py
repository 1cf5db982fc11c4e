"""After a lawful restore: the chain of incarnations holds, says what was lost, and nobody makes one up."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from audit.checkpoint import Checkpoint
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing
from audit.log import Draft
from audit.note import Verifier
from audit.replay import CaseImage, Replay
from audit.sources import Log
from audit.verify import verify_all
from tests.audit.incarnate import Restored, a_restored_log, restored, said_of
from tests.audit.test_every_byte import altered_rows
from tests.audit.world import FixedKeys, World, a_log, a_step, an_access, erased, erased_accesses

CASE = f"{1:032x}"


def fault_of(store: Restored, **how: object) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        store.verify(**how)
    return caught.value


def broken(store: Restored) -> None:
    """The chain is what is said to be broken."""
    fault = fault_of(store)
    assert (fault.step, fault.fault) == (Step.INCARNATIONS, FaultClass.INCARNATION), str(fault)


def test_a_restored_log_verifies_through_all_incarnations_and_says_what_was_lost() -> None:
    store, note = a_restored_log(9, lost=3)
    store.now.record(a_step(store.now, CASE, 7), an_access())
    store.now.sign()
    report = store.verify(decrypt=True, notes=[note])
    assert (report.origin, report.size) == ("lotse/0b5e/2", 3)
    [earlier] = report.earlier
    assert (earlier.origin, earlier.size, earlier.lost) == ("lotse/0b5e/1", 9, 3)
    assert dict(report.checked)[Step.INCARNATIONS] == 1
    assert dict(report.checked)[Step.ENTRIES] == 12
    assert "Fassung lotse/0b5e/1: 9 Einträge, 3 unterschriebene mit der Rückholung verloren" in report.lines()


def test_a_second_restore_makes_a_third_incarnation() -> None:
    first, _ = a_restored_log()
    first.now.record(an_access())
    note = first.now.sign()
    second = restored(first.now, (2, note), first.past)
    second.now.record(an_access())
    assert [one.origin for one in second.verify().earlier] == ["lotse/0b5e/1", "lotse/0b5e/2"]


def test_cases_are_replayed_through_all_incarnations() -> None:
    world = World()
    world.record(a_step(world, CASE, 1, state="received", set=["consent"], cleared=[]))
    store = restored(world, (1, world.sign()))
    store.now.record(a_step(store.now, CASE, 2, state="in_contact", set=["reached"], cleared=[]))
    image = CaseImage(CASE, 2, "in_contact", frozenset({"consent", "reached"}), frozenset(), "standard", 1)
    assert dict(store.verify(replay=Replay([image])).checked)[Step.REPLAY] == 1
    with pytest.raises(VerificationError):
        store.verify(replay=Replay([replace(image, version=1)]))


def test_what_is_erased_later_accounts_for_what_is_gone_from_an_earlier_incarnation() -> None:
    store, _ = a_restored_log()
    before, key = store.past[0], store.now.open_keys[CASE]
    kept = list(before.log.contents)
    before.log.contents = [
        row for row in before.log.contents if before.log.entries[row[0]][1][88:120] != key.key_id
    ]
    assert (fault := fault_of(store)).fault is FaultClass.BODY_MISSING
    assert fault.origin == "lotse/0b5e/1"
    erased(store.now, CASE)
    assert store.verify(decrypt=True).erased == len(kept) - len(before.log.contents) > 0
    before.log.contents = kept
    assert fault_of(store).fault is FaultClass.ERASED


def test_a_year_of_accesses_is_erased_through_all_incarnations() -> None:
    store, _ = a_restored_log()
    purpose = "access/2026/0"
    key = store.now.log.keys[purpose]
    erased_accesses(store.now, 2026)
    assert store.verify().dark == 3
    store.now.log.keys[purpose] = key
    assert fault_of(store).fault is FaultClass.ERASED


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another size": lambda a: a["before"] | {"size": 8},
    "another root": lambda a: a["before"] | {"root": "00" * 32},
    "another origin": lambda a: a["before"] | {"origin": "lotse/7777/1"},
    "another key": lambda a: a["before"] | {"vkey": World(keys=FixedKeys(44)).verifier.vkey},
    "no root": lambda a: {name: said for name, said in a["before"].items() if name != "root"},
    "a size that is none": lambda a: a["before"] | {"size": "9"},
    "a note of nobody": lambda a: a["before"] | {"signed_note": a["before"]["signed_note"][:-5] + "AAA=\n"},
    "a smaller loss": lambda a: a["before"] | {"signed_size": 9},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_first_entry_that_continues_something_else_breaks_the_chain(change: str) -> None:
    """Only somebody with the keys can write it; it is refused all the same."""
    backup = a_log(9)
    live = backup.copied()
    live.record(an_access())
    note = live.sign()
    a = said_of(backup, (10, note))
    broken(restored(backup, (10, note), before=CHANGES[change](a)))


@pytest.mark.parametrize(
    "people",
    [{"requested_by": "leitung-1"}, {"requested_by": ""}, {"actor": None}, {"requested_by": ["dsb-1"]}],
)
def test_an_incarnation_begun_by_one_person_is_refused(people: dict[str, Any]) -> None:
    backup = a_log(9)
    broken(restored(backup, (9, backup.log.kept[-1][1]), **people))


def test_a_loss_told_smaller_than_it_was_is_refused() -> None:
    backup = a_log(9)
    live = backup.copied()
    live.record(an_access())
    broken(restored(backup, (10, live.sign()), lost=0))


def test_a_log_that_does_not_begin_with_what_it_continues_is_no_incarnation() -> None:
    """All of it is genuine, but the town's log cannot begin a second time without saying why."""
    backup = a_log(9)
    fresh = World("lotse/0b5e/2", backup.provider)
    fresh.log.keys = backup.log.keys
    fresh.ring = backup.ring.over(fresh.log.keys)
    fresh.record(an_access())
    broken(Restored([backup], fresh))


def test_earlier_incarnations_cannot_be_left_out() -> None:
    store, _ = a_restored_log()
    broken(Restored([], store.now))
    third = restored(store.now, (1, store.now.sign()), store.past)
    broken(Restored([third.past[1]], third.now))
    broken(Restored([third.past[0]], third.now))


def test_a_first_log_may_be_called_as_the_town_likes() -> None:
    for origin in ("stadt.example/hilfen", "stadt.example/2026", "lotse/bergkamen/2"):
        world = World(origin)
        world.record(an_access())
        assert Restored([], world).verify().size == 1
    second = World("lotse/0b5e/2")
    second.record(an_access())
    broken(Restored([], second))


def test_an_entry_in_the_middle_cannot_say_that_an_incarnation_begins() -> None:
    store, _ = a_restored_log()
    store.now.record(Draft("steps", said_of(store.past[0], (12, None))))
    broken(store)


def test_checkpoints_kept_elsewhere_are_compared_with_the_right_incarnation() -> None:
    store, note = a_restored_log(9, lost=3)
    kept = store.past[0].log.kept[0][1]
    assert store.verify(notes=[kept, note, store.now.sign()]).size == 1
    other = a_log(9)
    other.record(an_access("jemand"))
    forked = Checkpoint(other.origin, 5, bytes(32)).sign(other.verifier, other.provider.sign)
    assert fault_of(store, notes=[forked]).fault is FaultClass.DIVERGED
    foreign = World("lotse/7777/1")
    foreign.record(an_access())
    assert fault_of(store, notes=[foreign.sign()]).fault is FaultClass.CHECKPOINT


def test_what_was_signed_beyond_the_acknowledged_loss_is_a_log_cut_short() -> None:
    """Somebody restores, and acknowledges less than others have seen signed."""
    backup = a_log(9)
    live = backup.copied()
    live.record(an_access())
    known = live.sign()
    live.record(an_access())
    seen = live.sign()
    store = restored(backup, (10, known))
    assert store.verify(notes=[known]).earlier[0].lost == 1
    fault = fault_of(store, notes=[seen])
    assert (fault.fault, fault.origin) == (FaultClass.ROLLED_BACK, "lotse/0b5e/1")
    twin = backup.copied()
    twin.record(an_access("jemand-anders"))
    assert fault_of(store, notes=[twin.sign()]).fault is FaultClass.DIVERGED


def test_the_note_in_the_first_entry_is_compared_with_the_restored_log() -> None:
    """A backup that is not what was signed does not become lawful by being restored."""
    backup = a_log(9)
    other = World(keys=backup.provider)
    other.record(*[an_access("jemand") for _ in range(9)])
    store = restored(backup, (9, other.sign()))
    assert fault_of(store).fault is FaultClass.DIVERGED


@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_a_byte_of_an_earlier_incarnation(table: str) -> None:
    """One in seventeen; a byte of the present log is tried in test_every_byte."""
    store, _ = a_restored_log(5, lost=1)
    log = store.past[0].log
    honest = getattr(log, table)
    for number, (_, _, wrong) in enumerate(altered_rows(honest)):
        if number % 17 == 0:
            setattr(log, table, wrong)
            assert fault_of(store).origin == "lotse/0b5e/1"
    setattr(log, table, honest)
    assert store.verify().size == 1


def test_the_key_under_which_an_incarnation_is_kept_must_be_the_one_that_signed() -> None:
    store, _ = a_restored_log()
    for log in store.past[0].log.kept[:1], []:
        store.past[0].log.kept = list(log)
        logs = store.logs()
        thief = World(keys=FixedKeys(44)).verifier
        wrong = Log(lambda: nullcontext(store.past[0].log), Verifier("lotse/0b5e/1", thief.public_key), 1)
        ring = KeyRing(store.now.provider, store.now.log.keys, "0b5e")
        with pytest.raises(VerificationError) as caught:
            verify_all([wrong, logs[1]], ring)
        assert caught.value.fault in {FaultClass.CHECKPOINT, FaultClass.INCARNATION}


def test_without_keys_each_incarnation_is_proven_by_itself() -> None:
    store, _ = a_restored_log()
    report = store.verify(keys=False)
    assert (report.size, report.earlier[0].size, report.earlier[0].lost) == (1, 9, 0)
