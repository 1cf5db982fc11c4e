"""Families as the command line brings them to where a test needs them; all of them are invented."""

import json
from pathlib import Path

from tests.cli.program import fine

AT = "2026-11-16T09:00"
SURNAME, PHONE = "Öztürk-Beispiel", "0221 4710001"
_FAMILY = {
    "form": "written", "institution": "Klinik Beispielstadt", "surname": SURNAME, "first_name": "Ines",
    "born": "01.10.2026", "phone": PHONE, "concern": "Das Baby schreit viel.",
}  # fmt: skip
_TO_CONTACT = (("triage-no",), ("check_consent-yes",), ("reach_family", "--set", "channel=phone"))
_CONSENT = (
    "record_consent", "--to", "yildiz", "--set", "form=written", "--set", "purpose=Begleitung", "--set",
    "fields=contact,child",
)  # fmt: skip
_FEEDBACK = ("record_consent-feedback", "--set", "form=electronic")
_ASKED = ("propose-handover", "--to", "yildiz", "--set", "fields=contact")
_DANGER = (("triage-yes",), ("escalate-urgent", "--set", "channel=phone"))


def a_family(folder: Path) -> str:
    """A family came with written consent; `folder` holds what was written down. Gives the case's number."""
    file = folder / "meldung.json"
    file.write_text(json.dumps(_FAMILY), encoding="utf-8")
    number: str = fine("case", "new", "consent", "--from", file, "--at", AT, "--json").json["number"]
    return number


def do(number: str, *words: str, at: str = AT) -> None:
    """Do one step, which must be possible."""
    fine("case", "do", number, *words, "--at", at)


def asked(folder: Path) -> str:
    """Frau Yıldız is asked; the family lets the clinic know how it goes."""
    number = a_family(folder)
    for words in (*_TO_CONTACT, _FEEDBACK, _CONSENT, _ASKED):
        do(number, *words)
    return number


def handed_over(folder: Path) -> str:
    """Frau Yıldız has accepted, the next morning."""
    number = asked(folder)
    do(number, "accept", "--to", "yildiz", "--as", "yildiz", at="2026-11-17T08:30")
    return number


def escalated(folder: Path) -> str:
    """A child in danger: the ASD was told by telephone."""
    number = a_family(folder)
    for words in _DANGER:
        do(number, *words)
    return number
