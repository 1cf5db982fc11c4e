"""A proof file shows that one entry stood in the log, to whoever has only the file and the public key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.note import encode64
from audit.proof import MalformedProof, log_range_root, open_proof, prove
from audit.tree import leaf_hash, verify_inclusion
from tests.audit.world import World, a_log, an_access

WORLD = a_log(11)
NOTE = WORLD.log.kept[-1][1]
LEAVES = [row[1] for row in WORLD.log.entries]


def a_proof(seq: int) -> bytes:
    return prove(seq, NOTE, WORLD.verifier, log_range_root(WORLD.log)).to_bytes()


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


def test_a_proof_over_more_than_a_page_reads_each_entry_once() -> None:
    world = World()
    world.record(*[an_access()] * 9000)
    note = world.sign()
    for seq in (0, 4095, 4096, 8191, 8192, 8999):
        proof = prove(seq, note, world.verifier, log_range_root(world.log))
        assert proof.holds(world.log.entries[seq][1])
        assert len(proof.hashes) <= 14
