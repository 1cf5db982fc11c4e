"""`lotse scheduler --once`: flag what has become overdue, each obligation once. The screen is right without it."""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, show


def scheduler(
    *,
    once: Annotated[bool, typer.Option("--once", help="Ein Durchgang.")] = False,
    json: o.Json = False,
    at: o.At = None,
    folder: o.Folder = None,
) -> None:
    """Überfälliges markieren.

    Einen Dauerlauf gibt es noch nicht: „lotse scheduler --once“ gehört in einen Zeitplan des Systems, etwa
    täglich nach Mitternacht. Jede Frist wird genau einmal markiert; „lotse due“ stimmt auch ohne das.
    """
    if not once:
        raise UsageProblem("Einen Dauerlauf gibt es noch nicht. Ein Durchgang: lotse scheduler --once")
    with opened(folder, None, at) as desk:
        flagged = desk.lotse.flag_overdue()
        if json:
            as_json({"flagged": flagged})
        else:
            show("Nichts Neues überfällig." if not flagged else f"Als überfällig markiert: {flagged}.")
