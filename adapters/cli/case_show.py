"""`lotse case show`: one case as this person may see it: family, way, deadlines with their counting, steps, history.

Opening it is on record before anything is decrypted. Which of it a person sees is `workflow.sight`'s affair.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.case_history import local, show_history
from adapters.cli.case_steps import plain_verdict, show_blocked, show_onward
from adapters.cli.cases import Number, alike_to
from adapters.cli.desk import Desk, opened
from adapters.cli.due import day_of
from adapters.cli.numbers import full_number
from adapters.cli.onward import by_telephone
from adapters.cli.screen import as_json, bold, columns, dim, joined, paragraph, plain, red, show
from adapters.lotse import View
from states.vocabulary import Command, Fact, Obligation
from workflow.calendar import local_date
from workflow.case import Attempt, Consent, Family, Handover
from workflow.duties import Rules, settle
from workflow.explained import explained
from workflow.fields import CORRECTABLE
from workflow.judge import Question
from workflow.sight import sight_of

_FAMILY = {name: label for name, label in CORRECTABLE.items() if name in Family.__dataclass_fields__}
_WARNINGS = (Command.TRIAGE_YES, Command.RAISE_CONCERN, Command.ASSESS_RISK_YES)


def show_case(
    number: Number,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Den ganzen Verlauf, alle Schritte und was sie noch hindert.")
    ] = False,
    accesses: Annotated[
        bool, typer.Option("--accesses", help="Im Verlauf auch, wer den Fall geöffnet oder was versucht hat.")
    ] = False,
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Einen Fall ganz ansehen.

    Das Öffnen wird im Protokoll festgehalten. Wer den Fall nicht ganz lesen darf, sieht nur seinen Teil.
    """
    with opened(folder, user, at) as desk:
        number = full_number(desk, number)
        view = desk.lotse.view(desk.person, number)
        view, question = _settled(view, view.question)
        if json:
            as_json(_plain(view, question))
            return
        if view.age:
            _show_advice(view)
            return
        _show_title(view, question)
        _show_danger(view, question)
        _show_family(desk, view)
        show_onward(question, view.steps, everything=everything)
        _show_duties(view, question)
        _show_consents(view, question)
        show_history(view, question, accesses=accesses, everything=everything)
        show_blocked(question, view.steps, everything=everything)


def _settled(view: View, question: Question) -> tuple[View, Question]:
    """The case as time alone has left it, as "Heute" reads it: show and due never disagree."""
    rules = Rules(question.network, question.directory)
    settled, _ = settle(question.case, question.moment, rules)
    sight = sight_of(question.person, settled, question.directory, question.moment)
    return replace(view, case=sight.case(settled)), replace(question, case=settled)


def _show_advice(view: View) -> None:
    """What an adviser is told, under a pseudonym: where it stands, how old the child is, what was observed."""
    label = view.question.network.profile.process.label
    show(bold(joined((view.case.number, view.network_label, f"Kind: {view.age}"))))
    for told in view.timeline:
        at = datetime.fromisoformat(str(told.a["at"]))
        show(f"\n{local(at):%d.%m.%Y %H:%M} · {label(str(told.a.get('action', '')))}")
        for words in (told.b or {}).values():
            if isinstance(words, str) and words:
                show(paragraph(plain(words), "  ", "  "))


def _show_title(view: View, question: Question) -> None:
    case = view.case
    keeper = question.directory.persons.get(case.responsible or "")
    who = "ohne Zuständige" if keeper is None else f"zuständig: {plain(keeper.name)}"
    show(bold(paragraph(joined((case.number, view.network_label, who)), "  ", "")))
    came = f"Meldung vom {case.received_on:%d.%m.%Y}"
    show(paragraph(joined((came, plain(case.source.institution), plain(case.district))), "  ", ""))
    path = [question.network.profile.process.label(state) for state in _path(view)]
    if path:
        show(paragraph(" → ".join((*path[:-1], f"● {path[-1]}")), "  "))
    if tried := attempts_of(view.case.attempts):
        show(f"Versuche: {tried}{' · Brief ✓' if case.letter_sent_at else ''}")


def attempts_of(attempts: Sequence[Attempt]) -> str:
    """On how many days and ways the family was tried in vain, letters apart; nothing once it was reached."""
    calls = [each for each in attempts if not each.reached and each.channel != "letter"]
    if not attempts or any(each.reached for each in attempts):
        return ""
    days, ways = len({local_date(each.at) for each in calls}), len({each.channel for each in calls})
    return f"{days} {'Tag' if days == 1 else 'Tage'} · {ways} {'Weg' if ways == 1 else 'Wege'}"


def _show_danger(view: View, question: Question) -> None:
    """The danger as it was last described, and the telephone as long as nobody has confirmed a notice."""
    sight = sight_of(question.person, question.case, question.directory, question.moment)
    if Fact.DANGER in view.case.marks or (sight.danger and Fact.DANGER in question.case.marks):
        told = [e.b for e in view.timeline if e.a.get("action") in _WARNINGS and e.a.get("outcome") == "done"]
        words = next((plain(str(b["indications"])) for b in reversed(told) if b and b.get("indications")), "")
        sign = "⚠ Hinweis auf Gefahr"
        show(red(paragraph(f"{sign}: {words}" if words else sign, "  ", "")))
    if any(duty.obligation == Obligation.RECEIPT for duty in view.case.duties):
        show(red(by_telephone(view.case.number)))


