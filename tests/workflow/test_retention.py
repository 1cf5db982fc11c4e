"""Retention: the class of a case, its last day, and who may do what about an erasure; the rights literally."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.profile import load
from states.retention import BASE, RetentionClass, Term
from states.vocabulary import Command, Role, State
from tests.people import COLLEAGUE, DEPUTY, MIDWIFE, SUPERVISOR, WORKER
from tests.world import a_world, berlin
from workflow.calendar import local_date
from workflow.case import Case, Source
from workflow.erasure import Deed, ErasureRequest, Ground
from workflow.errors import Blocked
from workflow.office import Directory, Moment, Person, Substitution
from workflow.retention import (
    Past,
    accesses_due,
    accesses_kept_until,
    accesses_not_erasable,
    class_of,
    kept_until,
    may,
    may_withdraw,
    not_erasable,
    past_of,
)
from workflow.second_person import not_a_second

NOON = datetime(2026, 3, 9, 11, tzinfo=UTC)
MOMENT = Moment.of(NOON)
DPO = Person("dsb", "Herr Vogt", frozenset({Role.DPO}))
THIRD = Person("leitung2", "Frau Vize", frozenset({Role.SUPERVISOR}))
CLOSED = Case(
    "c" * 32, "FH-2026-0001", "default", 2, State.CLOSED, 7, Source("Klinik"), date(2026, 1, 5), NOON,
    responsible=WORKER.id, closed_reason="duplicate",
)  # fmt: skip
Said = tuple[datetime, Mapping[str, object]]


def said(action: str, *, at: datetime = NOON, outcome: str = "done", **more: object) -> Said:
    return at, {"action": action, "outcome": outcome, "at": at.isoformat(), **more}


def code(blocked: Blocked | None) -> str | None:
    return blocked.code if blocked else None


# Who may.

MATRIX: Mapping[str, tuple[bool, ...]] = {
    #              request withdraw approve hold   release
    "fachkraft":   (True,  True,    False,  False, False),
    "kollegin":    (False, False,   False,  False, False),
    "vertretung":  (True,  True,    False,  False, False),
    "hebamme":     (False, False,   False,  False, False),
    "leitung":     (True,  True,    True,   True,  True),
    "dsb":         (True,  True,    True,   True,  True),
}  # fmt: skip
"""To a case of WORKER whom DEPUTY represents today."""
ON_DUTY = Directory(
    {each.id: each for each in (WORKER, COLLEAGUE, DEPUTY, MIDWIFE, SUPERVISOR, DPO, THIRD)},
    {},
    (Substitution(WORKER.id, DEPUTY.id, date(2026, 3, 1), date(2026, 3, 31)),),
)


@pytest.mark.parametrize("who", MATRIX)
def test_the_matrix_of_a_case(who: str) -> None:
    person = ON_DUTY.persons[who]
    assert tuple(may(person, deed, CLOSED, ON_DUTY, MOMENT) for deed in Deed) == MATRIX[who]
    assert not any(may(replace(person, active=False), deed, CLOSED, ON_DUTY, MOMENT) for deed in Deed)


@pytest.mark.parametrize(("role", "deed"), list(product(Role, Deed)))
def test_a_role_alone_gives_supervisor_and_data_protection_everything_and_nobody_else_anything(
    role: Role, deed: Deed
) -> None:
    someone = Person("jemand", "Jemand", frozenset({role}), recipient="yildiz")
    allowed = role in {Role.SUPERVISOR, Role.DPO}
    assert may(someone, deed, CLOSED, ON_DUTY, MOMENT) is allowed
    assert may(someone, deed, None, ON_DUTY, MOMENT) is allowed


def test_a_request_is_taken_back_by_who_made_it_or_by_the_office() -> None:
    asked = ErasureRequest("c" * 32, Ground.UNLAWFUL, WORKER.id, NOON)
    assert [may_withdraw(each, asked) for each in (WORKER, DEPUTY, SUPERVISOR, DPO)] == [
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (SUPERVISOR, SUPERVISOR, "same_person"),
        (WORKER, SUPERVISOR, None),
        (SUPERVISOR, DPO, None),
        (DPO, SUPERVISOR, None),
        (THIRD, SUPERVISOR, "deputy"),
        (SUPERVISOR, THIRD, "deputy"),
        (Person("weg", "Frau Früher", frozenset({Role.DPO}), active=False), SUPERVISOR, "gone"),
        (Person("nie", "Niemand", frozenset({Role.DPO})), SUPERVISOR, "gone"),
    ],
    ids=lambda value: value.id if isinstance(value, Person) else str(value),
)
def test_two_persons_are_two(first: Person, second: Person, expected: str | None) -> None:
    """THIRD stands in for SUPERVISOR this month: together they are one pair of eyes, whoever began."""
    standing_in = Substitution(SUPERVISOR.id, THIRD.id, date(2026, 3, 1), date(2026, 3, 31))
    persons = {**ON_DUTY.persons, **({first.id: first} if first.id == "weg" else {})}
    directory = Directory(persons, {}, (standing_in,))
    asked = ErasureRequest("c" * 32, Ground.UNLAWFUL, first.id, NOON)
    assert code(not_a_second(asked, second, directory, MOMENT.day)) == expected
    if expected == "deputy":
        assert not_a_second(asked, second, directory, date(2026, 4, 1)) is None


# Which class, and until when.


@pytest.mark.parametrize(
    ("command", "endangered"),
    [
        (Command.ESCALATE, True),
        (Command.ESCALATE_URGENT, True),
        (Command.ASSESS_RISK_YES, True),
        (Command.ASSESS_RISK_NO, False),
        (Command.TRIAGE_YES, False),
        (Command.RAISE_CONCERN, False),
    ],
)
def test_danger_once_confirmed_decides_for_ever_but_not_where_it_was_refused(
    command: str, endangered: bool
) -> None:
    past = past_of(
        [said(command, state="escalated"), said("reopen", state="received"), said("close", state="closed")]
    )
    assert past.endangered is endangered
    assert (class_of(CLOSED, past) is RetentionClass.CHILD_PROTECTION) is endangered
    assert not past_of([said(command, outcome="refused")]).endangered


def test_classes_of_cases_as_they_come_about() -> None:
    """A refused consent, one withdrawn, a family served, a referral nobody ever consented to, one sent in error."""
    with a_world() as world:
        served = world.a_case_in(State.CLOSED)
        withdrawn = world.do(world.a_case_in(State.IN_CONTACT), Command.WITHDRAW_CONSENT)
        withdrawn = world.do(world.do(withdrawn, Command.TRIAGE_NO), Command.CLOSE)
        refused = world.do(world.a_case_in(State.CONSENT_PENDING), Command.REFUSE_CONSENT)
        refused = world.do(world.do(refused, Command.TRIAGE_NO), Command.CLOSE)
        duplicate = world.do(world.a_case_in(State.CONSENT_PENDING), Command.TRIAGE_NO)
        duplicate = world.do(duplicate, Command.CLOSE)
        mistaken = world.do(world.a_referral(), Command.WITHDRAW_REFERRAL)
        mistaken = world.do(world.do(mistaken, Command.TRIAGE_NO), Command.CLOSE)
        danger = world.a_case_in(State.ESCALATED)
        kinds = []
        for case in (served, withdrawn, refused, duplicate, mistaken, danger):
            with world.work() as work:
                past = past_of(work.told(case.id))
            kinds.append((case.closed_reason, str(class_of(case, past)), past.closed_on))
    day = date(2026, 3, 9)
    assert kinds == [
        ("goal_reached", "closed", day),
        ("consent_withdrawn", "no_consent", day),
        ("consent_refused", "no_consent", day),
        ("duplicate", "no_consent", day),
        ("sent_in_error", "no_consent", day),
        (None, "child_protection", None),
    ]


@pytest.mark.parametrize(
    ("closed_on", "term", "last"),
    [
        (date(2026, 3, 9), Term(30, None, ""), date(2026, 4, 8)),
        (date(2026, 3, 9), Term(None, 3, ""), date(2029, 3, 9)),
        (date(2024, 2, 29), Term(None, 3, ""), date(2027, 2, 28)),
        (date(2024, 2, 29), Term(None, 4, ""), date(2028, 2, 29)),
        (date(2027, 2, 28), Term(None, 1, ""), date(2028, 2, 28)),
        (date(2026, 12, 31), Term(1, None, ""), date(2027, 1, 1)),
        (date(2026, 3, 9), Term(None, None, ""), None),
    ],
)
def test_the_last_day(closed_on: date, term: Term, last: date | None) -> None:
    """§ 187 (1), § 188 (2) and (3) BGB: the day of the event does not count, 29 February ends on the last."""
    assert kept_until(closed_on, term) == last


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(1, 30), st.integers(1, 366))
def test_the_last_day_against_another_reading_of_the_calendar(closed_on: date, years: int, days: int) -> None:
    year = closed_on.year + years
    same = date(year, closed_on.month, min(closed_on.day, monthrange(year, closed_on.month)[1]))
    assert kept_until(closed_on, Term(None, years, "")) == same
    assert kept_until(closed_on, Term(days, None, "")) == closed_on + timedelta(days)


def test_a_case_may_go_from_the_day_after_its_last_and_on_no_earlier_one() -> None:
    past = Past(date(2026, 3, 9))
    refused = replace(CLOSED, closed_reason="consent_refused")
    last = date(2026, 4, 8)
    assert code(not_erasable(refused, past, Ground.RETENTION, BASE, last)) == "not_due"
    assert not_erasable(refused, past, Ground.RETENTION, BASE, last + timedelta(1)) is None
    danger = replace(past, endangered=True)
    assert code(not_erasable(refused, danger, Ground.RETENTION, BASE, date(2099, 1, 1))) == "no_term"
    town = {**BASE, RetentionClass.CHILD_PROTECTION: Term(None, 10, "Aktenplan")}
    assert not_erasable(refused, danger, Ground.RETENTION, town, date(2036, 3, 10)) is None


@pytest.mark.parametrize("ground", [Ground.RETENTION, Ground.FAMILY_REQUEST, Ground.UNLAWFUL])
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("state", [State.CLOSED, State.IN_CONTACT, State.ESCALATED])
def test_nothing_open_and_nothing_held_goes_on_any_ground(ground: Ground, held: bool, state: State) -> None:
    past = Past(date(2020, 1, 1) if state is State.CLOSED else None, held=held)
    blocked = not_erasable(replace(CLOSED, state=state), past, ground, BASE, date(2026, 3, 9))
    expected = "open" if state is not State.CLOSED else "held" if held else None
    assert code(blocked) == expected
    assert blocked is None or blocked.next_step


def test_a_close_dated_back_or_forward_makes_nothing_due_early() -> None:
    """The later of what the step says and of the log's time counts."""
    year_ago, ahead = (NOON + timedelta(days=days) for days in (-365, 365))
    dated_back = (NOON, {"action": "close", "outcome": "done", "state": "closed", "at": year_ago.isoformat()})
    dated_on = (NOON, {"action": "close", "outcome": "done", "state": "closed", "at": ahead.isoformat()})
    assert past_of([dated_back]).closed_on == date(2026, 3, 9)
    assert past_of([dated_on]).closed_on == date(2027, 3, 9)


