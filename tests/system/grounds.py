"""An office to be harmed, on either database: its settings, its first cases, and the question whether all is well.

`an_office` makes it and lets go of it, so that other processes may open it. `all_is_well` opens it, verifies the whole
log with contents and replay, and holds the history that was written down against what came out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db import statements as sql
from adapters.lotse import Lotse
from adapters.settings import Settings
from adapters.verification import Asked, verify_store
from tests import postgres
from tests.people import PEOPLE, RECIPIENTS
from tests.postgres_server import Server
from tests.system.diary import on_tmpfs
from tests.system.hands import Hand, bounds_of
from tests.system.history import Outcome
from tests.system.own_server import DATABASE
from tests.system.witness import Record, Witness, judged, record_of

HISTORY = "history"
CASES = 4


@dataclass(frozen=True, slots=True)
class Office:
    """Where it lies, which cases it had in the beginning, and how many entries."""

    settings: Settings
    cases: tuple[str, ...]
    before: int

    @property
    def history(self) -> Path:
        """The file in which everything is written down."""
        return self.settings.exports / HISTORY

    def opened(self) -> Lotse:
        """The whole program over it."""
        return open_lotse(self.settings)

    def record(self) -> Record:
        """What has been written down so far."""
        return record_of(self.history)


@contextmanager
def an_office(kind: str, server: Server | None = None) -> Iterator[Office]:
    """An office with people and cases on "sqlite" or "postgres" (the shared server, or a `tests.system.own_server`)."""
    with on_tmpfs() as base, _database(kind, server) as url:
        yield made(Settings(data=base / "data", keys=base / "keys", exports=base, database_url=url))


def made(settings: Settings) -> Office:
    """Make it where these settings say."""
    lotse = create_lotse(settings)
    lotse.store.put(*PEOPLE, *RECIPIENTS)
    witness = Witness(settings.exports / "beginning")
    hand = Hand(lotse, witness, bounds_of((), looks=0, receipts=1), "beginning")
    for _ in range(CASES):
        hand.act()
    lotse.countersign()
    ids = tuple(lotse.store.ids(sql.ALL_CASES))
    with lotse.store.log_reader() as reader:
        head = reader.head()
        assert head is not None
    lotse.store.engine.dispose()
    office = Office(settings, ids, head.size)
    Witness(office.history)
    return office


@contextmanager
def _database(kind: str, server: Server | None) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
    elif server is None:
        lent = postgres.Lent()
        try:
            yield postgres.as_application(lent.url)
        finally:
            lent.give_back()
    else:
        yield postgres.as_application(server.url(DATABASE))


def all_is_well(office: Office) -> Record:
    """Nothing acknowledged is lost, no step without entry and none the other way, the log verifies, replay agrees."""
    record = office.record()
    lotse = office.opened()
    try:
        verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
        found = list(judged(lotse, record, office.before))
    finally:
        lotse.store.engine.dispose()
    assert not found, found[:5]
    assert record.count(Outcome.OK), "something was done at all"
    return record


def all_is_settled(office: Office) -> Record:
    """Whoever was told nothing asks again, just so; then all is well, and nobody is left without an answer."""
    open_ = list(office.record().open.values())
    lotse = office.opened()
    Hand(lotse, Witness(office.history), bounds_of(office.cases), "settling").settle(open_)
    lotse.store.engine.dispose()
    record = all_is_well(office)
    assert not record.open
    return record
