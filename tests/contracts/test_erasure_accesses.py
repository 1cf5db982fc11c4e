"""A year of accesses goes as a whole, by two persons, when two whole years have passed; held cases keep theirs."""

import pytest

from states.vocabulary import State
from tests.contracts.erasing import DPO, ask, erase, hold, looked_at, release
from tests.people import WORKER
from tests.world import World
from workflow.erasure import Ground
from workflow.errors import RefusedError


@pytest.fixture(autouse=True)
def _with_data_protection(world: World) -> None:
    world.put(DPO)


def test_a_year_of_accesses_goes_as_a_whole_and_nobody_reads_it_any_more(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    opened = [entry.seq for entry in world.entries(case) if entry.a["action"] == "open"]
    world.go_to("2028-12-31 12:00")
    looked_at(world, case.id)
    with pytest.raises(RefusedError, match=r"bis 31\.12\.2028"):
        ask(world, "access/2026/0", DPO, Ground.ACCESS_LOG)
    world.go_to("2029-01-01 12:00")
    with pytest.raises(RefusedError):
        ask(world, "access/2026/0", WORKER, Ground.ACCESS_LOG)
    with pytest.raises(RefusedError, match="access_log"):
        ask(world, "access/2026/0", DPO, Ground.UNLAWFUL)
    shredded = erase(world, "access/2026/0", Ground.ACCESS_LOG)
    entry = world.entries()[-1].a
    assert (entry["action"], entry["purpose"], entry["key_id"]) == (
        "erased",
        "access/2026/0",
        shredded.key_id,
    )
    assert "case" not in entry
    with world.work() as work:
        assert work.access_years() == ["access/2028/0"]
        told = [a["action"] for _, a in work.told(case.id)]
    assert told.count("open") == 1
    with world.store.log_reader() as reader:
        assert not {seq for seq, _ in reader.index(None, 10**6)} & set(opened)
    world.verify()
    world.reopen()
    world.verify()


def test_accesses_to_a_case_on_hold_are_kept_with_it(world: World) -> None:
    case, free = world.a_case_in(State.CLOSED), world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    hold(world, case)
    hold(world, free)
    world.go_to("2030-01-01 12:00")
    with pytest.raises(RefusedError, match="zugegriffen"):
        ask(world, "access/2026/0", DPO, Ground.ACCESS_LOG)
    release(world, case)
    erase(world, "access/2026/0", Ground.ACCESS_LOG)
    world.verify()
