"""Every step can be typed in a shell without quoting, and what is typed means exactly that step."""

import pytest

from adapters.cli.commands import command_named, typed
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
