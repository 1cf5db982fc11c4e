"""A case as it goes over the wire: as far as the person sees it, `null` where something is not theirs to know.

`views_case` builds them from `workflow`'s own values.
"""

from pydantic import Field

from adapters.api.schemas import Day, Instant, Message, shown


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
