"""Keys in Vault: what a real OpenBao server refuses, and servers that answer as none should. No token is ever said."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.keys.errors import KeysDamaged, KeysExist, KeysMissing, KeysUnreachable
from adapters.keys.transit import Server
from adapters.keys.vault import VaultKeys
from audit.errors import KeyDestroyed
from tests.keys.conftest import ROOT_TOKEN, client, free_port, let_in

NewServer = Callable[[], Server]
CONTEXT, SECRET = b"context", b"s" * 32
TOKEN = "hvs.invented-token-of-this-test"


def test_keys_are_made_once_and_never_over_others(new_server: NewServer) -> None:
    server = new_server()
    with pytest.raises(KeysMissing, match=server.prefix):
        VaultKeys(server)
    first = VaultKeys.create(server)
    with pytest.raises(KeysExist):
        VaultKeys.create(server)
    assert VaultKeys(server).public_key() == first.public_key()


def test_a_beginning_that_was_cut_off_is_simply_made_again(new_server: NewServer, bao: Server) -> None:
    server = new_server()
    client(bao).secrets.transit.create_key(f"{server.prefix}-kek-1", key_type="aes256-gcm96")
    with pytest.raises(KeysMissing):
        VaultKeys(server)
    assert VaultKeys.create(server).current_version() == 1


def test_two_stores_on_one_server_do_not_see_each_other(new_server: NewServer) -> None:
    one, other = VaultKeys.create(new_server()), VaultKeys.create(new_server())
    one.add_version()
    assert other.current_version() == 1
    assert one.public_key() != other.public_key()


def test_a_prefix_of_another_store_s_name_is_another_store(new_server: NewServer) -> None:
    server = new_server()
    VaultKeys.create(replace(server, prefix=f"{server.prefix}-kek-1")).add_version()
    assert VaultKeys.create(server).current_version() == 1


def test_keys_never_leave_the_server(new_server: NewServer, bao: Server) -> None:
    server = new_server()
    VaultKeys.create(server)
    for name in (f"{server.prefix}-kek-1", f"{server.prefix}-sign"):
        told = client(bao).secrets.transit.read_key(name)["data"]
        assert told["exportable"] is False
        assert told["allow_plaintext_backup"] is False


def test_a_key_rotated_by_the_server_s_administrator_goes_on_opening_and_signing(
    new_server: NewServer, bao: Server
) -> None:
    server = new_server()
    keys = VaultKeys.create(server)
    wrapped = keys.wrap(1, CONTEXT, SECRET)
    for name in (f"{server.prefix}-kek-1", f"{server.prefix}-sign"):
        client(bao).secrets.transit.rotate_key(name)
    again = VaultKeys(server)
    assert again.unwrap(1, CONTEXT, wrapped) == SECRET
    assert again.unwrap(1, CONTEXT, again.wrap(1, CONTEXT, SECRET)) == SECRET
    assert again.public_key() == keys.public_key()
    assert again.sign(b"text") == keys.sign(b"text")


def test_an_engine_that_makes_keys_on_first_use_does_not_bring_a_destroyed_version_back(
    new_server: NewServer, bao: Server
) -> None:
    server = replace(new_server(), token=ROOT_TOKEN)
    client(bao).write_data("transit/config/keys", data={"disable_upsert": False})
    try:
        keys = VaultKeys.create(server)
        keys.add_version()
        keys.destroy_version(1)
        with pytest.raises(KeyDestroyed):
            keys.wrap(1, CONTEXT, SECRET)
        assert [version.number for version in keys.versions()] == [2]
    finally:
        client(bao).write_data("transit/config/keys", data={"disable_upsert": True})


def test_a_key_of_another_kind_under_our_name_is_refused(new_server: NewServer, bao: Server) -> None:
    server = new_server()
    client(bao).secrets.transit.create_key(f"{server.prefix}-sign", key_type="rsa-2048")
    client(bao).secrets.transit.create_key(f"{server.prefix}-kek-1", key_type="aes256-gcm96")
    with pytest.raises(KeysDamaged, match="Ed25519"):
        VaultKeys(server)


def test_a_signing_key_that_was_deleted_under_way_is_missing(new_server: NewServer, bao: Server) -> None:
    server = new_server()
    keys = VaultKeys.create(server)
    name = f"{server.prefix}-sign"
    client(bao).secrets.transit.update_key_configuration(name, deletion_allowed=True)
    client(bao).secrets.transit.delete_key(name)
    with pytest.raises((KeysMissing, KeysUnreachable)):
        keys.sign(b"text")
    with pytest.raises(KeysMissing):
        VaultKeys(server)


def test_who_may_not_come_in_is_told_so(new_server: NewServer, bao: Server) -> None:
    server = new_server()
    VaultKeys.create(server)
    for token in (TOKEN, let_in(bao, "default")):
        with pytest.raises(KeysUnreachable, match="lässt Lotse nicht ein") as caught:
            VaultKeys(replace(server, token=token))
        _says_nothing(caught.value, token)


def test_who_may_only_sign_and_read_can_neither_wrap_nor_destroy(new_server: NewServer, bao: Server) -> None:
    """The notary as a process of its own needs no more than this."""
    server = new_server()
    whole = VaultKeys.create(server)
    whole.add_version()
    policy = """
    path "transit/keys" { capabilities = ["list"] }
    path "transit/keys/*" { capabilities = ["read"] }
    path "transit/sign/*" { capabilities = ["update"] }
    """
    client(bao).sys.create_or_update_policy("signs-only", policy)
    notary = VaultKeys(replace(server, token=let_in(bao, "signs-only")))
    assert notary.sign(b"text") == whole.sign(b"text")
    with pytest.raises(KeysUnreachable):
        notary.wrap(2, CONTEXT, SECRET)
    with pytest.raises(KeysUnreachable):
        notary.destroy_version(1)
    with pytest.raises(KeysUnreachable):
        notary.add_version()
    assert [version.number for version in whole.versions()] == [1, 2]


def test_a_mount_that_is_not_there_is_named_as_the_setting_to_look_at(new_server: NewServer) -> None:
    with pytest.raises(KeysUnreachable) as caught:
        VaultKeys.create(replace(new_server(), mount="elsewhere", token=ROOT_TOKEN))
    assert "LOTSE_VAULT_MOUNT" in str(caught.value)


def test_a_sealed_server_is_sealed() -> None:
    """The answer of a sealed server, as OpenBao gives it: 503."""
    body = json.dumps({"errors": ["Vault is sealed"]}).encode()
    with _answering(503, body) as url, pytest.raises(KeysUnreachable, match="versiegelt") as caught:
        VaultKeys(Server(url, TOKEN))
    _says_nothing(caught.value, TOKEN)


@pytest.mark.parametrize("status", [400, 401, 404, 405, 412, 429, 472, 473, 500, 502, 599])
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'"x"', b'{"errors": null}', b'{"errors": ["%s"]}', b"\xff\x00"]
)
def test_whatever_a_server_calls_wrong_ends_in_a_german_sentence_without_the_token(
    status: int, body: bytes
) -> None:
    with _answering(status, body.replace(b"%s", TOKEN.encode())) as url:
        with pytest.raises((KeysUnreachable, KeysMissing, KeysDamaged)) as caught:
            VaultKeys(Server(url, TOKEN))
        _says_nothing(caught.value, TOKEN)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>Anmeldung</html>", b"{}", b"[]", b"null", b'{"data": null}', b'{"data": []}', b'{"data": {}}',
        b'{"data": {"keys": 7}}', b'{"data": {"keys": ["lotse-kek-1"]}}',
        b'{"data": {"keys": {"1": {"public_key": "AAAA"}}, "type": "ed25519"}}',
        b'{"data": {"keys": {"1": {"public_key": "\\u00e4"}}, "type": "ed25519"}}',
        b'{"data": {"keys": {"1": 7}, "type": "ed25519"}}',
    ],
)  # fmt: skip
def test_garbage_with_a_status_of_200_is_not_taken_for_keys(body: bytes) -> None:
    with _answering(200, body) as url, pytest.raises((KeysUnreachable, KeysMissing, KeysDamaged)) as caught:
        VaultKeys(Server(url, TOKEN))
    _says_nothing(caught.value, TOKEN)


def test_a_server_that_sends_elsewhere_does_not_get_the_token_carried_there() -> None:
    with _answering(200, b"{}") as elsewhere, _answering(307, b"", location=elsewhere) as url:
        with pytest.raises(KeysUnreachable):
            VaultKeys(Server(url, TOKEN))
        assert _heard[elsewhere] == []
        assert _heard[url] == [TOKEN]


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(KeysUnreachable, match=r"nicht innerhalb von 0\.2 Sekunden") as caught:
            VaultKeys(Server(url, TOKEN, timeout=0.2))
    _says_nothing(caught.value, TOKEN)


def test_a_server_that_is_not_there_is_not_there() -> None:
    with pytest.raises(KeysUnreachable, match="nicht zu erreichen") as caught:
        VaultKeys(Server(f"http://127.0.0.1:{free_port()}", TOKEN))
    _says_nothing(caught.value, TOKEN)


def test_no_proxy_of_the_surroundings_gets_the_token(
    new_server: NewServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(200, b"{}") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("VAULT_TOKEN", "another token")
        VaultKeys.create(new_server())
        assert _heard[proxy] == []


def test_nothing_secret_is_shown(new_server: NewServer) -> None:
    server = new_server()
    keys = VaultKeys.create(server)
    assert server.token not in repr(server) + repr(keys) + repr(vars(keys))


def _says_nothing(error: BaseException, token: str) -> None:
    """No sentence, and nothing the error carries with it, holds the token."""
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    assert token not in f"{error}{error!r}"
    assert str(error)


_heard: dict[str, list[str]] = {}


@contextmanager
def _answering(status: int, body: bytes, location: str | None = None) -> Iterator[str]:
    """A small real server that answers everything alike and notes the tokens it was given."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            _heard[url].append(str(self.headers.get("X-Vault-Token")))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if location is not None:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_LIST = do_DELETE = _answer  # noqa: N815 - named by the protocol

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        _heard[url] = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield url
        finally:
            server.shutdown()
