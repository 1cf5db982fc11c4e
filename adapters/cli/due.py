"""`lotse due`: the worklist "Heute" of one person, most urgent first, by numbers and without names.

Proven against `workflow.queries` and by running it (`tests/cli/test_due.py`).
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.screen import as_json, console, table
from workflow.deadlines import weekday
from workflow.queries import Heading, Item

if TYPE_CHECKING:
    from rich.console import Console

SOON = 5
_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_STYLES = {Heading.OVERDUE: "bold red", Heading.DUE: "bold", Heading.RETURNED: "bold yellow"}
_TO_DO = (Heading.OVERDUE, Heading.DUE, Heading.RETURNED)


def due(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Auch alles, was erst später fällig ist.")] = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Was heute ansteht.

    Namen stehen hier nicht; „lotse case show NUMMER“ öffnet einen Fall. Auch ohne Fristenuhr stimmt die
    Liste: Überfällig ist, was seine Frist überschritten hat.
    """
    with opened(folder, user, at) as desk:
        items = desk.lotse.today(desk.person)
        today = desk.lotse.moment.day
    if json:
        as_json({"day": today.isoformat(), "person": desk.person.id, "items": [_plain(item) for item in items]})
        return
    screen = console()
    screen.print(f"Heute, {weekday_of(today)}, {today:%d.%m.%Y} · {desk.person.name}", style="bold")
    show_items(screen, items, today, everything=everything)


def show_items(screen: "Console", items: Sequence[Item], today: date, *, everything: bool = False) -> None:
    """Print the worklist, each heading with its count."""
    if not any(item.heading in _TO_DO for item in items):
        screen.print(f"\n{nothing_to_do(items, today)}")
    for heading in Heading:
        part = [item for item in items if item.heading is heading]
        if not part:
            continue
        shown = part if everything or heading is not Heading.LATER else part[:SOON]
        screen.print(f"\n{heading.label} ({len(part)})", style=_STYLES.get(heading, "bold dim"))
        screen.print(_rows(shown, today))
        if len(part) > len(shown):
            screen.print(f"  … und {len(part) - len(shown)} weitere: lotse due --all", style="dim")


def nothing_to_do(items: Sequence[Item], today: date) -> str:
    """The sentence for a day on which nothing is left to do."""
    days = sorted(item.due for item in items if item.due is not None and item.due > today)
    if not days:
        return "Für heute ist alles getan."
    return f"Für heute ist alles getan. Die nächste Frist ist am {weekday_of(days[0])}, {days[0]:%d.%m.}"


def _rows(items: Sequence[Item], today: date) -> object:
    rows = table("Nummer", "fällig", "Tage", "was", "Stand")
    for column, least in zip(rows.columns, (12, 9, 12, 24, 14), strict=True):
        column.min_width = least
        column.no_wrap = column.header != "was"
    rows.columns[4].style = "dim"
    rows.columns[4].overflow = "ellipsis"
    for item in items:
        rows.add_row(item.number, day_of(item.due, today), days_of(item), item.what, item.state)
        if item.remark:
            rows.add_row("", "", "", f"→ {item.remark}", "")
    return rows


def weekday_of(day: date) -> str:
    """Return "Montag" to "Sonntag"."""
    return _DAYS[day.weekday()]


def day_of(day: date | None, today: date) -> str:
    """Return "Mo 30.11.", with the year where it is another one than today's."""
    if day is None:
        return ""
    return f"{weekday(day)} {day:%d.%m.}" if day.year == today.year else f"{weekday(day)} {day:%d.%m.%y}"


def days_of(item: Item) -> str:
    """How long it is late or how long there is still time, in calendar days."""
    if item.due is None:
        return ""
    if item.days < 0:
        return "seit gestern" if item.days == -1 else f"seit {-item.days} Tagen"
    if item.days == 0:
        return "heute"
    return "noch 1 Tag" if item.days == 1 else f"noch {item.days} Tage"


def _plain(item: Item) -> dict[str, object]:
    return {
        "heading": str(item.heading),
        "number": item.number,
        "what": item.what,
        "due": item.due.isoformat() if item.due else None,
        "days": item.days if item.due else None,
        "state": item.state,
        "remark": item.remark,
    }
