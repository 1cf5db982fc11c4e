"""Who may read what of the log: the whole matrix a second time, literally; nothing is computed from `log_rights`."""

from dataclasses import replace

import pytest

from adapters.lotse import CLOCK
from states.vocabulary import Role, State
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    GONE,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.case import Case
from workflow.log_rights import (
    disclosures_of_case,
    handovers_of_all,
    handovers_of_case,
    may_review_danger,
    reading_of_all,
    reading_of_case,
)
from workflow.office import Directory, Person

DPO = Person("dsb", "Herr Vogt", frozenset({Role.DPO}))
ADMIN = Person("it", "Herr Kabel", frozenset({Role.ADMIN}))
COORDINATOR = Person("koordination", "Frau Netz", frozenset({Role.NETWORK_COORDINATOR}))
MATRIX = {
    #                              the whole log    one case       its disclosures  an erased case  all handovers
    "responsible Fachkraft":      ("not_at_all",  "freely",      "freely",        "not_at_all",  "not_at_all"),
    "her deputy":                 ("not_at_all",  "freely",      "freely",        "not_at_all",  "not_at_all"),
    "a colleague":                ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "midwife supporting":         ("not_at_all",  "freely",      "not_at_all",    "not_at_all",  "not_at_all"),
    "another nurse":              ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "referring partner":          ("not_at_all",  "freely",      "not_at_all",    "not_at_all",  "not_at_all"),
    "another partner":            ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "ASD, not told":              ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "Leitung":                    ("with_reason", "freely",      "with_reason",   "with_reason",  "freely"),
    "Datenschutz":                ("with_reason", "with_reason", "with_reason",   "with_reason",  "with_reason"),
    "Planung":                    ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "Netzwerkkoordination":       ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "IT":                         ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "who has left":               ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "Datenschutz who has left":   ("not_at_all",  "not_at_all",  "not_at_all",    "not_at_all",  "not_at_all"),
    "the clock":                  ("not_at_all",  "freely",      "not_at_all",    "not_at_all",  "not_at_all"),
}  # fmt: skip
WHO = {
    "responsible Fachkraft": WORKER, "her deputy": DEPUTY, "a colleague": COLLEAGUE, "midwife supporting": MIDWIFE,
    "another nurse": NURSE, "referring partner": PARTNER, "another partner": OTHER_PARTNER, "ASD, not told": ASD,
    "Leitung": SUPERVISOR, "Datenschutz": DPO, "Planung": PLANNER, "Netzwerkkoordination": COORDINATOR, "IT": ADMIN,
    "who has left": GONE, "Datenschutz who has left": replace(DPO, active=False), "the clock": CLOCK,
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    """An office where DEPUTY stands in for WORKER this week, and Frau Yıldız supports a family."""
    world = a_world()
    world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
    return world


@pytest.fixture(scope="module")
def case(world: World) -> Case:
    return world.a_case_in(State.HANDED_OVER)


@pytest.mark.parametrize("who", MATRIX)
def test_who_reads_what_of_the_log(world: World, case: Case, who: str) -> None:
    with world.work() as work:
        directory: Directory = work.directory
    person = WHO[who]
    at = world.moment
    rights = (
        reading_of_all(person),
        reading_of_case(person, case, directory, at),
        disclosures_of_case(person, case, directory, at),
        disclosures_of_case(person, None, directory, at),
        handovers_of_all(person),
    )
    assert tuple(map(str, rights)) == MATRIX[who]
    assert reading_of_case(person, None, directory, at) == rights[3]
    assert handovers_of_case(person, None, directory, at) == rights[4]
    of_case = handovers_of_case(person, case, directory, at)
    assert of_case == ("freely" if rights[2] == "freely" else rights[4])


@pytest.mark.parametrize("who", MATRIX)
def test_only_leitung_and_datenschutz_review_a_notice_and_never_of_a_case_they_carry(
    world: World, case: Case, who: str
) -> None:
    with world.work() as work:
        directory: Directory = work.directory
    person, at = WHO[who], world.moment
    allowed = MATRIX[who][0] == "with_reason"
    assert may_review_danger(person, case, directory, at) is allowed
    assert may_review_danger(person, None, directory, at) is allowed
    both = replace(person, roles=person.roles | {Role.CASE_WORKER})
    assert not may_review_danger(both, replace(case, responsible=both.id), directory, at)


def test_the_matrix_names_every_role_that_anyone_can_have() -> None:
    named = {role for person in WHO.values() for role in person.roles}
    assert set(Role) - named == {
        Role.DEPUTY, Role.RECIPIENT, Role.CHILD_PROTECTION_ADVISER, Role.FAMILY_VOLUNTEER
    }  # fmt: skip
