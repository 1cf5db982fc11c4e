"""The case: what is remembered of one family's way through the Frühe Hilfen, as one frozen value.

A case holds the memory of the process (state, marks, consents, handovers, obligations) and the child's dates,
because rights depend on age. The family's names, phone and words are apart, in `Family`, and are opened only when
somebody asks for them. Every change makes a new value; `workflow.advance` is the only place that makes one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from states.vocabulary import Fact
from workflow.calendar import BERLIN


class ConsentKind(StrEnum):
    """The four consents of DOMAIN section 2: separate objects, never bundled (§ 67b SGB X, Art. 7 DSGVO)."""

    RELEASE = "release"
    CONTACT = "contact"
    HANDOVER = "handover"
    FEEDBACK = "feedback"

    @property
    def label(self) -> str:
        """The German name, as on a form."""
        return {
            "release": "Schweigepflichtentbindung der meldenden Stelle",
            "contact": "Einwilligung in die Kontaktaufnahme",
            "handover": "Einwilligung in die Übergabe",
            "feedback": "Einwilligung in die Rückmeldung an die meldende Stelle",
        }[self.value]


class ConsentForm(StrEnum):
    """How a consent was given; an oral one needs its reason (§ 67b (2) SGB X)."""

    WRITTEN = "written"
    ELECTRONIC = "electronic"
    ORAL = "oral"
    CONDUCT = "conduct"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "written": "schriftlich",
            "electronic": "elektronisch",
            "oral": "mündlich",
            "conduct": "durch eigene Meldung",
        }[self.value]


class Package(StrEnum):
    """What a handover may carry: chosen fields, within the scope of the consent."""

    CONTACT = "contact"
    CHILD = "child"
    ADDRESS = "address"
    CONCERN = "concern"

    @property
    def label(self) -> str:
        """The German name."""
        return {"contact": "Kontakt", "child": "Kind", "address": "Anschrift", "concern": "Anliegen"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent: giver, form, date, evidence, scope, expiry, withdrawal. `expires_on` is its last day."""

    id: str
    kind: ConsentKind
    form: ConsentForm
    given_on: date
    giver: str = field(default="", repr=False)
    evidence: str = field(default="", repr=False)
    oral_reason: str = field(default="", repr=False)
    recipient: str | None = None
    purpose: str = field(default="", repr=False)
    scope: tuple[Package, ...] = ()
    expires_on: date | None = None
    withdrawn_at: datetime | None = None

    def stands(self) -> bool:
        """Whether nobody has withdrawn it."""
        return self.withdrawn_at is None

    def valid_on(self, day: date) -> bool:
        """Whether it stands and has not expired on the local `day`."""
        return self.withdrawn_at is None and (self.expires_on is None or day <= self.expires_on)


