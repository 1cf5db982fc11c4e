"""Notices to the ASD and handovers looked into, as they go over the wire."""

from typing import Annotated, Any

from pydantic import Field

from adapters.api.schemas import Day, Instant, Message, Text, shown
from adapters.api.schemas_partners import AsdWord

_NOTICE: dict[str, Any] = dict(  # noqa: C408 - reads as the fields below
    number="FH-2026-0042", urgent=True, since="2026-12-25T21:10:00+00:00", told=["contact", "child"],
        told_to="Frau Dienst", confirmed_at=None, due="2026-12-28", overdue=False,
        way="Bis dahin telefonisch: Bereitschaft, bei akuter Gefahr 110.", asked_since=None, record_missing=True,
        report=None,
)  # fmt: skip


class NoticeView(Message):
    """One notice in the ASD's inbox."""

    model_config = shown(**_NOTICE)

    number: str = Field(description="Fallnummer.")
    urgent: bool = Field(description="Ob es eine Eilmeldung ist.")
    since: Instant | None = Field(description="Seit wann sie vorliegt.")
    told: list[str] = Field(description="Was mitgeteilt wurde.")
    told_to: str = Field(description="Wem beim ASD, wie eingetragen.")
    confirmed_at: Instant | None = Field(description="Wann ein Mensch den Empfang bestätigt hat.")
    due: Day | None = Field(description="Bis wann das nächste zu tun ist.")
    overdue: bool = Field(description="Ob das überfällig ist.")
    way: str | None = Field(description="Der telefonische Weg, solange niemand bestätigt hat.")
    asked_since: Instant | None = Field(description="Seit wann eine Rückfrage offen ist.")
    record_missing: bool = Field(description="Ob die Dokumentation der Eilmeldung noch fehlt.")
    report: AsdWord | None = Field(description="Was der ASD zurückgemeldet hat.")


class NoticeList(Message):
    """The ASD's inbox: unconfirmed first, urgent first, the oldest first."""

    model_config = shown(items=[])

    items: list[NoticeView] = Field(description="Die Mitteilungen.")


class TalkWord(Message):
    """A question of the ASD, or an answer to it."""

    model_config = shown(
        question=True, by="dienst", at="2026-12-26T08:00:00+00:00", text="Wann war der letzte Hausbesuch?"
    )

    question: bool = Field(description="Ob es eine Frage ist.")
    by: str = Field(description="Wer (Kennung).")
    at: Instant = Field(description="Wann.")
    text: str = Field(description="Der Wortlaut.")


class NoticeOpened(Message):
    """One notice with what was asked and answered; what was told stands in the case, as the ASD may read it."""

    model_config = shown(notice=_NOTICE, words=[])

    notice: NoticeView = Field(description="Die Mitteilung.")
    words: list[TalkWord] = Field(description="Rückfragen und Antworten, die ältesten zuerst.")


class HandoverQuery(Message):
    """Which handovers are looked for, and why; days are those of the request."""

    model_config = shown(check="overdue", since="2026-01-01", until="2026-03-31", reason="")

    check: str | None = Field(
        None,
        pattern="^(unanswered|overdue|declined|without_proof|unreviewed)$",
        description="Nur diese: unanswered, overdue, declined, without_proof, unreviewed.",
    )
    since: Day | None = Field(None, description="Angefragt ab.")
    until: Day | None = Field(None, description="Angefragt bis, einschließlich.")
    reason: Annotated[Text, Field(max_length=500)] = Field(
        "", description="Grund; für den Datenschutz nötig. Bitte ohne Namen von Familien."
    )


_LINE: dict[str, Any] = dict(  # noqa: C408 - reads as the fields below
    case="0f0c6a522d7e4f7c9d0e7b1c2a3d4e5f", number="FH-2026-0042", handover="9a0c6a522d7e4f7c9d0e7b1c2a3d4e5f",
        recipient="yildiz", status="declined", status_label="abgelehnt", proposed_at="2026-03-09T09:00:00+00:00",
        due="2026-03-12", answered_at="2026-03-12T16:00:00+00:00", overdue=False, package=["contact", "child"],
        flaws=[], flaw_labels=[], reviewed_at=None, reviewed_by=None,
)  # fmt: skip


class HandoverLine(Message):
    """One handover as the log tells of it."""

    model_config = shown(**_LINE)

    case: str = Field(description="Kennung des Falls.")
    number: str | None = Field(
        description="Fallnummer, wo sie diese Person kennen darf und der Fall noch da ist."
    )
    handover: str = Field(description="Kennung der Übergabe.")
    recipient: str = Field(description="An wen (Kennung).")
    status: str = Field(description="Was daraus wurde.")
    status_label: str = Field(description="Das auf Deutsch.")
    proposed_at: Instant = Field(description="Wann angefragt.")
    due: Day | None = Field(description="Bis wann zu antworten war.")
    answered_at: Instant | None = Field(description="Wann geantwortet.")
    overdue: bool = Field(description="Ob zu spät oder noch nicht geantwortet wurde.")
    package: list[str] = Field(description="Was weitergegeben wurde.")
    flaws: list[str] = Field(description="Was am Nachweis fehlt.")
    flaw_labels: list[str] = Field(description="Das auf Deutsch.")
    reviewed_at: Instant | None = Field(description="Wann zuletzt geprüft.")
    reviewed_by: str | None = Field(description="Von wem (Kennung).")


class HandoverList(Message):
    """The handovers that were looked for, and how many stand under each heading."""

    model_config = shown(items=[], counts={"unanswered": 1, "overdue": 0, "declined": 2, "without_proof": 0})

    items: list[HandoverLine] = Field(description="Die Übergaben, in der Reihenfolge der Anfragen.")
    counts: dict[str, int] = Field(description="Wie viele es in diesem Zeitraum je Überschrift sind.")


class ChainEntry(Message):
    """One entry of a chain, with the proof of its place in the log (C2SP tlog-proof) where a checkpoint covers it."""

    model_config = shown(
        seq=118, incarnation=None, at="2026-03-09T09:00:00+00:00", action="accept:r", label="Übergabe annehmen",
        actor="hebamme", remark=None, proof=None,
    )  # fmt: skip

    seq: int = Field(description="Nummer im Protokoll.")
    incarnation: int | None = Field(description="Frühere Fassung des Protokolls; sonst das jetzige.")
    at: Instant = Field(description="Wann.")
    action: str = Field(description="Was.")
    label: str = Field(description="Das auf Deutsch.")
    actor: str = Field(description="Wer (Kennung).")
    remark: str | None = Field(description="Der Vermerk, bei einer Prüfung.")
    proof: str | None = Field(description="Nachweis; zu prüfen mit docs/verify/verify_proof.py.")


class ChainView(Message):
    """One handover as a chain of entries."""

    model_config = shown(line=_LINE, entries=[], vkey="…")

    line: HandoverLine = Field(description="Die Übergabe.")
    entries: list[ChainEntry] = Field(description="Ihre Einträge, die ältesten zuerst.")
    vkey: str = Field(description="Prüfschlüssel des Protokolls.")


class HandoverReview(Message):
    """What was found when a handover was looked into."""

    model_config = shown(remark="Einwilligung liegt vor, Frist eingehalten.")

    remark: Annotated[Text, Field(min_length=1, max_length=2000)] = Field(
        description="Was geprüft wurde; liegt verschlüsselt beim Fall."
    )
