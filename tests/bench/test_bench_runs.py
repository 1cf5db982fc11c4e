"""Every bench runs through with tiny sizes; how fast, is not asserted anywhere."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import __main__ as program
from tests.bench import postgres
from tests.bench.figure import Figure, Skipped, Target, as_markdown, as_table, german
from tests.bench.scale import TINY
from tests.bench.timing import interleaved

USUAL = {"api", "postgres", "step", "sweep", "writer"}
"""The benches that every run tries; the campaign tries all."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in USUAL else pytest.mark.campaign) for name in program.BENCHES],
)
def test_a_bench_gives_figures_with_a_value(name: str, tmp_path: Path) -> None:
    lines = program.BENCHES[name](tmp_path, TINY)
    figures = [line for line in lines if isinstance(line, Figure)]
    assert figures
    assert all(figure.value > 0 and (figure.ratio is None or figure.ratio > 0) for figure in figures)
    for shown in (as_table(lines), as_markdown(lines)):
        assert all(line.name in shown for line in lines)


@pytest.mark.campaign
def test_other_programs_do_their_step_beside_ours(tmp_path: Path) -> None:
    lines = postgres.measure(tmp_path, replace(TINY, peers=True, disks=2))
    limits = {line.limit_name for line in lines if isinstance(line, Figure) and line.value > 0}
    assert {name.split(",")[0] for name in limits} >= {"DBOS", "procrastinate", "pgbench", "psycopg allein"}
    assert not any(isinstance(line, Skipped) for line in lines)


def test_the_command_writes_the_figures_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "USUAL", TINY)
    monkeypatch.setattr(program, "PAGE", tmp_path / "figures.md")
    assert program.main(["--only", "core", "--write", "--json", str(tmp_path / "figures.json")]) == 0
    told = json.loads((tmp_path / "figures.json").read_bytes())
    assert {figure["unit"] for figure in told["figures"]} == {"µs"}
    assert "SQLite" in told["machine"]
    assert "transitions allein" in capsys.readouterr().out
    assert "transitions allein" in (tmp_path / "figures.md").read_text("utf-8")


def test_contenders_take_turns_and_the_first_one_changes() -> None:
    order: list[str] = []

    def contender(name: str, count: int) -> int:
        order.append(name)
        return count

    timing = interleaved({"a": lambda: contender("a", 1), "b": lambda: contender("b", 1000)}, 2)
    assert order == ["a", "b", "b", "a"]
    assert timing.each("b") < timing.each("a")


@pytest.mark.parametrize(
    ("target", "value", "ratio", "reached"),
    [
        (Target("≥", 0.5), 100, 0.5, True),
        (Target("≥", 0.5), 100, 0.49, False),
        (Target("≤", 200, of_value=True), 201, 0.1, False),
        (Target("≤", 200, of_value=True), 200, None, True),
    ],
)
def test_a_target_is_held_against_the_ratio_or_the_value(
    target: Target, value: float, ratio: float | None, reached: bool
) -> None:
    figure = Figure("Gruppe", "Größe", value, "ms", ratio=ratio, target=target)
    assert figure.reached is reached
    assert figure.cells()[-1] == ("ja" if reached else "nein")


@pytest.mark.parametrize(
    ("number", "text"), [(12345.6, "12\u202f346"), (99.95, "100,0"), (1.5, "1,50"), (0.0123, "0,012")]
)
def test_numbers_are_written_as_germans_read_them(number: float, text: str) -> None:
    assert german(number) == text
