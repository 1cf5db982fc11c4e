"""`lotse due`: the worklist "Heute" of one person, most urgent first, by numbers and without names.

What is owed and when comes from `workflow.queries`; here it is only laid out. Proven by running it
(`tests/cli/test_due.py`).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.screen import as_json, bold, columns, dim, joined, paragraph, plain, red, show, width
from adapters.scheduler.silence import silence
from states.vocabulary import Obligation
from workflow.deadlines import weekday
from workflow.queries import Heading, Item

SOON = 5
CROWD = 12
_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_TO_DO = (Heading.DANGER, Heading.HEED, Heading.OVERDUE, Heading.DUE, Heading.RETURNED)
_RED = (Heading.DANGER, Heading.HEED, Heading.OVERDUE)
_LONG = (Heading.WAITING, Heading.LATER)
_REMARK = " " * 16 + "→ "
_DOT = " · "
_SHORTEST = 10


def due(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Jeden Fall einzeln, auch was erst später fällig ist.")
    ] = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Was heute ansteht.

    Namen stehen hier nicht; „lotse case show NUMMER“ öffnet einen Fall. Die Liste stimmt auch ohne
    Fristenuhr: Überfällig ist, was seine Frist überschritten hat.
    """
    with opened(folder, user, at) as desk:
        items = desk.lotse.today(desk.person)
        told = silence(desk.lotse, desk.person)
        today = desk.lotse.moment.day
        if json:
            as_json(
                {
                    "day": today.isoformat(),
                    "person": desk.person.id,
                    "items": [_plain(item) for item in items],
                    **({"notice": told} if told else {}),
                }
            )
            return
        show(bold(paragraph(f"Heute, {weekday_of(today)}, {today:%d.%m.%Y} · {desk.person.name}")))
        if told:
            show(red(paragraph(told)))
        show_items(items, today, everything=everything)


def show_items(items: Sequence[Item], today: date, *, everything: bool = False) -> None:
    """Print the worklist, each heading with its count; danger comes before all else."""
    if not any(item.heading in _TO_DO for item in items):
        show(f"\n{nothing_to_do(items, today)}")
    for heading in Heading:
        part = [item for item in items if item.heading is heading]
        if not part:
            continue
        shown = part if everything or heading not in _LONG else part[:SOON]
        title = f"{_title(heading, part)} ({len(part)})"
        show(f"\n{red(title) if heading in _RED else bold(title)}")
        many = () if everything or heading is not Heading.OVERDUE else _crowds(shown)
        for what in many:
            show(_crowd(what, [item.number for item in shown if item.what == what]))
        _show_rows([item for item in shown if item.what not in many], today)
        if len(part) > len(shown):
            show(dim(f"  … und {len(part) - len(shown)} weitere: lotse due --all"))


def _title(heading: Heading, items: Sequence[Item]) -> str:
    """The heading as its reader takes it: what came back in others' cases did not come back to Leitung."""
    others = heading is Heading.RETURNED and all(item.keeper for item in items)
    return "Zurück an die Fachkraft" if others else heading.label


def _crowds(items: Sequence[Item]) -> tuple[str, ...]:
    """What is owed in so many cases that one line tells it better; danger never is."""
    counted = Counter(item.what for item in items if item.obligation != Obligation.DANGER)
    urgent = {item.what for item in items if item.obligation == Obligation.DANGER}
    return tuple(what for what, count in counted.items() if count > CROWD and what not in urgent)


def _crowd(what: str, numbers: Sequence[str]) -> str:
    """All cases of one kind: the first number whole, of each other one its end where it differs in nothing else."""
    told: list[str] = []
    before = ""
    for number in sorted(numbers):
        start, _, end = number.rpartition("-")
        told.append(end if start == before else number)
        before = start
    return paragraph(f"{what} ({len(numbers)}): {', '.join(told)} – einzeln: lotse due --all", "    ", "  ")


def nothing_to_do(items: Sequence[Item], today: date) -> str:
    """The sentence for a day on which nothing is left to do."""
    days = sorted(item.due for item in items if item.due is not None and item.due > today)
    if not days:
        return "Für heute ist alles getan."
    return f"Für heute ist alles getan. Die nächste Frist ist am {weekday_of(days[0])}, {days[0]:%d.%m.}"


def _show_rows(items: Sequence[Item], today: date) -> None:
    rows = [(i.number, day_of(i.due, today), days_of(i), joined((i.what, plain(i.keeper)))) for i in items]
    for item, line in zip(items, columns(rows, indent=2), strict=True):
        show(line + _state(item.state, width() - len(line)) if "\n" not in line else line)
        for_whom = f"Fall von {plain(item.for_whom)}" if item.for_whom else ""
        if item.remark or for_whom:
            show(dim(paragraph(joined((for_whom, item.remark)), " " * len(_REMARK), _REMARK)))


def _state(state: str, room: int) -> str:
    """The state behind the row, cut short where the line is full; `case show` tells it whole."""
    room -= len(_DOT)
    if room < _SHORTEST:
        return ""
    return dim(_DOT + (state if len(state) <= room else f"{state[: room - 1].rstrip(' ,')}…"))


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
        "obligation": item.obligation or None,
        "due": item.due.isoformat() if item.due else None,
        "days": item.days if item.due else None,
        "state": item.state,
        "remark": item.remark,
        "for_whom": item.for_whom,
        "keeper": item.keeper,
        "opening": item.opening or None,
    }