@given(
    st.dates(),
    st.one_of(st.none(), st.integers(0, 400_000)),
    st.one_of(st.none(), st.integers(0, 9999)),
)
def test_whatever_day_is_told_the_last_day_is_a_day_and_never_an_earlier_one(
    closed_on: date, days: int | None, years: int | None
) -> None:
    """One close told of the year 9999 once stopped the retention of the whole house."""
    last = kept_until(closed_on, Term(days, years, ""))
    assert last is None if days is None and years is None else last is not None and last >= closed_on
    assert accesses_kept_until("access/9999/0", Term(None, years, "")) in (None, date.max)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_close_told_of_any_moment_has_a_day(told: datetime) -> None:
    a = {"action": "close", "outcome": "done", "state": "closed", "at": told.isoformat()}
    closed_on = past_of([(NOON, a)]).closed_on
    assert closed_on is not None
    assert closed_on >= local_date(NOON)


def test_the_day_of_closing_is_berlins_and_that_of_the_last_closing() -> None:
    """Closed, reopened in error and closed again; what is done to a closed case does not move the day."""
    late = berlin("2026-03-09 23:30")
    entries = [
        said("close", at=NOON - timedelta(days=30), state="closed"),
        said("reopen", at=NOON - timedelta(days=20), state="received"),
        said("close", at=late, state="closed"),
        said("correct", at=late + timedelta(days=5), state="closed"),
    ]
    assert past_of(entries[:1]).closed_on == date(2026, 2, 7)
    assert past_of(entries[:2]).closed_on is None
    assert past_of(entries).closed_on == date(2026, 3, 9) == local_date(late)


