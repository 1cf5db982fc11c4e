"""`lotse case show`: one case as this person may see it: family, way, deadlines with their counting, steps, history.

Opening it is on record before anything is decrypted. Which of it a person sees is `workflow.sight`'s affair.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer

from adapters.bootstrap import View
from adapters.cli import options as o
from adapters.cli.case_steps import plain_verdict, show_steps
from adapters.cli.cases import Number, alike_to
from adapters.cli.desk import Desk, opened
from adapters.cli.due import day_of
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, bold, columns, dim, joined, paragraph, plain, red, show
from workflow.calendar import BERLIN
from workflow.case import Consent, Duty, Handover
from workflow.deadlines import Counting, deadline
from workflow.details import CHANNELS, fields_of
from workflow.judge import Question

_FAMILY = {
    "surname": "Nachname",
    "first_name": "Vorname",
    "phone": "Telefon",
    "street": "Straße",
    "postcode": "PLZ",
    "language": "Sprache",
    "concern": "Anliegen",
}
_ACCESSES = {"open": "Fall geöffnet", "search": "Gesucht", "worklist": "Liste gelesen"}


def show_case(
    number: Number,
    *,
    accesses: Annotated[
        bool, typer.Option("--accesses", help="Im Verlauf auch, wer den Fall geöffnet hat.")
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
        question = desk.lotse.question(desk.person, number)
        if json:
            as_json(_plain(view, question))
            return
        _show_head(desk, view, question)
        _show_duties(view, question)
        show_steps(question, view.steps)
        _show_consents(view, question)
        _show_history(view, question, accesses=accesses)


def _show_head(desk: Desk, view: View, question: Question) -> None:
    case = view.case
    keeper = question.directory.persons.get(case.responsible or "")
    who = "ohne Zuständige" if keeper is None else f"zuständig: {keeper.name}"
    show(bold(joined((case.number, view.network_label, who))))
    came = f"Meldung vom {case.received_on:%d.%m.%Y}"
    show(joined((came, plain(case.source.institution), plain(case.district))))
    path = [question.network.profile.process.label(state) for state in _path(view)]
    if path:
        show(paragraph(" → ".join((*path[:-1], f"● {path[-1]}")), "  "))
    if view.family is not None:
        show(f"\n{bold('Familie')}")
        rows = [(label, plain(getattr(view.family, name))) for name, label in _FAMILY.items()]
        rows.insert(2, ("Kind", _child(view)))
        show("\n".join(columns([row for row in rows if row[1]], indent=2)))
    alike = alike_to(desk, case.id)
    if alike:
        show(f"  Vielleicht dieselbe Familie: {', '.join(alike)}")


def _child(view: View) -> str:
    child = view.case.child
    born = f"geboren am {child.born:%d.%m.%Y}" if child.born else ""
    return joined((born, f"erwartet am {child.expected:%d.%m.%Y}" if child.expected else ""))


def _path(view: View) -> list[str]:
    """The states the case went through, in order, as far as this person sees its history."""
    states = [str(a["state"]) for _, _, a, _ in view.timeline if a.get("outcome") == "done" and "state" in a]
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
        show(red(line) if late else line)
        show(dim(paragraph(explained(duty, question), "    ")))


def explained(duty: Duty, question: Question) -> str:
    """How a deadline was counted; where the child's age cut it short, that is said instead."""
    calendar = question.network.calendar
    counting = Counting(duty.counted.partition(" ")[0])
    counted = deadline(duty.anchor, duty.days, counting, calendar)
    if counted.due != duty.due:
        return (
            f"gezählt ab {duty.anchor:%d.%m.%Y}, verkürzt durch die Altersgrenze oder einen früheren Kalender"
        )
    days = " · ".join(counted.explanation) if duty.days <= 10 else f"{duty.days} Tage"  # noqa: PLR2004 - two lines
    return f"ab {duty.anchor:%d.%m.%Y}, {counting.label}: {days}"


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
    ended = f"widerrufen {_local(consent.withdrawn_at):%d.%m.%Y}" if consent.withdrawn_at else "abgelaufen"
    who = f"für {question.directory.recipient_name(consent.recipient)}" if consent.recipient else ""
    scope = ", ".join(part.label for part in consent.scope)
    what = joined((consent.kind.label, who, f"{consent.form.label} am {consent.given_on:%d.%m.%Y}", scope))
    return ("✓" if stands else "✗", what if stands else f"{what} · {ended}")


def _handover(handover: Handover, question: Question) -> tuple[str, str]:
    asked = f"angefragt {_local(handover.proposed_at):%d.%m.%Y}"
    name = question.directory.recipient_name(handover.recipient)
    return (handover.status.label, joined((name, asked, ", ".join(part.label for part in handover.package))))


def _show_history(view: View, question: Question, *, accesses: bool) -> None:
    entries = [e for e in reversed(view.timeline) if accesses or "version" in e[2]]
    if entries:
        show(f"\n{bold('Verlauf')} (neueste zuerst)")
    rows = [
        (f"{_office_time(a, at):%d.%m.%Y %H:%M}", joined((_what(a, question), _who(a, question), told(a, b))))
        for _, at, a, b in entries
    ]
    if rows:
        show("\n".join(columns(rows, indent=2)))


def _office_time(a: Mapping[str, object], machine_ms: int) -> datetime:
    said = a.get("at")
    return _local(
        datetime.fromisoformat(str(said)) if said else datetime.fromtimestamp(machine_ms / 1000, BERLIN)
    )


def _local(at: datetime) -> datetime:
    return at.astimezone(BERLIN)


def _what(a: Mapping[str, object], question: Question) -> str:
    action = str(a.get("action"))
    label = _ACCESSES.get(action) or question.network.profile.process.label(action)
    return label if a.get("outcome") == "done" else f"{label} (abgelehnt)"


def _who(a: Mapping[str, object], question: Question) -> str:
    known = question.directory.persons.get(str(a.get("actor")))
    return known.name if known else str(a.get("actor"))


def told(a: Mapping[str, object], b: Mapping[str, object] | None) -> str:
    """The words of a step, as the person wrote them; those of the receipt stand above under "Familie"."""
    if b is None or str(a.get("action")).startswith("receive("):
        return ""
    labels = {field.name: field for field in fields_of(str(a.get("action")))}
    parts = []
    for name, value in b.items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        choice = labels[name].choices.get(words) if name in labels else None
        label = labels[name].label if name in labels else name
        parts.append(f"{label}: {choice or CHANNELS.get(words) or _german(plain(words))}")
    return "; ".join(parts)


def _german(words: str) -> str:
    """A day or a moment as it is written here; everything else as it was said."""
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return words
    return f"{moment:%d.%m.%Y}" if len(words) == len("2026-11-30") else f"{_local(moment):%d.%m.%Y %H:%M}"


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
        "history": [{"seq": seq, **a, "content": b} for seq, _, a, b in view.timeline],
    }  # fmt: skip
