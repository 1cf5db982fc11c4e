"""The transit engine of HashiCorp Vault or OpenBao, through hvac: what is asked, and every way it can fail, in German.

Of what a server answers to a mistake nothing is repeated. `adapters.keys.vault` makes a keeper of keys from it; both
are proven against a real OpenBao server and against servers that answer as none should.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from adapters.keys.errors import KeysUnreachable

TIMEOUT = 5.0
_NO_CONTENT = 204
Answer = Mapping[str, Any]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is and who Lotse is there.

    `prefix` begins the names of Lotse's keys, `ca` is a file with the authority by which the server is known,
    `timeout` is in seconds.
    """

    url: str
    token: str = field(repr=False)
    mount: str = "transit"
    prefix: str = "lotse"
    namespace: str | None = None
    ca: str | None = None
    timeout: float = TIMEOUT


class Refused(KeysUnreachable):
    """Vault nimmt die Anfrage nicht an: Den Schlüssel gibt es nicht, oder die Bytes gehören nicht zu ihm."""


class NotLetIn(KeysUnreachable):
    """Vault lässt Lotse nicht ein."""


class Transit:
    """One engine. Every call raises KeysUnreachable where the server does not answer as it should."""

    def __init__(self, server: Server) -> None:
        import hvac  # type: ignore[import-untyped] # noqa: PLC0415 - untyped, and 250 ms, only with Vault

        self._server = server
        client = hvac.Client(
            url=server.url, token=server.token, timeout=server.timeout, namespace=server.namespace,
            verify=server.ca or True, allow_redirects=False,
        )  # fmt: skip
        # The token goes where it was meant to go: no proxy and no .netrc of the surroundings has a say.
        client.session.trust_env = False
        self._adapter = client.adapter
        self._engine = client.secrets.transit

    def __repr__(self) -> str:
        return f"Transit({self._server.url!r})"

    def names(self) -> list[str]:
        """Give the names of all keys."""
        answer = self._ask(self._engine.list_keys, missing=True)
        return [] if answer is None else [str(name) for name in _field(answer, "keys", list)]

    def key(self, name: str) -> Answer | None:
        """Give what the server tells of a key, None where there is none."""
        return self._ask(self._engine.read_key, name, missing=True)

    def make(self, name: str, kind: str) -> None:
        """Make a key that never leaves the server; one that is there stays as it is."""
        self._ask(self._engine.create_key, name, key_type=kind, exportable=False)

    def delete(self, name: str) -> None:
        """Delete a key for ever."""
        self._ask(self._engine.update_key_configuration, name, deletion_allowed=True)
        self._ask(self._engine.delete_key, name)

    def encrypt(self, name: str, plain: bytes, context: bytes) -> bytes:
        """Give the server's cipher text, bound to the context. Raises Refused."""
        answer = self._ask(
            self._engine.encrypt_data, name, plaintext=as_text(plain), associated_data=as_text(context)
        )
        return _field(answer, "ciphertext", str).encode()

    def decrypt(self, name: str, cipher_text: bytes, context: bytes) -> bytes:
        """Undo `encrypt`. Raises Refused."""
        answer = self._ask(
            self._engine.decrypt_data, name, ciphertext=cipher_text.decode("ascii", "replace"),
            associated_data=as_text(context),
        )  # fmt: skip
        return as_bytes(_field(answer, "plaintext", str))

    def sign(self, name: str, message: bytes) -> str:
        """Give the signature by the first version of a key, as the server writes it. Raises Refused."""
        answer = self._ask(self._engine.sign_data, name, hash_input=as_text(message), key_version=1)
        return _field(answer, "signature", str)

    def makes_on_first_use(self) -> bool:
        """Whether encrypting under an unknown name makes a key of it; where one may not ask: yes."""
        url = f"/v1/{self._server.mount}/config/keys"
        try:
            answer = self._called(partial(self._adapter.get, url), missing=True)
        except KeysUnreachable:
            return True
        return answer is None or answer.get("disable_upsert") is not True

    def _ask(
        self, call: Callable[..., object], *given: str, missing: bool = False, **named: object
    ) -> Answer | None:
        return self._called(partial(call, *given, mount_point=self._server.mount, **named), missing=missing)

    def _called(self, call: Callable[[], object], *, missing: bool) -> Answer | None:
        """Call, and give the data of the answer: None for "no content" and, where `missing`, for "not found"."""
        import requests.exceptions as http  # noqa: PLC0415 - see above
        from hvac import exceptions as vault  # noqa: PLC0415 - as above

        try:
            return _data(call())
        except vault.InvalidPath:
            if missing:
                return None
            raise self._lost("kennt den Schlüssel oder den Weg dorthin nicht (LOTSE_VAULT_MOUNT)") from None
        except vault.InvalidRequest:
            raise Refused(f"Vault ({self._server.url}) nimmt die Anfrage nicht an.") from None
        except (vault.Forbidden, vault.Unauthorized):
            sentence = f"Vault ({self._server.url}) lässt Lotse nicht ein: Token und Rechte prüfen."
            raise NotLetIn(sentence) from None
        except (vault.VaultDown, vault.VaultNotInitialized):
            raise self._lost("ist versiegelt oder noch nicht eingerichtet") from None
        except vault.VaultError:
            raise self._lost("meldet einen Fehler") from None
        except http.Timeout:
            raise self._lost(f"antwortet nicht innerhalb von {self._server.timeout:g} Sekunden") from None
        except http.SSLError:
            raise self._lost("weist sich nicht mit einem gültigen Zertifikat aus (LOTSE_VAULT_CA)") from None
        except (http.RequestException, OSError, AttributeError):
            # AttributeError: hvac takes for granted that the JSON of an error is an object.
            raise self._lost("ist nicht zu erreichen oder ist nicht Vault") from None

    def _lost(self, what: str) -> KeysUnreachable:
        return KeysUnreachable(f"Vault ({self._server.url}) {what}.")


def _data(answer: object) -> Answer | None:
    if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
        data: Answer = answer["data"]
        return data
    if getattr(answer, "status_code", None) == _NO_CONTENT:
        return None
    raise garbled()


def _field(answer: Answer | None, name: str, kind: type[R]) -> R:
    value = answer.get(name) if answer is not None else None
    if not isinstance(value, kind):
        raise garbled()
    return value


def as_text(raw: bytes) -> str:
    """Base64, as the server takes and gives it."""
    return base64.b64encode(raw).decode()


def as_bytes(text: str) -> bytes:
    """Undo `as_text`; KeysUnreachable where that is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise garbled() from None


def garbled() -> KeysUnreachable:
    """What to raise at an answer that Vault would not give."""
    return KeysUnreachable("Die Antwort ist nicht die von Vault. Nächster Schritt: LOTSE_VAULT_URL prüfen.")
