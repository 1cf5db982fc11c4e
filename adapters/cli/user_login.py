"""`lotse user reset|token|identity`: how somebody comes in, from the command line, each change on record.

A link or a token is shown once, on stdout and nowhere else; what is kept of it is a keyed hash.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotAllowed, NotFound, UsageProblem
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.login import staff
from adapters.login.caller import Scope
from adapters.login.links import Purpose, link_address
from adapters.login.rows import Identity, Token
from adapters.login.taken import TakenError
from adapters.login.tokens import TokenError, make_token, revoke_token, tokens
from workflow.calendar import local_date

_SUBJECT = 255
_DAYS = 90
Id = Annotated[str, typer.Argument(metavar="KENNUNG", help="Wen es betrifft, zum Beispiel brandt.")]


def give_link(desk: Desk, person: str) -> None:
    """Show a fresh invitation for somebody."""
    text = staff.invite(desk.lotse, desk.person.id, person)
    _show_link(desk, Purpose.INVITATION, text, "sieben Tage")


def _show_link(desk: Desk, purpose: Purpose, text: str, valid: str) -> None:
    notice(f"Einmal-Link, gilt {valid} und nur einmal; bitte nur der Person selbst geben:")
    show(link_address(desk.lotse.settings, purpose, text))


def reset(
    name_id: Id,
    *,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Auch den zweiten Faktor entfernen (verlorenes Gerät).")
    ] = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jemandem wieder hineinhelfen.

    Das Passwort gilt nicht mehr, alle Sitzungen enden; ausgegeben wird ein Einmal-Link, der einen Tag gilt. Wer
    bisher kein Passwort hat, setzt damit das erste.
    """
    with opened(folder, user) as desk:
        entitled(desk, Act.PEOPLE)
        _there(desk, name_id)
        text = staff.reset(desk.lotse, desk.person.id, name_id, second_factor=second_factor)
        _show_link(desk, Purpose.PASSWORD, text, "einen Tag")


def token(
    name_id: Id,
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Wofür es ist, zum Beispiel „KIS Nordstadt“.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="ZWECK", help=f"Auch mehrfach: {', '.join(Scope)}."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="TAGE", help="Wie lange es gilt, höchstens 365.")
    ] = _DAYS,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="NUMMER", help="Dieses Token widerrufen.")
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Zugangstoken für Programme ausstellen, auflisten, widerrufen.

    Mit --name und --scope wird eines ausgestellt und einmal gezeigt; mit --revoke endet eines; sonst die Liste.
    Ein Token handelt im Namen der Person und darf nie mehr als sie.
    """
    with opened(folder, user) as desk:
        entitled(desk, Act.PEOPLE)
        _there(desk, name_id)
        if revoke is not None:
            if not revoke_token(desk.lotse, desk.person.id, name_id, revoke):
                raise NotFound(f"Dieses Token gibt es nicht. Nächster Schritt: lotse user token {name_id}")
            show(f"Widerrufen: {plain(revoke)[:40]}.")
        elif name is None and scope is None:
            _list(desk, name_id, json=json)
        else:
            _make(desk, name_id, name or "", scope or [], days, json=json)


def _make(desk: Desk, person: str, name: str, scopes: list[str], days: int, *, json: bool) -> None:
    try:
        wanted = frozenset(Scope(each) for each in scopes)
    except ValueError:
        raise UsageProblem(f"Diesen Zweck gibt es nicht. Es gibt: {', '.join(Scope)}.") from None
    try:
        made = make_token(desk.lotse, desk.person.id, person, name, wanted, timedelta(days=min(days, 10_000)))
    except TokenError as error:
        raise UsageProblem(str(error)) from None
    if json:
        as_json({**_plain(made.token), "token": made.text})
        return
    notice(
        f"Token {made.token.id}, gilt bis {_day(made.token.until):%d.%m.%Y}; es wird nur dieses eine Mal gezeigt:"
    )
    show(made.text)


def _list(desk: Desk, person: str, *, json: bool) -> None:
    found = tokens(desk.lotse, person)
    if json:
        as_json([_plain(each) for each in found])
        return
    if not found:
        notice("Keine Token.")
        return
    rows = []
    for each in found:
        last = f"zuletzt {_day(each.seen_at):%d.%m.%Y}" if each.seen_at else "nie benutzt"
        rows.append(
            (each.id, joined((plain(each.name), each.scopes, f"bis {_day(each.until):%d.%m.%Y}", last)))
        )
    show("\n".join(columns(rows)))


def _plain(each: Token) -> dict[str, object]:
    return {
        "id": each.id,
        "name": each.name,
        "scopes": each.scopes.split(),
        "until": _day(each.until).isoformat(),
        "last_used": _day(each.seen_at).isoformat() if each.seen_at else None,
    }


def identity(
    name_id: Id,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="SUBJECT", help="Wer die Person beim Anmeldedienst ist (Feld sub)."),
    ] = None,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Jede Verknüpfung lösen.")] = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jemanden mit dem Anmeldedienst verknüpfen (LOTSE_OIDC_ISSUER), oder das lösen.

    Verknüpft wird über das Feld sub, nie über die Mail-Adresse.
    """
    with opened(folder, user) as desk:
        entitled(desk, Act.PEOPLE)
        _there(desk, name_id)
        lotse, actor = desk.lotse, desk.person.id
        if remove:
            show(f"Gelöst: {staff.unlink(lotse, actor, name_id)}.")
            return
        issuer = lotse.settings.oidc_issuer
        if issuer is None:
            raise NotAllowed(
                "Hier ist kein Anmeldedienst eingestellt. Nächster Schritt: LOTSE_OIDC_ISSUER setzen."
            )
        if subject is None or not 0 < len(subject) <= _SUBJECT or not subject.isprintable():
            raise UsageProblem("Es fehlt SUBJECT: das Feld sub der Person beim Anmeldedienst.")
        linked = Identity(issuer, subject, name_id)
        try:
            lotse.write(lambda work: staff.link_identity(work, lotse, actor, linked))
        except TakenError as error:
            raise NotAllowed(str(error)) from None
        show(f"Verknüpft: {name_id}.")


def _there(desk: Desk, name_id: str) -> None:
    """Raise NotFound unless there is such a person."""
    with desk.lotse.store.work(reading=True) as work:
        if name_id not in work.directory.persons:
            raise NotFound(f"{plain(name_id)[:64]} gibt es hier nicht. Nächster Schritt: lotse user list")


def _day(millis: int) -> date:
    return local_date(datetime.fromtimestamp(millis / 1000, UTC))
