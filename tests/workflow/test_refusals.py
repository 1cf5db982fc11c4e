"""Every code of a refusal that the source can write into the log is read as a German sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.profile import SHIPPED, load
from tests.people import MIDWIFE
from tests.world import a_world
from workflow import errors
from workflow.errors import RefusedError
from workflow.judge import DENIED
from workflow.refusals import CODES, GUARD, why_refused

ROOT = Path(__file__).parents[2]
CAUGHT = {"ConflictError", "UnknownCaseError", "KeyReusedError"}
"""What `workflow.perform` records by its name, where it is no `Blocked`."""
COMPUTED = {"code"}
"""`guard:` with what fails, in `workflow.judge`."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("workflow", "adapters"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.name, ast.parse(file.read_text())


def codes_in_the_source() -> Iterator[tuple[str, str]]:
    """Where a `Blocked(…)` is made, and with which code; a name stands for what any module gives that name."""
    named = {
        target.id: node.value.value
        for _, tree in trees()
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Blocked"):
                code = node.args[0]
                said = code.value if isinstance(code, ast.Constant) else named.get(ast.unparse(code))
                yield f"{name}:{node.lineno}", str(said or ast.unparse(code))


def test_every_code_that_blocks_has_a_sentence() -> None:
    found = {}
    for place, code in codes_in_the_source():
        found[code] = place
        assert code in CODES | COMPUTED, f"{place}: {code!r} needs a sentence in workflow/refusals.py"
    assert len(found) > len(COMPUTED) + 20


def test_errors_that_are_recorded_by_name_have_a_sentence() -> None:
    """Where an error that is no `Blocked` is staged for the log, and only there, its own name is the code."""
    for name in CAUGHT:
        assert issubclass(getattr(errors, name), errors.WorkflowError)
        assert name in CODES
    assert DENIED in CODES


def test_every_sentence_is_one() -> None:
    for code in CODES:
        sentence = why_refused(code, "Frau Yıldız", str)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "_" not in sentence


@pytest.mark.parametrize("name", SHIPPED)
def test_every_condition_of_every_network_has_a_sentence(name: str) -> None:
    process = load(name).process
    guards = [row.guard for row in process.rows] + [spec.law for spec in process.commands.values()]
    for guard in guards:
        for literal in guard.literals():
            sentence = why_refused(f"{GUARD}{literal}", "Frau Yıldız", process.label)
            assert sentence.endswith(".")
            assert literal.fact not in sentence.split()
            assert not any(sign in sentence for sign in "{}_")


def test_a_handover_without_consent_is_told_as_the_fachkraft_read_it() -> None:
    with a_world() as world:
        case = world.a_case_in("in_contact")
        with pytest.raises(RefusedError) as refused:
            world.do(case, "propose_handover:r", to=MIDWIFE)
        entry = world.entries()[-1].a
    assert entry["reason"] == refused.value.blocked.code
    told = why_refused(str(entry["reason"]), "Frau Yıldız", str)
    assert told == "Es fehlt die Einwilligung der Familie für Frau Yıldız."
    assert told in why_refused(str(entry["reason"]), "Frau Yıldız", str)


@given(st.text(max_size=40))
def test_a_code_that_nobody_knows_is_no_error_and_says_nothing(code: str) -> None:
    if code not in CODES:
        assert why_refused(code, "diese Stelle", str) == "" or code.startswith(GUARD)
    assert isinstance(why_refused(GUARD + code, "diese Stelle", str), str)
