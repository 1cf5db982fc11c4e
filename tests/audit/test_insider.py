"""Entries that only somebody with all the keys could write, and that are refused all the same."""

from hashlib import sha256

from audit.entry import HAS_B, HEAD_FIELDS, MAGIC, SUITE, log_id
from audit.faults import FaultClass
from audit.seal import DataKey, aad_a, aad_b, seal_body
from audit.tree import Frontier, leaf_hash
from tests.audit.world import StoredHead, World, a_step, found

CASE, OTHER = "0a" * 16, "0b" * 16


def a_forged_entry(world: World, key: DataKey, key_b: DataKey, named: bytes) -> None:
    """Replace the only entry by one under these keys, whose leaf names another key of B."""
    time_ms = world.current.last_time_ms
    head = HEAD_FIELDS.pack(MAGIC, SUITE, HAS_B, 0, 0, time_ms, log_id(world.origin), key.key_id, named)
    body_a = seal_body(key, aad_a(head), {"action": "note", "case": CASE}, b"n" * 12)
    hash_a = sha256(body_a).digest()
    body_b = seal_body(key_b, aad_b(head, hash_a), {"family": "Familie Wunderlich-Beispiel"}, b"m" * 12)
    leaf = head + hash_a + sha256(body_b).digest()
    world.log.entries = [(0, leaf, world.ring.key("mac").mac(leaf), body_a)]
    world.log.contents = [(0, body_b)]
    tree = Frontier().append(leaf_hash(leaf))
    world.log.stored_head = StoredHead(world.origin, 1, tree.to_bytes(), time_ms)


def a_town() -> World:
    world = World()
    world.record(a_step(world, CASE, 1))
    world.case(OTHER)
    return world


def test_a_well_made_entry_verifies_so_the_others_fail_for_their_one_fault() -> None:
    world = a_town()
    a_forged_entry(world, world.ring.key("steps/2026/0"), world.case(CASE), world.case(CASE).key_id)
    assert world.verify(decrypt=True).opened == 2


def test_a_leaf_that_names_the_key_of_another_case_is_refused_though_its_content_opens() -> None:
    """AES-GCM alone does not say under which key something was sealed; the key id does."""
    world = a_town()
    a_forged_entry(world, world.ring.key("steps/2026/0"), world.case(CASE), world.case(OTHER).key_id)
    assert found(world, decrypt=True) is FaultClass.KEY


def test_a_leaf_under_the_key_of_another_year_or_purpose_is_refused() -> None:
    for purpose in ("steps/2031/0", "steps/2026/1", "import"):
        world = a_town()
        a_forged_entry(world, world.ring.key(purpose), world.case(CASE), world.case(CASE).key_id)
        assert found(world) is FaultClass.KEY
