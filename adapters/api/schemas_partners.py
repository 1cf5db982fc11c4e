"""Partners, institutions and the ASD's word as they go over the wire: Kennzeichen in the place of numbers, no file."""

from typing import Annotated

from pydantic import Field

from adapters.api.schemas import Day, Instant, Message, Name, Text, shown
from adapters.api.schemas_openings import PersonId
from adapters.partners import Consent
from workflow.intake.source import SourceKind

Short = Annotated[Text, Field(max_length=200)]
InstitutionId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class PartnerReferral(Message):
    """A referral by a partner; without consent („noch nicht“) it is sent without a name, and nothing is stored."""

    model_config = shown(
        consent="written", surname="Musterfrau", first_name="Mia", born="2026-02-20", phone="0151 00000042",
        district="Nord", concern="Stillen klappt nicht", giver="Mutter", evidence="Formular in der Akte",
    )  # fmt: skip

    consent: Consent = Field(
        strict=False,
        description="written, electronic oder oral: Die Familie hat eingewilligt. unclear: wir fragen nach. "
        "not_yet: noch nicht gefragt; dann wird nichts gespeichert.",
    )
    surname: Short | None = Field(None, description="Nachname.")
    first_name: Short | None = Field(None, description="Vorname.")
    born: Day | None = Field(None, description="Kind geboren am.")
    expected: Day | None = Field(None, description="Entbindungstermin.")
    phone: Short | None = Field(None, description="Telefon.")
    street: Short | None = Field(None, description="Straße.")
    postcode: Short | None = Field(None, description="PLZ.")
    district: Short | None = Field(None, description="Ortsteil.")
    language: Short | None = Field(None, description="Sprache.")
    concern: Text | None = Field(None, description="Anliegen.")
    given_on: Day | None = Field(None, description="Eingewilligt am; sonst: heute.")
    giver: Short | None = Field(None, description="Wer eingewilligt hat.")
    evidence: Short | None = Field(None, description="Wo das Formular liegt.")
    oral_reason: Text | None = Field(None, description="Warum nur mündlich.")
    expires_on: Day | None = Field(None, description="Gilt bis.")


class ReferralReceipt(Message):
    """What a partner gets for a referral."""

    model_config = shown(
        reference="7KQ-42M", received_on="2026-03-09", contact_until="2026-03-12", answer_until=None
    )

    reference: str = Field(description="Kennzeichen: unter diesem finden Sie die Meldung wieder.")
    received_on: Day = Field(description="Eingang.")
    contact_until: Day | None = Field(description="Bis wann wir uns bei der Familie melden.")
    answer_until: Day | None = Field(description="Bis wann wir Ihre Antwort zur Einwilligung brauchen.")


class AsdWord(Message):
    """What the ASD tells of a notice (§ 4 Abs. 4 KKG)."""

    model_config = shown(confirmed=True, acted=True, acting=False, at="2026-03-12T09:00:00+00:00")

    confirmed: bool = Field(description="Ob es die Anhaltspunkte bestätigt sieht.")
    acted: bool = Field(description="Ob es zum Schutz des Kindes tätig geworden ist.")
    acting: bool = Field(description="Ob es noch tätig ist.")
    at: Instant = Field(description="Wann es das gesagt hat.")


class OwnReferral(Message):
    """One's own referral, as far as law and consent let a partner read it."""

    model_config = shown(
        reference="7KQ-42M", received_on="2026-03-09", status=None, asked_since="2026-03-10T08:00:00+00:00",
        answer_until="2026-03-12", withdrawn=False, report=None, report_ground=None,
        steps=["record_consent(partner)", "refuse_consent", "withdraw_referral"],
    )  # fmt: skip

    reference: str = Field(description="Kennzeichen.")
    received_on: Day = Field(description="Eingang.")
    status: str | None = Field(description="Stand; nur mit Einwilligung der Familie in die Rückmeldung.")
    asked_since: Instant | None = Field(description="Seit wann wir nach der Einwilligung fragen.")
    answer_until: Day | None = Field(description="Bis wann wir die Antwort brauchen.")
    withdrawn: bool = Field(description="Ob Sie die Meldung zurückgezogen haben.")
    report: AsdWord | None = Field(
        description="Rückmeldung des ASD, wo Gesetz oder Einwilligung sie erlauben."
    )
    report_ground: str | None = Field(description="Worauf sie beruht: by_law oder by_consent.")
    steps: list[str] = Field(description="Was Sie mit der Meldung jetzt tun können.")


