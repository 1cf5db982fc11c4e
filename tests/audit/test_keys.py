"""The ring: one key a purpose, bound to tenant and purpose, never one that a roll-back has taken away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KeyRing, known_purpose, purpose_of
from tests.audit.world import NOON, Counting, FixedKeys, MemoryKeys

CASE = "ab" * 16


def a_ring(tenant: str = "0b5e", store: MemoryKeys | None = None, keys: FixedKeys | None = None) -> KeyRing:
    return KeyRing(keys or FixedKeys(), store if store is not None else MemoryKeys(), tenant, Counting())


def test_a_key_is_made_once_and_found_again() -> None:
    store, keys = MemoryKeys(), FixedKeys()
    first = a_ring(store=store, keys=keys).key("mac")
    again = a_ring(store=store, keys=keys)
    assert again.key("mac").key_id == first.key_id
    assert again.known("mac") is again.key("mac")
    assert again.known("import") is None
    assert set(store) == {"mac"}


def test_steps_and_accesses_each_have_a_key_a_year_and_a_million_entries() -> None:
    assert purpose_of("steps", NOON, 0) == "steps/2026/0"
    assert purpose_of("access", NOON, 2**20 - 1) == "access/2026/0"
    assert purpose_of("steps", NOON, 2**20) == "steps/2026/1"
    # 31 December 23:59:59.999 UTC, then a millisecond later: the year is UTC's.
    assert purpose_of("steps", 1_798_761_599_999, 7) == "steps/2026/0"
    assert purpose_of("steps", 1_798_761_600_000, 7) == "steps/2027/0"


@given(st.text(max_size=20))
def test_only_named_purposes_have_keys(purpose: str) -> None:
    if not known_purpose(purpose):
        ring = a_ring()
        with pytest.raises(ValueError, match="No key"):
            ring.key(purpose)


@pytest.mark.parametrize(
    "purpose",
    [
        "mac",
        "import",
        "idempotency",
        "login",
        "login-sealed",
        "duplicates/1",
        "steps/2026/0",
        "access/2031/12",
    ],
)
def test_the_named_purposes_are_these(purpose: str) -> None:
    assert known_purpose(purpose)
    for wrong in (purpose + "/", "/" + purpose, purpose + "\n", purpose.upper(), purpose.replace("/", "/0")):
        assert wrong == purpose or not known_purpose(wrong)


def test_a_wrapped_key_opens_for_its_tenant_and_purpose_only() -> None:
    store, keys = MemoryKeys(), FixedKeys()
    ring = a_ring(store=store, keys=keys)
    ring.key("mac")
    store["import"] = store["mac"]
    with pytest.raises(WrongKey):
        a_ring(store=store, keys=keys).key("import")
    with pytest.raises(WrongKey):
        a_ring(tenant="ffff", store=store, keys=keys).key("mac")
    with pytest.raises(WrongKey):
        a_ring(store=store, keys=FixedKeys(seed=77)).key("mac")


def test_a_key_that_is_not_the_one_of_its_id_is_refused() -> None:
    store, keys = MemoryKeys(), FixedKeys()
    a_ring(store=store, keys=keys).key("mac")
    version, wrapped, _ = store["mac"]
    store["mac"] = (version, wrapped, bytes(32))
    with pytest.raises(WrongKey, match="Kennung"):
        a_ring(store=store, keys=keys).key("mac")
    store["mac"] = (version, keys.wrap(version, b"lotse/lts1/wrap\n0b5e\nmac", b"short"), bytes(32))
    with pytest.raises(WrongKey, match="32 Bytes"):
        a_ring(store=store, keys=keys).key("mac")


def test_a_key_whose_transaction_was_rolled_back_is_never_used_again() -> None:
    """Also not when only a savepoint was rolled back and the transaction goes on."""
    store, keys = MemoryKeys(), FixedKeys()
    ring = a_ring(store=store, keys=keys)
    lost = ring.key("mac")
    assert ring.key("mac").key_id == lost.key_id
    store.clear()
    made_anew = ring.key("mac")
    assert made_anew.key_id != lost.key_id
    store.clear()
    ring.settle()
    kept = ring.key("mac")
    ring.settle()
    assert kept.key_id not in {lost.key_id, made_anew.key_id}
    assert ring.key("mac").key_id == kept.key_id == store["mac"][2]
    assert ring.key("mac") is ring.key("mac")


def test_rings_of_two_transactions_share_what_is_kept_but_not_what_is_not_yet() -> None:
    keys, first_store, second_store = FixedKeys(), MemoryKeys(), MemoryKeys()
    first = a_ring(store=first_store, keys=keys)
    second = first.over(second_store)
    fresh = first.key("mac")
    assert second.known("mac") is None
    second_store.update(first_store)
    first.settle()
    assert second.key("mac").key_id == fresh.key_id
    first_store.clear()
    assert first.key("mac") is second.key("mac")


def test_a_case_key_opens_for_its_case_only_and_dies_with_its_master_key() -> None:
    keys = FixedKeys()
    ring = a_ring(keys=keys)
    key, wrapped, version = ring.new_case_key(CASE)
    assert ring.case_key(wrapped, version, CASE).key_id == key.key_id == wrapped[:32]
    with pytest.raises(WrongKey):
        ring.case_key(wrapped, version, "cd" * 16)
    other, other_wrapped, _ = ring.new_case_key("cd" * 16)
    with pytest.raises(WrongKey):
        ring.case_key(other.key_id + wrapped[32:], version, CASE)
    with pytest.raises(WrongKey):
        ring.case_key(wrapped[:32] + other_wrapped[32:], version, CASE)
    keys.add_version()
    keys.destroy_version(version)
    with pytest.raises(KeyDestroyed):
        ring.case_key(wrapped, version, CASE)


@given(st.integers(0, 91), st.integers(1, 255))
def test_an_altered_case_key_is_refused(place: int, change: int) -> None:
    ring = a_ring()
    _, wrapped, version = ring.new_case_key(CASE)
    assert len(wrapped) == 92
    altered = wrapped[:place] + bytes([wrapped[place] ^ change]) + wrapped[place + 1 :]
    with pytest.raises(WrongKey):
        ring.case_key(altered, version, CASE)


def test_a_ring_shows_no_key() -> None:
    ring = a_ring()
    key = ring.key("mac")
    assert repr(ring) == "KeyRing('0b5e')"
    assert key.secret.hex() not in repr(vars(ring) if hasattr(ring, "__dict__") else ring)


def test_a_key_wrapped_anew_is_the_same_key_and_its_id_stays() -> None:
    keys, store = FixedKeys(), MemoryKeys()
    ring = a_ring(store=store, keys=keys)
    made = ring.key("mac")
    case, wrapped, version = ring.new_case_key(CASE)
    keys.add_version()
    old_version, old, key_id = store["mac"]
    fresh = ring.rewrap("mac", old_version, old, 2, key_id)
    fresh_case = ring.rewrap_case(CASE, version, wrapped, 2)
    keys.destroy_version(1)
    assert ring.unwrap("mac", 2, fresh, key_id).secret == made.secret
    assert ring.case_key(fresh_case, 2, CASE).secret == case.secret
    assert fresh_case[:32] == wrapped[:32]


def test_what_is_not_what_it_is_kept_as_is_not_wrapped_anew() -> None:
    keys, store = FixedKeys(), MemoryKeys()
    ring = a_ring(store=store, keys=keys)
    ring.key("mac")
    ring.key("import")
    keys.add_version()
    version, wrapped, key_id = store["mac"]
    for purpose, other_id in (("import", key_id), ("mac", store["import"][2])):
        with pytest.raises(WrongKey):
            ring.rewrap(purpose, version, wrapped, 2, other_id)
    _, case_wrapped, _ = ring.new_case_key(CASE)
    with pytest.raises(WrongKey):
        ring.rewrap_case("cd" * 16, 2, case_wrapped, 2)


def test_until_the_index_of_duplicates_is_built_anew_it_goes_by_every_key_it_has() -> None:
    keys, store = FixedKeys(), MemoryKeys()
    ring = a_ring(store=store, keys=keys)
    first = ring.duplicates_keys()
    assert list(first) == [1]
    keys.add_version()
    both = ring.duplicates_keys()
    assert list(both) == [2, 1]
    assert both[1].key_id == first[1].key_id != both[2].key_id
    keys.add_version()
    assert list(ring.duplicates_keys()) == [3, 2, 1]
    del store["duplicates/1"]
    assert list(ring.duplicates_keys()) == [3, 2]


def test_an_older_key_of_the_index_whose_version_is_gone_is_passed_over() -> None:
    keys, store = FixedKeys(), MemoryKeys()
    ring = a_ring(store=store, keys=keys)
    ring.duplicates_keys()
    keys.add_version()
    keys.destroy_version(1)
    assert list(ring.duplicates_keys()) == [2]
