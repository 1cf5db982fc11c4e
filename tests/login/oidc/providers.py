"""Identity providers on loopback: a real one in a process of its own, and one that signs whatever a test tells it to."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "lotse"
HOME = "https://lotse.example"


class RealProvider:
    """`oidc-provider-mock`: whoever is named logs in there without a password."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def knows(self, subject: str, **claims: object) -> None:
        """Have somebody there, with these claims."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def log_in(self, address: str, subject: str) -> dict[str, str]:
        """Log in at the address the browser was sent to; the query with which it is sent back."""
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == HOME
        return {name: values[0] for name, values in parse_qs(back.query).items()}


@contextmanager
def a_real_provider() -> Iterator[RealProvider]:
    """A provider that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce=true",
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        issuer = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=2).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield RealProvider(issuer)
    finally:
        process.terminate()
        process.wait(20)


KEY, OTHER_KEY = (
    RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}),
    RSAKey.generate_key(2048, {"kid": "one"}),
)
Answer = Callable[["ForgingProvider"], str]


class ForgingProvider:
    """A provider whose ID token for the next code is what the test has it be; it counts who asks for what."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys: list[dict[str, Any]] = [dict(KEY.as_dict(private=False))]
        self.nonce = ""
        self.token: Answer = ForgingProvider.honest
        self.asked: list[str] = []
        self.codes: list[Mapping[str, str]] = []
        self.status = 200
        self.metadata: dict[str, object] = {}

    def honest(self) -> str:
        """The token as it should be."""
        return self.signed()

    def claims(self, **changed: object) -> dict[str, Any]:
        """Honest claims, with these changed; None leaves one out."""
        now = int(datetime.now(UTC).timestamp())
        honest = {
            "iss": self.issuer, "sub": "4711", "aud": CLIENT, "nonce": self.nonce,
            "iat": now, "exp": now + 300, "sid": "sitzung-1",
        }  # fmt: skip
        whole = {**honest, **changed}
        return {name: value for name, value in whole.items() if value is not None}

    def signed(
        self,
        key: Any = KEY,  # noqa: ANN401 - any key
        alg: str = "RS256",
        typ: str | None = None,
        **changed: object,
    ) -> str:
        """A signed token."""
        header = {"alg": alg, "kid": "one", **({"typ": typ} if typ else {})}
        return jwt.encode(header, self.claims(**changed), key, algorithms=[alg])

    def logout_token(self, **changed: object) -> str:
        """An honest logout token, with these claims changed."""
        events: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
        own = {"typ": "logout+jwt", "nonce": None, "events": events, "jti": f"jti-{time.time_ns()}"}
        whole: dict[str, Any] = {**own, **changed}
        return self.signed(**whole)

    def log_in(self, address: str) -> dict[str, str]:
        """What a browser brings back from there."""
        query = parse_qs(urlsplit(address).query)
        assert query["code_challenge_method"] == ["S256"]
        self.nonce = query["nonce"][0]
        return {"code": "code-1", "state": query["state"][0], "iss": self.issuer}


def _handler(provider: ForgingProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path.endswith("openid-configuration"):
                said: object = {
                    "issuer": provider.issuer,
                    "authorization_endpoint": f"{provider.issuer}/authorize",
                    "token_endpoint": f"{provider.issuer}/token",
                    "jwks_uri": f"{provider.issuer}/jwks",
                    "end_session_endpoint": f"{provider.issuer}/logout",
                    **provider.metadata,
                }
            else:
                said = {"keys": provider.keys}
            self._say(said)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            provider.asked.append(self.path)
            provider.codes.append({name: values[0] for name, values in parse_qs(form).items()})
            self._say(
                {"access_token": "zugang", "token_type": "Bearer", "id_token": provider.token(provider)}
            )

        def _say(self, said: object) -> None:
            raw = json.dumps(said).encode()
            self.send_response(provider.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def a_forging_provider() -> Iterator[ForgingProvider]:
    """A provider that lies as the test wants."""
    provider = ForgingProvider("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
