"""Warnings are given once each, to whom they are news, on record, and without a word of the family."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db import tables as t
from adapters.lotse import Lotse
from adapters.news import notify_at, tell_news
from adapters.scheduler import forewarning
from adapters.scheduler.forewarning import give, plan
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, erase
from tests.people import FAMILY, MIDWIFE, WORKER
from tests.world import World, a_world, berlin
from workflow.case import Case


def round_of(world: World) -> int:
    """One round of the scheduler; how many warnings it gave."""
    lotse = world.lotse
    plan(lotse)
    return give(lotse)


def given_for(world: World, case: Case | None = None) -> list[tuple[str, str]]:
    """What was warned of by the log."""
    return [
        (each.a["obligation"], each.a["level"])
        for each in world.entries(case)
        if each.a["action"] == "forewarned"
    ]


def rows(world: World) -> list[tuple[object, ...]]:
    with world.store.writing() as connection:
        return [tuple(row) for row in connection.execute(t.warnings.select())]


def test_a_first_contact_is_warned_of_in_the_morning_of_the_day_before_and_once(world: World) -> None:
    case = world.a_referral(born=None)
    for at, expected in (("2026-03-11 05:59", 0), ("2026-03-11 06:00", 1), ("2026-03-11 06:01", 0)):
        world.now = berlin(at)
        assert round_of(world) == expected
    world.wait(days=20)
    assert round_of(world) == 0
    assert given_for(world) == [("first_contact", "day_before")]
    assert world.case(case).version == case.version, "a warning moves no case"
    world.verify()


def test_whoever_was_called_in_time_is_not_warned_of(world: World) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED, born=None)
    round_of(world)
    world.do(case, Command.REACH_FAMILY)
    world.now = berlin("2026-03-11 06:00")
    assert give(world.lotse) == 0, "even where nothing was planned anew since"
    assert round_of(world) == 0


def test_both_weeks_before_the_birthday_are_told_to_the_midwife_and_to_the_fachkraft(world: World) -> None:
    """By a letter each that says nothing of the family, and that there is one for each level.

    The child was born on a Tuesday and is warned of as one that was born on the day before.
    """
    lotse = with_mail(world)
    case = world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    tell_news(lotse)
    for day, level in (("2026-03-24", "eight_weeks"), ("2026-04-21", "four_weeks")):
        world.now = berlin(f"{day} 06:00")
        assert round_of(world) == 1
        assert given_for(world, case)[-1] == ("support:r", level)
        delete_letters(world)
        assert tell_news(lotse) == 2
    for letter in letters(world):
        assert not any(word in str(letter) for word in (FAMILY.surname, FAMILY.first_name, "FH-"))


def with_mail(world: World) -> Lotse:
    lotse = world.lotse
    lotse.settings = replace(lotse.settings, smtp_host="127.0.0.1")
    for person in (WORKER, MIDWIFE):
        notify_at(lotse, person, f"{person.id}@stadt.example")
    return lotse


def letters(world: World) -> list[object]:
    with world.store.writing() as connection:
        return list(connection.execute(t.outbox.select()))


def delete_letters(world: World) -> None:
    with world.store.writing() as connection:
        connection.execute(t.outbox.delete())


def test_a_scheduler_that_was_off_for_weeks_gives_the_most_urgent_warning_alone(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    world.now = berlin("2026-05-04 09:00")
    assert round_of(world) == 1
    assert round_of(world) == 0
    assert given_for(world, case) == [("support:r", "four_weeks")]


def test_after_the_last_day_nothing_is_warned_of_any_more(world: World) -> None:
    world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    world.now = berlin("2026-05-21 09:00")
    assert round_of(world) == 0


def test_a_corrected_birthday_warns_by_the_new_day_and_no_more_by_the_old(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    round_of(world)
    world.do(case, Command.CORRECT, field="born", value="2025-06-20", reason="Mutterpass")
    world.now = berlin("2026-03-25 06:00")
    assert round_of(world) == 0
    world.now = berlin("2026-04-25 06:00")
    assert round_of(world) == 1
    assert given_for(world, case) == [("support:r", "eight_weeks")]


def test_of_an_erased_case_no_warning_is_left(world: World) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED, born=None)
    round_of(world)
    world.do(case, Command.TRIAGE_NO)
    world.do(case, Command.CLOSE)
    assert rows(world)
    world.put(DPO)
    erase(world, case)
    assert rows(world) == []
    world.now = berlin("2026-03-11 06:00")
    assert round_of(world) == 0


def test_what_is_cut_off_in_the_middle_is_neither_given_nor_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.a_referral(born=None)
    world.now = berlin("2026-03-11 06:00")
    lotse = world.lotse
    plan(lotse)
    with monkeypatch.context() as broken:
        broken.setattr("adapters.db.written.SqlWriting._write_log", _dies)
        with pytest.raises(KeyboardInterrupt):
            give(lotse)
    assert given_for(world) == []
    assert round_of(world) == 1
    assert round_of(world) == 0


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_case_that_cannot_be_opened_holds_up_no_other(world: World) -> None:
    spoilt, sound = world.a_referral(born=None), world.a_referral(born=None)
    round_of(world)
    with world.store.writing() as connection:
        connection.execute(t.cases.update().where(t.cases.c.id == spoilt.id).values(record=b"nichts davon"))
    world.now = berlin("2026-03-11 06:00")
    lotse = world.lotse
    assert give(lotse) == 1
    assert lotse.damaged == {spoilt.id}
    assert given_for(world, sound) == [("first_contact", "day_before")]
    assert give(lotse) == 0


def test_a_store_that_was_there_before_is_planned_whole_on_the_first_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page; and a plan that was cut off begins again."""
    monkeypatch.setattr(forewarning, "AT_ONCE", 2)
    for _ in range(5):
        world.a_referral(born=None)
    told = iter((True, False))
    assert plan(world.lotse, lambda: next(told)) == 2
    assert plan(world.lotse) == 3
    assert plan(world.lotse) == 0
    world.now = berlin("2026-03-11 06:00")
    assert give(world.lotse) == 5


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.dates(date(2025, 3, 10), date(2025, 12, 31)), min_size=1, max_size=2),
    st.lists(st.sampled_from((-120, -1440, 1, 60, 1440, 7 * 1440, 20 * 1440)), min_size=1, max_size=8),
)
def test_however_the_clock_goes_each_level_is_given_once_at_most_and_never_after_its_day(
    births: list[date], steps: list[int]
) -> None:
    with TemporaryDirectory() as folder, a_world("sqlite", folder=Path(folder)) as world:
        cases = [world.a_case_in(State.HANDED_OVER, born=born.isoformat()) for born in births]
        for minutes in steps:
            world.wait(minutes=minutes)
            before = len(given_for(world))
            assert round_of(world) == len(given_for(world)) - before
            assert round_of(world) == 0
        for case, born in zip(cases, births, strict=True):
            mine = given_for(world, case)
            assert len(mine) == len(set(mine))
            assert {what for what, _ in mine} <= {"support:r", "review:r", "age_limit"}
            for entry in world.entries(case):
                if entry.a["action"] == "forewarned":
                    assert entry.a["at"][:10] <= born.replace(year=2026).isoformat()
