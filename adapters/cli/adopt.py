"""`lotse process adopt`: prove a profile and begin new cases by it; running cases keep the version they began with."""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import in_office, opened
from adapters.cli.init import profile_named
from adapters.cli.screen import as_json, show
from states.prover import prove
from workflow.audited import Audited


def adopt(
    profile: Annotated[
        str, typer.Argument(metavar="NAME|DATEI", help="Ein mitgeliefertes Profil oder eine TOML-Datei.")
    ],
    *,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Ein geprüftes Profil einführen.

    Ein Profil, das ein Gesetz bricht, wird abgelehnt (Ende mit 4). Laufende Fälle behalten die Version, mit
    der sie begonnen haben. Wer etwas ändert, erhöht in der Datei die Version.
    """
    chosen = profile_named(profile)
    proof = prove(chosen.process)
    if not dry_run:
        with opened(folder, user) as desk:
            in_office(desk, Audited.PROFILE)
            desk.lotse.store.adopt(chosen, desk.person.id, proof.configurations)
    if json:
        as_json(
            {
                "profile": chosen.name, "version": chosen.version, "sha256": chosen.sha256,
                "configurations": proof.configurations, "adopted": not dry_run,
            }
        )  # fmt: skip
    else:
        how = "Rechtmäßig, nicht eingeführt (--dry-run)" if dry_run else "Eingeführt"
        show(f"{how}: {chosen.title}, Version {chosen.version} ({proof.configurations} Lagen geprüft).")
