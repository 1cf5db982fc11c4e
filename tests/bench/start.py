"""How long the program takes to start, beside an interpreter that does nothing and one that imports SQLAlchemy."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.settings import read_settings
from tests.bench import office
from tests.bench.figure import Figure, Line, Skipped, Target
from tests.bench.places import ROOT
from tests.bench.scale import Scale
from tests.bench.timing import Contender, cpu_of_children, interleaved, tell

GROUP = "Kaltstart des Programms"
LIGHT, HEAVY = Target("≤", 200, of_value=True), Target("≤", 600, of_value=True)
CASES = 40


@dataclass(frozen=True, slots=True)
class Start:
    """One command line, as a person types it after `lotse`, and how long it may take."""

    name: str
    arguments: tuple[str, ...]
    target: Target


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Start everything in turn, often enough for a median."""
    tell("start")
    place = folder / "start"
    lotse = office.new_office(place)
    office.fill(lotse, CASES, days_ago=9)
    office.close(lotse)
    assert read_settings(place).database.exists()
    program = str(Path(sys.executable).with_name("lotse"))
    contenders: dict[str, Contender] = {
        "pass": starting((sys.executable, "-c", "pass")),
        "sqlalchemy": starting((sys.executable, "-c", "import sqlalchemy")),
    }
    lines: list[Line] = []
    there: list[Start] = []
    for start in _starts(place):
        reason = _missing((program, *start.arguments))
        if reason:
            lines.append(Skipped(GROUP, start.name, reason))
        else:
            there.append(start)
            contenders[start.name] = starting((program, *start.arguments))
    timing = interleaved(contenders, scale.starts, cpu_of_children)
    beside = (("pass", "python -c pass"), ("sqlalchemy", "python -c 'import sqlalchemy'"))
    figures: list[Line] = [
        Figure(
            GROUP, start.name, timing.each(start.name) * 1e3, "ms", timing.each(limit) * 1e3, name,
            timing.costs(start.name, limit), start.target if limit == "pass" else None,
        )
        for start in there
        for limit, name in beside
        if limit == "pass" or start.target is HEAVY
    ]  # fmt: skip
    return [*figures, *lines]


def _starts(place: Path) -> tuple[Start, ...]:
    profile = str(ROOT / "states" / "profiles" / "default.toml")
    return (
        Start("lotse --help", ("--help",), LIGHT),
        Start("lotse deadline", ("deadline", "2026-03-27T17:00", "--land", "NW"), LIGHT),
        Start("lotse process check", ("process", "check", profile), LIGHT),
        Start(f"lotse due ({CASES} Fälle)", ("due", "--dir", str(place)), HEAVY),
    )


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=kept)


def _missing(command: Sequence[str]) -> str:
    """Why this command cannot be measured; nothing where it can. Afterwards its byte code is there."""
    if not Path(command[0]).exists():
        return "das Programm ist nicht eingerichtet"
    done = _run(command)
    if done.returncode or not done.stdout:
        return f"der Befehl antwortet noch nicht (Ende {done.returncode})"
    return ""


def starting(command: Sequence[str]) -> Contender:
    """Starts a program and waits for its end."""

    def contender() -> int:
        done = _run(command)
        assert done.returncode == 0, done.stderr.decode()
        return 1

    return contender
