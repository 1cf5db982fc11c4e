"""A proof file shows that one entry stood in the log, to whoever has only the file and the public key.

Every single bit of such a file is turned over; what a proof reads is compared with the definition of RFC 6962, from
logs whose nodes are kept, missing, altered or torn.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.entry import Leaf
from audit.errors import MalformedNote, MalformedTree
from audit.note import Verifier, encode64, sign_note
from audit.proof import MalformedProof, log_range_root, open_proof, prove
from audit.reader import StoredHead
from audit.tree import (
    Frontier,
    consistency_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.audit.world import FixedKeys, World, a_log, an_access

WORLD = a_log(11)
NOTE = WORLD.log.kept[-1][1]
LEAVES = [row[1] for row in WORLD.log.entries]


def a_proof(seq: int, *, leaf: bool = False) -> bytes:
    """The file; with `leaf` as the command writes it, without as another program might."""
    carried = LEAVES[seq] if leaf else None
    return prove(seq, NOTE, WORLD.verifier, log_range_root(WORLD.log), carried).to_bytes()


@given(st.integers(0, 10), st.integers(0, 10))
def test_a_proof_holds_for_its_entry_and_no_other(seq: int, other: int) -> None:
    proof = open_proof(a_proof(seq), WORLD.verifier)
    assert proof.index == seq
    assert proof.holds(LEAVES[other]) is (seq == other)
    assert verify_inclusion(seq, 11, leaf_hash(LEAVES[seq]), proof.hashes, proof.checkpoint.root)


def test_a_proof_file_reads_as_its_standard_says() -> None:
    lines = a_proof(3).decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 3"]
    assert lines[2] == encode64(leaf_hash(LEAVES[2]))
    assert lines[6:9] == ["", "lotse/0b5e/1", "11"]


def test_opaque_extra_data_is_passed_over() -> None:
    extra = a_proof(3).replace(b"\nindex", b"\nextra QmVpbGFnZQ==\nindex")
    assert open_proof(extra, WORLD.verifier).holds(LEAVES[3])


def test_a_proof_carries_its_entry_and_says_when_it_was() -> None:
    """The court's expert has one file: number and time are read from it, and believed because the tree holds them."""
    proof = open_proof(a_proof(3, leaf=True), WORLD.verifier)
    assert proof.leaf == LEAVES[3]
    entry = Leaf.unpack(proof.leaf)
    assert (entry.seq, entry.time_ms) == (3, Leaf.unpack(LEAVES[3]).time_ms)
    assert a_proof(3, leaf=True).split(b"\n")[1] == b"extra " + encode64(LEAVES[3]).encode()


def test_an_entry_that_the_proof_does_not_carry_is_refused() -> None:
    """The leaf of another entry, put into a file whose every other line is right."""
    swapped = a_proof(3, leaf=True).replace(encode64(LEAVES[3]).encode(), encode64(LEAVES[4]).encode())
    with pytest.raises(MalformedProof, match="trägt den Eintrag nicht"):
        open_proof(swapped, WORLD.verifier)


@pytest.mark.parametrize("seq", [6, *(pytest.param(seq, marks=pytest.mark.campaign) for seq in (0, 10))])
def test_every_single_bit_of_a_proof_counts(seq: int) -> None:
    """No two files are one proof: whatever bit is turned, the file is refused."""
    content = a_proof(seq, leaf=True)
    assert open_proof(content, WORLD.verifier).holds(LEAVES[seq])
    survivors = []
    for place in range(8 * len(content)):
        altered = bytearray(content)
        altered[place // 8] ^= 1 << place % 8
        try:
            open_proof(bytes(altered), WORLD.verifier)
        except MalformedProof:
            continue
        survivors.append(place)
    assert survivors == []


@given(st.data())
@settings(deadline=None)
def test_a_proof_pieced_together_from_others_is_refused(data: st.DataObject) -> None:
    """Lines dropped, doubled, swapped or taken from the proof of another entry."""
    lines = a_proof(5, leaf=True).split(b"\n")
    other = a_proof(data.draw(st.integers(0, 10)), leaf=True).split(b"\n")
    pieces = st.lists(st.sampled_from(lines + other), max_size=len(lines) + 3)
    content = b"\n".join(data.draw(pieces | st.permutations(lines)))
    if content in (b"\n".join(lines), b"\n".join(other)):
        return
    with pytest.raises(MalformedProof):
        open_proof(content, WORLD.verifier)


def test_a_proof_under_another_s_key_is_refused() -> None:
    """Somebody signs a tree of their own under the log's name; and another log's own proof is not ours."""
    forger = Verifier(WORLD.verifier.name, FixedKeys(seed=90).public_key())
    note = NOTE.decode().split("\n\n")[0] + "\n"
    forged = a_proof(3, leaf=True).replace(NOTE, sign_note(note, forger, FixedKeys(seed=90).sign))
    for verifier in (WORLD.verifier, World(origin="lotse/9999/1").verifier):
        with pytest.raises(MalformedProof):
            open_proof(forged, verifier)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_proof_with_any_byte_altered_holds_for_nothing(data: st.DataObject) -> None:
    content = a_proof(data.draw(st.integers(0, 10)))
    place = data.draw(st.integers(0, len(content) - 1))
    altered = (
        content[:place] + bytes([content[place] ^ data.draw(st.integers(1, 255))]) + content[place + 1 :]
    )
    seq = int(content.split(b"index ")[1].split(b"\n")[0])
    try:
        proof = open_proof(altered, WORLD.verifier)
    except MalformedProof:
        return
    assert not proof.holds(LEAVES[seq])


@given(
    st.binary(max_size=300)
    | st.just(b"c2sp.org/tlog-proof@v1\n\n" + NOTE)
    | st.just(b"c2sp.org/tlog-proof@v1\nindex 9\n" * 9)
)
def test_a_file_that_is_no_proof_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedProof):
        open_proof(content, WORLD.verifier)


