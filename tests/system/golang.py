"""Go's own transparency log (`golang.org/x/mod/sumdb/{note,tlog}`), from Debian's packages, with nothing fetched.

Where they are missing a test is skipped and says so; in CI (`.ci/run` installs them and sets LOTSE_CI) it fails.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.lacking import lacking

GOPATH = Path("/usr/share/gocode")
LIBRARY = GOPATH / "src" / "golang.org" / "x" / "mod" / "sumdb" / "tlog"


def built(source: Path, folder: Path) -> Path:
    """Build a program of one file into the folder."""
    if shutil.which("go") is None or not LIBRARY.is_dir():
        missing = "golang-go und golang-golang-x-mod-dev fehlen: Die Prüfung mit Go läuft hier nicht."
        lacking(missing)
    program = folder / source.stem
    surroundings = {
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "GOPROXY": "off",
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
    }
    command = ["go", "build", "-o", str(program), str(source)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return program
