"""The log as it goes over the wire: a case's story, who looked, what was passed on, and the house's entries."""

from typing import Any

from pydantic import Field, JsonValue

from adapters.api.schemas import Day, Instant, Message, Text, shown

LONGEST_REASON = 500


class Word(Message):
    """One thing that was said with a step."""

    model_config = shown(name="channel", label="Weg", values=["phone"])

    name: str = Field(description="Name der Angabe.")
    label: str = Field(description="Deutsche Beschriftung.")
    values: list[str] = Field(description="Was angegeben wurde.")


class StoryEntry(Message):
    """One entry of a case's story, as far as this person reads it."""

    model_config = shown(
        seq=17, incarnation=None, at="2026-03-09T09:00:00Z", action="reach-family", label="Kontakt hergestellt",
        actor="fachkraft", actor_name="Frau Muster", outcome="done", version=4, recipient=None,
        words=[{"name": "channel", "label": "Weg", "values": ["phone"]}],
    )  # fmt: skip

    seq: int = Field(description="Nummer im Protokoll.")
    incarnation: int | None = Field(description="In welchem früheren Protokoll; null: im jetzigen.")
    at: Instant = Field(description="Wann.")
    action: str = Field(description="Was, als Befehl.")
    label: str = Field(description="Was, deutsch.")
    actor: str = Field(description="Wer.")
    actor_name: str = Field(description="Wie sie heißt.")
    outcome: str = Field(description="done oder refused.")
    version: int | None = Field(description="Die Fassung danach.")
    recipient: str | None = Field(description="Wen es meinte.")
    words: list[Word] = Field(description="Was dazu gesagt wurde, wo es Ihnen zu lesen ist.")


class StoryPage(Message):
    """A case's story, the newest first."""

    model_config = shown(items=[], next=None)

    items: list[StoryEntry] = Field(description="Das Neueste zuerst.")
    next: str | None = Field(description="Wo es weitergeht; null am Ende.")


class Alike(Message):
    """Cases that may be of the same family."""

    model_config = shown(numbers=["FH-2026-0007"])

    numbers: list[str] = Field(description="Fallnummern.")


class Reason(Message):
    """Why somebody reads; on record, and in the body because it stands in no address."""

    model_config = shown(reason="Prüfung nach Beschwerde 3/2026")

    reason: Text = Field("", max_length=LONGEST_REASON, description="Grund, ohne Namen von Familien.")


class AccessLine(Message):
    """Somebody opened the case."""

    model_config = shown(
        at="2026-03-09T09:00:00Z",
        action="open",
        label="Fall geöffnet",
        actor="fachkraft",
        roles=["case_worker"],
    )

    at: Instant = Field(description="Wann.")
    action: str = Field(description="Wie.")
    label: str = Field(description="Wie, deutsch.")
    actor: str = Field(description="Wer.")
    roles: list[str] = Field(description="Rollen, die diese Person heute hat.")


class Accesses(Message):
    """Everybody who opened the case."""

    model_config = shown(items=[])

    items: list[AccessLine] = Field(description="Das Früheste zuerst.")


class DisclosureQuery(Message):
    """Asking who got which data of a family (Art. 15 DSGVO)."""

    model_config = shown(reason="Auskunftsersuchen vom 02.03.2026", reviewed=False)

    reason: Text = Field("", max_length=LONGEST_REASON, description="Grund, ohne Namen von Familien.")
    reviewed: bool = Field(
        False, description="Sie stehen dafür ein, dass Dritte und der ASD genannt werden dürfen."
    )


