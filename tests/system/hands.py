"""A hand that works in an office: notes, two at once, referrals, looks; each written down before and after.

Every request carries an idempotency key, its name; the name stands in the entry too, so that the log itself says what
was done. Whoever was told nothing asks again, just so. What fails must have left nothing: `history` holds it to that.
"""

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from adapters.db import statements as sql
from adapters.db.work import BrokenWork, SqlWork
from adapters.lotse import Lotse
from audit.tree import Frontier
from states.vocabulary import Command
from tests.people import WORKER
from tests.sensible import sensible
from tests.system.witness import Asked, Witness
from workflow.errors import UnknownOutcome, WorkflowError
from workflow.perform import Done, Request, perform

TROUBLE = (WorkflowError, SQLAlchemyError, sqlite3.Error, BrokenWork, OSError)
"""What a step may end with, besides success; all but UnknownOutcome say that nothing was kept."""
RECEIVED = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
"""When every referral was received: whoever asks for it again, later and elsewhere, asks for just the same."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a hand chooses from: on which cases, and how often it begins one, does two things at once, or looks."""

    cases: tuple[str, ...]
    receipts: float = 0.1
    pairs: float = 0.15
    looks: float = 0.2
    versions: float = 0.3


class Hand:
    """One who works; `name` begins the names of what it asks for."""

    def __init__(self, lotse: Lotse, witness: Witness, bounds: Bounds, name: str) -> None:
        self.lotse = lotse
        self._witness = witness
        self._bounds = bounds
        self._name = name
        self._count = 0
        self._dice = Random(name)  # noqa: S311 - dice, no secrets
        self._unknown: list[Asked] = []

    def act(self) -> None:
        """One thing, whichever chance chooses; first of all what it was told nothing about."""
        if self._unknown:
            self.settle([self._unknown.pop()])
            return
        draw, bounds = self._dice.random(), self._bounds
        if draw < bounds.looks:
            self.look()
        elif draw < bounds.looks + bounds.receipts:
            self.ask(self._next(None))
        else:
            case = self._dice.choice(bounds.cases)
            parts = 2 if self._dice.random() < bounds.pairs else 1
            seen = self.version(case) if parts == 1 and self._dice.random() < bounds.versions else None
            self.ask(self._next(case, seen, parts))

    def note_on(self, case: str, version: int) -> None:
        """A note on exactly this version."""
        self.ask(self._next(case, version))

    def settle(self, asked: Iterable[Asked]) -> None:
        """Ask again for what nobody was told about."""
        for one in asked:
            self.ask(one)

    def _next(self, case: str | None, seen: int | None = None, parts: int = 1) -> Asked:
        self._count += 1
        return Asked(f"{self._name}-{self._count}", case, seen, parts, 0)

    def ask(self, asked: Asked) -> None:
        """Ask for it, and write down what comes of it."""
        self._witness.asks(asked.name, asked.case, asked.seen, asked.parts)
        try:
            done = self._do(asked)
        except UnknownOutcome:
            self._witness.knows_nothing(asked.name)
            self._unknown.append(asked)
        except TROUBLE as error:
            self._witness.failed(asked.name, error)
        else:
            self._witness.done(asked.name, done.case.id, done.version, repeated=done.repeated)

    def _do(self, asked: Asked) -> Done:
        if asked.parts == 1:
            return self.lotse.submit(self._request(asked, asked.name))

        def all_of_it(work: SqlWork) -> Done:
            requests = [self._request(asked, f"{asked.name}/{part}") for part in range(asked.parts)]
            return [perform(request, work, self.lotse.office) for request in requests][-1]

        return self.lotse.write(all_of_it)

    def _request(self, asked: Asked, key: str) -> Request:
        if asked.case is None:
            details = sensible(Command.RECEIVE_CONSENT, None, WORKER, RECEIVED)
            return Request(
                Command.RECEIVE_CONSENT, WORKER, details={**details, "evidence": asked.name}, key=key
            )
        return Request(
            Command.NOTE, WORKER, asked.case, version=asked.seen, details={"text": asked.name}, key=key
        )

    def version(self, case: str) -> int | None:
        """Which version a case has now; None where nobody answers."""
        try:
            with self.lotse.store.work(reading=True) as work:
                return work.case(case).version
        except TROUBLE:
            return None

    def look(self) -> None:
        """See how far the log has come, with the root of its tree."""
        asked = time.monotonic_ns()
        try:
            with self.lotse.store.reading() as connection:
                _, size, hashes, *_ = sql.HEAD.one(connection, tenant=self.lotse.store.tenant)
        except TROUBLE:
            return
        self._witness.read(asked, size, Frontier.from_bytes(size, hashes).root())


def bounds_of(cases: Iterable[str], **others: float) -> Bounds:
    """Work on these cases."""
    return Bounds(tuple(cases), **others)
