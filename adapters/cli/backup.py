"""`lotse backup create`, `verify`: one sealed file each, made while others work, proven before use.

Where the file lies and how long it is kept is the town's to decide; the keys are never in it. Proven by running the
commands (`tests/cli/test_backup.py`) and by killing them (`tests/system/test_backup_killed.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.backup.archive import Header
from adapters.backup.checking import opened_backup, proven
from adapters.backup.making import Watch, make_backup
from adapters.backup.standing import Standing, standing
from adapters.backup.swap import settle
from adapters.backup.working import working_place
from adapters.cli import options as o
from adapters.cli.desk import opened, settings_of
from adapters.cli.failures import ERROR, CommandError
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, columns, notice, on_terminal, plain, show
from adapters.keys.choose import open_keys
from adapters.lotse import now
from adapters.settings import Settings
from audit.verify import Report
from workflow.calendar import BERLIN

_STEPS = {
    "carry": "Hinübertragen",
    "copy": "Kopieren",
    "seal": "Verschließen",
    "open": "Öffnen",
    "verify": "Prüfen",
}
UNKNOWN = (
    "Was nach dieser Sicherung geschah, weiß hier niemand mehr: Die Akte des Notars und die Datenbank fehlen."
)
File = Annotated[Path, typer.Argument(metavar="DATEI", help="Die Sicherung.")]


def create(
    place: Annotated[
        Path, typer.Argument(metavar="DATEI|ORDNER", help="Wohin; in einem Ordner mit Zeit im Namen.")
    ],
    *,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Sicherung machen, während andere weiterarbeiten.

    Die Datei ist mit den Schlüsseln dieses Speichers verschlossen und enthält sie nicht: Ohne sie öffnet sie
    niemand, auch Lotse nicht. Überschrieben wird nie etwas. Sie steht danach im Protokoll.
    """
    target = place / f"lotse-{now():%Y%m%dT%H%M%SZ}.backup" if place.is_dir() else place
    _outside(settings_of(folder), target)
    with opened(folder, user, make=False) as desk, watching() as watch:
        made = make_backup(desk.lotse, target.absolute(), entitled(desk, Act.BACKUP).person, watch)
    if json:
        as_json(
            {"file": str(made.path), "bytes": made.size, "sha256": made.sha256, **plain_header(made.header)}
        )
        return
    rows = [
        ("Sicherung", f"{plain(str(made.path))} ({made.size} Bytes)"), ("Protokoll", log_of(made.header)),
        ("SHA-256", made.sha256),
    ]  # fmt: skip
    show("\n".join(columns(rows)))
    show(
        "\nNächster Schritt: an einen anderen Ort legen als die Schlüssel; lotse backup verify prüft sie dort."
    )


def _outside(settings: Settings, target: Path) -> None:
    """Raise CommandError where the backup would lie beside what it is to save, or beside the keys that open it."""
    place = target.resolve()
    if any(place.is_relative_to(own.resolve()) for own in (settings.data, settings.keys)):
        raise CommandError(
            f"{plain(str(target))} liegt im Ordner der Daten oder der Schlüssel. Sie gehört an einen anderen Ort."
        )


def check(file: File, *, json: o.Json = False, folder: o.Folder = None) -> None:
    """Eine Sicherung ganz prüfen; geändert wird nichts.

    Sie wird im Datenordner geöffnet, ihr Protokoll mit allen Fällen nachgespielt und mit ihrem eigenen
    Prüfpunkt, der Akte des Notars und dem laufenden Protokoll verglichen. Endet mit 1, wenn etwas davon
    nicht zueinander passt.
    """
    settings = settings_of(folder)
    settle(settings)
    with (
        watching() as watch,
        working_place(settings.data) as working,
        opened_backup(file, open_keys(settings), working, watch) as backup,
    ):
        report = proven(backup, watch)
        stands = standing(settings, backup)
        header, digest = backup.header, backup.sha256
    if json:
        as_json(
            {
                "sound": True, "sha256": digest, "since": stands.since, "contradicts": stands.wrong,
                **plain_header(header),
            }
        )  # fmt: skip
    else:
        _tell_checked(header, report, stands)
    if stands.wrong is not None:
        notice(f"ACHTUNG: {stands.wrong}")
        raise typer.Exit(ERROR)


def _tell_checked(header: Header, report: Report, stands: Standing) -> None:
    show(f"Sicherung vom {moment_of(header)}, Lotse {plain(header.program)}: {log_of(header)}.")
    show("\n".join(report.lines()))
    if stands.since is None:
        show(UNKNOWN)
    else:
        show(f"Seither unterschrieben: {stands.since} Einträge.")
    show("Die Sicherung ist heil.")


def plain_header(header: Header) -> dict[str, object]:
    """What a backup says of itself, for programs."""
    return {
        "origin": header.origin,
        "size": header.size,
        "root": header.root,
        "created_at": header.created_at,
        "program": header.program,
        "kek_version": header.kek_version,
    }


def log_of(header: Header) -> str:
    """Which log it is, and how long."""
    return f"{plain(header.origin)}, {header.size} Einträge"


def moment_of(header: Header) -> str:
    """When it was made, in Berlin's time."""
    return f"{datetime.fromisoformat(header.created_at).astimezone(BERLIN):%d.%m.%Y %H:%M}"


@contextmanager
def watching() -> Iterator[Watch | None]:
    """Show on a terminal what is being done."""
    if not on_terminal():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a bar is seen
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {what: bar.add_task(label, total=None, visible=False) for what, label in _STEPS.items()}
        yield lambda what, done, whole: bar.update(tasks[what], completed=done, total=whole, visible=True)
