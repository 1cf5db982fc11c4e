"""No account that one of the two has just entered makes a second person, on whichever side it acts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lotse import FIRST
from states.vocabulary import Role
from workflow.office import Directory, Person
from workflow.second_person import FOUNDER, LATELY, Entered, entered_too_late

ASKED = datetime(2026, 11, 20, 9, tzinfo=UTC)
LEITUNG = Person("leitung", "Herr Überblick", frozenset({Role.SUPERVISOR}))
DPO = Person("dsb", "Herr Vogt", frozenset({Role.DPO}))
FACHKRAFT = Person("fachkraft", "Frau Muster", frozenset({Role.CASE_WORKER}))
IT = Person("it", "Herr Kabel", frozenset({Role.ADMIN}))
ALL = Directory({each.id: each for each in (LEITUNG, DPO, FACHKRAFT, IT)})


def code(first: Person, second: Person, log: dict[str, Entered], directory: Directory = ALL) -> str | None:
    blocked = entered_too_late(first.id, ASKED, second, directory, log.get)
    return blocked.code if blocked else None


def days_before(days: float, by: Person) -> Entered:
    return Entered(ASKED - timedelta(days=days), by.id)


@pytest.mark.parametrize(("first", "second"), [(LEITUNG, DPO), (DPO, LEITUNG)])
def test_whom_leitung_entered_yesterday_is_no_second_person_for_her_whoever_of_them_asks(
    first: Person, second: Person
) -> None:
    yesterday = {"dsb": days_before(1, LEITUNG)}
    assert code(first, second, yesterday) == "entered_lately"
    assert code(FACHKRAFT, DPO, yesterday) is None
    assert code(FACHKRAFT, LEITUNG, yesterday) is None


def test_whom_leitung_entered_long_ago_is_one_because_in_a_small_town_she_enters_everybody() -> None:
    assert code(LEITUNG, DPO, {"dsb": days_before(30, LEITUNG)}) is None
    assert code(LEITUNG, DPO, {"dsb": days_before(29.9, LEITUNG)}) == "entered_lately"
    assert code(LEITUNG, DPO, {"dsb": days_before(1, IT)}) is None


def test_who_was_entered_or_changed_after_the_request_is_none_whoever_did_it() -> None:
    assert code(LEITUNG, DPO, {"dsb": days_before(-1, IT)}) == "entered_since"


def test_in_a_fresh_office_the_fachkraft_asks_and_who_she_entered_approves() -> None:
    """She enters everybody on the first day; with charge of the house she would be one of two no more."""
    assert FIRST.id == FOUNDER
    today = {"leitung": days_before(0.1, FACHKRAFT), "dsb": days_before(0.1, LEITUNG)}
    assert code(FACHKRAFT, LEITUNG, today) is None
    assert code(FACHKRAFT, DPO, today) is None
    for role in (Role.ADMIN, Role.SUPERVISOR):
        founder = Person(FOUNDER, "Frau Muster", frozenset({Role.CASE_WORKER, role}))
        directory = Directory({**ALL.persons, FOUNDER: founder})
        assert code(founder, LEITUNG, today, directory) == "entered_lately"


_WHEN = st.floats(-40, 80, allow_nan=False).map(lambda days: ASKED - timedelta(days=days))
_ENTERED = st.none() | st.builds(Entered, _WHEN, st.sampled_from(["leitung", "dsb", "it", "fachkraft"]))


@given(_ENTERED, _ENTERED)
def test_two_pass_exactly_where_neither_made_the_other_lately_and_the_second_was_there_before(
    of_first: Entered | None, of_second: Entered | None
) -> None:
    """Written down again the other way round: what must hold for them to be two."""
    log = {key: each for key, each in (("leitung", of_first), ("dsb", of_second)) if each}
    there_before = of_second is None or of_second.at <= ASKED
    apart = all(
        each is None or each.by != other or each.at + LATELY <= ASKED
        for each, other in ((of_first, "dsb"), (of_second, "leitung"))
    )
    assert (code(LEITUNG, DPO, log) is None) is (there_before and apart)
