"""`lotse deadline`: when something is due, from when on it is overdue, and why, for any Land and counting.

Needs no store. Whatever a person mistypes ends with exit code 2 and one German sentence; therefore the
options are plain text here and read below, not by the command line library. Proven by running the program.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from workflow.calendar import Calendar, Land, quoted
from workflow.deadlines import MOST_DAYS, Counting, Deadline, deadline, weekday
from workflow.errors import WorkflowError

USAGE = 2
_MOST_DIGITS = 9
_GERMAN_FORMS = ("%d.%m.%Y", "%d.%m.%Y %H:%M")


class UnreadableError(WorkflowError):
    """What stands on the command line cannot be read; the message says what is expected."""


def deadline_command(
    moment: str,
    *,
    land: str | None = None,
    count: str = Counting.ARBEITSTAGE,
    days: str = "3",
    part: Sequence[str] = (),
    closed: Sequence[str] = (),
    as_json: bool = False,
) -> str:
    """Compute one deadline from what stands on the command line, and return what to print.

    Raises WorkflowError, with one German sentence, for whatever cannot be read or computed.
    """
    anchor = _moment(moment)
    calendar = Calendar.of(_given(land), part, closed)
    found = deadline(anchor, _days(days), _counting(count), calendar)
    return _as_json(found) if as_json else _as_text(found, calendar)


def register(app: typer.Typer) -> None:
    """Add the command `deadline` to the program."""

    @app.command("deadline")
    def _deadline(
        moment: Annotated[
            str, typer.Argument(metavar="EINGANG", help="Tag oder Zeitpunkt, z. B. 2026-03-27T17:00.")
        ] = "",
        *,
        land: Annotated[str | None, typer.Option(metavar="LAND", help="Land der Stelle, z. B. NW.")] = None,
        count: Annotated[
            str, typer.Option(metavar="ZÄHLUNG", help="arbeitstage, werktage oder werktage_193.")
        ] = Counting.ARBEITSTAGE.value,
        days: Annotated[str, typer.Option(metavar="TAGE", help="Länge der Frist.")] = "3",
        part: Annotated[
            list[str] | None,
            typer.Option(metavar="GEBIET", help="katholisch (BY, SN, TH) oder augsburg (BY)."),
        ] = None,
        closed: Annotated[
            list[str] | None, typer.Option(metavar="TAG", help="Schließtag, z. B. 24.12.; auch mehrfach.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Für Programme.")] = False,
    ) -> None:
        """Berechnet eine Frist ab Eingang und erklärt sie Tag für Tag."""
        try:
            text = deadline_command(
                moment,
                land=land,
                count=count,
                days=days,
                part=part or (),
                closed=closed or (),
                as_json=as_json,
            )
        except WorkflowError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(USAGE) from None
        typer.echo(text)


def _moment(text: str) -> date | datetime:
    text = text.strip()
    if not text:
        raise UnreadableError("Es fehlt der Eingang, zum Beispiel: lotse deadline 2026-03-27T17:00 --land NW")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _GERMAN_FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  (a time without offset is Berlin's local time)
        except ValueError:
            continue
    raise UnreadableError(
        f"Kein Zeitpunkt: {quoted(text)}; erwartet wird zum Beispiel 2026-03-27T17:00, "
        "2026-03-27T16:00Z oder 27.03.2026."
    )


def _given(land: str | None) -> str:
    if land is None:
        raise UnreadableError(f"Es fehlt das Land, dessen Feiertage gelten: --land {', '.join(Land)}.")
    return land


def _counting(text: str) -> Counting:
    try:
        return Counting(text.strip().casefold())
    except ValueError:
        raise UnreadableError(
            f"Unbekannte Zählung {quoted(text)}; möglich sind {', '.join(Counting)}."
        ) from None


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise UnreadableError(f"Keine Länge: {quoted(text)}; erwartet werden 0 bis {MOST_DAYS} Tage.")
    return int(text)


def _as_json(found: Deadline) -> str:
    answer = {
        "due": found.due.isoformat(),
        "overdue_from": found.overdue_from.isoformat(),
        "explanation": list(found.explanation),
    }
    return json.dumps(answer, ensure_ascii=False)


def _as_text(found: Deadline, calendar: Calendar) -> str:
    due = f"fällig {_day(found.due)}, überfällig ab {_day(found.overdue_from)}, 0 Uhr"
    how = f"{calendar.land.label}, {found.counting.label}; {_day(found.anchor)} zählt nicht mit"
    return "\n".join((due, how, *(f"  {line}" for line in found.explanation)))


def _day(day: date) -> str:
    return f"{weekday(day)} {day:%d.%m.%Y}"
