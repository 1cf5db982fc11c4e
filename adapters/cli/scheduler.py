"""`lotse scheduler`: what runs by itself, as a program of its own; the screens are right without it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened, settings_of
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, notice, show
from adapters.cli.watched import LogFormat, figures, log_format, speaking_as
from adapters.settings import Settings

if TYPE_CHECKING:
    from adapters.lotse import Lotse
    from adapters.scheduler.tenants import Towns


def scheduler(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Jede Aufgabe einmal tun und enden, etwa aus cron.")
    ] = False,
    lines: LogFormat = None,
    tenants: Annotated[
        Path | None,
        typer.Option(
            "--tenants",
            metavar="ORDNER",
            help="Für mehrere Träger in einem PostgreSQL: je Träger ein Ordner mit seinen Schlüsseln, benannt nach "
            "seiner Kennung.",
        ),
    ] = None,
    json: o.Json = False,
    at: o.At = None,
    folder: o.Folder = None,
) -> None:
    """Tun, was von selbst geschieht: Überfälliges markieren, vorwarnen, die Quarantäne leeren, Post versenden.

    Jede Frist wird genau einmal markiert und jede Vorwarnung einmal gegeben, auch wenn mehrere Fristenuhren laufen;
    „lotse due“ stimmt auch ohne das. Kein Fall geht dadurch weiter. Wo „lotse serve“ auf diesem Rechner alles tut, ist
    das schon dabei. Mit --at wird nur markiert und vorgewarnt. Endet mit Strg-C oder SIGTERM, nach dem Teil, an dem es
    gerade ist.
    """
    if once and tenants is not None:
        raise UsageProblem("--tenants und --once gehen nicht zusammen: LOTSE_TENANT nennt den einen Träger.")
    if once:
        with opened(folder, None, at) as desk:
            _tell(_once(desk.lotse, told=at is not None), json=json)
        return
    if json or at:
        raise UsageProblem("--json und --at gehören zu einem Durchgang: lotse scheduler --once")
    settings = settings_of(folder)
    _run(settings, log_format(settings, lines), tenants)


def _once(lotse: "Lotse", *, told: bool) -> dict[str, int]:
    """Do each job once and give how much each did, by its name; what is worth telling goes to the screen.

    A job that fails keeps no other from being done; the first failure is raised in the end.
    """
    from adapters.millis import now_ms  # noqa: PLC0415 - the jobs, only once they are done
    from adapters.scheduler.heartbeat import clocks_of_this_machine  # noqa: PLC0415 - as above
    from adapters.scheduler.jobs import JOBS, SWEEP, do_once  # noqa: PLC0415 - as above

    clocks, done, failures = clocks_of_this_machine(now_ms), {}, []
    for job in JOBS:
        if not job.wanted(lotse.settings) or (told and not job.is_told_the_time):
            continue
        try:
            outcome = do_once(job, lotse, clocks)
        except Exception as error:  # noqa: BLE001 - the others are done all the same, then it is raised
            failures.append(error)
            continue
        done[job.key] = outcome.count
        for sentence in outcome.said if job is not SWEEP else ():
            notice(f"{job.name}: {sentence}")
    if failures:
        raise failures[0]
    return done


def _tell(done: dict[str, int], *, json: bool) -> None:
    from adapters.scheduler.jobs import SWEEP  # noqa: PLC0415 - as above

    if json:
        as_json({"flagged": done.pop(SWEEP.key), **done})
        return
    flagged = done[SWEEP.key]
    show("Nichts Neues überfällig." if not flagged else f"Als überfällig markiert: {flagged}.")


def _run(settings: Settings, chosen: str, tenants: Path | None) -> None:
    from adapters.cli.notary import explained  # noqa: PLC0415 - the jobs, only once they are done
    from adapters.mail import server_of  # noqa: PLC0415 - as above
    from adapters.scheduler.jobs import Rounds  # noqa: PLC0415 - as above
    from adapters.scheduler.timer import keep_all  # noqa: PLC0415 - as above
    from adapters.service import stopped_by_signals  # noqa: PLC0415 - as above

    server_of(settings)
    with (
        stopped_by_signals() as stop,
        speaking_as("scheduler", chosen) as said,
        figures(settings, "scheduler"),
    ):
        where = _store_of(settings) if tenants is None else _stores_in(settings, tenants)
        parts = Rounds(where, lambda: not stop.is_set()).parts()
        said.stands(
            "began", f"Die Fristenuhr läuft: {', '.join(part.name for part in parts)}. Beenden: Strg-C"
        )
        keep_all(parts, stop, said.tell, explained)
        said.stands("ended", "Die Fristenuhr ist beendet.")


def _store_of(settings: Settings) -> Settings:
    """The one store; that it can be opened is seen before anything runs."""
    from adapters.bootstrap import open_lotse  # noqa: PLC0415 - the database, only once it is needed

    open_lotse(settings).store.engine.dispose()
    return settings


def _stores_in(settings: Settings, folder: Path) -> "Callable[[], Towns]":
    """Those of all the towns whose keys lie in the folder; one that cannot be opened keeps no other waiting."""
    from adapters.scheduler.tenants import Towns, towns_in  # noqa: PLC0415 - as above

    towns = towns_in(settings, folder)
    return lambda: Towns(towns)
