"""`lotse keys destroy`: the end of an old version of the master key, after a preview of what ends with it.

A backup that opens without it must be named and is proven here and now, or its lack accepted in so many words. Proven by
`tests/cli/test_keys_end.py`.
"""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.failures import CommandError, NotFound, UsageProblem
from adapters.cli.keys import Standing, standings
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, on_terminal, plain, show
from adapters.db.kek import destroy, refuse_in_use
from adapters.lotse import Lotse
from workflow.calendar import BERLIN

if TYPE_CHECKING:
    from adapters.ending import Ending, Known, Proven


def destroy_version(
    version: Annotated[
        int, typer.Argument(metavar="VERSION", help="Welche; siehe lotse keys status.", min=1)
    ],
    *,
    backup: Annotated[
        Path | None,
        typer.Option(
            "--backup",
            metavar="DATEI",
            help="Eine Sicherung, die ohne diese Version aufgeht; sie wird geprüft.",
        ),
    ] = None,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Bewusst keine Sicherung behalten, die noch aufgeht.")
    ] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine alte Version des Hauptschlüssels für immer vernichten.

    Geht nur, wenn nichts mehr auf ihr hängt und eine geprüfte Sicherung bleibt, die ohne sie aufgeht. Sicherungen aus
    ihrer Zeit sind danach nicht mehr zu lesen, und die Löschungen, die auf ihr Ende warteten, sind endgültig. Zurück
    geht es nicht.
    """
    from adapters.ending import ending_of, refuse_without_backup  # noqa: PLC0415 - opens backups; --help does not

    if backup is not None and without_backup:
        raise UsageProblem("Entweder --backup DATEI oder --without-backup.")
    if backup is not None and not backup.exists():
        raise NotFound(f"{plain(str(backup))} gibt es nicht.")
    with opened(folder, user, make=False, sign=not dry_run) as desk:
        lotse = entitled(desk, Act.KEYS_END).lotse
        found = {each.version.number: each for each in standings(lotse)}
        if version not in found:
            raise NotFound(f"Version {version} gibt es nicht (mehr). Nächster Schritt: lotse keys status")
        with lotse.store.reading() as connection:
            refuse_in_use(connection, lotse.store, version)
        ending = ending_of(lotse, version)
        later = next(each for each in found.values() if each.version.number > version)
        if not json:
            _tell_end(version, ending, later)
        stays = _proven(lotse, backup, version, shown=not json)
        if stays is None and not without_backup and not dry_run:
            raise refuse_without_backup(version)
        if not dry_run and _sure(version, ask=not json):
            told = {"backup": stays.sha256} if stays else {"without_backup": True}
            at = lotse.moment.at.astimezone(UTC).isoformat()
            destroy(lotse.store, version, {"actor": desk.person.id, "at": at, **told})
    if json:
        as_json(_plain(version, ending, stays, destroyed=not dry_run))
    elif dry_run:
        show("Geändert wurde nichts.")
    else:
        show(f"Version {version} ist vernichtet.")


def _proven(lotse: Lotse, backup: Path | None, version: int, *, shown: bool) -> "Proven | None":
    """The backup that stays, proven now. Raises what `adapters.ending.proven_without` does."""
    from adapters.ending import proven_without  # noqa: PLC0415 - as above

    if backup is None:
        return None
    stays = proven_without(lotse, backup, version)
    if shown:
        show(
            f"Es bleibt: {plain(str(backup))}, {stays.entries} Einträge, geprüft; sie geht ohne Version {version} auf."
        )
    return stays


def _plain(version: int, ending: "Ending", stays: "Proven | None", *, destroyed: bool) -> dict[str, object]:
    return {
        "version": version, "destroyed": destroyed, "erasures_completed": len(ending.erasures),
        "erasures": list(ending.erasures), "backups_lost": [each.sha256 for each in ending.lost],
        "backups_later": [each.sha256 for each in ending.later], "backup": stays.sha256 if stays else None,
    }  # fmt: skip


def _tell_end(version: int, ending: "Ending", later: Standing) -> None:
    from adapters.ending import names_shown  # noqa: PLC0415 - as above

    until = f" am {later.made_at.astimezone(BERLIN):%d.%m.%Y}" if later.made_at else ""
    show(f"Unlesbar werden mit Version {version}: alle Sicherungen aus der Zeit vor der Umstellung{until}.")
    show(f"  Davon im Protokoll: {_counted(ending.lost)}")
    show(f"Sicherungen unter einer späteren Version, im Protokoll: {_counted(ending.later)}")
    named = f": {names_shown(ending.erasures)}" if ending.erasures else ""
    show(f"Endgültig werden damit: {len(ending.erasures)} Löschungen{named}.")
    show(f"Hinterlegungen, in denen Version {version} steht, bitte ebenfalls vernichten.")


def _counted(backups: "tuple[Known, ...]") -> str:
    if not backups:
        return "keine"
    last = backups[-1]
    return (
        f"{len(backups)}, zuletzt {last.at.astimezone(BERLIN):%d.%m.%Y %H:%M} (SHA-256 {last.sha256[:12]}…)"
    )


def _sure(version: int, *, ask: bool) -> bool:
    if ask and on_terminal():
        from adapters.cli.asking import agreed  # noqa: PLC0415 - only where somebody sits there

        if not agreed(f"Version {version} für immer vernichten?"):
            raise CommandError("Nichts wurde vernichtet.")
    return True
