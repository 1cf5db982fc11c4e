"""What a test needs from the machine: without it the test is skipped and says so; in CI, which installs it, it fails."""

import os
import shutil
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """End the test: skipped, or failed where LOTSE_CI says that everything is there."""
    if "LOTSE_CI" in os.environ:
        pytest.fail(what)
    pytest.skip(what)


def program(name: str, package: str) -> str:
    """Give the path of a program that the machine brings."""
    found = shutil.which(name)
    if found is None:
        lacking(f"{name} ({package}) fehlt: Diese Prüfung läuft hier nicht.")
    return found
