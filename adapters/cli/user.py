"""`lotse user …`: who works here, to whom one hands over, and who stands in for whom, each change on record.

Somebody in a profession to which families are handed over is entered twice under one id: as a person who may act and
as a recipient.
"""

import re
from dataclasses import replace
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.db import statements as sql
from states.vocabulary import RECIPIENT_ROLES, Role
from workflow.office import Person, Recipient, Substitution

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TAKEN = {"clock", "system"}
_GIVEN = tuple(role for role in Role if role not in (Role.CLOCK, Role.RECIPIENT, Role.DEPUTY))
_LONGEST = 200
Id = Annotated[str, typer.Argument(metavar="KENNUNG", help="Kurz, ohne Leerzeichen, zum Beispiel brandt.")]


def show_list(*, json: o.Json = False, folder: o.Folder = None) -> None:
    """Wer hier arbeitet."""
    with opened(folder) as desk, desk.lotse.store.work(reading=True) as work:
        directory = work.directory
    people = sorted(directory.persons.values(), key=lambda person: person.id)
    if json:
        as_json([_plain(person, directory.recipients.get(person.recipient or "")) for person in people])
        return
    rows = []
    for person in people:
        known = directory.recipients.get(person.recipient or "")
        until = (
            f"Vereinbarung bis {known.agreement_until:%d.%m.%Y}" if known and known.agreement_until else ""
        )
        roles = ", ".join(sorted(role.label for role in person.roles))
        locked = "" if person.active else "gesperrt"
        rows.append(
            (person.id, joined((plain(person.name), roles, plain(person.institution), until, locked)))
        )
    show("\n".join(columns(rows)))
    for one in directory.substitutions:
        show(f"{one.deputy} vertritt {one.absent} vom {one.first:%d.%m.%Y} bis {one.last:%d.%m.%Y}.")


def _plain(person: Person, recipient: Recipient | None) -> dict[str, object]:
    until = recipient.agreement_until if recipient else None
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "institution": person.institution,
        "recipient": person.recipient,
        "agreement_until": until.isoformat() if until else None,
        "active": person.active,
    }


def add(
    name_id: Id,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Wie andere die Person lesen, zum Beispiel „Frau Brandt“.")
    ],
    *,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLLE", help="Auch mehrfach; zum Beispiel case_worker."),
    ] = None,
    institution: Annotated[
        str, typer.Option("--institution", metavar="NAME", help="Für wen sie spricht.")
    ] = "",
    until: Annotated[
        str | None,
        typer.Option(
            "--agreement-until", metavar="TAG", help="Letzter Tag der Vereinbarung (bei Übergaben)."
        ),
    ] = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jemanden eintragen oder ändern.

    Rollen: case_worker (Fachkraft), supervisor (Leitung), family_midwife, family_nurse, family_volunteer,
    partner, asd_worker, child_protection_adviser, network_coordinator, planner, dpo, admin. An die drei
    mit „family_“ kann übergeben werden.
    """
    if not _ID.fullmatch(name_id) or name_id in _TAKEN:
        raise UsageProblem("Eine Kennung besteht aus Kleinbuchstaben, Ziffern, Punkt und Strich.")
    if not plain(name) or len(name) > _LONGEST or len(institution) > _LONGEST:
        raise UsageProblem("Name und Einrichtung haben 1 bis 200 Zeichen.")
    roles = frozenset(_role(each) for each in role or ())
    if not roles:
        raise UsageProblem(f"Es fehlt --role. Es gibt: {', '.join(_GIVEN)}.")
    if Role.PARTNER in roles and not institution:
        raise UsageProblem("Ein Kooperationspartner braucht --institution.")
    profession = sorted(roles & RECIPIENT_ROLES)
    if len(profession) > 1:
        raise UsageProblem("Eine Person hat höchstens eine Rolle, in der ihr Familien übergeben werden.")
    last = o.read_day_option("--agreement-until", until) if until else None
    person = Person(name_id, plain(name), roles, plain(institution), name_id if profession else None)
    with opened(folder, user) as desk:
        _record(desk, "user", name_id, roles=sorted(roles))
        desk.lotse.store.put(person)
        if profession:
            desk.lotse.store.put(
                Recipient(name_id, person.name, profession[0], person.institution, True, last)
            )
        show(f"Eingetragen: {name_id}, {', '.join(each.label for each in sorted(roles))}.")


def _role(text: str) -> Role:
    wanted = text.strip().casefold()
    found = next((r for r in _GIVEN if wanted in (r.value, r.label.casefold())), None)
    if found is None:
        raise UsageProblem(f"Diese Rolle gibt es nicht. Es gibt: {', '.join(_GIVEN)}.")
    return found


def disable(name_id: Id, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Jemanden sperren.

    Die Person kann nichts mehr tun und nichts mehr übernehmen; was sie getan hat, bleibt stehen.
    """
    with opened(folder, user) as desk:
        person = _known(desk, name_id)
        _record(desk, "user_disabled", name_id)
        desk.lotse.store.put(replace(person, active=False))
        with desk.lotse.store.work(reading=True) as work:
            recipient = work.directory.recipients.get(person.recipient or "")
        if recipient is not None:
            desk.lotse.store.put(replace(recipient, active=False))
        with desk.lotse.store.work(reading=True) as work:
            cases = [work.case(each) for each in desk.lotse.store.ids(sql.CASES_OF, responsible=name_id)]
        left = [case.number for case in cases if case.duties]
        show(f"Gesperrt: {name_id}.")
        if left:
            notice(
                f"Noch zuständig für: {', '.join(left)}. Nächster Schritt: Die Leitung weist sie zu (assign)."
            )


def substitute(
    absent: Annotated[str, typer.Argument(metavar="ABWESEND", help="Kennung der abwesenden Person.")],
    deputy: Annotated[str, typer.Argument(metavar="VERTRETUNG", help="Kennung der Vertretung.")],
    first: Annotated[str, typer.Argument(metavar="VON", help="Erster Tag.")],
    last: Annotated[str, typer.Argument(metavar="BIS", help="Letzter Tag.")],
    *,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Vertretung eintragen, mit erstem und letztem Tag.

    Die Vertretung sieht und bewegt in dieser Zeit die Fälle der abwesenden Person; danach endet es von selbst.
    """
    start, end = o.read_day_option("VON", first), o.read_day_option("BIS", last)
    if end < start:
        raise UsageProblem("Der letzte Tag liegt vor dem ersten.")
    if absent == deputy:
        raise UsageProblem("Niemand vertritt sich selbst.")
    with opened(folder, user) as desk:
        for name_id in (absent, deputy):
            _known(desk, name_id)
        _record(desk, "substitution", deputy, absent=absent, first=start.isoformat(), last=end.isoformat())
        desk.lotse.store.put(Substitution(absent, deputy, start, end))
        show(f"{deputy} vertritt {absent} vom {start:%d.%m.%Y} bis {end:%d.%m.%Y}.")


def _known(desk: Desk, name_id: str) -> Person:
    with desk.lotse.store.work(reading=True) as work:
        person = work.directory.persons.get(name_id)
    if person is None:
        raise NotFound(f"{plain(name_id)[:64]} gibt es hier nicht. Nächster Schritt: lotse user list")
    return person


def _record(desk: Desk, action: str, concerned: str, **more: object) -> None:
    desk.lotse.record("steps", {"action": action, "actor": desk.person.id, "concerned": concerned, **more})
