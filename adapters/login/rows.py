"""The rows of the login: accounts, identities, sessions, tokens, links, each under an authentication of its own.

A row that was inserted or altered by hand is none: it is not found. Instants are Unix milliseconds (UTC), as in the
tables. An older row put back with its authentication is believed here, and found by `lotse audit verify --replay`; what
that can and cannot give is said in `docs/decisions/0011-login.md`. Proven by `tests/login/test_forged_rows.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from hmac import compare_digest
from typing import Any, Self, TypeVar

import orjson
from sqlalchemy import Connection

from adapters.db import login_statements as sql
from adapters.db.statements import Prepared
from adapters.db.ways_in import fingerprint
from adapters.db.work import SqlWork
from adapters.login.caller import Scope
from adapters.login.taken import NAME_TAKEN, TakenError
from audit.keys import KeyRing
from audit.seal import DataKey

LOGIN = "login"
"""The key under which secrets are hashed and rows authenticated."""


@dataclass(frozen=True, slots=True)
class Account:
    """How a person logs in here; `totp` is the sealed secret, `totp_step` the last step that was used."""

    person: str
    login: str
    password: str | None = field(default=None, repr=False)
    totp: bytes | None = field(default=None, repr=False)
    totp_step: int = 0
    mail: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person is at an identity provider."""

    issuer: str
    subject: str
    person: str


