"""`lotse db`: bring the database to the newest schema, say on which it is, check it, move a store into PostgreSQL.

The embedded file needs none of it: it migrates when it is opened. Proven on a real server (`tests/cli/test_db.py`).
"""

from pathlib import Path

import typer

from adapters.cli import options as o
from adapters.cli.desk import settings_of
from adapters.cli.failures import ERROR, CommandError, UsageProblem
from adapters.cli.screen import as_json, columns, show
from adapters.settings import Settings

_EMBEDDED = (
    "Hier liegt alles in einer Datei, die sich beim Öffnen selbst auf den Stand bringt. Für PostgreSQL: "
    "LOTSE_DATABASE_URL."
)
_EMPTY = (
    "Hier ist noch kein Träger. Nächster Schritt: lotse init; mit einer Sicherung: lotse backup restore DATEI; mit einem "
    "Speicher im Ordner der Daten: lotse db move."
)


def upgrade(*, dry_run: o.DryRun = False, json: o.Json = False, folder: o.Folder = None) -> None:
    """Die Datenbank auf den neuesten Stand bringen, und die Rollen einrichten.

    Geht mit LOTSE_DATABASE_OWNER_URL in einem Zug oder gar nicht. Rollen, die es noch nicht gibt, entstehen mit Namen
    und Passwort aus LOTSE_DATABASE_URL und LOTSE_DATABASE_NOTARY_URL; vorhandene behalten ihr Passwort.
    """
    settings = _served(folder)
    if settings.database_owner_url is None or settings.database_url is None:
        raise UsageProblem("Es fehlt LOTSE_DATABASE_OWNER_URL: die Adresse der Eigentümerin der Datenbank.")
    from adapters.db.begin import begun  # noqa: PLC0415 - only on PostgreSQL
    from adapters.db.postgres import connect  # noqa: PLC0415 - as above
    from adapters.db.roles import login_of  # noqa: PLC0415 - as above
    from adapters.db.upgrade import Upgraded, pending, revision_of  # noqa: PLC0415 - as above
    from adapters.db.upgrade import upgrade as bring  # noqa: PLC0415 - as above

    owner = connect(settings.database_owner_url)
    try:
        if dry_run:
            with begun(owner, reading=True, patience=0) as connection:
                before = revision_of(connection)
            done = Upgraded(before, pending(before))
        else:
            notary = settings.database_notary_url
            done = bring(owner, login_of(settings.database_url), login_of(notary) if notary else None)
    finally:
        owner.dispose()
    if json:
        told = [{"revision": number, "says": says} for number, says in done.revisions]
        as_json({"before": done.before, "revisions": told, "roles": list(done.made), "dry_run": dry_run})
        return
    if not done.revisions:
        show(f"Die Datenbank ist auf dem Stand {done.before}.")
    for number, says in done.revisions:
        show(f"{number}  {says}")
    for role in done.made:
        show(f"Rolle angelegt: {role}")
    if done.revisions or done.made:
        show("Nichts geändert (--dry-run)." if dry_run else "Fertig. Nächster Schritt: lotse db check.")


def current(*, json: o.Json = False, folder: o.Folder = None) -> None:
    """Sagen, auf welchem Stand die Datenbank ist, und welchen dieses Programm braucht."""
    from adapters.db.connect import HEAD  # noqa: PLC0415 - the databases, only where one is asked
    from adapters.db.place import place_of  # noqa: PLC0415 - as above

    place = place_of(settings_of(folder))
    found = place.schema(place.look())[1] if place.exists() else None
    if json:
        as_json({"database": place.shown, "revision": found, "program": HEAD})
        return
    show(f"{place.shown}: Stand {found or 'leer'}, dieses Programm braucht {HEAD}.")


def check(*, json: o.Json = False, folder: o.Folder = None) -> None:
    """Prüfen, ob die Datenbank ist, wie sie sein muss: Rolle, Trennung der Träger, Dauerhaftigkeit, Wartezeiten."""
    settings = _served(folder)
    from adapters.db.begin import begun  # noqa: PLC0415 - only on PostgreSQL
    from adapters.db.guard import findings  # noqa: PLC0415 - as above
    from adapters.db.place import place_of  # noqa: PLC0415 - as above
    from adapters.db.store import tenants_of  # noqa: PLC0415 - as above

    engine = place_of(settings).look()
    with begun(engine, reading=True, patience=0) as connection:
        found = list(findings(connection))
    if json:
        as_json([{"what": each.what, "ok": each.fits, "says": each.says} for each in found])
    else:
        rows = [("gut" if each.fits else "FEHLT", _CALLED[each.what], each.says) for each in found]
        for line in columns(rows):
            show(line)
    if not all(each.fits for each in found):
        raise typer.Exit(ERROR)
    if not json and not tenants_of(engine):
        show(_EMPTY)


_CALLED = {
    "schema": "Stand",
    "role": "Rolle",
    "walls": "Trennung",
    "parts": "Teilung",
    "durable": "Dauerhaft",
    "limits": "Wartezeiten",
    "foreign": "Fremdes",
}


def _served(folder: Path | None) -> Settings:
    settings = settings_of(folder)
    if settings.embedded:
        raise CommandError(_EMBEDDED)
    return settings
