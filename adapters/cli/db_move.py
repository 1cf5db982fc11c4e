"""`lotse db move`: carry the store of the data folder into PostgreSQL, proven there before it is done."""

from adapters.cli import options as o
from adapters.cli.backup import watching
from adapters.cli.desk import settings_of
from adapters.cli.failures import CommandError
from adapters.cli.screen import as_json, plain, show


def move(*, dry_run: o.DryRun = False, json: o.Json = False, folder: o.Folder = None) -> None:
    """Den Speicher aus seiner Datei in die Datenbank von LOTSE_DATABASE_URL bringen.

    Alles geht hinüber, wie es ist: Fälle, Protokoll, Nachweise. Erst wenn es drüben geprüft und nachgespielt ist, gilt
    es; bis dahin bleibt die Datei, was sie war. Danach liegt sie beiseite, und niemand arbeitet mehr darin.
    Schlüssel und Notarakte bleiben, wo sie sind.
    """
    settings = settings_of(folder)
    if settings.embedded:
        raise CommandError(
            "Wohin? Bitte LOTSE_DATABASE_URL auf PostgreSQL richten (vorher: lotse db upgrade)."
        )
    from adapters.db.place import place_of  # noqa: PLC0415 - only where something moves
    from adapters.moving import move as moving  # noqa: PLC0415 - as above

    with watching() as watch:
        done = moving(settings, dry_run=dry_run, watch=watch)
    if json:
        aside = None if done.aside is None else str(done.aside)
        told = {"rows": done.rows, "entries": done.entries, "old_file": aside, "dry_run": dry_run}
        as_json({**told, "finished_earlier_move": done.finished})
        return
    show(
        f"Hinübergetragen: {done.rows} Zeilen, {done.entries} Einträge des Protokolls; dort geprüft und nachgespielt."
    )
    if dry_run or done.aside is None:
        show("Nichts geändert (--dry-run).")
        return
    show(f"Ab jetzt gilt {place_of(settings).shown}. Die alte Datei: {plain(str(done.aside))}")
    show(
        "Sie enthält alles bis heute: aufbewahren wie eine Sicherung, oder löschen. Nächster Schritt: lotse audit verify"
    )