@dataclass(frozen=True, slots=True)
class Session:
    """One cookie of one login. `issuer` and `issuer_session` name the provider's own session, where there is one."""

    digest: bytes = field(repr=False)
    sign_in: str
    person: str
    began_at: int
    created_at: int
    seen_at: int
    until: int
    issuer: str | None = None
    issuer_session: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A program's access; `scopes` as in the table, separated by spaces."""

    id: str
    digest: bytes = field(repr=False)
    person: str
    name: str
    scopes: str
    created_at: int
    until: int
    seen_at: int | None = None

    @property
    def reach(self) -> frozenset[Scope]:
        """The scopes it was made with."""
        return frozenset(Scope(name) for name in self.scopes.split())


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link; `purpose` says what it is good for, and nothing else."""

    digest: bytes = field(repr=False)
    person: str
    purpose: str
    created_at: int
    until: int


Row = Account | Identity | Session | Token | Link
R = TypeVar("R", Account, Identity, Session, Token, Link)
_TABLES: dict[type[Row], str] = {
    Account: "accounts",
    Identity: "identities",
    Session: "sessions",
    Token: "tokens",
    Link: "links",
}


class Rows:
    """What one transaction reads and writes of the login."""

    __slots__ = ("_connection", "_key", "_tenant")

    def __init__(self, connection: Connection, ring: KeyRing, key: DataKey) -> None:
        self._connection = connection
        self._tenant = ring.tenant
        self._key = key

    @classmethod
    def of(cls, work: SqlWork) -> Self:
        """In a unit of work that writes; the key is made with the first row."""
        connection, ring = work.beside
        return cls(connection, ring, ring.key(LOGIN))

    @classmethod
    def known(cls, work: SqlWork) -> Self | None:
        """In a unit of work that only reads; None where nobody has ever had a login here."""
        connection, ring = work.beside
        key = ring.known(LOGIN)
        return None if key is None else cls(connection, ring, key)

    def digest(self, kind: str, secret: bytes) -> bytes:
        """The keyed hash of a secret, 32 bytes; without the key nobody can even test a guess."""
        return self._key.mac(f"lotse/login/{kind}\n".encode() + secret)

    def fingerprint(self, account: Account) -> str:
        """How somebody comes in by themselves, as the entry that tells of its change carries it."""
        return fingerprint(self._key, account.person, account.password, account.totp)

    # Accounts and identities.

    def account(self, person: str) -> Account | None:
        """The account of a person."""
        return self._one(Account, sql.ACCOUNT, person=person)

    def account_called(self, login: str) -> Account | None:
        """The account that is entered under this login name."""
        return self._one(Account, sql.ACCOUNT_CALLED, login=login)

    def accounts(self) -> list[Account]:
        """Every account."""
        return self._all(Account, sql.ACCOUNTS)

    def identity(self, issuer: str, subject: str) -> Identity | None:
        """Who that is at an identity provider."""
        return self._one(Identity, sql.IDENTITY, issuer=issuer, subject=subject)

    def identities(self, person: str | None = None) -> list[Identity]:
        """The identities of a person, or all."""
        if person is None:
            return self._all(Identity, sql.IDENTITIES)
        return self._all(Identity, sql.IDENTITIES_OF, person=person)

    def drop_identity(self, identity: Identity) -> int:
        """Let an identity stand for nobody; how many rows went."""
        return self._run(sql.NO_IDENTITY, issuer=identity.issuer, subject=identity.subject)

    # Sessions.

    def session(self, digest: bytes) -> Session | None:
        """The session of a cookie."""
        return self._one(Session, sql.SESSION, digest=digest)

    def sessions(self, person: str) -> list[Session]:
        """The sessions of a person."""
        return self._all(Session, sql.SESSIONS_OF, person=person)

    def sessions_from(self, issuer: str) -> list[Session]:
        """The sessions that an identity provider vouched for."""
        return self._all(Session, sql.SESSIONS_FROM, issuer=issuer)

    def move_session(self, before: Session, **changes: Any) -> bool:  # noqa: ANN401 - as `replace` has it
        """Move a session on, unless it is not as it was read any more: ended, or moved by another request."""
        after = replace(before, **changes)
        return bool(
            sql.MOVE_SESSION.run(
                self._connection,
                b_tenant=self._tenant,
                b_digest=before.digest,
                b_mac=self._mac(before),
                created_at=after.created_at,
                seen_at=after.seen_at,
                until=after.until,
                mac=self._mac(after),
            )
        )

    def drop_sign_in(self, sign_in: str) -> int:
        """End one login with all its cookies."""
        return self._run(sql.NO_SIGN_IN, sign_in=sign_in)

    def drop_sessions(self, person: str) -> int:
        """End every login of a person."""
        return self._run(sql.NO_SESSIONS_OF, person=person)

    def drop_old(self, now: int, idle_since: int) -> None:
        """Forget sessions and links that have run out anyway."""
        self._run(sql.NO_OLD_SESSIONS, now=now, idle_since=idle_since)
        self._run(sql.NO_OLD_LINKS, now=now)

    # Tokens.

    def token(self, token_id: str) -> Token | None:
        """The token with this id."""
        return self._one(Token, sql.TOKEN, id=token_id)

    def tokens(self, person: str | None = None) -> list[Token]:
        """The tokens of a person, or all."""
        if person is None:
            return self._all(Token, sql.TOKENS)
        return self._all(Token, sql.TOKENS_OF, person=person)

    def move_token(self, before: Token, seen_at: int) -> bool:
        """Note when a token was last used, unless it was revoked meanwhile."""
        after = replace(before, seen_at=seen_at)
        return bool(
            sql.MOVE_TOKEN.run(
                self._connection,
                b_tenant=self._tenant,
                b_id=before.id,
                b_mac=self._mac(before),
                seen_at=seen_at,
                mac=self._mac(after),
            )
        )

    def drop_token(self, token_id: str) -> int:
        """Revoke a token."""
        return self._run(sql.NO_TOKEN, id=token_id)

    def drop_tokens(self, person: str) -> int:
        """Revoke every token of a person."""
        return self._run(sql.NO_TOKENS_OF, person=person)

    # Links.

    def link(self, digest: bytes) -> Link | None:
        """The one-time link with this hash."""
        return self._one(Link, sql.LINK, digest=digest)

    def links(self, person: str) -> list[Link]:
        """The one-time links of a person."""
        return self._all(Link, sql.LINKS_OF, person=person)

    def drop_link(self, digest: bytes) -> int:
        """Use a link up; 1 for whoever did, 0 for whoever came second."""
        return self._run(sql.NO_LINK, digest=digest)

    def drop_links(self, person: str, purpose: str) -> int:
        """Take back the links of a person for this purpose."""
        return self._run(sql.NO_LINKS_OF, person=person, purpose=purpose)

    # All of them.

    def put(self, row: Row) -> None:
        """Write a row, replacing the one of its key. Raises TakenError where another account has that login name."""
        if isinstance(row, Account):
            self._only_one_called(row)
        values = {name: getattr(row, name) for name in _names(type(row))}
        sql.PUT[_TABLES[type(row)]].run(self._connection, tenant=self._tenant, mac=self._mac(row), **values)

    def _only_one_called(self, account: Account) -> None:
        """Raise TakenError unless the login name is free; a forged row that holds it is none, and goes."""
        holder = self.account_called(account.login)
        if holder is not None and holder.person != account.person:
            raise TakenError(NAME_TAKEN)
        forged = sql.ACCOUNT_CALLED.rows(self._connection, tenant=self._tenant, login=account.login)
        for raw in forged if holder is None else ():
            self._run(sql.NO_ACCOUNT, person=raw[0])

    def _run(self, statement: Prepared, **values: object) -> int:
        return statement.run(self._connection, tenant=self._tenant, **values)

    def _one(self, kind: type[R], statement: Prepared, **values: object) -> R | None:
        return next(iter(self._all(kind, statement, **values)), None)

    def _all(self, kind: type[R], statement: Prepared, **values: object) -> list[R]:
        found = statement.rows(self._connection, tenant=self._tenant, **values)
        return list(self._believed(kind, found))

    def _believed(self, kind: type[R], found: Sequence[tuple[Any, ...]]) -> Iterable[R]:
        for raw in found:
            row = kind(*raw[:-1])
            if isinstance(raw[-1], bytes) and compare_digest(raw[-1], self._mac(row)):
                yield row

    def _mac(self, row: Row) -> bytes:
        values = [getattr(row, name) for name in _names(type(row))]
        plain = orjson.dumps(values, default=_hexed)
        return self._key.mac(f"lotse/login/row\n{self._tenant}\n{_TABLES[type(row)]}\n".encode() + plain)


def _names(kind: type[Row]) -> list[str]:
    return [each.name for each in fields(kind)]


def _hexed(value: object) -> object:
    """Bytes as something no text can be; whatever else a hand may have put into a column is nothing."""
    return {"hex": value.hex()} if isinstance(value, bytes) else {"strange": type(value).__name__}
