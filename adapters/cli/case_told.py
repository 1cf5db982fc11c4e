"""What a step led to, as it is told afterwards: state, deadlines, and what comes next.

Somebody who acted on a case that is not theirs to read learns that it was done, and nothing of the case.
"""

from dataclasses import replace

from adapters.cli.desk import Desk
from adapters.cli.due import weekday_of
from adapters.cli.onward import by_telephone, said
from adapters.cli.screen import as_json, bold, joined, paragraph, plain, red, show
from states.vocabulary import Command
from workflow.access import knows_of
from workflow.case import Case, Duty
from workflow.judge import Question
from workflow.perform import Done, Request
from workflow.sight import sight_of

_NOTICES = (Command.ESCALATE, Command.ESCALATE_URGENT)


def tell(desk: Desk, request: Request, done: Done, *, json: bool, dry_run: bool) -> None:
    """Print the outcome as far as this person may know it."""
    after = _after(desk, done.case)
    sight = sight_of(after.person, done.case, after.directory, after.moment)
    known = knows_of(after.person, done.case, after.directory, after.moment)
    seen = sight.case(done.case) if known else replace(done.case, state="", version=0)
    turned = done.step.duties if done.step else None
    parts = (turned.opened, turned.met, turned.fallen) if turned else ((), (), ())
    opened, met, fallen = ([duty for duty in part if known and sight.owed(duty)] for part in parts)
    if json:
        process = after.network.profile.process
        as_json(
            {
                "number": seen.number, "command": request.command, "recipient": request.recipient,
                "state": seen.state or None, "state_label": process.label(seen.state) if seen.state else None,
                "version": seen.version or None, "repeated": done.repeated, "dry_run": dry_run,
                "opened": [_duty(duty) for duty in opened], "met": [_duty(duty) for duty in met],
                "fallen": [_duty(duty) for duty in fallen],
            }
        )  # fmt: skip
        return
    _show_outcome(after, request, done, seen, dry_run=dry_run)
    _show_duties(after, opened, met)
    if not dry_run:
        _show_onward(after, request)


def _after(desk: Desk, case: Case) -> Question:
    with desk.lotse.store.work(reading=True) as work:
        directory = work.directory
    network = desk.lotse.office.network(case.profile, case.profile_version)
    person = directory.persons.get(desk.person.id, desk.person)
    return Question(person, case, desk.lotse.moment, directory, network)


def _show_outcome(after: Question, request: Request, done: Done, seen: Case, *, dry_run: bool) -> None:
    process = after.network.profile.process
    how = "Würde gehen" if dry_run else "Schon getan" if done.repeated else "Getan"
    number = "neuer Fall" if dry_run and request.case is None else seen.number
    state = f"Stand: {process.label(seen.state)}" if seen.state else ""
    show(paragraph(joined((f"{how}: {process.label(request.command)}", number, state)), "  ", ""))
    keeper = after.directory.persons.get(done.case.responsible or "")
    if request.command == Command.ASSIGN and keeper is not None:
        show(f"  Zuständig ist jetzt {plain(keeper.name)}.")


def _show_duties(after: Question, opened: list[Duty], met: list[Duty]) -> None:
    process = after.network.profile.process
    for duty in opened:
        label = process.obligation_label(duty.obligation)
        show(paragraph(f"Neue Frist: {label} bis {weekday_of(duty.due)}, {duty.due:%d.%m.%Y}", "    ", "  "))
    for duty in met:
        show(f"  Erfüllt: {process.obligation_label(duty.obligation)}")


def _show_onward(after: Question, request: Request) -> None:
    """What to do next; after a notice to the ASD that is the telephone, for whoever sent it."""
    if request.command in _NOTICES:
        show(red(by_telephone(after.case.number)))
        return
    onward = said(after)
    if onward:
        first, _, rest = onward.partition("\n")
        show(f"{bold(first)}\n{rest}")


def _duty(duty: Duty) -> dict[str, object]:
    return {"obligation": duty.obligation, "recipient": duty.recipient, "due": duty.due.isoformat()}
