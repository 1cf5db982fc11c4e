"""A route once it is open: who asks is known, and held to what it needs, before a byte of the body is read.

Whoever is turned away at the door for their role or their token's scope is on record by the route's name.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from anyio.to_thread import run_sync
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.bodies import Letter
from adapters.api.callers import recognised
from adapters.api.needs import Needs
from adapters.lotse import Lotse
from workflow.audited import Audited


class Room(APIRoute):
    """An open route. `needs` is set by whoever opens it; without it the application does not start."""

    needs: Needs | None = None

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the door."""
        inner = super().get_route_handler()

        async def entered(request: Request) -> Response:
            assert self.needs is not None, "create_app opens no route without its needs"
            letter = Letter(request.scope, request.receive)
            letter.state.caller = await recognised(letter, self.needs, self._turned_away(letter))
            if self.body_field is not None:
                await letter.read()
            return await inner(letter)

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
