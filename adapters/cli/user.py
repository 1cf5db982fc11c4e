"""`lotse user …`: who works here, to whom one hands over, and who stands in for whom, each change on record.

What a person must have, and who must stay, says `workflow.staff`; how they come in, `adapters.cli.user_login`.
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.cli.user_login import give_link
from adapters.db.visible import visible_ids
from adapters.login.staff import lock, put_in, unlock
from states.vocabulary import Role
from workflow.office import Person, Recipient
from workflow.staff import GIVEN, Particulars, StaffError
from workflow.visible import Reach

Invite = Annotated[
    bool, typer.Option("--link", help="Einen Einmal-Link zum Anmelden ausgeben, sieben Tage gültig.")
]
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
        str | None, typer.Option("--institution", metavar="NAME", help="Für wen sie spricht.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--agreement-until", metavar="TAG", help="Letzter Tag der Vereinbarung (bei Übergaben)."
        ),
    ] = None,
    link: Invite = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jemanden eintragen oder ändern.

    Was bei einer bekannten Kennung nicht angegeben wird, bleibt; gesperrt bleibt gesperrt (lotse user enable).
    Rollen: case_worker (Fachkraft), supervisor (Leitung), family_midwife, family_nurse, family_volunteer,
    partner, asd_worker, child_protection_adviser, network_coordinator, planner, dpo, admin. An die drei
    mit „family_“ kann übergeben werden. Das dürfen Leitung und IT; solange beide fehlen,
    die erste Fachkraft.
    """
    given = frozenset(_role(each) for each in role or ())
    last = o.read_day_option("--agreement-until", until) if until else None
    place = plain(institution) if institution is not None else None
    particulars = Particulars(name_id, plain(name), given, place, last)
    with opened(folder, user) as desk:
        person = _entered(entitled(desk, Act.PEOPLE), particulars)
        show(f"Eingetragen: {name_id}, {', '.join(each.label for each in sorted(person.roles))}.")
        if not person.active:
            notice(f"{name_id} ist gesperrt und bleibt es. Nächster Schritt: lotse user enable {name_id}")
        elif link:
            give_link(desk, name_id)


def _entered(desk: Desk, particulars: Particulars) -> Person:
    try:
        return put_in(desk.lotse, desk.person.id, particulars)
    except StaffError as error:
        raise UsageProblem(f"{error} ({_OPTIONS[error.field]})") from None


_OPTIONS = {"id": "KENNUNG", "name": "NAME", "roles": "--role", "institution": "--institution"}


def _role(text: str) -> Role:
    wanted = text.strip().casefold()
    found = next((r for r in GIVEN if wanted in (r.value, r.label.casefold())), None)
    if found is None:
        raise UsageProblem(f"Diese Rolle gibt es nicht. Es gibt: {', '.join(GIVEN)}.")
    return found


def disable(name_id: Id, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Jemanden sperren.

    Die Person kann nichts mehr tun und nichts mehr übernehmen; was sie getan hat, bleibt stehen.
    """
    with opened(folder, user) as desk:
        _known(entitled(desk, Act.PEOPLE), name_id)
        lock(desk.lotse, desk.person.id, name_id)
        with desk.lotse.store.work(reading=True) as work:
            theirs = Reach(responsible=frozenset({name_id}))
            ids = visible_ids(work.beside[0], desk.lotse.store.tenant, theirs, ())
            cases = [work.case(each) for each in ids]
        left = [case.number for case in cases if case.duties]
        show(f"Gesperrt: {name_id}.")
        if left:
            notice(
                f"Noch zuständig für: {', '.join(left)}. Nächster Schritt: Die Leitung weist sie zu (assign)."
            )


def enable(name_id: Id, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Eine Sperre aufheben."""
    with opened(folder, user) as desk:
        _known(entitled(desk, Act.PEOPLE), name_id)
        unlock(desk.lotse, desk.person.id, name_id)
        show(f"Nicht mehr gesperrt: {name_id}.")


def _known(desk: Desk, name_id: str) -> Person:
    with desk.lotse.store.work(reading=True) as work:
        person = work.directory.persons.get(name_id)
    if person is None:
        raise NotFound(f"{plain(name_id)[:64]} gibt es hier nicht. Nächster Schritt: lotse user list")
    return person
