"""The stored log gives proofs and exports, in memory and on disk, and meanwhile the office goes on working."""

from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from adapters.db.connect import journal_mode
from audit.checkpoint import Checkpoint
from audit.keys import log_verifier
from audit.proof import log_range_root, open_proof, prove
from audit.tiles import InSlices, export, tile_range_root
from audit.tree import Frontier, leaf_hash
from tests.world import World
from workflow.ports import Entry

LOOKED = Entry("access", {"action": "list", "actor": "leitung", "outcome": "done"})


def looked(world: World, times: int) -> None:
    """Somebody looks at the list of cases that often."""
    with world.work() as work:
        for _ in range(times):
            work.record(LOOKED)
        work.commit()


def signed(world: World) -> bytes:
    with world.store.log_reader() as reader:
        head = reader.head()
    assert head is not None
    root = Frontier.from_bytes(head.size, head.frontier).root()
    verifier = log_verifier(world.store.origin, world.provider)
    return Checkpoint(world.store.origin, head.size, root).sign(verifier, world.provider.sign)


@pytest.mark.parametrize("portion", [1, 7, 15, 16, 17, 256, 600])
def test_each_entry_that_completes_a_block_writes_its_node(world: World, portion: int) -> None:
    """Whether entries come one by one or in lists; never a node too early, none missing."""
    looked(world, 250)
    for _ in range(12):
        looked(world, portion)
        with world.store.log_reader() as reader:
            leaves = [leaf_hash(row[1]) for row in reader.rows(None, 10_000)]
            for level, width in ((1, 16), (2, 256), (3, 4096), (4, 65_536)):
                starts = range(0, len(leaves) - width + 1, width)
                blocks = [Frontier().extend(leaves[at : at + width]).root() for at in starts]
                assert list(reader.nodes(level, None, 10_000)) == list(enumerate(blocks))


def test_a_unit_of_work_that_is_not_committed_leaves_no_node(world: World) -> None:
    with world.work() as work:
        for _ in range(600):
            work.record(LOOKED)
    with world.store.log_reader() as reader:
        assert not reader.nodes(1, None, 10)
    looked(world, 16)
    with world.store.log_reader() as reader:
        assert len(reader.nodes(1, None, 10)) == 1


def test_proofs_from_tables_and_export_are_the_same(world: World, tmp_path: Path) -> None:
    looked(world, 700)
    note, verifier = signed(world), log_verifier(world.store.origin, world.provider)
    export(InSlices(world.store.log_reader), tmp_path / "log", note, verifier)
    with world.store.log_reader() as reader:
        leaves = [row[1] for row in reader.rows(None, 5000)]
        stored = log_range_root(reader)
        for seq in (0, 255, 256, 511, 512, len(leaves) - 1):
            proof = prove(seq, note, verifier, stored, leaves[seq])
            assert proof == prove(
                seq, note, verifier, tile_range_root(tmp_path / "log", len(leaves)), leaves[seq]
            )
            assert open_proof(proof.to_bytes(), verifier).holds(leaves[seq])


def test_others_go_on_working_while_a_long_log_is_given_out(on_disk: World, tmp_path: Path) -> None:
    """Between any two pages a step goes through; one transaction over all of it would hold them up."""
    looked(on_disk, 5000)
    note, verifier = signed(on_disk), log_verifier(on_disk.store.origin, on_disk.provider)
    event.listen(on_disk.engine, "checkout", lambda c, *_rest: c.execute("PRAGMA busy_timeout=50"))
    begun = on_disk.size

    def work_meanwhile(done: int, _size: int) -> None:
        if done % 1024 == 0:
            on_disk.a_referral()

    export(InSlices(on_disk.store.log_reader), tmp_path / "log", note, verifier, progress=work_meanwhile)
    assert on_disk.size == begun + 4
    if journal_mode() != "wal":
        with on_disk.store.log_reader() as reader, pytest.raises(OperationalError, match="locked"):
            export(reader, tmp_path / "other", note, verifier, progress=work_meanwhile)
