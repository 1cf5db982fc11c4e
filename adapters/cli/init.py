"""`lotse init`: make keys and database, by a proven profile; say where they lie and what to keep apart."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.bootstrap import create_lotse
from adapters.cli import options as o
from adapters.cli.desk import settings_of
from adapters.cli.failures import NotFound
from adapters.cli.screen import as_json, show
from adapters.db.place import place_of
from states.fields import MOST_BYTES
from states.profile import SHIPPED, Profile, load, read_profile


def init(
    *,
    profile: Annotated[
        str,
        typer.Option(
            "--profile", metavar="NAME|DATEI", help="Der Ablauf: ein mitgelieferter oder eine TOML-Datei."
        ),
    ] = "default",
    json: o.Json = False,
    folder: o.Folder = None,
) -> None:
    """Schlüssel und Datenbank anlegen.

    Überschrieben wird nie etwas. Mitgeliefert sind die Abläufe default, bergkamen, flensburg, gummersbach,
    heidelberg und leipzig; ein eigener wird vorher bewiesen.
    """
    settings = settings_of(folder)
    chosen = profile_named(profile)
    lotse = create_lotse(settings, profile=chosen)
    verifier = lotse.verifier
    lotse.store.engine.dispose()
    if json:
        as_json(
            {
                "profile": chosen.name, "profile_version": chosen.version, "database": place_of(settings).shown,
                "keys": str(settings.keys), "origin": verifier.name, "vkey": verifier.vkey,
            }
        )  # fmt: skip
        return
    show(f"Ablauf     {chosen.title}, Version {chosen.version}")
    show(f"Datenbank  {place_of(settings).shown}")
    show(f"Schlüssel  {settings.keys}")
    show(f"Prüfschlüssel des Protokolls, zum Weitergeben:\n{verifier.vkey}")
    show(
        "\nBitte getrennt sichern: die Datenbank, und an einem anderen Ort die Schlüssel.\n"
        "Ohne Schlüssel ist nichts mehr lesbar; mit beidem zusammen liest es jeder.\n\n"
        "Nächster Schritt: lotse user add, dann lotse import."
    )


def profile_named(name: str) -> Profile:
    """A shipped profile by its name, or a file. Raises NotFound, BadProfile, OSError."""
    path = Path(name)
    if name in SHIPPED and not path.is_file():
        return load(name)
    if not path.exists():
        raise NotFound(f"Das Profil gibt es nicht. Mitgeliefert sind: {', '.join(SHIPPED)}.")
    with path.open("rb") as file:
        return read_profile(file.read(MOST_BYTES + 1))