def test_what_a_checkpoint_does_not_cover_cannot_be_proven() -> None:
    with pytest.raises(MalformedProof):
        prove(11, NOTE, WORLD.verifier, log_range_root(WORLD.log))
    with pytest.raises(MalformedProof):
        prove(-1, NOTE, WORLD.verifier, log_range_root(WORLD.log))


def test_a_file_of_megabytes_is_not_even_read() -> None:
    with pytest.raises(MalformedProof, match="zu lang"):
        open_proof(a_proof(3) + b"\n" * 200_000, WORLD.verifier)


class Shelf:
    """The tables of a log as a proof reads them, with a count of the rows asked for; any node may be altered."""

    def __init__(self, world: World, *, kept: bool = True) -> None:
        self._entries = world.log.entries
        self.stored_head = world.log.stored_head if kept else None
        self.tree = {level: list(nodes) for level, nodes in world.log.tree.items()} if kept else {}
        self.keeps_nodes = kept
        self.rows_read = self.nodes_read = 0

    def stand(self) -> StoredHead | None:
        return self.stored_head

    def leaves(self, after: int | None, count: int) -> object:
        start = 0 if after is None else after + 1
        found = [(seq, leaf) for seq, leaf, *_ in self._entries[start : start + count]]
        self.rows_read += len(found)
        return found

    def nodes(self, level: int, after: int | None, count: int) -> object:
        start = 0 if after is None else after + 1
        found = self.tree.get(level, [])[start : start + count]
        self.nodes_read += len(found)
        return found


@pytest.fixture(scope="module")
def long_world() -> World:
    """A log with four levels of kept nodes: 66 000 entries."""
    world = World()
    for _ in range(66):
        world.record(*[an_access()] * 1000)
    world.sign()
    return world


def test_a_proof_among_many_entries_reads_a_handful_of_them(long_world: World) -> None:
    """Its own block of 16, and at most 16 nodes of each level."""
    note = long_world.log.kept[-1][1]
    for seq in (0, 255, 256, 4096, 65_535, 65_536, 65_999):
        log = Shelf(long_world)
        proof = prove(seq, note, long_world.verifier, log_range_root(log))
        assert proof.holds(long_world.log.entries[seq][1])
        assert len(proof.hashes) <= 17
        assert log.rows_read <= 16
        assert log.nodes_read <= 4 * 16


def test_a_proof_under_an_older_checkpoint_reads_little_more(long_world: World) -> None:
    """The log has gone on, so the frontier does not help: its own block, the last one of then, and their nodes."""
    leaves = [leaf_hash(row[1]) for row in long_world.log.entries[:65_700]]
    older = Checkpoint(long_world.origin, 65_700, root_of(leaves))
    note = older.sign(long_world.verifier, long_world.provider.sign)
    log = Shelf(long_world)
    assert prove(300, note, long_world.verifier, log_range_root(log)).holds(long_world.log.entries[300][1])
    assert log.rows_read <= 2 * 16
    assert log.nodes_read <= 5 * 16


