"""A log that has grown under 0004 kept nodes every eight levels of its tree; migrated, it keeps them every four.

Two towns in one database, on SQLite and on PostgreSQL, where the owner sees one town at a time. What is expected is
computed from the entries by definition.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from adapters.db import postgres as server
from adapters.db.connect import connect, migrate
from adapters.db.roles import login_of
from adapters.db.store import Store
from adapters.db.upgrade import upgrade
from audit.checkpoint import Checkpoint
from audit.faults import VerificationError
from audit.keys import log_verifier
from audit.proof import log_range_root, prove
from audit.tree import Frontier, leaf_hash
from audit.verify import Report, verify
from states.profile import load
from tests import postgres
from tests.audit.world import FixedKeys
from tests.migrations import FOLDER, back_to
from tests.world import berlin
from workflow.ports import Entry

SIZES = {"a" * 32: 4_500, "b" * 32: 300}
"""The towns, and how often somebody looked at the list there: more than one page of the migration, and less."""
KEYS = FixedKeys()


def now_ms() -> int:
    return int(berlin("2026-11-22 09:00").timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Land:
    """A database with two towns: how they work in it, how it goes back to 0004, and how it is brought to today."""

    towns: dict[str, Store]
    back: Callable[[], None]
    forth: Callable[[], None]


def founded(engine: Engine) -> dict[str, Store]:
    towns = {}
    for tenant, size in SIZES.items():
        store = Store.create(engine, KEYS, now_ms, tenant, f"lotse/{tenant}/1", load("default"))
        towns[tenant] = store
        looked(store, size)
    return towns


def looked(store: Store, times: int) -> None:
    with store.work() as work:
        for _ in range(times):
            work.record(Entry("access", {"action": "list", "actor": "leitung", "outcome": "done"}))
        work.commit()


@pytest.fixture(params=["sqlite", "postgres"])
def land(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Land]:
    if request.param == "sqlite":
        engine = connect(tmp_path / "lotse.db")
        migrate(engine)
        yield Land(founded(engine), lambda: back_to("0004", engine), lambda: migrate(engine))
        engine.dispose()
        return
    with postgres.a_database(postgres.migrated()) as url:
        working, owner = (server.connect(each(url)) for each in (postgres.as_application, postgres.as_owner))
        yield Land(
            founded(working),
            lambda: back_to("0004", owner),
            lambda: _done(upgrade(owner, login_of(postgres.as_application(url)))),
        )
        working.dispose()
        owner.dispose()


def _done(result: object) -> None:
    assert result


def leaves(store: Store) -> list[bytes]:
    with store.log_reader() as reader:
        return [leaf_hash(leaf) for _, leaf in reader.leaves(None, 100_000)]


def by_definition(hashes: list[bytes], width: int) -> list[tuple[int, int, bytes]]:
    """The roots of all complete subtrees of width, width², … of these leaves."""
    nodes, level, whole = [], 1, width
    while whole <= len(hashes):
        for number in range(len(hashes) // whole):
            part = hashes[number * whole : (number + 1) * whole]
            nodes.append((level, number, Frontier().extend(part).root()))
        level, whole = level + 1, whole * width
    return nodes


def kept(store: Store) -> list[tuple[int, int, bytes]]:
    with store.log_reader() as reader:
        return [
            (level, number, node)
            for level in sorted(reader.node_levels())
            for number, node in reader.nodes(level, None, 100_000)
        ]


def verified(store: Store) -> Report:
    with store.keys() as ring, store.log_reader() as reader:
        return verify(reader, log_verifier(store.origin, KEYS), ring)


def test_a_log_of_before_keeps_the_nodes_of_today_verifies_and_proves(land: Land) -> None:
    before = {tenant: (leaves(store), kept(store)) for tenant, store in land.towns.items()}
    land.back()
    for tenant, store in land.towns.items():
        assert kept(store) == by_definition(before[tenant][0], 256) != before[tenant][1]
        with pytest.raises(VerificationError):
            verified(store)
    land.forth()
    for tenant, store in land.towns.items():
        hashes, nodes = before[tenant]
        assert leaves(store) == hashes
        assert kept(store) == by_definition(hashes, 16) == nodes
        looked(store, 17)
        assert kept(store) == by_definition(leaves(store), 16)
        assert verified(store).size == len(hashes) + 17
        verifier, whole = log_verifier(store.origin, KEYS), Frontier().extend(leaves(store))
        note = Checkpoint(store.origin, whole.size, whole.root()).sign(verifier, KEYS.sign)
        with store.log_reader() as reader:
            for seq in (0, 255, 256, len(hashes)):
                assert prove(seq, note, verifier, log_range_root(reader)).holds_hash(leaves(store)[seq])


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM log WHERE seq = 40",
        "UPDATE log SET leaf = 'ein Text' WHERE seq = 40",
        "UPDATE log SET seq = 100000 WHERE seq = 40",
    ],
)
def test_a_damaged_log_is_migrated_as_far_as_it_can_be_read_and_the_entry_named(
    tmp_path: Path, harm: str
) -> None:
    """Who opens it with the new program learns from the verification what is wrong, not from a crash."""
    engine = connect(tmp_path / "lotse.db")
    migrate(engine)
    store = founded(engine)["b" * 32]
    back_to("0004", engine)
    with engine.begin() as connection:
        connection.execute(text(f"{harm} AND tenant = :tenant"), {"tenant": store.tenant})
    migrate(engine)
    assert [(level, number) for level, number, _ in kept(store)] == [(1, 0), (1, 1)]
    with pytest.raises(VerificationError) as caught:
        verified(store)
    assert caught.value.seq == 40
    engine.dispose()


_NODES_OF = ScriptDirectory(FOLDER).get_revision("0005").module.nodes_of


@given(st.integers(0, 600), st.sampled_from([2, 4, 16, 256]))
def test_the_nodes_of_the_migration_are_those_by_definition(size: int, width: int) -> None:
    hashes = [leaf_hash(number.to_bytes(4)) for number in range(size)]
    assert sorted(_NODES_OF(iter(hashes), width)) == by_definition(hashes, width)
