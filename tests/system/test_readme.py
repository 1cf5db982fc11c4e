"""Every command that README shows is run, in order, and prints what README says it prints.

A block of ```console holds commands after "$ " and their output; a line "…" stands for any lines, "…" within a line
for any text. Commands that set the whole up (git, cd, make) are run by `test_fresh_clone.py`.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.system.program import PROGRAM, ROOT, surroundings

SETTING_UP = ("git ", "cd ", "make ")
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as README shows it, and the lines it shows below."""

    command: str
    output: tuple[str, ...]


def shown() -> Iterator[Shown]:
    """All commands of all blocks, in their order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            while command.endswith("\\"):
                command = f"{command[:-1]}{output.pop(0).lstrip('> ')}"
            yield Shown(command, tuple(output))


def pattern(lines: tuple[str, ...]) -> re.Pattern[str]:
    """What the output must look like."""
    parts = []
    for line in lines:
        if line.strip() == ELLIPSIS:
            parts.append(r"(?:[^\n]*\n)*")
        else:
            parts.append(".*".join(map(re.escape, line.rstrip().split(ELLIPSIS))) + r"[ ]*\n")
    return re.compile("".join(parts))


def test_what_readme_shows_is_what_happens(tmp_path: Path) -> None:
    commands = [each for each in shown() if not each.command.startswith(SETTING_UP)]
    assert commands, "README shows no command"
    for name in ("docs", "tests/data", "states/profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    places = {name: str(tmp_path / name.lower()) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    path = f"{PROGRAM.parent}:{surroundings()['PATH']}"
    for each in commands:
        done = subprocess.run(
            ["bash", "-c", each.command],
            cwd=tmp_path,
            env=surroundings(PATH=path, **places),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.decode().splitlines())
        assert pattern(each.output).fullmatch(printed), f"$ {each.command}\n{printed}"
        assert b"Traceback" not in done.stdout


def test_the_comparison_can_fail() -> None:
    assert pattern(("a", ELLIPSIS, "z …!")).fullmatch("a\nb\nc\nz drei!\n")
    assert pattern(("a", ELLIPSIS)).fullmatch("a\n")
    assert not pattern(("a", "b")).fullmatch("a\nc\n")
    assert not pattern(("a.c",)).fullmatch("abc\n")
    assert not pattern(("a",)).fullmatch("a\nb\n")


def test_the_pictures_and_files_readme_points_to_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]
