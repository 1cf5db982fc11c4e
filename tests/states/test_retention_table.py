"""The table [retention] of a profile: strict like the rest, with the same base values in every shipped file."""

from importlib.resources import files

import pytest

from states.fields import BadProfile
from states.profile import SHIPPED, load, read_profile
from states.retention import BASE, MOST_DAYS, MOST_YEARS, RetentionClass

DEFAULT = files("states").joinpath("profiles", "default.toml").read_text()
START = DEFAULT.index("[retention]")
END = DEFAULT.index("\n# Tage je Frist")


def with_table(table: str) -> bytes:
    """The default profile with this in place of its own table."""
    return (DEFAULT[:START] + table + DEFAULT[END:]).encode()


def changed(old: str, new: str) -> bytes:
    table = DEFAULT[START:END]
    assert old in table
    return with_table(table.replace(old, new))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_keeps_data_as_long_as_the_domain_says(name: str) -> None:
    """DOMAIN section 7, written out again."""
    terms = load(name).retention
    assert {each.value: (term.days, term.years) for each, term in terms.items()} == {
        "no_consent": (30, None),
        "closed": (None, 3),
        "child_protection": (None, None),
        "quarantine": (30, None),
        "access_log": (None, 2),
    }
    assert all(term.source for term in terms.values())


def test_a_file_from_before_the_table_existed_has_the_base_values_which_are_those_of_the_default() -> None:
    assert read_profile(with_table("")).retention == BASE == load("default").retention


def test_a_town_sets_its_own_terms() -> None:
    town = changed("child_protection = { ", "child_protection = { years = 10, ")
    term = read_profile(town).retention[RetentionClass.CHILD_PROTECTION]
    assert (term.years, term.label) == (10, "10 Jahre")
    shorter = read_profile(changed("years = 3", "days = 366")).retention[RetentionClass.CLOSED]
    assert (shorter.days, shorter.label) == (366, "366 Tage")


def test_a_file_from_before_the_quarantine_had_a_term_has_the_base_value_for_it() -> None:
    lines = DEFAULT[START:END].splitlines()
    older = "\n".join(line for line in lines if not line.startswith("quarantine"))
    terms = read_profile(with_table(older)).retention
    assert terms == BASE
    town = changed("quarantine = { days = 30", "quarantine = { days = 14")
    assert read_profile(town).retention[RetentionClass.QUARANTINE].label == "14 Tage"


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("days = 30", "days = 0", f"1 bis {MOST_DAYS}"),
        ("days = 30", f"days = {MOST_DAYS + 1}", f"1 bis {MOST_DAYS}"),
        ("days = 30", "days = true", "ganze Zahl"),
        ("days = 30, ", "", "„days“ oder „years“ fehlt"),
        ("days = 30", "days = 30, years = 1", "nur eines von beiden"),
        ("days = 30", "months = 1", "unbekannt: „months“"),
        ("years = 3", f"years = {MOST_YEARS + 1}", f"1 bis {MOST_YEARS}"),
        ("years = 2", "days = 100", "nach ganzen Jahren"),
        ("closed = {", "shut = {", "„source“ fehlt"),
        ("access_log", "forever = { years = 1, source = 'x' }\naccess_log", "unbekannt: „forever“"),
        ('source = "own: ganze', 'quelle = "own: ganze', "„source“ fehlt"),
    ],
)
def test_a_table_that_means_nothing_clear_is_refused(old: str, new: str, saying: str) -> None:
    with pytest.raises(BadProfile) as refused:
        read_profile(changed(old, new))
    assert saying in str(refused.value)
    assert "[retention]" in str(refused.value)
