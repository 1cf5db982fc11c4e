"""Openings and substitutions as they go over the wire: by ids of staff and numbers of cases, never a family's data."""

from typing import Annotated

from pydantic import Field

from adapters.api.schemas import Day, Instant, Message, Name, Text, shown
from workflow.office import OpeningKind

PersonId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Reason = Annotated[Text, Field(min_length=1, max_length=2000)]
CaseNumber = Annotated[str, Field(pattern=r"^FH-[0-9]{4}-[0-9]{4,6}$")]


class OpeningWanted(Message):
    """A case to be opened for a while, with the reason; `whom` only where it is opened to somebody else."""

    model_config = shown(
        number="FH-2026-0042", kind="emergency", reason="Die Mutter ruft an, die Kollegin ist nicht zu erreichen.",
        whom=None,
    )  # fmt: skip

    number: CaseNumber = Field(description="Fallnummer.")
    kind: OpeningKind = Field(
        strict=False,
        description="emergency (Notfallzugriff), inspection (Leitung), sample (Datenschutz), clarify (Koordination), "
        "advice (insoweit erfahrene Fachkraft).",
    )
    reason: Reason = Field(description="Der Grund, in einem Satz; er liegt verschlüsselt beim Fall.")
    whom: PersonId | None = Field(default=None, description="Kennung der Person, bei clarify und advice.")


class ReviewWanted(Message):
    """What was found when an emergency was looked into."""

    model_config = shown(remark="Mit Frau Beispiel besprochen; der Zugriff war nötig.")

    remark: Reason = Field(description="Was geprüft wurde; liegt verschlüsselt beim Fall.")


class OpeningView(Message):
    """A case that stands, or stood, open for a while."""

    model_config = shown(
        id="5f0c6a522d7e4f7c9d0e7b1c2a3d4e5f", person="beispiel", person_name="Frau Beispiel", number="FH-2026-0042",
        kind="emergency", kind_label="Notfallzugriff", opened_at="2026-03-09T21:10:00+00:00",
        until="2026-03-09T22:10:00+00:00", stands=False, awaits_review=True, review_due="2026-03-16",
        review_overdue=False, reviewed_by=None, reviewed_at=None,
    )  # fmt: skip

    id: str = Field(description="Kennung des Zugriffs.")
    person: str = Field(description="Wem der Fall offen steht.")
    person_name: str = Field(description="Wie diese Person heißt.")
    number: str | None = Field(description="Fallnummer, oder wie der Fall bei einer Beratung heißt.")
    kind: str = Field(description="Warum er offen steht.")
    kind_label: str = Field(description="Das auf Deutsch.")
    opened_at: Instant = Field(description="Seit wann.")
    until: Instant = Field(description="Bis wann, ausschließlich.")
    stands: bool = Field(description="Ob er jetzt offen steht.")
    awaits_review: bool = Field(description="Ob die Leitung ihn noch zu prüfen hat.")
    review_due: Day | None = Field(description="Bis wann er zu prüfen ist.")
    review_overdue: bool = Field(description="Ob das überfällig ist.")
    reviewed_by: str | None = Field(description="Wer geprüft hat.")
    reviewed_at: Instant | None = Field(description="Wann.")


class OpeningList(Message):
    """Openings, the newest first."""

    model_config = shown(items=[])

    items: list[OpeningView] = Field(description="Zugriffe.")


class SubstitutionMessage(Message):
    """Who stands in for whom, from a first to a last day, both included."""

    model_config = shown(absent="muster", deputy="beispiel", first="2026-12-21", last="2027-01-03")

    absent: PersonId = Field(description="Kennung der abwesenden Fachkraft.")
    deputy: PersonId = Field(description="Kennung der Vertretung.")
    first: Day = Field(description="Erster Tag.")
    last: Day = Field(description="Letzter Tag.")


class SubstitutionView(SubstitutionMessage):
    """The same with names, and whether it stands today."""

    model_config = shown(
        absent="muster", deputy="beispiel", first="2026-12-21", last="2027-01-03", absent_name="Frau Muster",
        deputy_name="Frau Beispiel", stands=False,
    )  # fmt: skip

    absent_name: Name = Field(description="Wie sie heißt.")
    deputy_name: Name = Field(description="Wie die Vertretung heißt.")
    stands: bool = Field(description="Ob sie heute gilt.")


class SubstitutionEnd(Message):
    """Which substitution is to end now."""

    model_config = shown(absent="muster", deputy="beispiel", first="2026-12-21")

    absent: PersonId = Field(description="Kennung der abwesenden Fachkraft.")
    deputy: PersonId = Field(description="Kennung der Vertretung.")
    first: Day = Field(description="Ihr erster Tag.")


class SubstitutionList(Message):
    """Substitutions, the newest first."""

    model_config = shown(items=[])

    items: list[SubstitutionView] = Field(description="Vertretungen.")
