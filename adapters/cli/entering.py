"""What a step asks for, entered with `--set` or from a file; `adapters.cli.asking` asks for it on a terminal.

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
from workflow.details import named_choices
from workflow.errors import DetailsError
from workflow.fields import Field, Kind, fields_of

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
HINTS = {
    Kind.DAY: "TT.MM.JJJJ, heute oder gestern",
    Kind.MOMENT: "TT.MM.JJJJ HH:MM oder nur der Tag",
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
    hint = named_choices(field) or HINTS.get(field.kind, "")
    extra = "; ".join(part for part in ("nötig" if field.required else "", hint, field.hint) if part)
    return f"{field.name} – {field.label}" + (f" ({extra})" if extra else "")


def _to_write(field: Field) -> str:
    """How a field is written; its label has been read already."""
    hint = named_choices(field) or HINTS.get(field.kind, "") or "…"
    return f"--set {field.name}={hint}"


@contextmanager
def helped(command: str) -> Iterator[None]:
    """Where the details do not fit, say for each field how it is written."""
    try:
        yield
    except DetailsError as error:
        fields = {field.name: field for field in fields_of(command)}
        named = dict.fromkeys(
            _to_write(fields[fault.field]) for fault in error.faults if fault.field in fields
        )
        said = dict.fromkeys(fault.sentence for fault in error.faults)
        raise UsageProblem("\n  ".join((" ".join(said), *named))) from None


def _from_file(source: str) -> Mapping[str, object]:
    try:
        text = sys.stdin.read(_MOST) if source == "-" else Path(source).read_text(encoding="utf-8")
        values = json.loads(text)
    except FileNotFoundError:
        raise NotFound("Die Datei hinter --from gibt es nicht.") from None
    except (ValueError, RecursionError):
        raise UsageProblem("Was hinter --from steht, ist kein JSON in UTF-8.") from None
    if not isinstance(values, dict):
        raise UsageProblem('Hinter --from wird ein JSON-Objekt erwartet: {"channel": "phone"}.')
    return values
