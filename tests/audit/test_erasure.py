"""What is erased: only content, only with an entry that says so, and only as long as it stays away."""

import pytest

from audit.errors import KeyDestroyed
from audit.faults import FaultClass, Step, VerificationError
from audit.log import Draft
from tests.audit.world import a_log, a_step, erased, erased_accesses, found

CASE = f"{1:032x}"


def test_a_content_that_is_gone_counts_as_erased_only_if_a_later_entry_says_so() -> None:
    world = a_log(12)
    before = world.copied()
    erased(world, CASE)
    world.sign()
    report = world.verify(decrypt=True)
    assert report.erased > 0
    assert world.verify(keys=False).unjudged == report.erased
    before.log.contents = world.log.contents
    assert found(before) is FaultClass.BODY_MISSING
    world.record(a_step(world, CASE, 9))
    world.log.contents.pop()
    assert found(world) is FaultClass.BODY_MISSING


def test_the_erasure_of_one_case_accounts_for_no_other() -> None:
    world = a_log(12)
    erased(world, CASE)
    assert world.verify().erased > 0
    world.log.contents = [row for row in world.log.contents if row[0] != 0]
    assert found(world) is FaultClass.BODY_MISSING


def test_an_erased_case_brought_back_from_a_backup_is_found() -> None:
    world = a_log(12)
    key, contents = world.log.case_keys[CASE], list(world.log.contents)
    erased(world, CASE)
    world.log.contents = contents
    world.log.case_keys[CASE] = key
    assert found(world) is FaultClass.ERASED


def test_after_the_master_key_version_is_destroyed_an_old_copy_of_a_case_key_opens_nothing() -> None:
    world = a_log(6)
    wrapped, version = world.log.case_keys[CASE]
    world.provider.add_version()
    world.provider.destroy_version(version)
    assert found(world, decrypt=True) is FaultClass.KEY
    with pytest.raises(KeyDestroyed):
        world.ring.case_key(wrapped, version, CASE)


def test_the_contents_of_an_erased_case_brought_back_without_its_key_are_found() -> None:
    """Nobody can read them now; they may be readable with an old copy of the keys."""
    world = a_log(12)
    contents = list(world.log.contents)
    erased(world, CASE)
    world.log.contents = contents
    with pytest.raises(VerificationError) as caught:
        world.verify()
    assert (caught.value.fault, caught.value.seq) == (FaultClass.ERASED, 12)


def test_the_accesses_of_an_erased_year_stay_as_dark_entries() -> None:
    """Their leaves and sealed bodies stay, so that the tree does; what they said nobody reads any more."""
    world = a_log(12)
    erased_accesses(world, 2026)
    report = world.verify(decrypt=True)
    assert (report.dark, report.size) == (4, 13)
    assert "Zugriffe aus gelöschten Jahren, deren Inhalt niemand mehr liest: 4" in report.lines()


def test_a_key_of_accesses_that_is_gone_without_an_erasure_is_a_fault() -> None:
    world = a_log(12)
    del world.log.keys["access/2026/0"]
    with pytest.raises(VerificationError) as caught:
        world.verify()
    assert (caught.value.step, caught.value.fault, caught.value.seq) == (Step.KEYS, FaultClass.KEY, 2)


def test_the_erasure_of_a_year_accounts_for_no_other_key() -> None:
    for wrong in ({"key_id": "00" * 32}, {"purpose": "access/2025/0"}, {"purpose": "access/2026/1"}):
        world = a_log(12)
        key_id = world.ring.key("access/2026/0").key_id.hex()
        del world.log.keys["access/2026/0"]
        said = {"action": "erased", "outcome": "done", "purpose": "access/2026/0", "key_id": key_id}
        world.record(Draft("steps", said | wrong))
        assert found(world) is FaultClass.KEY


def test_the_key_of_an_erased_year_brought_back_is_found() -> None:
    world = a_log(12)
    key = world.log.keys["access/2026/0"]
    erased_accesses(world, 2026)
    world.log.keys["access/2026/0"] = key
    assert found(world) is FaultClass.ERASED
    del world.log.keys["access/2026/0"]
    world.log.keys["import"] = key
    assert found(world) is FaultClass.KEY


def test_lines_of_the_index_of_an_erased_year_are_gone_too() -> None:
    world = a_log(9, signed=False)
    opened = Draft("access", {"action": "open", "case": CASE, "outcome": "done", "actor": "leitung-1"})
    world.record(opened)
    line = world.log.cases[-1]
    erased_accesses(world, 2026)
    assert world.verify().dark == 4
    world.log.cases = sorted([*world.log.cases, line])
    assert found(world) is FaultClass.KEY


def test_accesses_go_on_under_another_key_where_the_year_was_erased_too_early() -> None:
    """A clock set wrong lets the present year go; that is lawful in the log, and nothing after it is in doubt."""
    world = a_log(12)
    erased_accesses(world, 2026)
    world.record(a_step(world, CASE, 9), Draft("access", {"action": "list", "outcome": "done"}))
    report = world.verify(decrypt=True)
    assert (report.dark, report.size) == (4, 15)


def test_keys_of_steps_are_never_erased() -> None:
    """Who did what to a case stays for ever: an entry that says otherwise accounts for nothing."""
    world = a_log(12)
    key_id = world.ring.key("steps/2026/0").key_id.hex()
    said = {"action": "erased", "outcome": "done", "purpose": "steps/2026/0", "key_id": key_id}
    world.record(Draft("steps", said))
    assert found(world) is FaultClass.BODY_A
    del world.log.keys["steps/2026/0"]
    assert found(world) is FaultClass.KEY