class HandoverStatus(StrEnum):
    """Where a handover is; the sender stays responsible until `accepted` by name."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    ENDED = "ended"
    FALLEN = "fallen"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "proposed": "angefragt",
            "accepted": "angenommen",
            "declined": "abgelehnt",
            "revoked": "zurückgezogen",
            "ended": "beendet",
            "fallen": "durch Widerruf oder Mitteilung an den ASD beendet",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Handover:
    """A two-sided handover: proposed with a package and its basis, answered by a named person."""

    id: str
    recipient: str
    status: HandoverStatus
    proposed_at: datetime
    proposed_by: str
    package: tuple[Package, ...]
    basis: str
    answered_at: datetime | None = None
    answered_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A documented attempt to reach the family: when, over which channel, reached or not."""

    at: datetime
    channel: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation of this case: anchored at its event, due at the end of a local day, flagged at most once.

    `due` and `aim` are local dates in Europe/Berlin; `overdue_from` is the aware instant of the next local midnight.
    `counted` names the way of counting, the Land and the version of the calendar. `told_as` is set where the child's age
    ends it: the same day for all who were born in the same week, as late as it can be for one of them.
    """

    obligation: str
    recipient: str | None
    anchor: date
    due: date
    overdue_from: datetime
    days: int = 0
    counted: str = ""
    aim: date | None = None
    flagged_at: datetime | None = None
    told_as: date | None = field(default=None, repr=False)

    @property
    def told_due(self) -> date:
        """The last day as what outlives the case may say it: nobody reads a birthday off it."""
        return self.told_as or self.due

    @property
    def flag_from(self) -> datetime:
        """The aware instant from which it is flagged: when it is overdue, or when all born in that week are."""
        if self.told_as is None:
            return self.overdue_from
        return datetime.combine(self.told_as + timedelta(days=1), time(), BERLIN)

    @property
    def key(self) -> tuple[str, str | None]:
        """An obligation runs at most once for the case, or once for a recipient."""
        return (self.obligation, self.recipient)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the referral came from: kind of place, institution, and whether a partner referred."""

    kind: str
    institution: str = ""
    by_partner: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """The dates that decide on age limits: born, or expected. Local dates; both may be missing."""

    born: date | None = field(default=None, repr=False)
    expected: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Family:
    """The family's own data: encrypted before they touch the disk, never in a log, a title or an error."""

    surname: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    street: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    language: str = field(default="", repr=False)
    concern: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AsdReport:
    """What the ASD tells a referrer (§ 4 (4) KKG): confirmed, has acted, is still acting; `at` is an aware instant."""

    confirmed: bool
    acted: bool
    acting: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `received_on` is the local date of the receipt that anchors deadlines; instants are aware UTC."""

    id: str
    number: str
    profile: str
    profile_version: int
    state: str
    version: int
    source: Source
    received_on: date
    opened_at: datetime
    marks: Mapping[str, datetime] = field(default_factory=dict)
    child: Child = field(default_factory=Child, repr=False)
    responsible: str | None = None
    district: str = ""
    consents: tuple[Consent, ...] = ()
    handovers: tuple[Handover, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    duties: tuple[Duty, ...] = ()
    coming: tuple[Duty, ...] = ()
    anchors: Mapping[str, date] = field(default_factory=dict)
    letter_sent_at: datetime | None = None
    closed_reason: str | None = None
    escalated_to: str = field(default="", repr=False)
    told: tuple[Package, ...] = ()
    tasks: tuple[str, ...] = ()
    moved_at: datetime | None = None
    """When a person last did a step, as told; None in a record from before this was kept."""
    queried_at: datetime | None = None
    """When the partner was asked about consent and has not answered since."""
    referral_withdrawn_at: datetime | None = None
    """When the referral itself was taken back, and no yes of the family came since."""
    escalated_at: datetime | None = None
    """When the notice went to the ASD last; None also in a record from before this was kept."""
    escalated_urgently: bool = False
    report: AsdReport | None = field(default=None, repr=False)

    def consents_for(self, kind: ConsentKind, recipient: str | None = None) -> Iterator[Consent]:
        """The consents of a kind (for a recipient) that nobody has withdrawn, newest last."""
        return (c for c in self.consents if c.kind is kind and c.recipient == recipient and c.stands())

    def handover_to(self, recipient: str, *statuses: HandoverStatus) -> Handover | None:
        """The handover to this recipient in one of these statuses, or None."""
        return next((h for h in self.handovers if h.recipient == recipient and h.status in statuses), None)

    @property
    def watched(self) -> tuple[Duty, ...]:
        """The running obligations, and those that time alone will begin (a consent that ends)."""
        return (*self.duties, *self.coming)

    def duty(self, obligation: str, recipient: str | None = None) -> Duty | None:
        """The running obligation of this name, or None."""
        return next((d for d in self.duties if d.key == (obligation, recipient)), None)

    @property
    def next_due(self) -> Duty | None:
        """The running obligation that is due first, or None in a closed case."""
        return min(self.watched, key=lambda duty: (duty.overdue_from, duty.obligation), default=None)


# Which facts are marks of the case, and which are read off its consents and handovers.
READ_FROM_OBJECTS = frozenset({Fact.CONSENT, Fact.CONSENT_FOR, Fact.OFFERED, Fact.HANDED})
