"""The cookies: of the session, of a known device, of a login elsewhere that is under way. All of them `__Host-`.

The session's is Strict, so no other site's link ever carries it; the one that comes back from the identity provider has
to be Lax, holds nothing that lets anybody in, and lasts ten minutes.
"""

from typing import Literal

from starlette.responses import Response

from adapters.login import devices
from adapters.login.oidc.flow import LASTS, STATE_COOKIE
from adapters.login.sessions import COOKIE

_Site = Literal["strict", "lax"]


def set_session(response: Response, cookie: str) -> None:
    """Give the cookie of a session, until the browser is closed or it ends here."""
    _set(response, COOKIE, cookie, "strict")


def set_device(response: Response, cookie: str) -> None:
    """Give the cookie of a known device."""
    _set(response, devices.COOKIE, cookie, "strict", devices.LASTS)


def set_state(response: Response, cookie: str) -> None:
    """Give the cookie of a login elsewhere."""
    _set(response, STATE_COOKIE, cookie, "lax", LASTS)


def clear_session(response: Response) -> None:
    """Take the cookie of a session back, and have the browser forget what it was shown; the known device stays known."""
    _set(response, COOKIE, "", "strict", 0)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def clear_state(response: Response) -> None:
    """Take the cookie of a login elsewhere back."""
    _set(response, STATE_COOKIE, "", "lax", 0)


def _set(response: Response, name: str, value: str, site: _Site, seconds: int | None = None) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite=site)
