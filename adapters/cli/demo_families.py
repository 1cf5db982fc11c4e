"""The families of the demonstration: forty, all invented, and named so that nobody takes them for real ones.

Twenty-eight are with the office already, each at another point of the way; the rest come with a clinic's list. Each
step says how many working days ago it happened, who did it and what was entered. Telephone numbers are those the
Bundesnetzagentur keeps free for films.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from states.vocabulary import Command as C  # noqa: N817 - a table is read across, in its own short words

WORKER, MIDWIFE, NURSE, ASD = "fachkraft", "yildiz", "lindner", "asd"
_TREES = (
    "Ahorn", "Birke", "Buche", "Eibe", "Eiche", "Erle", "Esche", "Espe",
    "Fichte", "Ginster", "Hasel", "Holunder", "Kastanie", "Kiefer", "Kirsche", "Lärche",
    "Liguster", "Linde", "Mispel", "Pappel", "Quitte", "Robinie", "Rotdorn", "Sanddorn",
    "Schlehe", "Tanne", "Ulme", "Wacholder", "Walnuss", "Weide", "Weißdorn", "Zeder",
    "Zypresse", "Zwetschge", "Apfel", "Birne", "Efeu", "Flieder", "Hainbuche", "Hartriegel",
)  # fmt: skip
_FIRST = (
    "Amira",
    "Britta",
    "Chiara",
    "Derya",
    "Elif",
    "Frieda",
    "Greta",
    "Hanna",
    "Ines",
    "Jasmin",
    "Kira",
    "Lale",
)
_PLACES = ("Nord", "Mitte", "Süd", "West")
_LANGUAGES = ("deutsch", "türkisch", "arabisch", "polnisch", "ukrainisch")
_WORDS = (
    "Das Baby schreit viel, die Mutter schläft wenig.",
    "Fragen zum Stillen und zu Anträgen.",
    "Neu in der Stadt, kennt noch niemanden.",
    "Zwillinge, wünscht sich Entlastung.",
    "Erstes Kind, viele Fragen zur Ernährung.",
)
_SENDERS = (
    ("birth_clinic", "Klinik Beispielstadt"),
    ("midwife", "Hebammenpraxis Musterufer"),
    ("paediatrician", "Kinderarztpraxis Probe"),
    ("daycare", "Kita Beispielwiese"),
    ("pregnancy_counselling", "Beratungsstelle Musterhaus"),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """A step as it happened `ago` working days ago: by whom, for whom, with which details."""

    ago: int
    command: C
    by: str = WORKER
    to: str | None = None
    details: Mapping[str, object] = field(default_factory=dict, repr=False)


_LOOKED = {"remark": "Meldung gelesen, keine Anhaltspunkte."}
_SCOPE = {
    "form": "written",
    "purpose": "Begleitung durch die Stelle",
    "fields": ("contact", "child", "concern"),
}
_SENT = {"fields": ("contact", "child"), "message": "Bitte vormittags anrufen."}
_RISK = {
    "indications": "Kind dreimal allein in der Wohnung angetroffen.",
    "assessors": ("Frau Okafor", "Fachkraft Frühe Hilfen"),
    "result": "Gefährdung nicht auszuschließen.",
}


def _came(ago: int, how: C = C.RECEIVE_CONSENT) -> Deed:
    return Deed(ago, how, details={"form": "written", "given_on": None} if how is C.RECEIVE_CONSENT else {})


def _checked(ago: int, how: C = C.RECEIVE_CONSENT) -> list[Deed]:
    return [_came(ago, how), Deed(ago, C.TRIAGE_NO, details=_LOOKED), Deed(ago - 1, C.CHECK_CONSENT_YES)]


def _reached(ago: int, how: C = C.RECEIVE_CONSENT) -> list[Deed]:
    return [*_checked(ago, how), Deed(ago - 2, C.REACH_FAMILY, details={"channel": "phone"})]


def _offered(ago: int, to: str = MIDWIFE) -> list[Deed]:
    return [
        *_reached(ago + 6),
        Deed(ago + 1, C.RECORD_CONSENT_FOR, to=to, details=_SCOPE),
        Deed(ago, C.PROPOSE_HANDOVER, to=to, details=_SENT),
    ]


def _handed(ago: int, to: str = MIDWIFE) -> list[Deed]:
    return [*_offered(ago + 1, to), Deed(ago, C.ACCEPT, by=to, to=to)]


def _unclear(ago: int) -> list[Deed]:
    return [
        _came(ago, C.RECEIVE_UNCLEAR),
        Deed(ago, C.TRIAGE_NO, details=_LOOKED),
        Deed(ago, C.CHECK_CONSENT_NO),
        Deed(ago - 1, C.QUERY_CONSENT, details={"channel": "phone"}),
    ]


def _closed(deeds: Sequence[Deed], ago: int, reason: str) -> list[Deed]:
    return [*deeds, Deed(ago, C.CLOSE, details={"reason": reason})]


def _tried(ago: int, channel: str) -> Deed:
    return Deed(ago, C.ATTEMPT_CONTACT, details={"channel": channel})


_REFUSED = [
    _came(15, C.RECEIVE_UNCLEAR), Deed(14, C.TRIAGE_NO), Deed(13, C.REFUSE_CONSENT), Deed(12, C.TRIAGE_NO),
]  # fmt: skip
_UNREACHABLE = [
    *_checked(24), _tried(22, "phone"), _tried(20, "visit"), _tried(17, "phone"), _tried(16, "letter"),
    Deed(9, C.TRIAGE_NO, details=_LOOKED),
]  # fmt: skip
_AT_THE_ASD = [
    *_reached(10, C.RECEIVE_SELF),
    Deed(5, C.TRIAGE_YES, details={"indications": _RISK["indications"]}),
    Deed(5, C.ASSESS_RISK_YES, details=_RISK),
    Deed(4, C.INVOLVE_FAMILY, details={"involved": "ja"}),
    Deed(
        4,
        C.ESCALATE,
        details={"indications": _RISK["indications"], "told": "Frau Muster, ASD", "channel": "phone"},
    ),
    Deed(4, C.CONFIRM_RECEIPT, by=ASD, details={"confirmed_by": "Frau Muster"}),
]

WAYS: tuple[Sequence[Deed], ...] = (
    [_came(1)], [_came(1, C.RECEIVE_SELF)], [_came(2)],
    _checked(2), _checked(2, C.RECEIVE_SELF), _checked(3), _checked(3, C.RECEIVE_SELF),
    _checked(6),
    [*_checked(6), _tried(3, "phone")],
    _unclear(2), _unclear(2), _unclear(3),
    _reached(4), _reached(5), _reached(7), _reached(9), _reached(12, C.RECEIVE_SELF),
    _offered(1), _offered(2, NURSE),
    [*_offered(4), Deed(2, C.DECLINE, by=MIDWIFE, to=MIDWIFE, details={"reason": "Bis Monatsende kein Platz frei."})],
    _handed(8), _handed(15), _handed(21, NURSE),
    _AT_THE_ASD,
    _closed(_reached(40), 12, "goal_reached"),
    _closed([*_reached(30)], 20, "transferred"),
    _closed(_REFUSED, 11, "consent_refused"),
    _closed(_UNREACHABLE, 8, "unreachable"),
)  # fmt: skip
"""What happened to the families the office has already; the eighth is overdue."""


def family(number: int, today: date, how: C) -> dict[str, object]:
    """What was reported of the family with this number, from 0: names, child, words, sender."""
    kind, institution = _SENDERS[number % len(_SENDERS)]
    child = {"expected": today + timedelta(days=40 + number)} if number % 7 == 0 else _born(number, today)
    return {
        "surname": surname(number),
        "first_name": _FIRST[number % len(_FIRST)],
        "phone": phone(number),
        "street": f"Musterweg {number + 1}",
        "postcode": "00000",
        "district": _PLACES[number % len(_PLACES)],
        "language": _LANGUAGES[number % len(_LANGUAGES)],
        "concern": _WORDS[number % len(_WORDS)],
        "source_kind": "family" if how is C.RECEIVE_SELF else kind,
        "institution": "" if how is C.RECEIVE_SELF else institution,
        **child,
    }


def _born(number: int, today: date) -> dict[str, object]:
    """Weeks before the first report; one child will soon be one year old, the limit of the Familienhebamme."""
    weeks = 45 if WAYS[number % len(WAYS)] is WAYS[21] else 12 + number % 9
    return {"born": today - timedelta(weeks=weeks)}


def surname(number: int) -> str:
    """An invented name that looks it."""
    return f"Beispiel-{_TREES[number]}"


def phone(number: int) -> str:
    """A number that is kept free for films."""
    return f"0221 4710{number:03}"


LIST_HEADINGS = (
    "Lfd;Eingang;Art der Stelle;Einrichtung;Nachname;Vorname;Kind geboren am;Entbindungstermin;Telefon;Straße;PLZ;"
    "Ortsteil;Sprache;Einverständnis Weitergabe;Anliegen;Dringlich"
)
_CONSENTS = (
    "ja, schriftlich", "Ja schriftl. liegt bei", "ja, schriftlich", "ja, schriftlich", "mündlich",
    "ja, schriftlich", "Fax folgt", "J", "ja, schriftlich", "ja, schriftlich", "", "",
)  # fmt: skip
_DANGER = 5


def clinic_list(first: int, days: Sequence[date], today: date) -> str:
    """A list as a clinic sends it: twelve families to take in, three that said no, one row nobody can read.

    `days` are the working days before today, newest first. Three of the families are not among the forty, because
    nothing of them may be stored.
    """
    rows = [LIST_HEADINGS]
    for place, consent in enumerate(_CONSENTS):
        number = first + place
        own = place >= len(_CONSENTS) - 2
        sender = "Familie selbst;" if own else "Geburtsklinik;Klinik Beispielstadt"
        came = f"{days[place % 2]:%d.%m.%Y} {9 + place % 8}.{15 + place}"
        born = f"{today - timedelta(days=9 + place):%d.%m.%y}"
        danger = place == _DANGER
        words = "Kind wirkt verletzt, Mutter weicht Fragen aus" if danger else _WORDS[place % len(_WORDS)]
        rows.append(
            f"{place + 1};{came};{sender};{surname(number)};{_FIRST[place]};{born};;{phone(number)};"
            f"Musterweg {number + 1};00000;{_PLACES[place % 4]};deutsch;{consent};{words};{'ja' if danger else ''}"
        )
    for place, said in enumerate(("nein", "noch nicht gefragt", "nein"), len(_CONSENTS) + 1):
        rows.append(f"{place};{days[0]:%d.%m.%Y};Geburtsklinik;Klinik Beispielstadt;;;;;;;;Nord;;{said};;")
    rows.append(
        "16;gestern;Geburtsklinik;Klinik Beispielstadt;Beispiel-Unlesbar;;;;0221 4710099;;;;;ja, schriftlich;;"
    )
    return "\r\n".join(rows) + "\r\n"
