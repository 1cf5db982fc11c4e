"""The history of a case, newest first: what was done, by whom, and in which words, as far as this person reads them.

What was refused is no part of a family's story; it stands there with `--accesses`, as in the log.
"""

from collections.abc import Mapping
from datetime import datetime

from adapters.cli.screen import bold, columns, dim, joined, plain, show
from adapters.lotse import View
from states.vocabulary import Command
from workflow.audited import ACTIONS
from workflow.calendar import BERLIN
from workflow.disclosures import Told, dicts_of
from workflow.fields import CHANNELS, Field, Kind, fields_of
from workflow.judge import Question

NEWEST = 10
_ACCESSES = {
    "open": "Fall geöffnet",
    "search": "Gesucht",
    "worklist": "Liste gelesen",
    "duplicates": "Abgeglichen",
}
_LABELS = {"before": "vorher"}
_NOTICES = (Command.ESCALATE, Command.ESCALATE_URGENT)


def show_history(view: View, question: Question, *, accesses: bool, everything: bool) -> None:
    """Print what was done, newest first: the last ten, or `everything`; with `accesses` also who looked or tried."""
    told_of = [e for e in reversed(view.timeline) if accesses or _is_step(e.a)]
    entries = told_of if everything else told_of[:NEWEST]
    if entries:
        show(f"\n{bold('Verlauf')} (neueste zuerst)")
    rows = [
        (
            f"{_office_time(e.a, e.at_ms):%d.%m.%Y %H:%M}",
            joined((_what(e.a, e.b, question), _who(e.a, question), told(e.a, e.b, question), gave(e.a))),
        )
        for e in entries
    ]
    if rows:
        show("\n".join(columns(rows, indent=2)))
    if len(told_of) > len(entries):
        show(dim(f"  … und {len(told_of) - len(entries)} frühere: lotse case show {view.case.number} --all"))


def _is_step(a: Mapping[str, object]) -> bool:
    return "version" in a and a.get("outcome") == "done"


def _office_time(a: Mapping[str, object], machine_ms: int) -> datetime:
    said = a.get("at")
    return local(
        datetime.fromisoformat(str(said)) if said else datetime.fromtimestamp(machine_ms / 1000, BERLIN)
    )


def local(at: datetime) -> datetime:
    """The same instant in the office's time."""
    return at.astimezone(BERLIN)


def _what(a: Mapping[str, object], b: Mapping[str, object] | None, question: Question) -> str:
    action = str(a.get("action"))
    known = ACTIONS.get(action)
    label = _ACCESSES.get(action) or (
        known.label if known else question.network.profile.process.label(action)
    )
    if action == Command.ATTEMPT_CONTACT and b is not None and b.get("channel") == "letter":
        label = "Brief geschickt"
    return label if a.get("outcome") == "done" else f"{label} (nicht zugelassen)"


def _who(a: Mapping[str, object], question: Question) -> str:
    known = question.directory.persons.get(str(a.get("actor")))
    return plain(known.name if known else str(a.get("actor")))


def told(a: Mapping[str, object], b: Mapping[str, object] | None, question: Question) -> str:
    """The words of a step, as the person wrote them; those of the receipt stand above under "Familie"."""
    if b is None or str(a.get("action")).startswith("receive("):
        return ""
    fields = {field.name: field for field in fields_of(str(a.get("action")))}
    parts = []
    for name, value in b.items():
        field = fields.get(name)
        values = value if isinstance(value, list) else [value]
        words = ", ".join(_word(each, field, question) for each in values)
        if words:
            parts.append(f"{field.label if field else _LABELS.get(name, name)}: {words}")
    return "; ".join(parts)


def gave(a: Mapping[str, object]) -> str:
    """Which data a notice to the ASD took there, to whom and by which way, as body A keeps it for ever."""
    parts = []
    for each in dicts_of(a, "disclosed") if a.get("action") in _NOTICES else ():
        labels = {word.value: word.label for word in Told}
        data = ", ".join(labels.get(code, plain(code)) for code in map(str, each.get("data", ())))
        to = joined(("ASD", plain(str(each.get("institution", "")))), by=", ")
        way = str(each.get("channel", ""))
        by = f" ({CHANNELS.get(way, plain(way))})" if way else ""
        parts.append(f"mitgeteilt an {to}{by}: {data}")
    return "; ".join(parts)


def _word(value: object, field: Field | None, question: Question) -> str:
    """One value as it is read: ja and nein, the label of a choice, the name of a person, a German date."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    text = str(value)
    if field is not None and field.kind is Kind.PERSON and text in question.directory.persons:
        return plain(question.directory.persons[text].name)
    return (field.choices.get(text) if field else None) or CHANNELS.get(text) or _german(plain(text))


def _german(words: str) -> str:
    """A day or a moment as it is written here; everything else as it was said."""
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return words
    return f"{moment:%d.%m.%Y}" if len(words) == len("2026-11-30") else f"{local(moment):%d.%m.%Y %H:%M}"
