"""The process by which new cases begin: states, commands with their fields, rows as sentences, and a diagram."""

from typing import Literal

from fastapi import Query
from pydantic import Field

from adapters.api.callers import TheLotse
from adapters.api.names import in_url
from adapters.api.needs import SIGNED_IN, Needs, Rooms
from adapters.api.schemas import Message, shown
from adapters.api.schemas_case import FieldView
from adapters.api.views_case import field_view
from states.diagram import FORMATS
from states.prose import duties, sentences
from workflow.audited import Group
from workflow.fields import fields_of

rooms = Rooms(prefix="/process", tags=["Ablauf"])
READS = Needs(SIGNED_IN)


class Named(Message):
    """A name and its German."""

    model_config = shown(name="received", label="Eingegangen")

    name: str = Field(description="Stabiler Name.")
    label: str = Field(description="Deutsch.")


class CommandSheet(Message):
    """A command of the process, and what it asks for."""

    model_config = shown(
        command="attempt-contact", label="Kontaktversuch, nicht erreicht", per_recipient=False, fields=[]
    )

    command: str = Field(description="Name in der Adresse.")
    label: str = Field(description="Deutsch.")
    per_recipient: bool = Field(description="Ob er eine Stelle nennt.")
    fields: list[FieldView] = Field(description="Was er wissen will.")


class ProcessSheet(Message):
    """The process as it is in force for new cases."""

    model_config = shown(
        profile="default", version=1, title="Frühe Hilfen", sha256="0" * 64,
        states=[{"name": "received", "label": "Eingegangen"}], commands=[], obligations=[], sentences=[],
        deadlines=[], log_groups=[],
    )  # fmt: skip

    profile: str = Field(description="Name des Profils.")
    version: int = Field(description="Seine Version.")
    title: str = Field(description="Titel.")
    sha256: str = Field(description="Prüfsumme der Profildatei.")
    states: list[Named] = Field(description="Stände.")
    commands: list[CommandSheet] = Field(description="Schritte.")
    obligations: list[Named] = Field(description="Fristen.")
    sentences: list[str] = Field(description="Der Ablauf, ein Satz je Zeile der Tabelle.")
    deadlines: list[str] = Field(description="Die Fristen, ein Satz je Frist.")
    log_groups: list[Named] = Field(description="Gruppen des Protokolls.")


class Drawing(Message):
    """A drawing of the process."""

    model_config = shown(format="mermaid", text="stateDiagram-v2")

    format: str = Field(description="mermaid, dot oder svg.")
    text: str = Field(description="Die Zeichnung.")


@rooms.get("", needs=READS, summary="Den Ablauf lesen")
def process(lotse: TheLotse) -> ProcessSheet:
    """Give the process by which new cases begin."""
    profile = lotse.office.network_now.profile
    table = profile.process
    return ProcessSheet(
        profile=profile.name,
        version=profile.version,
        title=profile.title,
        sha256=profile.sha256,
        states=[Named(name=name, label=table.label(name)) for name in table.states],
        commands=[
            CommandSheet(
                command=in_url(name),
                label=table.label(name),
                per_recipient=spec.per_recipient,
                fields=[field_view(each) for each in fields_of(name)],
            )
            for name, spec in table.commands.items()
        ],
        obligations=[
            Named(name=spec.name, label=table.obligation_label(spec.name)) for spec in table.obligations
        ],
        sentences=list(sentences(table)),
        deadlines=list(duties(table)),
        log_groups=[Named(name=group.value, label=group.label) for group in Group],
    )


@rooms.get("/diagram", needs=READS, summary="Den Ablauf zeichnen")
def diagram(
    lotse: TheLotse,
    form: Literal["mermaid", "dot", "svg"] = Query(
        "mermaid", alias="format", description="mermaid, dot oder svg."
    ),
) -> Drawing:
    """Draw the process by which new cases begin."""
    profile = lotse.office.network_now.profile
    return Drawing(format=form, text=FORMATS[form](profile.process, profile.title))
