"""The session: logging in and out, by password or at the identity provider, and what somebody does with their login."""

from functools import partial
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from adapters.api import cookies
from adapters.api.apart import ELSEWHERE, PASSWORDS
from adapters.api.callers import TheCaller, TheLotse
from adapters.api.login import TheElsewhere, ThePorter, address_of, signed_in, told
from adapters.api.needs import NOBODY, SIGNED_IN, Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_login import (
    Again,
    Ended,
    FactorConfirmed,
    FactorOffered,
    FactorRemoval,
    Login,
    PasswordChange,
    PasswordChanged,
    ProviderBegun,
    ProviderStart,
    RedeemedLink,
    Redemption,
    SessionLine,
    Sessions,
    SignedIn,
    SignedOut,
)
from adapters.login import devices, own
from adapters.login.door import Door
from adapters.login.links import Purpose
from adapters.login.oidc.errors import UnreachableError
from adapters.login.oidc.flow import STATE_COOKIE, Returned
from adapters.login.porter import Attempt
from adapters.login.redeem import redeem as use_up
from adapters.login.sessions import COOKIE
from adapters.lotse import Lotse
from adapters.millis import instant

rooms = Rooms(prefix="", tags=["Anmeldung"])
ANYBODY = Needs(NOBODY, None)
ONESELF = Needs(SIGNED_IN, None)
"""One's own login: also for whom the second factor is still missing."""
_GUESSED = (Trouble.LOGIN_REFUSED, Trouble.TOO_MANY)
_BY_TOKEN = (Trouble.CONFLICT,)
"""One's login is changed by who has logged in, never by a program in their name."""
_NO_LOGOUT = "Das ist kein gültiges Abmelde-Token."
_ON = """<!doctype html><html lang="de"><meta charset="utf-8"><title>Angemeldet</title>
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Weiter zu Lotse</a></p></html>"""


@rooms.post("/session", needs=ANYBODY, troubles=_GUESSED, summary="Anmelden")
async def login(body: Login, request: Request, response: Response, porter: ThePorter) -> SignedIn:
    """Log in by name, password and code; the answer sets the cookies."""
    attempt = Attempt(
        body.login,
        body.password,
        body.code,
        address_of(request),
        request.cookies.get(COOKIE, ""),
        request.cookies.get(devices.COOKIE, ""),
    )
    with told():
        admitted = await PASSWORDS.run(partial(porter.login, attempt))
    cookies.set_device(response, admitted.device)
    return await run_sync(_come_in, porter.lotse, response, admitted.cookie)


@rooms.get("/session", needs=ONESELF, summary="Wer angemeldet ist")
def session(caller: TheCaller, lotse: TheLotse) -> SignedIn:
    """Say who asks."""
    return signed_in(lotse, caller)


@rooms.delete("/session", needs=ONESELF, troubles=_BY_TOKEN, summary="Abmelden")
async def logout(caller: TheCaller, response: Response, request: Request, porter: ThePorter) -> SignedOut:
    """Log out, with all cookies of this login."""
    if caller.session is None:
        raise ApiProblem(Trouble.CONFLICT, "Ein Token endet, wenn es widerrufen wird.")
    issuer = await run_sync(porter.logout, caller.session)
    cookies.clear_session(response)
    elsewhere = getattr(request.app.state, "elsewhere", None)
    address = None
    if issuer is not None and elsewhere is not None:
        try:
            address = await ELSEWHERE.run(elsewhere.logout_address) or None
        except (UnreachableError, ApiProblem):
            address = None
    return SignedOut(provider=address)


@rooms.post(
    "/session/password",
    needs=ONESELF,
    troubles=(*_GUESSED, *_BY_TOKEN),
    summary="Das Passwort ändern",
)
async def change_password(
    body: PasswordChange, caller: TheCaller, request: Request, response: Response, porter: ThePorter
) -> PasswordChanged:
    """Set another password; all other sessions and all tokens end, the answer says so."""
    with told("/new"):
        cookie = await PASSWORDS.run(
            partial(
                own.change_password, porter, caller, body.password, body.new, address_of(request), body.code
            )
        )
    who = await run_sync(_come_in, porter.lotse, response, cookie)
    return PasswordChanged(**who.model_dump(), ended=["sessions", "tokens"])


@rooms.post(
    "/session/second-factor",
    needs=ONESELF,
    troubles=(*_GUESSED, *_BY_TOKEN),
    summary="Einen zweiten Faktor einrichten",
)
async def begin_second_factor(
    body: Again, caller: TheCaller, request: Request, porter: ThePorter
) -> FactorOffered:
    """Give a fresh secret for the app, once."""
    with told():
        made = await PASSWORDS.run(
            partial(own.begin_factor, porter, caller, body.password, address_of(request))
        )
    return FactorOffered(address=made.address, picture=made.picture, enrolment=made.sealed)


@rooms.post(
    "/session/second-factor/confirm",
    needs=ONESELF,
    troubles=(*_GUESSED, *_BY_TOKEN),
    summary="Den zweiten Faktor bestätigen",
)
def confirm_second_factor(
    body: FactorConfirmed, caller: TheCaller, response: Response, porter: ThePorter
) -> SignedIn:
    """Set the second factor up that was begun."""
    with told():
        cookie = own.confirm_factor(porter, caller, body.enrolment, body.code)
    return _come_in(porter.lotse, response, cookie)


