"""What `lotse retention` shows: what is kept and until when, what is asked for, what goes and what stays.

A case is its number here; numbers are all that is said of a family's data.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from adapters.cli.screen import as_json, columns, joined, notice, show
from adapters.retention import Approval, Going
from states.retention import Retention, RetentionClass
from workflow.calendar import BERLIN
from workflow.erasure import ErasureRequest, Extent, is_accesses, is_case
from workflow.kept import Kept

NOT_SCRUBBED = (
    "In Lücken der Datenbankdatei können noch versiegelte Reste liegen: Sie ließ sich nicht neu schreiben, weil ein "
    "anderes Programm sie benutzt oder der Datenträger voll ist. Nächster Schritt: lotse retention scrub"
)
_ROWS = {
    "cases": "Fall mit Schlüssel und Akte",
    "recipients": "Zuordnungen zu Stellen",
    "duplicates": "Zeilen im Verzeichnis der Dubletten",
    "requests": "gemerkte Anfragen",
    "contents": "versiegelte Inhalte im Protokoll",
    "past_contents": "versiegelte Inhalte in früheren Fassungen des Protokolls",
    "index": "Zeilen im Verzeichnis des Protokolls",
    "held": "unlesbare Zeilen aus Listen",
    "asked": "Nachfragen bei Partnern",
}


def as_plain(kept: Kept) -> dict[str, object]:
    """One line for programs."""
    return {
        "name": kept.name,
        "class": str(kept.kind),
        "closed_on": kept.closed_on.isoformat() if kept.closed_on else None,
        "kept_until": kept.last.isoformat() if kept.last else None,
        "due": kept.due,
        "held": kept.held,
        "requested_by": kept.requested_by,
    }


def show_kept(kept: Sequence[Kept], retention: Retention, *, everything: bool) -> None:
    """The list by class: what may go, with `everything` also what is still kept."""
    for kind in RetentionClass:
        mine = [each for each in kept if each.kind is kind]
        listed = [each for each in mine if everything or each.due]
        show(f"{kind.label} (Frist: {retention[kind].label}): {_counted(mine)}")
        if listed:
            show("\n".join(columns([_row(each) for each in listed], indent=2)))


def _counted(kept: Sequence[Kept]) -> str:
    if not kept:
        return "nichts"
    counted = Counter("gesperrt" if each.held else "fällig" if each.due else "aufbewahrt" for each in kept)
    return ", ".join(
        f"{counted[word]} {word}" for word in ("fällig", "gesperrt", "aufbewahrt") if counted[word]
    )


def _row(kept: Kept) -> tuple[str, str]:
    words = (
        f"bis {kept.last:%d.%m.%Y}" if kept.last else "ohne Frist",
        "fällig" if kept.due and not kept.held else "",
        "gesperrt" if kept.held else "",
        f"beantragt von {kept.requested_by}" if kept.requested_by else "",
    )
    return kept.name, joined(words)


def show_requests(waiting: Sequence[tuple[ErasureRequest, str]]) -> None:
    """What waits for a second person."""
    rows = [
        (name, f"{each.requested_at.astimezone(BERLIN):%d.%m.%Y %H:%M}", each.requested_by, each.ground.label)
        for each, name in waiting
    ]
    show("\n".join(columns(rows)) if rows else "Keine Löschung ist beantragt.")


def show_approval(approval: Approval, *, json: bool, dry_run: bool) -> None:
    """What goes (or went) and what stays, and when nobody can bring it back any more."""
    if json:
        left = [{"name": name, "reason": blocked.code} for name, blocked in approval.left]
        going = [_going(each) for each in approval.going]
        as_json({"erased": going, "left": left, "scrubbed": approval.scrubbed, "dry_run": dry_run})
    else:
        show("\n".join(_lines(each, dry_run=dry_run) for each in approval.going) or "Nichts wird gelöscht.")
    for name, blocked in approval.left:
        notice(f"{name} bleibt: {blocked.sentence}")
    if not approval.scrubbed:
        notice(NOT_SCRUBBED)
    for each in approval.going:
        tell_alike(each.alike, each.name)
    versions = sorted({each.shredded.kek_version for each in approval.going} - {0})
    if versions:
        notice(
            f"Vollständig ist die Löschung, wenn Version {versions[-1]} des Hauptschlüssels und alle davor vernichtet "
            "sind: Bis dahin öffnet sie alte Sicherungen. Nächster Schritt: lotse keys status"
        )


def tell_alike(called: Sequence[str], name: str = "dieser Fall") -> None:
    """Say which rows in quarantine are perhaps of the same family, and what can be done about them."""
    if called:
        some = "nennt 1 Zeile" if len(called) == 1 else f"nennen {len(called)} Zeilen"
        notice(
            f"In der Quarantäne {some} vielleicht dieselbe Familie wie {name}: {', '.join(called)}. Sie gehen nicht mit "
            "dem Fall, sondern nach ihrer Frist. Vorher, zu zweit: "
            f"lotse retention request {called[0]} --ground family_request"
        )


def _going(going: Going) -> dict[str, object]:
    rows: Mapping[str, int] = asdict(going.extent)
    key = {"key_id": going.shredded.key_id, "kek_version": going.shredded.kek_version}
    return {"name": going.name, **rows, **key, "quarantine": list(going.alike)}


def _lines(going: Going, *, dry_run: bool) -> str:
    head = f"{going.name} {'würde gelöscht:' if dry_run else 'ist gelöscht:'}"
    return "\n".join([head, *columns(_extent(going.extent), indent=2), f"  {_stays(going)}"])


def _extent(extent: Extent) -> list[tuple[str, str]]:
    rows: Mapping[str, int] = asdict(extent)
    return [(f"{rows[name]:>6}", label) for name, label in _ROWS.items() if rows[name]] or [("0", "Zeilen")]


def _stays(going: Going) -> str:
    entries = f"{going.extent.entries} Einträge" if going.extent.entries != 1 else "1 Eintrag"
    if is_accesses(going.shredded.target):
        return f"Es bleiben: {entries} des Protokolls, die niemand mehr lesen kann."
    if not is_case(going.shredded.target):
        return "Es bleibt im Protokoll: wie viele es waren, ohne Daten der Familien."
    return f"Es bleiben: {entries} des Protokolls: wer was wann getan hat, ohne Daten der Familie."
