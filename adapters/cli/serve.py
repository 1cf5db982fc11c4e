"""`lotse serve`: one process for the API and for what runs by itself, where everything is on one machine.

Notary each second, Fristenuhr and mail each minute, the checkpoint by mail each day, and the API all the while. See
`tests/cli/test_serve.py` and `tests/cli/test_serve_api.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import settings_of
from adapters.cli.failures import CommandError
from adapters.cli.notary import explained, halted_sentence
from adapters.cli.screen import notice
from adapters.cli.watched import Figures, LogFormat, figures, log_format, speaking_as
from adapters.logs import Lines
from adapters.settings import Settings, read_setting
from audit.notary import NotaryHalted
from audit.notary_file import NotaryFile

if TYPE_CHECKING:
    from adapters.service import Part


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADRESSE",
            help="Adresse, an der die Schnittstelle hört; sonst nur für diesen Rechner.",
        ),
    ] = None,
    port: Annotated[
        str | None, typer.Option("--port", metavar="ANSCHLUSS", help="Ihr Anschluss; sonst 8080.")
    ] = None,
    api: Annotated[
        bool, typer.Option("--api/--no-api", help="Auch die Schnittstelle, oder nur was von selbst läuft.")
    ] = True,
    lines: LogFormat = None,
    folder: o.Folder = None,
) -> None:
    """Alles laufen lassen: die Schnittstelle, und was von selbst läuft.

    Mit PostgreSQL (LOTSE_DATABASE_URL) ist es die Schnittstelle allein, so oft man sie braucht: „lotse scheduler“ und
    „lotse notary“ laufen dann für sich.

    Die Schnittstelle antwortet nur auf diesem Rechner, bis --host etwas anderes sagt; LOTSE_BASE_URL nennt die
    Adresse, unter der man sie erreicht. Jede Sekunde unterschreibt der Notar das Protokoll; jede Minute wird
    Überfälliges markiert und Post versandt; jeden Tag geht der Prüfpunkt per Mail an Datenschutz und
    Rechnungsprüfung, wenn LOTSE_CHECKPOINT_MAIL sie nennt. Was nicht gelingt, wird gesagt und wiederholt und hält das
    andere nicht auf. Endet mit Strg-C oder SIGTERM.
    """
    from adapters.bootstrap import open_lotse  # noqa: PLC0415 - the database, only once it is needed
    from adapters.mail import checkpoint_recipients, server_of  # noqa: PLC0415 - as above
    from adapters.scheduler.timer import keep_all  # noqa: PLC0415 - as above
    from adapters.service import stopped_by_signals  # noqa: PLC0415 - as above
    from adapters.service_parts import serving_parts  # noqa: PLC0415 - as above

    settings = _chosen(settings_of(folder), host, port)
    chosen = log_format(settings, lines)
    mailing = server_of(settings) is not None
    if checkpoint_recipients(settings) and not mailing:
        notice(
            "Der Prüfpunkt geht an niemanden: Es fehlt der Mailserver. Nächster Schritt: LOTSE_SMTP_HOST setzen."
        )
    with (
        stopped_by_signals() as stop,
        speaking_as("serve", chosen) as said,
        figures(settings, "serve") as told,
    ):
        open_lotse(settings).store.engine.dispose()
        with _api(settings, said, told, wanted=api) as served:
            beside = serving_parts(settings, lambda: not stop.is_set()) if settings.embedded else ()
            parts = (*beside, *served)
            said.stands("began", f"Lotse läuft: {', '.join(part.name for part in parts)}. Beenden: Strg-C")
            keep_all(parts, stop, said.tell, explained)
        said.stands("ended", "Lotse ist beendet.")
    if settings.embedded:
        state = NotaryFile(settings.notary).load()
        if state.halted is not None:
            raise CommandError(halted_sentence(NotaryHalted(state)))


def _chosen(settings: Settings, host: str | None, port: str | None) -> Settings:
    """The settings with what was said on the command line in their place."""
    if host is not None:
        settings = replace(settings, http_host=read_setting("http_host", host, "--host"))
    if port is not None:
        settings = replace(settings, http_port=read_setting("http_port", port, "--port"))
    return settings


@contextmanager
def _api(settings: Settings, said: Lines, told: Figures, *, wanted: bool) -> "Iterator[tuple[Part, ...]]":
    """The API while it serves, as the part that looks after it."""
    if not wanted:
        yield ()
        return
    from adapters.service_api import CannotListen, ServedApi  # noqa: PLC0415 - the web server, only here

    try:
        served = ServedApi(settings, told.count)
    except CannotListen as error:
        raise CommandError(str(error)) from None
    told.watch(served.now)
    with served:
        where = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
        said.tell(f"Schnittstelle: http://{where}:{settings.http_port}/api/v1")
        if not said.structured:
            _first_link(settings)
        yield (served.part(),)


def _first_link(settings: Settings) -> None:
    """Where nobody can log in yet, show once how the first administrator comes in: there is no default password."""
    from adapters.bootstrap import open_lotse  # noqa: PLC0415 - the database, only once it is needed
    from adapters.login.links import Purpose, link_address  # noqa: PLC0415 - as above
    from adapters.login.redeem import first_link  # noqa: PLC0415 - as above

    lotse = open_lotse(settings)
    try:
        text = first_link(lotse)
    finally:
        lotse.store.engine.dispose()
    if text is not None:
        notice(
            "Noch kann sich niemand anmelden. Einmal-Link für die erste Verwaltung, gilt 24 Stunden und nur einmal:"
        )
        notice(link_address(settings, Purpose.FIRST, text))
