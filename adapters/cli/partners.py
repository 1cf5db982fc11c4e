"""`lotse partner …`: a partner's own referrals, by Kennzeichen: bring one in, follow it, answer, take it back.

What may be read and done says `workflow.own_referrals`. A family's words come from a file or the terminal, not from
the shell's history. Proven by running it (`tests/cli/test_partner.py`).
"""

from collections.abc import Mapping
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.case_do import Key, readable_key
from adapters.cli.desk import Desk, opened
from adapters.cli.entering import From, Set, entered, helped
from adapters.cli.failures import CommandError, UsageProblem
from adapters.cli.screen import as_json, columns, joined, notice, show
from adapters.partners import (
    FIELDS,
    Ambiguous,
    Consent,
    not_yet,
    own_step,
    receipt_for,
    referral_called,
    referrals_of,
    request_of,
)
from states.vocabulary import Command
from workflow.calendar import BERLIN
from workflow.own_referrals import Referral
from workflow.perform import Request, tries_of

Reference = Annotated[str, typer.Argument(metavar="KENNZEICHEN", help="Wie auf der Quittung: 7KQ-42M.")]
_MANY = "Dieses Kennzeichen haben zwei Ihrer Meldungen. Nächster Schritt: bei den Frühen Hilfen anrufen."


def show_list(*, json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Die eigenen Meldungen: was gefragt wird zuerst, dann die neuesten."""
    with opened(folder, user, make=False) as desk:
        found = referrals_of(desk.lotse, desk.person)
        if json:
            as_json([_plain(each) for each in found])
            return
        rows = [(each.reference, f"{each.received_on:%d.%m.%Y}", _stands(each)) for each in found]
        show("\n".join(columns(rows)) if rows else "Keine Meldungen Ihrer Einrichtung.")


def show_one(
    reference: Reference, *, json: o.Json = False, user: o.As = None, folder: o.Folder = None
) -> None:
    """Eine eigene Meldung ansehen, so weit Gesetz und Einwilligung es erlauben."""
    with opened(folder, user, make=False) as desk:
        _tell(_called(desk, reference), json=json)


def refer(
    consent: Annotated[
        str,
        typer.Argument(
            metavar="EINWILLIGUNG", help="written, electronic, oral, unclear, oder not_yet (noch nicht)."
        ),
    ],
    *,
    given: Set = None,
    source: From = None,
    key: Key = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Meldung senden; die Antwort ist ein Kennzeichen und der Tag, bis zu dem das Nächste fällig ist.

    Ohne Einwilligung der Familie (not_yet) wird nichts gespeichert.
    """
    said = _consent(consent)
    readable_key(key)
    with opened(folder, user, make=False) as desk:
        lotse = desk.lotse
        if said is Consent.NOT_YET:
            lotse.write(not_yet(lotse, desk.person))
        values = entered(Command.RECEIVE_CONSENT, given, source)
        if set(values) - set(FIELDS):
            raise UsageProblem(f"Ein Feld ist hier nicht vorgesehen. Es gibt: {', '.join(FIELDS)}.")
        request = request_of(desk.person, said, values, key)
        with helped(request.command):
            receipt = receipt_for(lotse, lotse.submit(request), said)
        if json:
            until = {"contact_until": receipt.contact_until, "answer_until": receipt.answer_until}
            days = {name: day.isoformat() if day else None for name, day in until.items()}
            as_json({"reference": receipt.reference, "received_on": receipt.received_on.isoformat(), **days})
            return
        show(f"Aufgenommen. Kennzeichen: {receipt.reference}")
        if receipt.contact_until is not None:
            show(f"Wir melden uns bei der Familie bis {receipt.contact_until:%d.%m.%Y}.")
        if receipt.answer_until is not None:
            show(f"Ob die Familie einwilligt, brauchen wir bis {receipt.answer_until:%d.%m.%Y} von Ihnen.")


def answer(
    reference: Reference,
    said: Annotated[str, typer.Argument(metavar="ja|nein", help="Ob die Familie eingewilligt hat.")],
    *,
    given: Set = None,
    source: From = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Die Frage nach der Einwilligung beantworten: ja mit Form und Tag, oder nein."""
    word = said.strip().casefold()
    if word not in ("ja", "nein"):
        raise UsageProblem("Bitte ja oder nein.")
    command = Command.RECORD_CONSENT_PARTNER if word == "ja" else Command.REFUSE_CONSENT
    _step(reference, command, entered(command, given, source), json=json, user=user, folder=folder)


def withdraw(
    reference: Reference,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="GRUND", help="Warum; liegt verschlüsselt beim Fall.")
    ],
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine irrtümliche Meldung zurückziehen: Ihretwegen wird diese Familie nicht mehr angesprochen."""
    _step(reference, Command.WITHDRAW_REFERRAL, {"reason": reason}, json=json, user=user, folder=folder)


def _step(
    reference: str,
    command: Command,
    details: Mapping[str, object],
    *,
    json: bool,
    user: o.As,
    folder: o.Folder,
) -> None:
    with opened(folder, user, make=False) as desk:
        own = _called(desk, reference)
        with helped(command):
            request = Request(command, desk.person, own.case, details=details)
            desk.lotse.write(own_step(desk.lotse, request), tries_of(request))
        _tell(_called(desk, reference), json=json)


def _called(desk: Desk, reference: str) -> Referral:
    try:
        return referral_called(desk.lotse, desk.person, reference)
    except Ambiguous:
        raise CommandError(_MANY) from None


def _consent(text: str) -> Consent:
    try:
        return Consent(text.strip().casefold().replace("-", "_"))
    except ValueError:
        raise UsageProblem(f"Diese Angabe gibt es nicht. Es gibt: {', '.join(Consent)}.") from None


def _tell(own: Referral, *, json: bool) -> None:
    if json:
        as_json(_plain(own))
        return
    show(f"{own.reference}, eingegangen am {own.received_on:%d.%m.%Y}")
    if stands := _stands(own):
        show(f"  {stands}")
    if own.report is not None:
        words = (
            "Anhaltspunkte bestätigt" if own.report.confirmed else "Anhaltspunkte nicht bestätigt",
            "ist tätig geworden" if own.report.acted else "ist nicht tätig geworden",
            "und noch tätig" if own.report.acting else "",
        )
        told = own.report.at.astimezone(BERLIN)
        show(f"  ASD am {told:%d.%m.%Y}: {joined(words)}")
    if own.asked_since is not None:
        notice(f"Nächster Schritt: lotse partner answer {own.reference} ja|nein")


def _stands(own: Referral) -> str:
    asked = (
        f"Frage nach der Einwilligung, Antwort bis {own.answer_until:%d.%m.%Y}" if own.answer_until else ""
    )
    return joined((own.status, asked, "zurückgezogen" if own.withdrawn else ""))


def _plain(own: Referral) -> dict[str, object]:
    report = own.report
    return {
        "reference": own.reference, "received_on": own.received_on.isoformat(), "status": own.status or None,
        "asked_since": own.asked_since.isoformat() if own.asked_since else None,
        "answer_until": own.answer_until.isoformat() if own.answer_until else None, "withdrawn": own.withdrawn,
        "report": {
            "confirmed": report.confirmed, "acted": report.acted, "acting": report.acting,
            "at": report.at.isoformat(),
        } if report else None,
        "report_ground": str(own.reads) if own.reads else None, "steps": list(own.steps),
    }  # fmt: skip
