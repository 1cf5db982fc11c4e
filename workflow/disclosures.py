"""Which data of a family went to whom, when, on which basis and by which way: read off the bodies A alone.

So it can be told for ever, also once the case itself is erased (Art. 15 DSGVO; AUDIT, Entry). What an entry says is
written by `workflow.accountability`; `tests/workflow/test_disclosures.py` holds both against each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from states.vocabulary import Command, Role, State
from workflow.audited import Audited, Recorded


class Told(StrEnum):
    """Categories of data that leave the house; the first four are those of a handover's package."""

    CONTACT = "contact"
    CHILD = "child"
    ADDRESS = "address"
    CONCERN = "concern"
    REQUEST = "request"
    AGE = "age"
    DANGER = "danger"
    REFERRAL = "referral"
    STATUS = "status"
    WITHDRAWAL = "withdrawal"
    REPLY = "reply"
    VERDICT = "verdict"

    @property
    def label(self) -> str:
        """The German name, as on a sheet for the family."""
        return {
            "contact": "Kontakt (Name, Telefon, Sprache)",
            "child": "Geburtsdatum oder Entbindungstermin des Kindes",
            "address": "Anschrift",
            "concern": "Anliegen",
            "request": "Anfrage ohne Namen: Aktenzeichen, Stadtteil, Tag der Meldung, Einwilligung",
            "age": "Alter des Kindes oder Monat der Entbindung",
            "danger": "Anhaltspunkte und Einschätzung einer Gefährdung, Aktenzeichen, Stadtteil, Tag der Meldung",
            "referral": "Nachfrage zur eigenen Meldung",
            "status": "Stand des Falls",
            "reply": "Antwort auf eine Rückfrage des ASD",
            "verdict": "Ob der ASD die Anhaltspunkte bestätigt sieht und tätig geworden ist",
            "withdrawal": "Hinweis, dass kein Kontakt mehr gewünscht ist",
        }[self.value]


class Why(StrEnum):
    """What data are passed on for."""

    HANDOVER = "handover"
    PROTECTION = "protection"
    CONSENT_QUERY = "consent_query"
    FEEDBACK = "feedback"
    NO_CONTACT = "no_contact"
    BACK_BY_LAW = "back_by_law"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "handover": "Übergabe in Begleitung",
            "protection": "Schutz des Kindes",
            "consent_query": "Klärung, ob eine Einwilligung vorliegt",
            "feedback": "Rückmeldung an die meldende Stelle",
            "no_contact": "Beachtung des Widerrufs",
            "back_by_law": "Rückmeldung an Berufsgeheimnisträger",
        }[self.value]

    @property
    def legal_basis(self) -> str:
        """The paragraphs on which it rests."""
        return {
            "handover": "Einwilligung, § 67b SGB X, Art. 7 DSGVO",
            "protection": "§ 8a SGB VIII; § 4 Abs. 3 KKG",
            "consent_query": "§ 67b SGB X",
            "feedback": "Einwilligung, § 67b SGB X, Art. 7 DSGVO",
            "no_contact": "Art. 7 Abs. 3 DSGVO",
            "back_by_law": "§ 4 Abs. 4 KKG",
        }[self.value]


