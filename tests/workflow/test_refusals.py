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
COMPUTED = {"code", "DENIED"}


def codes_in_the_source() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of each `Blocked(…)`, and what an entry calls its reason."""
    for folder in ("workflow", "adapters"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Blocked"):
                    yield f"{file.name}:{node.lineno}", node.args[0] if node.args else node.keywords[0].value


def test_every_code_that_blocks_has_a_sentence() -> None:
    found = set()
    for place, code in codes_in_the_source():
        if isinstance(code, ast.Constant):
            found.add(str(code.value))
            assert code.value in CODES, f"{place}: {code.value!r} needs a sentence in workflow/refusals.py"
        else:
            assert ast.unparse(code) in COMPUTED, f"{place}: which codes can this be?"
    assert len(found) > 15


def test_errors_that_are_recorded_by_name_have_a_sentence() -> None:
    source = (ROOT / "workflow" / "perform.py").read_text()
    for name in CAUGHT:
        assert name in source
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
