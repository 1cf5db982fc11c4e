"""What is held apart ends with the key of its day, by its term; a row of it before that by two persons; on each store."""

import pytest

from states.vocabulary import State
from tests.contracts.erasing import DPO, approve, ask, withdraw
from tests.contracts.holding import TODAY, ask_partner, days, hold, identity, purged
from tests.people import MIDWIFE, SUPERVISOR, WORKER
from tests.world import World
from workflow.erasure import Extent, Ground, row_of
from workflow.errors import RefusedError
from workflow.office import Person


@pytest.fixture(autouse=True)
def _with_data_protection(world: World) -> None:
    world.put(DPO)


def test_what_was_held_apart_goes_with_the_key_of_its_day_and_only_its_number_stays(world: World) -> None:
    hold(world, 1, 2)
    ask_partner(world)
    world.wait(days=5)
    hold(world, 3)
    world.go_to("2026-04-08 23:59")
    assert not purged(world)
    world.go_to("2026-04-09 00:00")
    ((shredded, extent),) = purged(world)
    assert (shredded.target, extent.held, extent.asked) == (TODAY, 2, 1)
    entry = world.entries()[-1]
    told = {key: value for key, value in entry.a.items() if key not in ("under", "at")}
    assert told == {
        "action": "erased", "outcome": "done", "purpose": TODAY, "key_id": shredded.key_id, "kek_version": 1,
        "ground": "quarantine", "actor": WORKER.id, "held": 2, "asked": 1,
    }  # fmt: skip
    assert entry.b is None
    assert days(world) == ["quarantine/2026-03-14"]
    world.verify()
    world.reopen()
    with world.work() as work:
        assert work.extent("quarantine/2026-03-14") == Extent(held=1)
    assert not purged(world)
    world.verify()


def test_who_may_not_is_refused_and_that_is_on_record(world: World) -> None:
    hold(world, 1)
    world.wait(days=60)
    with pytest.raises(RefusedError):
        purged(world, MIDWIFE)
    entry = world.entries()[-1].a
    assert (entry["action"], entry["outcome"], entry["actor"]) == ("erased", "refused", MIDWIFE.id)
    world.put(Person(WORKER.id, WORKER.name, WORKER.roles, active=False))
    with pytest.raises(RefusedError):
        purged(world)
    assert days(world) == [TODAY]
    world.verify()


def test_a_row_held_again_keeps_its_number_and_its_term(world: World) -> None:
    (called,) = hold(world, 1)
    world.wait(days=20)
    assert hold(world, 1) == [called]
    assert days(world) == [TODAY]
    world.wait(days=11)
    assert [extent.held for _, extent in purged(world)] == [1]


def test_a_day_whose_rows_were_all_mended_still_loses_its_key(world: World) -> None:
    """An old copy has the rows; with the key they are noise there too."""
    hold(world, 1)
    with world.work() as work:
        work.count_row(identity(work, 1), "mended")
        work.commit()
    world.wait(days=31)
    assert [(shredded.target, extent) for shredded, extent in purged(world)] == [(TODAY, Extent())]
    assert days(world) == []
    world.verify()


def test_one_row_goes_before_its_term_by_two_persons_and_is_not_held_again(world: World) -> None:
    first, second = hold(world, 1, 2)
    target = row_of(first)
    assert target is not None
    for ground in (Ground.RETENTION, Ground.ACCESS_LOG, Ground.QUARANTINE):
        with pytest.raises(RefusedError):
            ask(world, target, WORKER, ground)
    ask(world, target, WORKER, Ground.FAMILY_REQUEST)
    with pytest.raises(RefusedError):
        approve(world, target, WORKER)
    world.reopen()
    withdraw(world, target, WORKER)
    ask(world, target, DPO, Ground.FAMILY_REQUEST)
    approve(world, target)
    world.verify()
    with world.work() as work:
        assert work.extent(TODAY).held == 1
        assert work.knows_row(identity(work, 1))
        assert not work.knows_row(identity(work, 2))
        assert work.shreddable(target) is None
        assert work.shreddable(row_of(second) or "") is not None
    with pytest.raises(RefusedError, match="liegt nicht"):
        ask(world, target, DPO, Ground.FAMILY_REQUEST)
    world.wait(days=31)
    assert [extent.held for _, extent in purged(world)] == [1]
    world.verify()


def test_a_day_is_nobodys_to_request(world: World) -> None:
    hold(world, 1)
    with pytest.raises(RefusedError, match="lotse retention purge"):
        ask(world, TODAY, DPO, Ground.QUARANTINE)


def test_no_accomplice_entered_for_the_purpose_makes_two_persons_of_one(world: World) -> None:
    """Neither as the one who approves nor as the one who asks; after a month it is a colleague like any other."""
    world.store.put(Person("neu", "Frau Neu", DPO.roles | SUPERVISOR.roles), actor=SUPERVISOR.id)
    fresh = Person("neu", "Frau Neu", DPO.roles)
    for first, second in ((SUPERVISOR, fresh), (fresh, SUPERVISOR)):
        case = world.a_case_in(State.CLOSED)
        ask(world, case, first)
        with pytest.raises(RefusedError) as refused:
            approve(world, case, second)
        assert refused.value.blocked.code == "entered_lately"
        assert world.entries()[-1].a["reason"] == "entered_lately"
        approve(world, case, DPO)
    case = world.a_case_in(State.CLOSED)
    ask(world, case, WORKER)
    world.wait(minutes=1)
    world.store.put(DPO, actor="it")
    with pytest.raises(RefusedError) as refused:
        approve(world, case, DPO)
    assert refused.value.blocked.code == "entered_since"
    world.wait(days=31)
    case = world.a_case_in(State.CLOSED)
    ask(world, case, SUPERVISOR)
    approve(world, case, fresh)
    world.verify()
