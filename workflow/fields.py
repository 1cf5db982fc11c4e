"""The fields of each command: name, German label, kind, whether it must be there, what may be chosen, what is private.

One list for command line, API and pages; how what was entered is read stands in `workflow.details`. Urgent notices have
no required field: they are never blocked by one. `tests/workflow/test_details.py` walks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from states.vocabulary import Command
from workflow.case import ConsentForm, Package


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    NAMES = "names"
    FLAG = "flag"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, German label, kind, whether it must be there, and what may be chosen."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    private: bool = True
    hint: str = ""


CHANNELS = MappingProxyType(
    {
        "phone": "Telefon",
        "visit": "Besuch",
        "letter": "neutraler Brief",
        "mail": "E-Mail",
        "message": "Nachricht",
    }
)
CLOSING_REASONS = MappingProxyType(
    {
        "goal_reached": "Ziel erreicht",
        "declined": "Angebot nicht gewünscht",
        "consent_refused": "Einwilligung verweigert",
        "consent_withdrawn": "Einwilligung widerrufen",
        "unreachable": "nicht erreichbar",
        "moved": "verzogen",
        "age_limit": "Altersgrenze",
        "transferred": "an anderes Angebot vermittelt",
        "duplicate": "doppelt gemeldet",
        "escalated": "beim ASD",
        "sent_in_error": "irrtümlich gemeldet",
    }
)
CORRECTABLE = MappingProxyType(
    {
        "surname": "Nachname",
        "first_name": "Vorname",
        "phone": "Telefon",
        "street": "Straße",
        "postcode": "PLZ",
        "language": "Sprache",
        "concern": "Anliegen",
        "born": "Kind geboren am",
        "expected": "Entbindungstermin",
        "district": "Ortsteil",
        "oral_reason": "Grund der mündlichen Einwilligung",
    }
)
_FORMS = MappingProxyType({form.value: form.label for form in ConsentForm if form is not ConsentForm.CONDUCT})
_FIELDS = MappingProxyType({part.value: part.label for part in Package})

_FAMILY = (
    Field("received", "Eingang", Kind.MOMENT, private=False, hint="sonst: jetzt"),
    Field("source_kind", "Art der Stelle", private=False),
    Field("institution", "Einrichtung", private=False),
    Field("surname", "Nachname"),
    Field("first_name", "Vorname"),
    Field("born", "Kind geboren am", Kind.DAY),
    Field("expected", "Entbindungstermin", Kind.DAY),
    Field("phone", "Telefon"),
    Field("street", "Straße"),
    Field("postcode", "PLZ"),
    Field("district", "Ortsteil", private=False),
    Field("language", "Sprache"),
    Field("concern", "Anliegen"),
    Field("responsible", "Zuständig", Kind.PERSON, private=False),
)
_CONSENT = (
    Field("form", "Form", Kind.CHOICE, required=True, choices=_FORMS, private=False),
    Field("given_on", "Erteilt am", Kind.DAY, private=False),
    Field("giver", "Erteilt von", hint="zum Beispiel: Mutter, beide Eltern"),
    Field("evidence", "Nachweis", hint="wo das Formular liegt"),
    Field("oral_reason", "Grund der mündlichen Form"),
    Field("expires_on", "Gilt bis", Kind.DAY, private=False),
)
_NO = (
    Field("said_by", "Von wem"),
    Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    Field("remark", "Bemerkung"),
)
_RISK = (
    Field("indications", "Anhaltspunkte (beobachtet)", required=True),
    Field("interpretation", "Deutung (getrennt von der Beobachtung)"),
    Field("assessors", "Eingeschätzt von (mindestens zwei)", Kind.NAMES),
    Field("adviser", "Insoweit erfahrene Fachkraft"),
    Field("result", "Ergebnis", required=True),
)
_CONTACT = (
    Field("channel", "Weg", Kind.CHOICE, required=True, choices=CHANNELS, private=False),
    Field("at", "Wann", Kind.MOMENT, private=False),
    Field("remark", "Bemerkung"),
)
_NOTICE = (
    Field("indications", "Anhaltspunkte (beobachtet)"),
    Field("told", "Mitgeteilt an (Name beim ASD)"),
    Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    Field("fields", "Weitergegebene Daten", Kind.CHOICES, choices=_FIELDS, private=False),
    Field("remark", "Bemerkung"),
)
_REMARK = (Field("remark", "Bemerkung"),)
_REASON = (Field("reason", "Grund", required=True),)


def _required(fields: tuple[Field, ...], *names: str) -> tuple[Field, ...]:
    return tuple(replace(f, required=True) if f.name in names else f for f in fields)


_C = Command
FIELDS: Mapping[str, tuple[Field, ...]] = {
    _C.RECEIVE_SELF: _FAMILY,
    _C.RECEIVE_CONSENT: _FAMILY + _CONSENT,
    _C.RECEIVE_UNCLEAR: _FAMILY,
    _C.TRIAGE_NO: _REMARK,
    _C.TRIAGE_YES: (Field("indications", "Anhaltspunkte (beobachtet)"), *_REMARK),
    _C.RAISE_CONCERN: (Field("indications", "Anhaltspunkte (beobachtet)"), *_REMARK),
    _C.ASSESS_RISK_NO: _RISK,
    _C.ASSESS_RISK_YES: _RISK,
    _C.INVOLVE_FAMILY: (
        Field("involved", "Eltern und Kind beteiligt", Kind.FLAG, required=True, private=False),
        Field("reason", "Warum nicht", hint="nur, wenn es das Kind gefährden würde"),
        *_REMARK,
    ),
    _C.ESCALATE: _required(_NOTICE, "indications", "told", "channel"),
    _C.ESCALATE_URGENT: _NOTICE,
    _C.COMPLETE_RECORD: (
        *_RISK,
        Field("involved", "Eltern und Kind beteiligt", Kind.FLAG, required=True, private=False),
        Field("reason", "Warum nicht", hint="nur, wenn es das Kind gefährden würde"),
    ),
    _C.CONFIRM_RECEIPT: (
        Field("confirmed_by", "Bestätigt von (Name beim ASD)", required=True),
        Field("at", "Wann", Kind.MOMENT, private=False),
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    ),
    _C.ASK: (
        Field("question", "Frage", required=True),
        Field("asked_by", "Gefragt von (Name beim ASD)"),
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    ),
    _C.REPLY: (
        Field("answer", "Antwort", required=True),
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    ),
    _C.REPORT: (
        Field("confirmed", "Anhaltspunkte bestätigt", Kind.FLAG, required=True),
        Field("acted", "ASD zum Schutz des Kindes tätig geworden", Kind.FLAG, required=True),
        Field("acting", "ASD noch tätig", Kind.FLAG, required=True),
        Field("family_told", "Familie vorab darauf hingewiesen", Kind.FLAG, required=True),
        Field("reason", "Warum nicht", hint="nur, wenn es den Schutz des Kindes in Frage stellen würde"),
        Field("told_by", "Mitgeteilt von (Name beim ASD)"),
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    ),
    _C.RETURN_CASE: (Field("feedback", "Rückmeldung des ASD", required=True),),
    _C.RETURN_CASE_SUPPORT: (Field("feedback", "Rückmeldung des ASD", required=True),),
    _C.RECORD_CONSENT: _CONSENT,
    _C.RECORD_CONSENT_PARTNER: _CONSENT,
    _C.RECORD_RELEASE: _CONSENT,
    _C.RECORD_FEEDBACK: _CONSENT,
    _C.RECORD_CONSENT_FOR: (
        *_CONSENT,
        Field("purpose", "Zweck", required=True),
        Field(
            "fields", "Daten, die weitergegeben werden dürfen", Kind.CHOICES, required=True, choices=_FIELDS
        ),
    ),
    _C.REFUSE_CONSENT: _NO,
    _C.WITHDRAW_CONSENT: _NO,
    _C.WITHDRAW_CONSENT_FOR: _NO,
    _C.WITHDRAW_FEEDBACK: _NO,
    _C.WITHDRAW_REFERRAL: (
        *_REASON,
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
    ),
    _C.CHECK_CONSENT_YES: _REMARK,
    _C.CHECK_CONSENT_NO: _REMARK,
    _C.QUERY_CONSENT: (
        Field("channel", "Auf welchem Weg", Kind.CHOICE, choices=CHANNELS, private=False),
        *_REMARK,
    ),
    _C.ATTEMPT_CONTACT: _CONTACT,
    _C.REACH_FAMILY: _CONTACT,
    _C.PROPOSE_HANDOVER: (
        Field("fields", "Weitergegeben wird", Kind.CHOICES, required=True, choices=_FIELDS, private=False),
        Field("message", "Was soll die Empfängerin wissen"),
    ),
    _C.ACCEPT: _REMARK,
    _C.DECLINE: _REASON,
    _C.REVOKE: _REASON,
    _C.END_SUPPORT: _REASON,
    _C.REVIEW: _REMARK,
    _C.CLOSE: (
        Field("reason", "Abschlussgrund", Kind.CHOICE, required=True, choices=CLOSING_REASONS, private=False),
        *_REMARK,
    ),
    _C.REOPEN: _REASON,
    _C.NOTE: (Field("text", "Notiz", required=True),),
    _C.CORRECT: (
        Field("field", "Angabe", Kind.CHOICE, required=True, choices=CORRECTABLE, private=False),
        Field("value", "Richtig ist", required=True),
        Field("reason", "Grund der Berichtigung", required=True),
    ),
    _C.ASSIGN: (Field("to", "Zuständig wird", Kind.PERSON, required=True, private=False), *_REMARK),
    _C.FLAG_OVERDUE: (Field("obligation", "Frist", required=True, private=False),),
}


def fields_of(command: str) -> tuple[Field, ...]:
    """The fields of a command; a profile's own step takes a remark."""
    return FIELDS.get(command, _REMARK)
