"""Each test of the command line has a store of its own and an environment without LOTSE_ settings.

Offices are made once and copied: a store is its folder and knows of no other place.
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.program import CLINIC, fine

PEOPLE = (
    ("brandt", "Frau Brandt", "case_worker"),
    ("yildiz", "Frau Yıldız", "family_midwife"),
    ("vogt", "Herr Vogt", "dpo"),
    ("it", "Herr Kabel", "admin"),
    ("okafor", "Frau Okafor", "supervisor"),
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that LOTSE_DIR names; nothing is there yet."""
    for name in [each for each in os.environ if each.startswith("LOTSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOTSE_DIR", str(tmp_path / "haus"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "haus"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with its people, to be copied."""
    folder = tmp_path_factory.mktemp("haus") / "haus"
    fine("init", "--dir", folder)
    for name_id, name, role in PEOPLE:
        by = "it" if role == "supervisor" else "fachkraft"
        fine("user", "add", name_id, name, "--role", role, "--dir", folder, "--as", by)
    return folder


@pytest.fixture(scope="session")
def filled(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same office once the clinic's list is in, to be copied."""
    folder = tmp_path_factory.mktemp("haus") / "haus"
    shutil.copytree(made, folder)
    fine("import", CLINIC, "--at", "2026-11-17", "--dir", folder)
    return folder


@pytest.fixture
def office(made: Path, place: Path) -> Path:
    """A store with its people: two Fachkräfte, a Familienhebamme, Leitung, Datenschutz, IT."""
    shutil.copytree(made, place)
    return place


@pytest.fixture
def imported(filled: Path, place: Path) -> Path:
    """The clinic's list is in, on the day after its last row."""
    shutil.copytree(filled, place)
    return place