class OwnReferrals(Message):
    """One's own referrals: what is asked first, then the newest."""

    model_config = shown(items=[])

    items: list[OwnReferral] = Field(description="Die Meldungen.")


class ConsentAnswer(Message):
    """The answer to the question about consent: yes with its particulars, or no."""

    model_config = shown(given=True, form="written", given_on="2026-03-10", giver="Mutter")

    given: bool = Field(description="Ob die Familie eingewilligt hat.")
    form: str | None = Field(
        None, pattern="^(written|electronic|oral)$", description="Form; nötig, wo sie eingewilligt hat."
    )
    given_on: Day | None = Field(None, description="Erteilt am.")
    giver: Short | None = Field(None, description="Von wem.")
    evidence: Short | None = Field(None, description="Wo das Formular liegt.")
    oral_reason: Text | None = Field(None, description="Warum nur mündlich.")


class Withdrawal(Message):
    """Why a referral is taken back."""

    model_config = shown(reason="Verwechslung: falsche Familie gemeldet.")

    reason: Annotated[Text, Field(min_length=1, max_length=2000)] = Field(description="Warum.")


class InstitutionEntry(Message):
    """An institution as it is entered; what is left out stays as it was. An empty `agreement` ends it."""

    model_config = shown(
        name="Klinikum Nordstadt", kind="birth_clinic", agreement="NV 2025/03", agreement_from="2025-01-01",
        agreement_until="2027-12-31",
    )  # fmt: skip

    name: Name | None = Field(None, description="Name; ein neuer lässt die alten gelten.")
    kind: SourceKind | None = Field(None, strict=False, description="Art der Stelle.")
    active: bool | None = Field(None, description="Ob sie im Netzwerk mitarbeitet.")
    agreement: Short | None = Field(None, description="Netzwerkvereinbarung, etwa ihr Aktenzeichen.")
    agreement_from: Day | None = Field(None, description="Gilt ab.")
    agreement_until: Day | None = Field(None, description="Gilt bis, einschließlich.")


class InstitutionView(Message):
    """An institution of the network."""

    model_config = shown(
        id="nordstadt", name="Klinikum Nordstadt", kind="birth_clinic", kind_label="Geburtsklinik", active=True,
        agreement="NV 2025/03", agreement_from="2025-01-01", agreement_until="2027-12-31", former_names=[],
        may_refer=True, why_not=None,
    )  # fmt: skip

    id: str = Field(description="Kennung.")
    name: str = Field(description="Name.")
    kind: str = Field(description="Art der Stelle.")
    kind_label: str = Field(description="Das auf Deutsch.")
    active: bool = Field(description="Ob sie im Netzwerk mitarbeitet.")
    agreement: str | None = Field(description="Netzwerkvereinbarung.")
    agreement_from: Day | None = Field(description="Gilt ab.")
    agreement_until: Day | None = Field(description="Gilt bis, einschließlich.")
    former_names: list[str] = Field(description="Frühere Namen, unter denen Meldungen stehen.")
    may_refer: bool = Field(description="Ob sie heute selbst melden kann.")
    why_not: str | None = Field(description="Sonst: warum nicht.")


class InstitutionList(Message):
    """The institutions of the network, by name."""

    model_config = shown(items=[])

    items: list[InstitutionView] = Field(description="Die Einrichtungen.")


class InvitationWanted(Message):
    """Whom an institution sends."""

    model_config = shown(id="station3", name="Dr. Station")

    id: PersonId = Field(description="Kennung, mit der sie sich anmeldet.")
    name: Name = Field(description="Name.")


class InvitationGiven(Message):
    """The invitation: its link is shown this once."""

    model_config = shown(
        person="station3", link="https://lotse.example/link#invitation.…", until="2026-03-23T09:00:00+00:00"
    )

    person: str = Field(description="Kennung.")
    link: str = Field(description="Einmallink; nur hier, nur jetzt.")
    until: Instant = Field(description="Gilt bis.")
