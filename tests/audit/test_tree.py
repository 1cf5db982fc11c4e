"""The tree is RFC 6962's: known roots, the naive definition, pymerkle, exhaustive proofs, public probes."""

import base64
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit.errors import MalformedTree
from audit.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.audit.probes import FILE as PROBES
from tests.audit.probes import build

# The eight inputs and roots of the reference implementations of RFC 6962.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive(leaves[:split]), naive(leaves[split:]))


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(place.to_bytes(4)) for place in range(count)]


LEAVES = some_leaves(70)


def over(start: int, end: int) -> bytes:
    return naive(LEAVES[start:end])


@pytest.mark.parametrize("size", range(9))
def test_the_known_roots_come_out(size: int) -> None:
    hashes = [leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert root_of(hashes).hex() == ROOTS[size]


@given(st.lists(st.lists(st.binary(min_size=32, max_size=32), max_size=20), max_size=8))
def test_a_frontier_grown_in_any_portions_has_the_naive_root(portions: list[list[bytes]]) -> None:
    frontier, leaves = Frontier(), []
    for portion in portions:
        frontier = frontier.extend(portion)
        leaves += portion
        assert frontier.root() == naive(leaves)
        assert frontier.size == len(leaves)
        assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier


def test_leaf_by_leaf_and_all_at_once_is_the_same() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier == Frontier().extend(LEAVES[:size])
        frontier = frontier.append(leaf)


def blocks(level: list[bytes]) -> list[bytes]:
    """The roots over each 16 of these hashes, a remainder left out."""
    return [naive(level[at : at + 16]) for at in range(0, len(level) - 15, 16)]


MANY = some_leaves(5_000)
LEVELS = [blocks(MANY), blocks(blocks(MANY)), blocks(blocks(blocks(MANY)))]
"""By definition: the roots over 16, 256 and 4096 leaves."""


@given(st.lists(st.integers(0, 40) | st.integers(0, 3000), max_size=8))
@settings(deadline=None)
def test_a_growing_tree_gives_each_node_once_and_when_it_is_complete(portions: list[int]) -> None:
    frontier, given_out = Frontier(), []
    for portion in portions:
        frontier, nodes = frontier.grow(MANY[frontier.size : frontier.size + portion])
        given_out += nodes
        for level, hashes in enumerate(LEVELS, 1):
            complete = enumerate(hashes[: frontier.size // 16**level])
            assert [node for node in given_out if node[0] == level] == [(level, *node) for node in complete]
    assert {level for level, _, _ in given_out} <= {1, 2, 3}
    assert frontier == Frontier().extend(MANY[: frontier.size])


def test_leaf_by_leaf_each_sixteenth_completes_a_node_and_the_nodes_above_it_follow() -> None:
    frontier, given_out = Frontier(), []
    for leaf in MANY[:4096]:
        frontier, nodes = frontier.grow([leaf])
        given_out.append([(level, number) for level, number, _ in nodes])
    assert [place for place, nodes in enumerate(given_out, 1) if nodes] == list(range(16, 4097, 16))
    assert given_out[15] == [(1, 0)]
    assert given_out[511] == [(1, 31), (2, 1)]
    assert given_out[4095] == [(1, 255), (2, 15), (3, 0)]
    assert nodes[-1] == (3, 0, frontier.hashes[0])


@given(st.integers(0, 300))
@settings(max_examples=30, deadline=None)
def test_pymerkle_builds_the_same_tree(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for place in range(size):
        tree.append_entry(place.to_bytes(4))
    assert (tree.get_root() if size else sha256(b"").digest()) == root_of(some_leaves(size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 20, 33])
def test_pymerkle_and_we_agree_on_the_verdict_over_proofs(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for place in range(size):
        tree.append_entry(place.to_bytes(4))
    for index in range(size):
        proof = inclusion_proof(index, size, over)
        theirs = tree.prove_inclusion(index + 1, size)
        assert [bytes.fromhex(node) for node in theirs.serialize()["path"]][1:] == proof or size == 1
        assert verify_inclusion(index, size, LEAVES[index], proof, tree.get_root())


def test_every_inclusion_proof_up_to_seventy_holds_and_only_at_its_place() -> None:
    for size in range(1, len(LEAVES) + 1):
        root = over(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, over)
            assert verify_inclusion(index, size, LEAVES[index], proof, root)
            assert len(proof) <= (size - 1).bit_length()
            for wrong in {0, index - 1, index + 1, size - 1, size, -1} - {index}:
                assert not verify_inclusion(wrong, size, LEAVES[index], proof, root)
            assert not verify_inclusion(index, size, LEAVES[index - 1], proof, root) or size == 1
            assert not verify_inclusion(index, size, LEAVES[index], [*proof, root], root)
            assert not proof or not verify_inclusion(index, size, LEAVES[index], proof[:-1], root)


def test_every_consistency_proof_up_to_forty_holds_and_only_between_its_sizes() -> None:
    for new in range(1, 41):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, over)
            assert verify_consistency(old, new, proof, over(0, old), over(0, new))
            assert not verify_consistency(old, new, proof, over(1, old + 1), over(0, new))
            assert not verify_consistency(old, new, proof, over(0, old), over(1, new + 1))
            assert not verify_consistency(old, new, [*proof, over(0, 1)], over(0, old), over(0, new))
            assert not proof or not verify_consistency(old, new, proof[1:], over(0, old), over(0, new))
            assert new == old or not verify_consistency(old + 1, new, proof, over(0, old), over(0, new))


@given(st.data())
def test_a_proof_with_any_bit_turned_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, over)
    place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    wrong = bytearray(proof[place])
    wrong[bit // 8] ^= 1 << bit % 8
    proof[place] = bytes(wrong)
    assert not verify_inclusion(index, size, LEAVES[index], proof, over(0, size))


def test_the_empty_tree_proves_nothing() -> None:
    """From size 0 any tree would be a continuation."""
    with pytest.raises(MalformedTree):
        consistency_proof(0, 5, over)
    with pytest.raises(MalformedTree):
        inclusion_proof(0, 0, over)
    with pytest.raises(MalformedTree):
        inclusion_proof(5, 5, over)
    with pytest.raises(MalformedTree):
        consistency_proof(6, 5, over)
    assert not verify_consistency(0, 5, [], sha256(b"").digest(), over(0, 5))
    assert not verify_consistency(0, 0, [], sha256(b"").digest(), sha256(b"").digest())


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(-1, b""), (0, bytes(32)), (1, b""), (3, bytes(32)), (3, bytes(65)), (2**63, bytes(32))],
)
def test_a_frontier_that_cannot_be_is_refused(size: int, hashes: bytes) -> None:
    with pytest.raises(MalformedTree):
        Frontier.from_bytes(size, hashes)


def test_a_proof_among_a_million_entries_has_twenty_hashes() -> None:
    """Sizes alone; the ranges come from the same function as the proofs."""
    sizes = []
    inclusion_proof(777_777, 1_000_000, lambda start, end: sizes.append(end - start) or bytes(32))
    assert len(sizes) <= 20
    assert sum(sizes) == 999_999


def probes(kind: str) -> list[Any]:
    """The probes of transparency-dev/merkle, from the folder that LOTSE_VECTORS names, and those of our own."""
    own = [pytest.param(probe, id=f"own-{probe['name']}") for probe in json.loads(PROBES.read_text())[kind]]
    folder = os.environ.get("LOTSE_VECTORS")
    if folder is None:
        missing = "LOTSE_VECTORS nennt keinen Ordner: Die öffentlichen Proben laufen nicht."
        return [*own, pytest.param(None, marks=pytest.mark.skip(missing), id="public")]
    public = json.loads(Path(folder, "merkle-probes.json").read_text())[kind]
    return [*own, *(pytest.param(probe, id=probe["name"]) for probe in public)]


def test_our_own_probes_are_the_ones_that_are_built() -> None:
    assert PROBES.read_text() == build()
    assert all(len(found) > 100 for found in json.loads(PROBES.read_text()).values())


def decoded(proof: list[str] | None) -> list[bytes]:
    return [base64.b64decode(node or "") for node in proof or []]


@pytest.mark.parametrize("probe", probes("inclusion"))
def test_the_probes_of_inclusion(probe: dict[str, Any]) -> None:
    leaf, root = (base64.b64decode(probe[name] or "") for name in ("leafHash", "root"))
    holds = verify_inclusion(probe["leafIdx"], probe["treeSize"], leaf, decoded(probe["proof"]), root)
    assert holds is not probe["wantErr"]


@pytest.mark.parametrize("probe", probes("consistency"))
def test_the_probes_of_consistency(probe: dict[str, Any]) -> None:
    roots = (base64.b64decode(probe[name] or "") for name in ("root1", "root2"))
    assert (
        verify_consistency(probe["size1"], probe["size2"], decoded(probe["proof"]), *roots)
        is not probe["wantErr"]
    )