def test_without_kept_nodes_the_proofs_are_the_same(long_world: World) -> None:
    """As of an earlier incarnation, beside which no nodes are kept."""
    note, verifier = long_world.log.kept[-1][1], long_world.verifier
    whole, computed = log_range_root(Shelf(long_world)), log_range_root(Shelf(long_world, kept=False))
    for seq in (0, 40_000, 65_999):
        assert prove(seq, note, verifier, computed) == prove(seq, note, verifier, whole)
    assert consistency_proof(40_000, 66_000, computed) == consistency_proof(40_000, 66_000, whole)


def test_where_the_head_was_altered_no_false_proof_is_given(long_world: World) -> None:
    """A frontier of other hashes, of the wrong length, of another type, of another size, or no head at all."""
    note, head = long_world.log.kept[-1][1], long_world.log.stored_head
    for altered, refused in (
        (replace(head, frontier=bytes(len(head.frontier))), True),
        (replace(head, frontier=head.frontier[:-1]), False),
        (replace(head, frontier="text"), False),
        (replace(head, size=-1), False),
        (replace(head, size="66000"), False),
        (None, False),
    ):
        log = Shelf(long_world)
        log.stored_head = altered
        if refused:
            with pytest.raises(MalformedProof, match="lotse audit verify"):
                prove(9, note, long_world.verifier, log_range_root(log))
        else:
            assert prove(9, note, long_world.verifier, log_range_root(log)).index == 9


def test_where_nodes_were_altered_no_false_proof_is_given(long_world: World) -> None:
    """A hash of another entry, one that is too short, a gap, a text: refused, or computed from the entries."""
    note = long_world.log.kept[-1][1]
    for altered, refused in (
        (bytes(32), True),
        (b"short", False),
        ("text", False),
        (7, False),
        (None, False),
    ):
        log = Shelf(long_world)
        log.tree[1][7] = (7, altered) if altered is not None else (1_000_000, bytes(32))
        roots = log_range_root(log)
        if refused:
            with pytest.raises(MalformedProof, match="lotse audit verify"):
                prove(9, note, long_world.verifier, roots)
        else:
            assert prove(9, note, long_world.verifier, roots).holds(long_world.log.entries[9][1])


def test_of_a_log_that_was_cut_or_altered_nothing_is_proven() -> None:
    world = a_log(11)
    seq, leaf, mac, body_a = world.log.entries[4]
    world.log.entries[4] = (seq, leaf[:-1] + b"x", mac, body_a)
    with pytest.raises(MalformedProof, match="nicht, was unterschrieben wurde"):
        prove(4, NOTE, world.verifier, log_range_root(world.log))
    with pytest.raises(MalformedProof, match="nicht, was unterschrieben wurde"):
        prove(3, NOTE, WORLD.verifier, log_range_root(WORLD.log), LEAVES[4])
    del world.log.entries[4:]
    with pytest.raises(MalformedProof, match="fehlt der Eintrag 4"):
        prove(2, NOTE, world.verifier, log_range_root(world.log))


def test_a_note_that_is_not_the_log_s_proves_nothing() -> None:
    with pytest.raises(MalformedNote):
        prove(0, NOTE, World(origin="lotse/9999/1").verifier, log_range_root(WORLD.log))


@given(st.integers(1, 1500), st.integers(1, 1500), st.booleans())
@settings(deadline=None)
def test_between_any_two_sizes_the_log_proves_that_it_only_grew(
    long_world: World, one: int, other: int, kept: bool
) -> None:
    old, new = sorted((one, other))
    leaves = [leaf_hash(row[1]) for row in long_world.log.entries[:new]]
    proof = consistency_proof(old, new, log_range_root(Shelf(long_world, kept=kept)))
    assert verify_consistency(old, new, proof, root_of(leaves[:old]), root_of(leaves))


@given(st.integers(0, 1400), st.integers(1, 700))
@settings(deadline=None)
def test_any_range_has_the_root_that_rfc_6962_says(long_world: World, start: int, size: int) -> None:
    """Ranges that begin where a subtree of their size would; the others no proof asks for."""
    start -= start % (1 << (size - 1).bit_length())
    leaves = [leaf_hash(row[1]) for row in long_world.log.entries[start : start + size]]
    assert log_range_root(Shelf(long_world))(start, start + size) == Frontier().extend(leaves).root()


def test_a_range_that_cannot_be_is_refused() -> None:
    roots = log_range_root(WORLD.log)
    assert roots(0, 2) == node_hash(leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1]))
    for start, end in ((0, 0), (-1, 3), (4, 3), (10, 12)):
        with pytest.raises(MalformedTree):
            roots(start, end)
