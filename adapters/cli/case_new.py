"""`lotse case new`: take in a referral. Without a name and a telephone number nobody can help the family.

A child in danger comes first all the same: `--danger` takes in what is known and records the danger at once. Proven
by running it (`tests/cli/test_case.py`).
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.asking import ask, asked_for, chosen
from adapters.cli.case_do import Key, performed, readable_key
from adapters.cli.case_told import tell
from adapters.cli.cases import alike_to
from adapters.cli.desk import Desk, opened
from adapters.cli.entering import From, Set, entered, helped
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import notice, on_terminal
from states.vocabulary import Command
from workflow.fields import fields_of
from workflow.perform import Done, Request

_ROUTES = {
    "self": (Command.RECEIVE_SELF, "Die Familie meldet sich selbst"),
    "consent": (Command.RECEIVE_CONSENT, "Eine Stelle meldet, die Einwilligung liegt vor"),
    "unclear": (Command.RECEIVE_UNCLEAR, "Eine Stelle meldet, die Einwilligung ist unklar"),
}
_UNREACHABLE = "Bitte geben Sie eine Telefonnummer an, unter der wir die Familie erreichen."


def new(
    route: Annotated[
        str, typer.Argument(metavar="[WEG]", help="self, consent oder unclear; im Terminal wird gefragt.")
    ] = "",
    *,
    danger: Annotated[
        bool,
        typer.Option(
            "--danger", help="Ein Kind könnte in Gefahr sein: geht ohne Namen, wird gleich vermerkt."
        ),
    ] = False,
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
    Nötig ist ein Name oder eine Telefonnummer. Ohne „received“ gilt der Eingang als jetzt.
    """
    readable_key(key)
    command = _route(route)
    values = entered(command, given, source)
    with opened(folder, user, at) as desk:
        if source is None and not danger:
            otherwise = {"received": "jetzt"}
            values = asked_for(command, values, desk.lotse.moment, all_fields=not given, otherwise=otherwise)
        if not danger:
            _reachable(desk, command, values)
        request = Request(command, desk.person, details=values, key=key)
        with helped(request.command):
            done = performed(desk, request, dry_run=dry_run)
        if danger and not dry_run:
            request, done = _danger(desk, request, done)
        tell(desk, request, done, json=json, dry_run=dry_run)
        alike = [] if dry_run else alike_to(desk, done.case.id)
        if alike:
            notice(f"Vielleicht dieselbe Familie: {', '.join(alike)}.")


def _route(route: str) -> str:
    if not route and on_terminal():
        route = chosen("Wie kam die Meldung?", {key: label for key, (_, label) in _ROUTES.items()})
    if route not in _ROUTES:
        raise UsageProblem("Es fehlt, wie die Meldung kam: lotse case new self, consent oder unclear.")
    return _ROUTES[route][0]


def _reachable(desk: Desk, command: str, values: dict[str, object]) -> None:
    """Ask for the number of a family of which there is neither name nor number. Raises UsageProblem."""
    if any(str(values.get(name) or "").strip() for name in ("surname", "phone")):
        return
    if not on_terminal():
        raise UsageProblem(f"{_UNREACHABLE} Ein Name genügt auch; bei Gefahr für ein Kind keines: --danger.")
    notice(_UNREACHABLE)
    phone = next(field for field in fields_of(command) if field.name == "phone")
    values["phone"] = ask(phone, desk.lotse.moment, needed=True)


def _danger(desk: Desk, request: Request, done: Done) -> tuple[Request, Done]:
    """Record that a child may be in danger, in the words of the report."""
    seen = {"indications": request.details.get("concern", "")}
    key = f"{request.key}/danger" if request.key else None
    triage = Request(Command.TRIAGE_YES, desk.person, done.case.id, details=seen, key=key)
    return triage, desk.lotse.submit(triage)
