"""A town with containers, without the containers: every service of the file as its command says, on a real server.

What an engine would do is done by hand: variables filled in, secrets and volumes mapped to folders, the database made
with the arguments of its image. Addresses are those of this machine, ports are free ones, and nothing else differs.
"""

import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import warm
from tests.container.composed import composed
from tests.postgres import run
from tests.postgres_server import PREFIX, Server, free_port, memory
from tests.system.program import ROOT

DOMAIN = "lotse.stadt.example"
MENTIONED = {"LOTSE_DOMAIN": DOMAIN, "LOTSE_TLS": "internal"}
"""What a town fills in at least."""
PATIENCE = 40.0


def image_settings() -> dict[str, str]:
    """The settings that the image itself brings."""
    text = (ROOT / "adapters" / "container" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return dict(re.findall(r"\b(LOTSE_[A-Z_]+)=(\S+)", text))


def documented(name: str) -> str:
    """The block of commands behind this comment in `docs/operation.md`."""
    text = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    found = re.search(rf"```sh\n# {re.escape(name)}\n(.*?)```", text, re.DOTALL)
    assert found is not None, name
    return found[1]


class Container:
    """One process of a service, with what it says."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.process = warm.started(*words, environment=warm.plain(environment))
        self.out: list[str] = []
        self.err: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._ears = [
            threading.Thread(target=self._hear, args=each, daemon=True)
            for each in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for ear in self._ears:
            ear.start()

    @staticmethod
    def _hear(pipe: Any, kept: list[str]) -> None:  # noqa: ANN401 - a pipe
        with pipe:
            kept.extend(line.decode().rstrip("\n") for line in pipe)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(PATIENCE)
        for ear in self._ears:
            ear.join(PATIENCE)
        return code

    def stop(self) -> int:
        """Stop it as an engine does."""
        self.process.terminate()
        return self.ended()

    @property
    def lines(self) -> list[Any]:
        """What it wrote as JSON."""
        return [json.loads(line) for line in self.err]


class Town:
    """The services of the file on this machine."""

    def __init__(self, folder: Path, server: Server, secrets: Path) -> None:
        self.folder = folder
        self.server = server
        self.secrets = secrets
        whole = composed(MENTIONED)
        self.services = whole["services"]
        self._started: list[Container] = []

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """The environment of a service as its process has it here."""
        service, volumes = self.services[name], self.folder / "volumes"
        own = self.folder / "own" / f"{name}-{time.monotonic_ns()}"
        mounts = {
            target: volumes / source
            for source, target in (each.split(":")[:2] for each in service.get("volumes", ()))
        }
        places = {}
        for setting, value in image_settings().items():
            top = "/" + value.split("/")[1]
            place = mounts.get(top, own / top[1:])
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            places[setting] = str(place / value[len(top) + 1 :])
        given = {**places, **service["environment"]}
        for setting, value in given.items():
            given[setting] = str(value).replace("/run/secrets/", f"{self.secrets}/")
        for setting in ("LOTSE_METRICS_PORT", "LOTSE_HTTP_PORT"):
            if given.get(setting) or setting == "LOTSE_HTTP_PORT":
                given[setting] = str(free_port())
        return {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT), **given, **more}

    def run(self, name: str, *words: str) -> Container:
        """Start a service, with other words than the file's where some are given."""
        command = list(words) or [str(each) for each in self.services[name]["command"]]
        made = Container(command, self.environment(name))
        self._started.append(made)
        return made

    def done(self, *words: str) -> str:
        """Run a command by hand, as `docker compose run --rm office …`; what it wrote to stdout."""
        made = self.run("office", *words)
        assert made.ended() == 0, (words, made.err)
        return "\n".join(made.out)

    def is_well(self, name: str, container: Container) -> bool:
        """Ask as the health check of the file does."""
        kind, program, *rest = self.services[name]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        asked = subprocess.run(
            [sys.executable, *rest], env=dict(container.environment), check=False, timeout=PATIENCE
        )
        return asked.returncode == 0

    def wait_until_well(self, name: str, container: Container) -> None:
        """Wait until the health check says so."""
        until = time.monotonic() + PATIENCE
        while not self.is_well(name, container):
            assert container.process.poll() is None, container.err
            assert time.monotonic() < until, container.err
            time.sleep(0.5)

    def close(self) -> None:
        """Leave nothing running."""
        for each in self._started:
            each.process.kill()
            each.ended()


@contextmanager
def a_town(folder: Path) -> Iterator[Town]:
    """Secrets as documented, the database as its service says; no schema yet."""
    subprocess.run(["sh", "-eu", "-c", documented("Geheimnisse")], cwd=folder, check=True)
    secrets = folder / "secrets"
    service = composed(MENTIONED)["services"]["database"]
    with _database(service, (secrets / "owner-password").read_text()) as server:
        for name in ("owner-url", "database-url", "notary-url"):
            address = (secrets / name).read_text().replace("@database/", f"@127.0.0.1:{server.port}/")
            (secrets / name).write_text(address)
        town = Town(folder, server, secrets)
        try:
            yield town
        finally:
            town.close()


@contextmanager
def _database(service: Mapping[str, Any], password: str) -> Iterator[Server]:
    """What the image does at its first start, and then its command: a cluster, this owner, this database."""
    given = service["environment"]
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}own-", dir=memory()))
    server = Server(folder)
    secret = folder / "password"
    secret.write_text(password)
    if os.geteuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, "postgres" if _has("postgres") else "nobody")
    owner, arguments = given["POSTGRES_USER"], given["POSTGRES_INITDB_ARGS"].split()
    server.program(
        "initdb",
        f"--pgdata={server.data}",
        f"--username={owner}",
        f"--pwfile={secret}",
        "--no-sync",
        *arguments,
    )
    server.port = free_port()
    program, *options = (str(each) for each in service["command"])
    assert program == "postgres"
    options += ["-p", str(server.port), "-h", "127.0.0.1", "-k", str(folder)]
    told = " ".join(shlex.quote(each) for each in options)
    try:
        server.program(
            "pg_ctl",
            f"--pgdata={server.data}",
            f"--log={folder / 'log'}",
            f"--options={told}",
            "--wait",
            "start",
        )
        run(server.url(user=owner, password=password), f"CREATE DATABASE {given['POSTGRES_DB']}")
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _has(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