@given(st.lists(st.sampled_from([(deed, outcome) for deed in Deed for outcome in ("done", "refused")])))
def test_holds_and_requests_are_what_was_done_last(done: list[tuple[Deed, str]]) -> None:
    entries: list[Said] = [
        said(deed, outcome=outcome, ground="unlawful", actor=str(place))
        for place, (deed, outcome) in enumerate(done)
    ]
    really = [(place, deed) for place, (deed, outcome) in enumerate(done) if outcome == "done"]
    holds = [deed for _, deed in really if deed in (Deed.HOLD, Deed.RELEASE)]
    asks = [(place, deed) for place, deed in really if deed in (Deed.REQUEST, Deed.WITHDRAW)]
    past = past_of(entries)
    assert past.held is (holds[-1:] == [Deed.HOLD])
    assert past.asked == (("unlawful", str(asks[-1][0])) if asks and asks[-1][1] is Deed.REQUEST else None)


# The log of accesses.


@pytest.mark.parametrize(
    ("at", "due"),
    [("2026-12-31T23:59:59", False), ("2027-01-01T00:00:00", True), ("2030-06-01T00:00:00", True)],
)
def test_accesses_go_by_whole_utc_years(at: str, due: bool) -> None:
    term = load("default").retention[RetentionClass.ACCESS_LOG]
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert accesses_kept_until("access/2024/0", term) == date(2026, 12, 31)
    assert accesses_due("access/2024/0", term, moment) is due
    blocked = accesses_not_erasable("access/2024/0", held=False, retention=BASE, at=moment)
    assert code(blocked) == (None if due else "not_due")


def test_accesses_to_a_case_on_hold_stay_with_it() -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    assert code(accesses_not_erasable("access/2024/0", held=True, retention=BASE, at=at)) == "held"
