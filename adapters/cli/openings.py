"""`lotse case open` and `lotse openings …`: opening a case for a while with a reason, and what becomes of that.

Everything is decided in `workflow.openings`; here it is asked, counted in minutes and laid out. A reason is never
repeated on the screen: it may speak of a family.
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, columns, joined, notice, plain, show
from adapters.openings import called, ending, openings_for, reviewing, taking
from workflow.calendar import BERLIN
from workflow.office import Opening, OpeningKind
from workflow.opening_rights import FOR_OTHERS, awaits_review
from workflow.openings import Wanted, review_due

_LEAST = 4
Number = Annotated[
    str, typer.Argument(metavar="NUMMER", help="Die Nummer des Falls: FH-2026-0042, 2026-42 oder 42.")
]
Which = Annotated[
    str, typer.Argument(metavar="ZUGRIFF", help="Kennung des Zugriffs, oder ihr Anfang: lotse openings list.")
]


def open_case(
    number: Number,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="GRUND", help="In einem Satz; liegt verschlüsselt beim Fall.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="ART",
            help="emergency, inspection, sample, clarify oder advice; sonst emergency.",
        ),
    ] = "emergency",
    whom: Annotated[
        str | None,
        typer.Option("--whom", metavar="PERSON", help="Für wen, bei clarify und advice (Kennung)."),
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Fall mit Begründung für eine Weile öffnen.

    emergency: der Fall einer Kollegin, sofort; die Leitung erfährt es und prüft es. inspection: Einsicht der
    Leitung. sample: Stichprobe des Datenschutzes. clarify und advice gibt die zuständige Fachkraft der
    Netzwerkkoordination oder einer insoweit erfahrenen Fachkraft (ohne Namen).
    """
    wanted_kind = _kind(kind)
    if (wanted_kind in FOR_OTHERS) != (whom is not None):
        raise UsageProblem("--whom gehört zu --kind clarify und advice, und nur dazu.")
    with opened(folder, user) as desk:
        wanted = Wanted(desk.person, full_number(desk, number), wanted_kind, reason, whom)
        opening = desk.lotse.write(taking(desk.lotse, wanted))
        if json:
            as_json(_plain(desk, opening))
            return
        until = opening.until.astimezone(BERLIN)
        show(
            f"{wanted_kind.label}: offen für {opening.person} bis {until:%d.%m.%Y %H:%M} Uhr ({opening.id})."
        )
        if wanted_kind is OpeningKind.EMERGENCY:
            notice("Die Leitung erfährt davon und prüft es. Früher beenden: lotse openings end ZUGRIFF")


def show_list(*, json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Was mit Begründung offen steht und stand.

    Leitung und Datenschutz lesen alles, andere nur ihr Eigenes.
    """
    with opened(folder, user) as desk:
        found = openings_for(desk.lotse, desk.person)
        if json:
            as_json([_plain(desk, each) for each, _ in found])
            return
        rows = [
            (each.id[:8], number or "–", joined((each.kind.label, each.person, _stands(desk, each))))
            for each, number in found
        ]
        show("\n".join(columns([("Zugriff", "Fall", "Art · Person · Stand"), *rows])) if rows else "Keine.")


def end(which: Which, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Einen begründeten Zugriff vor seiner Zeit beenden."""
    with opened(folder, user) as desk:
        ended = desk.lotse.write(ending(desk.lotse, desk.person, _whole(desk, which)))
        show(f"Beendet: {ended.kind.label} von {ended.person}.")


def review(
    which: Which,
    *,
    remark: Annotated[
        str, typer.Option("--remark", metavar="VERMERK", help="Was geprüft wurde; verschlüsselt beim Fall.")
    ],
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Notfallzugriff prüfen, mit einem Vermerk.

    Das tut die Leitung, und nie, wer ihn selbst genommen hat.
    """
    with opened(folder, user) as desk:
        reviewed = desk.lotse.write(reviewing(desk.lotse, desk.person, _whole(desk, which), remark))
        show(f"Geprüft: {reviewed.kind.label} von {reviewed.person}.")


def _kind(text: str) -> OpeningKind:
    try:
        return OpeningKind(text.strip().casefold())
    except ValueError:
        raise UsageProblem(f"Diese Art gibt es nicht. Es gibt: {', '.join(OpeningKind)}.") from None


def _whole(desk: Desk, which: str) -> str:
    """The opening whose id begins so, among those this person may list. Raises NotFound and UsageProblem."""
    begun = which.strip().casefold()
    hits = [each.id for each, _ in openings_for(desk.lotse, desk.person) if each.id.startswith(begun)]
    if len(hits) > 1 or (hits and len(begun) < _LEAST):
        raise UsageProblem("Welcher Zugriff ist gemeint? Nächster Schritt: mehr Zeichen der Kennung angeben.")
    if not hits:
        with desk.lotse.store.work(reading=True) as work:
            given = [each.id for each in work.directory.openings if each.id == begun]
        if not given:
            raise NotFound("Diesen Zugriff gibt es für Sie nicht. Nächster Schritt: lotse openings list")
        return given[0]
    return hits[0]


def _stands(desk: Desk, opening: Opening) -> str:
    until = opening.until.astimezone(BERLIN)
    if opening.stands(desk.lotse.moment.real_at):
        return f"offen bis {until:%d.%m.%Y %H:%M}"
    if not awaits_review(opening):
        return f"beendet {until:%d.%m.%Y %H:%M}"
    due = review_due(opening, desk.lotse.office.network_now)
    late = "überfällig seit" if due.overdue(desk.lotse.moment.real_at) else "zu prüfen bis"
    return f"{late} {due.due:%d.%m.%Y}"


def _plain(desk: Desk, opening: Opening) -> dict[str, object]:
    with desk.lotse.store.work(reading=True) as work:
        number = called(desk.lotse, opening, desk.person, work)
    return {
        "id": plain(opening.id),
        "number": number or None,
        "kind": str(opening.kind),
        "person": opening.person,
        "opened_at": opening.opened_at.isoformat(),
        "until": opening.until.isoformat(),
        "reviewed_by": opening.reviewed_by,
        "reviewed_at": opening.reviewed_at.isoformat() if opening.reviewed_at else None,
    }
