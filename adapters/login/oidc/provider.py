"""The identity provider as it answers over HTTP: what it says of itself, its keys, and a code for tokens.

What it says is asked once an hour, its keys when one is unknown, never more often than every minute. Addresses other
than https are believed on this machine only; answers are bounded in size and time.
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from adapters.login.oidc.errors import ElsewhereError, Reason, UnreachableError
from adapters.settings import Settings

TIMEOUT = 10.0
LARGEST = 1_000_000
_METADATA_FOR = 3600.0
_KEYS_FOR = 600.0
_ASK_AGAIN = 60.0
_HERE = {"localhost", "127.0.0.1", "::1"}
_KINDS = {"RSA", "EC"}
_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself; `end_session` is empty where it has no logging out."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    end_session: str = ""


class Provider:
    """One identity provider. Safe for several threads; `monotonic` is a clock in seconds."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._ca = settings.oidc_ca
        self._clock = monotonic
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def metadata(self) -> Metadata:
        """What the provider says of itself. Raises UnreachableError, also where it says to be another."""
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] > _METADATA_FOR:
                found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                self._metadata = (self._clock(), self._read(found))
            return self._metadata[1]

    def keys(self, *, kid: str | None) -> KeySet:
        """The keys by which it signs now; asked anew where this one is unknown. Raises UnreachableError."""
        address = self.metadata().jwks
        with self._lock:
            age = _KEYS_FOR + 1 if self._keys is None else self._clock() - self._keys[0]
            unknown = self._keys is None or kid not in {key.kid for key in self._keys[1]}
            if age > _KEYS_FOR or (unknown and age > _ASK_AGAIN):
                self._keys = (self._clock(), _read_keys(self._get(address)))
            assert self._keys is not None
            return self._keys[1]

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """The tokens for a code. Raises ElsewhereError where the provider refuses, UnreachableError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.client_id,
        }
        if self._secret:
            form["client_secret"] = self._secret
        status, answer = self._ask("POST", self.metadata().token, form)
        if status != httpx.codes.OK:
            raise ElsewhereError(Reason.EXCHANGE)
        return answer

    def _read(self, found: Mapping[str, Any]) -> Metadata:
        try:
            read = Metadata(
                str(found["issuer"]),
                str(found["authorization_endpoint"]),
                str(found["token_endpoint"]),
                str(found["jwks_uri"]),
                str(found.get("end_session_endpoint") or ""),
            )
        except KeyError:
            raise UnreachableError from None
        safe = all(map(_safe, filter(None, (read.authorization, read.token, read.jwks, read.end_session))))
        if read.issuer != self.issuer or not safe:
            raise UnreachableError
        return read

    def _get(self, address: str) -> Mapping[str, Any]:
        status, answer = self._ask("GET", address)
        if status != httpx.codes.OK:
            raise UnreachableError
        return answer

    def _ask(
        self, method: str, address: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        verify: ssl.SSLContext | bool = True
        if self._ca is not None:
            verify = ssl.create_default_context(cafile=self._ca)
        try:
            with (
                httpx.Client(timeout=TIMEOUT, verify=verify, follow_redirects=False) as client,
                client.stream(method, address, data=form, headers={"Accept": "application/json"}) as answer,
            ):
                raw = b""
                for part in answer.iter_bytes():
                    raw += part
                    if len(raw) > LARGEST:
                        raise UnreachableError
                return answer.status_code, _json(raw, answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise UnreachableError from None


def _json(raw: bytes, status: int) -> Mapping[str, Any]:

    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        if status == httpx.codes.OK:
            raise UnreachableError
        return {}
    return found


def _read_keys(found: Mapping[str, Any]) -> KeySet:
    """The keys fit for signatures; secrets, keys for encryption, weak and unknown ones are none of them."""
    raw = found.get("keys")
    usable = [
        {name: value for name, value in key.items() if name != "key_ops"}
        for key in (raw if isinstance(raw, list) else [])
        if isinstance(key, dict)
        and key.get("kty") in _KINDS
        and key.get("use", "sig") == "sig"
        and not _weak(key)
    ]
    try:
        return KeySet.import_key_set({"keys": usable}) if usable else KeySet([])
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnreachableError from None


def _weak(key: Mapping[str, Any]) -> bool:
    """Whether it is an RSA key that is too short to be believed (RFC 7518, 3.3): of a character are six bits."""
    modulus = key.get("n")
    return isinstance(modulus, str) and len(modulus.lstrip("A").rstrip("=")) * 6 < _LEAST_BITS


def _safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
