"""The identity provider as it answers over HTTP: what it says of itself, its keys, and a code for tokens.

What it says is asked once an hour, its keys when one is unknown, never more often than every minute. One asks, others
wait two seconds for it at most; where it failed, nobody asks again for half a minute. Addresses other than https are
believed on this machine only; answers are bounded in size and time.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from adapters.login.oidc.errors import ElsewhereError, Reason, UnreachableError
from adapters.settings import Settings

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
LONGEST = 10.0
"""Seconds of an answer that comes in drops."""
PATIENCE = 2.0
"""Seconds to wait for an answer that somebody else has asked for."""
_FAILED_FOR = 30.0
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
        self._failed: dict[str, float] = {}

    def metadata(self) -> Metadata:
        """What the provider says of itself. Raises UnreachableError, also where it says to be another."""
        if (known := self._known_metadata()) is not None:
            return known
        with self._alone():
            if (known := self._known_metadata()) is not None:
                return known
            address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            with self._remembered(address):
                read = self._read(self._get(address))
            self._metadata = (self._clock(), read)
            return read

    def _known_metadata(self) -> Metadata | None:
        known = self._metadata
        return known[1] if known is not None and self._clock() - known[0] <= _METADATA_FOR else None

    def keys(self, *, kid: str | None) -> KeySet:
        """The keys by which it signs now; asked anew where this one is unknown. Raises UnreachableError."""
        address = self.metadata().jwks
        if (known := self._known_keys(kid)) is not None:
            return known
        with self._alone():
            if (known := self._known_keys(kid)) is not None:
                return known
            with self._remembered(address):
                read = _read_keys(self._get(address))
            self._keys = (self._clock(), read)
            return read

    def _known_keys(self, kid: str | None) -> KeySet | None:
        if self._keys is None:
            return None
        asked, known = self._keys
        age = self._clock() - asked
        unknown = kid not in {key.kid for key in known}
        return None if age > _KEYS_FOR or (unknown and age > _ASK_AGAIN) else known

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One asks, the others wait a little. Raises UnreachableError where it takes longer."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise UnreachableError
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _remembered(self, address: str) -> Iterator[None]:
        """Remember that it failed here, and for a while do not ask again. Raises UnreachableError."""
        failed = self._failed.get(address)
        if failed is not None and self._clock() - failed <= _FAILED_FOR:
            raise UnreachableError
        try:
            yield
        except UnreachableError:
            self._failed[address] = self._clock()
            raise
        self._failed.pop(address, None)

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
        address = self.metadata().token
        with self._remembered(address):
            status, answer = self._ask("POST", address, form)
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
                raw, until = b"", time.monotonic() + LONGEST
                for part in answer.iter_bytes():
                    raw += part
                    if len(raw) > LARGEST or time.monotonic() > until:
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
