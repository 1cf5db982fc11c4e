"""`lotse case do`: one step of a case, through the same path as everything else.

Whoever hears a withdrawal or sees a child in danger may act on a case that is not theirs to read: so nothing is
opened here, and they are told the outcome alone. `--dry-run` performs the step in a unit of work that is never
committed. Proven by running it (`tests/cli/test_case.py`, `test_on_duty.py`).
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.asking import agreed, asked_for
from adapters.cli.case_steps import Step, judged
from adapters.cli.case_told import tell
from adapters.cli.cases import Number
from adapters.cli.commands import typed
from adapters.cli.desk import Desk, opened
from adapters.cli.entering import From, Set, entered, helped
from adapters.cli.failures import NotAllowed, UsageProblem
from adapters.cli.numbers import unopened
from adapters.cli.screen import notice, on_terminal
from states.vocabulary import Command
from workflow.case import ConsentKind
from workflow.errors import RefusedError
from workflow.judge import Question, Verdict, judge
from workflow.perform import Done, Request, perform

Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="SCHLÜSSEL",
        help="Derselbe Schlüssel wirkt nur einmal, auch doppelt geschickt.",
    ),
]
_OF_DANGER = (Command.TRIAGE_YES, Command.RAISE_CONCERN)


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

    Welche es gibt, sagt „lotse case steps NUMMER“; die deutschen Namen und Anfänge gehen auch. Im Terminal
    wird nach fehlenden Angaben gefragt. Was nicht geht, wird mit Grund und nächstem Schritt abgelehnt (Ende
    mit 4) und festgehalten.
    """
    readable_key(key)
    with opened(folder, user, at) as desk:
        question = unopened(desk, number)
        verdict = judged(desk, question, step, to)
        values = entered(verdict.command, given, source)
        if _lacks_danger(verdict):
            question, verdict, version = _danger_first(desk, question, verdict, version, dry_run=dry_run)
        if verdict.allowed:
            values = _answered(desk, question, verdict, values)
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
            done = performed(desk, request, dry_run=dry_run)
        tell(desk, request, done, json=json, dry_run=dry_run)


def readable_key(key: str | None) -> None:
    """Refuse a key that is no text. Raises UsageProblem."""
    if key is not None and any("\ud800" <= sign <= "\udfff" for sign in key):
        raise UsageProblem("Was hinter --key steht, ist kein Text in UTF-8.")


def performed(desk: Desk, request: Request, *, dry_run: bool) -> Done:
    """Perform it; with `dry_run` throw it away. What a rehearsal tells of a case was opened, and is on record before."""
    if not dry_run:
        return desk.lotse.submit(request)
    if request.case is not None:
        opening = {"action": "open", "actor": request.actor.id, "case": request.case, "dry_run": True}
        desk.lotse.record("access", opening, request.case)
    with desk.lotse.store.work(reading=True) as work:
        return perform(request, work, desk.lotse.office)


def _answered(
    desk: Desk, question: Question, verdict: Verdict, values: dict[str, object]
) -> dict[str, object]:
    """The values with what goes without saying, and what a person on a terminal answers."""
    if verdict.command == Command.PROPOSE_HANDOVER and not values.get("fields"):
        consents = question.case.consents_for(ConsentKind.HANDOVER, verdict.recipient)
        scopes = [consent.scope for consent in consents if consent.valid_on(question.moment.day)]
        values = {**values, "fields": list(scopes[-1])}
        covered = ", ".join(part.label for part in scopes[-1])
        notice(f"Weitergegeben wird, was die Einwilligung umfasst: {covered}.")
    if verdict.command == Command.ASSIGN and question.case.responsible is None and not values.get("to"):
        values = {**values, "to": desk.person.id}
    return asked_for(verdict.command, values, question.moment)


def _lacks_danger(verdict: Verdict) -> bool:
    """Whether an urgent notice only waits for the danger to be recorded."""
    blocked = verdict.blocked
    urgent = verdict.command == Command.ESCALATE_URGENT
    return urgent and blocked is not None and blocked.next_command == Command.TRIAGE_YES


def _danger_first(
    desk: Desk, question: Question, verdict: Verdict, version: int | None, *, dry_run: bool
) -> tuple[Question, Verdict, int | None]:
    """Record the danger in the same go where a person can be asked, else say exactly what to type.

    Raises NotAllowed once the refused notice is on record.
    """
    number = question.case.number
    first = next((command for command in _OF_DANGER if judge(question, command).allowed), None)
    if first is None:
        return question, verdict, version
    label = question.network.profile.process.label(first)
    if on_terminal() and not dry_run:
        notice("Vor einer Eilmeldung muss die Gefährdung festgehalten sein.")
        if agreed(f"Jetzt festhalten („{label}“) und gleich melden?"):
            details = asked_for(first, {}, question.moment)
            request = Request(first, desk.person, question.case.id, None, version, details)
            done = desk.lotse.submit(request)
            after = unopened(desk, number)
            return after, judge(after, verdict.command), None if version is None else done.case.version
    if not dry_run:
        _on_record(desk, question, verdict)
    reason = verdict.blocked.reason if verdict.blocked else ""
    raise NotAllowed(
        f"{reason} Bitte beides eingeben:\n  lotse case do {number} {typed(first)}\n"
        f"  lotse case do {number} {typed(verdict.command)}"
    )


def _on_record(desk: Desk, question: Question, verdict: Verdict) -> None:
    """Try it all the same: what was refused is on record."""
    try:
        desk.lotse.submit(Request(verdict.command, desk.person, question.case.id))
    except RefusedError:
        return
