"""What an entry says beside who, when and what was done: which role became which, from which key version to which.

Read off body A alone, so it can be told for ever; a value that this version does not know stays as it is or is passed
over, never an error: the log is older than the program. `tests/workflow/test_particulars.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from states.vocabulary import Obligation, Role
from workflow.audited import Audited, Recorded
from workflow.erasure import Ground
from workflow.forewarning import AGE_LIMIT, AGE_LIMIT_LABEL, Level

Names = Callable[[object], str]
"""A person of the house by id, as one reads them."""
_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_DIGEST = 12
_ENTRY_KINDS = {
    "Person": "Person", "Recipient": "Stelle", "Substitution": "Vertretung", "Institution": "Einrichtung",
    "Opening": "Öffnung",
}  # fmt: skip
_COUNTS = {
    "accepted": "aufgenommen", "without_personal_data": "ohne Personendaten", "quarantined": "in Quarantäne",
    "known": "schon bekannt",
}  # fmt: skip


def particulars(entry: Recorded, names: Names) -> tuple[str, ...]:
    """What the entry says beside, in German, part by part; nothing of a family stands in body A."""
    a = entry.a or {}
    tell = _OF.get(entry.action)
    told = tell(a, names) if tell else ()
    rehearsed = ("zur Probe",) if a.get("dry_run") is True else ()
    return tuple(word for word in (*told, *rehearsed) if word)


def _user(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    after, before = _roles(a.get("roles")), a.get("roles_before")
    if before is None:
        yield f"Rolle: {after}" if after else ""
    elif _roles(before) == after:
        yield f"Rolle unverändert: {after}"
    else:
        yield f"Rolle: {_roles(before) or 'keine'} → {after or 'keine'}"


def _roles(roles: object) -> str:
    known = {role.value: role.label for role in Role}
    return ", ".join(sorted(known.get(each, each) for each in _texts(roles)))


def _substitution(a: Mapping[str, Any], names: Names) -> Iterable[str]:
    yield f"vertritt {names(a['absent'])}" if a.get("absent") else ""
    first, last = _day(a.get("first")), _day(a.get("last"))
    yield f"vom {first} bis {last}" if first and last else ""


def _directory(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    kinds = ", ".join(_ENTRY_KINDS.get(each, each) for each in _texts(a.get("kinds")))
    yield ": ".join(word for word in (kinds, ", ".join(_texts(a.get("ids")))) if word)


def _profile(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield f"{a['profile']}, Version {a.get('profile_version', '?')}" if a.get("profile") else ""
    yield f"bewiesen über {a['configurations']} Lagen" if _is_count(a.get("configurations")) else ""
    yield _digest(a)


def _imported(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield ", ".join(
        f"{a[name]} {word}" for name, word in _COUNTS.items() if _is_count(a.get(name)) and a[name]
    )


def _rotated(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    before, to = _versions(a.get("from")), a.get("to")
    if to is not None:
        yield f"von Version {before} auf {to}" if before else f"auf Version {to}"
    done = (("cases", "Fälle"), ("keys", "Schlüssel des Protokolls"), ("names", "Namen neu verschlüsselt"))
    match a.get("part"):
        case "begun":
            yield "begonnen"
        case "done":
            yield "abgeschlossen"
            yield ", ".join(f"{a[name]} {word}" for name, word in done if _is_count(a.get(name)))
            yield f"{a['left']} ließen sich nicht öffnen" if a.get("left") else ""
        case "names":
            yield f"Verzeichnis der Dubletten: {a.get('count', '?')} Fälle geöffnet"


def _escrowed(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    versions = _versions(a.get("kek_versions"))
    yield f"Version {versions}" if versions else ""
    yield f"für den Schlüssel {str(a['recovery_key'])[:_DIGEST]}…" if a.get("recovery_key") else ""


def _destroyed(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield f"Version {a['kek_version']}" if "kek_version" in a else ""


def _backup(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield f"{a['entries']} Einträge" if _is_count(a.get("entries")) else ""
    yield f"unter Version {a['kek_version']} des Hauptschlüssels" if "kek_version" in a else ""
    yield _digest(a)


def _restore_requested(a: Mapping[str, Any], names: Names) -> Iterable[str]:
    done = a.get("outcome") == "done"
    yield f"{'beantragt' if done else 'zurückgezogen'} von {names(a['actor'])}" if a.get("actor") else ""
    yield _source(a)


def _restored(a: Mapping[str, Any], names: Names) -> Iterable[str]:
    yield f"freigegeben von {names(a['actor'])}" if a.get("actor") else ""
    yield _source(a)
    lost, given_up = a.get("lost"), a.get("given_up")
    yield f"{lost} unterschriebene Einträge verloren" if lost else ""
    if given_up != lost:
        yield (
            "wie viele Einträge fehlen, weiß niemand"
            if given_up is None
            else f"{given_up} Einträge aufgegeben"
        )
    skipped = a.get("skipped")
    for year, count in sorted(skipped.items()) if isinstance(skipped, Mapping) else ():
        yield f"{count} Nummern von {year} ausgelassen"


def _source(a: Mapping[str, Any]) -> str:
    return "die Datenbank, wie sie lag" if a.get("here") is True else _digest(a)


def _erasure(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    ground = a.get("ground")
    yield f"Grund: {Ground(ground).label if ground in list(Ground) else ground}" if ground else ""


def _erased(a: Mapping[str, Any], names: Names) -> Iterable[str]:
    if a.get("outcome") == "done":
        yield f"genehmigt von {names(a['actor'])}" if a.get("actor") else ""
    yield from _erasure(a, names)
    yield f"Schlüssel unter Version {a['kek_version']}" if "kek_version" in a else ""


def _jumped(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    jump = a.get("jump_ms")
    yield f"um {'+' if jump > 0 else '−'}{_span(abs(jump))}" if type(jump) is int else ""


def _forewarned(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    known = {str(each): each.label for each in Obligation} | {AGE_LIMIT: AGE_LIMIT_LABEL}
    level = a.get("level")
    yield known.get(str(a.get("obligation")), "")
    yield Level(level).label if level in list(Level) else ""


def _mailed(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield f"über {a['size']} Einträge" if _is_count(a.get("size")) else ""
    known = {role.value: role.label for role in Role}
    to = [
        known.get(each, "Rechnungsprüfung" if each == "audit_office" else each)
        for each in _texts(a.get("recipients"))
    ]
    yield f"an {', '.join(to)}" if to else ""


def _resumed(a: Mapping[str, Any], _names: Names) -> Iterable[str]:
    yield f"angehalten hatte er: {str(a['halted']).rstrip('.')}" if a.get("halted") else ""


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _versions(value: object) -> str:
    return ", ".join(_texts(value))


def _digest(a: Mapping[str, Any]) -> str:
    return f"SHA-256 {str(a['sha256'])[:_DIGEST]}…" if a.get("sha256") else ""


def _day(value: object) -> str:
    try:
        return f"{date.fromisoformat(str(value)):%d.%m.%Y}"
    except ValueError:
        return ""


def _span(millis: int) -> str:
    for size, name in ((_DAY, "Tage"), (_HOUR, "h"), (_MINUTE, "min")):
        if millis >= size:
            return f"{millis // size} {name}"
    return f"{millis // _SECOND} s"


_OF: Mapping[str, Callable[[Mapping[str, Any], Names], Iterable[str]]] = {
    Audited.USER: _user,
    Audited.SUBSTITUTION: _substitution,
    Audited.DIRECTORY: _directory,
    Audited.PROFILE: _profile,
    Audited.IMPORT: _imported,
    Audited.KEYS_ROTATED: _rotated,
    Audited.KEYS_ESCROWED: _escrowed,
    Audited.KEYS_RECOVERED: _escrowed,
    Audited.KEY_DESTROYED: _destroyed,
    Audited.BACKUP: _backup,
    Audited.RESTORE_REQUESTED: _restore_requested,
    Audited.RESTORED: _restored,
    Audited.ERASURE_REQUESTED: _erasure,
    Audited.ERASED: _erased,
    Audited.CLOCK_JUMPED: _jumped,
    Audited.FOREWARNED: _forewarned,
    Audited.CHECKPOINT_MAILED: _mailed,
    Audited.NOTARY_RESUMED: _resumed,
}
