"""`lotse import`: bring a referral list in, say what became of each row and what to do next.

The import itself is `adapters.intake.importer`; here are the progress on a terminal, the numbers, and the file of
rows to be mended. Proven by running it (`tests/cli/test_import.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.screen import as_json, bold, columns, notice, on_terminal, plain, red, show
from adapters.intake.held import held_rows
from adapters.intake.importer import Import, Tally
from adapters.intake.quarantine import write_quarantine
from adapters.intake.reader import ListFile, open_list

_RESULTS = (
    ("accepted", "aufgenommen"),
    ("without_personal_data", "ohne Einwilligung: gezählt, nichts gespeichert"),
    ("quarantined", "nicht lesbar: in Quarantäne"),
    ("known", "schon bekannt"),
)
_AMONG = (
    ("danger", "mit Hinweis auf Gefahr"),
    ("consent_unclear", "Einwilligung unklar: beim Partner nachfragen"),
    ("oral", "mündliche Einwilligung: Grund nachtragen"),
    ("self_referrals", "Selbstmeldungen"),
    ("duplicates", "vielleicht dieselbe Familie wie in einem anderen Fall"),
)


def bring_in(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="Die Liste, als CSV.")],
    *,
    institution: Annotated[
        str,
        typer.Option(
            "--institution", metavar="NAME", help="Wer die Liste schickt, wenn sie es nicht selbst sagt."
        ),
    ] = "",
    quarantine: Annotated[
        Path | None,
        typer.Option(
            "--quarantine", metavar="DATEI", help="Unlesbare Zeilen zum Nachbessern hierhin schreiben."
        ),
    ] = None,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Meldungsliste einlesen.

    Verstanden werden die üblichen Zeichensätze, Trennzeichen, Überschriften und Schreibweisen. Zuerst wird
    auf Gefahr geschaut; wer nicht einverstanden ist, wird nur gezählt. Zweimal eingelesen ändert nichts.

    Unlesbare Zeilen bleiben verschlüsselt liegen; --quarantine schreibt sie mit Grund in eine Datei, die
    sich nachbessern und wieder einlesen lässt. Das Ende ist auch dann 0.
    """
    if quarantine is not None and dry_run:
        raise UsageProblem("--dry-run speichert nichts, also gibt es für --quarantine nichts zu schreiben.")
    if not file.exists():
        raise NotFound(f"{plain(str(file))} gibt es nicht.")
    rows = open_list(file, institution=institution)
    with opened(folder, user, at) as desk:
        run = Import(desk.lotse, desk.person, rows, dry_run)
        with _progress(rows) as run.progress:
            tally = run.run()
        written = _write(desk, run, quarantine) if quarantine is not None else None
        if json:
            as_json({**tally.as_dict(), "dry_run": dry_run, "quarantine_written": written})
        else:
            _tell(tally, file, quarantine, dry_run=dry_run)


def _write(desk: Desk, run: Import, target: Path) -> int:
    """Write this list's rows that lie in quarantine; the opening is on record before anything is decrypted."""
    if not run.held:
        notice("Nichts in Quarantäne; es wurde keine Datei geschrieben.")
        return 0
    desk.lotse.record("access", {"action": "quarantine", "actor": desk.person.id, "count": len(run.held)})
    written = write_quarantine(target, run.source.headings, held_rows(desk.lotse.store, run.held))
    notice(f"{written} Zeilen zum Nachbessern: {target} (enthält Daten von Familien; danach bitte löschen).")
    return written


@contextmanager
def _progress(rows: ListFile) -> Iterator[Callable[[int], None] | None]:
    """A bar by bytes, on a terminal only."""
    if not on_terminal() or not rows.size:
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a bar is seen
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Einlesen", total=rows.size)
        yield lambda position: bar.update(task, completed=position)


def _tell(tally: Tally, file: Path, quarantine: Path | None, *, dry_run: bool) -> None:
    if dry_run:
        show(bold("Nur probiert (--dry-run): nichts ist gespeichert."))
    show_tally(tally)
    for step in _next(tally, file, quarantine, dry_run=dry_run):
        show(step)


def show_tally(tally: Tally) -> None:
    """Print what became of the rows."""
    numbers = tally.as_dict()
    show(f"{tally.rows} Zeilen gelesen" if tally.rows != 1 else "1 Zeile gelesen")
    show("\n".join(columns([(f"{numbers[name]:>6}", label) for name, label in _RESULTS])))
    among = [(f"{numbers[name]:>6}", label) for name, label in _AMONG if numbers[name]]
    if among:
        show("Unter den aufgenommenen:")
        show("\n".join(columns(among)))
    if tally.unknown_headings:
        known = "Spalte" if len(tally.unknown_headings) == 1 else "Spalten"
        show(
            f"{len(tally.unknown_headings)} {known} ohne bekannte Überschrift; gelesen nur auf Hinweise auf Gefahr."
        )


def _next(tally: Tally, file: Path, quarantine: Path | None, *, dry_run: bool) -> Iterator[str]:
    """What to do now, danger first."""
    if tally.danger:
        what = "Meldung" if tally.danger == 1 else "Meldungen"
        yield f"\n{red(f'Zuerst: {tally.danger} {what} mit Hinweis auf Gefahr.')}\n  lotse due"
    if dry_run:
        yield f"\nWirklich einlesen:\n  lotse import {plain(str(file))}"
        return
    if tally.quarantined and quarantine is None:
        yield "\nUnlesbare Zeilen zum Nachbessern herausschreiben:"
        yield f"  lotse import {plain(str(file))} --quarantine nachbessern.csv"
    if tally.quarantined and quarantine is not None:
        yield f"\nNachbessern und wieder einlesen:\n  lotse import {plain(str(quarantine))}"
    if tally.accepted and not tally.danger:
        yield "\nWas nun ansteht:\n  lotse due"
