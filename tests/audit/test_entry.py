"""The leaf keeps every field and nothing it would not have written itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import ABSENT, LEAF_SIZE, MAX_SEQ, MAX_TIME_MS, Leaf, log_id
from audit.errors import MalformedLeaf

digests = st.binary(min_size=32, max_size=32)
leaves = st.builds(
    lambda seq, time_ms, log, key_a, hash_a, b: Leaf(
        seq, time_ms, log, key_a, b and b[0], hash_a, b and b[1]
    ),
    st.integers(0, MAX_SEQ),
    st.integers(0, MAX_TIME_MS),
    digests,
    digests,
    digests,
    st.none() | st.tuples(digests, digests),
)


def test_a_leaf_lies_in_its_bytes_as_the_format_says() -> None:
    """Every offset of the table, written out by hand."""
    leaf = Leaf(3, 1_793_620_800_000, b"L" * 32, b"a" * 32, b"b" * 32, b"A" * 32, b"B" * 32).pack()
    assert len(leaf) == LEAF_SIZE == 184
    assert leaf[:8] == b"LTS1\x01\x01\x00\x00"
    assert leaf[8:16] == b"\0\0\0\0\0\0\0\x03"
    assert leaf[16:24] == bytes.fromhex("000001a19c217200")
    assert leaf[24:] == b"L" * 32 + b"a" * 32 + b"b" * 32 + b"A" * 32 + b"B" * 32
    alone = Leaf(3, 5, b"L" * 32, b"a" * 32, None, b"A" * 32, None).pack()
    assert (alone[5], alone[88:120], alone[152:]) == (0, bytes(32), bytes(32))


def test_the_log_id_is_the_hash_of_the_origin_without_a_newline() -> None:
    assert log_id("lotse/0b5e/1").hex() == "14995ab14dd08c47ada67a5f7f0007bcc7ae2abd54af695b08a40daae09244b0"


@given(leaves)
def test_a_leaf_comes_back_as_it_was(leaf: Leaf) -> None:
    assert Leaf.unpack(leaf.pack()) == leaf


@given(
    st.binary(min_size=LEAF_SIZE, max_size=LEAF_SIZE) | leaves.map(Leaf.pack),
    st.integers(0, 183),
    st.integers(0, 255),
)
def test_what_unpacks_packs_to_the_same_bytes_and_all_else_is_malformed(
    raw: bytes, place: int, byte: int
) -> None:
    raw = raw[:place] + bytes([byte]) + raw[place + 1 :]
    try:
        leaf = Leaf.unpack(raw)
    except MalformedLeaf:
        return
    assert leaf.pack() == raw


@pytest.mark.parametrize("size", [0, 1, 183, 185, 4096])
def test_another_length_is_no_leaf(size: int) -> None:
    with pytest.raises(MalformedLeaf):
        Leaf.unpack(bytes(size))


@pytest.mark.parametrize(
    ("place", "byte"), [(0, 0), (3, 0x32), (4, 2), (5, 2), (5, 0x80), (6, 1), (7, 1), (8, 0x80)]
)
def test_an_unknown_magic_suite_flag_or_number_is_no_leaf(place: int, byte: int) -> None:
    raw = Leaf(1, 2, b"L" * 32, b"a" * 32, b"b" * 32, b"A" * 32, b"B" * 32).pack()
    with pytest.raises(MalformedLeaf):
        Leaf.unpack(raw[:place] + bytes([byte]) + raw[place + 1 :])


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": -1},
        {"seq": MAX_SEQ + 1},
        {"time_ms": -1},
        {"time_ms": MAX_TIME_MS + 1},
        {"log_id": b"short"},
        {"key_b": b"b" * 32},
        {"hash_b": ABSENT},
        {"key_b": b"b" * 31, "hash_b": b"B" * 32},
    ],
)
def test_a_leaf_that_does_not_fit_the_format_is_not_written(wrong: dict[str, Any]) -> None:
    leaf = Leaf(1, 2, b"L" * 32, b"a" * 32, None, b"A" * 32, None)
    with pytest.raises(MalformedLeaf):
        replace(leaf, **wrong).pack()
