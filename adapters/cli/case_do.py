"""`lotse case do` and `case new`: one step of a case, or a new one, through the same path as everything else.

`--dry-run` performs it in a unit of work that is never committed. Proven by running it (`tests/cli/test_case.py`).
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.case_steps import Step, asked
from adapters.cli.cases import Number
from adapters.cli.desk import Desk, opened
from adapters.cli.due import weekday_of
from adapters.cli.entering import From, Set, asked_for, entered, helped
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, notice, on_terminal, show
from states.vocabulary import Command
from workflow.case import Duty
from workflow.perform import Done, Request, perform

Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="SCHLÜSSEL",
        help="Derselbe Schlüssel wirkt nur einmal, auch doppelt geschickt.",
    ),
]
_ROUTES = {
    "self": (Command.RECEIVE_SELF, "Die Familie meldet sich selbst"),
    "consent": (Command.RECEIVE_CONSENT, "Eine Stelle meldet, die Einwilligung liegt vor"),
    "unclear": (Command.RECEIVE_UNCLEAR, "Eine Stelle meldet, die Einwilligung ist unklar"),
}


def do(
    number: Number,
    step: Step,
    *,
    to: o.To = None,
    given: Set = None,
    source: From = None,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="ZAHL", help="Nur, wenn der Fall noch in dieser Version steht."),
    ] = None,
    key: Key = None,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Schritt tun.

    Welche es gibt, sagt „lotse case steps NUMMER“. Im Terminal wird nach fehlenden Angaben gefragt. Was
    nicht geht, wird mit Grund und nächstem Schritt abgelehnt (Ende mit 4) und festgehalten.
    """
    with opened(folder, user, at) as desk:
        question, verdict = asked(desk, number, step, to)
        values = entered(verdict.command, given, source)
        if verdict.blocked is None:
            values = asked_for(verdict.command, values)
        request = Request(
            verdict.command,
            desk.person,
            question.case.id,
            verdict.recipient,
            version,
            details=values,
            key=key,
        )
        with helped(request.command):
            done = _tried(desk, request) if dry_run else desk.lotse.submit(request)
        _tell(desk, request, done, json=json, dry_run=dry_run)


def new(
    route: Annotated[
        str, typer.Argument(metavar="[WEG]", help="self, consent oder unclear; im Terminal wird gefragt.")
    ] = "",
    *,
    given: Set = None,
    source: From = None,
    key: Key = None,
    dry_run: o.DryRun = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Meldung aufnehmen.

    self: Die Familie kommt von sich aus. consent: Eine Stelle meldet, und die Einwilligung liegt vor (mit
    form=written, electronic oder oral). unclear: Eine Stelle meldet, die Einwilligung ist noch zu klären.
    Ohne „received“ gilt der Eingang als jetzt.
    """
    command = _route(route)
    values = entered(command, given, source)
    with opened(folder, user, at) as desk:
        if source is None:
            values = asked_for(command, values, all_fields=not given, otherwise={"received": "jetzt"})
        values.setdefault("received", desk.lotse.moment.at)
        request = Request(command, desk.person, details=values, key=key)
        with helped(request.command):
            done = _tried(desk, request) if dry_run else desk.lotse.submit(request)
        _tell(desk, request, done, json=json, dry_run=dry_run)
        alike = [] if dry_run else desk.lotse.duplicates_of(done.case.id)
        if alike:
            notice(f"Vielleicht dieselbe Familie: {', '.join(alike)}.")


def _route(route: str) -> str:
    if not route and on_terminal():
        for number, (_, label) in enumerate(_ROUTES.values(), 1):
            notice(f"  {number}  {label}")
        notice("Wie kam die Meldung?")
        answer = input().strip()
        route = list(_ROUTES)[int(answer) - 1] if answer in ("1", "2", "3") else answer
    if route not in _ROUTES:
        raise UsageProblem("Es fehlt, wie die Meldung kam: lotse case new self, consent oder unclear.")
    return _ROUTES[route][0]


def _tried(desk: Desk, request: Request) -> Done:
    """Perform it and throw it away."""
    with desk.lotse.store.work(reading=True) as work:
        return perform(request, work, desk.lotse.office)


def _tell(desk: Desk, request: Request, done: Done, *, json: bool, dry_run: bool) -> None:
    case = done.case
    process = desk.lotse.office.network(case.profile, case.profile_version).profile.process
    duties = done.step.duties if done.step else None
    if json:
        as_json(
            {
                "number": case.number, "command": request.command, "recipient": request.recipient,
                "state": case.state, "state_label": process.label(case.state), "version": case.version,
                "repeated": done.repeated, "dry_run": dry_run,
                "opened": [_duty(duty) for duty in duties.opened] if duties else [],
                "met": [_duty(duty) for duty in duties.met] if duties else [],
                "fallen": [_duty(duty) for duty in duties.fallen] if duties else [],
            }
        )  # fmt: skip
        return
    how = "Würde gehen" if dry_run else "Schon getan" if done.repeated else "Getan"
    number = "neuer Fall" if dry_run and request.case is None else case.number
    show(f"{how}: {process.label(request.command)} · {number} · Stand: {process.label(case.state)}")
    for duty in duties.opened if duties else ():
        label = process.obligation_label(duty.obligation)
        show(f"  Neue Frist: {label} bis {weekday_of(duty.due)}, {duty.due:%d.%m.%Y}")
    for duty in duties.met if duties else ():
        show(f"  Erfüllt: {process.obligation_label(duty.obligation)}")


def _duty(duty: Duty) -> dict[str, object]:
    return {"obligation": duty.obligation, "recipient": duty.recipient, "due": duty.due.isoformat()}
