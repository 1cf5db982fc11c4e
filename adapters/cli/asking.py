"""Asking on a terminal for what a step needs: each answer is read at once and asked again until it fits.

What was typed before is never lost. What only some answers make necessary (a reason, a second Fachkraft) is asked
when the rules of `workflow.details` demand it, and not before. Proven at a terminal (`tests/cli/test_case.py`).
"""

import sys
from collections.abc import Mapping

from adapters.cli.entering import HINTS
from adapters.cli.screen import notice, on_terminal
from states.vocabulary import Command
from workflow.case import ConsentForm
from workflow.details import read_details, read_value
from workflow.errors import DetailFault, DetailsError
from workflow.fields import Field, Kind, fields_of
from workflow.office import Moment

LEFT_OUT = "es wird weggelassen"
_OFFERED: Mapping[str, str] = {
    "given_on": "heute",
    "giver": LEFT_OUT,
    "evidence": LEFT_OUT,
    "indications": LEFT_OUT,
}
"""Fields that a step does without, but that one is asked for all the same, and what holds without an answer."""
_YES_NO = {"j": True, "ja": True, "n": False, "nein": False}


def asked_for(
    command: str,
    values: dict[str, object],
    moment: Moment,
    *,
    all_fields: bool = False,
    otherwise: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """On a terminal, ask for what is missing (with `all_fields` for the rest too); elsewhere change nothing.

    `otherwise` says of fields that may be left out what then holds. An urgent notice is never held up by a question.
    """
    if not on_terminal() or command == Command.ESCALATE_URGENT:
        return values
    values = dict(values)
    defaults = {**_OFFERED, **(otherwise or {})}
    for field in fields_of(command):
        if field.name not in values and (field.required or all_fields or field.name in defaults):
            _put(values, field, ask(field, moment, defaults.get(field.name, LEFT_OUT)))
        if field.name == "oral_reason" and _is_oral(values, moment, fields_of(command)):
            _put(values, field, ask(field, moment, "wird später nachgetragen"))
    while faults := _faults(command, values, moment):
        if not _mended(command, values, faults, moment):
            break
    return values


def _put(values: dict[str, object], field: Field, answer: str) -> None:
    if answer:
        values[field.name] = answer
    else:
        values.pop(field.name, None)


def _is_oral(values: Mapping[str, object], moment: Moment, fields: tuple[Field, ...]) -> bool:
    form = next(field for field in fields if field.name == "form")
    try:
        return (
            "oral_reason" not in values and read_value(form, values.get("form"), moment) == ConsentForm.ORAL
        )
    except ValueError:
        return False


def _faults(command: str, values: Mapping[str, object], moment: Moment) -> tuple[DetailFault, ...]:
    try:
        read_details(command, values, moment)
    except DetailsError as error:
        return error.faults
    return ()


def _mended(command: str, values: dict[str, object], faults: tuple[DetailFault, ...], moment: Moment) -> bool:
    """Ask again for each field that does not fit; False where none of them can be asked for."""
    fields = {field.name: field for field in fields_of(command)}
    asked = False
    for fault in faults:
        field = fields.get(fault.field)
        if field is None:
            continue
        notice(fault.sentence)
        may_miss = not field.required and fault.field != "reason"
        _put(values, field, ask(field, moment, LEFT_OUT if may_miss else "", needed=not may_miss))
        if fault.field == "assessors" and _faults(command, values, moment):
            _put(values, fields["adviser"], ask(fields["adviser"], moment, LEFT_OUT))
        asked = True
    return asked


def ask(field: Field, moment: Moment | None, otherwise: str = LEFT_OUT, *, needed: bool = False) -> str:
    """Ask until the answer fits; what is not required may be left out with Enter."""
    optional = not (field.required or needed)
    choices = list(field.choices)
    for number, name in enumerate(choices, 1):
        notice(f"  {number}  {field.choices[name]}")
    hint = f" ({HINTS[field.kind]})" if field.kind in HINTS else ""
    while True:
        notice(f"{field.label}{hint}{f' [Enter: {otherwise}]' if optional else ''}:")
        answer = _line()
        if not answer:
            if optional:
                return ""
            notice(f"Bitte angeben: {field.label}.")
            continue
        if choices:
            answer = _numbered(answer, choices, several=field.kind is Kind.CHOICES)
        try:
            read_value(field, answer, moment)
        except ValueError as error:
            notice(f"Bitte eine Zahl von 1 bis {len(choices)}." if choices else f"{field.label}: {error}")
        else:
            return answer


def _line() -> str:
    """One answer. The end of the input, or Ctrl-C, stops the whole."""
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.strip()


def _numbered(answer: str, choices: list[str], *, several: bool) -> str:
    """Numbers of the list become names; several are parted by commas. Keys and labels stay as they were typed."""
    parts = [part.strip() for part in answer.split(",")] if several else [answer]
    return ",".join(choices[int(p) - 1] if p.isdecimal() and 0 < int(p) <= len(choices) else p for p in parts)


def chosen(question: str, options: Mapping[str, str]) -> str:
    """Ask for one of these by number, key or label, and give its key."""
    field = Field("option", question, Kind.CHOICE, required=True, choices=options)
    return str(read_value(field, ask(field, None)))


def agreed(question: str) -> bool:
    """Ask for ja or nein."""
    while True:
        notice(f"{question} (ja oder nein)")
        answer = _line().casefold()
        if answer in _YES_NO:
            return _YES_NO[answer]
        notice("Bitte ja oder nein.")
