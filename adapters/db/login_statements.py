"""SQL of the login: accounts, identities, sessions, tokens, one-time links; see `adapters.login.rows`."""

from sqlalchemy import ColumnElement, Table, bindparam, delete, or_, select, update

from adapters.db import tables as t
from adapters.db.statements import Prepared, upsert


def _mine(table: Table, *names: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(name) for name in ("tenant", *names)]


def _rows(table: Table, *names: str) -> Prepared:
    """Whole rows without the tenant, in the order of the columns."""
    columns = [column for column in table.columns if column.name != "tenant"]
    return Prepared(select(*columns).where(*_mine(table, *names)))


def _none(table: Table, *names: str) -> Prepared:
    return Prepared(delete(table).where(*_mine(table, *names)))


PUT = {table.name: upsert(table) for table in (t.accounts, t.identities, t.sessions, t.tokens, t.links)}

ACCOUNT, ACCOUNT_CALLED, ACCOUNTS = (
    _rows(t.accounts, "person"),
    _rows(t.accounts, "login"),
    _rows(t.accounts),
)
NO_ACCOUNT = _none(t.accounts, "person")

IDENTITY, IDENTITIES_OF, IDENTITIES = (
    _rows(t.identities, "issuer", "subject"),
    _rows(t.identities, "person"),
    _rows(t.identities),
)
NO_IDENTITY = _none(t.identities, "issuer", "subject")

SESSION, SESSIONS_OF, SESSIONS_FROM = (
    _rows(t.sessions, "digest"),
    _rows(t.sessions, "person"),
    _rows(t.sessions, "issuer"),
)
NO_SESSION, NO_SIGN_IN, NO_SESSIONS_OF = (
    _none(t.sessions, "digest"),
    _none(t.sessions, "sign_in"),
    _none(t.sessions, "person"),
)
MOVE_SESSION = Prepared(
    update(t.sessions)
    .where(
        t.sessions.c.tenant == bindparam("b_tenant"),
        t.sessions.c.digest == bindparam("b_digest"),
        t.sessions.c.mac == bindparam("b_mac"),
    )
    .values({name: bindparam(name) for name in ("created_at", "seen_at", "until", "mac")})
)
"""Move a session on, where it is still as it was read; a row that was deleted meanwhile stays deleted."""
NO_OLD_SESSIONS = Prepared(
    delete(t.sessions).where(
        t.sessions.c.tenant == bindparam("tenant"),
        or_(t.sessions.c.until <= bindparam("now"), t.sessions.c.seen_at <= bindparam("idle_since")),
    )
)

TOKEN, TOKENS_OF, TOKENS = _rows(t.tokens, "id"), _rows(t.tokens, "person"), _rows(t.tokens)
NO_TOKEN, NO_TOKENS_OF = _none(t.tokens, "id"), _none(t.tokens, "person")
MOVE_TOKEN = Prepared(
    update(t.tokens)
    .where(
        t.tokens.c.tenant == bindparam("b_tenant"),
        t.tokens.c.id == bindparam("b_id"),
        t.tokens.c.mac == bindparam("b_mac"),
    )
    .values({name: bindparam(name) for name in ("seen_at", "mac")})
)

LINK, LINKS_OF = _rows(t.links, "digest"), _rows(t.links, "person")
NO_LINK, NO_LINKS_OF = _none(t.links, "digest"), _none(t.links, "person", "purpose")
NO_OLD_LINKS = Prepared(
    delete(t.links).where(t.links.c.tenant == bindparam("tenant"), t.links.c.until <= bindparam("now"))
)

NOBODY_SIGNED_IN = tuple(_none(table) for table in (t.sessions, t.tokens, t.links))
"""Ends every session, token and one-time link of a tenant."""
