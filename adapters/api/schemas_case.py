"""A case as it goes over the wire: as far as the person sees it, `null` where something is not theirs to know.

Built from `workflow`'s own values by the functions below; nothing here decides what is shown.
"""

from datetime import date

from pydantic import Field

from adapters.api.names import in_url
from adapters.api.opened import Opened
from adapters.api.schemas import Day, Instant, Message, shown
from states.process import Process
from workflow.case import Consent, Duty, Family, Handover
from workflow.details import Field as Asked
from workflow.details import fields_of
from workflow.explained import explained
from workflow.judge import DENIED, Question, Verdict


class FieldView(Message):
    """A field that a command asks for."""

    model_config = shown(
        name="channel", label="Weg", kind="choice", required=True, hint="",
        choices={"phone": "Telefon", "visit": "Besuch"},
    )  # fmt: skip

    name: str = Field(description="Name im Körper der Anfrage.")
    label: str = Field(description="Deutsche Beschriftung.")
    kind: str = Field(description="text, day, moment, choice, choices, names, flag oder person.")
    required: bool = Field(description="Ob es angegeben werden muss.")
    hint: str = Field(description="Ein Hinweis dazu.")
    choices: dict[str, str] = Field(description="Was zur Wahl steht, mit deutscher Beschriftung.")


class AvailableCommand(Message):
    """A step of this case: possible now with its fields, or blocked with the reason and the next step."""

    model_config = shown(
        command="check-consent-yes", label="Einwilligung geprüft: liegt vor", recipient=None,
        recipient_name=None, allowed=False, idle=False, leads_to=None, fields=[],
        reason="„Einwilligung geprüft: liegt vor“ ist noch nicht möglich: Es fehlt die Ersteinschätzung, ob ein "
        "Kind in Gefahr ist.",
        next_step="„Ersteinschätzung: Ist ein Kind in Gefahr?“", next_command="triage-no",
    )  # fmt: skip

    command: str = Field(description="Name in der Adresse: POST /cases/{number}/commands/{command}.")
    label: str = Field(description="Deutscher Name des Schritts.")
    recipient: str | None = Field(description="Wen der Schritt meint, wenn er jemanden nennt.")
    recipient_name: str | None = Field(description="Wie diese Stelle heißt.")
    allowed: bool = Field(description="Ob der Schritt jetzt möglich ist.")
    idle: bool = Field(description="Möglich, aber ohne Wirkung: auf einer Seite am besten weglassen.")
    leads_to: str | None = Field(description="Der Stand danach, wenn der Schritt möglich ist.")
    fields: list[FieldView] = Field(description="Was der Schritt wissen will, wenn er möglich ist.")
    reason: str | None = Field(description="Warum er nicht möglich ist.")
    next_step: str | None = Field(description="Was zuerst zu tun ist, in Worten.")
    next_command: str | None = Field(description="Was zuerst zu tun ist, als Befehl.")


class SourceView(Message):
    """Where the referral came from."""

    model_config = shown(kind="Klinik", institution="Klinikum Nordstadt", by_partner=True)

    kind: str = Field(description="Art der Stelle.")
    institution: str = Field(description="Einrichtung.")
    by_partner: bool = Field(description="Ob ein Kooperationspartner gemeldet hat.")


class FamilyView(Message):
    """The family's own data, as far as this person may read them."""

    model_config = shown(
        surname="Musterfrau", first_name="Mia", phone="0151 00000042", street="Beispielweg 1",
        postcode="59192", language="deutsch", concern="Stillen klappt nicht",
    )  # fmt: skip

    surname: str = Field(description="Nachname.")
    first_name: str = Field(description="Vorname.")
    phone: str = Field(description="Telefon.")
    street: str = Field(description="Straße.")
    postcode: str = Field(description="PLZ.")
    language: str = Field(description="Sprache.")
    concern: str = Field(description="Anliegen.")


class ChildView(Message):
    """The child's dates."""

    model_config = shown(born="2026-01-08", expected=None)

    born: Day | None = Field(description="Kind geboren am.")
    expected: Day | None = Field(description="Entbindungstermin.")


class ObligationView(Message):
    """What is owed, until when, and how that was counted."""

    model_config = shown(
        obligation="first_contact", label="Erstkontakt", recipient=None, due="2026-03-12", aim=None,
        overdue_from="2026-03-12T23:00:00Z", overdue=False,
        explanation="ab 09.03.2026, Arbeitstage: Di 10.03. (1) · Mi 11.03. (2) · Do 12.03. (3)",
    )  # fmt: skip

    obligation: str = Field(description="Was geschuldet ist.")
    label: str = Field(description="Deutscher Name.")
    recipient: str | None = Field(description="Welche Stelle es betrifft.")
    due: Day = Field(description="Der letzte Tag der Frist, Ortszeit Berlin.")
    aim: Day | None = Field(description="Der Tag, den das Netz sich vornimmt.")
    overdue_from: Instant = Field(description="Ab wann überfällig.")
    overdue: bool = Field(description="Ob jetzt überfällig.")
    explanation: str = Field(description="Wie gerechnet wurde.")


