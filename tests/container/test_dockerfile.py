"""The images hold what runs and nothing else, are built from pinned parts, and belong to nobody with rights."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lacking import program
from tests.system.program import ROOT

DOCKERFILE = ROOT / "adapters" / "container" / "Dockerfile"
LOCK = ROOT / "adapters" / "container" / "build.lock"


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its word and the rest of it."""

    word: str
    rest: str


def steps() -> list[Step]:
    """Every instruction, lines continued by a backslash joined."""
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [Step(word, " ".join(rest.split())) for word, _, rest in found]


def stages() -> dict[str, list[Step]]:
    """The instructions of each stage by its name."""
    found: dict[str, list[Step]] = {}
    name = ""
    for step in steps():
        if step.word == "FROM":
            name = step.rest.rpartition(" AS ")[2]
        found.setdefault(name, []).append(step)
    return found


def requirements(path: Path) -> dict[str, str]:
    """Each requirement of a lock with its version and hashes."""
    return {
        each.partition("==")[0]: re.sub(r"\s*#.*", "", each).strip()
        for each in re.split(r"\n(?=[a-zA-Z0-9])", path.read_text(encoding="utf-8").strip())
    }


def test_each_stage_begins_with_an_exact_version() -> None:
    bases = {
        step.rest.partition("=")[0]: step.rest.partition("=")[2] for step in steps() if step.word == "ARG"
    }
    for stage in (step.rest for step in steps() if step.word == "FROM"):
        image = bases[stage.partition(" ")[0].strip("${}")]
        assert re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+(-[a-z-]+)?(@sha256:[0-9a-f]{64})?", image), image


def test_everything_is_installed_from_locks_by_hash() -> None:
    installs = [
        call
        for step in steps()
        if step.word == "RUN"
        for call in step.rest.split("&&")
        if "pip install" in call
    ]
    assert len(installs) == 3
    for call in installs:
        assert ("--require-hashes" in call and ".lock" in call) or "--no-index" in call, call
        assert "--no-deps" in call


def test_what_builds_the_wheel_is_what_builds_it_here() -> None:
    """The lock of the image's tools is a part of the lock of development, to the hash."""
    ours, theirs = requirements(LOCK), requirements(ROOT / "requirements-dev.lock")
    assert "hatchling" in ours
    assert ours == {name: theirs[name] for name in ours}
    assert all("--hash=sha256:" in each for each in ours.values())


@pytest.mark.parametrize("name", ["lotse", "proxy"])
def test_what_runs_is_nobody_with_rights(name: str) -> None:
    users = [step.rest for step in stages()[name] if step.word == "USER"]
    assert users[-1:] == ["10001:10001"]


def test_the_image_has_no_tools_no_tests_and_nothing_secret() -> None:
    final = stages()["lotse"]
    copies = [step.rest for step in final if step.word == "COPY"]
    assert copies == ["--from=build /opt/lotse /opt/lotse"]
    assert not [step for step in final if step.word in ("ADD", "VOLUME", "EXPOSE")]
    assert not re.search(
        r"(?i)(password|passphrase|secret|token)[^ ]*=", DOCKERFILE.read_text(encoding="utf-8")
    )
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*", "everything that is not named stays outside"
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        "adapters", "audit", "states", "workflow", "LICENSE", "README.md", "pyproject.toml", "requirements.lock",
    }  # fmt: skip


def test_everything_that_is_copied_is_there() -> None:
    for step in steps():
        if step.word == "COPY" and not step.rest.startswith("--from"):
            for name in step.rest.split()[:-1]:
                assert (ROOT / name).exists(), name


def test_the_proxy_understands_its_file() -> None:
    """By Caddy itself, where there is one."""
    words = [
        program("caddy", "caddy"),
        "adapt",
        "--config",
        str(ROOT / "adapters/container/Caddyfile"),
        "--adapter",
        "caddyfile",
    ]
    for tls in ("internal", "it@stadt.example"):
        done = subprocess.run(
            words, capture_output=True, check=False,
            env={"PATH": "/usr/bin", "HOME": "/nonexistent", "LOTSE_DOMAIN": "lotse.stadt.example", "LOTSE_TLS": tls},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
