"""How what was entered into the fields of a command is read: text, days, instants, choices, names, yes and no.

A field that is missing or unreadable is named in a German sentence; nothing that was entered is repeated in it. Which
fields there are stands in `workflow.fields`. `tests/workflow/test_details.py`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from states.vocabulary import Command
from workflow.calendar import BERLIN, FIRST_YEAR, LAST_YEAR, local_date
from workflow.errors import DetailFault, DetailsError
from workflow.fields import Field, Kind, fields_of
from workflow.office import Moment

LIMIT = 20_000
_RELATIVE = {"heute": 0, "gestern": 1}
_Day = TypeVar("_Day", date, datetime)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def read_details(
    command: str, entered: Mapping[str, object], moment: Moment | None = None
) -> Mapping[str, object]:
    """What was entered, read into text, dates, aware instants, tuples and flags; `DetailsError` names every fault.

    `moment` is the office's now: what „heute“ and „gestern“ mean, and the latest that a day alone can mean.
    """
    fields = _by_name(command)
    faults = [
        DetailFault(name, "Ein Feld ist bei diesem Schritt nicht vorgesehen.")
        for name in entered
        if name not in fields
    ]
    values: dict[str, object] = {}
    for name, asked in fields.items():
        value = entered.get(name)
        if value is None and not asked.required:
            continue
        try:
            read = read_value(asked, value, moment)
        except ValueError as error:
            faults.append(DetailFault(name, f"{asked.label}: {error}"))
            continue
        if not _blank(read):
            values[name] = read
        elif asked.required:
            faults.append(DetailFault(name, f"Bitte angeben: {asked.label}."))
    faults.extend(_rules(command, values))
    if faults:
        raise DetailsError(tuple(faults))
    return values


@lru_cache(maxsize=256)
def _by_name(command: str) -> Mapping[str, Field]:
    return {f.name: f for f in fields_of(command)}


def read_value(field: Field, value: object, moment: Moment | None = None) -> object:
    """One value, read; None where nothing was entered. Raises ValueError, saying what is expected."""
    return None if _blank(value) else _READERS[field.kind](value, field, moment)


def _rules(command: str, values: Mapping[str, object]) -> list[DetailFault]:
    """What holds between the fields of one command."""
    faults = []
    if values.get("involved") is False and not values.get("reason"):
        faults.append(
            DetailFault(
                "reason", "Bitte angeben, warum Eltern und Kind nicht beteiligt wurden (§ 8a SGB VIII)."
            )
        )
    if values.get("family_told") is False and not values.get("reason"):
        fault = "Bitte angeben, warum die Familie nicht vorab hingewiesen wurde (§ 4 Abs. 4 KKG)."
        faults.append(DetailFault("reason", fault))
    if command in (Command.ASSESS_RISK_YES, Command.ASSESS_RISK_NO, Command.COMPLETE_RECORD):
        assessors = values.get("assessors")
        many = isinstance(assessors, tuple) and len(assessors) > 1
        if not many and not values.get("adviser"):
            faults.append(
                DetailFault(
                    "assessors",
                    "Eine Gefährdungseinschätzung braucht mindestens zwei Fachkräfte oder eine insoweit erfahrene "
                    "Fachkraft (§ 8a SGB VIII).",
                )
            )
    given, expires = values.get("given_on"), values.get("expires_on")
    if isinstance(given, date) and isinstance(expires, date) and expires < given:
        faults.append(DetailFault("expires_on", "Gilt bis: Der Tag liegt vor dem Tag der Einwilligung."))
    return faults


def _blank(value: object) -> bool:
    """Whether nothing was entered: no value, only blanks, an empty choice."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, tuple | list | set | frozenset) and not value)


def _text(value: object, _field: Field, _moment: Moment | None) -> str:
    text = str(value).strip()
    if len(text) > LIMIT:
        raise ValueError(f"höchstens {LIMIT} Zeichen.")
    if _CONTROL.search(text):
        raise ValueError("enthält Steuerzeichen oder halbe Zeichen.")
    return text


def _day(value: object, _field: Field, moment: Moment | None) -> date:
    return read_day(value, moment.day if moment else None)


def read_day(value: object, today: date | None = None) -> date:
    """Read a local day: a date, an instant (its day in Berlin), ISO or German text; ValueError says what is expected.

    Only years that have a calendar are days of a case. „2.3.26“ is a day, and with `today` „heute“ and „gestern“ are.
    """
    if isinstance(value, datetime):
        return local_date(_in_range(value))
    if isinstance(value, date):
        return _in_range(value)
    day = _day_of_text(str(value).strip(), today)
    if day is None:
        raise ValueError("bitte als TT.MM.JJJJ schreiben.")
    return _in_range(day)


def _day_of_text(text: str, today: date | None) -> date | None:
    if today is not None and text.casefold() in _RELATIVE:
        return today - timedelta(days=_RELATIVE[text.casefold()])
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


def _in_range(day: _Day) -> _Day:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"bitte ein Jahr von {FIRST_YEAR} bis {LAST_YEAR} angeben.")
    return day


def _moment(value: object, _field: Field, now: Moment | None) -> datetime:
    if isinstance(value, datetime):
        moment = _in_range(value)
    else:
        text = str(value).strip()
        day = _day_of_text(text, now.day if now else None)
        moment = _in_range(_read_moment(text)) if day is None else _end_of(_in_range(day), now)
    return moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)


def _end_of(day: date, now: Moment | None) -> datetime:
    """A day alone means its last minute, but nothing later than now while it is today."""
    end = datetime.combine(day, time(23, 59), BERLIN)
    return min(end, now.at) if now is not None and day == now.day else end


def _read_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in ("%d.%m.%Y %H:%M", "%d.%m.%y %H:%M"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - Berlin is added by the caller
        except ValueError:
            continue
    raise ValueError("bitte als TT.MM.JJJJ HH:MM schreiben.")


def _choice(value: object, field: Field, _moment: Moment | None) -> str:
    """One of the choices: its key, its German label, or the beginning of only one of them, in any case of letters."""
    text = str(value).strip().casefold()
    for fits in (text.__eq__, lambda word: bool(text) and word.startswith(text)):
        hits = [key for key, label in field.choices.items() if fits(key) or fits(label.casefold())]
        if len(hits) == 1:
            return hits[0]
    raise ValueError(f"bitte eines von: {named_choices(field)}.")


def named_choices(field: Field) -> str:
    """The choices as one writes them: each key with its German label."""
    return ", ".join(f"{key} ({label})" for key, label in field.choices.items())


def _choices(value: object, field: Field, moment: Moment | None) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, tuple | list | set | frozenset):
        raise ValueError("bitte eine Auswahl angeben.")  # noqa: TRY004 - one kind of fault for the caller
    return tuple(sorted({_choice(part, field, moment) for part in parts}))


def _names(value: object, field: Field, moment: Moment | None) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, tuple | list):
        raise ValueError("bitte Namen durch Komma getrennt angeben.")  # noqa: TRY004 - one kind of fault
    return tuple(dict.fromkeys(text for part in parts if (text := _text(part, field, moment))))


def _flag(value: object, _field: Field, _moment: Moment | None) -> bool:
    words = {"ja": True, "true": True, "1": True, "nein": False, "false": False, "0": False}
    if str(value).strip().lower() not in words:
        raise ValueError("bitte ja oder nein.")
    return words[str(value).strip().lower()]


_READERS: Mapping[Kind, Callable[[object, Field, Moment | None], object]] = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NAMES: _names,
    Kind.FLAG: _flag,
    Kind.PERSON: _text,
}
