"""Tokens and accounts held against the log: a row of before a revocation, a reset or a second factor, put back, is found.

Such a row carries its own authentication and is believed at the door (decision 11); `lotse audit verify --replay` sees
that the log has gone on since. Tried in `tests/login/test_older_rows.py`.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from adapters.db import tables as t
from adapters.db.statements import Prepared
from audit.errors import KeyDestroyed
from audit.keys import KeyRing
from audit.seal import DataKey

_LOGIN = "login"
_TOKENS = Prepared(select(t.tokens.c.id).where(t.tokens.c.tenant == bindparam("tenant")))
_ACCOUNTS = Prepared(
    select(t.accounts.c.person, t.accounts.c.password, t.accounts.c.totp).where(
        t.accounts.c.tenant == bindparam("tenant")
    )
)
_ENDS_TOKENS = frozenset({"password_changed", "user_disabled"})


def fingerprint(key: DataKey, person: str, password: str | None, totp: bytes | None) -> str:
    """What an entry says of how somebody comes in: keyed, so it tells nothing and fits nothing else."""
    plain = orjson.dumps([person, password, totp.hex() if totp is not None else None])
    return key.mac(b"lotse/login/fingerprint\n" + plain)[:16].hex()


class WaysIn:
    """What the log says of tokens and accounts, entry by entry, and what is found of it."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, int | None]] = {}
        """By id: whose, and the entry with which it ended."""
        self._accounts: dict[str, tuple[str, int]] = {}

    def take(self, seq: int, a: Mapping[str, Any]) -> None:
        """Follow one entry."""
        action, whose = a.get("action"), str(a.get("concerned", a.get("actor")))
        if action == "token_made":
            self._tokens[str(a.get("token"))] = (whose, None)
        elif action == "token_revoked":
            self._tokens[str(a.get("token"))] = (whose, seq)
        elif action in _ENDS_TOKENS or (action == "link_made" and a.get("purpose") == "password"):
            for token, (person, ended) in self._tokens.items():
                if person == whose and ended is None:
                    self._tokens[token] = (person, seq)
        if isinstance(a.get("account"), str):
            self._accounts[whose] = (a["account"], seq)

    def differs(self, connection: Connection, tenant: str, ring: KeyRing) -> tuple[str, int] | None:
        """The first row that is older than the log, as a German sentence, and the entry that ended it."""
        for (token,) in _TOKENS.rows(connection, tenant=tenant):
            ended = self._tokens.get(token, ("", None))[1]
            if ended is not None:
                return "Ein Zugangstoken, das beendet wurde, liegt wieder in den Tabellen.", ended
        try:
            key = ring.known(_LOGIN)
        except KeyDestroyed:
            key = None
        for person, password, totp in _ACCOUNTS.rows(connection, tenant=tenant) if key is not None else ():
            said = self._accounts.get(person)
            if said is not None and key is not None and said[0] != fingerprint(key, person, password, totp):
                return "Womit sich jemand anmeldet, steht anders in den Tabellen als im Protokoll.", said[1]
        return None
