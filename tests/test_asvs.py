"""The table of `docs/security/asvs.md`: every requirement of levels 1 and 2 once, and no evidence that is not there."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security" / "asvs.md"
IDS = ROOT / "tests" / "data" / "asvs-5.0-ids.csv"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
OPEN = re.compile(r"^- \*\*(\d+\.\d+\.\d+)\*\* ", re.MULTILINE)
NAMED = re.compile(r"`([\w./-]+\.(?:py|toml|md|lock|json|csv))(?:::(\w+))?`")
STATES = {"erfüllt", "nicht anwendbar", "offen", "Betrieb"}


def rows() -> list[tuple[str, ...]]:
    return [tuple(each.strip() for each in found) for found in ROW.findall(PAGE.read_text("utf-8"))]


def those_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"
    }


def lacking(text: str) -> set[str]:
    """What a text names that is not in the house."""
    gone = set()
    for path, test in NAMED.findall(text):
        there = (ROOT / path).is_file()
        if not there or (test and test not in those_in(ROOT / path)):
            gone.add(f"{path}::{test}")
    return gone


def test_every_requirement_of_levels_1_and_2_stands_there_once() -> None:
    lines = [line.split(",") for line in IDS.read_text("utf-8").split()[1:]]
    assert Counter(level for _, level in lines) == {"1": 70, "2": 183, "3": 92}
    wanted = [(number, level) for number, level in lines if level in "12"]
    assert [(number, level) for number, level, *_ in rows()] == wanted


def test_each_has_one_of_four_states_and_a_reason_or_evidence() -> None:
    for number, _, said, state, evidence in rows():
        assert state in STATES, number
        assert len(said) > 2, number
        assert len(evidence) > 5, number


def test_what_is_met_is_shown_by_something_that_is_there() -> None:
    for number, _, _, state, evidence in rows():
        assert state != "erfüllt" or NAMED.search(evidence), number
        assert state != "Betrieb" or "docs/operation.md" in evidence, number
    for page in (PAGE, PAGE.with_name("inventory.md")):
        assert lacking(page.read_text("utf-8")) == set()


def test_a_name_of_nothing_is_noticed() -> None:
    nothing = f"{PAGE.parent.relative_to(ROOT)}/none.md"
    assert lacking(f"`tests/test_asvs.py::test_of_yesterday` und `{nothing}`") == {
        "tests/test_asvs.py::test_of_yesterday",
        f"{nothing}::",
    }


def test_what_is_open_is_said_at_the_top_too() -> None:
    page = PAGE.read_text("utf-8")
    still = [number for number, _, _, state, _ in rows() if state == "offen"]
    assert OPEN.findall(page[: page.index("## V1")]) == still


def test_the_counts_at_the_top_are_those_of_the_tables() -> None:
    page, found = PAGE.read_text("utf-8"), Counter(state for *_, state, _ in rows())
    for state in STATES:
        assert f"{found[state]} {state}" in page[: page.index("## V1")]
