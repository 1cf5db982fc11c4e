"""`lotse serve`: one process for what runs by itself, where everything is on one machine.

Notary each second, Fristenuhr and mail each minute, the checkpoint by mail each day. See `tests/cli/test_serve.py`.
"""

from adapters.cli import options as o
from adapters.cli.desk import settings_of
from adapters.cli.failures import CommandError
from adapters.cli.notary import explained, halted_sentence
from adapters.cli.screen import notice
from audit.notary import NotaryHalted
from audit.notary_file import NotaryFile


def serve(*, folder: o.Folder = None) -> None:
    """Alles laufen lassen, was von selbst läuft.

    Jede Sekunde unterschreibt der Notar das Protokoll; jede Minute wird Überfälliges markiert und Post versandt;
    jeden Tag geht der Prüfpunkt per Mail an Datenschutz und Rechnungsprüfung, wenn LOTSE_CHECKPOINT_MAIL sie nennt.
    Was nicht gelingt, wird gesagt und wiederholt und hält das andere nicht auf. Endet mit Strg-C oder SIGTERM.
    """
    from adapters.bootstrap import open_lotse  # noqa: PLC0415 - the database, only once it is needed
    from adapters.mail import checkpoint_recipients, server_of  # noqa: PLC0415 - as above
    from adapters.service import keep_all, stopped_by_signals  # noqa: PLC0415 - as above
    from adapters.service_parts import serving_parts  # noqa: PLC0415 - as above

    settings = settings_of(folder)
    mailing = server_of(settings) is not None
    if checkpoint_recipients(settings) and not mailing:
        notice(
            "Der Prüfpunkt geht an niemanden: Es fehlt der Mailserver. Nächster Schritt: LOTSE_SMTP_HOST setzen."
        )
    with stopped_by_signals() as stop:
        open_lotse(settings).store.engine.dispose()
        parts = serving_parts(settings)
        notice(f"Lotse läuft: {', '.join(part.name for part in parts)}. Beenden: Strg-C")
        keep_all(parts, stop, notice, explained)
        notice("Lotse ist beendet.")
    state = NotaryFile(settings.notary).load()
    if state.halted is not None:
        raise CommandError(halted_sentence(NotaryHalted(state)))
