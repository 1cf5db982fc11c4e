"""`lotse audit show`: who did what and when, without content; looking is on record before anything is opened.

One case is shown as far as this person may see it. The whole log is for Leitung and Datenschutz, with a reason. It is
read from its end, page by page, so a long log answers as fast as a short one.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any

import typer

from adapters.cli import options as o
from adapters.cli.desk import opened
from adapters.cli.failures import UsageProblem
from adapters.cli.reading_room import Asked, ReadingRoom
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from states.process import Process
from workflow.audited import ACTIONS, Audited, Group, Recorded, concerns_person, group_named, groups_of
from workflow.calendar import BERLIN
from workflow.log_rights import Right, reading_of_case
from workflow.particulars import particulars
from workflow.refusals import why_refused
from workflow.sight import sight_of
from workflow.wording import declined

Reason = Annotated[
    str,
    typer.Option(
        "--reason", metavar="GRUND", help="Warum; wird festgehalten. Bitte ohne Namen von Familien."
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="ZEIT", help="Ab diesem Tag oder Zeitpunkt (Zeit des Protokolls)."),
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="ZEIT", help="Bis zu diesem Tag, ihn eingeschlossen.")
]
_KINDS = ", ".join(group.label for group in Group)
_SLACK = timedelta(minutes=1)


def show_log(
    *,
    case: Annotated[str | None, typer.Option("--case", metavar="NUMMER", help="Nur dieser Fall.")] = None,
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="PERSON", help="Nur was diese Person tat oder was sie betrifft."),
    ] = None,
    since: From = None,
    until: Until = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="ART", help=f"Nur: {_KINDS}.")] = None,
    reason: Reason = "",
    last: Annotated[int, typer.Option("--last", metavar="ZAHL", help="So viele, neueste zuerst.")] = 50,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Zeigen, wer wann was getan hat, ohne Inhalte.

    Das ganze Protokoll lesen Leitung und Datenschutz (--as) mit einem Grund; einen Fall, wer ihn sehen darf. Wo eine
    Angabe „angegeben“ heißt, hat die Uhr der Dienststelle anders gestanden als die des Rechners.
    """
    group = _group(kind)
    start, end = beginning_of(since), end_of(until)
    if start is not None and end is not None and start >= end:
        raise UsageProblem("--from liegt nach --to: In diesem Zeitraum gibt es keinen Tag.")
    with opened(folder, user, at, make=False) as desk:
        room = ReadingRoom(desk)
        wanted = room.person_meant(person) if person else None
        asked = room.find_case(case, reason) if case else None
        entries = _of_case(room, asked, reason) if asked else _of_all(room, reason, start, end)
        chosen = (
            entry
            for entry in entries
            if (group is None or group in groups_of(entry))
            and (wanted is None or concerns_person(entry, wanted))
            and _within(entry, start, end)
        )
        found = list(islice(chosen, min(max(last, 0), sys.maxsize)))
        if wanted is not None and not found:
            room.is_known(wanted)
        more = next(iter(chosen), None) is not None
        if json:
            as_json([in_json(entry) for entry in found])
        else:
            process = desk.lotse.office.network_now.profile.process
            lines = entry_rows(found, room, process, name_case=case is None)
            show("\n".join(lines) if found else "Keine Einträge.")
        if more:
            notice(f"Die neuesten {len(found)}, es gibt ältere. Mehr: --last {max(len(found), 1) * 2}")


def _of_all(
    room: ReadingRoom, reason: str, start: datetime | None, end: datetime | None
) -> Iterator[Recorded]:
    room.sign_in(Audited.LOG, reason)
    return room.log.backwards(start, end)


def _of_case(room: ReadingRoom, asked: Asked, reason: str) -> Iterable[Recorded]:
    """The entries of a case, newest first, as far as this person may see each of them."""
    room.enter_case(Audited.LOG, asked, reading_of_case, reason)
    entries = list(room.log.of_case(asked.id))[::-1]
    desk, moment = room.desk, room.desk.lotse.moment
    right = reading_of_case(desk.person, asked.case, room.directory, moment)
    if asked.case is None or right is Right.WITH_REASON:
        return entries
    sight = sight_of(desk.person, asked.case, room.directory, moment)
    return [entry for entry in entries if entry.a is not None and sight.entry(entry.a, None) is not None]


def _group(text: str | None) -> Group | None:
    if text is None:
        return None
    group = group_named(text)
    if group is None:
        raise UsageProblem(f"--kind ist eines von: {_KINDS}.")
    return group


