"""Who is asking: found from the session's cookie or a bearer token, never from both, before anything else is read.

An unsafe request with a cookie must come from one's own pages: `X-CSRF-Token`, and what the browser says of its
origin. `tests/api/test_callers.py` tries the ways around it.
"""

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import Request

from adapters.api.needs import Needs
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.threshold import Threshold
from adapters.login.caller import Caller, Card, Scope, Via
from adapters.login.sessions import COOKIE
from adapters.lotse import Lotse
from adapters.writer import Writer

CSRF = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST = 512
TurnedAway = Callable[[str, str], Coroutine[Any, Any, None]]
"""Puts on record that a person, by id, was turned away, and for what."""


async def caller_of(request: Request) -> Caller:
    """Whoever asks. Raises ApiProblem (401) where nobody is signed in."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise ApiProblem(Trouble.SIGNED_OUT)
    return caller


async def lotse_of(request: Request) -> Lotse:
    """The Lotse behind this application."""
    lotse: Lotse = request.app.state.lotse
    return lotse


async def writer_of(request: Request) -> Writer:
    """The writer behind this application."""
    writer: Writer = request.app.state.writer
    return writer


TheCaller = Annotated[Caller, Depends(caller_of)]
TheLotse = Annotated[Lotse, Depends(lotse_of)]
TheWriter = Annotated[Writer, Depends(writer_of)]


async def recognised(request: Request, needs: Needs, turned_away: TurnedAway) -> Caller | None:
    """Find out who asks, and hold them to what this route needs. Raises ApiProblem, the refusal put on record."""
    caller = None if needs.public else await _found(request)
    if request.method not in SAFE:
        _of_ones_own(request, caller)
    if needs.public:
        return None
    if caller is None:
        raise ApiProblem(Trouble.SIGNED_OUT)
    if _out_of_reach(needs.scope, caller):
        await turned_away(caller.person.id, "scope")
        raise ApiProblem(Trouble.SCOPE if caller.scopes else Trouble.FACTOR)
    if not caller.person.roles & needs.roles:
        await turned_away(caller.person.id, "role")
        raise ApiProblem(Trouble.ROLE)
    return caller


def _out_of_reach(scope: Scope | None, caller: Caller) -> bool:
    """Whether this credential is not for this: what stands in a calendar's address opens the calendar alone."""
    if scope is None:
        return caller.scopes == {Scope.CALENDAR}
    return scope not in caller.scopes


async def _found(request: Request) -> Caller | None:
    threshold: Threshold = request.app.state.threshold
    given = request.headers.getlist("authorization")
    cookie = request.cookies.get(COOKIE)
    if (given and cookie is not None) or len(given) > 1:
        raise ApiProblem(Trouble.TWO_CREDENTIALS)
    if given:
        kind, _, token = given[0].partition(" ")
        if kind.casefold() != "bearer" or not 0 < len(token) <= _LONGEST:
            return None
        return await threshold.caller(Card(Via.TOKEN, token))
    if cookie is None or not 0 < len(cookie) <= _LONGEST:
        return None
    return await threshold.caller(Card(Via.SESSION, cookie))


def _of_ones_own(request: Request, caller: Caller | None) -> None:
    """Raise ApiProblem where another site made the browser ask; a token is sent by nobody unasked."""
    if caller is not None and caller.via is Via.TOKEN:
        return
    said = _comes_from_here(request.headers, own_origin(request))
    if said is False or (caller is not None and said is None):
        raise ApiProblem(Trouble.FOREIGN_ORIGIN)
    if caller is not None:
        sent = request.headers.get(CSRF, "").encode()
        if not caller.csrf or not hmac.compare_digest(sent, caller.csrf.encode()):
            raise ApiProblem(Trouble.FOREIGN_ORIGIN)


def own_origin(request: Request) -> str:
    """The origin of one's own pages: that of LOTSE_BASE_URL, else the one this request was sent to."""
    base: str | None = request.app.state.lotse.settings.base_url
    if base is None:
        return f"{request.url.scheme}://{request.headers.get('host', '')}"
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def _comes_from_here(headers: Headers, own: str) -> bool | None:
    """What the browser says of where the request comes from; None where it says nothing."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return None
    return site in (None, "same-origin") and origin in (None, own)
