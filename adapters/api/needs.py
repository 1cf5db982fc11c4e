"""What a route needs before anybody gets behind it: roles, a scope, or nothing. A route that does not say does not start.

`Rooms` collects the routes of one resource; their decorators demand `needs=`. `create_app` opens each as a `Room`,
which asks who is there before it reads a byte of the body. Need-to-know inside a case is `workflow`'s affair.
"""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import Response

from adapters.api.bodies import Letter
from adapters.api.problems import Trouble
from adapters.login.caller import Scope
from states.vocabulary import RECIPIENT_ROLES, Role
from workflow.access import MATRIX, OPENED

BASE = "/api/v1"
SIGNED_IN: frozenset[Role] = frozenset(Role)
"""Any active person."""
NOBODY: frozenset[Role] = frozenset()
"""Public: whoever asks."""
NEAR_A_CASE: frozenset[Role] = (
    RECIPIENT_ROLES | {role for role, _ in MATRIX} | {role for role, _ in OPENED.values()}
) - {Role.RECIPIENT, Role.CLOCK, Role.PARTNER}
"""Whoever can stand in some relation to a case; in which, and what follows, `workflow.access` says.

A partner knows its referral by Kennzeichen, never as the case of a number: it has rooms of its own."""
STAFF: frozenset[Role] = frozenset(Role) - {Role.PARTNER, Role.CLOCK}
"""Everybody of the house and around it, without the partners."""
Straight = Callable[[Letter], Coroutine[Any, Any, Response | None]]
"""Answers a request that is in order by itself; None: it is not, and the framework shall say why.

What the framework does anew for each request takes as long as the step: this way passes it by, and answers the same."""
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Needs:
    """Which roles may come in (one of them is enough) and which scope a token must have."""

    roles: frozenset[Role]
    scope: Scope | None = Scope.READ

    @property
    def public(self) -> bool:
        """Whether whoever asks may come in."""
        return self.roles == NOBODY


PUBLIC = Needs(NOBODY, None)


@dataclass(frozen=True, slots=True)
class Entrance:
    """One route before it is opened; `options` are FastAPI's own."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    needs: Needs
    troubles: frozenset[Trouble]
    options: dict[str, Any]
    straight: Straight | None = None


class Rooms:
    """The routes of one resource: `rooms = Rooms(prefix="/cases", tags=["Fälle"])`, then `@rooms.get("", needs=…)`.

    `troubles` are the problems a route may answer with beside those that all have; `options` go to FastAPI
    (`status_code`, `response_model`, `summary`, `responses`, `name` …).
    """

    def __init__(self, *, prefix: str = "", tags: Iterable[str] = ()) -> None:
        self.prefix = prefix
        self.tags = list(tags)
        self.entrances: list[Entrance] = []

    def add(
        self,
        method: str,
        path: str,
        endpoint: Callable[..., Any],
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        straight: Straight | None = None,
        **options: Any,  # noqa: ANN401 - FastAPI's own options
    ) -> None:
        """Add a route."""
        path = self.prefix + path
        self.entrances.append(Entrance(method, path, endpoint, needs, frozenset(troubles), options, straight))

    def _route(
        self, method: str, path: str, needs: Needs, troubles: Iterable[Trouble], options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        def added(endpoint: Endpoint) -> Endpoint:
            self.add(method, path, endpoint, needs=needs, troubles=troubles, **options)
            return endpoint

        return added

    def get(
        self,
        path: str,
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        **options: Any,  # noqa: ANN401 - FastAPI's own options
    ) -> Callable[[Endpoint], Endpoint]:
        """Add a route that only reads."""
        return self._route("GET", path, needs, troubles, options)

    def post(
        self,
        path: str,
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        **options: Any,  # noqa: ANN401 - as above
    ) -> Callable[[Endpoint], Endpoint]:
        """Add a route that does something, or that reads what must not stand in an address."""
        return self._route("POST", path, needs, troubles, options)

    def put(
        self,
        path: str,
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        **options: Any,  # noqa: ANN401 - as above
    ) -> Callable[[Endpoint], Endpoint]:
        """Add a route that replaces something."""
        return self._route("PUT", path, needs, troubles, options)

    def patch(
        self,
        path: str,
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        **options: Any,  # noqa: ANN401 - as above
    ) -> Callable[[Endpoint], Endpoint]:
        """Add a route that changes a part."""
        return self._route("PATCH", path, needs, troubles, options)

    def delete(
        self,
        path: str,
        *,
        needs: Needs,
        troubles: Iterable[Trouble] = (),
        **options: Any,  # noqa: ANN401 - as above
    ) -> Callable[[Endpoint], Endpoint]:
        """Add a route that ends something."""
        return self._route("DELETE", path, needs, troubles, options)
