"""Each attack on the log, by someone who repairs whatever can be repaired without the keys, and what finds it."""

import copy
import os
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.faults import FaultClass, VerificationError
from audit.notary import NotaryHalted, State, countersign
from audit.seal import DataKey
from audit.tree import Frontier, leaf_hash
from tests.audit.world import FixedKeys, StoredHead, World, a_log, a_step, an_access, found

CASE = f"{1:032x}"


def repaired(world: World, *, notes: bool = True) -> None:
    """Do what anyone with the database can do: hashes in the leaves, numbers, tree, head; drop the notes."""
    contents = dict(world.log.contents)
    entries = []
    for seq, raw, mac, body_a in sorted(world.log.entries, key=lambda row: row[0]):
        body_b = contents.get(seq)
        hashes = sha256(body_a).digest() + (sha256(body_b).digest() if body_b else raw[152:])
        entries.append((seq, raw[:8] + seq.to_bytes(8) + raw[16:120] + hashes, mac, body_a))
    world.log.entries = entries
    frontier = Frontier().extend([leaf_hash(row[1]) for row in entries])
    last = int.from_bytes(entries[-1][1][16:24]) if entries else 0
    world.log.stored_head = StoredHead(world.origin, frontier.size, frontier.to_bytes(), last)
    if not notes:
        world.log.kept = []


def renumbered(world: World) -> None:
    """Close gaps in the numbers of all tables, as far as anyone can."""
    places = {row[0]: place for place, row in enumerate(world.log.entries)}
    world.log.entries = [(places[row[0]], *row[1:]) for row in world.log.entries]
    world.log.contents = [(places[seq], body) for seq, body in world.log.contents if seq in places]
    world.log.cases = [(places[seq], case) for seq, case in world.log.cases if seq in places]


def test_an_honest_log_verifies_with_and_without_keys() -> None:
    world = a_log(12)
    report = world.verify(decrypt=True)
    assert (report.size, report.opened, report.erased, report.unjudged) == (12, 20, 0, 0)
    assert report.lines()[-1].startswith("Protokoll unverändert: 12 Einträge")
    assert world.verify(keys=False).root == report.root
    assert World().verify().size == 0


@pytest.mark.parametrize("gone", [[0], [5], [11], [3, 4, 5]], ids=["first", "middle", "last", "range"])
@pytest.mark.parametrize("signed", [True, False])
def test_deleted_rows_are_missed(gone: list[int], signed: bool) -> None:
    world = a_log(12)
    world.log.entries = [row for row in world.log.entries if row[0] not in gone]
    world.log.contents = [row for row in world.log.contents if row[0] not in gone]
    world.log.cases = [row for row in world.log.cases if row[0] not in gone]
    if not signed:
        world.log.kept = []
    with pytest.raises(VerificationError) as caught:
        world.verify()
    assert caught.value.seq == gone[0]
    assert caught.value.fault in {FaultClass.MISSING, FaultClass.ROLLED_BACK}
    renumbered(world)
    repaired(world, notes=signed)
    if gone != [11] or signed:
        assert found(world) in {FaultClass.MAC, FaultClass.ROLLED_BACK}


def test_a_tail_cut_before_the_signature_is_not_seen_but_after_it_is() -> None:
    """What was never signed and is gone without a trace cannot be missed; the product says so."""
    world = a_log(12, signed=False)
    cut_tail(world)
    assert world.verify().size == 9
    world = a_log(12)
    note = world.log.kept[-1][1]
    cut_tail(world)
    assert found(world) is FaultClass.ROLLED_BACK
    world.log.kept = []
    assert world.verify().size == 9
    assert found(world, notes=[note]) is FaultClass.ROLLED_BACK
    assert found(world, notes=[note], keys=False) is FaultClass.ROLLED_BACK


def cut_tail(world: World) -> None:
    for table in (world.log.entries, world.log.contents, world.log.cases):
        table[:] = [row for row in table if row[0] < 9]
    repaired(world)


