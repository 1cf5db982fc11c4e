"""`lotse retention`: how long what is kept, erasing it by two persons, and purging the quarantine by one.

Nothing here has `--at` but the list: an erasure goes by the office's clock alone. No name of a family is shown.
Proven in `tests/cli/test_retention.py`.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from adapters import retention as keeping
from adapters.cli import options as o
from adapters.cli.desk import Desk, denied, in_office, opened
from adapters.cli.failures import CONFLICT, CommandError, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.retention_shown import (
    NOT_SCRUBBED,
    as_plain,
    show_approval,
    show_kept,
    show_requests,
    tell_alike,
)
from adapters.cli.screen import as_json, notice, show
from adapters.erasures import scrub
from workflow import clerk as acts
from workflow.audited import Audited
from workflow.erasure import GROUNDS_OF_A_CASE, Deed, Ground, called_of, is_accesses, is_case, row_of
from workflow.office import Directory
from workflow.ports import RetentionWork
from workflow.retention import Clerk, may

Target = Annotated[
    str,
    typer.Argument(
        metavar="NUMMER",
        help="Die Nummer des Falls, eine Quarantäne-Nr., oder access/2024 für die Zugriffe eines Jahres.",
    ),
]
CaseNumber = Annotated[
    str, typer.Argument(metavar="NUMMER", help="Die Nummer des Falls: FH-2026-0042, 2026-42 oder 42.")
]


class Conflict(CommandError):
    """Somebody else is at it."""

    code = CONFLICT


_GROUNDS = ", ".join(f"{ground} ({ground.label})" for ground in GROUNDS_OF_A_CASE)


def due(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Auch, was noch aufbewahrt wird, mit seinem letzten Tag.")
    ] = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Was jetzt gelöscht werden darf, nach Klassen, ohne Namen.

    Leitung und Datenschutz sehen alles, eine Fachkraft die Fälle, die sie ganz liest, und die Quarantäne. Was dort
    über die Frist liegt, löscht eine Person: lotse retention purge.
    """
    with opened(folder, user, at, make=False) as desk:
        kept = keeping.kept(desk.lotse, in_office(desk, Audited.LIST).person)
        if json:
            as_json([as_plain(each) for each in kept])
        else:
            show_kept(kept, desk.lotse.office.network_now.profile.retention, everything=everything)


