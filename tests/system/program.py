"""The installed program `lotse`, run as a person runs it: a process of its own, its words, its exit code.

Every test of this folder goes through here or through `tests.system.lived_in`. A process begins warm (`tests.warm`)
unless something of its own is to happen before the program does.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import warm

PROGRAM, ROOT = warm.PROGRAM, warm.ROOT
CLINIC_LIST = ROOT / "tests" / "data" / "meldungen-klinik.csv"
LIST_DAY = "2026-11-20"
"""A day after the last receipt in the clinic's list."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of the program ended."""

    code: int
    raw_out: bytes
    raw_err: bytes

    @property
    def out(self) -> str:
        """What it printed for programs and people."""
        return self.raw_out.decode(errors="replace")

    @property
    def err(self) -> str:
        """What it said beside that."""
        return self.raw_err.decode(errors="replace")


def surroundings(**changes: str | None) -> dict[str, str]:
    """The environment of a run: this one without any setting of Lotse, changed; None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOTSE_", "PYTHON"))}
    kept |= {"LANG": "C.UTF-8", "COLUMNS": "80"}
    for name, value in changes.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value
    return kept


def placed(words: tuple[str, ...], folder: Path | None) -> list[str]:
    """The words with their place; `--dir` goes to the end, as it may stand anywhere after the command."""
    return [*words, *(() if folder is None else ("--dir", str(folder)))]


def lotse(
    *words: str,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    before: Callable[[], None] | None = None,
) -> Ended:
    """Run the program to its end (at most two minutes) without a terminal; `before` runs in the new process."""
    around = dict(env or surroundings())
    if before is None:
        done = warm.ended(*placed(words, folder), environment=around, cwd=cwd)
    else:
        done = subprocess.run(
            [str(PROGRAM), *placed(words, folder)],
            env=around,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
            cwd=cwd,
            preexec_fn=before,
        )
    return Ended(done.returncode, done.stdout, done.stderr)


def started(
    *words: str, folder: Path | None = None, stdout: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Start the program and leave it running."""
    return warm.started(*placed(words, folder), environment=surroundings(), stdout=stdout)


def is_a_sentence(text: str) -> bool:
    """Whether this is what a person can read: something, and no traceback and no name of a Python error."""
    return bool(text.strip()) and "Traceback" not in text and 'File "' not in text