def test_the_notary_never_signs_a_log_cut_short_not_even_after_it_grew_again() -> None:
    world = a_log(12)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    older = copy.deepcopy(world.log.entries[:9])
    cut_tail(world)
    with pytest.raises(NotaryHalted) as halted:
        countersign(world.log, state, world.ring, world.provider)
    assert "unterschrieben sind 12" in str(halted.value)
    world.current = world.current.__class__(world.origin, Frontier().extend([leaf_hash(r[1]) for r in older]))
    for _ in range(6):
        world.record(an_access())
    with pytest.raises(NotaryHalted, match="passen nicht"):
        countersign(world.log, state, world.ring, world.provider)
    with pytest.raises(NotaryHalted, match="unterschrieben sind 12"):
        countersign(world.log, halted.value.state, world.ring, world.provider)


@given(st.permutations(range(8)))
@settings(max_examples=40, deadline=None)
def test_rows_in_another_order_are_found(order: list[int]) -> None:
    world = a_log(8, signed=False)
    entries = world.log.entries
    world.log.entries = [(place, *entries[source][1:]) for place, source in enumerate(order)]
    if order == sorted(order):
        world.verify()
        return
    assert found(world.copied()) in {FaultClass.MOVED, FaultClass.MISSING}
    repaired(world)
    assert found(world) in {FaultClass.MAC, FaultClass.LEAF}


def test_bodies_swapped_between_entries_and_cases_are_found() -> None:
    world = a_log(8)
    contents = dict(world.log.contents)
    contents[0], contents[1] = contents[1], contents[0]
    world.log.contents = sorted(contents.items())
    assert found(world) is FaultClass.BODY_B
    repaired(world, notes=False)
    assert found(world) is FaultClass.MAC
    world = a_log(8)
    first, second = world.log.entries[0], world.log.entries[1]
    world.log.entries[:2] = [(*first[:3], second[3]), (*second[:3], first[3])]
    assert found(world) is FaultClass.BODY_A


def test_an_entry_of_another_town_with_the_same_keys_does_not_fit() -> None:
    """Even whoever may wrap and authenticate for both cannot move an entry from one log to the other."""
    keys = FixedKeys()
    ours, theirs = World(keys=keys), World(origin="lotse/7777/1", keys=keys)
    ours.record(a_step(ours, CASE, 1))
    theirs.record(a_step(theirs, CASE, 1))
    ours.log.entries = theirs.log.entries
    ours.log.contents = theirs.log.contents
    assert found(ours) is FaultClass.FOREIGN


def test_an_old_entry_appended_again_is_found() -> None:
    world = a_log(8, signed=False)
    world.log.entries.append((8, *world.log.entries[3][1:]))
    assert found(world.copied()) is FaultClass.MOVED
    repaired(world)
    assert found(world) is FaultClass.MAC


def test_a_database_rolled_back_to_an_older_copy_is_found_by_any_newer_checkpoint() -> None:
    world = a_log(10)
    older = copy.deepcopy(world.log)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    world.record(an_access())
    note = world.sign()
    state, _ = countersign(world.log, state, world.ring, world.provider)
    world.log = older
    assert found(world, notes=[note]) is FaultClass.ROLLED_BACK
    with pytest.raises(NotaryHalted):
        countersign(world.log, state, world.ring, world.provider)


def test_an_entry_forged_with_all_rights_on_the_database_but_no_key_is_found_and_never_signed() -> None:
    world = a_log(6)
    state, _ = countersign(world.log, State(world.origin), world.ring, world.provider)
    thief = World(keys=FixedKeys(seed=99), random=os.urandom)
    thief.current = world.current
    thief.now_ms = world.now_ms
    thief.record(a_step(thief, CASE, 2, actor="leitung-1"))
    world.log.entries += thief.log.entries
    world.log.contents += thief.log.contents
    world.log.cases += thief.log.cases
    world.log.stored_head = thief.log.stored_head
    assert found(world.copied()) is FaultClass.MAC
    with pytest.raises(NotaryHalted, match="Beglaubigung"):
        countersign(world.log, state, world.ring, world.provider)
    world.log.keys.update(thief.log.keys)
    assert found(world) is FaultClass.KEY


def test_a_data_key_replaced_by_another_or_under_another_purpose_is_found() -> None:
    for exchange in (("mac", "import"), ("steps/2026/0", "access/2026/0")):
        world = a_log(6)
        world.ring.key("import")
        first, second = exchange
        world.log.keys[first], world.log.keys[second] = world.log.keys[second], world.log.keys[first]
        assert found(world) is FaultClass.KEY
    world = a_log(6)
    version, wrapped, _ = world.log.keys["mac"]
    world.log.keys["mac"] = (version, wrapped, DataKey(bytes(32)).key_id)
    assert found(world) is FaultClass.KEY
    for purpose in ("mac", "steps/2026/0"):
        world = a_log(6)
        del world.log.keys[purpose]
        assert found(world) is FaultClass.KEY