def _show_family(desk: Desk, view: View) -> None:
    if view.family is not None:
        show(f"\n{bold('Familie')}")
        rows = [(label, plain(getattr(view.family, name))) for name, label in _FAMILY.items()]
        rows.insert(2, ("Kind", _child(view)))
        show("\n".join(columns([row for row in rows if row[1]], indent=2)))
    alike = alike_to(desk, view.case.id)
    if alike:
        show(f"  Vielleicht dieselbe Familie: {', '.join(alike)}")


def _child(view: View) -> str:
    child = view.case.child
    born = f"geboren am {child.born:%d.%m.%Y}" if child.born else ""
    return joined((born, f"erwartet am {child.expected:%d.%m.%Y}" if child.expected else ""))


def _path(view: View) -> list[str]:
    """The states the case went through, in order, as far as this person sees its history."""
    states = [str(e.a["state"]) for e in view.timeline if e.a.get("outcome") == "done" and "state" in e.a]
    return [state for place, state in enumerate(states) if place == 0 or states[place - 1] != state]


def _show_duties(view: View, question: Question) -> None:
    process, today = question.network.profile.process, question.moment.day
    show(f"\n{bold('Fristen')}")
    if not view.case.duties:
        show("  keine")
    for duty in sorted(view.case.duties, key=lambda each: each.overdue_from):
        what = process.obligation_label(duty.obligation)
        if duty.recipient:
            what = f"{what}: {question.directory.recipient_name(duty.recipient)}"
        late = duty.overdue_from <= question.moment.at
        line = f"  {what}: {day_of(duty.due, today)}{' – überfällig' if late else ''}"
        line = paragraph(line.strip(), "    ", "  ")
        show(red(line) if late else line)
        show(dim(paragraph(explained(duty, question), "    ")))


def _show_consents(view: View, question: Question) -> None:
    case = view.case
    if case.consents:
        show(f"\n{bold('Einwilligungen')}")
        show("\n".join(columns([_consent(each, question) for each in case.consents], indent=2)))
    if case.handovers:
        show(f"\n{bold('Übergaben')}")
        show("\n".join(columns([_handover(each, question) for each in case.handovers], indent=2)))


def _consent(consent: Consent, question: Question) -> tuple[str, str]:
    stands = consent.valid_on(question.moment.day)
    ended = f"widerrufen {local(consent.withdrawn_at):%d.%m.%Y}" if consent.withdrawn_at else "abgelaufen"
    who = f"für {question.directory.recipient_name(consent.recipient)}" if consent.recipient else ""
    scope = ", ".join(part.label for part in consent.scope)
    what = joined((consent.kind.label, who, f"{consent.form.label} am {consent.given_on:%d.%m.%Y}", scope))
    return ("✓" if stands else "✗", what if stands else f"{what} · {ended}")


def _handover(handover: Handover, question: Question) -> tuple[str, str]:
    asked = f"angefragt {local(handover.proposed_at):%d.%m.%Y}"
    name = question.directory.recipient_name(handover.recipient)
    return (handover.status.label, joined((name, asked, ", ".join(part.label for part in handover.package))))


def _plain(view: View, question: Question) -> dict[str, object]:
    case, process = view.case, question.network.profile.process
    family = {name: getattr(view.family, name) for name in _FAMILY} if view.family is not None else None
    return {
        "number": case.number,
        "state": case.state,
        "state_label": view.network_label,
        "version": case.version,
        "received_on": case.received_on.isoformat(),
        "responsible": case.responsible,
        "institution": case.source.institution,
        "district": case.district,
        "family": family,
        "born": case.child.born.isoformat() if case.child.born else None,
        "expected": case.child.expected.isoformat() if case.child.expected else None,
        "path": _path(view),
        "duties": [
            {
                "obligation": duty.obligation,
                "label": process.obligation_label(duty.obligation),
                "recipient": duty.recipient,
                "due": duty.due.isoformat(),
                "overdue_from": duty.overdue_from.isoformat(),
                "explanation": explained(duty, question),
            }
            for duty in case.duties
        ],
        "steps": [plain_verdict(question, verdict) for verdict in view.steps],
        "consents": [
            {
                "kind": str(each.kind), "form": str(each.form), "recipient": each.recipient,
                "given_on": each.given_on.isoformat(), "stands": each.valid_on(question.moment.day),
            }
            for each in case.consents
        ],
        "handovers": [{"recipient": h.recipient, "status": str(h.status)} for h in case.handovers],
        "history": [
            {"seq": e.seq, "incarnation": e.incarnation, **e.a, "content": e.b} for e in view.timeline
        ],
    }  # fmt: skip
