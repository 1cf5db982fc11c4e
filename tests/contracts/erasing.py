"""Asking, holding and approving in the tests' office, in one line each."""

from states.vocabulary import Role
from tests.people import SUPERVISOR, WORKER
from tests.world import World
from workflow import clerk as acts
from workflow.case import Case
from workflow.erasure import Ground, Shredded
from workflow.office import Person
from workflow.ports import Entry
from workflow.retention import Clerk

DPO = Person("dsb", "Herr Vogt", frozenset({Role.DPO}))


def clerk(world: World, person: Person) -> Clerk:
    """This person at the office's now."""
    return Clerk(person, world.moment, world.office.network_now.profile.retention)


def target_of(case: Case | str) -> str:
    return case if isinstance(case, str) else case.id


def ask(world: World, case: Case | str, by: Person = WORKER, ground: Ground = Ground.UNLAWFUL) -> None:
    acts.submit_erasure(
        lambda work: acts.request(work, clerk(world, by), target_of(case), ground), world.work
    )


def withdraw(world: World, case: Case | str, by: Person = WORKER) -> None:
    acts.submit_erasure(lambda work: acts.withdraw(work, clerk(world, by), target_of(case)), world.work)


def hold(world: World, case: Case, by: Person = DPO, reason: str = "Verfahren") -> None:
    acts.submit_erasure(lambda work: acts.hold(work, clerk(world, by), case.id, reason), world.work)


def release(world: World, case: Case, by: Person = DPO) -> None:
    acts.submit_erasure(lambda work: acts.release(work, clerk(world, by), case.id), world.work)


def approve(world: World, case: Case | str, by: Person = SUPERVISOR) -> Shredded:
    return acts.submit_erasure(lambda work: acts.approve(work, clerk(world, by), target_of(case)), world.work)


def erase(world: World, case: Case | str, ground: Ground = Ground.UNLAWFUL) -> Shredded:
    """Asked for by Datenschutz, approved by Leitung."""
    ask(world, case, DPO, ground)
    return approve(world, case)


def looked_at(world: World, case_id: str) -> None:
    """Somebody opens a case."""
    with world.work() as work:
        a = {
            "action": "open",
            "actor": WORKER.id,
            "outcome": "done",
            "case": case_id,
            "at": world.now.isoformat(),
        }
        work.record(Entry("access", a, None, case_id))
        work.commit()
