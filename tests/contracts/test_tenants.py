"""Two towns in one database are apart: each tried against the other's ids, numbers, keys, log, and moved ciphertexts.

Nothing of the other is read or changed, whatever somebody with the file moves. That every statement names its tenant
is in `test_whose_rows.py`.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from adapters.api.cursors import Cursors
from adapters.api.problems import ApiProblem
from adapters.db import tables as t
from adapters.db.store import Store, StoreError
from adapters.login.caller import Scope
from adapters.login.door import Door, now_of
from adapters.login.links import Purpose, make_link, whose
from adapters.login.rows import Rows
from adapters.login.sessions import Terms, begin
from adapters.login.tokens import make_token
from adapters.lotse import Lotse
from audit.errors import AuditError
from audit.keys import log_verifier
from audit.verify import verify
from states.vocabulary import Command
from tests.contracts.tenants import NORTH, SECRET, SOUTH, Towns, everything_of
from tests.people import SUPERVISOR, WORKER
from workflow.errors import RefusedError, UnknownCaseError
from workflow.perform import Request

TABLES = [table for table in t.metadata.sorted_tables if "tenant" in table.columns]
BLOBS = [
    (table.name, column.name)
    for table in t.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, LargeBinary)
]
VERIFIED = {"cases", "log", "log_contents", "log_keys", "log_head"}
"""Where a cell laid over is found by verification too."""


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    """Both have a case FH-2026-0001 of their own, an emergency, a used idempotency key."""
    towns = Towns(tmp_path_factory.mktemp("tenants"))
    towns.lived_in()
    yield towns
    towns.close()


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Towns]:
    """The same, for one test alone."""
    towns = Towns(tmp_path)
    towns.lived_in()
    yield towns
    towns.close()


def test_a_database_with_two_towns_is_opened_by_name_alone(towns: Towns) -> None:
    for tenant in (None, "c" * 32, ""):
        with pytest.raises(StoreError):
            Store.open(towns.engine, towns.provider, lambda: 0, tenant)


def test_each_reads_its_own_and_nothing_of_the_other(towns: Towns) -> None:
    """Under the same numbers, with the same people."""
    north, south = everything_of(towns.north), everything_of(towns.south)
    assert SECRET[NORTH] in north
    assert SECRET[SOUTH] not in north
    assert SECRET[SOUTH] in south
    assert SECRET[NORTH] not in south
    for town in (towns.north, towns.south):
        assert town.verified().size > 0


def test_the_other_s_case_is_no_case(towns: Towns) -> None:
    before = towns.by_hand("SELECT id, version FROM cases WHERE tenant = ?", SOUTH)
    for foreign, _ in before:
        with towns.north.store.work() as work, pytest.raises(UnknownCaseError):
            work.case(foreign)
        for command in (Command.NOTE, Command.WITHDRAW_CONSENT, Command.TRIAGE_YES):
            with pytest.raises((UnknownCaseError, RefusedError)):
                towns.north.lotse.submit(Request(command, WORKER, foreign, details={}))
        with pytest.raises(UnknownCaseError):
            towns.north.lotse.duplicates_of(WORKER, foreign)
        with pytest.raises(LookupError):
            towns.north.store.timeline(foreign)
    assert towns.by_hand("SELECT id, version FROM cases WHERE tenant = ?", SOUTH) == before


def test_an_idempotency_key_means_nothing_to_the_other(apart: Towns) -> None:
    first = apart.north.referral(key="derselbe")
    assert apart.south.referral(key="derselbe").id != first.id
    assert apart.north.referral(key="derselbe").id == first.id


def test_neither_s_log_passes_for_the_other_s(towns: Towns) -> None:
    """Neither under the other's name nor with the other's keys."""
    assert towns.north.store.origin != towns.south.store.origin
    for town, other in ((towns.north, towns.south), (towns.south, towns.north)):
        own, foreign = (log_verifier(each.store.origin, towns.provider) for each in (town, other))
        with town.store.log_reader() as reader:
            with town.store.keys() as ring, pytest.raises(AuditError):
                verify(reader, foreign, ring, decrypt=True)
            with other.store.keys() as ring, pytest.raises(AuditError):
                verify(reader, own, ring, decrypt=True)


def test_a_cursor_of_the_other_is_no_cursor(towns: Towns) -> None:
    given = Cursors(towns.south.lotse, WORKER.id, "cases").after((2026, 1))
    assert Cursors(towns.south.lotse, WORKER.id, "cases").read(given) == (2026, 1)
    with pytest.raises(ApiProblem):
        Cursors(towns.north.lotse, WORKER.id, "cases").read(given)


@pytest.mark.parametrize(("table", "column"), BLOBS)
def test_no_ciphertext_and_no_authentication_of_the_other_is_taken_for_one_s_own(
    towns: Towns, table: str, column: str
) -> None:
    """Whatever of the south somebody lays into the north, row by row: nobody there reads a word of it."""
    theirs = towns.cells(table, column, SOUTH)
    with towns.attacked():
        ours = towns.cells(table, column, NORTH)
        towns.lay(table, column, dict(zip(ours, theirs.values(), strict=False)))
        told = everything_of(towns.town(NORTH))
        assert SECRET[SOUTH] not in told
        if table == "tenants":
            assert "von Hand" in told
        if ours and theirs and table in VERIFIED:
            with pytest.raises((AuditError, StoreError)):
                towns.town(NORTH).verified()


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_rows_of_the_other_under_one_s_own_name_open_nothing(towns: Towns, table: str) -> None:
    """A whole table of the south moved into the north, over what is there."""
    with towns.attacked():
        towns.move(table, SOUTH, NORTH)
        assert SECRET[SOUTH] not in everything_of(towns.town(NORTH))


def test_neither_session_nor_token_nor_link_of_the_other_lets_anybody_in(apart: Towns) -> None:
    """Not even where their rows were moved over: each town hashes with a key of its own."""
    south = apart.south.lotse
    cookie = south.write(
        lambda work: begin(Rows.of(work), WORKER.id, now_of(south), Terms.of(south.settings))
    )
    token = make_token(south, WORKER.id, WORKER.id, "Werkzeug", frozenset({Scope.READ}), timedelta(days=1))
    link = make_link(south, WORKER.id, Purpose.PASSWORD, timedelta(days=1))
    make_link(apart.north.lotse, WORKER.id, Purpose.PASSWORD, timedelta(days=1))

    def let_in(lotse: Lotse) -> list[object]:
        door = Door(lotse)
        with lotse.store.work(reading=True) as work:
            rows = Rows.known(work)
            named = whose(rows, Purpose.PASSWORD, link, now_of(lotse)) if rows else None
        return [door.by_session(cookie), door.by_token(token.text), named]

    assert None not in let_in(south)
    assert let_in(apart.north.lotse) == [None, None, None]
    for table in ("sessions", "tokens", "links"):
        apart.move(table, SOUTH, NORTH)
    assert let_in(apart.town(NORTH).lotse) == [None, None, None]


def test_whoever_has_a_role_in_one_town_cannot_be_moved_into_the_other(apart: Towns) -> None:
    """A person moved over is a directory altered by hand: nobody works with either any more."""
    moved = "UPDATE OR REPLACE persons SET tenant = ? WHERE tenant = ? AND id = ?"
    apart.by_hand(moved, SOUTH, NORTH, SUPERVISOR.id)
    told = everything_of(apart.town(NORTH))
    assert "von Hand" in told
    assert not any(name in told for name in SECRET.values())
    apart.by_hand("UPDATE persons SET roles = 'supervisor' WHERE tenant = ? AND id = 'planung'", SOUTH)
    assert "von Hand" in everything_of(apart.town(SOUTH))
