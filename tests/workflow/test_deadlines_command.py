"""`lotse deadline`, as a person types it, rightly and wrongly."""

import json
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from adapters.cli.deadline import deadline_command, register
from workflow.errors import WorkflowError


def lotse(*arguments: str) -> Result:
    """Run the command as part of a program with several, as `lotse` is."""
    program = typer.Typer()
    program.callback()(lambda: None)
    register(program)
    return CliRunner().invoke(program, ["deadline", *arguments])


def due(*arguments: str) -> str:
    answer = lotse(*arguments, "--json")
    assert answer.exit_code == 0, answer.stderr
    return str(json.loads(answer.stdout)["due"])


def test_a_program_gets_exactly_three_fields() -> None:
    answer = lotse("2026-03-27T17:00", "--land", "NW", "--count", "arbeitstage", "--json")
    assert answer.exit_code == 0
    assert answer.stdout == (
        '{"due": "2026-04-01", "overdue_from": "2026-04-02T00:00:00+02:00", '
        '"explanation": ["Sa 28.03. Wochenende", "So 29.03. Wochenende", '
        '"Mo 30.03. (1)", "Di 31.03. (2)", "Mi 01.04. (3)"]}\n'
    )


@pytest.mark.parametrize("count", ["werktage", "werktage_193"])
def test_saturdays_count_as_werktage(count: str) -> None:
    assert due("2026-03-27T17:00", "--land", "NW", "--count", count) == "2026-03-31"


def test_a_person_gets_a_sentence_and_one_line_a_day() -> None:
    answer = lotse("02.06.2026", "--land", "Nordrhein-Westfalen")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "fällig Mo 08.06.2026, überfällig ab Di 09.06.2026, 0 Uhr",
        "Nordrhein-Westfalen, Arbeitstage (Mo–Fr); Di 02.06.2026 zählt nicht mit",
        "  Mi 03.06. (1)",
        "  Do 04.06. Fronleichnam NW",
        "  Fr 05.06. (2)",
        "  Sa 06.06. Wochenende",
        "  So 07.06. Wochenende",
        "  Mo 08.06. (3)",
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-27", "2026-04-01"),
        ("2026-03-27T17:00", "2026-04-01"),
        ("2026-03-27 17:00", "2026-04-01"),
        ("27.03.2026", "2026-04-01"),
        ("27.03.2026 17:00", "2026-04-01"),
        ("2026-03-27T22:59Z", "2026-04-01"),
        ("2026-03-26T23:00Z", "2026-04-01"),
        ("2026-03-26T22:59Z", "2026-03-31"),
        ("2026-03-30T21:59Z", "2026-04-02"),
        ("2026-03-30T22:00Z", "2026-04-07"),
        ("2026-03-27T00:30+03:00", "2026-03-31"),
        ("2026-03-29T02:30", "2026-04-01"),
        ("2026-10-25T02:30", "2026-10-28"),
    ],
)
def test_a_moment_may_be_written_in_several_ways(moment: str, expected: str) -> None:
    assert due(moment, "--land", "NW") == expected


def test_days_parts_and_closing_days_can_be_chosen() -> None:
    assert due("2026-03-27", "--land", "NW", "--days", "1") == "2026-03-30"
    assert due("2025-08-07", "--land", "BY", "--part", "augsburg", "--days", "1") == "2025-08-11"
    closed = ("--closed", "24.12.", "--closed", "31.12.")
    assert due("2026-12-23", "--land", "NW", "--days", "1", *closed) == "2026-12-28"


def test_every_land_is_understood() -> None:
    for land in (
        "BB",
        "BE",
        "BW",
        "BY",
        "HB",
        "HE",
        "HH",
        "MV",
        "NI",
        "NW",
        "RP",
        "SH",
        "SL",
        "SN",
        "ST",
        "TH",
    ):
        assert due("2026-09-07", "--land", land) == "2026-09-10"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Es fehlt der Eingang"),
        (("2026-13-01", "--land", "NW"), "erwartet wird zum Beispiel 2026-03-27T17:00"),
        (("morgen\nfrüh", "--land", "NW"), "„morgen früh“"),
        (("\x1b[2Jmorgen", "--land", "NW"), "„[2Jmorgen“"),
        (("2026-03-27T25:00", "--land", "NW"), "Kein Zeitpunkt"),
        (("2026-03-27",), "Es fehlt das Land"),
        (("2026-03-27", "--land", "XX"), "möglich sind BB, BE"),
        (
            ("2026-03-27", "--land", "NW", "--count", "tage"),
            "möglich sind arbeitstage, werktage, werktage_193",
        ),
        (("2026-03-27", "--land", "NW", "--days", "-3"), "0 bis 3650"),
        (("2026-03-27", "--land", "NW", "--days", "drei"), "0 bis 3650"),
        (("2026-03-27", "--land", "NW", "--days", "4000"), "0 bis 3650"),
        (("2026-03-27", "--land", "NW", "--days", "9" * 5000), "0 bis 3650"),
        (("2026-03-27", "--land", "NW", "--part", "augsburg"), "nur in: BY"),
        (("2026-03-27", "--land", "SN", "--part", "evangelisch"), "möglich sind katholisch, augsburg"),
        (("2026-03-27", "--land", "NW", "--closed", "31.2."), "24.12."),
        (("1980-01-01", "--land", "NW"), "1991 bis 2099"),
        (("9999-12-31T23:59-12:00", "--land", "NW"), "1991 bis 2099"),
    ],
)
def test_nonsense_ends_with_2_and_one_german_sentence(arguments: tuple[str, ...], expected: str) -> None:
    answer = lotse(*arguments)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert expected in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert len(answer.stderr) < 200


@settings(max_examples=300)
@given(
    moment=st.text() | st.datetimes(timezones=st.none() | st.timezones()).map(str),
    options=st.fixed_dictionaries(
        {
            "land": st.none() | st.text(max_size=3) | st.sampled_from(["NW", "by", "Sachsen"]),
            "count": st.text(max_size=12) | st.sampled_from(["arbeitstage", "werktage_193"]),
            "days": st.text(max_size=8) | st.integers(-5, 400).map(str),
            "part": st.lists(st.text(max_size=8) | st.just("katholisch"), max_size=2),
            "closed": st.lists(st.text(max_size=6) | st.just("24.12."), max_size=2),
        }
    ),
)
def test_whatever_is_typed_gives_an_answer_or_one_sentence(moment: str, options: dict[str, Any]) -> None:
    try:
        answer = deadline_command(moment, **options, as_json=True)
    except WorkflowError as refused:
        sentence = str(refused)
        # the sentence is short and can be printed on any terminal
        assert sentence.isprintable() and 20 < len(sentence) < 200  # noqa: PT018  (an answer is as good)
    else:
        assert set(json.loads(answer)) == {"due", "overdue_from", "explanation"}
