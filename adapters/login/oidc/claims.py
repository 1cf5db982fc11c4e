"""What a signed token says, believed only once everything about it fits.

The algorithm is one of three, never none and never a shared secret; issuer, audience, authorised party, nonce and times
are checked with a minute's leeway. Roles are those of the application (Keycloak, Entra), read by the office's own list.
"""

from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from adapters.login.oidc.errors import ElsewhereError, Reason
from adapters.login.oidc.provider import Provider
from states.vocabulary import Role

ALGORITHMS = ("RS256", "ES256", "PS256")
LEEWAY = 60
"""Seconds by which two clocks may differ."""
_OLDEST = 600
_LONGEST = 16_384
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPE = "logout+jwt"
Claims = Mapping[str, Any]


def read_id_token(provider: Provider, text: object, nonce: str, now: int, access_token: object) -> Claims:
    """The claims of an ID token for this login; `now` in Unix seconds. Raises ElsewhereError, UnreachableError."""
    header, claims = _signed(provider, text)
    _fits(provider, header, claims, now, {"nonce": nonce, "access_token": access_token})
    if claims.get("nonce") != nonce or _type(header) not in ("", "jwt"):
        raise ElsewhereError(Reason.CLAIMS)
    return claims


def read_logout_token(provider: Provider, text: object, now: int) -> Claims:
    """The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises as `read_id_token`."""
    header, claims = _signed(provider, text)
    # A logout token need not name an end nor whose it is (a session's id may do); an ID token always does.
    _fits(provider, header, {"exp": now + 1, "sub": "", **claims}, now, {})
    events = claims.get("events")
    right = isinstance(events, dict) and isinstance(events.get(_LOGOUT), dict) and "nonce" not in claims
    told = all(isinstance(claims.get(name, ""), str) for name in ("sub", "sid", "jti"))
    named = (claims.get("sub") or claims.get("sid")) and claims.get("jti")
    if not right or not told or not named or _type(header) != _LOGOUT_TYPE:
        raise ElsewhereError(Reason.CLAIMS)
    return claims


def strong(claims: Claims, known: frozenset[str]) -> bool:
    """Whether the provider says that a second factor was given: `acr`, or one of `amr`, is among these."""
    said = {*_texts(claims.get("amr")), *_texts([claims.get("acr")])}
    return bool(said & known)


def roles_of(claims: Claims, client_id: str, known: tuple[tuple[str, Role], ...]) -> frozenset[Role]:
    """The roles that the application's roles in the token stand for here; what is not listed is nothing."""
    there = set(_texts(claims.get("roles")))
    access = claims.get("resource_access")
    client = access.get(client_id) if isinstance(access, dict) else None
    if isinstance(client, dict):
        there |= set(_texts(client.get("roles")))
    return frozenset(here for name, here in known if name in there)


def _signed(provider: Provider, text: object) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(text, str) or not text.isascii() or len(text) > _LONGEST:
        raise ElsewhereError(Reason.SIGNATURE)
    try:
        kid = jwt_header(text).get("kid")
        token = jwt.decode(text, provider.keys(kid=kid), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError):
        raise ElsewhereError(Reason.SIGNATURE) from None
    return token.header, token.claims


def jwt_header(text: str) -> dict[str, Any]:
    """The header of a token, unproven: to see which key it names."""
    return dict(extract_compact(text.encode()).headers())


def _fits(
    provider: Provider, header: dict[str, Any], claims: dict[str, Any], now: int, expected: dict[str, Any]
) -> None:
    """Raise ElsewhereError unless the token is from this provider, for us, of now."""
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    params = {"client_id": provider.client_id, **expected}
    try:
        CodeIDToken(claims, header, options, params).validate(now, LEEWAY)
        issued = claims["iat"]
        audience = claims["aud"]
        alone = audience in (provider.client_id, [provider.client_id])
        timely = now - _OLDEST <= issued <= now + LEEWAY
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise ElsewhereError(Reason.CLAIMS) from None
    if not timely or not (alone or claims.get("azp") == provider.client_id):
        raise ElsewhereError(Reason.CLAIMS)


def _type(header: Mapping[str, Any]) -> str:
    """The type that a token has been given (RFC 7515, 4.1.9), empty where none."""
    return str(header.get("typ") or "").casefold().removeprefix("application/")


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
