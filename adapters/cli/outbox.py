"""`lotse outbox`: which letters wait, went out or were given up; send them now, or try again. No addresses here."""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import ERROR, CommandError, UsageProblem
from adapters.cli.screen import as_json, columns, notice, show
from adapters.millis import instant, now_ms


def outbox(
    *,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="SEND|RETRY", help="send: Fälliges jetzt senden; retry: auch Aufgegebenes von vorn."
        ),
    ] = None,
    json: o.Json = False,
    folder: o.Folder = None,
) -> None:
    """Welche Nachrichten warten, versandt oder aufgegeben sind.

    Versandt wird von „lotse serve“ von selbst, bei Störungen in wachsenden Abständen und höchstens eine Woche lang.
    """
    if what not in (None, "send", "retry"):
        raise UsageProblem("Nach „lotse outbox“ kommt nichts, send oder retry.")
    with opened(folder, make=False, sign=False, anybody=True) as desk:
        failed = _send(desk, again=what == "retry") if what else False
        _list(desk, json=json)
    if failed:
        raise typer.Exit(ERROR)


def _send(desk: Desk, *, again: bool) -> bool:
    """Send what is due; whether anything was not taken."""
    from adapters.mail import server_of  # noqa: PLC0415 - only where mail is sent
    from adapters.mailed import MailedFile  # noqa: PLC0415 - as above
    from adapters.outbox import Fate, send_due, try_again  # noqa: PLC0415 - as above

    server = server_of(desk.lotse.settings)
    if server is None:
        raise CommandError(
            "Es ist kein Mailserver eingestellt. Nächster Schritt: LOTSE_SMTP_HOST und LOTSE_SMTP_FROM."
        )
    if again:
        try_again(desk.lotse.store, now_ms())
    mailed = MailedFile(desk.lotse.settings)
    ended = send_due(
        desk.lotse.store,
        server.sender,
        server.hand_over,
        now_ms,
        lambda letter: mailed.taken(letter, now_ms()),
    )
    for attempt in ended:
        if attempt.reason:
            notice(f"{attempt.id}: {attempt.fate.value}. {attempt.reason}")
    return any(attempt.fate is not Fate.SENT for attempt in ended)


def _list(desk: Desk, *, json: bool) -> None:
    from adapters.outbox import standing  # noqa: PLC0415 - as above
    from workflow.calendar import BERLIN  # noqa: PLC0415 - as above

    with desk.lotse.store.reading() as connection:
        letters = standing(connection, desk.lotse.store.tenant)
    if json:
        as_json(
            [
                {
                    "id": letter.id, "kind": letter.kind, "subject": letter.subject, "fate": letter.fate.name.lower(),
                    "attempts": letter.attempts, "created_at": instant(letter.created_at).isoformat(),
                }
                for letter in letters
            ]
        )  # fmt: skip
        return
    rows = [
        (f"{instant(letter.created_at).astimezone(BERLIN):%d.%m.%Y %H:%M}", letter.fate.value, letter.subject)
        for letter in letters
    ]
    show("\n".join(columns(rows)) if rows else "Der Postausgang ist leer.")
