"""The house stands as it was drawn: its rooms, its locks, its package, and walls that really hold."""

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

import pytest

from tests.system.program import ROOT, surroundings

PACKAGES = ("adapters", "audit", "states", "workflow")
ALLOWED = {
    *PACKAGES,
    "tests",
    "docs",
    "pyproject.toml",
    "docker-compose.yml",
    "README.md",
    "LICENSE",
    "Makefile",
}
ALLOWED |= {"CHANGELOG.md", "requirements.lock", "requirements-dev.lock"}
BIN = Path(sys.executable).parent


def tracked() -> list[str]:
    """Every file of the repository."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def copied(folder: Path) -> Path:
    """The tracked files, elsewhere."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def test_only_the_rooms_of_the_plan() -> None:
    top = {PurePosixPath(name).parts[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED
    assert {*PACKAGES, "tests", "docs"} <= top


def test_nobody_else_claims_our_names() -> None:
    """Four plain names at the top: no other installed distribution brings a module of that name."""
    ours = {*PACKAGES, *(f"{name}.py" for name in PACKAGES)}
    claimed = {
        (found.name, part)
        for found in distributions()
        for file in found.files or ()
        if (part := PurePosixPath(str(file)).parts[0]) in ours and found.name != "lotse"
    }
    assert not claimed


def test_no_address_of_a_registry_in_any_file() -> None:
    """Where packages come from is the business of who installs them."""
    hosts = [
        re.escape(".".join(parts))
        for parts in (("pypi", "org"), ("python" + "hosted", "org"), ("npmjs", "org"))
    ]
    address = re.compile("|".join([*hosts, "(?<!emit-)index-url", r"/simple/?\s"]).encode())
    names = [name for name in tracked() if name != str(Path(__file__).relative_to(ROOT))]
    assert not [name for name in names if address.search((ROOT / name).read_bytes())]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_requirement_is_pinned_by_its_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    requirements = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    assert len(requirements) > 20
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+==\S+", requirement), requirement.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement.splitlines()[0]


def test_all_that_runs_is_also_in_the_lock_of_development() -> None:
    """The same versions are tested that are installed."""
    run, develop = (
        set(re.findall(r"^[a-z0-9._-]+==[^\s;]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run < develop


def test_the_wheel_holds_what_runs_and_nothing_else(tmp_path: Path) -> None:
    """Built without network: profiles, migrations and pictures are in it, tests are not."""
    tree = copied(tmp_path / "tree")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(tmp_path / "dist"),
        ],
        cwd=tree,
        env=surroundings(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {name for name in names if ".dist-info/" not in name}
    assert {PurePosixPath(name).parts[0] for name in code} == set(PACKAGES)
    ours = {name for name in tracked() if name.startswith(PACKAGES)}
    assert code == ours
    profiles = {PurePosixPath(name).stem for name in code if name.startswith("states/profiles/")}
    assert profiles >= {"default", "bergkamen", "flensburg", "gummersbach", "heidelberg", "leipzig"}
    assert any(name.startswith("adapters/db/migrations/versions/0001") for name in code)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


VIOLATIONS = {
    "states/guard.py": "import workflow.case",
    "audit/tree.py": "import states.vocabulary",
    "workflow/case.py": "import adapters.settings",
    "workflow/ages.py": "import sqlalchemy",
    "states/prose.py": "import transitions",
    "audit/note.py": "import rich",
    "adapters/cli/due.py": "import transitions",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("tree"))


def walls_hold(tree: Path) -> bool:
    """What `lint-imports` says there."""
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=tree,
        env=surroundings(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Contracts:" in done.stdout, done.stderr
    return done.returncode == 0


def test_the_walls_hold(tree: Path) -> None:
    assert walls_hold(tree)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_hole_in_a_wall_is_seen(tree: Path, name: str) -> None:
    """Planted once in each wall; what is not seen there would not be held."""
    path = tree / name
    honest = path.read_text(encoding="utf-8")
    try:
        path.write_text(f"{honest}\n{VIOLATIONS[name]}\n", encoding="utf-8")
        assert not walls_hold(tree)
    finally:
        path.write_text(honest, encoding="utf-8")


def test_what_a_docstring_names_is_there() -> None:
    """A proof that is named but does not exist is worse than none."""
    named = re.compile(r"tests/[A-Za-z0-9_/.-]+|docs/[A-Za-z0-9_/.-]+\.(?:md|py|go|svg)")
    sources = [
        ROOT / name for name in tracked() if PurePosixPath(name).suffix in {".py", ".md", ".toml", ".c"}
    ]
    lost = {
        f"{source.relative_to(ROOT)}: {name}"
        for source in sources
        for found in named.findall(source.read_text(encoding="utf-8"))
        if not (ROOT / (name := found.rstrip("./"))).exists()
        and not (ROOT / f"{name}.py").exists()
        and not list(ROOT.glob(f"{name}*"))
    }
    assert lost == set()