IN_LOTSE = "lotse"
"""The way where somebody reads it in the program itself."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The consent on which a disclosure rests: kind, form and day as in `workflow.case`, no word of it."""

    id: str
    kind: str
    form: str
    given_on: date | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who got it: role and institution; `id` names the recipient in the directory, None for office and partner."""

    role: str
    institution: str = ""
    id: str | None = None

    @property
    def is_referrer(self) -> bool:
        """Whether this is the place that referred the family."""
        return self.role == Role.PARTNER


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Data that went to somebody with one entry.

    `data` are values of `Told`, `why` one of `Why`; a code that this version does not know stays as it is. `until` is
    when the recipient could no longer read it in Lotse, `confirmed_at` when the ASD confirmed that it has come.
    """

    entry: Recorded
    recipient: Recipient
    data: tuple[str, ...]
    why: str
    legal_basis: str
    channel: str
    grounds: tuple[Ground, ...] = ()
    until: datetime | None = None
    confirmed_at: datetime | None = None

    @property
    def at(self) -> datetime:
        """When, as the office says (aware)."""
        return self.entry.said_at

    @property
    def waits_for_review(self) -> bool:
        """Whether it names the referrer or a notice to the ASD: a person reviews these before the family reads them."""
        return self.recipient.is_referrer or self.is_notice

    @property
    def is_notice(self) -> bool:
        """Whether the ASD got it: to tell a family of it may put the child in danger."""
        return self.recipient.role == Role.ASD_WORKER


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody opened the case, or took it from the log."""

    entry: Recorded
    actor: str

    @property
    def at(self) -> datetime:
        """When, by the log's own clock (aware): what the entry says of itself may have been told."""
        return self.entry.at

    @property
    def tells_the_family(self) -> bool:
        """Whether it was done to answer the family who got its data."""
        return self.entry.action == Audited.DISCLOSURES


_OPENS = frozenset(
    {Audited.OPEN, Audited.LOG, Audited.HANDOVERS, Audited.DISCLOSURES, Audited.DUPLICATES, Audited.HOLDS}
)


def disclosures(entries: Iterable[Recorded], case: str) -> tuple[Disclosure, ...]:
    """What left the house about one case, in the order of the log."""
    found: list[Disclosure] = []
    for entry in entries:
        if entry.case != case or not entry.done or entry.a is None:
            continue
        found = [_followed(each, entry, entry.a) for each in found]
        found.extend(_read(entry, told) for told in dicts_of(entry.a, "disclosed"))
    return tuple(found)


def accesses(entries: Iterable[Recorded], case: str) -> tuple[Access, ...]:
    """Who opened the case, in the order of the log; steps speak for themselves."""
    return tuple(
        Access(entry, str((entry.a or {}).get("actor", "")))
        for entry in entries
        if entry.case == case and entry.done and entry.action in _OPENS
    )


def _followed(given: Disclosure, entry: Recorded, a: Mapping[str, Any]) -> Disclosure:
    """What a later entry says of an earlier disclosure: it has come, or its recipient reads it no more."""
    to = given.recipient
    at = entry.said_at
    if (
        to.role == Role.ASD_WORKER
        and given.confirmed_at is None
        and a.get("action") == Command.CONFIRM_RECEIPT
    ):
        given = replace(given, confirmed_at=at)
    if given.until is not None:
        return given
    if entry.action == Audited.ERASED:
        return replace(given, until=at)
    if to.role == Role.ASD_WORKER:
        ended = "state" in a and a["state"] != State.ESCALATED
    elif given.why == Why.HANDOVER:
        ended = any(
            each.get("recipient") == to.id and each.get("status") not in ("proposed", "accepted")
            for each in dicts_of(a, "handovers")
        )
    elif given.why == Why.FEEDBACK:
        gone = {each.get("id") for each in dicts_of(a, "consents") if each.get("withdrawn")}
        ended = any(ground.id in gone for ground in given.grounds)
    else:
        ended = False
    return replace(given, until=at) if ended else given


def _read(entry: Recorded, told: Mapping[str, Any]) -> Disclosure:
    recipient = Recipient(str(told.get("role", "")), str(told.get("institution", "")), told.get("to"))
    return Disclosure(
        entry,
        recipient,
        tuple(map(str, told.get("data", ()))),
        str(told.get("why", "")),
        str(told.get("legal_basis", "")),
        str(told.get("channel", "")),
        tuple(grounds(told)),
    )


def grounds(told: Mapping[str, Any]) -> Iterable[Ground]:
    """The consents that an entry names under `consents`."""
    for each in dicts_of(told, "consents"):
        day = each.get("given_on")
        given = date.fromisoformat(day) if isinstance(day, str) else None
        yield Ground(str(each.get("id", "")), str(each.get("kind", "")), str(each.get("form", "")), given)


def dicts_of(a: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """What an entry lists under a name, as far as it is what it should be."""
    found = a.get(name, ())
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []
