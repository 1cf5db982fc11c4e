"""`lotse user …`: who works here, to whom one hands over, and who stands in for whom, each change on record.

Somebody in a profession to which families are handed over is entered twice under one id: as a person who may act and
as a recipient.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotAllowed, NotFound, UsageProblem
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.db.visible import visible_ids
from states.vocabulary import RECIPIENT_ROLES, Role
from workflow.office import Directory, Person, Recipient, Substitution
from workflow.visible import Reach

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
        str | None, typer.Option("--institution", metavar="NAME", help="Für wen sie spricht.")
    ] = None,
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

    Was bei einer bekannten Kennung nicht angegeben wird, bleibt; gesperrt bleibt gesperrt (lotse user enable).
    Rollen: case_worker (Fachkraft), supervisor (Leitung), family_midwife, family_nurse, family_volunteer,
    partner, asd_worker, child_protection_adviser, network_coordinator, planner, dpo, admin. An die drei
    mit „family_“ kann übergeben werden. Das dürfen Leitung und IT; solange beide fehlen,
    die erste Fachkraft.
    """
    if not _ID.fullmatch(name_id) or name_id in _TAKEN:
        raise UsageProblem("Eine Kennung besteht aus Kleinbuchstaben, Ziffern, Punkt und Strich.")
    if not plain(name) or len(name) > _LONGEST or len(institution or "") > _LONGEST:
        raise UsageProblem("Name und Einrichtung haben 1 bis 200 Zeichen.")
    given = frozenset(_role(each) for each in role or ())
    last = o.read_day_option("--agreement-until", until) if until else None
    with opened(folder, user) as desk:
        directory = _directory(entitled(desk, Act.PEOPLE))
        person, recipient = _entered(directory, name_id, plain(name), given, institution, last)
        if Role.CASE_WORKER not in person.roles:
            _one_stays(directory, name_id)
        known = directory.persons.get(name_id)
        before = {"roles_before": sorted(known.roles) if known else []}
        _record(desk, "user", name_id, roles=sorted(person.roles), **before)
        desk.lotse.store.put(person, actor=desk.person.id)
        if recipient is not None:
            desk.lotse.store.put(recipient, actor=desk.person.id)
        show(f"Eingetragen: {name_id}, {', '.join(each.label for each in sorted(person.roles))}.")
        if not person.active:
            notice(f"{name_id} ist gesperrt und bleibt es. Nächster Schritt: lotse user enable {name_id}")


def _entered(
    directory: Directory,
    name_id: str,
    name: str,
    given: frozenset[Role],
    institution: str | None,
    last: date | None,
) -> tuple[Person, Recipient | None]:
    """The person, and the recipient they are, with whatever was known and is not given anew."""
    known, place = directory.persons.get(name_id), directory.recipients.get(name_id)
    roles = given or (known.roles if known else frozenset())
    if not roles:
        raise UsageProblem(f"Es fehlt --role. Es gibt: {', '.join(_GIVEN)}.")
    speaks_for = plain(institution) if institution is not None else known.institution if known else ""
    if Role.PARTNER in roles and not speaks_for:
        raise UsageProblem("Ein Kooperationspartner braucht --institution.")
    profession = sorted(roles & RECIPIENT_ROLES)
    if len(profession) > 1:
        raise UsageProblem("Eine Person hat höchstens eine Rolle, in der ihr Familien übergeben werden.")
    active = known.active if known else True
    person = Person(name_id, name, roles, speaks_for, name_id if profession else None, active)
    if not profession:
        return person, replace(place, active=False) if place else None
    until = last or (place.agreement_until if place else None)
    return person, Recipient(name_id, name, profession[0], speaks_for, active, until)


def _one_stays(directory: Directory, leaving: str) -> None:
    """Raise NotAllowed where nobody would be left to move a case."""
    workers = {p.id for p in directory.persons.values() if p.active and Role.CASE_WORKER in p.roles}
    if workers == {leaving}:
        raise NotAllowed(
            f"{leaving} ist die letzte Fachkraft. Nächster Schritt: zuerst eine andere eintragen (lotse user add)."
        )


def _directory(desk: Desk) -> Directory:
    with desk.lotse.store.work(reading=True) as work:
        return work.directory


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
        person = _known(entitled(desk, Act.PEOPLE), name_id)
        _one_stays(_directory(desk), name_id)
        _record(desk, "user_disabled", name_id)
        desk.lotse.store.put(replace(person, active=False), actor=desk.person.id)
        with desk.lotse.store.work(reading=True) as work:
            recipient = work.directory.recipients.get(person.recipient or "")
        if recipient is not None:
            desk.lotse.store.put(replace(recipient, active=False), actor=desk.person.id)
        with desk.lotse.store.work(reading=True) as work:
            theirs = Reach(responsible=frozenset({name_id}))
            ids = visible_ids(work.beside[0], desk.lotse.store.tenant, theirs, None)
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
        person = _known(entitled(desk, Act.PEOPLE), name_id)
        recipient = _directory(desk).recipients.get(person.recipient or "")
        _record(desk, "user_enabled", name_id)
        desk.lotse.store.put(replace(person, active=True), actor=desk.person.id)
        if recipient is not None:
            desk.lotse.store.put(replace(recipient, active=True), actor=desk.person.id)
        show(f"Nicht mehr gesperrt: {name_id}.")


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
    Eintragen darf sie die Leitung, und wer abwesend ist, für sich selbst.
    """
    start, end = o.read_day_option("VON", first), o.read_day_option("BIS", last)
    if end < start:
        raise UsageProblem("Der letzte Tag liegt vor dem ersten.")
    if absent == deputy:
        raise UsageProblem("Niemand vertritt sich selbst.")
    with opened(folder, user) as desk:
        _known(entitled(desk, Act.SUBSTITUTION, own=absent), absent)
        stands_in = _known(desk, deputy)
        if not stands_in.active or Role.CASE_WORKER not in stands_in.roles:
            raise UsageProblem("Vertreten kann nur eine Fachkraft, die hier arbeitet.")
        _record(desk, "substitution", deputy, absent=absent, first=start.isoformat(), last=end.isoformat())
        desk.lotse.store.put(Substitution(absent, deputy, start, end), actor=desk.person.id)
        show(f"{deputy} vertritt {absent} vom {start:%d.%m.%Y} bis {end:%d.%m.%Y}.")


def _known(desk: Desk, name_id: str) -> Person:
    with desk.lotse.store.work(reading=True) as work:
        person = work.directory.persons.get(name_id)
    if person is None:
        raise NotFound(f"{plain(name_id)[:64]} gibt es hier nicht. Nächster Schritt: lotse user list")
    return person


def _record(desk: Desk, action: str, concerned: str, **more: object) -> None:
    desk.lotse.record("steps", {"action": action, "actor": desk.person.id, "concerned": concerned, **more})
