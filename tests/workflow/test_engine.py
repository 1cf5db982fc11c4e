"""The engine against the table: every state, command and role, under every valuation of the facts that matter.

The table is read a second time, by `oracle_table`. What has no row must be refused whatever the facts are.
"""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.base import BASE
from states.profile import SHIPPED, load
from states.vocabulary import Role
from tests.workflow.oracle_table import Table
from workflow.engine import Engine, NoRowError

NAMED, OTHER = "yildiz", "storch"
ENGINE = Engine(BASE)
TABLE = Table(BASE)


def facts_named(word: str) -> list[str]:
    """The run-time facts that a written condition speaks of, for a named recipient and another one."""
    name = word.removeprefix("!")
    fact, colon, whose = name.partition(":")
    if not colon:
        return [fact]
    return [f"{fact}:{NAMED}"] + ([f"{fact}:{OTHER}"] if whose in "R*" else [])


def by_the_engine(
    engine: Engine, state: str, command: str, facts: frozenset[str], role: str, recipient: str | None
) -> str | None:
    try:
        return engine.fire(state, command, facts, role, recipient)
    except NoRowError:
        return None


def valuations(state: str, command: str) -> Iterator[frozenset[str]]:
    """Every valuation of the facts that the rows of this command in this state look at."""
    names = sorted({name for word in TABLE.words(state, command) for name in facts_named(word)})
    for chosen in itertools.product((False, True), repeat=len(names)):
        yield frozenset(name for name, there in zip(names, chosen, strict=True) if there)


@pytest.mark.parametrize("state", BASE.states)
def test_in_every_state_the_engine_does_what_the_table_says_and_nothing_else(state: str) -> None:
    """All commands and roles, all valuations of the relevant facts."""
    checked = 0
    for command, spec in BASE.commands.items():
        recipient = NAMED if spec.per_recipient else None
        for facts in valuations(state, command):
            for role in Role:
                expected = TABLE.target(state, command, facts, role, recipient)
                assert by_the_engine(ENGINE, state, command, facts, role, recipient) == expected, (
                    command, sorted(facts), role,
                )  # fmt: skip
                checked += 1
    assert checked >= len(Role) * len(BASE.commands)


@given(
    name=st.sampled_from(SHIPPED),
    facts=st.frozensets(
        st.sampled_from(
            [spec.name.removesuffix(":r") for spec in BASE.facts if not spec.name.endswith(":r")]
            + [
                f"{fact}:{who}"
                for fact in ("consent", "offered", "handed", "eligible")
                for who in (NAMED, OTHER)
            ]
            + ["x_risk_discussed"]
        )
    ),
    role=st.sampled_from(list(Role)),
    data=st.data(),
)
def test_every_network_is_run_by_its_own_table(
    name: str, facts: frozenset[str], role: Role, data: st.DataObject
) -> None:
    """Whatever facts a case may have, also impossible ones."""
    engine = _engine(name)
    process = engine.process
    state = data.draw(st.sampled_from(process.states))
    command = data.draw(st.sampled_from(sorted(process.commands)))
    recipient = NAMED if process.commands[command].per_recipient else None
    expected = Table(process).target(state, command, facts, role, recipient)
    assert by_the_engine(engine, state, command, facts, role, recipient) == expected


_engines: dict[str, Engine] = {}


def _engine(name: str) -> Engine:
    if name not in _engines:
        _engines[name] = Engine(load(name).process)
    return _engines[name]


@pytest.mark.parametrize("command", ["", "lapse", "to_closed", "initial", "may_close", "erase", "close "])
def test_a_word_that_is_no_command_moves_nothing(command: str) -> None:
    """Nor do the triggers that the library would make by itself (`to_closed`)."""
    for state in BASE.states:
        with pytest.raises(NoRowError):
            ENGINE.fire(state, command, frozenset({"looked", "consent"}), Role.CASE_WORKER)


def test_one_machine_serves_all_cases_and_remembers_none() -> None:
    """The same question has the same answer, whatever was asked in between."""
    questions = [
        (state, command, facts)
        for state in BASE.states
        for command in ("close", "reach_family", "check_consent(no)")
        for facts in valuations(state, command)
    ]
    first = [by_the_engine(ENGINE, *question, Role.CASE_WORKER, None) for question in questions]
    again = [by_the_engine(ENGINE, *question, Role.CASE_WORKER, None) for question in reversed(questions)]
    assert first == again[::-1]
    assert set(first) > {None}
