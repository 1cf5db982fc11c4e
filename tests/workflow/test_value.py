"""A changed copy of a value is what `dataclasses.replace` gives, and the value itself stays as it was."""

from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.test_codec import CASES, FIELDS
from tests.people import MIDWIFE
from tests.world import a_world
from workflow.case import Case
from workflow.value import changed

CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=FIELDS)


@given(CASES, CHANGES)
def test_whatever_is_changed_of_a_case_the_rest_stays(case: Case, changes: dict[str, Any]) -> None:
    before = replace(case)
    after = changed(case, **changes)
    assert after == replace(case, **changes)
    assert repr(after) == repr(replace(case, **changes))
    assert case == before


def test_a_case_with_another_fachkraft_is_frozen_like_any_other() -> None:
    """The copy is made past `__init__`, and cannot be altered all the same."""
    with a_world() as world:
        case = world.a_referral("written")
    taken_over = changed(case, responsible=MIDWIFE.id)
    assert (taken_over.responsible, taken_over.number) == (MIDWIFE.id, case.number)
    with pytest.raises(FrozenInstanceError):
        taken_over.responsible = None  # type: ignore[misc]  # that is the point


def test_a_field_that_there_is_not_is_said() -> None:
    with a_world() as world:
        case = world.a_referral("written")
    with pytest.raises(TypeError, match="Case has no field keeper"):
        changed(case, keeper="nobody")  # type: ignore[call-arg]  # as above


@dataclass(frozen=True)
class Loose:
    """Not slotted: may carry what no field knows of."""

    one: str
    two: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Made by its own rules."""

    one: str
    two: str

    def __post_init__(self) -> None:
        """Nothing can be wrong yet."""


@dataclass(frozen=True, slots=True)
class Single:
    """With one field alone."""

    one: str


@pytest.mark.parametrize("value", [Loose("a", "b"), Checked("a", "b"), Single("a")])
def test_what_is_not_plain_slots_is_not_copied_past_its_init(value: Any) -> None:  # noqa: ANN401 - of several types
    with pytest.raises(TypeError, match="own __init__"):
        changed(value, one="c")
