"""Every proof of every tree of up to 300 entries: made by us and checked by Go and pymerkle, and theirs by us.

Go's proofs are RFC 6962's and must be ours byte for byte. pymerkle's proofs of inclusion are too; its proofs of
consistency have a form of their own, so there its verdict over our roots is what is compared.
"""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pymerkle import InmemoryTree, InvalidProof  # type: ignore[import-untyped] # it ships no types
from pymerkle.proof import InclusionProof  # type: ignore[import-untyped] # the same

from audit.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.system.golang import built

MOST = 300
ENTRIES = [number.to_bytes(4) for number in range(MOST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOTS = [root_of(LEAVES[:size]) for size in range(MOST + 1)]
SOURCE = Path(__file__).with_name("go") / "proofs.go"


@cache
def over(start: int, end: int) -> bytes:
    return root_of(LEAVES[start:end])


@cache
def inclusion(size: int, index: int) -> tuple[bytes, ...]:
    return tuple(inclusion_proof(index, size, over))


@cache
def consistency(size: int, old: int) -> tuple[bytes, ...]:
    return tuple(consistency_proof(old, size, over))


def sizes_and_indexes(step: int = 1) -> Iterator[tuple[int, int]]:
    """Every size, and every index or each so many, others with each size; in the order in which Go writes its own."""
    return ((size, index) for size in range(1, MOST + 1) for index in range(size % step, size, step))


EVERY = pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.campaign)])


def line(kind: str, size: int, number: int, proof: tuple[bytes, ...]) -> str:
    return " ".join((kind, str(size), str(number), *(node.hex() for node in proof)))


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(SOURCE, tmp_path_factory.mktemp("go"))


def asked(go: Path, lines: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(go), str(MOST)], input="\n".join(lines), capture_output=True, text=True, check=False, timeout=240
    )


def test_go_accepts_all_our_proofs_and_we_accept_all_of_go_s(go: Path) -> None:
    """45 150 of each kind. They are the same ones, and the roots are."""
    ours = [
        text
        for size, index in sizes_and_indexes()
        for text in (
            line("r", size, index, inclusion(size, index)),
            line("t", size, index + 1, consistency(size, index + 1)),
        )
    ]
    assert len(ours) == MOST * (MOST + 1)
    done = asked(go, ours)
    assert (done.returncode, done.stderr.strip()) == (0, str(len(ours)))
    told = done.stdout.splitlines()
    roots = [text for text in told if text.startswith("w")]
    theirs = [text for text in told if not text.startswith("w")]
    assert roots == [f"w {size} {ROOTS[size].hex()}" for size in range(1, MOST + 1)]
    assert theirs == ours
    for text in theirs:
        kind, size, number, *hashes = text.split(" ")
        proof = [bytes.fromhex(node) for node in hashes]
        place, whole = int(number), int(size)
        if kind == "r":
            assert verify_inclusion(place, whole, LEAVES[place], proof, ROOTS[whole])
        else:
            assert verify_consistency(place, whole, proof, ROOTS[place], ROOTS[whole])


def test_go_refuses_what_we_refuse(go: Path) -> None:
    """A proof of another index, of another size, with a hash more or less, with one bit turned."""
    proof = inclusion(7, 3)
    turned = (*proof[:-1], bytes([proof[-1][0] ^ 1]) + proof[-1][1:])
    grown = consistency(7, 3)
    for kind, size, number, hashes in (
        ("r", 7, 2, proof),
        ("r", 9, 3, proof),
        ("r", 7, 3, proof[:-1]),
        ("r", 7, 3, (*proof, proof[0])),
        ("r", 7, 3, turned),
        ("t", 7, 2, grown),
        ("t", 8, 3, grown),
        ("t", 7, 3, grown[1:]),
        ("t", 7, 3, (*grown, proof[0])),
    ):
        holds = (
            verify_inclusion(number, size, LEAVES[number], hashes, ROOTS[size])
            if kind == "r"
            else verify_consistency(number, size, hashes, ROOTS[number], ROOTS[size])
        )
        assert not holds
        assert asked(go, [line(kind, size, number, hashes)]).returncode == 1


@pytest.fixture(scope="module")
def tree() -> InmemoryTree:
    """The tree that pymerkle builds over the same entries."""
    grown = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        grown.append_entry(entry)
    return grown


@EVERY
def test_pymerkle_makes_our_proofs_of_inclusion_and_accepts_ours(tree: InmemoryTree, step: int) -> None:
    """Its entries count from one, and its path begins with the entry itself."""
    for size, index in sizes_and_indexes(step):
        theirs = tree.prove_inclusion(index + 1, size)
        assert verify_inclusion(index, size, LEAVES[index], theirs.path[1:], ROOTS[size])
        path = [LEAVES[index], *inclusion(size, index)]
        ours = InclusionProof("sha256", True, size, index + 1, theirs.rule, path)
        ours.verify(LEAVES[index], ROOTS[size], index=index + 1, size=size)
        assert theirs.path == path


@EVERY
def test_pymerkle_finds_that_each_of_our_roots_continues_each_before(tree: InmemoryTree, step: int) -> None:
    for size, index in sizes_and_indexes(step):
        proof = tree.prove_consistency(index + 1, size)
        proof.verify(ROOTS[index + 1], ROOTS[size], prior_size=index + 1, later_size=size)


def test_pymerkle_refuses_a_root_that_is_not_ours(tree: InmemoryTree) -> None:
    """So that the acceptances above say something."""
    with pytest.raises(InvalidProof):
        tree.prove_consistency(100, 300).verify(ROOTS[99], ROOTS[300], prior_size=100, later_size=300)
    with pytest.raises(InvalidProof):
        tree.prove_inclusion(8, 300).verify(LEAVES[7], ROOTS[299], index=8, size=300)
