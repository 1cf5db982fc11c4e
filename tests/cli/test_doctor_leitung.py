"""`lotse doctor` on whether Leitung hears of new rights: by an address of hers, and a server that takes letters."""

from pathlib import Path

import pytest

from adapters.cli.failures import failure_of
from adapters.doctor import Finding, Light, examine
from adapters.lotse import now
from adapters.settings import read_settings
from tests.cli.program import fine


def found() -> Finding:
    at = int(now().timestamp() * 1000)
    return dict(examine(read_settings(), at, lambda error: failure_of(error).sentence))["Leitung"]


def test_leitung_without_an_address_is_told_of_until_one_of_them_has_one(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Herr Okafor leads, and so does somebody new; whoever is locked does not count."""
    assert office.exists()
    fine("user", "add", "weitblick", "Frau Weitblick", "--role", "supervisor", "--as", "it")
    assert (found().light, "Niemand hat eine Adresse" in found().sentence) == (Light.YELLOW, True)
    assert found().next_step == "lotse user mail ADRESSE --as LEITUNG"
    fine("user", "mail", "weitblick@stadt.example", "--as", "weitblick")
    assert (found().light, "Es fehlt der Mailserver" in found().sentence) == (Light.YELLOW, True)
    monkeypatch.setenv("LOTSE_SMTP_HOST", "mail.stadt.example")
    monkeypatch.setenv("LOTSE_SMTP_FROM", "lotse@stadt.example")
    assert (found().light, found().sentence) == (Light.GREEN, "1 von 2 per Mail zu erreichen")
    fine("user", "disable", "weitblick", "--as", "it")
    assert found().light is Light.YELLOW


def test_where_nobody_leads_nobody_needs_an_address(place: Path) -> None:
    fine("init")
    assert place.exists()
    assert (found().light, found().sentence) == (Light.GREEN, "niemand eingetragen")
