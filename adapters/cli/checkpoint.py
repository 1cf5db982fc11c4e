"""`lotse audit checkpoint`: sign what the log has become and show it: as text, as a QR code, or send it by mail."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened, settings_of
from adapters.cli.failures import CommandError, UsageProblem
from adapters.cli.screen import notice, plain, show

if TYPE_CHECKING:
    from adapters.mail import Recipient

_HERE = Path("-")


def checkpoint(
    *,
    qr: Annotated[
        Path | None,
        typer.Option(
            "--qr", metavar="DATEI", help="Auch als QR-Code: .svg oder .png; - zeigt ihn im Terminal."
        ),
    ] = None,
    mail: Annotated[
        bool,
        typer.Option(
            "--mail", help="Auch per Mail an Datenschutz und Rechnungsprüfung (LOTSE_CHECKPOINT_MAIL)."
        ),
    ] = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Prüfpunkt unterschreiben und zeigen.

    Wer ihn anderswo verwahrt, kann später nachweisen, dass bis dahin nichts gekürzt oder geändert wurde.
    """
    draw = _drawing(qr) if qr is not None and qr != _HERE else None
    recipients = _recipients(folder) if mail else ()
    with opened(folder, user, make=False) as desk:
        note = desk.lotse.countersign()
        show(note.decode().rstrip("\n"))
        if qr == _HERE:
            from adapters.documents.qr import terminal  # noqa: PLC0415 - only where a code is drawn

            show(f"\n{terminal(note)}")
        if qr is not None and draw is not None:
            _write_new(qr, draw(note))
            notice(f"QR-Code in {plain(str(qr))}")
        if mail:
            _mail(desk, recipients)


def _drawing(place: Path) -> Callable[[bytes], bytes]:
    from adapters.documents import qr  # noqa: PLC0415 - only where a code is drawn

    match place.suffix.lower():
        case ".svg":
            return qr.svg
        case ".png":
            return qr.png
    raise UsageProblem("Ein QR-Code wird als .svg oder .png geschrieben; bitte die Datei so nennen.")


def _write_new(place: Path, content: bytes) -> None:
    """Write a file that did not exist; something else by that name stays as it is."""
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except FileExistsError:
        raise CommandError(
            f"{plain(str(place))} gibt es schon. Bitte mit --qr eine andere Datei nennen."
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _recipients(folder: Path | None) -> "tuple[Recipient, ...]":
    from adapters.mail import checkpoint_recipients  # noqa: PLC0415 - only where mail is sent

    recipients = checkpoint_recipients(settings_of(folder))
    if not recipients:
        raise CommandError(
            "Es ist niemand genannt. Nächster Schritt: LOTSE_CHECKPOINT_MAIL=dpo=ADRESSE setzen."
        )
    return recipients


def _mail(desk: Desk, recipients: "tuple[Recipient, ...]") -> None:
    from adapters.checkpoint_mail import mail_checkpoint  # noqa: PLC0415 - only where mail is sent
    from adapters.mail import server_of  # noqa: PLC0415 - as above

    mail_checkpoint(desk.lotse, recipients, desk.person.id)
    notice(
        f"Im Postausgang: {len(recipients)}. Versandt wird von lotse serve, oder gleich: lotse outbox send"
    )
    if server_of(desk.lotse.settings) is None:
        notice("Noch fehlt der Mailserver. Nächster Schritt: LOTSE_SMTP_HOST und LOTSE_SMTP_FROM setzen.")
