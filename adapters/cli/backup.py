"""`lotse backup create`, `verify`, `restore`: one sealed file each, proven before use, brought back by two people.

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
from adapters.backup.request import RestoreRequest
from adapters.backup.restoring import Outlook, Restored, approve_restore, preview, request_restore, withdraw
from adapters.backup.standing import Standing, standing
from adapters.backup.swap import settle
from adapters.backup.working import working_place
from adapters.cli import options as o
from adapters.cli.desk import in_office, opened, settings_of
from adapters.cli.failures import ERROR, UsageProblem
from adapters.cli.screen import as_json, columns, notice, on_terminal, plain, show
from adapters.keys.choose import open_keys
from adapters.lotse import now
from audit.verify import Report
from workflow.calendar import BERLIN

_STEPS = {"copy": "Kopieren", "seal": "Verschließen", "open": "Öffnen", "verify": "Prüfen"}
_LONGEST = 200
_UNKNOWN = (
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
    with opened(folder, user, make=False) as desk, _watch() as watch:
        made = make_backup(desk.lotse, target.absolute(), in_office(desk).person, watch)
    if json:
        as_json({"file": str(made.path), "bytes": made.size, "sha256": made.sha256, **_plain(made.header)})
        return
    rows = [
        ("Sicherung", f"{plain(str(made.path))} ({made.size} Bytes)"), ("Protokoll", _log(made.header)),
        ("SHA-256", made.sha256),
    ]  # fmt: skip
    show("\n".join(columns(rows)))
    show(
        "\nNächster Schritt: an einen anderen Ort legen als die Schlüssel; lotse backup verify prüft sie dort."
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
        _watch() as watch,
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
                **_plain(header),
            }
        )  # fmt: skip
    else:
        _tell_checked(header, report, stands)
    if stands.wrong is not None:
        notice(f"ACHTUNG: {stands.wrong}")
        raise typer.Exit(ERROR)


def _tell_checked(header: Header, report: Report, stands: Standing) -> None:
    show(f"Sicherung vom {_moment(header)}, Lotse {plain(header.program)}: {_log(header)}.")
    show("\n".join(report.lines()))
    if stands.since is None:
        show(_UNKNOWN)
    else:
        show(f"Seither unterschrieben: {stands.since} Einträge.")
    show("Die Sicherung ist heil.")


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="DATEI", help="Die Sicherung.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Nur zeigen, was geschähe.")] = False,
    request: Annotated[bool, typer.Option("--request", help="Beantragen; die erste Person.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Freigeben und tun; die zweite Person.")] = False,
    take_back: Annotated[bool, typer.Option("--withdraw", help="Den Antrag zurücknehmen.")] = False,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="GRUND", help="Warum; ohne Namen von Familien, bleibt im Protokoll."
        ),
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Sicherung zurückholen, zu zweit.

    Zuerst beantragt es eine Person (--request), dann gibt es eine andere frei (--approve): Leitung,
    Datenschutz oder IT. Das bisherige Protokoll wird weitergeführt als frühere Fassung, ein neues beginnt und
    sagt, was verloren ist. Was seither gelöscht wurde, wird wieder gelöscht. Die alte Datenbank bleibt
    daneben liegen.
    """
    if [dry_run, request, approve, take_back].count(True) != 1:
        raise UsageProblem("Bitte genau eines nennen: --dry-run, --request, --approve oder --withdraw.")
    if take_back:
        _take_back(folder, _named(user), json=json)
        return
    if file is None:
        raise UsageProblem("Es fehlt: DATEI – Die Sicherung.")
    if dry_run:
        _foresee(file, folder, json=json)
    elif request:
        _request(file, folder, _named(user), _reason(reason), json=json)
    else:
        _approve(file, folder, _named(user), json=json)


def _named(user: str | None) -> str:
    if user is None:
        raise UsageProblem("Wer handelt? Bitte mit --as nennen; es braucht zwei verschiedene Personen.")
    return user


def _reason(reason: str | None) -> str:
    said = plain(reason or "").strip()
    if not said or len(said) > _LONGEST:
        raise UsageProblem("Bitte mit --reason sagen, warum; höchstens 200 Zeichen, ohne Namen von Familien.")
    return said


