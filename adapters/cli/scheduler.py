"""`lotse scheduler`: flag what has become overdue, each obligation once. The screen is right without it."""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened, settings_of
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, notice, show


def scheduler(
    *,
    once: Annotated[bool, typer.Option("--once", help="Ein Durchgang.")] = False,
    json: o.Json = False,
    at: o.At = None,
    folder: o.Folder = None,
) -> None:
    """Überfälliges markieren, jede Minute oder mit --once einmal.

    Jede Frist wird genau einmal markiert, auch wenn mehrere Fristenuhren laufen; „lotse due“ stimmt auch ohne das.
    Wo „lotse serve“ läuft, ist das schon dabei.
    """
    if not once:
        if json or at:
            raise UsageProblem("--json und --at gehören zu einem Durchgang: lotse scheduler --once")
        _run(folder)
        return
    with opened(folder, None, at) as desk:
        flagged = desk.lotse.flag_overdue()
        if json:
            as_json({"flagged": flagged})
        else:
            show("Nichts Neues überfällig." if not flagged else f"Als überfällig markiert: {flagged}.")


def _run(folder: o.Folder) -> None:
    from adapters.bootstrap import open_lotse  # noqa: PLC0415 - the database, only once it is needed
    from adapters.cli.notary import explained  # noqa: PLC0415 - as above
    from adapters.service import keep, stopped_by_signals  # noqa: PLC0415 - as above
    from adapters.service_parts import sweep_part  # noqa: PLC0415 - as above

    settings = settings_of(folder)
    with stopped_by_signals() as stop:
        open_lotse(settings).store.engine.dispose()
        notice("Die Fristenuhr läuft. Beenden: Strg-C")
        keep(sweep_part(settings), stop, notice, explained)
        notice("Die Fristenuhr ist beendet.")
