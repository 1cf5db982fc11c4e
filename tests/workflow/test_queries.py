"""The worklist: under which heading a case stands for whom, in which order, and what it does not say."""

from datetime import date

import pytest

from states.vocabulary import Command, State
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    SECOND_MIDWIFE,
    SUPERVISOR,
    WORKER,
)  # fmt: skip
from tests.world import World, a_world
from workflow.case import ConsentKind, Package
from workflow.office import Person
from workflow.queries import Heading
from workflow.remarks import BY_TELEPHONE, request_of


@pytest.fixture
def world() -> World:
    return a_world()


def headings(world: World, by: Person = WORKER) -> list[str]:
    return [str(item.heading) for item in world.today(by)]


@pytest.mark.parametrize(
    ("now", "heading", "days"),
    [
        ("2026-03-09 10:00", "later", 3),
        ("2026-03-11 23:59", "later", 1),
        ("2026-03-12 00:00", "due", 0),
        ("2026-03-12 23:59", "due", 0),
        ("2026-03-13 00:00", "overdue", -1),
    ],
)
def test_a_deadline_is_later_due_on_its_day_and_overdue_from_midnight(
    world: World, now: str, heading: str, days: int
) -> None:
    """Whether any scheduler runs or not."""
    world.a_referral()
    world.go_to(now)
    (item,) = world.today()
    assert (item.heading, item.days, item.due) == (heading, days, date(2026, 3, 12))
    assert (item.what, item.state) == ("Erstkontakt", "Eingegangen")


def test_the_most_urgent_stands_first(world: World) -> None:
    """Overdue, due, returned, waiting, later; danger first under its heading."""
    world.a_referral()
    world.go_to("2026-03-11 09:00")
    world.a_case_in(State.HANDOVER_PROPOSED)
    returned = world.a_case_in(State.HANDOVER_PROPOSED, MIDWIFE)
    world.do(returned, Command.DECLINE, MIDWIFE, MIDWIFE)
    in_danger = world.do(world.a_referral(), Command.TRIAGE_YES)
    world.go_to("2026-03-12 09:00")
    items = world.today()
    order = [list(Heading).index(item.heading) for item in items]
    assert order == sorted(order)
    assert (items[0].case, items[0].heading) == (in_danger.id, Heading.DANGER)
    assert {item.heading for item in items} == {
        Heading.DANGER,
        Heading.DUE,
        Heading.RETURNED,
        Heading.WAITING,
        Heading.LATER,
    }


def test_what_others_owe_waits_for_them_and_is_theirs_to_do(world: World) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    waiting = [item for item in world.today() if item.heading is Heading.WAITING]
    assert [item.what for item in waiting] == [
        "Antwort auf die Übergabeanfrage: Frau Yıldız (Familienhebamme)"
    ]
    (mine,) = world.today(MIDWIFE)
    assert (mine.case, mine.what, mine.heading) == (case.id, "Neue Anfrage", Heading.DUE)
    assert mine.remark == "Stadtteil Nord, Baby 8 Wochen"


def test_a_handover_that_was_declined_is_back_with_the_fachkraft(world: World) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED)
    world.do(case, Command.DECLINE, MIDWIFE, MIDWIFE)
    (back,) = [item for item in world.today() if item.heading is Heading.RETURNED]
    assert back.what == "Frau Yıldız (Familienhebamme) kann nicht übernehmen (Grund im Verlauf)"
    assert world.today(MIDWIFE) == ()


def test_until_the_asd_has_confirmed_the_list_names_the_telephone(world: World) -> None:
    case = world.a_case_in(State.ESCALATED)
    assert [item.remark for item in world.today() if item.remark] == [BY_TELEPHONE]
    world.do(case, Command.CONFIRM_RECEIPT, ASD)
    assert not [item for item in world.today() if item.remark]


def test_an_oral_consent_leaves_a_task_until_its_reason_is_there(world: World) -> None:
    case = world.a_referral("oral")
    tasks = [item.what for item in world.today() if item.heading is Heading.DUE]
    assert tasks == ["Grund der mündlichen Einwilligung nachtragen"]
    world.do(case, Command.CORRECT, field="oral_reason", value="Hand verbunden")
    assert "due" not in headings(world)


def test_a_closed_case_is_on_nobody_s_list(world: World) -> None:
    world.a_case_in(State.CLOSED)
    for person in (WORKER, SUPERVISOR, MIDWIFE, PARTNER):
        assert world.today(person) == ()


@pytest.mark.parametrize("by", [COLLEAGUE, DEPUTY, NURSE, SECOND_MIDWIFE, OTHER_PARTNER, PLANNER, ASD])
def test_nobody_else_has_the_case_on_their_list(world: World, by: Person) -> None:
    world.a_case_in(State.HANDED_OVER)
    world.wait(days=200)
    assert world.today(by) == ()


def test_a_deputy_has_the_absent_colleague_s_cases_on_her_list_as_long_as_she_stands_in(world: World) -> None:
    world.a_referral()
    world.substitute(DEPUTY, WORKER, "2026-03-10", "2026-03-11")
    seen = []
    for day in ("2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12"):
        world.go_to(f"{day} 12:00")
        seen.append(len(world.today(DEPUTY)))
    assert seen == [0, 1, 1, 0]


