"""Where it is measured: a folder on a tmpfs, a modelled disk, processes of their own, and the name of the machine.

A shared disk flaps fifteenfold whatever the code does; a tmpfs with a delay in fsync is stable to a few per cent.
"""

import json
import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from adapters.db.connect import journal_mode
from tests.postgres_server import programs

ROOT = Path(__file__).parents[2]
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
_SOURCE = Path(__file__).with_name("fsyncdelay.c")
DELAY_US = 1000


def has_tmpfs() -> bool:
    """Whether there is a tmpfs to measure on."""
    return _SHARED_MEMORY.is_dir() and os.access(_SHARED_MEMORY, os.W_OK)


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder on the tmpfs where there is one, gone afterwards."""
    place = str(_SHARED_MEMORY) if has_tmpfs() else None
    with tempfile.TemporaryDirectory(prefix="lotse-bench-", dir=place) as folder:
        yield Path(folder)


def modelled_disk(folder: Path) -> Path | None:
    """The library that makes every fsync slower, compiled into the folder; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    library = folder / "fsyncdelay.so"
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    if not library.exists():
        subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"], check=True
        )
    return library


def in_process(module: str, function: str, preload: Path | None = None, **arguments: object) -> Any:  # noqa: ANN401 - what the function gives, through JSON
    """Call a function of `tests.bench` in a fresh process and give its answer."""
    environment = dict(os.environ)
    if preload is not None:
        environment |= {"LD_PRELOAD": str(preload), "FSYNC_DELAY_US": str(DELAY_US)}
    command = [sys.executable, "-m", "tests.bench._worker", module, function, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def fdatasync_us(folder: Path, times: int = 100) -> float:
    """Microseconds for writing 4 KiB through to the disk of this folder, the median."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.seek(0)
            file.write(os.urandom(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took) * 1e6


def peak_mb() -> float:
    """The peak memory of this process in megabytes; `ru_maxrss` would be the parent's where that was larger."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def is_busy() -> bool:
    """Whether other work fills half of the machine or more."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def machine() -> dict[str, str]:
    """What the figures were taken on, by German name."""
    load = " ".join(f"{each:.2f}" for each in os.getloadavg())
    return {
        "Rechner": f"{os.cpu_count()} Kerne, {platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": f"{sqlite3.sqlite_version}, journal_mode={journal_mode()}, synchronous=FULL",
        "PostgreSQL": _postgres(),
        "Daten": "tmpfs" if has_tmpfs() else "Platte (kein tmpfs vorhanden)",
        "Stand": _commit(),
        "Gemessen": f"{datetime.now(UTC):%d.%m.%Y %H:%M} UTC, Last davor {load}",
    }


def _postgres() -> str:
    """The server's version, the driver's, and those of the programs that do their step beside ours."""
    told = subprocess.run([programs() / "postgres", "--version"], capture_output=True, check=True)
    names = ("psycopg", "dbos", "procrastinate")
    return ", ".join([told.stdout.decode().split()[2], *(f"{name} {version(name)}" for name in names)])


def _commit() -> str:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return "ohne Git"
    name = subprocess.run([git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    changed = subprocess.run(
        [git, "status", "--porcelain", "--untracked-files=no"], cwd=ROOT, capture_output=True, check=False
    )
    return name.stdout.decode().strip() + (" mit Änderungen" if changed.stdout.strip() else "")
