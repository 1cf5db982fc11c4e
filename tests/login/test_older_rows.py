"""An older row of the login, put back as it was, is believed at the door and found by the log."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.db.reader import StoreReplay
from adapters.db.store import Store
from adapters.login import own, redeem, staff
from adapters.login.caller import Scope
from adapters.login.links import Purpose
from adapters.login.tokens import make_token, revoke_token, tokens
from audit.faults import FaultClass, VerificationError
from audit.keys import log_verifier
from audit.verify import verify
from tests.login.house import HERE, OTHER, PASSWORD, House, a_house
from tests.people import COLLEAGUE, SUPERVISOR, WORKER
from tests.world import ORIGIN, World

YEAR = timedelta(days=365)
TABLES = ("accounts", "tokens")


def rows_of(house: House) -> dict[str, list[tuple[object, ...]]]:
    return {table: house.rows(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608 - names of our own tables


def put_back(house: House, kept: dict[str, list[tuple[object, ...]]]) -> None:
    """What lies in an older copy of the database, laid over the present one by hand."""
    with closing(connect(house.lotse.settings.database)) as database, database:
        for table, rows in kept.items():
            for row in rows:
                database.execute(f"REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - as above


def verified(world: World) -> None:
    """The log, and everything in the tables that it speaks of."""
    assert isinstance(world.store, Store)
    with world.store.keys() as ring, world.store.log_reader() as reader:
        verifier = log_verifier(ORIGIN, world.provider)
        verify(reader, verifier, ring, decrypt=True, replay=StoreReplay(reader, ring))


def found(world: World) -> str:
    with pytest.raises(VerificationError) as caught:
        verified(world)
    assert caught.value.fault is FaultClass.BESIDE
    return str(caught.value)


def a_token(house: House) -> str:
    return make_token(house.lotse, SUPERVISOR.id, WORKER.id, "Abgleich", frozenset({Scope.READ}), YEAR).text


def caller(house: House, cookie: str) -> own.Caller:
    found = house.door.by_session(cookie)
    assert found is not None
    return found


def second_factor(house: House) -> None:
    """She sets one up."""
    here = caller(house, house.enter(WORKER))
    made = own.begin_factor(house.porter, here, PASSWORD, HERE)
    secret = made.address.partition("secret=")[2].partition("&")[0]
    own.confirm_factor(house.porter, here, made.sealed, house.code(secret))


LATER: dict[str, Callable[[House], object]] = {
    "revoked": lambda house: revoke_token(
        house.lotse, WORKER.id, WORKER.id, tokens(house.lotse, WORKER.id)[0].id
    ),
    "another password": lambda house: own.change_password(
        house.porter, caller(house, house.enter(WORKER)), PASSWORD, OTHER, HERE
    ),
    "reset": lambda house: staff.reset(house.lotse, SUPERVISOR.id, WORKER.id),
    "locked and let in again": lambda house: (
        staff.lock(house.lotse, SUPERVISOR.id, WORKER.id), staff.unlock(house.lotse, SUPERVISOR.id, WORKER.id)
    ),
    "a second factor": second_factor,
}  # fmt: skip


@pytest.mark.parametrize("later", LATER)
def test_a_copy_of_before_put_back_is_found(tmp_path: Path, later: str) -> None:
    with a_house(tmp_path) as house:
        link = staff.invite(house.lotse, SUPERVISOR.id, WORKER.id)
        redeem.redeem(house.porter, Purpose.INVITATION, link, PASSWORD)
        token = a_token(house)
        kept = rows_of(house)
        LATER[later](house)
        verified(house.world)
        put_back(house, kept)
        assert house.door.by_token(token) is not None, "believed at the door"
        said = found(house.world)
        assert "wieder in den Tabellen" in said or "steht anders in den Tabellen" in said
        assert WORKER.id not in said


def test_what_goes_on_by_itself_is_no_fault(tmp_path: Path) -> None:
    """Logging in, being seen, another address for mail, more effort for the password: nothing of it is older."""
    with a_house(tmp_path) as house:
        link = staff.invite(house.lotse, SUPERVISOR.id, WORKER.id)
        redeem.redeem(house.porter, Purpose.INVITATION, link, PASSWORD)
        token = a_token(house)
        house.lotse.settings = house.lotse.settings.__class__(
            data=house.lotse.settings.data, keys=house.lotse.settings.keys, exports=house.lotse.settings.exports,
            argon2=(16, 2, 1),
        )  # fmt: skip
        house.begin()
        house.enter(WORKER)
        house.world.wait(hours=3)
        assert house.door.by_token(token)
        staff.rename_login(house.lotse, SUPERVISOR.id, WORKER.id, "muster")
        verified(house.world)
        before = rows_of(house)
        house.enter("muster")  # type: ignore[arg-type]  # by the name she logs in with
        put_back(house, before)
        verified(house.world)


ACTS = st.lists(st.sampled_from(["token", "revoke", "password", "reset", "lock"]), max_size=6)


@settings(max_examples=10, deadline=None)
@example(acts=["reset", "reset"], place=1)  # nothing was left to end
@given(acts=ACTS, place=st.integers(0, 5))
def test_whatever_was_done_an_older_copy_is_found_exactly_where_something_ended_since(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str], place: int
) -> None:
    """Two people; the model counts by itself what has ended."""
    with a_house(tmp_path_factory.mktemp("office")) as house:
        for person in (WORKER, COLLEAGUE):
            redeem.redeem(
                house.porter,
                Purpose.INVITATION,
                staff.invite(house.lotse, SUPERVISOR.id, person.id),
                PASSWORD,
            )
        serial, alive, older = 0, 0, False
        entry: int | None = 0  # which password lets her in; None where there is none
        kept, kept_alive, kept_entry = rows_of(house), alive, entry
        for number, act in enumerate(acts):
            if number == min(place, len(acts) - 1):
                kept, kept_alive, kept_entry, older = rows_of(house), alive, entry, False
            if act == "token":
                a_token(house)
                alive += 1
            elif act == "revoke" and alive:
                first = min(tokens(house.lotse, WORKER.id), key=lambda each: (each.created_at, each.id))
                revoke_token(house.lotse, WORKER.id, WORKER.id, first.id)
                older = older or any(first.id in row for row in kept["tokens"])
                alive -= 1
            elif act == "lock":
                LATER["locked and let in again"](house)
                older, alive = older or kept_alive > 0, 0
            elif act in ("password", "reset"):
                link = staff.reset(house.lotse, SUPERVISOR.id, WORKER.id)
                entry = None
                if act == "password":
                    entry = serial = serial + 1
                    redeem.redeem(house.porter, Purpose.PASSWORD, link, OTHER if serial % 2 else PASSWORD)
                older, alive = older or kept_alive > 0, 0
        verified(house.world)
        put_back(house, kept)
        if older or entry != kept_entry:
            found(house.world)
        else:
            verified(house.world)
