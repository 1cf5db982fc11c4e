"""Starting `lotse` warm: a process forked from one that has loaded the program, instead of loading it anew each time.

This is honest because the run is a process of its own, a child of the test with its own number, that is given its
streams, folder, mask, environment, words and Ctrl-C, goes the way of the installed script and leaves the way every
interpreter leaves; what is shared is code that was imported, before anything was opened, drawn or read from the
environment. What an interpreter or loader reads before there is a program makes the true start (`fits`), and so does
everything that is about the start itself. `test_warm.py` runs both ways and compares, and looks at what is shared.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from ctypes import CDLL
from dataclasses import asdict, dataclass, field
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("lotse")
ROOT = Path(__file__).parents[1]
CHARGE, STREAMS = 1 << 17, 3
_READ_EARLY = (
    *("LANG", "LC_", "LD_", "GLIBC_", "MALLOC_", "OPENSSL_", "PYTHON", "_PYTHON"),
    *("FORCE_COLOR", "NO_COLOR", "OTEL_", "PSYCOPG_", "PYDANTIC_", "TYPER_", "WRAPT_"),
)
"""How variables begin that loader, interpreter or a library read before a command runs."""
_SPOKEN = {"LANG": "C.UTF-8"}
_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is given at its start, beside its streams."""

    words: list[str]
    folder: str
    umask: int
    environment: dict[str, str] = field(repr=False)


def fits(environment: Mapping[str, str]) -> bool:
    """Whether a program in this environment begins as the one that is loaded did."""
    read = {name: said for name, said in environment.items() if name.startswith(_READ_EARLY)}
    return sys.platform == "linux" and read == _SPOKEN


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """This environment without what is read early, in UTF-8."""
    kept = {name: said for name, said in environment.items() if not name.startswith(_READ_EARLY)}
    return kept | _SPOKEN


class Template:
    """The process that forks, as long as this one lives."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._alone = threading.Lock()
        self._end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: said for name, said in plain(os.environ).items() if not name.startswith("LOTSE_")}
        with other:
            words = [sys.executable, "-m", "tests.warm_template", str(other.fileno())]
            self._process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=kept,
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def fork(self, order: Order, streams: Sequence[int]) -> int:
        """Begin this run with these streams; the number of its process, which is a child of this one."""
        with self._alone, _adopting():
            socket.send_fds(self._end, [json.dumps(asdict(order)).encode()], streams)
            child = int(self._end.recv(CHARGE))
            assert self._end.recv(CHARGE) == b"yours"
            return child

    def close(self) -> None:
        """Let it end; what it forked goes on."""
        if os.getpid() == self.owner:
            self._end.close()
            self._process.wait()


class _adopting:  # noqa: N801 - reads as what it does
    """Whoever is orphaned below this process becomes its child, instead of the system's first process'."""

    def __enter__(self) -> None:
        assert CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0

    def __exit__(self, *_: object) -> None:
        CDLL(None).prctl(_SUBREAPER, 0, 0, 0, 0)


@cache
def _template(_owner: int) -> Template:
    return Template()  # for each process its own: a forked one has no part in its parent's


_HANDED_ON = signature(subprocess.Popen._execute_child)  # type: ignore[attr-defined]  # not public; the one place where a process comes into being
_PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")


class _Forked(subprocess.Popen[bytes]):
    """A process like any other; only how it comes into being is another way."""

    def _execute_child(self, *given: Any) -> None:  # noqa: ANN401 - as `subprocess` hands them on
        told = _HANDED_ON.bind(self, *given).arguments
        ends = [told[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = [number if end == -1 else end for number, end in enumerate(ends)]
        folder = os.fspath(told["cwd"] or Path.cwd())
        order = Order([str(PROGRAM), *told["args"]], folder, _umask(), told["env"])
        try:
            self.pid = _template(os.getpid()).fork(order, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(*(told[name] for name in _PIPES))  # type: ignore[attr-defined]  # not public; the one place where a process comes into being


def _umask() -> int:
    """The mask of this process, which otherwise can only be read by changing it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)


def started(
    *words: str,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start `lotse` with these words, warm where that is the same, and leave it running."""
    warm = fits(environment)
    kind, command = (_Forked, [*words]) if warm else (subprocess.Popen[bytes], [str(PROGRAM), *words])
    return kind(command, env=dict(environment), cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr)


def ended(
    *words: str, environment: Mapping[str, str], cwd: Path | None = None, entered: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `lotse` to its end (at most two minutes) without a terminal; `entered` comes through a pipe."""
    source = subprocess.DEVNULL if entered is None else subprocess.PIPE
    with started(*words, environment=environment, cwd=cwd, stdin=source) as process:
        try:
            out, err = process.communicate(entered, timeout=120)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(words, process.wait(), out, err)
