"""`lotse asd …`: what lies with the ASD, and one notice with its questions and answers.

To confirm, ask, tell and return are steps of the case: `lotse case do`. Proven by running it (`tests/cli/test_asd.py`).
"""

from adapters.cli import options as o
from adapters.cli.cases import Number
from adapters.cli.desk import Desk, opened
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, bold, columns, joined, notice, paragraph, plain, red, show
from adapters.escalations import Word, notice_opened, notices
from workflow.calendar import BERLIN
from workflow.inbox import Notice


def inbox(*, json: o.Json = False, at: o.At = None, user: o.As = None, folder: o.Folder = None) -> None:
    """Der Eingang: Unbestätigtes zuerst, Eiliges zuerst, das Älteste zuerst.

    Bestätigen, fragen, rückmelden: lotse case do NUMMER confirm_receipt, ask, report.
    """
    with opened(folder, user, at, make=False) as desk:
        found = notices(desk.lotse, desk.person)
        if json:
            as_json([_plain(each) for each in found])
            return
        show("\n".join(columns([_row(each) for each in found])) if found else "Keine Mitteilungen.")
        if any(each.way for each in found):
            notice(next(each.way for each in found if each.way))


def show_notice(
    number: Number, *, json: o.Json = False, at: o.At = None, user: o.As = None, folder: o.Folder = None
) -> None:
    """Eine Mitteilung mit Rückfragen und Antworten; was mitgeteilt wurde, zeigt lotse case show."""
    with opened(folder, user, at, make=False) as desk:
        seen = notice_opened(desk.lotse, desk.person, full_number(desk, number))
        if json:
            as_json({**_plain(seen.notice), "words": [_word(each) for each in seen.words]})
            return
        show(bold(paragraph(joined(_row(seen.notice)), "  ", "")))
        if seen.notice.way:
            show(red(paragraph(seen.notice.way)))
        for word in seen.words:
            _say(desk, word)


def _say(desk: Desk, word: Word) -> None:
    with desk.lotse.store.work(reading=True) as work:
        person = work.directory.persons.get(word.by)
    who = plain(person.name) if person else plain(word.by)
    when = word.at.astimezone(BERLIN)
    head = f"{when:%d.%m.%Y %H:%M} {'Frage' if word.question else 'Antwort'}, {who}: "
    show(paragraph(f"{head}{plain(word.text)}", "  ", ""))


def _row(each: Notice) -> tuple[str, str, str]:
    since = f"seit {each.since.astimezone(BERLIN):%d.%m.%Y %H:%M}" if each.since else ""
    stands = (
        "" if each.confirmed_at else "unbestätigt",
        "überfällig" if each.overdue else "",
        f"mitgeteilt: {', '.join(part.label for part in each.told)}" if each.told else "",
        "Rückfrage offen" if each.asked_since else "",
        "Dokumentation fehlt noch" if each.record_missing else "",
    )
    return each.number, joined(("Eilmeldung" if each.urgent else "Mitteilung", since)), joined(stands)


def _plain(each: Notice) -> dict[str, object]:
    return {
        "number": each.number, "urgent": each.urgent, "since": each.since.isoformat() if each.since else None,
        "told": [str(part) for part in each.told], "told_to": each.told_to,
        "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
        "due": each.due.isoformat() if each.due else None, "overdue": each.overdue, "way": each.way or None,
        "asked_since": each.asked_since.isoformat() if each.asked_since else None,
        "record_missing": each.record_missing,
        "report": {"confirmed": each.report.confirmed, "acted": each.report.acted, "acting": each.report.acting}
        if each.report else None,
    }  # fmt: skip


def _word(each: Word) -> dict[str, object]:
    return {"question": each.question, "by": each.by, "at": each.at.isoformat(), "text": each.text}