class ConsentView(Message):
    """One consent."""

    model_config = shown(
        kind="contact", label="Einwilligung in die Kontaktaufnahme", form="written", recipient=None,
        given_on="2026-03-09", expires_on=None, withdrawn_at=None, stands=True, giver="Mutter",
        evidence="Ordner A, Blatt 1", purpose="", scope=[],
    )  # fmt: skip

    kind: str = Field(description="release, contact, handover oder feedback.")
    label: str = Field(description="Deutscher Name.")
    form: str = Field(description="written, electronic, oral oder conduct.")
    recipient: str | None = Field(description="Für welche Stelle.")
    given_on: Day = Field(description="Erteilt am.")
    expires_on: Day | None = Field(description="Gilt bis einschließlich.")
    withdrawn_at: Instant | None = Field(description="Widerrufen am.")
    stands: bool = Field(description="Ob sie heute gilt.")
    giver: str = Field(description="Erteilt von.")
    evidence: str = Field(description="Nachweis.")
    purpose: str = Field(description="Zweck.")
    scope: list[str] = Field(description="Welche Daten sie umfasst.")


class HandoverView(Message):
    """One handover, from its proposal on."""

    model_config = shown(
        recipient="yildiz", recipient_name="Frau Yıldız (Familienhebamme)", status="proposed",
        status_label="angefragt", package=["child", "contact"], proposed_at="2026-03-10T09:00:00Z",
        proposed_by="fachkraft", answered_at=None, answered_by=None, ended_at=None,
    )  # fmt: skip

    recipient: str = Field(description="Die angefragte Stelle.")
    recipient_name: str = Field(description="Wie sie heißt.")
    status: str = Field(description="proposed, accepted, declined, revoked, ended oder fallen.")
    status_label: str = Field(description="Deutscher Name.")
    package: list[str] = Field(description="Was weitergegeben wird.")
    proposed_at: Instant = Field(description="Angefragt am.")
    proposed_by: str = Field(description="Von wem.")
    answered_at: Instant | None = Field(description="Beantwortet am.")
    answered_by: str | None = Field(description="Von wem.")
    ended_at: Instant | None = Field(description="Beendet am.")


class CaseView(Message):
    """One case as this person sees it. What is not theirs to know is `null` or missing from its list."""

    model_config = shown(
        number="FH-2026-0042", state="received", state_label="Eingegangen", version=1,
        received_on="2026-03-09", responsible="fachkraft", responsible_name="Frau Muster", district="Nord",
        closed_reason=None, family=None,
        source={"kind": "Klinik", "institution": "Klinikum Nordstadt", "by_partner": True},
        child={"born": "2026-01-08", "expected": None}, age=None, obligations=[], consents=[], handovers=[],
        available_commands=[],
    )  # fmt: skip

    number: str = Field(description="Fallnummer.")
    state: str | None = Field(description="Stand.")
    state_label: str | None = Field(description="Stand, deutsch.")
    version: int | None = Field(description="Fassung; steht auch als ETag im Kopf.")
    received_on: Day = Field(description="Tag des Eingangs.")
    responsible: str | None = Field(description="Zuständige Fachkraft.")
    responsible_name: str | None = Field(description="Wie sie heißt.")
    district: str = Field(description="Ortsteil.")
    closed_reason: str | None = Field(description="Abschlussgrund.")
    source: SourceView | None = Field(description="Meldende Stelle.")
    family: FamilyView | None = Field(description="Daten der Familie.")
    child: ChildView | None = Field(description="Daten des Kindes.")
    age: str | None = Field(description="Alter des Kindes, in Worten: nur bei einer Beratung ohne Namen.")
    obligations: list[ObligationView] = Field(description="Fristen.")
    consents: list[ConsentView] = Field(description="Einwilligungen.")
    handovers: list[HandoverView] = Field(description="Übergaben.")
    available_commands: list[AvailableCommand] = Field(description="Schritte, mögliche und gehinderte.")


