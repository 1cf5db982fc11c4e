"""Who may do what to which case: the whole matrix a second time, literally, against people at real cases.

Nothing here is computed from `workflow.access`: each line says role, relation and every command that is open in it.
What is on no line is denied.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.lotse import CLOCK
from states.vocabulary import Command, Role, State
from tests.openings import ADVISER, COORDINATOR, DPO, OTHERS, stands_open
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
from workflow.access import MATRIX as ACCESS
from workflow.access import Relation, carries, knows_of, reads_whole, relations, roles_for
from workflow.case import Case
from workflow.office import Moment, OpeningKind, Person, Recipient

EVERYTHING = """
    receive(self) receive(consent) receive(unclear) triage(no) triage(yes) raise_concern assess_risk(no)
    assess_risk(yes) involve_family escalate escalate(urgent) complete_record confirm_receipt return_case
    return_case(support) record_consent record_consent(partner) record_consent:r record_consent(release)
    record_consent(feedback) refuse_consent withdraw_consent withdraw_consent:r withdraw_consent(feedback)
    check_consent(yes) check_consent(no) query_consent attempt_contact reach_family propose_handover:r accept:r
    decline:r revoke:r end_support:r close reopen note correct assign review:r
    withdraw_referral ask reply report
"""
IN_AN_EMERGENCY = """
    receive(self) receive(consent) receive(unclear) triage(no) triage(yes) raise_concern assess_risk(no)
    assess_risk(yes) involve_family escalate escalate(urgent) complete_record confirm_receipt return_case
    return_case(support) record_consent record_consent(partner) record_consent:r record_consent(release)
    record_consent(feedback) refuse_consent withdraw_consent withdraw_consent:r withdraw_consent(feedback)
    check_consent(yes) check_consent(no) query_consent attempt_contact reach_family accept:r
    decline:r revoke:r end_support:r note correct review:r withdraw_referral ask reply report
