"""A route once it is open: who asks is known, and held to what it needs, before a byte of the body is read.

Whoever is turned away at the door for their role or their token's scope is on record by the route's name.
"""

from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any

from anyio.to_thread import run_sync
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from adapters.api.bodies import MOST_OF_STRANGERS, Letter
from adapters.api.callers import recognised
from adapters.api.cookies import set_session
from adapters.api.needs import Needs, Straight
from adapters.api.threshold import Threshold
from adapters.login.caller import Caller
from adapters.login.sessions import COOKIE
from adapters.lotse import Lotse
from workflow.audited import Audited


class Room(APIRoute):
    """An open route. `needs` is set by whoever opens it; without it the application does not start.

    So is `straight`, where it has a straight way.
    """

    needs: Needs | None = None
    straight: Straight | None = None

    @cached_property
    def _ends_with(self) -> str:
        return self.path_format.rpartition("}")[2]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this route is meant; its end first, for it is one of a hundred that are asked."""
        if scope["type"] == "http" and not scope["path"].endswith(self._ends_with):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the door."""
        inner = super().get_route_handler()

        async def entered(request: Request) -> Response:
            assert self.needs is not None, "create_app opens no route without its needs"
            letter = Letter(request.scope, request.receive)
            if self.needs.public:
                letter.most = MOST_OF_STRANGERS
            letter.state.caller = await recognised(letter, self.needs, self._turned_away(letter))
            if self.body_field is not None:
                await letter.read()
            answered = await self.straight(letter) if self.straight is not None else None
            if answered is None:
                answered = await inner(letter)
            await _cookie_renewed(letter, answered)
            return answered

        return entered

    def _turned_away(self, request: Request) -> Callable[[str, str], Coroutine[Any, Any, None]]:
        """What puts on record that somebody was turned away here."""
        lotse: Lotse = request.app.state.lotse

        async def recorded(person: str, reason: str) -> None:
            entry = {
                "action": str(Audited.ROUTE_REFUSED),
                "actor": person,
                "outcome": "refused",
                "reason": reason,
                "route": self.name,
            }
            await run_sync(lotse.record, "access", entry)

        return recorded


async def _cookie_renewed(request: Request, answered: Response) -> None:
    """Give a new cookie in the place of one that is due, unless the route has set one, or ended the session."""
    caller: Caller | None = request.state.caller
    if caller is None or not caller.stale or "set-cookie" in answered.headers:
        return
    threshold: Threshold = request.app.state.threshold
    renewed = await run_sync(threshold.door.renewed, request.cookies[COOKIE])
    if renewed is not None:
        set_session(answered, renewed)
