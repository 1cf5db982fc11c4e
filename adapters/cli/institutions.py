"""`lotse institution …`: the partners of the network, their agreements, and who may speak for them.

Who may and what fits says `workflow.register`; a link is shown once. Proven by running it (`tests/cli/test_partner.py`).
"""

from datetime import date
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.login.links import Purpose, link_address
from adapters.partners import INVITED_FOR, entering, inviting
from workflow.institutions import why_no_referral
from workflow.intake.source import read_source
from workflow.office import Institution
from workflow.register import KINDS, Entered, Guest

Id = Annotated[str, typer.Argument(metavar="KENNUNG", help="Kennung der Einrichtung, etwa nordstadt.")]


def show_list(*, json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Die Einrichtungen des Netzwerks, mit ihrer Vereinbarung."""
    with opened(folder, user, make=False) as desk:
        with desk.lotse.store.work(reading=True) as work:
            directory = work.directory
        found = sorted(directory.institutions.values(), key=lambda each: (each.name.casefold(), each.id))
        today = desk.lotse.moment.real_day
        blocked = {each.id: why_no_referral(directory, each.id, today) for each in found}
        if json:
            as_json([{**_plain(each), "may_refer": blocked[each.id] is None} for each in found])
            return
        rows = [
            (
                plain(each.id),
                plain(each.name),
                joined(
                    (
                        read_source(each.kind).label,
                        _agreement(each),
                        "" if blocked[each.id] is None else "kann nicht melden",
                    )
                ),
            )
            for each in found
        ]
        show("\n".join(columns(rows)) if rows else "Noch keine. Nächster Schritt: lotse institution put")


def put(
    institution: Id,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name; ein neuer lässt die alten gelten.")
    ] = None,
    *,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="ART", help=f"Art der Stelle: {', '.join(KINDS)}.")
    ] = None,
    agreement: Annotated[
        str | None,
        typer.Option(
            "--agreement", metavar="TEXT", help="Netzwerkvereinbarung, etwa ihr Zeichen; leer: keine."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TAG", help="Gilt ab.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TAG", help="Gilt bis, einschließlich.")
    ] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Ob sie im Netzwerk mitarbeitet.")
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Einrichtung eintragen, umbenennen, ihre Vereinbarung festhalten.

    Was nicht genannt wird, bleibt. Ohne gültige Vereinbarung kommt von ihr keine neue Meldung; bestehende
    verfolgt sie weiter.
    """
    given = Entered(institution, name, kind, active, agreement, _day("--from", since), _day("--until", until))
    with opened(folder, user) as desk:
        made = desk.lotse.write(entering(desk.lotse, desk.person, given))
        if json:
            as_json(_plain(made))
            return
        show(f"{plain(made.name)} ({made.id}): {joined((read_source(made.kind).label, _agreement(made)))}")


def invite(
    institution: Id,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Kennung, mit der sie sich anmeldet.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Wie sie heißt.")],
    *,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jemanden einladen, für eine Einrichtung zu melden: ein Einmallink, 14 Tage gültig, nur jetzt zu sehen."""
    if not plain(name):
        raise UsageProblem("Es fehlt der Name.")
    with opened(folder, user) as desk:
        guest = Guest(person, plain(name), institution)
        given = desk.lotse.write(inviting(desk.lotse, desk.person, guest))
        link = link_address(desk.lotse.settings, Purpose.INVITATION, given.link)
        if json:
            as_json({"person": given.person.id, "link": link, "days": INVITED_FOR.days})
            return
        show(link)
        notice(f"Gilt {INVITED_FOR.days} Tage, einmal. Bitte nur an {plain(given.person.name)} geben.")


def _day(option: str, text: str | None) -> date | None:
    return None if text is None else o.read_day_option(option, text)


def _agreement(each: Institution) -> str:
    if not each.agreement:
        return "ohne Vereinbarung"
    since = f" ab {each.agreement_from:%d.%m.%Y}" if each.agreement_from else ""
    until = f" bis {each.agreement_until:%d.%m.%Y}" if each.agreement_until else ""
    return f"{plain(each.agreement)}{since}{until}"


def _plain(each: Institution) -> dict[str, object]:
    return {
        "id": each.id, "name": each.name, "kind": each.kind, "active": each.active,
        "agreement": each.agreement or None,
        "agreement_from": each.agreement_from.isoformat() if each.agreement_from else None,
        "agreement_until": each.agreement_until.isoformat() if each.agreement_until else None,
        "former_names": list(each.former_names),
    }  # fmt: skip
