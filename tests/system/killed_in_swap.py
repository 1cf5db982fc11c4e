"""Approves a restore in a child process that is killed (SIGKILL) at chosen moments of the swap; a folder for each.

    python -m tests.system.killed_in_swap FOLDER BACKUP 1,2,3

In the place of a backup stands a verifier key (`….vkey`), where the database as it stands is what is restored.

A moment is anything the swap does to a file: opening, linking, renaming, removing. Prints as JSON for each moment whether
the child was killed; a moment after the last one kills nobody.
"""

import json
import os
import signal
import sys
from pathlib import Path

from adapters.backup.here import Here
from adapters.backup.restoring import approve_restore
from adapters.settings import read_settings

_FILES = {"open", "os.link", "os.rename", "os.remove"}
_PLAN = "restoring.json"


class Countdown:
    """Counts what is done to files from the first byte of the written plan until it is removed."""

    def __init__(self) -> None:
        self.armed = False
        self.left = 0

    def heard(self, what: str, arguments: tuple[object, ...]) -> None:
        """An audit event of the interpreter."""
        if what not in _FILES or self.left <= 0:
            return
        about_plan = _PLAN in str(arguments[0])
        self.armed = self.armed or about_plan
        if self.armed:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        if what == "os.remove" and str(arguments[0]).endswith(f"/{_PLAN}"):
            self.left = 0


def approved(folder: Path, backup: Path, countdown: Countdown, moment: int) -> bool:
    """Approve in a forked process; whether it was killed."""
    child = os.fork()
    if child == 0:
        countdown.left = moment
        source = Here(backup.read_text()) if backup.suffix == ".vkey" else backup
        approve_restore(read_settings(folder), source, "okafor")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def main(base: str, backup: str, moments: str) -> None:
    """Kill and tell."""
    countdown = Countdown()
    sys.addaudithook(countdown.heard)
    told = {m: approved(Path(base) / m, Path(backup), countdown, int(m)) for m in moments.split(",")}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
