"""One filter: what SQL finds for a person, what `workflow.visible` says and what the relations say are the same.

For any office and any cases; and nothing else in the program selects cases. An example for each role is in
`tests/scenarios/test_who_sees_what.py`.
"""

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.db import statements as sql
from adapters.db.store import Store
from adapters.db.visible import visible_ids
from states.vocabulary import Command, State
from tests.openings import ADMIN, HOLDERS, OTHERS
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    GONE,
    MIDWIFE,
    OTHER_PARTNER,
    PARTNER,
    PEOPLE,
    PLANNER,
    SECOND_MIDWIFE,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.access import Relation, relations
from workflow.case import Case
from workflow.office import Directory, Opening, OpeningKind, Person, Substitution
from workflow.openings import LASTS
from workflow.visible import concerns, reach_of, told_of_a_no

ROOT = Path(__file__).parents[2]
WORKERS = (WORKER, COLLEAGUE, DEPUTY, GONE)
EVERYBODY = (*PEOPLE, *OTHERS)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An office with a case in every state and of every kind; some with others, some with nobody."""
    with a_world(request.param, folder=tmp_path_factory.mktemp("visible")) as world:
        world.put(*OTHERS)
        for state in State:
            world.a_case_in(state)
        world.a_case_in(State.HANDED_OVER, to=SECOND_MIDWIFE)
        fallen = world.a_case_in(State.HANDED_OVER)
        world.do(fallen, Command.WITHDRAW_CONSENT)
        world.do(world.a_case_in(State.HANDOVER_PROPOSED), Command.DECLINE, MIDWIFE, MIDWIFE)
        world.do(world.a_case_in(State.ESCALATED), Command.RETURN_CASE, ASD)
        for by in (COLLEAGUE, DEPUTY, PARTNER, OTHER_PARTNER):
            world.a_referral("unclear", by=by, institution=by.institution or None)
        world.a_referral("self", by=COLLEAGUE)
        yield world


def openings(world: World) -> st.SearchStrategy[Opening]:
    """Taken by anybody in any kind, open, over or yet to come."""
    numbers = [case.id for case in world.cases()]
    return st.builds(
        lambda person, case, kind, hours: Opening(
            f"{person.id}/{case}/{kind}/{hours}"[:32],
            person.id,
            case,
            kind,
            world.now + timedelta(hours=hours),
            world.now + timedelta(hours=hours) + LASTS[kind],
        ),
        st.sampled_from(EVERYBODY),
        st.sampled_from(numbers),
        st.sampled_from(OpeningKind),
        st.sampled_from([-400, -10, -1, 0, 1]),
    )


def substitutions() -> st.SearchStrategy[Substitution]:
    day = st.integers(-3, 3).map(lambda away: date(2026, 3, 9) + timedelta(days=away))
    return st.builds(
        Substitution,
        st.sampled_from(WORKERS).map(lambda each: each.id),
        st.sampled_from(WORKERS).map(lambda each: each.id),
        day,
        day,
    )


@given(data=st.data(), days=st.sampled_from([0, 0, 3, 20]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate, Phase.shrink],
)
def test_sql_filter_oracle_and_relations_agree_for_whatever_office(
    office: World, data: st.DataObject, days: int
) -> None:
    cases = office.cases()
    with office.work() as work:
        stored = work.directory
    directory = Directory(
        stored.persons,
        stored.recipients,
        tuple(data.draw(st.lists(substitutions(), max_size=4))),
        tuple(data.draw(st.lists(openings(office), max_size=4))),
        stored.institutions,
    )
    office.now += timedelta(days=days)
    try:
        for person in EVERYBODY:
            seen = agreed(office, person, directory, cases)
            held = [each for each in directory.openings if each.person == person.id]
            if person in (PLANNER, ADMIN, GONE):
                assert not seen, person
            elif person in (
                HOLDERS[OpeningKind.SAMPLE],
                HOLDERS[OpeningKind.CLARIFY],
                HOLDERS[OpeningKind.ADVICE],
            ):
                assert seen <= {each.case for each in held if each.stands(office.now)}
    finally:
        office.now -= timedelta(days=days)


def agreed(world: World, person: Person, directory: Directory, cases: list[Case]) -> set[str]:
    """What this person sees, said in three ways that must agree; in numbers too."""
    assert isinstance(world.store, Store)
    moment = world.moment
    reach = reach_of(directory.persons[person.id], directory, moment)
    with world.store.work(reading=True) as work:
        partners = [found for name in reach.institutions if (found := work.partner_digest(name))]
        listed = visible_ids(work.beside[0], world.store.tenant, reach, partners)
    assert len(listed) == len(set(listed))
    assert set(listed) == {case.id for case in cases if reach.covers(case)}, "SQL and the oracle"
    brute = {
        case.id
        for case in cases
        if told_of_a_no(directory.persons[person.id], case, moment)
        or any(
            relation not in (Relation.COLLEAGUE, Relation.SYSTEM)
            for _, relation in relations(directory.persons[person.id], case, directory, moment)
        )
    }
    seen = {
        case.id
        for case in cases
        if case.id in set(listed) and concerns(directory.persons[person.id], case, directory, moment)
    }
    assert seen == brute, "nothing is missed by the reach, nothing added by it"
    if person.recipient is None:
        assert set(listed) == brute, (
            "where no handover has fallen, SQL alone is exact: counts need nothing opened"
        )
    return seen


def test_every_list_of_the_program_shows_what_the_filter_shows(office: World) -> None:
    """List, worklist and search of each person, against the relations."""
    cases = office.cases()
    number_of = {case.id: case.number for case in cases}
    with office.work() as work:
        directory = work.directory
    for person in EVERYBODY:
        expected = {
            case.number
            for case in cases
            if concerns(directory.persons[person.id], case, directory, office.moment)
        }
        assert {case.number for case in office.lotse.cases_for(person)} == expected
        assert {number_of[item.case] for item in office.lotse.today(person)} <= expected
        assert {case.number for case, _ in office.lotse.find(person, "Musterfrau")} <= expected


def test_alike_families_of_colleagues_are_named_by_whom_to_ask_and_not_by_number(office: World) -> None:
    mine = office.a_referral(born="2026-01-02")
    theirs = office.a_referral(by=COLLEAGUE, born="2026-01-02")
    assert theirs.responsible == COLLEAGUE.id
    assert theirs.number not in office.lotse.duplicates_of(WORKER, mine.id)
    assert COLLEAGUE.name in office.lotse.alike_with(WORKER, mine.id)
    assert (
        office.lotse.duplicates_of(SUPERVISOR, mine.id) == office.lotse.alike_with(SUPERVISOR, mine.id) == []
    )


SELECTS = {
    "adapters/db/visible.py": "the one filter",
    "adapters/db/statements.py": "one case by its id or number; all, in order, for verification and the clock",
    "adapters/db/rotation_statements.py": "every key, when the master key is changed; nothing is told of any case",
    "adapters/db/retention_statements.py": "what is closed, for the terms of erasing, and one case to be erased",
    "adapters/db/reader.py": "every case, for verification",
    "adapters/db/kek.py": "how many cases each version of the master key holds",
    "adapters/db/recorded.py": "the number of one case that the log names",
    "adapters/db/beside.py": "which ids there are, for verification",
    "adapters/db/sweep_statements.py": "what has become overdue, for the clock, and how many, for who watches over it",
    "adapters/db/warning_statements.py": "what is open, for the clock's warnings",
    "adapters/backup/again.py": "the number of one case that is erased again after a restore",
}
"""Every module that has a statement over the table of cases, and what for."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("adapters", "workflow", "states", "audit"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if "migrations" not in name and name != "adapters/db/tables.py":
                yield name, ast.parse(file.read_text())


