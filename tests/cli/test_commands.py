"""Every step can be typed in a shell without quoting, and what is typed means exactly that step."""

import pytest

from adapters.cli.commands import command_named, outcomes, typed
from adapters.cli.failures import NotFound, UsageProblem
from states.profile import SHIPPED, load
from states.vocabulary import PER_RECIPIENT, Command


@pytest.mark.parametrize("name", SHIPPED)
def test_each_step_of_each_network_is_found_by_how_it_is_typed_by_its_name_and_by_its_label(
    name: str,
) -> None:
    process = load(name).process
    for command in process.commands:
        if command.startswith("receive(") or command == Command.FLAG_OVERDUE:
            continue
        for_one = command.endswith(PER_RECIPIENT)
        assert not set(typed(command)) & set("()[]:;&|<>*?$ \"'`")
        for way in (typed(command), command, typed(command).replace("_", "-"), process.label(command)):
            assert command_named(process, way, to_recipient=for_one) == command, way


PROCESS = load("default").process


@pytest.mark.parametrize("text", ["triage", "Ersteinschätzung", "tri", "assess", "check_consent"])
def test_a_judgement_without_its_outcome_is_asked_back_with_both(text: str) -> None:
    with pytest.raises(UsageProblem) as asked:
        command_named(PROCESS, text, to_recipient=False)
    lines = str(asked.value).splitlines()[1:]
    assert len(lines) == 2
    assert {line.split()[0].rpartition("-")[2] for line in lines} == {"yes", "no"}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("reach", Command.REACH_FAMILY),
        ("kontakt herg", Command.REACH_FAMILY),
        ("absch", Command.CLOSE),
        ("notier", Command.NOTE),
        ("escalate", Command.ESCALATE),
        ("Eilmeldung", Command.ESCALATE_URGENT),
    ],
)
def test_the_beginning_of_a_step_is_enough_where_only_one_begins_so(text: str, command: Command) -> None:
    assert command_named(PROCESS, text, to_recipient=False) == command


@pytest.mark.parametrize("name", SHIPPED)
def test_whatever_is_mistyped_the_harmless_outcome_is_never_proposed_alone(name: str) -> None:
    process = load(name).process
    for command in process.commands:
        for text in (f"{typed(command)}x", typed(command)[1:], process.label(command)[1:]):
            try:
                command_named(process, text, to_recipient=command.endswith(PER_RECIPIENT))
            except (NotFound, UsageProblem) as error:
                named = {line.split()[0] for line in str(error).splitlines() if line.startswith("  ")}
                for word in named:
                    stem, _, outcome = word.rpartition("-")
                    if outcome == "no" and isinstance(error, NotFound):
                        assert f"{stem}-yes" in named


def test_every_judgement_has_both_outcomes_and_danger_comes_first() -> None:
    assert outcomes(PROCESS, Command.TRIAGE_NO) == (Command.TRIAGE_YES, Command.TRIAGE_NO)
    assert outcomes(PROCESS, Command.NOTE) == (Command.NOTE,)