def test_a_case_key_of_another_case_does_not_open_the_content() -> None:
    world = a_log(6)
    cases = list(world.log.case_keys)
    world.log.case_keys[cases[0]] = world.log.case_keys[cases[1]]
    assert found(world, decrypt=True) is FaultClass.KEY


def test_two_copies_of_one_database_that_both_go_on_cannot_both_be_the_log() -> None:
    world = a_log(6)
    clone = world.copied()
    world.record(an_access("leitung-1"))
    clone.record(an_access("leitung-2"))
    note = clone.sign()
    world.sign()
    assert found(world, notes=[note]) is FaultClass.DIVERGED


def test_a_time_that_runs_back_is_found_even_if_somebody_with_the_keys_wrote_it() -> None:
    world = a_log(3)
    world.current = world.current.__class__(world.origin, world.current.frontier, 0)
    world.now_ms -= 3_600_000
    world.record(an_access())
    assert found(world) is FaultClass.TIME


def test_an_index_that_names_another_case_none_or_one_too_many_is_found() -> None:
    world = a_log(6)
    honest = list(world.log.cases)
    for index in (
        honest[1:],
        [(honest[0][0], "ff" * 16), *honest[1:]],
        [*honest, (2, CASE)],
        [*honest, (99, CASE)],
        [(-1, CASE), *honest],
    ):
        world.log.cases = sorted(index)
        assert found(world) in {FaultClass.INDEX, FaultClass.SURPLUS}


def test_rows_where_none_can_be_are_found() -> None:
    world = a_log(6)
    honest = list(world.log.entries)
    world.log.entries = [(-1, *honest[0][1:]), *honest]
    assert found(world) is FaultClass.SURPLUS
    world.log.entries = [*honest, (6, *honest[0][1:])]
    assert found(world, keys=False) is FaultClass.MOVED
    world.log.entries = honest
    world.log.contents.append((77, b"x"))
    assert found(world, keys=False) is FaultClass.SURPLUS


def test_a_checkpoint_signed_by_anyone_else_or_for_another_log_is_refused() -> None:
    world = a_log(5)
    note = world.log.kept[-1][1]
    thief = World(keys=FixedKeys(seed=44))
    thief.record(an_access())
    for wrong in (thief.sign(), note + note, note[:-1], b"", note.replace(b"\n5\n", b"\n4\n")):
        assert found(world, notes=[wrong]) is FaultClass.CHECKPOINT
        world.log.kept = [(5, wrong)]
        assert found(world) is FaultClass.CHECKPOINT


def test_the_log_keeps_only_its_own_signatures_but_accepts_witnesses_on_a_copy_kept_elsewhere() -> None:
    world = a_log(5)
    note = world.log.kept[-1][1]
    witnessed = note + "— zeuge.example AAAAAAAAAAAAAAAAAAAA\n".encode()
    assert world.verify(notes=[witnessed]).size == 5
    world.log.kept = [(5, witnessed)]
    assert found(world) is FaultClass.CHECKPOINT


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_altered_and_however_it_is_repaired_it_is_found(data: st.DataObject) -> None:
    """One byte of one column of one row, then all repairs that need no key."""
    world = a_log(7)
    honest = copy.deepcopy(world.log)
    table = data.draw(st.sampled_from(["entries", "contents"]))
    rows = getattr(world.log, table)
    place = data.draw(st.integers(0, len(rows) - 1))
    row = list(rows[place])
    column = data.draw(st.integers(1, len(row) - 1))
    byte = data.draw(st.integers(0, len(row[column]) - 1))
    altered = bytearray(row[column])
    altered[byte] ^= data.draw(st.integers(1, 255))
    row[column] = bytes(altered)
    rows[place] = tuple(row)
    repaired(world, notes=data.draw(st.booleans()))
    if world.log.entries == honest.entries and world.log.contents == honest.contents:
        world.verify()  # the repair undid the damage
        return
    assert found(world) in {FaultClass.MAC, FaultClass.LEAF, FaultClass.FOREIGN, FaultClass.DIVERGED}
