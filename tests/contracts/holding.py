"""Holding rows apart and emptying the quarantine in the tests' office, in one line each."""

import orjson

from adapters.db.memory import MemoryWork
from adapters.db.plan import Asked, Held, quarantine_number
from adapters.db.work import SqlWork
from tests.contracts.erasing import clerk
from tests.people import WORKER
from tests.world import World
from workflow.clerk import submit_erasure
from workflow.erasure import Extent, Shredded
from workflow.office import Person
from workflow.ports import Entry
from workflow.quarantine import purge

ROW = {"headings": ["Eingang", "Nachname", "Telefon"], "cells": ["neulich", "Beispiel-Lind", "0231 5550"]}
TODAY = "quarantine/2026-03-09"
"""The day on which the tests' office begins."""


def identity(work: SqlWork | MemoryWork, number: int) -> bytes:
    return work.identity(f"row {number}".encode())


def hold(world: World, *numbers: int) -> list[str]:
    """Hold rows of these numbers apart; what they are called in a file to be mended."""
    with world.work() as work:
        for number in numbers:
            reason = f"Zeile {number}: Das Datum des Eingangs ist nicht zu lesen."
            work.hold_row(Held(identity(work, number), orjson.dumps({**ROW, "reason": reason})))
        work.record(
            Entry(
                "steps",
                {
                    "action": "import",
                    "actor": WORKER.id,
                    "accepted": 0,
                    "without_personal_data": 0,
                    "outcome": "done",
                    "at": world.now.isoformat(),
                },
            )
        )
        work.commit()
    with world.work() as work:
        names = [quarantine_number(place, identity(work, number)) for place, number in enumerate(numbers, 1)]
        return [name for name in names if work.held_as(name) is not None]


def ask_partner(world: World) -> None:
    with world.work() as work:
        work.ask_partner(Asked("Klinikum Nordstadt", "17", "unclear", "2026-03-09"))
        work.commit()


def purged(world: World, by: Person = WORKER) -> list[tuple[Shredded, Extent]]:
    return submit_erasure(lambda work: purge(work, clerk(world, by)), world.work)


def days(world: World) -> list[str]:
    with world.work() as work:
        return list(work.held_days())
