"""`lotse audit show`: who did what and when, without content; looking is on record before anything is opened.

One case is shown as far as this person may see it. The whole log is for Leitung and Datenschutz, with a reason.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.failures import NotAllowed, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, columns, joined, plain, show
from adapters.lotse import Lotse
from audit.cursor import pages
from audit.entry import Leaf
from audit.faults import Step
from audit.unseal import Bodies
from states.process import Process
from states.vocabulary import Role
from workflow.calendar import BERLIN

Line = tuple[int, Mapping[str, object]]
_MAY_READ_ALL = frozenset({Role.SUPERVISOR, Role.DPO})
_OTHERS = {
    "open": "Fall geöffnet",
    "search": "Gesucht",
    "list": "Fälle aufgelistet",
    "worklist": "„Heute“ gelesen",
    "log": "Protokoll gelesen",
    "quarantine": "Quarantäne ausgegeben",
    "import": "Liste eingelesen",
    "init": "Speicher angelegt",
    "profile": "Ablauf eingeführt",
    "directory": "Verzeichnis geändert",
    "duplicates": "Mit anderen Fällen abgeglichen",
    "user": "Person eingetragen",
    "user_disabled": "Person gesperrt",
    "user_enabled": "Sperre aufgehoben",
    "substitution": "Vertretung eingetragen",
}


def show_log(
    *,
    number: Annotated[str | None, typer.Option("--case", metavar="NUMMER", help="Nur dieser Fall.")] = None,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", metavar="GRUND", help="Warum; wird festgehalten. Bitte ohne Namen von Familien."
        ),
    ] = "",
    last: Annotated[int, typer.Option("--last", metavar="ZAHL", help="So viele, neueste zuerst.")] = 50,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Zeigen, wer wann was getan hat, ohne Inhalte.

    Das ganze Protokoll lesen Leitung und Datenschutz (--as) mit einem Grund; einen Fall, wer ihn sehen darf.
    """
    with opened(folder, user, at, make=False) as desk:
        process = desk.lotse.office.network_now.profile.process
        if number is not None:
            lines: list[Line] = [
                (seq, a) for seq, _, a, _ in desk.lotse.view(desk.person, full_number(desk, number)).timeline
            ]
        else:
            if not desk.person.active or not desk.person.roles & _MAY_READ_ALL:
                raise NotAllowed(
                    "Das ganze Protokoll lesen Leitung und Datenschutz. Bitte --as PERSON oder --case NUMMER."
                )
            if not reason.strip():
                raise UsageProblem("Es fehlt der Grund: --reason GRUND.")
            entry = {"action": "log", "actor": desk.person.id, "purpose": reason.strip()}
            desk.lotse.record("access", entry)
            lines = _whole(desk.lotse)
        lines = lines[::-1][: max(last, 0)]
        if json:
            as_json([{"seq": seq, **a} for seq, a in lines])
        else:
            show(
                "\n".join(columns([_row(seq, a, process) for seq, a in lines]))
                if lines
                else "Keine Einträge."
            )


def _whole(lotse: Lotse) -> list[Line]:
    """Open body A of every entry. The bodies of families stay closed."""
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        bodies = Bodies(reader, keys, decrypt=False)
        return [
            (seq, bodies.open_a(Leaf.unpack(raw), raw, body_a))
            for rows in pages(reader.rows, Step.ENTRIES)
            for seq, raw, _, body_a in rows
        ]


def _row(seq: int, a: Mapping[str, object], process: Process) -> tuple[str, str, str, str]:
    action = str(a.get("action"))
    label = _OTHERS.get(action) or process.label(action)
    refused = "" if a.get("outcome") == "done" else "abgelehnt"
    counted = f"{a['count']} Fälle" if "count" in a else ""
    at = datetime.fromisoformat(str(a["at"])).astimezone(BERLIN) if "at" in a else None
    words = (label, refused, counted, plain(str(a.get("purpose", ""))))
    return (f"{seq:>6}", f"{at:%d.%m.%Y %H:%M}" if at else "", str(a.get("actor")), joined(words))
