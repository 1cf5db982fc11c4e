"""What a step asks for, entered with `--set`, from a file, or by answering questions on a terminal.

A file or the terminal keep a family's words out of the shell's history. What is asked for and how it is read says
`workflow.details`; here is only where it comes from.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.screen import notice, on_terminal
from workflow.details import Field, Kind, fields_of, read_details
from workflow.errors import DetailsError

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FELD=WERT",
        help="Eine Angabe; auch mehrfach. Bleibt im Verlauf der Shell stehen.",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATEI", help="Angaben aus einer JSON-Datei, „-“ für die Eingabe."),
]
_MOST = 1_000_000
_HINTS = {
    Kind.DAY: "TT.MM.JJJJ",
    Kind.MOMENT: "TT.MM.JJJJ HH:MM",
    Kind.FLAG: "ja oder nein",
    Kind.NAMES: "mit Komma getrennt",
    Kind.PERSON: "Kennung der Person",
}


def entered(command: str, given: Iterable[str] | None, source: str | None) -> dict[str, object]:
    """What was given on the command line and in the file. Raises UsageProblem, naming the fields there are."""
    known = {field.name: field for field in fields_of(command)}
    values: dict[str, object] = dict(_from_file(source)) if source is not None else {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageProblem(f"Nach --set kommt FELD=WERT. {_fields(known.values())}")
        values[name.strip()] = value
    if set(values) - set(known):
        raise UsageProblem(f"Ein Feld ist bei diesem Schritt nicht vorgesehen. {_fields(known.values())}")
    return values


def _fields(fields: Iterable[Field]) -> str:
    return "Es gibt:\n" + "\n".join(f"  {described(field)}" for field in fields)


def described(field: Field) -> str:
    """One field in one line: name, label, what is expected."""
    hint = ", ".join(field.choices) or _HINTS.get(field.kind, "")
    extra = "; ".join(part for part in ("nötig" if field.required else "", hint, field.hint) if part)
    return f"{field.name} – {field.label}" + (f" ({extra})" if extra else "")


@contextmanager
def helped(command: str) -> Iterator[None]:
    """Where the details do not fit, say for each field how it is written."""
    try:
        yield
    except DetailsError as error:
        fields = {field.name: field for field in fields_of(command)}
        named = [described(fields[fault.field]) for fault in error.faults if fault.field in fields]
        raise UsageProblem("\n  ".join((str(error), *(f"--set {line}" for line in named)))) from None


def _from_file(source: str) -> Mapping[str, object]:
    try:
        text = sys.stdin.read(_MOST) if source == "-" else Path(source).read_text(encoding="utf-8")
        values = json.loads(text)
    except FileNotFoundError:
        raise NotFound("Die Datei hinter --from gibt es nicht.") from None
    except ValueError:
        raise UsageProblem("Was hinter --from steht, ist kein JSON in UTF-8.") from None
    if not isinstance(values, dict):
        raise UsageProblem('Hinter --from wird ein JSON-Objekt erwartet: {"channel": "phone"}.')
    return values


def asked_for(
    command: str,
    values: dict[str, object],
    *,
    all_fields: bool = False,
    otherwise: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """On a terminal, ask for what is missing (with `all_fields` for the rest too); elsewhere change nothing.

    `otherwise` names fields that may be left out though they are required, and what then holds.
    """
    if not on_terminal():
        return values
    for field in fields_of(command):
        default = (otherwise or {}).get(field.name)
        if field.name in values or not (field.required or all_fields):
            continue
        answer = _ask(
            command, field, "es wird weggelassen" if default is None else default, default is not None
        )
        if answer:
            values[field.name] = answer
    return values


def _ask(command: str, field: Field, otherwise: str, has_default: bool) -> str:
    """Ask until the answer fits; what is not required may be left out with Enter."""
    optional = not field.required or has_default
    choices = list(field.choices)
    for number, name in enumerate(choices, 1):
        notice(f"  {number}  {field.choices[name]}")
    hint = f" ({_HINTS[field.kind]})" if field.kind in _HINTS else ""
    while True:
        notice(f"{field.label}{hint}{f' [Enter: {otherwise}]' if optional else ''}:")
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        answer = line.strip()
        if answer and choices:
            answer = _chosen(answer, choices, several=field.kind is Kind.CHOICES)
            if not answer:
                continue
        if not answer and optional:
            return ""
        fault = _fault(command, field, answer)
        if not fault:
            return answer
        notice(fault)


def _fault(command: str, field: Field, answer: str) -> str:
    """What is wrong with the answer to this one question, or nothing."""
    try:
        read_details(command, {field.name: answer})
    except DetailsError as error:
        return " ".join(fault.sentence for fault in error.faults if fault.field == field.name)
    return ""


def _chosen(answer: str, choices: list[str], *, several: bool) -> str:
    """Numbers of the list become names; several are parted by commas."""
    parts = [part.strip() for part in answer.split(",")] if several else [answer]
    named = [choices[int(p) - 1] if p.isdecimal() and 0 < int(p) <= len(choices) else p for p in parts]
    return ",".join(name for name in named if name in choices)
