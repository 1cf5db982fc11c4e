"""Tokens: access for a program in a person's name, with scopes and an end, shown once.

`lotse_<id>_<secret>`: the id is looked up, of the secret lies a keyed hash. Tried in `tests/login/test_tokens.py`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.db.work import SqlWork
from adapters.login.caller import Scope
from adapters.login.door import now_of
from adapters.login.record import note
from adapters.login.rows import Rows, Token
from adapters.login.sessions import new_secret
from adapters.lotse import Lotse
from workflow.audited import Audited
from workflow.errors import WorkflowError

LONGEST_LIFE = timedelta(days=365)
MOST = 50
LONGEST_NAME = 100
_ID = 8


class TokenError(WorkflowError):
    """No token is made of this; the message says why, in German."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown once."""

    token: Token
    text: str = field(repr=False)


def make_token(
    lotse: Lotse, actor: str, person: str, name: str, scopes: frozenset[Scope], valid: timedelta
) -> NewToken:
    """Make a token in a person's name. Raises TokenError: no name, no scope, too long a life, too many."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise TokenError(f"Der Name eines Tokens hat 1 bis {LONGEST_NAME} Zeichen.")
    if not scopes or not timedelta() < valid <= LONGEST_LIFE:
        raise TokenError("Ein Token hat mindestens einen Zweck und gilt höchstens ein Jahr.")
    now = now_of(lotse)

    def job(work: SqlWork) -> NewToken:
        rows = Rows.of(work)
        if len(rows.tokens(person)) >= MOST:
            raise TokenError("Das sind zu viele Token. Nächster Schritt: eines widerrufen.")
        text, raw = new_secret()
        until = now + int(valid.total_seconds() * 1000)
        token = Token(
            secrets.token_hex(_ID),
            rows.digest("token", raw),
            person,
            name.strip(),
            " ".join(sorted(scopes)),
            now,
            until,
        )
        rows.put(token)
        made = {"token": token.id, "scopes": sorted(scopes), "concerned": person}
        note(work, lotse, Audited.TOKEN_MADE, actor, kind="steps", **made)
        return NewToken(token, f"lotse_{token.id}_{text}")

    return lotse.write(job)


def tokens(lotse: Lotse, person: str) -> Sequence[Token]:
    """The tokens of a person, the newest first; those that are over among them until they are revoked."""
    with lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        found = rows.tokens(person) if rows is not None else []
    return sorted(found, key=lambda each: (-each.created_at, each.id))


def revoke_token(lotse: Lotse, actor: str, person: str, token_id: str) -> bool:
    """Revoke a token of this person; whether there was one."""

    def job(work: SqlWork) -> bool:
        rows = Rows.of(work)
        found = rows.token(token_id)
        if found is None or found.person != person:
            return False
        rows.drop_token(token_id)
        concerned = {"token": token_id, "concerned": person}
        note(work, lotse, Audited.TOKEN_REVOKED, actor, kind="steps", **concerned)
        return True

    return lotse.write(job)
