"""`lotse case list`, `find` and `duplicates`: which cases there are, and which of them may be meant.

A list shows no names. A search is on record as kind and count before anything is decrypted, and shows only what this
person reads whole.
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.due import day_of
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from workflow.case import Case, Family

Number = Annotated[
    str, typer.Argument(metavar="NUMMER", help="Die Nummer des Falls: FH-2026-0042, 2026-42 oder 42.")
]


def show_list(
    *,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STAND", help="Nur dieser Stand, zum Beispiel in_contact."),
    ] = None,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Die eigenen Fälle, ohne Namen."""
    with opened(folder, user, at) as desk:
        process = desk.lotse.office.network_now.profile.process
        cases = desk.lotse.cases_for(desk.person)
        known = {*process.states, *(case.state for case in cases)}
        if state is not None and state not in known:
            raise UsageProblem(f"Diesen Stand gibt es nicht. Es gibt: {', '.join(sorted(known))}.")
        shown = sorted((c for c in cases if state in (None, c.state)), key=lambda case: case.number)
        found = [_plain(desk, case) for case in shown]
        today = desk.lotse.moment.day
        if json:
            as_json(found)
            return
        if not found:
            show("Keine Fälle." if state is None else "Keine Fälle in diesem Stand.")
            return
        rows = [
            (
                case.number,
                day_of(case.next_due.due if case.next_due else None, today),
                _words(desk, case, known_as),
            )
            for case, known_as in zip(shown, found, strict=True)
        ]
        show("\n".join(columns([("Nummer", "Frist", "Stand · Ortsteil · Einrichtung"), *rows])))
        notice(f"{len(found)} Fälle." if len(found) != 1 else "1 Fall.")


def _words(desk: Desk, case: Case, known_as: dict[str, object]) -> str:
    mine = case.responsible == desk.person.id
    who = "" if mine else "ohne Zuständige" if case.responsible is None else f"bei {case.responsible}"
    return joined((str(known_as["state_label"]), plain(case.district), plain(case.source.institution), who))


def _plain(desk: Desk, case: Case) -> dict[str, object]:
    network = desk.lotse.office.network(case.profile, case.profile_version)
    process, due = network.profile.process, case.next_due
    return {
        "number": case.number,
        "state": case.state,
        "state_label": process.label(case.state),
        "version": case.version,
        "received_on": case.received_on.isoformat(),
        "due": due.due.isoformat() if due else None,
        "owed": process.obligation_label(due.obligation) if due else None,
        "responsible": case.responsible,
        "district": case.district,
        "institution": case.source.institution,
    }


def find(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Name, Anfang eines Namens, Telefon oder Nummer.")
    ],
    *,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Sucht in den Fällen, die Sie ganz lesen dürfen.

    Festgehalten wird, dass gesucht wurde, nie wonach.
    """
    with opened(folder, user, at) as desk:
        hits = desk.lotse.find(desk.person, text)
        if json:
            as_json([{"number": case.number, "state": case.state, **_names(family)} for case, family in hits])
            return
        if not hits:
            raise NotFound("Nichts gefunden.")
        rows = [(case.number, joined(_names(family).values(), ", "), _child(case)) for case, family in hits]
        show("\n".join(columns(rows)))


def _names(family: Family) -> dict[str, str]:
    return {
        "surname": plain(family.surname),
        "first_name": plain(family.first_name),
        "phone": plain(family.phone),
    }


def _child(case: Case) -> str:
    if case.child.born is not None:
        return f"Kind geboren {case.child.born:%d.%m.%Y}"
    return f"erwartet {case.child.expected:%d.%m.%Y}" if case.child.expected is not None else ""


def duplicates(
    number: Number,
    *,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Andere Meldungen, die dieselbe Familie meinen könnten.

    Verglichen werden der Klang des Nachnamens mit dem Datum des Kindes, und die Telefonnummer.
    """
    with opened(folder, user) as desk:
        case = desk.lotse.question(desk.person, full_number(desk, number)).case
        alike = alike_to(desk, case.id)
        if json:
            as_json(alike)
            return
        others = desk.lotse.alike_with(desk.person, case.id)
        if others:
            notice(f"Eine ähnliche Meldung gibt es auch bei: {', '.join(map(plain, others))}.")
        if alike or not others:
            show("\n".join(alike) if alike else f"Zu {case.number} gibt es keine ähnliche Meldung.")


def alike_to(desk: Desk, case_id: str) -> list[str]:
    """The numbers of cases that could be the same family's."""
    return desk.lotse.duplicates_of(desk.person, case_id)