def request(
    number: Target,
    *,
    ground: Annotated[str, typer.Option("--ground", metavar="GRUND", help=f"Warum: {_GROUNDS}.")] = "",
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Löschung beantragen; genehmigen muss sie jemand anderes.

    Gelöscht werden nur abgeschlossene Fälle, und nicht, solange eine Löschsperre besteht. Eine Zeile der Quarantäne
    geht auf Verlangen der Familie auch vor ihrer Frist.
    """
    with opened(folder, user, make=False) as desk:
        named = Ground.ACCESS_LOG if is_accesses(number) and not ground else _ground(ground)
        name = _name(desk, number)
        _do(desk, lambda work, clerk, target: acts.request(work, clerk, target, named), name)
        show(f"Beantragt: {called_of(name)}, Grund: {named.label}.")
        for target in filter(is_case, keeping.targets(desk.lotse, name)):
            tell_alike(keeping.alike(desk.lotse, desk.person, target))
        notice(
            "Nächster Schritt: Eine zweite Person aus Leitung oder Datenschutz genehmigt: lotse retention approve"
        )


def requests(*, json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Welche Löschungen beantragt sind und auf eine zweite Person warten."""
    with opened(folder, user, make=False) as desk:
        _office(desk, Audited.LIST)
        waiting = keeping.requests(desk.lotse, desk.person)
        if json:
            as_json(
                [
                    {
                        "name": name, "ground": str(each.ground), "requested_by": each.requested_by,
                        "requested_at": each.requested_at.isoformat(),
                    }
                    for each, name in waiting
                ]
            )  # fmt: skip
        else:
            show_requests(waiting)


def approve(
    number: Annotated[
        str | None,
        typer.Argument(
            metavar="NUMMER",
            help="Die Nummer des Falls, eine Quarantäne-Nr., oder access/2024; oder --all-due.",
        ),
    ] = None,
    *,
    all_due: Annotated[
        bool, typer.Option("--all-due", help="Alles Beantragte, dessen Aufbewahrungsfrist abgelaufen ist.")
    ] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine beantragte Löschung genehmigen: danach ist der Inhalt für niemanden mehr lesbar.

    Das kann niemand zurücknehmen. Wer was wann getan hat, bleibt im Protokoll, ohne Daten der Familie.
    """
    if (number is None) is not all_due:
        raise UsageProblem("Bitte eine Nummer nennen oder --all-due.")
    with opened(folder, user, make=False, sign=not dry_run) as desk:
        name = None if number is None else _name(desk, number)
        approval = keeping.approve(desk.lotse, desk.person, name, dry_run=dry_run)
        show_approval(approval, json=json, dry_run=dry_run)


def withdraw(number: Target, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Einen Antrag auf Löschung zurückziehen."""
    with opened(folder, user, make=False) as desk:
        show(f"Zurückgezogen: {_do(desk, acts.withdraw, number)} wird nicht gelöscht.")


def hold(
    number: CaseNumber,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="GRUND", help="Warum; liegt verschlüsselt beim Fall.")
    ] = "",
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Fall von der Löschung sperren, etwa wegen eines Verfahrens.

    Solange die Sperre besteht, löscht ihn niemand, auch nicht die Zugriffe des Jahres, die ihn nennen.
    """
    if not reason.strip():
        raise UsageProblem("Es fehlt der Grund: --reason GRUND.")
    with opened(folder, user, make=False) as desk:
        name = _do(desk, lambda work, clerk, case: acts.hold(work, clerk, case, reason.strip()), number)
        show(f"Gesperrt: {name} wird nicht gelöscht, bis jemand die Sperre aufhebt.")


def release(number: CaseNumber, *, user: o.As = None, folder: o.Folder = None) -> None:
    """Eine Löschsperre aufheben."""
    with opened(folder, user, make=False) as desk:
        show(f"Aufgehoben: Für {_do(desk, acts.release, number)} gilt wieder die Aufbewahrungsfrist.")


def run(
    *, dry_run: o.DryRun = False, json: o.Json = False, user: o.As = None, folder: o.Folder = None
) -> None:
    """Für alles, dessen Aufbewahrungsfrist abgelaufen ist, die Löschung beantragen.

    Eine zweite Person genehmigt es im Ganzen: lotse retention approve --all-due.
    """
    with opened(folder, user, make=False, sign=not dry_run) as desk:
        _office(desk, Audited.ERASURE_REQUESTED)
        kept = keeping.kept(desk.lotse, desk.person) if dry_run else []
        asked = [each for each in kept if each.may_be_requested]
        if not dry_run:
            clerk = keeping.clerk_of(desk.lotse, desk.person)
            asked = keeping.act(desk.lotse, lambda work: acts.request_all_due(work, clerk))
        if json:
            as_json([as_plain(each) for each in asked])
            return
        verb = "Zu beantragen wäre" if dry_run else "Beantragt"
        show("\n".join(f"{verb}: {each.name} ({each.kind.label})" for each in asked) or "Nichts ist fällig.")
        if asked and not dry_run:
            notice("Nächster Schritt: Eine zweite Person genehmigt: lotse retention approve --all-due")


def purge(
    *, dry_run: o.DryRun = False, json: o.Json = False, user: o.As = None, folder: o.Folder = None
) -> None:
    """Die Quarantäne leeren: was dort länger liegt, als das Netzwerk es aufbewahrt.

    Unlesbare Zeilen und Nachfragen bei Partnern, Tag für Tag, mit dem Schlüssel des Tages; wie viele es waren, bleibt
    im Protokoll. Das tut eine Person allein, weil die Frist entscheidet; täglich gut aufgehoben in einem Zeitplan.
    """
    with opened(folder, user, make=False, sign=not dry_run) as desk:
        done = keeping.purge(desk.lotse, desk.person, dry_run=dry_run)
        show_approval(done, json=json, dry_run=dry_run)


def tidy(*, folder: o.Folder = None) -> None:
    """Die Datenbankdatei neu schreiben, damit in ihren Lücken nichts Gelöschtes liegt.

    Nach jeder Genehmigung geschieht das von selbst; nötig ist es nur, wenn das nicht ging.
    """
    with opened(folder, make=False, sign=False, anybody=True) as desk:
        if not scrub(desk.lotse.store):
            raise Conflict(NOT_SCRUBBED)
        show("Die Datenbankdatei ist neu geschrieben.")


def _do(desk: Desk, deed: Callable[[RetentionWork, Clerk, str], object], number: str) -> str:
    """Do it to whatever the number means, each in a unit of work of its own; gives what it is called."""
    name = _name(desk, number)
    clerk = keeping.clerk_of(desk.lotse, desk.person)
    for target in keeping.targets(desk.lotse, name):
        keeping.act(desk.lotse, partial(_at, deed, clerk, target))
    return called_of(name)


def _at(
    deed: Callable[[RetentionWork, Clerk, str], object], clerk: Clerk, target: str, work: RetentionWork
) -> None:
    deed(work, clerk, target)


def _name(desk: Desk, number: str) -> str:
    said = number.strip()
    if not is_case(said):
        return said
    return row_of(said) or full_number(desk, number)


def _ground(text: str) -> Ground:
    if text not in GROUNDS_OF_A_CASE:
        raise UsageProblem(f"Es fehlt der Grund: --ground. Möglich ist {_GROUNDS}.")
    return Ground(text)


def _office(desk: Desk, action: Audited) -> None:
    """Raise NotAllowed, on record, for who is neither Leitung nor Datenschutz."""
    if not may(desk.person, Deed.APPROVE, None, Directory(), desk.lotse.moment):
        raise denied(
            desk.lotse, desk.person, action, "Das sehen und tun Leitung und Datenschutz. Bitte --as PERSON."
        )
