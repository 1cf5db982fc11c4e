"""What is erased: only content, only with an entry that says so, and only as long as it stays away."""

import pytest

from audit.errors import KeyDestroyed
from audit.faults import FaultClass
from tests.audit.world import a_log, a_step, erased, found

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