def case_view(opened: Opened) -> CaseView:
    """The case as this person sees it."""
    case, question, sight = opened.case, opened.question, opened.sight
    process = question.network.profile.process
    keeper = question.directory.persons.get(case.responsible or "")
    shows_child = sight.whole or case.child.born is not None or case.child.expected is not None
    return CaseView(
        number=case.number,
        state=case.state or None,
        state_label=process.label(case.state) if case.state else None,
        version=opened.version,
        received_on=case.received_on,
        responsible=case.responsible,
        responsible_name=keeper.name if keeper else None,
        district=case.district,
        closed_reason=case.closed_reason,
        source=_source(opened),
        family=family_view(opened.view.family),
        child=ChildView(born=case.child.born, expected=case.child.expected) if shows_child else None,
        age=opened.view.age or None,
        obligations=[obligation_view(duty, question) for duty in case.duties],
        consents=[consent_view(consent, question.moment.day) for consent in case.consents],
        handovers=[handover_view(handover, question) for handover in case.handovers],
        available_commands=command_views(question, opened.view.steps),
    )


def _source(opened: Opened) -> SourceView | None:
    source = opened.case.source
    if not source.kind and not source.institution:
        return None
    return SourceView(kind=source.kind, institution=source.institution, by_partner=source.by_partner)


def family_view(family: Family | None) -> FamilyView | None:
    """The family as far as it was opened."""
    if family is None:
        return None
    return FamilyView(**{name: getattr(family, name) for name in FamilyView.model_fields})


def obligation_view(duty: Duty, question: Question) -> ObligationView:
    """One obligation, its deadline explained."""
    return ObligationView(
        obligation=duty.obligation,
        label=question.network.profile.process.obligation_label(duty.obligation),
        recipient=duty.recipient,
        due=duty.due,
        aim=duty.aim,
        overdue_from=duty.overdue_from,
        overdue=duty.overdue_from <= question.moment.at,
        explanation=explained(duty, question),
    )


def consent_view(consent: Consent, today: date) -> ConsentView:
    """One consent, and whether it holds on this local day."""
    return ConsentView(
        kind=consent.kind.value,
        label=consent.kind.label,
        form=consent.form.value,
        recipient=consent.recipient,
        given_on=consent.given_on,
        expires_on=consent.expires_on,
        withdrawn_at=consent.withdrawn_at,
        stands=consent.valid_on(today),
        giver=consent.giver,
        evidence=consent.evidence,
        purpose=consent.purpose,
        scope=[part.value for part in consent.scope],
    )


def handover_view(handover: Handover, question: Question) -> HandoverView:
    """One handover."""
    return HandoverView(
        recipient=handover.recipient,
        recipient_name=question.directory.recipient_name(handover.recipient),
        status=handover.status.value,
        status_label=handover.status.label,
        package=[part.value for part in handover.package],
        proposed_at=handover.proposed_at,
        proposed_by=handover.proposed_by,
        answered_at=handover.answered_at,
        answered_by=handover.answered_by,
        ended_at=handover.ended_at,
    )


def command_views(question: Question, verdicts: tuple[Verdict, ...]) -> list[AvailableCommand]:
    """Every step that is, or could become, this person's; what their role never allows is left out."""
    process = question.network.profile.process
    shown_ones = [v for v in verdicts if v.blocked is None or v.blocked.code != DENIED]
    return [_command(process, question, verdict) for verdict in shown_ones]


def _command(process: Process, question: Question, verdict: Verdict) -> AvailableCommand:
    blocked = verdict.blocked
    known = verdict.recipient is not None
    return AvailableCommand(
        command=in_url(verdict.command),
        label=process.label(verdict.command),
        recipient=verdict.recipient,
        recipient_name=question.directory.recipient_name(verdict.recipient) if known else None,
        allowed=blocked is None,
        idle=verdict.idle,
        leads_to=verdict.target or None,
        fields=[field_view(each) for each in fields_of(verdict.command)] if blocked is None else [],
        reason=blocked.reason if blocked else None,
        next_step=(blocked.next_step or None) if blocked else None,
        next_command=(in_url(blocked.next_command) or None) if blocked else None,
    )


def field_view(field: Asked) -> FieldView:
    """One field of a command."""
    return FieldView(
        name=field.name,
        label=field.label,
        kind=field.kind.value,
        required=field.required,
        hint=field.hint,
        choices=dict(field.choices),
    )


class Obligations(Message):
    """What is owed in a case."""

    model_config = shown(items=[])

    items: list[ObligationView] = Field(description="Fristen.")


class Consents(Message):
    """The consents of a case."""

    model_config = shown(items=[])

    items: list[ConsentView] = Field(description="Einwilligungen.")


class Handovers(Message):
    """The handovers of a case."""

    model_config = shown(items=[])

    items: list[HandoverView] = Field(description="Übergaben.")
