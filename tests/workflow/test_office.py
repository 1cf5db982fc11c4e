"""The office: who stands in for whom on which day, and what a recipient is called."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Role
from workflow.office import Directory, Recipient, Substitution, is_recipient_role

EASTER_WEEK = (date(2026, 4, 3), date(2026, 4, 10))


def stands_in(
    deputy: str, absent: str, first: date = EASTER_WEEK[0], last: date = EASTER_WEEK[1]
) -> Substitution:
    return Substitution(absent, deputy, first, last)


def test_a_deputy_represents_from_the_first_to_the_last_day_and_not_a_day_longer() -> None:
    office = Directory(substitutions=(stands_in("probe", "muster"),))
    days = [date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 10), date(2026, 4, 11)]
    assert [office.represented_by("probe", day) for day in days] == [
        frozenset(), {"muster"}, {"muster"}, frozenset(),
    ]  # fmt: skip


def test_who_stands_in_for_a_deputy_stands_in_for_her_absent_colleague_too() -> None:
    """When the deputy falls ill, the first one's families must not be without anybody (Konzept Leipzig, Z. 25)."""
    office = Directory(substitutions=(stands_in("probe", "muster"), stands_in("dritte", "probe")))
    assert office.represented_by("dritte", EASTER_WEEK[0]) == {"probe", "muster"}


def test_two_who_stand_in_for_each_other_represent_each_other_and_not_themselves() -> None:
    office = Directory(substitutions=(stands_in("a", "b"), stands_in("b", "a")))
    assert office.represented_by("a", EASTER_WEEK[0]) == {"b"}


_WHO = st.sampled_from("abcde")
_DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20))


@given(st.lists(st.builds(Substitution, _WHO, _WHO, _DAYS, _DAYS), max_size=8).map(tuple), _WHO, _DAYS)
def test_nobody_is_represented_without_a_chain_of_substitutions_in_force_that_day(
    substitutions: tuple[Substitution, ...], deputy: str, day: date
) -> None:
    """Compared with the plain closure of the relation, written out."""
    in_force = {(s.deputy, s.absent) for s in substitutions if s.first <= day <= s.last}
    closure = set(in_force)
    while True:
        longer = closure | {(a, d) for a, b in closure for c, d in closure if b == c}
        if longer == closure:
            break
        closure = longer
    expected = {absent for who, absent in closure if who == deputy} - {deputy}
    assert Directory(substitutions=substitutions).represented_by(deputy, day) == expected


def test_a_recipient_is_called_by_name_and_profession() -> None:
    office = Directory(recipients={"y": Recipient("y", "Frau Yıldız", Role.FAMILY_MIDWIFE)})
    assert office.recipient_name("y") == "Frau Yıldız (Familienhebamme)"
    assert office.recipient_name("unbekannt") == office.recipient_name(None) == "diese Stelle"


def test_families_are_handed_to_three_professions_only() -> None:
    assert {role for role in Role if is_recipient_role(role)} == {
        Role.FAMILY_MIDWIFE, Role.FAMILY_NURSE, Role.FAMILY_VOLUNTEER,
    }  # fmt: skip