class DisclosureLine(Message):
    """Data that went to somebody."""

    model_config = shown(
        at="2026-03-10T09:00:00Z", to="yildiz", role="family_midwife", institution="", data=["contact", "child"],
        data_labels=["Kontakt (Name, Telefon, Sprache)"], why="handover", why_label="Übergabe in Begleitung",
        legal_basis="Einwilligung, § 67b SGB X, Art. 7 DSGVO", channel="lotse", until=None, confirmed_at=None,
    )  # fmt: skip

    at: Instant = Field(description="Wann.")
    to: str | None = Field(description="An wen; null: an Amt oder Partner.")
    role: str = Field(description="In welcher Rolle.")
    institution: str = Field(description="Einrichtung.")
    data: list[str] = Field(description="Welche Daten.")
    data_labels: list[str] = Field(description="Welche Daten, deutsch.")
    why: str = Field(description="Wozu.")
    why_label: str = Field(description="Wozu, deutsch.")
    legal_basis: str = Field(description="Grundlage.")
    channel: str = Field(description="Auf welchem Weg.")
    until: Instant | None = Field(description="Bis wann es in Lotse zu lesen war.")
    confirmed_at: Instant | None = Field(description="Wann der ASD den Empfang bestätigt hat.")


class Disclosures(Message):
    """What left the house about one family; what a person must review first is only counted."""

    model_config = shown(items=[], withheld=0)

    items: list[DisclosureLine] = Field(description="Das Früheste zuerst.")
    withheld: int = Field(description="So viele warten darauf, dass jemand sie durchsieht.")


class LogQuery(Message):
    """What is looked for in the log of the house."""

    model_config = shown(
        reason="Stichprobe März", person=None, group="refusals", since="2026-03-01", until="2026-03-31",
        limit=50, cursor=None,
    )  # fmt: skip

    reason: Text = Field("", max_length=LONGEST_REASON, description="Grund, ohne Namen von Familien.")
    person: Text | None = Field(None, max_length=200, description="Nur was diese Person betrifft (Kennung).")
    group: str | None = Field(
        None, max_length=20, pattern=r"^[a-z]*$", description="Nur diese Gruppe, aus GET /process."
    )
    since: Day | None = Field(None, description="Ab diesem Tag.")
    until: Day | None = Field(None, description="Bis einschließlich.")
    limit: int = Field(50, ge=1, le=200, description="So viele höchstens.")
    cursor: str | None = Field(None, max_length=1000, description="Wo es weitergeht.")


class LogLine(Message):
    """One entry of the log: what everybody who may read it learns, and body A as it stands."""

    model_config = shown(
        seq=17, incarnation=None, at="2026-03-09T09:00:00Z", action="open", label="Fall geöffnet", actor="fachkraft",
        case="0b5e0b5e0b5e0b5e0b5e0b5e0b5e0b5e", number="FH-2026-0042", outcome="done", groups=["accesses"],
        body={"action": "open", "actor": "fachkraft", "outcome": "done"},
    )  # fmt: skip

    seq: int = Field(description="Nummer im Protokoll.")
    incarnation: int | None = Field(description="In welchem früheren Protokoll; null: im jetzigen.")
    at: Instant = Field(description="Die Zeit des Protokolls.")
    action: str = Field(description="Was.")
    label: str = Field(description="Was, deutsch.")
    actor: str = Field(description="Wer.")
    case: str | None = Field(description="Kennung des Falls.")
    number: str | None = Field(description="Fallnummer, wo sie Ihnen zu wissen ist.")
    outcome: str = Field(description="done oder refused; leer, wenn nicht mehr lesbar.")
    groups: list[str] = Field(description="Wozu es gehört.")
    body: dict[str, JsonValue] | None = Field(
        description="Der Eintrag, wie er dasteht; null: Schlüssel vernichtet."
    )


class LogPage(Message):
    """Entries of the log, the newest first."""

    model_config = shown(items=[], next=None)

    items: list[LogLine] = Field(description="Das Neueste zuerst.")
    next: str | None = Field(description="Wo es weitergeht; null am Ende.")


def plain_words(value: Any) -> list[str]:  # noqa: ANN401 - body B holds whatever a field may hold
    """A value of body B as words."""
    if isinstance(value, bool):
        return ["ja" if value else "nein"]
    if isinstance(value, list | tuple):
        return [word for each in value for word in plain_words(each)]
    return [] if value is None else [str(value)]