def test_a_case_without_anybody_is_on_every_fachkraft_s_list_until_one_takes_it(world: World) -> None:
    case = world.a_referral(by=PARTNER)
    assert [len(world.today(by)) for by in (WORKER, COLLEAGUE)] == [1, 1]
    world.do(case, Command.ASSIGN, COLLEAGUE)
    assert [len(world.today(by)) for by in (WORKER, COLLEAGUE)] == [0, 1]


def test_the_list_is_right_when_time_alone_has_changed_what_is_owed(world: World) -> None:
    world.a_case_in(State.CONSENT_CHECKED, expires_on=date(2026, 3, 10))
    world.go_to("2026-03-12 09:00")
    assert [item.what for item in world.today()] == ["Einwilligung klären"]


def test_steps_offer_every_recipient_of_the_directory_for_a_new_way(world: World) -> None:
    case = world.a_case_in(State.IN_CONTACT)
    offered = {v.recipient for v in world.steps(case) if v.command == Command.RECORD_CONSENT_FOR}
    assert offered == {"yildiz", "storch", "pflaster", "nachbar"}
    assert not [v for v in world.steps(case) if v.command == Command.END_SUPPORT]
    assert not [v for v in world.steps(case) if v.command in (Command.RECEIVE_SELF, Command.FLAG_OVERDUE)]


def test_danger_stands_above_everything_and_never_only_waits(world: World) -> None:
    """A child in danger, a notice that nobody has confirmed, its record: from the first minute to long after."""
    world.a_referral()
    world.wait(days=7)
    world.do(world.a_referral(), Command.TRIAGE_YES)
    world.a_case_in(State.ESCALATED)
    for days in (0, 1, 30):
        world.wait(days=days)
        items = world.today()
        assert [item.obligation for item in items[:3]] == ["danger", "receipt", "record"]
        assert {item.heading for item in items[:3]} == {Heading.DANGER}
        assert Heading.DANGER not in {item.heading for item in items[3:]}
    assert Heading.DANGER.label == "Gefahr – zuerst"


@pytest.mark.parametrize(
    ("child", "remark"),
    [
        ({"born": date(2026, 2, 16)}, "Stadtteil Nord, Baby 3 Wochen"),
        ({"born": date(2026, 3, 2)}, "Stadtteil Nord, Baby 1 Woche"),
        ({"born": date(2026, 3, 9)}, "Stadtteil Nord, Baby unter 1 Woche"),
        ({"born": date(2025, 10, 10)}, "Stadtteil Nord, Kind 4 Monate"),
        ({"born": None, "expected": date(2026, 6, 1)}, "Stadtteil Nord, erwartet im Juni"),
        ({"born": date(2026, 2, 16), "district": None}, "Baby 3 Wochen"),
    ],
)
def test_a_request_says_district_and_age_and_no_name(
    world: World, child: dict[str, object], remark: str
) -> None:
    case = world.a_case_in(State.HANDOVER_PROPOSED, **child)
    (item,) = world.today(MIDWIFE)
    assert item.remark == remark
    assert world.family(case).surname not in repr(item)


def test_a_request_whose_package_has_no_child_says_no_age(world: World) -> None:
    case = world.do(world.a_case_in(State.IN_CONTACT), Command.RECORD_CONSENT_FOR, to=MIDWIFE)
    case = world.do(case, Command.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact",))
    assert Package.CHILD not in case.handovers[-1].package
    assert request_of(case, "yildiz", world.day) == "Stadtteil Nord"


def test_a_consent_that_ends_within_a_week_is_on_the_list_until_it_has_ended(world: World) -> None:
    world.a_referral(expires_on=date(2026, 3, 24))
    seen = []
    for day in ("2026-03-16", "2026-03-17", "2026-03-24", "2026-03-25"):
        world.go_to(f"{day} 12:00")
        seen.append(
            [i.heading.value for i in world.today() if i.what == "Einwilligung läuft am Di 24.03. ab."]
        )
    assert seen == [[], ["later"], ["due"], []]


def test_a_consent_without_an_end_beside_one_that_ends_is_no_worry(world: World) -> None:
    case = world.do(world.a_referral(expires_on=date(2026, 3, 12)), Command.RECORD_CONSENT)
    assert len(list(case.consents_for(ConsentKind.CONTACT))) == 2
    assert not [item for item in world.today() if "läuft" in item.what]


def test_the_wish_of_a_family_that_came_itself_is_named_after_its_day_too(world: World) -> None:
    """Due from the aim on, until the third working day; then overdue."""
    world.a_referral("self")
    seen = []
    for day in ("2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"):
        world.go_to(f"{day} 12:00")
        (item,) = world.today()
        assert item.due == date(2026, 3, 12)
        seen.append((item.heading.value, item.remark.removeprefix("Selbstmeldung: ")))
    assert seen == [
        ("later", "möglichst bis 10.03."),
        ("due", "möglichst bis 10.03."),
        *[(heading, "Wunschtag war Di 10.03.") for heading in ("due", "due", "overdue")],
    ]
