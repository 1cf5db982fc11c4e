"""`lotse case steps` and `why`: what is possible with a case now; what is not, why, and what to do first.

Every answer is `workflow.judge`'s, the same that a command gets. Nothing of the family is opened; but what is possible
tells where a case stands, so asking is on record as an opening.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.cases import Number
from adapters.cli.commands import command_named, typed
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.onward import said
from adapters.cli.screen import as_json, bold, columns, dim, paragraph, plain, show
from states.guide import GRAVE
from states.vocabulary import PER_RECIPIENT, Command, Fact
from workflow.case import HandoverStatus
from workflow.judge import DENIED, Question, Verdict, judge
from workflow.queries import possible_steps

_ANSWERED_BY_ONE: Mapping[str, HandoverStatus] = {
    Command.REVOKE: HandoverStatus.PROPOSED,
    Command.END_SUPPORT: HandoverStatus.ACCEPTED,
}
_ASIDE = frozenset(
    {
        Command.NOTE,
        Command.CORRECT,
        Command.ASSIGN,
        Command.RECORD_RELEASE,
        Command.RECORD_FEEDBACK,
        Command.FLAG_OVERDUE,
    }
)
_NOTICES = frozenset({Command.ESCALATE, Command.ESCALATE_URGENT})
ORDINARY = frozenset({Command.CHECK_CONSENT_YES, Command.REACH_FAMILY, Command.ESCALATE, Command.CLOSE})
Step = Annotated[
    str,
    typer.Argument(metavar="SCHRITT", help="Der Schritt, zum Beispiel reach_family oder assess_risk-yes."),
]


def steps(
    number: Number,
    *,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Welche Schritte jetzt möglich sind, welche nicht und warum."""
    with opened(folder, user, at) as desk:
        question = desk.lotse.question(desk.person, full_number(desk, number))
        verdicts = possible_steps(question)
        if json:
            as_json([plain_verdict(question, verdict) for verdict in verdicts])
            return
        process = question.network.profile.process
        show(bold(f"{question.case.number} · {process.label(question.case.state)}"))
        show_steps(question, verdicts)


def show_steps(question: Question, verdicts: Sequence[Verdict]) -> None:
    """Print what is possible, then what is not with its reasons; what this person may never do is left out."""
    show(f"\n{bold('Möglich')}")
    _show_possible(question, [v for v in verdicts if v.allowed])
    show_blocked(question, verdicts, everything=True)


def _show_possible(question: Question, possible: Sequence[Verdict]) -> None:
    rows = [(name_of(verdict), label_of(question, verdict)) for verdict in possible]
    show("\n".join(columns(rows, indent=2)) or "  nichts")


def show_onward(question: Question, verdicts: Sequence[Verdict], *, everything: bool) -> None:
    """Print the next step and what else leads on; with `everything` whatever is possible."""
    show(f"\n{bold('Nächste Schritte')}")
    onward = said(question)
    if onward:
        show(onward.removeprefix("Nächster Schritt: "))
    danger = Fact.DANGER in question.case.marks
    possible = [v for v in verdicts if v.allowed and (everything or _leads_on(v, danger=danger))]
    _show_possible(question, possible)
    if not everything:
        show(dim(f"  Alle: lotse case steps {question.case.number}"))


def _leads_on(verdict: Verdict, *, danger: bool) -> bool:
    """Whether a step is on the ordinary way; while a child may be in danger the notices are."""
    if verdict.command in _ASIDE:
        return False
    return verdict.command not in GRAVE or (danger and verdict.command in _NOTICES)


def show_blocked(question: Question, verdicts: Sequence[Verdict], *, everything: bool) -> None:
    """Print what is not possible yet, and why: the ordinary way, or `everything` that is this person's to do."""
    waiting = [
        v
        for v in verdicts
        if v.blocked is not None
        and v.blocked.code not in (DENIED, "state")
        and (everything or (v.command in ORDINARY and v.recipient is None))
    ]
    if waiting:
        show(f"\n{bold('Noch nicht möglich')}")
        show("\n".join(columns([(name_of(v), _why_not(question, v)) for v in waiting], indent=2)))


def _why_not(question: Question, verdict: Verdict) -> str:
    """The reason without repeating that it is one: the heading above has said so."""
    assert verdict.blocked is not None
    _, _, reason = verdict.blocked.sentence.partition(" ist noch nicht möglich: ")
    label = question.network.profile.process.label(verdict.command)
    return f"{label}: {reason}" if reason else verdict.blocked.sentence


def name_of(verdict: Verdict) -> str:
    """How the step is typed, with its recipient."""
    return typed(verdict.command) + (f" --to {verdict.recipient}" if verdict.recipient else "")


def label_of(question: Question, verdict: Verdict) -> str:
    """The step's German name, and the state it leads to where that is another one."""
    process = question.network.profile.process
    label = process.label(verdict.command)
    if verdict.recipient is not None:
        label = f"{label}: {question.directory.recipient_name(verdict.recipient)}"
    moves = verdict.target not in ("", question.case.state)
    return f"{label} → {process.label(verdict.target)}" if moves else label


def plain_verdict(question: Question, verdict: Verdict) -> dict[str, object]:
    """A verdict for programs."""
    blocked = verdict.blocked
    return {
        "command": verdict.command,
        "label": question.network.profile.process.label(verdict.command),
        "recipient": verdict.recipient,
        "allowed": verdict.allowed,
        "leads_to": verdict.target or None,
        "code": blocked.code if blocked else None,
        "reason": blocked.reason if blocked else None,
        "next_step": (blocked.next_step or None) if blocked else None,
    }


def judged(desk: Desk, question: Question, step: str, to: str | None) -> Verdict:
    """The answer for one step as it was typed, its recipient named or plain from the case."""
    process = question.network.profile.process
    name = command_named(process, step, to_recipient=to is not None)
    recipient = desk.recipient(to)
    if recipient is None and name.endswith(PER_RECIPIENT):
        return judge(question, name, _whom(question, name))
    return judge(question, name, recipient.id if recipient else None)


def _whom(question: Question, command: str) -> str:
    """Whom a step means without `--to`: the person's own place, or the only one it can mean."""
    if question.person.recipient is not None:
        return question.person.recipient
    status = _ANSWERED_BY_ONE.get(command)
    open_ones = {h.recipient for h in question.case.handovers if h.status is status}
    if len(open_ones) == 1 and judge(question, command, min(open_ones)).allowed:
        return min(open_ones)
    known = sorted(question.directory.recipients.values(), key=lambda one: one.id)
    rows = [f"  --to {one.id}  {plain(one.name)} ({one.role.label})" for one in known if one.active]
    raise UsageProblem("\n".join(("Es fehlt, an wen. Im Verzeichnis stehen:", *(rows or ["  niemand"]))))


def why(
    number: Number,
    step: Step,
    *,
    to: o.To = None,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Warum ein Schritt nicht geht, und was zuerst zu tun ist. Getan wird nichts."""
    with opened(folder, user, at) as desk:
        question = desk.lotse.question(desk.person, full_number(desk, number))
        verdict = judged(desk, question, step, to)
        if json:
            as_json(plain_verdict(question, verdict))
        elif verdict.blocked is not None:
            show(verdict.blocked.sentence)
        else:
            show(paragraph(f"Möglich: {label_of(question, verdict)}"))
            show(f"Nächster Schritt:\n  lotse case do {question.case.number} {name_of(verdict)}")
