"""How it stands with a store, as numbers for whoever watches over it: counts and ages, never a name, never a case.

How many cases are overdue is rounded up to fives, since few families are easily known again. Read at most once in
`FRESH` seconds, however often one asks. Proven by `tests/watched/test_figures.py`.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.db.outbox_statements import UNSENT
from adapters.db.sweep_statements import OVERDUE, unflagged
from adapters.logs import tell_failure
from adapters.lotse import Lotse
from adapters.millis import now_ms
from adapters.scheduler.heartbeat import clocks_of_this_machine, heartbeats
from adapters.scheduler.jobs import JOBS
from adapters.settings import Settings
from audit.entry import Leaf
from audit.errors import AuditError
from audit.notary import State as Signed
from audit.notary_file import NotaryFile
from states.vocabulary import State

FRESH = 30.0
OTHER = "other"
"""Any state that a profile has added."""
STATES = (*(str(state) for state in State if state is not State.CLOSED), OTHER)
FIVE = 5
KEYS = frozenset(job.key for job in JOBS)
"""The jobs of the scheduler."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store has: entries, overdue cases by state (to fives), what waits; ages in seconds, 0 where nothing waits.

    `unsigned` and `unsigned_age` are None where the notary's file is not at hand, `halted` too.
    """

    entries: int
    overdue: Mapping[str, int]
    unflagged_age: float
    outbox_waiting: int
    outbox_given_up: int
    outbox_age: float
    unsigned: int | None
    unsigned_age: float | None
    halted: bool | None
    jobs: Mapping[str, float] = field(default_factory=dict)
    """Seconds since each job of the scheduler last ended well; a job that never has is not among them."""


def to_five(count: int) -> int:
    """The count rounded up to the next five; none stays none."""
    return -(-count // FIVE) * FIVE


def measure(lotse: Lotse, at_ms: int) -> Standing:
    """Count in one snapshot. Raises what reading raises."""
    signed = _signed(lotse.settings)
    with lotse.store.reading() as connection:
        tenant = lotse.store.tenant
        head = sql.HEAD.one(connection, tenant=tenant)
        _, oldest = unflagged(connection, tenant, at_ms)
        mail = UNSENT.one(connection, tenant=tenant)
        return Standing(
            entries=head[1],
            overdue=_by_state(OVERDUE.rows(connection, tenant=tenant, now=at_ms)),
            unflagged_age=_age(oldest, at_ms),
            outbox_waiting=mail[0],
            outbox_given_up=mail[1] - mail[0],
            outbox_age=_age(mail[2], at_ms),
            unsigned=None if signed is None else max(0, head[1] - signed.size),
            unsigned_age=None if signed is None else _since(connection, tenant, signed.size, at_ms),
            halted=None if signed is None else signed.halted is not None,
            jobs=_jobs(connection, tenant, at_ms),
        )


def _jobs(connection: Connection, tenant: str, at_ms: int) -> dict[str, float]:
    clocks = clocks_of_this_machine(lambda: at_ms)
    ages = {job: beat.age(clocks) for job, beat in heartbeats(connection, tenant).items()}
    return {job: age / 1000 for job, age in ages.items() if age is not None and job in KEYS}


def _by_state(rows: Sequence[tuple[str, int]]) -> dict[str, int]:
    found = dict.fromkeys(STATES, 0)
    for state, count in rows:
        if state != State.CLOSED:
            found[state if state in found else OTHER] += count
    return {state: to_five(count) for state, count in found.items()}


def _age(millis: int | None, at_ms: int) -> float:
    return 0.0 if millis is None else max(0, at_ms - millis) / 1000


def _since(connection: Connection, tenant: str, seq: int, at_ms: int) -> float:
    """How long ago the first entry that is not signed was written."""
    row = sql.LEAF.row(connection, tenant=tenant, seq=seq)
    return _age(Leaf.unpack(row[0]).time_ms, at_ms) if row else 0.0


def _signed(settings: Settings) -> Signed | None:
    with suppress(AuditError, OSError):
        return NotaryFile(settings.notary).load()
    return None


def look(settings: Settings) -> Standing:
    """Open the store of these settings as it now is and count. Raises what opening and reading raise."""
    lotse = open_lotse(settings)
    try:
        return measure(lotse, now_ms())
    finally:
        lotse.store.engine.dispose()


class Watching:
    """A store looked at again and again, however often somebody asks at most once in so many seconds."""

    def __init__(
        self,
        count: Callable[[], Standing],
        fresh: float = FRESH,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._fresh = fresh
        self._steady = steady
        self._lock = threading.Lock()
        self._until: float | None = None
        self._last: Standing | None = None

    def standing(self) -> Standing | None:
        """How it stands, or stood a little while ago; None where the store could not be read."""
        with self._lock:
            if self._until is None or self._steady() >= self._until:
                try:
                    self._last = self._count()
                except Exception as error:  # noqa: BLE001 - whatever keeps it from looking: that there are no figures
                    tell_failure(error)
                    self._last = None
                self._until = self._steady() + self._fresh
            return self._last
