"""What the log cannot show, asserted so that nobody promises it: each test is a sentence of README.

- Entries of the last second that nobody has signed yet, if database and program end at once and somebody cuts them
  off: their loss leaves no trace. Once signed, it does.
- Whoever is root on the host while Lotse runs has the keys: they can read what is read, and write a false future.
  The past up to the last checkpoint that lies elsewhere they cannot change unnoticed.
- Whoever takes database, keys and notary's file together back to an older day is found only by a checkpoint that lies
  elsewhere: with the DPO, the audit office, on a handover, with a witness.
- That something was never entered at all.
"""

import copy

import pytest

from audit.checkpoint import Checkpoint
from audit.faults import FaultClass
from audit.log import Draft, append
from audit.notary import NotaryHalted, State, countersign
from audit.tree import Frontier, leaf_hash
from tests.audit.world import StoredHead, World, a_log, a_step, an_access, found

CASE = f"{1:032x}"


def cut(world: World, size: int) -> None:
    """Take the tail away from every table and make the head fit, as anyone with the database can."""
    log = world.log
    for table in (log.entries, log.contents, log.cases):
        table[:] = [row for row in table if row[0] < size]
    tree = Frontier().extend([leaf_hash(row[1]) for row in log.entries])
    last = int.from_bytes(log.entries[-1][1][16:24])
    log.stored_head = StoredHead(world.origin, tree.size, tree.to_bytes(), last)


def test_a_tail_that_nobody_signed_can_be_cut_off_and_nobody_will_know() -> None:
    world = a_log(9)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    world.record(an_access("leitung-1"))
    cut(world, 9)
    assert world.verify(notes=[state.note]).size == 9
    again, _ = countersign(world.log, state, world.ring, world.provider)
    assert again.halted is None


def test_a_second_later_it_is_signed_and_its_loss_is_found_by_whoever_signed() -> None:
    world = a_log(9)
    world.record(an_access("leitung-1"))
    state, note = countersign(world.log, State(world.origin), world.ring, world.provider)
    cut(world, 9)
    assert found(world, notes=[note]) is FaultClass.ROLLED_BACK
    with pytest.raises(NotaryHalted):
        countersign(world.log, state, world.ring, world.provider)


def test_who_has_the_keys_writes_a_false_future_that_verifies() -> None:
    """Root on the host while Lotse runs; every entry after that is as true as root is."""
    world = a_log(9)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    world.record(a_step(world, CASE, 4, actor="jemand-der-nicht-da-war"))
    state, note = countersign(world.log, state, world.ring, world.provider)
    assert world.verify(decrypt=True, notes=[note]).size == 10


def rewritten(world: World, seq: int, actor: str) -> World:
    """Write the log anew from an entry on, with all the keys: the same drafts but for one actor."""
    forged = world.copied()
    cut(forged, seq)
    head = forged.log.stored_head
    forged.current = forged.current.__class__(
        forged.origin, Frontier.from_bytes(head.size, head.frontier), head.last_time_ms
    )
    for place in range(seq, world.current.size):
        draft = Draft("access", {"action": "list", "actor": actor, "outcome": "done", "count": place})
        rows, forged.current = append(forged.current, [draft], forged.ring, forged.now_ms)
        forged.log.entries += [(row.seq, row.leaf, row.mac, row.body_a) for row in rows]
    forged.log.kept = []
    tree = forged.current.frontier
    forged.log.stored_head = StoredHead(
        forged.origin, tree.size, tree.to_bytes(), forged.current.last_time_ms
    )
    return forged


def test_who_has_the_keys_cannot_change_the_past_that_was_signed_elsewhere() -> None:
    world = a_log(9)
    note = world.log.kept[-1][1]
    forged = rewritten(world, 5, "niemand")
    assert forged.verify(decrypt=True).size == 9, "by itself the forgery is a whole log"
    assert found(forged, notes=[note]) is FaultClass.DIVERGED


def test_who_has_the_keys_changes_a_past_of_which_nobody_else_holds_a_checkpoint() -> None:
    """Also the notary's file, where it lies beside the keys: embedded, the protection is against the database alone."""
    world = a_log(9)
    forged = rewritten(world, 5, "niemand")
    tree = forged.current.frontier
    note = Checkpoint(forged.origin, tree.size, tree.root()).sign(forged.verifier, forged.provider.sign)
    assert forged.verify(decrypt=True, notes=[note]).size == 9
    state, _ = countersign(forged.log, State(forged.origin), forged.ring, forged.provider)
    assert state.size == 9


def test_database_and_notary_taken_back_together_are_found_only_by_a_checkpoint_elsewhere() -> None:
    world = a_log(9)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    older = copy.deepcopy(world.log)
    world.record(an_access("leitung-1"))
    _, elsewhere = countersign(world.log, state, world.ring, world.provider)
    world.log = older
    assert world.verify(notes=[state.note]).size == 9
    again, _ = countersign(world.log, state, world.ring, world.provider)
    assert again.halted is None
    assert found(world, notes=[elsewhere]) is FaultClass.ROLLED_BACK


def test_what_was_never_entered_is_not_missed() -> None:
    with_it, without = a_log(9), a_log(8)
    assert with_it.verify().size - without.verify().size == 1


def test_without_keys_nobody_tells_a_content_that_was_erased_from_one_that_was_taken() -> None:
    """An outside verifier is told how many are gone; whether lawfully, who holds the keys can say."""
    world = a_log(9)
    world.log.contents.pop(0)
    assert world.verify(keys=False).unjudged == 1
    assert found(world) is FaultClass.BODY_MISSING


def test_who_holds_the_leaves_sees_which_entries_belong_to_one_unnamed_case() -> None:
    """The key id of B says so; it says neither which case nor what about."""
    world = a_log(9)
    named = {row[1][88:120] for row in world.log.entries if row[1][5]}
    assert len(named) == len({case for _, case in world.log.cases})
