"""`lotse doctor`: whether all is well, one line a thing, and the next step where it is not. It changes nothing."""

import typer

from adapters.cli import options as o
from adapters.cli.desk import settings_of
from adapters.cli.failures import ERROR, failure_of
from adapters.cli.screen import as_json, columns, red, show


def doctor(*, json: o.Json = False, folder: o.Folder = None) -> None:
    """Nachsehen, ob alles in Ordnung ist: Datenbank, Schlüssel, Notar, Uhr, Fristenuhr, Sicherung, Post, Platz.

    Endet mit 1, wenn etwas rot ist. Geändert wird nichts, geöffnet nichts von Familien.
    """
    from adapters.doctor import Light, examine  # noqa: PLC0415 - the database, only where it is looked at
    from adapters.lotse import now  # noqa: PLC0415 - as above

    now_ms = int(now().timestamp() * 1000)
    findings = list(examine(settings_of(folder), now_ms, lambda error: failure_of(error).sentence))
    if json:
        as_json(
            [
                {
                    "check": name, "light": finding.light.name.lower(),
                    "finding": finding.sentence, "next_step": finding.next_step,
                }
                for name, finding in findings
            ]
        )  # fmt: skip
    else:
        told = [
            f"{finding.sentence} → {finding.next_step}" if finding.next_step else finding.sentence
            for _, finding in findings
        ]
        rows = [(f.light.value, name, line) for (name, f), line in zip(findings, told, strict=True)]
        for (_, finding), row in zip(findings, columns(rows), strict=True):
            show(red(row) if finding.light is Light.RED else row)
    if any(finding.light is Light.RED for _, finding in findings):
        raise typer.Exit(ERROR)