def _foresee(file: Path, folder: Path | None, *, json: bool) -> None:
    with _watch() as watch, preview(settings_of(folder), file, watch) as ahead:
        if json:
            as_json(_foreseen(ahead))
            return
        show(f"Sicherung vom {_moment(ahead.opened.header)}: {_log(ahead.opened.header)}.")
        show(_UNKNOWN if ahead.lost is None else f"Verloren gingen {ahead.lost} Einträge von danach.")
        _tell_erasures(ahead)
        if ahead.waiting is not None:
            show(_waits(ahead.waiting, ahead.opened.sha256))
    show("Nur gezeigt, nichts geändert (--dry-run).")


def _tell_erasures(ahead: Outlook) -> None:
    if not ahead.lacks.known:
        show("Welche Fälle seither gelöscht wurden, ist hier nicht bekannt (erasures.json fehlt).")
    elif ahead.lacks.names:
        show(f"Noch einmal gelöscht würden: {', '.join(ahead.lacks.names)}.")
    else:
        show("Noch einmal zu löschen ist nichts.")


def _waits(request: RestoreRequest, digest: str) -> str:
    which = "diese Sicherung" if request.sha256 == digest else "eine andere Sicherung"
    return f"Beantragt ist {which} von {plain(request.requested_by)}: {plain(request.reason)}"


def _foreseen(ahead: Outlook) -> dict[str, object]:
    return {
        **_plain(ahead.opened.header),
        "sha256": ahead.opened.sha256,
        "lost": ahead.lost,
        "erasures_known": ahead.lacks.known,
        "erase_again": list(ahead.lacks.names),
        "requested_by": ahead.waiting.requested_by if ahead.waiting else None,
    }


def _request(file: Path, folder: Path | None, by: str, reason: str, *, json: bool) -> None:
    with _watch() as watch:
        request = request_restore(settings_of(folder), file, by, reason, watch)
    if json:
        as_json({"sha256": request.sha256, "requested_by": request.requested_by, "at": request.requested_at})
        return
    show(f"Beantragt von {plain(request.requested_by)}.")
    show(
        f"Nächster Schritt: eine zweite Person, lotse backup restore {plain(str(file))} --approve --as PERSON"
    )


def _take_back(folder: Path | None, by: str, *, json: bool) -> None:
    there = withdraw(settings_of(folder), by)
    if json:
        as_json({"withdrawn": there})
    else:
        show("Der Antrag ist zurückgenommen." if there else "Es war nichts beantragt.")


def _approve(file: Path, folder: Path | None, by: str, *, json: bool) -> None:
    with _watch() as watch:
        done = approve_restore(settings_of(folder), file, by, watch)
    if json:
        as_json(_done(done))
        return
    show(f"Zurückgeholt: {done.size} Einträge. Das Protokoll heißt jetzt {plain(done.origin)}.")
    show(
        _UNKNOWN if done.lost is None else f"Verloren sind {done.lost} Einträge; das neue Protokoll sagt es."
    )
    if done.erased_again.names:
        show(f"Noch einmal gelöscht: {', '.join(done.erased_again.names)}.")
    if not done.erased_again.known:
        notice(
            "Welche Fälle seit der Sicherung gelöscht wurden, ist hier nicht bekannt (erasures.json fehlt)."
        )
    if done.aside is not None:
        notice(
            f"Die alte Datenbank liegt in {plain(str(done.aside))}. Bitte löschen, sobald sie nicht mehr gebraucht wird: "
            "Spätere Löschungen erreichen sie nicht."
        )
    notice("Nächster Schritt: laufende Programme neu starten, dann lotse audit verify --replay")


def _done(done: Restored) -> dict[str, object]:
    return {
        "origin": done.origin,
        "before": done.before,
        "size": done.size,
        "lost": done.lost,
        "erased_again": list(done.erased_again.names),
        "erasures_known": done.erased_again.known,
        "aside": str(done.aside) if done.aside else None,
    }


def _plain(header: Header) -> dict[str, object]:
    return {
        "origin": header.origin,
        "size": header.size,
        "root": header.root,
        "created_at": header.created_at,
        "program": header.program,
        "kek_version": header.kek_version,
    }


def _log(header: Header) -> str:
    return f"{plain(header.origin)}, {header.size} Einträge"


def _moment(header: Header) -> str:
    return f"{datetime.fromisoformat(header.created_at).astimezone(BERLIN):%d.%m.%Y %H:%M}"


@contextmanager
def _watch() -> Iterator[Watch | None]:
    """Show on a terminal what is being done."""
    if not on_terminal():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a bar is seen
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {what: bar.add_task(label, total=None, visible=False) for what, label in _STEPS.items()}
        yield lambda what, done, whole: bar.update(tasks[what], completed=done, total=whole, visible=True)
