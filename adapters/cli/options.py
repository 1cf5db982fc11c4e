"""The options that many commands share, and how a moment on the command line is read."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.failures import UsageProblem

Folder = Annotated[
    Path | None,
    typer.Option("--dir", metavar="ORDNER", help="Wo Daten und Schlüssel liegen; sonst LOTSE_DIR."),
]
As = Annotated[
    str | None, typer.Option("--as", metavar="PERSON", help="Wer handelt; sonst die erste Fachkraft.")
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="ZEIT", help="Als wäre jetzt dieser Zeitpunkt; ein Tag allein meint sein Ende."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Für Programme.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Nur zeigen, was geschähe; nichts speichern.")]
To = Annotated[
    str | None, typer.Option("--to", metavar="STELLE", help="An wen: Kennung, Name oder Teil des Namens.")
]

_END_OF_DAY = time(23, 59)
_YEARS = range(1900, 3000)
"""Further off lies no moment of an office, and the calendar's own ends are near."""
_FORMS = ("%d.%m.%Y %H:%M", "%d.%m.%Y, %H:%M")


def read_at(text: str | None) -> datetime | None:
    """Read `--at`: an aware instant; without an offset it is Berlin's time, a day alone means its last minute."""
    if text is None:
        return None
    from workflow.calendar import BERLIN  # noqa: PLC0415 - only where a moment is given

    day = _day(text.strip())
    moment = datetime.combine(day, _END_OF_DAY, BERLIN) if day is not None else _moment(text.strip())
    if moment is None or moment.year not in _YEARS:
        raise UsageProblem(
            "--at ist kein Zeitpunkt; erwartet wird zum Beispiel 2026-11-30, 2026-11-30T09:15 oder 30.11.2026 09:15."
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


def read_day_option(name: str, text: str) -> date:
    """Read a day given to the option `name`."""
    day = _day(text.strip())
    if day is None:
        raise UsageProblem(f"{name} ist kein Tag; erwartet wird zum Beispiel 2026-11-30 oder 30.11.2026.")
    return day


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - Berlin is added by the caller
        except ValueError:
            continue
    return None
