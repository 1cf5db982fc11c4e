"""`lotse demo`: forty invented families, then the main job, then the proof; ends with commands that really work.

On a terminal it explains and waits for Enter between its parts; with `--once`, or without a terminal, it runs
through. It writes below one folder and never touches a store that is there.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.audit import write_export
from adapters.cli.demo_families import WAYS
from adapters.cli.demo_story import Story, day_of_telling
from adapters.cli.due import show_items
from adapters.cli.failures import CommandError
from adapters.cli.intake import show_tally
from adapters.cli.screen import bold, on_terminal, paragraph, show
from adapters.db.reader import StoreReplay
from adapters.settings import read_settings
from audit.notary_file import NotaryFile
from audit.verify import Report, verify
from workflow.case import Case
from workflow.perform import Done


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Durchlaufen, ohne zu fragen.")] = False,
    at: o.At = None,
    folder: o.Folder = None,
) -> None:
    """Vierzig erfundene Familien, vom Eingang bis zum Protokoll.

    Danach liegen im Ordner: data/lotse.db, keys/, log/ (das Protokoll zum Nachrechnen), log.vkey und
    faelle.json (Nummer, Stand, Frist; keine Namen). Ein Speicher, der schon da ist, bleibt unberührt.
    """
    base = _folder(folder)
    settings = read_settings(base)
    if not settings.embedded:
        raise CommandError("Die Vorführung legt einen eigenen Ordner an: bitte ohne LOTSE_DATABASE_URL.")
    if settings.database.exists():
        raise CommandError(
            f"In {base} liegt schon ein Speicher; die Vorführung rührt ihn nicht an. "
            f"Zum Beispiel: lotse demo --dir {base}-2"
        )
    asks = on_terminal() and not once
    story = Story.begin(settings, day_of_telling(o.read_at(at)))
    try:
        _tell(story, base, asks=asks)
    finally:
        story.lotse.store.engine.dispose()


def _folder(folder: Path | None) -> Path:
    """The folder that was named, or a new one among the user's data."""
    named = folder or (Path(os.environ["LOTSE_DIR"]) if os.environ.get("LOTSE_DIR") else None)
    if named is not None:
        return named
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no folder is named

    return user_data_path("lotse", appauthor=False) / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _tell(story: Story, base: Path, *, asks: bool) -> None:
    lotse = story.lotse
    show(bold("Lotse: eine Vorführung mit erfundenen Familien"))
    show(
        paragraph(
            f"Alles liegt in {base}. Die Datenbank ist verschlüsselt, die Schlüssel liegen daneben in keys/."
        )
    )
    steps = story.past()
    _part("1. Was schon da ist", f"{len(WAYS)} Familien, {steps} Schritte in den letzten Wochen.", asks=asks)
    _part(
        "2. Eine Liste der Klinik kommt herein",
        "Sie wird gelesen, geprüft und Zeile für Zeile beurteilt.",
        asks=asks,
    )
    show_tally(story.bring_in())
    _part("3. Eine Familie, vom Eingang bis zur Annahme", "Erst die Einwilligung, dann der Anruf.", asks=asks)
    _steps(story, story.accompany())
    _part(
        "4. Ein Kind in Gefahr",
        "Die Eilmeldung hält nichts auf; als zugestellt gilt sie erst bestätigt.",
        asks=asks,
    )
    _steps(story, story.escalate())
    _part("5. Ein Widerruf", "Er wirkt sofort: Die offene Anfrage fällt mit ihm.", asks=asks)
    _steps(story, story.withdraw())
    flagged = story.flag()
    _part("6. Heute", f"Als überfällig markiert: {flagged}. Das ist die Liste der Fachkraft:", asks=asks)
    show_items(lotse.today(lotse.person()), story.today)
    cases = lotse.cases_for(lotse.person())
    (base / "faelle.json").write_text(_cases_as_json(cases), encoding="utf-8")
    _part(
        "7. Das Protokoll", "Jeder Schritt, jede Ablehnung, jedes Öffnen steht darin, versiegelt.", asks=asks
    )
    write_export(lotse, base / "log")
    show("\n".join(_verified(story).lines()))
    show(f"\nPrüfpunkt:\n{(base / 'log' / 'checkpoint').read_text(encoding='utf-8').rstrip()}")
    _invite(base, cases)


def _part(title: str, words: str, *, asks: bool) -> None:
    if asks:
        sys.stderr.write("\n[Enter] ")
        sys.stderr.flush()
        if not sys.stdin.readline():
            raise KeyboardInterrupt
    show(f"\n{bold(title)}\n{paragraph(words)}")


def _steps(story: Story, done: Iterable[Done]) -> None:
    """Print what was done with one case, and where it led."""
    process = story.lotse.office.network_now.profile.process
    number = state = ""
    for each in done:
        if each.step is None:
            continue
        if each.case.number != number:
            number = each.case.number
            show(f"  {number}")
        label = process.label(each.step.command)
        show(
            f"    {label}" if each.case.state == state else f"    {label} → {process.label(each.case.state)}"
        )
        state = each.case.state


def _verified(story: Story) -> Report:
    lotse = story.lotse
    note = NotaryFile(lotse.settings.notary).load().note
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        replay = StoreReplay(reader, keys)
        return verify(reader, lotse.verifier, keys, notes=[note] if note else [], decrypt=True, replay=replay)


def _cases_as_json(cases: list[Case]) -> str:
    found = [
        {
            "number": case.number,
            "state": case.state,
            "due": case.next_due.due.isoformat() if case.next_due else None,
        }
        for case in sorted(cases, key=lambda each: each.number)
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _invite(base: Path, cases: list[Case]) -> None:
    met = next(case.number for case in cases if case.state == "in_contact")
    open_one = next(case.number for case in cases if case.state == "consent_checked")
    show(f"\n{bold('Zum Weiterprobieren')}")
    here = [] if shutil.which("lotse") else [f"export PATH={Path(sys.argv[0]).resolve().parent}:$PATH"]
    for line in (
        *here,
        f"export LOTSE_DIR={base}",
        "lotse due",
        f"lotse case show {met}",
        f"lotse case why {open_one} propose_handover --to yildiz",
        f"lotse case do {open_one} reach_family --set channel=phone",
        "lotse case find beispiel-lin",
        "lotse due --as yildiz",
        "lotse audit verify --decrypt --replay",
    ):
        show(f"  {line}")
