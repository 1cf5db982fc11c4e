"""`lotse handover …`: what Leitung looks for among the handovers, and a „geprüft“ with a remark.

The chain with its entries and proofs shows `lotse audit handovers`; rights and reasons are the same. Proven by running
it (`tests/cli/test_asd.py`).
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.audit_handovers import status_of
from adapters.cli.audit_show import Reason
from adapters.cli.cases import Number
from adapters.cli.desk import opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.reading_room import ReadingRoom
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.handovers import of_a_case, of_the_house, remarks_of, reviewing
from workflow.audited import Audited
from workflow.calendar import local_date
from workflow.handover_checks import Check, Checked, Flaw, counts
from workflow.log_rights import handovers_of_all

_HEADINGS = ", ".join(f"{check} ({check.label})" for check in Check)


def check(
    *,
    which: Annotated[
        str | None, typer.Option("--check", metavar="WAS", help=f"Nur diese: {_HEADINGS}.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TAG", help="Angefragt ab.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TAG", help="Angefragt bis.")] = None,
    reason: Reason = "",
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Übergaben prüfen: unbeantwortet, zu spät, abgelehnt, ohne Nachweis, noch nicht geprüft; mit Zahlen.

    Alle sieht die Leitung, der Datenschutz mit einem Grund. Das Nachsehen wird festgehalten.
    """
    wanted = _check(which)
    first = o.read_day_option("--from", since) if since else None
    last = o.read_day_option("--to", until) if until else None
    with opened(folder, user, at, make=False) as desk:
        room = ReadingRoom(desk)
        room.sign_in(Audited.HANDOVERS, reason, handovers_of_all)
        today = desk.lotse.moment.day
        found = [each for each in of_the_house(desk.lotse) if _within(each, first, last)]
        shown = [each for each in found if wanted is None or each.meets(wanted, today)]
        tally = counts(found, today)
        if json:
            told = [_plain(each, room, today) for each in shown]
            as_json({"counts": {str(name): count for name, count in tally.items()}, "items": told})
            return
        show("\n".join(columns([(name.label, str(count)) for name, count in tally.items()])))
        show("\n".join(_rows(shown, room, today)) if shown else "Keine Übergaben.")


def review(
    number: Number,
    *,
    to: o.To = None,
    remark: Annotated[
        str, typer.Option("--remark", metavar="VERMERK", help="Was geprüft wurde; verschlüsselt beim Fall.")
    ],
    reason: Reason = "",
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Übergabe geprüft vermerken; die letzte des Falls, oder die an --to.

    Das tut die Leitung, und nie, wer sie selbst angefragt oder beantwortet hat. Später noch einmal geht auch.
    """
    with opened(folder, user, make=False) as desk:
        room = ReadingRoom(desk)
        room.sign_in(Audited.HANDOVERS, reason, handovers_of_all)
        with desk.lotse.store.work(reading=True) as work:
            case = work.case_numbered(full_number(desk, number))
        whom = desk.recipient(to)
        found = [
            each for each in of_a_case(desk.lotse, case.id) if whom is None or each.chain.recipient == whom.id
        ]
        if not found:
            raise NotFound("Diese Übergabe gibt es nicht. Nächster Schritt: lotse audit handovers NUMMER")
        desk.lotse.write(reviewing(desk.lotse, desk.person, found[-1], remark))
        show(f"Geprüft: Übergabe an {room.recipient_name(found[-1].chain.recipient)}, {case.number}.")
        if flaws := found[-1].flaws - {Flaw.UNSIGNED}:
            notice(joined(sorted(flaw.label for flaw in flaws), by=" "))


def _check(text: str | None) -> Check | None:
    if text is None:
        return None
    try:
        return Check(text.strip().casefold().replace("-", "_"))
    except ValueError:
        raise UsageProblem(f"Das gibt es nicht. Es gibt: {_HEADINGS}.") from None


def _within(each: Checked, first: date | None, last: date | None) -> bool:
    asked = local_date(each.chain.proposal.at)
    return (first is None or first <= asked) and (last is None or asked <= last)


def _rows(found: Iterable[Checked], room: ReadingRoom, today: date) -> list[str]:
    rows = []
    for each in found:
        chain = each.chain
        words = (
            status_of(chain),
            "überfällig" if chain.is_open and chain.overdue_on(today) else "",
            "geprüft" if chain.reviews else "",
            *sorted(flaw.label for flaw in each.flaws),
        )
        asked = f"{local_date(chain.proposal.said_at):%d.%m.%Y}"
        whom = room.recipient_name(chain.recipient)
        rows.append((asked, plain(room.case_name(chain.case)), whom, joined(words)))
    return columns(rows)


def _plain(each: Checked, room: ReadingRoom, today: date) -> dict[str, object]:
    chain = each.chain
    remarks = remarks_of(room.desk.lotse, each)
    return {
        "case": chain.case, "number": room.case_name(chain.case), "handover": chain.id,
        "recipient": chain.recipient, "status": str(chain.status), "overdue": chain.overdue_on(today),
        "proposed_at": chain.proposal.said_at.isoformat(), "flaws": sorted(each.flaws),
        "reviews": [
            {
                "at": entry.said_at.isoformat(), "by": (entry.a or {}).get("actor"),
                "remark": remarks.get((entry.incarnation, entry.seq)),
            }
            for entry in chain.reviews
        ],
    }  # fmt: skip
