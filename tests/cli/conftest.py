"""Each test of the command line has a store of its own and an environment without LOTSE_ settings."""

import os
from pathlib import Path

import pytest

from tests.cli.program import CLINIC, fine


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that LOTSE_DIR names; nothing is there yet."""
    for name in [each for each in os.environ if each.startswith("LOTSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOTSE_DIR", str(tmp_path / "haus"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "haus"


@pytest.fixture
def office(place: Path) -> Path:
    """A store with its people: two Fachkräfte, a Familienhebamme, Leitung, Datenschutz."""
    fine("init")
    for name_id, name, role in (
        ("brandt", "Frau Brandt", "case_worker"),
        ("yildiz", "Frau Yıldız", "family_midwife"),
        ("okafor", "Frau Okafor", "supervisor"),
        ("vogt", "Herr Vogt", "dpo"),
    ):
        fine("user", "add", name_id, name, "--role", role)
    return place


@pytest.fixture
def imported(office: Path) -> Path:
    """The clinic's list is in, on the day after its last row."""
    fine("import", CLINIC, "--at", "2026-11-17")
    return office