_OUT = {("FROM", "CASES"), ("JOIN", "CASES")}


def _names_cases(tree: ast.Module) -> bool:
    """Whether the table of cases is named: as `….cases` of the tables, or in SQL written out."""
    tables = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "adapters.db"
        for alias in node.names
        if alias.name == "tables"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = node.value.id in tables and node.attr == "cases"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = any(pair in _OUT for pair in pairwise(node.value.upper().split()))
        else:
            found = False
        if found:
            return True
    return False


def test_nothing_else_selects_cases() -> None:
    assert {name for name, tree in sources() if _names_cases(tree)} == set(SELECTS)
    assert _names_cases(ast.parse("from adapters.db import tables as t\nx = select(t.cases)"))
    assert _names_cases(ast.parse("x = 'select id from cases'"))


def test_who_asks_for_all_cases_is_verification_alone() -> None:
    """The statements that find cases for nobody in particular, and who uses them; the clock's are in the scheduler."""
    wholesale = {
        name: {sql_name for sql_name, each in vars(sql).items() if each is statement}
        for name, statement in (("all", sql.ALL_CASES), ("page", sql.CASE_PAGE))
    }
    users = {
        (name, node.attr)
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "sql"
        and any(node.attr in names for names in wholesale.values())
    }
    assert users == {("adapters/db/reader.py", "CASE_PAGE")}
