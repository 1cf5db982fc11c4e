"""A real OpenBao server for the tests: in memory, on a free port of this machine, gone with them.

Where its program cannot be had the tests that need it are skipped, and say so.
"""

import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import hvac
import pytest

from adapters.keys.transit import Server
from tests.lacking import lacking

ROOT_TOKEN = "root-token-of-the-tests-4711"
MANAGER = """
path "transit/keys" { capabilities = ["list"] }
path "transit/keys/*" { capabilities = ["create", "read", "update", "delete"] }
path "transit/encrypt/*" { capabilities = ["update"] }
path "transit/decrypt/*" { capabilities = ["update"] }
path "transit/sign/*" { capabilities = ["update"] }
path "transit/config/keys" { capabilities = ["read"] }
"""
"""What Lotse needs on the server, and no more."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a transit engine; whoever has this may do everything there."""
    beside = Path(sys.executable).with_name("bao")
    program = str(beside) if beside.exists() else shutil.which("bao")
    if program is None:
        lacking("KEIN OPENBAO: the program bao is not installed, so Vault is not tested here")
    url = f"http://127.0.0.1:{free_port()}"
    command = [program, "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT_TOKEN}"]
    with (tmp_path_factory.mktemp("bao") / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, f"-dev-listen-address={url.removeprefix('http://')}"], stdout=log, stderr=log
        )
        try:
            root = Server(url, ROOT_TOKEN)
            _wait_for(root)
            client(root).sys.enable_secrets_engine("transit")
            client(root).write_data("transit/config/keys", data={"disable_upsert": True})
            client(root).sys.create_or_update_policy("lotse", MANAGER)
            yield root
        finally:
            server.terminate()
            server.wait()


def _wait_for(root: Server) -> None:
    for _ in range(200):
        try:
            if client(root).sys.is_initialized():
                return
        except Exception:  # noqa: BLE001 - whatever it says while it starts
            time.sleep(0.05)
    pytest.fail("OpenBao did not start")


def client(server: Server) -> hvac.Client:
    """The server as its administrator sees it."""
    return hvac.Client(url=server.url, token=server.token, timeout=5)


def let_in(root: Server, *policies: str) -> str:
    """A token with these policies."""
    made = client(root).auth.token.create(policies=list(policies), no_default_policy=True)
    return str(made["auth"]["client_token"])


@pytest.fixture
def new_server(bao: Server) -> Callable[[], Server]:
    """Servers with names of their own in the engine, as somebody who may do what Lotse needs."""
    token = let_in(bao, "lotse")
    return lambda: replace(bao, token=token, prefix=f"lotse-{secrets.token_hex(4)}")
