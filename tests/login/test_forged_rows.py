"""Who has only the database gets in as nobody: rows inserted or altered by hand are none."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import pytest

from adapters.login import links
from adapters.login.caller import Scope
from adapters.login.links import Purpose
from adapters.login.porter import WrongError
from adapters.login.rows import Rows
from adapters.login.sessions import as_bytes, as_text
from adapters.login.tokens import make_token
from tests.login.house import OTHER, PASSWORD, House
from tests.people import COLLEAGUE, SUPERVISOR, WORKER

FAR = 99_999_999_999_999
COLUMNS = {
    "accounts": ("person", "login", "password", "totp", "totp_step", "mail"),
    "sessions": (
        "sign_in",
        "person",
        "began_at",
        "created_at",
        "seen_at",
        "until",
        "issuer",
        "issuer_session",
    ),
    "tokens": ("digest", "person", "name", "scopes", "created_at", "until", "seen_at"),
    "links": ("person", "purpose", "created_at", "until"),
    "identities": ("issuer", "subject", "person"),
}


def found_in(house: House, table: str) -> Sequence[object]:
    """What the program finds in this table of what the tests have put there."""
    both = (WORKER.id, SUPERVISOR.id)
    with house.lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        assert rows is not None
        found: dict[str, Sequence[object]] = {
            "accounts": rows.accounts(),
            "sessions": [each for person in both for each in rows.sessions(person)],
            "tokens": rows.tokens(),
            "links": [each for person in both for each in rows.links(person)],
            "identities": rows.identities(),
        }
    return found[table]


@pytest.fixture
def full(house: House) -> House:
    """A row of the Fachkraft in each of the five tables."""
    from adapters.login.rows import Identity

    house.account(WORKER)
    house.enter(WORKER)
    make_token(house.lotse, WORKER.id, WORKER.id, "KIS", frozenset({Scope.READ}), timedelta(days=1))
    links.make_link(house.lotse, WORKER.id, Purpose.PASSWORD, timedelta(days=1))
    house.lotse.write(lambda work: Rows.of(work).put(Identity("https://x.example", "4711", WORKER.id)))
    return house


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in COLUMNS.items() for column in columns]
)
def test_a_row_altered_in_any_column_is_none(full: House, table: str, column: str) -> None:
    assert len(found_in(full, table)) == 1
    before = full.rows(f"SELECT {column} FROM {table}")  # noqa: S608 - names of this test
    forged = SUPERVISOR.id if column == "person" else "reset" if column == "purpose" else FAR
    full.rows(f"UPDATE {table} SET {column} = ?", forged)  # noqa: S608 - as above
    assert full.rows(f"SELECT {column} FROM {table}") != before  # noqa: S608 - as above
    assert found_in(full, table) == []


def test_an_account_made_by_hand_lets_nobody_in(house: House) -> None:
    """Neither with a hash of one's own nor with another person's whole row under another name."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    house.account(WORKER)
    own = Argon2id(salt=b"0" * 16, length=32, iterations=1, lanes=1, memory_cost=8).derive_phc_encoded(
        OTHER.encode()
    )
    tenant = house.lotse.store.tenant
    house.rows(
        "INSERT INTO accounts VALUES (?, ?, ?, ?, NULL, 0, NULL, zeroblob(32))",
        tenant, COLLEAGUE.id, COLLEAGUE.id, own,
    )  # fmt: skip
    with pytest.raises(WrongError):
        house.enter(COLLEAGUE, OTHER)
    house.rows("DELETE FROM accounts WHERE person = ?", COLLEAGUE.id)
    house.rows("UPDATE accounts SET person = ?", COLLEAGUE.id)
    with pytest.raises(WrongError):
        house.enter(WORKER)


def test_a_session_made_by_hand_is_nobodys(house: House) -> None:
    """With a secret of one's own, and with the row of somebody's session under it."""
    house.account(WORKER)
    cookie = house.enter(WORKER)
    secret = b"1" * 32
    with house.lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        assert rows is not None
        guessed = rows.digest("session", secret)
    house.rows("UPDATE sessions SET digest = ?", guessed)
    assert house.door.by_session(as_text(secret)) is None
    assert house.door.by_session(cookie) is None


def test_a_token_made_by_hand_is_nobodys(house: House) -> None:
    made = make_token(house.lotse, WORKER.id, WORKER.id, "KIS", frozenset({Scope.READ}), timedelta(days=1))
    assert house.door.by_token(made.text)
    house.rows("UPDATE tokens SET scopes = 'admin read write'")
    assert house.door.by_token(made.text) is None


def test_a_link_that_was_made_longer_by_hand_is_gone(house: House) -> None:
    from adapters.login.redeem import LinkGoneError, redeem

    house.account(WORKER)
    text = links.make_link(house.lotse, WORKER.id, Purpose.PASSWORD, timedelta(hours=1))
    house.rows("UPDATE links SET until = ?", FAR)
    with pytest.raises(LinkGoneError):
        redeem(house.porter, Purpose.PASSWORD, text, OTHER)
    assert house.enter(WORKER, PASSWORD)


def test_without_the_keys_the_tables_test_no_guess(full: House) -> None:
    """Every secret lies as a hash under a key that is not in the database."""
    cookie = full.enter(WORKER)
    raw = as_bytes(cookie)
    assert raw is not None
    stored = {digest for (digest,) in full.rows("SELECT digest FROM sessions")}
    assert len(stored) == 2
    assert not {sha256(raw).digest(), sha256(cookie.encode()).digest()} & stored