"""
WITHDRAWALS = "withdraw_consent withdraw_consent:r withdraw_consent(feedback)"
MATRIX = {
    "case_worker, responsible": EVERYTHING,
    "case_worker, substitute": EVERYTHING,
    "case_worker, emergency": IN_AN_EMERGENCY,
    "case_worker, unassigned": f"{WITHDRAWALS} triage(yes) escalate(urgent) confirm_receipt assign",
    "case_worker, colleague": f"{WITHDRAWALS} triage(yes) escalate(urgent) confirm_receipt",
    "recipient, asked": "accept:r decline:r raise_concern withdraw_consent withdraw_consent:r",
    "recipient, supporting": "end_support:r raise_concern withdraw_consent withdraw_consent:r note",
    "partner, referrer": "record_consent(partner) record_consent(release) refuse_consent withdraw_consent "
                         "withdraw_consent(feedback) withdraw_referral raise_concern",
    "asd_worker, notified": "confirm_receipt return_case return_case(support) note ask report",
    "supervisor, office": f"{WITHDRAWALS} raise_concern revoke:r end_support:r reopen assign note",
    "supervisor, inspecting": "",
    "dpo, sampling": "",
    "network_coordinator, invited": "",
    "child_protection_adviser, advising": "",
    "clock, system": "flag_overdue",
}  # fmt: skip
WHOLE = {
    "case_worker, responsible", "case_worker, substitute", "case_worker, emergency", "supervisor, inspecting",
    "dpo, sampling",
}  # fmt: skip
"""In these relations the whole case is read; in those of the first three it is worked too."""
BY_OPENING = {
    "case_worker, emergency": OpeningKind.EMERGENCY,
    "supervisor, inspecting": OpeningKind.INSPECTION,
    "dpo, sampling": OpeningKind.SAMPLE,
    "network_coordinator, invited": OpeningKind.CLARIFY,
    "child_protection_adviser, advising": OpeningKind.ADVICE,
}


@pytest.fixture(scope="module")
def world() -> World:
    """An office where DEPUTY stands in for WORKER this week."""
    world = a_world()
    world.put(*OTHERS)
    world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
    return world


def a_case(world: World, relation: str) -> Case:
    if "unassigned" in relation:
        return world.a_referral(by=PARTNER)
    state = {
        "recipient, asked": State.HANDOVER_PROPOSED,
        "recipient, supporting": State.HANDED_OVER,
        "asd_worker, notified": State.ESCALATED,
    }.get(relation, State.IN_CONTACT)
    case = world.a_case_in(state)
    if relation in BY_OPENING:
        stands_open(world, case, BY_OPENING[relation])
    return case


WHO = {
    "case_worker, responsible": WORKER,
    "case_worker, substitute": DEPUTY,
    "case_worker, emergency": COLLEAGUE,
    "case_worker, unassigned": WORKER,
    "case_worker, colleague": COLLEAGUE,
    "recipient, asked": MIDWIFE,
    "recipient, supporting": MIDWIFE,
    "partner, referrer": PARTNER,
    "asd_worker, notified": ASD,
    "supervisor, office": SUPERVISOR,
    "supervisor, inspecting": SUPERVISOR,
    "dpo, sampling": DPO,
    "network_coordinator, invited": COORDINATOR,
    "child_protection_adviser, advising": ADVISER,
    "clock, system": CLOCK,
}


def open_to(world: World, person: Person, case: Case) -> set[str]:
    """Every command that access alone leaves open to this person, whatever the process says."""
    with world.work() as work:
        directory = work.directory
    return {
        command.value
        for command in Command
        if roles_for(
            person,
            command,
            case,
            person.recipient if command.per_recipient else None,
            directory,
            world.moment,
        )
    }


@pytest.mark.parametrize("relation", MATRIX)
def test_in_each_relation_exactly_these_commands_are_open(world: World, relation: str) -> None:
    case = a_case(world, relation)
    also = MATRIX["supervisor, office"] if relation == "supervisor, inspecting" else ""
    assert open_to(world, WHO[relation], case) == {*MATRIX[relation].split(), *also.split()}
    with world.work() as work:
        found = [
            f"{role}, {how}" for role, how in relations(WHO[relation], case, work.directory, world.moment)
        ]
    assert found == (["supervisor, office", relation] if also else [relation])


def test_the_matrix_names_every_role_and_relation_there_is() -> None:
    """So a new relation, or a role that comes to stand in one, has its line here."""
    assert {f"{role}, {relation}" for role, relation in ACCESS} == set(MATRIX)
    assert {relation.partition(", ")[2] for relation in MATRIX} == set(Relation)
    assert {str(role) for role in Role} - {relation.partition(", ")[0] for relation in MATRIX} == {
        "deputy", "family_midwife", "family_nurse", "family_volunteer", "planner", "admin",
    }  # fmt: skip


@pytest.mark.parametrize(
    "stranger",
    [NURSE, OTHER_PARTNER, PLANNER, GONE, *(Person("x", "Herr Leer", frozenset({role})) for role in Role
     if role not in (Role.CASE_WORKER, Role.SUPERVISOR, Role.CLOCK))],
)  # fmt: skip
def test_who_stands_in_no_relation_to_the_case_may_nothing_and_learns_nothing(
    world: World, stranger: Person
) -> None:
    """Neither a profession without a handover, nor another institution, nor IT, planning or data protection."""
    case = world.a_case_in(State.HANDED_OVER)
    assert open_to(world, stranger, case) == set()
    with world.work() as work:
        assert not knows_of(stranger, case, work.directory, world.moment)
        assert not reads_whole(stranger, case, work.directory, world.moment)


@pytest.mark.parametrize("relation", MATRIX)
def test_only_who_carries_the_case_and_who_looks_into_it_with_a_reason_reads_it_whole(
    world: World, relation: str
) -> None:
    case = a_case(world, relation)
    with world.work() as work:
        reads = reads_whole(WHO[relation], case, work.directory, world.moment)
        works = carries(WHO[relation], case, work.directory, world.moment)
    assert reads == (relation in WHOLE)
    assert works == (
        relation in ("case_worker, responsible", "case_worker, substitute", "case_worker, emergency")
    )


@pytest.mark.parametrize("relation", BY_OPENING)
def test_what_was_opened_is_closed_at_its_end_and_to_who_has_lost_the_role(relation: str) -> None:
    """To the second, whatever time is told, and not for somebody else."""
    kind = BY_OPENING[relation]
    with a_world() as world:
        world.put(*OTHERS)
        case = world.a_referral()
        opening = stands_open(world, case, kind)
        person = WHO[relation]

        def stands(moment: Moment, who: Person = person) -> bool:
            with world.work() as work:
                return relation in {f"{a}, {b}" for a, b in relations(who, case, work.directory, moment)}

        told = world.now - timedelta(minutes=1)
        assert stands(world.moment)
        assert stands(Moment.of(opening.until - timedelta(milliseconds=1)))
        assert not stands(Moment.of(opening.until))
        assert not stands(Moment.of(told))
        assert not stands(Moment.of(world.now, real=opening.until))
        assert not stands(world.moment, replace(person, roles=frozenset({Role.PLANNER})))
        assert not stands(world.moment, replace(person, active=False))
        assert not stands(world.moment, replace(person, id="jemand"))


def test_a_colleague_is_not_told_that_a_case_exists(world: World) -> None:
    case = world.a_referral()
    with world.work() as work:
        assert not knows_of(COLLEAGUE, case, work.directory, world.moment)
        assert knows_of(DEPUTY, case, work.directory, world.moment)


def test_a_recipient_answers_for_nobody_but_herself(world: World) -> None:
    """Another midwife's offer cannot be accepted, declined or ended by the one who was asked."""
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    with world.work() as work:
        for command in Command:
            if command.per_recipient:
                assert not roles_for(MIDWIFE, command, case, "storch", work.directory, world.moment), command


