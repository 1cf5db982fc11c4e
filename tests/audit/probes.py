"""Probes of our own beside the public ones: proofs and what somebody would make of them, each with its verdict.

    python -m tests.audit.probes

writes `data/merkle-probes.json`, in the form that transparency-dev/merkle gives to its own. The verdict follows from
how a probe is made and not from our code; Go's tlog agrees with every one (`tests/system/test_go_agrees.py`).
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.tree import consistency_proof, inclusion_proof, leaf_hash, root_of

FILE = Path(__file__).with_name("data") / "merkle-probes.json"
LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(320)]
INCLUDED = ((1, 0), (2, 1), (5, 4), (8, 3), (13, 6), (16, 15), (300, 256))
GROWN = ((1, 2), (2, 3), (3, 7), (4, 8), (6, 13), (8, 16), (15, 16), (256, 300))
Probe = dict[str, Any]


def over(start: int, end: int) -> bytes:
    """Give the root over these leaves."""
    return root_of(LEAVES[start:end])


def spoiled(proof: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """What can be done to the hashes of a proof so that it says nothing any more."""
    stranger = LEAVES[-1]
    yield "a hash more at the end", [*proof, stranger]
    yield "a hash more at the beginning", [stranger, *proof]
    yield "an empty hash more", [*proof, b""]
    if proof:
        yield "no hashes", []
        yield "the last hash missing", proof[:-1]
        yield "the first hash missing", proof[1:]
        yield "the last hash twice", [*proof, proof[-1]]
        yield "a bit turned", [*proof[:-1], bytes([proof[-1][0] ^ 0x80]) + proof[-1][1:]]
        yield "a byte short", [*proof[:-1], proof[-1][:-1]]
        yield "a byte more", [*proof[:-1], proof[-1] + b"\0"]
    if len(proof) > 1:
        yield "the wrong way round", proof[::-1]
        yield "two hashes swapped", [proof[1], proof[0], *proof[2:]]


def inclusions() -> Iterator[Probe]:
    """Proofs that an entry stands in a tree, right and wrong."""
    for size, index in INCLUDED:
        proof, root, leaf = inclusion_proof(index, size, over), over(0, size), LEAVES[index]

        def probe(
            name: str, *, wrong: bool = True, size: int = size, index: int = index,
            proof: list[bytes] = proof, root: bytes = root, leaf: bytes = leaf,
        ) -> Probe:  # fmt: skip
            return {
                "name": name, "leafIdx": index, "treeSize": size, "root": text(root), "leafHash": text(leaf),
                "proof": [text(node) for node in proof], "wantErr": wrong,
            }  # fmt: skip

        yield probe("right", wrong=False)
        for name, hashes in spoiled(proof):
            yield probe(name, proof=hashes)
        for name, other in (("before the first", -1), ("the next place", index + 1), ("the size", size)):
            yield probe(f"the index is {name}", index=other)
        yield probe("the tree is empty", size=0, index=0)
        yield probe("the tree is twice as large", size=2 * size)
        yield probe("the size is negative", size=-size)
        yield probe("the root is of one entry less", root=over(0, size - 1) if size > 1 else bytes(32))
        yield probe("the root is empty", root=b"")
        yield probe("the entry is another", leaf=LEAVES[index + 1])
        yield probe("the entry is the root", leaf=root if size > 1 else LEAVES[9])
        yield probe("the entry is half a hash", leaf=leaf[:16])


def growths() -> Iterator[Probe]:
    """Proofs that a tree continues a smaller one, right and wrong; from size 0 never.

    That the newer tree is said to be one entry larger is no probe: such a proof may hold, because a root does not
    say how many entries are under it. The checkpoint does, and is signed.
    """
    for old, new in GROWN:
        proof, before, after = consistency_proof(old, new, over), over(0, old), over(0, new)

        def probe(
            name: str, *, wrong: bool = True, old: int = old, new: int = new,
            proof: list[bytes] = proof, before: bytes = before, after: bytes = after,
        ) -> Probe:  # fmt: skip
            return {
                "name": name, "size1": old, "size2": new, "root1": text(before), "root2": text(after),
                "proof": [text(node) for node in proof], "wantErr": wrong,
            }  # fmt: skip

        yield probe("right", wrong=False)
        yield probe("a tree continues itself", wrong=False, old=new, before=after, proof=[])
        yield probe("a tree continues itself by a proof", old=new, before=after)
        for name, hashes in spoiled(proof):
            yield probe(name, proof=hashes)
        yield probe("from size 0", old=0)
        yield probe("from size 0 with the empty root and no proof", old=0, before=root_of([]), proof=[])
        yield probe("from a negative size", old=-1)
        yield probe("backwards", old=new, new=old, before=after, after=before)
        yield probe("from one entry more", old=old + 1 if old + 1 < new else new + 1)
        yield probe("the older root is another", before=over(1, old + 1))
        yield probe("the newer root is another", after=over(1, new + 1))
        yield probe("the roots are swapped", before=after, after=before)
        yield probe("the same root twice", after=before)
        yield probe("the older root is empty", before=b"")


def text(content: bytes) -> str:
    """Standard base64, as the public probes have it."""
    return base64.b64encode(content).decode()


def build() -> str:
    """Give the file's text."""
    probes = {"inclusion": list(inclusions()), "consistency": list(growths())}
    for found in probes.values():
        for number, probe in enumerate(found):
            probe["name"] = f"{number}: {probe['name']}"
    return json.dumps(probes, indent=0) + "\n"


if __name__ == "__main__":
    FILE.write_text(build())
