"""Tokens: access for one's own programs, made, listed, revoked."""

from datetime import timedelta

from fastapi import Response

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.login import told
from adapters.api.needs import SIGNED_IN, Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_login import TokenLine, TokenMade, Tokens, TokenWish
from adapters.login import tokens as kept
from adapters.login.caller import Caller, Scope
from adapters.login.rows import Token
from adapters.millis import instant

rooms = Rooms(prefix="/tokens", tags=["Anmeldung"])
READS = Needs(SIGNED_IN, Scope.READ)
CHANGES = Needs(SIGNED_IN, Scope.WRITE)


@rooms.get("", needs=READS, summary="Die eigenen Token")
def tokens(caller: TheCaller, lotse: TheLotse) -> Tokens:
    """List one's tokens."""
    return Tokens(items=[_line(each) for each in kept.tokens(lotse, caller.person.id)])


@rooms.post("", needs=CHANGES, troubles=(Trouble.CONFLICT,), status_code=201, summary="Ein Token ausstellen")
def make_token(body: TokenWish, caller: TheCaller, lotse: TheLotse) -> TokenMade:
    """Make a token; it is shown this once."""
    _by_session(caller)
    person, scopes = caller.person.id, frozenset(map(Scope, body.scopes))
    with told():
        made = kept.make_token(lotse, person, person, body.name, scopes, timedelta(days=body.days))
    return TokenMade(token=made.text, made=_line(made.token))


@rooms.delete("/{token_id}", needs=CHANGES, status_code=204, summary="Ein Token widerrufen")
def revoke_token(token_id: str, caller: TheCaller, lotse: TheLotse) -> Response:
    """Revoke one of one's own tokens."""
    if not kept.revoke_token(lotse, caller.person.id, caller.person.id, token_id):
        raise ApiProblem(Trouble.NOT_FOUND, "Dieses Token gibt es nicht.")
    return Response(status_code=204)


def _line(token: Token) -> TokenLine:
    return TokenLine(
        id=token.id,
        name=token.name,
        scopes=token.scopes.split(),
        made_at=instant(token.created_at),
        until=instant(token.until),
        seen_at=instant(token.seen_at) if token.seen_at is not None else None,
    )


def _by_session(caller: Caller) -> None:
    """Raise ApiProblem where a token would make a token: it would outlive its own end."""
    if caller.session is None:
        raise ApiProblem(Trouble.CONFLICT, "Ein Token stellt keine Token aus. Nächster Schritt: anmelden.")