def beginning_of(text: str | None) -> datetime | None:
    """The aware instant at which `--from` begins: a day alone means its first moment in Berlin."""
    if text is None:
        return None
    day = _day(text)
    return _moment("--from", text) if day is None else day


def end_of(text: str | None) -> datetime | None:
    """The aware instant before which `--to` ends: a day alone is included."""
    if text is None:
        return None
    day = _day(text)
    return _moment("--to", text) if day is None else _midnight(day.date() + timedelta(days=1))


def _day(text: str) -> datetime | None:
    try:
        return _midnight(o.read_day_option("", text))
    except UsageProblem:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)


def _moment(name: str, text: str) -> datetime | None:
    try:
        return o.read_at(text)
    except UsageProblem:
        raise UsageProblem(
            f"{name} ist kein Zeitpunkt; erwartet wird zum Beispiel 2026-11-30 oder 30.11.2026 09:15."
        ) from None


def _within(entry: Recorded, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or entry.at >= start) and (end is None or entry.at < end)


def in_json(entry: Recorded) -> dict[str, Any]:
    """An entry for programs: number, the log's own time, body A as it stands."""
    head: dict[str, Any] = {"seq": entry.seq, "time": entry.at.isoformat()}
    if entry.incarnation is not None:
        head["incarnation"] = entry.incarnation
    return {**head, "unreadable": True} if entry.a is None else {**head, **entry.a}


def entry_rows(
    entries: Iterable[Recorded], room: ReadingRoom, process: Process, *, name_case: bool = False
) -> list[str]:
    """Entries as lines: number, time of the log, who, and what; with `name_case` also about which case."""
    return columns([_row(entry, room, process, name_case=name_case) for entry in entries])


def _row(entry: Recorded, room: ReadingRoom, process: Process, *, name_case: bool) -> tuple[str, ...]:
    who = room.person_name(entry.a.get("actor")) if entry.a is not None else ""
    what = _what(entry, room, process)
    if name_case and entry.case is not None:
        what = joined((what, f"Fall {room.case_name(entry.case)}"))
    return (_place(entry), f"{local(entry.at):%d.%m.%Y %H:%M}", who, what)


def _place(entry: Recorded) -> str:
    """The number of the entry; one of an earlier log names that log before it."""
    return f"{entry.seq:>6}" if entry.incarnation is None else f"{entry.incarnation}/{entry.seq}"


def local(at: datetime) -> datetime:
    """The same instant in the office's time."""
    return at.astimezone(BERLIN)


def action_label(entry: Recorded, process: Process) -> str:
    """What was done, in German; a step as the process of today calls it."""
    known = ACTIONS.get(entry.action)
    return known.label if known else plain(process.label(entry.action))


def _cases(count: object) -> str:
    return "1 Fall" if count == 1 else f"{count} Fälle"


def _about(entry: Recorded, room: ReadingRoom) -> str:
    """Whom it concerned, who asked for it."""
    a = entry.a or {}
    concerned = room.person_name(a["concerned"]) if a.get("concerned") else ""
    asked = f"beantragt von {room.person_name(a['requested_by'])}" if a.get("requested_by") else ""
    return joined((concerned, asked))


def _why(entry: Recorded, room: ReadingRoom, process: Process) -> str:
    """Why it was refused; of a code that is not known here nothing is said (`--json` has it)."""
    a = entry.a or {}
    who = room.recipient_name(str(a["recipient"])) if a.get("recipient") else "diese Stelle"
    return plain(why_refused(str(a.get("reason", "")), who, process.label))


def _what(entry: Recorded, room: ReadingRoom, process: Process) -> str:
    a = entry.a
    if a is None:
        return "nicht mehr lesbar: der Schlüssel dieses Jahres ist vernichtet"
    refused = "" if entry.done else joined(("abgelehnt", _why(entry, room, process)), by=": ")
    counted = _cases(a["count"]) if "count" in a else ""
    represented = f"in Vertretung für {room.person_name(a['on_behalf_of'])}" if "on_behalf_of" in a else ""
    to = f"an {declined(room.recipient_name(str(a['recipient'])))}" if a.get("recipient") else ""
    other = abs(entry.said_at - entry.at) > _SLACK
    said = f"angegeben {local(entry.said_at):%d.%m.%Y %H:%M}" if other else ""
    owed = process.obligation_label(str(a["obligation"])) if a.get("obligation") else ""
    words = (
        action_label(entry, process), plain(owed), refused, _about(entry, room), to, represented, counted,
        *map(plain, particulars(entry, room.person_name)), plain(str(a.get("purpose", ""))), said,
    )  # fmt: skip
    return joined(words)
