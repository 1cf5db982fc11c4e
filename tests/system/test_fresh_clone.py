"""On a fresh machine: clone, `make demo`, `make test`; and where Python cannot make environments, the line that helps."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.program import ROOT, surroundings

PYTHON = os.path.realpath(sys.executable)


def make(folder: Path, *words: str, timeout: int = 60) -> subprocess.CompletedProcess[str]:
    """Run make there, with nothing of this environment before its own."""
    env = surroundings(VIRTUAL_ENV=None, MAKEFLAGS=None, MAKELEVEL=None)
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def python_without(folder: Path, words: str) -> Path:
    """A Python that fails where it is asked for this."""
    wrapper = folder / "python3"
    wrapper.write_text(f'#!/bin/sh\ncase "$*" in *"{words}"*) exit 1;; esac\nexec {PYTHON} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (
            "import venv",
            "Python kann hier keine Umgebung anlegen. Bitte einmal ausführen: sudo apt-get install -y python3-venv",
        ),
        ("version_info", "Lotse braucht Python ab 3.11: make PYTHON=python3.11 setup"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, missing: str, line: str) -> None:
    """One line of ours, and make's own word that it stopped; nothing is left half made."""
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    done = make(tmp_path, f"PYTHON={python_without(tmp_path, missing)}", "demo")
    assert done.returncode != 0
    assert [each for each in done.stderr.splitlines() if not each.startswith("make: ")] == [line]
    assert not done.stdout
    assert not (tmp_path / ".venv").exists()


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_a_fresh_clone_shows_and_tests_itself(tmp_path: Path) -> None:
    """What is committed is enough: no file that only lies here is needed."""
    clone = tmp_path / "lotse"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=120)
    done = make(clone, f"PYTHON={PYTHON}", "demo", timeout=900)
    assert done.returncode == 0, done.stderr
    assert "Protokoll unverändert" in done.stdout
    assert "FH-" in done.stdout
    done = make(clone, f"PYTHON={PYTHON}", "test", timeout=2400)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
