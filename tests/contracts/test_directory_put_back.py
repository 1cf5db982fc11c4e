"""An older directory put back for a moment, with its seal: whatever was done meanwhile, verification finds it.

Its authentication is right, and in the end everything is as it was before; only each entry tells by what it was made.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from adapters.db.reader import StoreReplay, as_stored
from adapters.db.store import Store
from audit.faults import FaultClass
from audit.keys import log_verifier
from audit.verify import VerificationError, verify
from states.vocabulary import Command, Role, State
from tests.contracts.erasing import DPO, approve, ask, hold
from tests.people import WORKER
from tests.world import ORIGIN, World
from workflow.case import Case
from workflow.errors import RefusedError
from workflow.office import Person

FORMER = Person("frueher", "Frau Ehemals", frozenset({Role.SUPERVISOR, Role.CASE_WORKER}))
DIRECTORY = ("tenants", "persons", "recipients", "substitutions", "openings", "institutions")
Act = Callable[[World, Case], object]


@pytest.fixture
def world(on_disk: World) -> World:
    """An office on disk with somebody for data protection, and a Leitung who will leave."""
    on_disk.put(DPO, FORMER)
    return on_disk


def rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(f"{world.folder}/lotse.db")) as tables:
        return {name: list(tables.execute(f"SELECT * FROM {name}")) for name in DIRECTORY}  # noqa: S608 - named above


def put_back(world: World, kept: dict[str, list[tuple[object, ...]]]) -> None:
    with closing(sqlite3.connect(f"{world.folder}/lotse.db")) as tables, tables:
        for name, lines in kept.items():
            tables.execute(f"DELETE FROM {name}")  # noqa: S608 - named above
            for line in lines:
                tables.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(line))})", line)  # noqa: S608 - named above


@contextmanager
def as_it_was(world: World, older: dict[str, list[tuple[object, ...]]]) -> Iterator[None]:
    """For a moment the directory is an older one."""
    now = rows(world)
    put_back(world, older)
    yield
    put_back(world, now)


def verified(world: World) -> None:
    assert isinstance(world.store, Store)
    verifier = log_verifier(ORIGIN, world.provider)
    with world.store.keys() as ring, world.store.log_reader() as reader, as_stored(reader.connection):
        verify(reader, verifier, ring, decrypt=True, replay=StoreReplay(reader, ring))


def opens(world: World, case: Case) -> None:
    world.lotse.view(world.lotse.person(FORMER.id), case.number)


def lists(world: World, case: Case) -> None:
    assert case.id in {each.id for each in world.lotse.cases_for(world.lotse.person(FORMER.id))}


def corrects(world: World, case: Case) -> None:
    world.do(case, Command.REOPEN, FORMER)


def may_not(world: World, case: Case) -> None:
    with pytest.raises(RefusedError):
        approve(world, case, WORKER)


ACTS: dict[str, Act] = {
    "erases": lambda world, case: approve(world, case, FORMER),
    "holds": lambda world, case: hold(world, case, FORMER),
    "opens": opens,
    "lists": lists,
    "reopens": corrects,
    "is refused": may_not,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_somebody_does_who_was_locked_is_found(world: World, act: Act) -> None:
    """The same acts by the directory in force are none of an attacker's."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    older = rows(world)
    world.put(replace(FORMER, active=False))
    verified(world)
    with as_it_was(world, older):
        act(world, case)
    with pytest.raises(VerificationError, match="Verzeichnis der Personen") as found:
        verified(world)
    assert found.value.fault is FaultClass.BESIDE


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_the_same_by_the_directory_in_force_is_no_fault(world: World, act: Act) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    act(world, case)
    world.put(replace(FORMER, active=False))
    world.a_referral()
    world.put(FORMER)
    world.a_referral()
    verified(world)