@rooms.post(
    "/session/second-factor/remove",
    needs=ONESELF,
    troubles=(*_GUESSED, *_BY_TOKEN),
    summary="Auf den zweiten Faktor verzichten",
)
async def remove_second_factor(
    body: FactorRemoval, caller: TheCaller, request: Request, response: Response, porter: ThePorter
) -> SignedIn:
    """Do without a second factor, where none is asked for."""
    with told():
        cookie = await PASSWORDS.run(
            partial(own.drop_factor, porter, caller, body.password, body.code, address_of(request))
        )
    return await run_sync(_come_in, porter.lotse, response, cookie)


@rooms.get("/session/others", needs=ONESELF, troubles=_BY_TOKEN, summary="Die eigenen anderen Sitzungen")
def other_sessions(caller: TheCaller, porter: ThePorter) -> Sessions:
    """List one's other logins."""
    with told():
        found = own.others(porter, caller)
    lines = [
        SessionLine(
            began_at=instant(each.began_at),
            seen_at=instant(each.seen_at),
            by_provider=each.issuer is not None,
        )
        for each in found
    ]
    return Sessions(items=lines)


@rooms.delete(
    "/session/others", needs=ONESELF, troubles=_BY_TOKEN, summary="Die eigenen anderen Sitzungen beenden"
)
def end_other_sessions(caller: TheCaller, porter: ThePorter) -> Ended:
    """End one's other logins."""
    with told():
        return Ended(ended=own.end_others(porter, caller))


@rooms.post(
    "/session/oidc/start",
    needs=ANYBODY,
    troubles=(Trouble.NOT_FOUND, Trouble.PROVIDER),
    summary="Die Anmeldung beim Anmeldedienst beginnen",
)
async def start_at_provider(
    body: ProviderStart, response: Response, elsewhere: TheElsewhere
) -> ProviderBegun:
    """Give the address to send the browser to, and the cookie that it brings back."""
    with told():
        begun = await ELSEWHERE.run(partial(elsewhere.begin, body.link))
    cookies.set_state(response, begun.cookie)
    return ProviderBegun(location=begun.address)


@rooms.get(
    "/session/oidc/return",
    needs=ANYBODY,
    troubles=(*_GUESSED, Trouble.NOT_FOUND, Trouble.PROVIDER),
    response_class=HTMLResponse,
    summary="Zurück vom Anmeldedienst",
)
async def return_from_provider(request: Request, elsewhere: TheElsewhere) -> HTMLResponse:
    """Let whoever comes back in. A page of one's own leads on, so that the Strict cookie goes along."""
    returned = Returned(
        dict(request.query_params),
        request.cookies.get(STATE_COOKIE, ""),
        request.cookies.get(COOKIE, ""),
        address_of(request),
    )
    with told():
        admitted = await ELSEWHERE.run(partial(elsewhere.finish, returned))
    page = HTMLResponse(_ON)
    cookies.clear_state(page)
    cookies.set_session(page, admitted.cookie)
    return page


@rooms.post(
    "/session/oidc/logout",
    needs=ANYBODY,
    troubles=(Trouble.NOT_FOUND, Trouble.PROVIDER),
    summary="Der Anmeldedienst meldet jemanden ab",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["logout_token"],
                        "properties": {"logout_token": {"type": "string", "maxLength": 16384}},
                    }
                }
            },
        }
    },
)
async def logout_by_provider(request: Request, elsewhere: TheElsewhere) -> Ended:
    """End the sessions that the identity provider says are over (OpenID Connect Back-Channel Logout 1.0)."""
    try:
        given = parse_qs((await request.body()).decode("ascii", "replace"), max_num_fields=10)
    except ValueError:
        raise ApiProblem(Trouble.MALFORMED, _NO_LOGOUT) from None
    token = given.get("logout_token", [""])[0]
    try:
        with told():
            return Ended(ended=await ELSEWHERE.run(partial(elsewhere.log_out_by, token)))
    except ApiProblem as problem:
        if problem.trouble is Trouble.LOGIN_REFUSED:
            raise ApiProblem(Trouble.MALFORMED, _NO_LOGOUT) from None
        raise


@rooms.post(
    "/links/{purpose}",
    needs=ANYBODY,
    troubles=(Trouble.LINK_GONE, Trouble.CONFLICT),
    summary="Einen Einmal-Link einlösen",
)
async def redeem(purpose: Purpose, body: Redemption, porter: ThePorter) -> RedeemedLink:
    """Use a link up and set one's password."""
    with told("/password"):
        done = await PASSWORDS.run(partial(use_up, porter, purpose, body.secret, body.password))
    return RedeemedLink(login=done.login)


def _come_in(lotse: Lotse, response: Response, cookie: str) -> SignedIn:
    """Set the cookie of a fresh session, and say whose it is."""
    cookies.set_session(response, cookie)
    caller = Door(lotse).by_session(cookie)
    if caller is None:
        raise ApiProblem(Trouble.SIGNED_OUT)
    return signed_in(lotse, caller)
