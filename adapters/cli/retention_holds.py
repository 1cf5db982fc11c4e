"""`lotse retention holds`: which cases are held from erasure, since when, by whom and why, for who may know it.

Proven in `tests/cli/test_holds.py`.
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import in_office, opened
from adapters.cli.failures import UsageProblem
from adapters.cli.reading_room import LONGEST_REASON
from adapters.cli.screen import as_json, columns, joined, plain, show
from adapters.db.recorded import numbers_of
from adapters.holds import holds_for
from workflow.audited import Audited
from workflow.calendar import BERLIN
from workflow.log_rights import Right, reading_of_all

Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="GRUND",
        help="Für Leitung und Datenschutz: warum; wird festgehalten. Bitte ohne Namen von Familien.",
    ),
]


def holds(*, reason: Reason = "", json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Welche Fälle von der Löschung gesperrt sind, seit wann, durch wen und warum.

    Leitung und Datenschutz lesen alle Sperren, mit einem Grund; eine Fachkraft die ihrer Fälle.
    """
    why = plain(reason)
    if len(why) > LONGEST_REASON:
        raise UsageProblem(f"Der Grund hat höchstens {LONGEST_REASON} Zeichen.")
    with opened(folder, user, make=False) as desk:
        lotse, person = desk.lotse, in_office(desk, Audited.HOLDS).person
        if reading_of_all(person) is Right.WITH_REASON and not why:
            raise UsageProblem("Es fehlt der Grund: --reason GRUND.")
        found, number = holds_for(lotse, person, why), numbers_of(lotse.store)
        with lotse.store.work(reading=True) as work:
            known = {each.id: plain(each.name) for each in work.directory.persons.values()}
    if json:
        as_json(
            [
                {
                    "number": number(each.case), "held_by": each.held_by, "held_at": each.held_at.isoformat(),
                    "reason": each.reason,
                }
                for each in found
            ]
        )  # fmt: skip
        return
    rows = []
    for each in found:
        since = f"seit {each.held_at.astimezone(BERLIN):%d.%m.%Y}"
        words = (since, known.get(each.held_by, each.held_by), plain(each.reason))
        rows.append((number(each.case) or each.case, joined(words)))
    show("\n".join(columns(rows)) if rows else "Kein Fall ist von der Löschung gesperrt.")