def test_who_has_left_the_office_may_nothing_even_in_their_own_case(world: World) -> None:
    case = world.a_referral()
    gone = Person(WORKER.id, WORKER.name, WORKER.roles, active=False)
    assert open_to(world, gone, case) == set()


def test_a_partner_sees_only_what_its_own_institution_referred(world: World) -> None:
    """A family that came by itself has no referrer, whatever institution it names."""
    itself = world.a_referral("self", institution=PARTNER.institution)
    assert open_to(world, PARTNER, itself) == set()
    nameless = Person("niemand", "Herr Ohne", frozenset({Role.PARTNER}), institution="")
    assert open_to(world, nameless, world.a_referral(institution=None)) == set()


def test_the_asd_is_out_again_as_soon_as_the_case_has_come_back(world: World) -> None:
    case = world.a_case_in(State.ESCALATED)
    assert open_to(world, ASD, case)
    case = world.do(case, Command.RETURN_CASE, ASD)
    assert open_to(world, ASD, case) == set()


def test_a_midwife_is_out_again_as_soon_as_her_support_has_ended(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER)
    assert open_to(world, MIDWIFE, case)
    assert open_to(world, MIDWIFE, world.do(case, Command.END_SUPPORT, MIDWIFE, MIDWIFE)) == set()


def test_two_roles_are_two_rights_and_no_more() -> None:
    """A Fachkraft who is also a supervisor may in a colleague's case what a supervisor may, and hear a withdrawal."""
    both = Person("beides", "Frau Doppel", frozenset({Role.CASE_WORKER, Role.SUPERVISOR}))
    with a_world() as world:
        world.put(both)
        expected = set(MATRIX["case_worker, colleague"].split()) | set(MATRIX["supervisor, office"].split())
        assert open_to(world, both, world.a_referral()) == expected


@pytest.mark.parametrize(
    ("day", "reads"),
    [("2026-03-08", False), ("2026-03-09", True), ("2026-03-15", True), ("2026-03-16", False)],
)
def test_a_deputy_reads_from_the_first_to_the_last_day(day: str, *, reads: bool) -> None:
    with a_world(at="2026-03-01 08:00") as world:
        world.substitute(DEPUTY, WORKER, "2026-03-09", "2026-03-15")
        case = world.a_referral()
        for hour in ("00:00", "23:59"):
            world.go_to(f"{day} {hour}")
            with world.work() as work:
                assert reads_whole(DEPUTY, case, work.directory, world.moment) is reads


@pytest.mark.parametrize(
    ("profile", "step", "person", "may"),
    [
        ("leipzig", "x_discuss_risk", WORKER, True),
        ("leipzig", "x_discuss_risk", MIDWIFE, True),
        ("leipzig", "x_discuss_risk", COLLEAGUE, False),
        ("leipzig", "x_discuss_risk", PARTNER, False),
        ("leipzig", "x_discuss_risk", ASD, False),
    ],
)
def test_a_network_s_own_step_is_open_to_who_reads_the_case_or_supports_the_family(
    profile: str, step: str, person: Person, *, may: bool
) -> None:
    with a_world(profile=profile) as world:
        assert world.may(world.a_case_in(State.HANDED_OVER), step, person).allowed is may


def test_a_recipient_without_an_account_s_link_is_nobody() -> None:
    """The profession alone opens nothing; only the account that is tied to the recipient asked."""
    with a_world() as world:
        case = world.a_case_in(State.HANDOVER_PROPOSED)
        world.put(Recipient("neu", "Frau Neu", Role.FAMILY_MIDWIFE))
        unlinked = Person("neu", "Frau Neu", frozenset({Role.FAMILY_MIDWIFE}))
        assert open_to(world, unlinked, case) == set()
