"""One message for each command, made from `workflow.fields`, the one list of what a command asks for.

What a name or an address of a command is stands in `adapters.api.names`. That every field of the list is here, with
its kind, its choices and whether it must be there, is compared in `tests/api/test_commands.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from adapters.api.names import in_url
from adapters.api.schemas import PLAIN, Day, Instant, Message, Name, Text, shown
from states.vocabulary import Command
from workflow.fields import FIELDS, Kind, fields_of
from workflow.fields import Field as Asked

MOST_NAMES = 20
RECEIPTS = (Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.RECEIVE_UNCLEAR)
MOVES = tuple(
    command for command in Command if command not in RECEIPTS and command is not Command.FLAG_OVERDUE
)
"""Every command that a person can do with a case that is there."""
_Said = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20_000,
        pattern=PLAIN.removesuffix("*$") + r"*\S[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
    ),
]
"""Words that must be there."""
_EXAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "received": "2026-03-09T10:00:00+01:00",
        "source_kind": "Klinik",
        "institution": "Klinikum Nordstadt",
        "surname": "Musterfrau",
        "first_name": "Mia",
        "born": "2026-01-08",
        "phone": "0151 00000042",
        "street": "Beispielweg 1",
        "postcode": "59192",
        "district": "Nord",
        "language": "deutsch",
        "concern": "Stillen klappt nicht",
        "responsible": "fachkraft",
        "form": "written",
        "given_on": "2026-03-09",
        "giver": "Mutter",
        "evidence": "Ordner A, Blatt 1",
        "said_by": "Mutter",
        "channel": "phone",
        "remark": "am Telefon",
        "indications": "beobachtet: wirkt sehr erschöpft",
        "interpretation": "könnte überfordert sein",
        "assessors": ["Frau Muster", "Frau Beispiel"],
        "result": "besprochen",
        "involved": True,
        "told": "Frau Dienst",
        "confirmed_by": "Frau Dienst",
        "feedback": "kein weiterer Bedarf beim ASD",
        "purpose": "Begleitung",
        "fields": ["child", "contact"],
        "message": "Bitte zuerst anrufen",
        "text": "angerufen, alles gut",
        "field": "district",
        "value": "Mitte",
        "to": "kollegin",
        "at": "2026-03-09T11:00:00+01:00",
    }
)
_BY_KIND: Mapping[Kind, object] = {
    Kind.TEXT: "dauert zu lange",
    Kind.DAY: "2026-03-09",
    Kind.MOMENT: "2026-03-09T11:00:00+01:00",
    Kind.CHOICE: "phone",
    Kind.CHOICES: [],
    Kind.NAMES: ["Frau Muster"],
    Kind.FLAG: True,
    Kind.PERSON: "fachkraft",
}
_REASONS: Mapping[str, str] = {Command.CLOSE: "goal_reached", Command.CORRECT: "verwechselt"}


def _one_of(choices: tuple[str, ...]) -> Any:  # noqa: ANN401 - a type that is made here
    return Literal.__getitem__(choices)


def _kind(asked: Asked) -> Any:  # noqa: ANN401 - a type that is made here
    """What a field takes, as JSON has it."""
    choices = tuple(asked.choices)
    if asked.kind is Kind.CHOICE:
        return _one_of(choices)
    if asked.kind is Kind.CHOICES:
        least = 1 if asked.required else 0
        one = _one_of(choices)
        return Annotated[list[one], Field(min_length=least, max_length=len(choices))]  # type: ignore[valid-type]  # made from the list
    if asked.kind is Kind.NAMES:
        return Annotated[list[Name], Field(max_length=MOST_NAMES)]
    return {
        Kind.DAY: Day,
        Kind.MOMENT: Instant,
        Kind.FLAG: bool,
        Kind.PERSON: Name,
    }.get(asked.kind, _Said if asked.required else Text)


def _field(asked: Asked) -> tuple[Any, Any]:
    hint = f" ({asked.hint})" if asked.hint else ""
    named = "; ".join(f"{key} = {label}" for key, label in asked.choices.items())
    says = f"{asked.label}{hint}{f': {named}' if named else ''}."
    if asked.required:
        return _kind(asked), Field(description=says)
    return _kind(asked) | None, Field(default=None, description=says)


def example_of(command: str) -> dict[str, object]:
    """An invented example of what this command is told."""
    told: dict[str, object] = {}
    for asked in fields_of(command):
        if asked.name in ("oral_reason", "expires_on", "expected"):
            continue
        if asked.name == "reason" and not asked.required:
            continue
        given = _EXAMPLES.get(asked.name, _BY_KIND[asked.kind])
        told[asked.name] = _REASONS.get(command, given) if asked.name == "reason" else given
    return told


def _title(command: str) -> str:
    return "".join(part.capitalize() for part in in_url(command).split("-"))


def _model(command: str) -> type[Message]:
    fields: dict[str, Any] = {asked.name: _field(asked) for asked in fields_of(command)}
    example = example_of(command)
    if Command(command).per_recipient:
        says = "Wen der Schritt meint, aus GET /recipients."
        fields = {"recipient": (Name, Field(description=says)), **fields}
        example = {"recipient": "yildiz", **example}
    if command in RECEIPTS:
        tag = in_url(command)
        says = "Wie die Meldung kam."
        fields = {"command": (Literal[tag], Field(description=says)), **fields}
        example = {"command": tag, **example}
    base = type("_Shown", (Message,), {"model_config": shown(**example), "__module__": __name__})
    made: type[Message] = create_model(
        _title(command), __base__=base, __module__=__name__, __doc__=f"{Command(command).label}.", **fields
    )
    return made


MODELS: Mapping[str, type[Message]] = MappingProxyType(
    {command: _model(command) for command in FIELDS if command != Command.FLAG_OVERDUE}
)


class OwnStep(Message):
    """A step that a network has added to the process."""

    model_config = shown(remark="Begrüßungspaket gebracht")

    remark: Text | None = Field(None, description="Bemerkung.")
    recipient: Name | None = Field(None, description="Wen der Schritt meint, falls er jemanden nennt.")


class Receipt(Message):
    """That it is done and durable: the case, and the version it has led to."""

    model_config = shown(number="FH-2026-0042", version=2)

    number: str = Field(description="Fallnummer; GET /cases/{number} zeigt, wie der Fall nun steht.")
    version: int | None = Field(description="Die Fassung danach, wo sie Ihnen bekannt ist; auch als ETag.")


def told(body: BaseModel) -> tuple[dict[str, object], str | None]:
    """What was entered, as `workflow.details` reads it, and whom it names."""
    entered = {
        name: value
        for name in type(body).model_fields
        if name not in ("recipient", "command") and (value := getattr(body, name)) is not None
    }
    recipient: str | None = getattr(body, "recipient", None)
    return entered, recipient
