"""The doctor: whether everything a store needs is in order, one check a function, green, yellow or red.

It looks and changes nothing: the database is read, and whether it can be written is tried in a transaction that is
rolled back. Proven by making each thing ill once (`tests/cli/test_doctor.py`).
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.exc import DBAPIError

from adapters.db.connect import HEAD
from adapters.doctor_finding import Finding, Light, green, red, yellow
from adapters.doctor_look import DAY, MINUTE, Look, Unexamined, Unreadable
from adapters.doctor_office import fristenuhr, land, process
from adapters.doctor_post import leitung, post
from adapters.erasures import scrub_owed
from adapters.keys.choose import escrowable
from adapters.keys.errors import KeysFixed, KeysMissing
from adapters.mail import MailSettingsError
from adapters.service_notary import NEXT
from adapters.settings import Settings
from audit.errors import AuditError
from audit.notary import NotaryDamaged
from audit.notary_file import NotaryMissing
from workflow.errors import WorkflowError

__all__ = ["CHECKS", "Finding", "Light", "examine"]

OLD_KEY = 365 * DAY
OLD_BACKUP, NO_BACKUP = 2 * DAY, 7 * DAY
GIGABYTE = 1_000_000_000
_NOTARY_LOST = (
    "sie aus einer Sicherung der Schlüssel zurückholen; sonst, zu zweit: lotse backup restore --here"
)
_ROLLED_BACK = (
    "die neuere Datenbank zurückholen; gibt es sie nicht mehr, eine Sicherung, zu zweit: lotse backup restore"
)
_BUSY_MS = 2000
_JOURNAL = 65_536
_EXACT = 10_000


_BUSY = yellow("Die Datenbank ist gerade belegt.", "gleich noch einmal: lotse doctor")


def _database(look: Look) -> Finding:
    place = look.settings.database
    if not look.settings.embedded:
        return _server(look)
    if not place.exists():
        return red("Hier gibt es keine Datenbank.", "lotse init, oder die Datenbank zurückholen")
    try:
        entries = f", {look.head.size} Einträge im Protokoll" if look.revision == HEAD else ""
        _try_to_write(place)
    except Unreadable as error:
        next_step = "Rechte prüfen, sonst eine Sicherung zurückholen: lotse backup restore"
        return _BUSY if error.busy else red("Die Datenbank ist nicht zu lesen.", next_step)
    except sqlite3.OperationalError as error:
        next_step = "Rechte von Datei und Ordner prüfen"
        return _BUSY if "locked" in str(error) else red("Die Datenbank ist nicht zu beschreiben.", next_step)
    except OSError:
        return red("In den Ordner der Datenbank lässt sich nichts schreiben.", "Rechte und Platz prüfen")
    return green(f"lesbar und beschreibbar{entries}")


def _server(look: Look) -> Finding:
    """PostgreSQL: whether it answers, and whether role, walls and durability are as they must be."""
    try:
        entries = f", {look.head.size} Einträge im Protokoll" if look.revision == HEAD else ""
        if look.revision == HEAD:
            look.place.open().dispose()
    except Unreadable:
        return red("PostgreSQL antwortet nicht, oder es könnte Bestätigtes verlieren.", "lotse db check")
    except (WorkflowError, DBAPIError) as error:
        said = str(error) if isinstance(error, WorkflowError) else "PostgreSQL antwortet nicht."
        return red(said.partition(" Nächster Schritt")[0], "lotse db check")
    return green(f"{look.place.shown}, erreichbar und nach Trägern getrennt{entries}")


def _try_to_write(place: Path) -> None:
    """Change nothing in the database, in a transaction that is rolled back, and write beside it what a journal needs."""
    connection = sqlite3.connect(
        f"file:{quote(str(place.absolute()))}?mode=rw", uri=True, isolation_level=None
    )
    try:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE tenants SET origin = origin")
        connection.execute("ROLLBACK")
    finally:
        connection.close()
    with tempfile.TemporaryFile(dir=place.parent) as file:
        file.write(bytes(_JOURNAL))
        file.flush()
        os.fsync(file.fileno())


def _schema(look: Look) -> Finding:
    revision = look.revision
    if revision == HEAD:
        return green(f"Stand {HEAD}, wie dieses Programm")
    if revision is None:
        return red("Die Datenbank ist leer.", "die echte zurückholen, oder neu beginnen: lotse init")
    if revision > HEAD:
        return red(f"Stand {revision}, dieses Programm kennt {HEAD}.", "das Programm erneuern")
    return yellow(
        f"Stand {revision}, dieses Programm {HEAD}.",
        "vorher sichern; der nächste Befehl bringt sie auf den Stand",
    )


def _keys(look: Look) -> Finding:
    try:
        look.provider.versions()
    except KeysMissing as error:
        return red(
            str(error), "die Schlüssel zurückholen, oder aus der Hinterlegung: lotse keys recover DATEI"
        )
    newest = max(look.provider.versions(), key=lambda version: version.number)
    told = f"Version {newest.number}, {look.settings.key_provider}"
    if look.settings.is_development:
        return yellow(f"{told}: nur zum Ausprobieren.", "LOTSE_MODE=production und eigene Schlüssel")
    if look.rotation_unfinished():
        return yellow(f"{told}; eine Umstellung wurde unterbrochen.", "lotse keys rotate")
    if newest.made_at_ms is None:
        return green(told)
    age = look.now_ms - newest.made_at_ms
    if age > OLD_KEY:
        return yellow(f"{told}, {age // DAY} Tage alt.", "lotse keys rotate")
    return green(f"{told}, {max(age, 0) // DAY} Tage alt")


def _escrow(look: Look) -> Finding:
    try:
        escrowable(look.provider, look.settings)
    except KeysFixed as fixed:
        return green(str(fixed).partition(" Nächster Schritt")[0])
    newest = max(look.provider.versions(), key=lambda version: version.number)
    if look.is_escrowed(newest):
        return green(f"Version {newest.number} ist hinterlegt")
    return yellow(
        f"Im Protokoll steht keine Hinterlegung von Version {newest.number}.",
        "lotse keys escrow, damit der Verlust des Schlüssels nicht alles unlesbar macht",
    )


def _notary(look: Look) -> Finding:
    try:
        state = look.notary
    except (NotaryMissing, NotaryDamaged) as error:
        return red(str(error).partition(" Nächster Schritt")[0], _NOTARY_LOST)
    if state.halted is not None:
        return red(f"Der Notar hat angehalten: {state.halted}", NEXT.removeprefix("Nächster Schritt: "))
    if state.origin != look.store.origin:
        return red(
            f"Unterschrieben wird {state.origin}, die Datenbank gehört zu {look.store.origin}.", _ROLLED_BACK
        )
    waiting = look.head.size - state.size
    if waiting < 0:
        return red(
            f"Unterschrieben sind {state.size} Einträge, die Datenbank hat nur {look.head.size}: Eine ältere wurde "
            "zurückgelegt, oder Einträge wurden entfernt.",
            _ROLLED_BACK,
        )
    since = look.unsigned_since()
    if since is not None and look.now_ms - since > MINUTE:
        minutes = (look.now_ms - since) // MINUTE
        return red(f"{waiting} Einträge sind seit {minutes} min nicht unterschrieben.", "lotse serve starten")
    return green(f"{state.size} Einträge unterschrieben")


def _clock(look: Look) -> Finding:
    behind = look.head.last_time_ms - look.now_ms
    if behind > MINUTE:
        return red(f"Die Uhr geht {_span(behind)} hinter dem Protokoll.", "die Uhr des Rechners stellen")
    jumps = look.recent.jumps_ms
    if jumps:
        told = ", ".join(f"{'+' if jump > 0 else '−'}{_span(abs(jump))}" for jump in jumps[:3])
        return red(
            f"Die Uhr ist in den letzten 7 Tagen gesprungen: {told}.",
            "die Uhr und ihren Abgleich prüfen (NTP)",
        )
    return green("kein Sprung in den letzten 7 Tagen")


def _backup(look: Look) -> Finding:
    last = look.recent.last_backup_ms
    young = look.first_time_ms is None or look.now_ms - look.first_time_ms < NO_BACKUP
    if last is None:
        sentence = "Es gibt noch keine Sicherung." if young else "Seit 7 Tagen ist nichts gesichert."
        return (yellow if young else red)(sentence, "lotse backup create DATEI")
    days = (look.now_ms - last) // DAY
    version = look.recent.backup_version
    if version is not None and version not in {each.number for each in look.provider.versions()}:
        sentence = (
            f"Die letzte Sicherung liegt unter Version {version} des Hauptschlüssels, und die ist vernichtet."
        )
        return red(sentence, "lotse backup create DATEI: Sie und alle davor sind nicht mehr zu öffnen")
    if look.now_ms - last > OLD_BACKUP:
        return yellow(f"Die letzte Sicherung ist {days} Tage alt.", "lotse backup create DATEI")
    return green("zuletzt heute" if days < 1 else f"zuletzt vor {days} Tagen")


def _left_over(look: Look) -> Finding:
    found = look.left_over()
    if not found:
        return green("keine")
    names = ", ".join(path.name for path in found)
    return yellow(
        f"Von einer Rückholung liegt hier noch, worin auch Gelöschtes steht: {names}.",
        f"wenn alles stimmt, löschen; Ordner: {look.settings.data}",
    )


def _erasures(look: Look) -> Finding:
    if scrub_owed(look.settings.database):
        sentence = "Nach einer Löschung ist die Datenbankdatei noch nicht neu geschrieben."
        return yellow(sentence, "lotse retention scrub")
    waiting = look.erasures_waiting()
    if waiting:
        sentence = f"{waiting} Löschungen sind erst vollständig, wenn der alte Hauptschlüssel vernichtet ist."
        return yellow(sentence, "lotse keys status")
    return green("keine wartet")


def _disk(look: Look) -> Finding:
    free = min(shutil.disk_usage(place).free for place in look.places())
    told = f"{free / GIGABYTE:.1f} GB frei".replace(".", ",")
    if free < GIGABYTE // 10:
        return red(f"Nur noch {told}.", "Platz schaffen, bevor nichts mehr geschrieben werden kann")
    return yellow(f"Nur noch {told}.", "Platz schaffen") if free < GIGABYTE else green(told)


def _span(millis: int) -> str:
    """Days, hours or minutes, to ten seconds."""
    millis = round(millis / _EXACT) * _EXACT
    for size, name in ((DAY, "d"), (60 * MINUTE, "h"), (MINUTE, "min")):
        if millis >= size:
            return f"{millis // size} {name}"
    return f"{millis // 1000} s"


CHECKS: tuple[tuple[str, Callable[[Look], Finding]], ...] = (
    ("Datenbank", _database),
    ("Schema", _schema),
    ("Schlüssel", _keys),
    ("Hinterlegung", _escrow),
    ("Notar", _notary),
    ("Uhr", _clock),
    ("Land", land),
    ("Ablauf", process),
    ("Fristenuhr", fristenuhr),
    ("Sicherung", _backup),
    ("Reste", _left_over),
    ("Löschungen", _erasures),
    ("Post", post),
    ("Leitung", leitung),
    ("Platz", _disk),
)


def examine(
    settings: Settings, now_ms: int, explain: Callable[[Exception], str]
) -> Iterator[tuple[str, Finding]]:
    """Give each check's name and finding; what keeps a check from looking is a finding itself."""
    look = Look(settings, now_ms)
    for name, check in CHECKS:
        try:
            yield name, check(look)
        except Unexamined as error:
            yield name, yellow(str(error))
        except MailSettingsError as error:
            yield name, red(str(error), "die Einstellung berichtigen")
        except AuditError as error:
            yield name, red(explain(error), "lotse audit verify")
        except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody; what it was is told
            yield name, red(explain(error), "beheben, dann noch einmal: lotse doctor")
