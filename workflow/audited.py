"""What the log says beside the steps of the process: a closed list of actions, each with its German and its group.

An entry as a reader has it is a `Recorded`: number, the log's own time, body A. `tests/workflow/test_audited.py` walks
the whole source for actions that are written anywhere and finds each of them here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self


class Group(StrEnum):
    """By what an auditor looks for entries; one entry may belong to several."""

    _german: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a group with its German."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.__dict__["_german"] = label
        return word

    STEPS = "steps", "Schritte"
    ACCESSES = "accesses", "Zugriffe"
    REFUSALS = "refusals", "Ablehnungen"
    DISCLOSURES = "disclosures", "Weitergaben"
    KEYS = "keys", "Schlüssel"
    ERASURES = "erasures", "Löschungen"
    BACKUPS = "backups", "Sicherungen"
    LOGINS = "logins", "Anmeldungen"
    HOUSE = "house", "Einrichtung"
    RUNNING = "running", "Betrieb"
    LATE = "late", "Nachgetragen"

    @property
    def label(self) -> str:
        """German, as it is typed and read."""
        return self._german


class Audited(StrEnum):
    """Every action of the log that is no step of the process. The value is what body A says."""

    _german: str
    _group: Group

    def __new__(cls, value: str, label: str = "", group: Group = Group.HOUSE) -> Self:
        """Make an action with its German and its group."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.__dict__["_german"] = label
        word.__dict__["_group"] = group
        return word

    INIT = "init", "Speicher angelegt", Group.HOUSE
    PROFILE = "profile", "Ablauf eingeführt", Group.HOUSE
    DIRECTORY = "directory", "Verzeichnis geändert", Group.HOUSE
    USER = "user", "Person eingetragen", Group.HOUSE
    USER_DISABLED = "user_disabled", "Person gesperrt", Group.HOUSE
    USER_ENABLED = "user_enabled", "Sperre aufgehoben", Group.HOUSE
    INSTITUTION = "institution", "Einrichtung eingetragen", Group.HOUSE
    INVITED = "invited", "Einladung ausgestellt", Group.HOUSE
    SUBSTITUTION = "substitution", "Vertretung eingetragen", Group.HOUSE
    SUBSTITUTION_ENDED = "substitution_ended", "Vertretung beendet", Group.HOUSE
    OPENED = "opened_for_a_while", "Fall mit Begründung geöffnet", Group.ACCESSES
    OPENING_ENDED = "opening_ended", "Begründeten Zugriff beendet", Group.ACCESSES
    OPENING_REVIEWED = "opening_reviewed", "Notfallzugriff geprüft", Group.ACCESSES
    OPENINGS = "openings", "Begründete Zugriffe aufgelistet", Group.ACCESSES
    IMPORT = "import", "Liste eingelesen", Group.RUNNING
    CLOCK_JUMPED = "clock_jumped", "Uhr gesprungen", Group.RUNNING
    FOREWARNED = "forewarned", "Vorgewarnt", Group.RUNNING
    CHECKPOINT_MAILED = "checkpoint_mailed", "Prüfpunkt verschickt", Group.RUNNING
    NOTARY_RESUMED = "notary_resumed", "Notar wieder in Gang gesetzt", Group.RUNNING
    ROUTE_REFUSED = "route_refused", "An der Schnittstelle abgewiesen", Group.ACCESSES
    OPEN = "open", "Fall geöffnet", Group.ACCESSES
    LIST = "list", "Fälle aufgelistet", Group.ACCESSES
    SEARCH = "search", "Gesucht", Group.ACCESSES
    WORKLIST = "worklist", "„Heute“ gelesen", Group.ACCESSES
    DUPLICATES = "duplicates", "Mit anderen Fällen abgeglichen", Group.ACCESSES
    QUARANTINE = "quarantine", "Quarantäne ausgegeben", Group.ACCESSES
    LOG = "log", "Protokoll gelesen", Group.ACCESSES
    HANDOVERS = "handovers", "Übergaben geprüft", Group.ACCESSES
    HANDOVER_CHECKED = "handover_checked", "Übergabe mit Vermerk geprüft", Group.ACCESSES
    REFERRALS = "referrals", "Eigene Meldungen gelesen", Group.ACCESSES
    NOT_REFERRED = "not_referred", "Meldung ohne Einwilligung abgewiesen", Group.ACCESSES
    ESCALATIONS = "escalations", "Mitteilungen an den ASD gelesen", Group.ACCESSES
    HOLDS = "holds", "Löschsperre mit Grund gelesen", Group.ACCESSES
    DISCLOSURES = "disclosures", "Auskunft über Weitergaben erstellt", Group.ACCESSES
    LOGIN = "login", "Angemeldet", Group.LOGINS
    LOGOUT = "logout", "Abgemeldet", Group.LOGINS
    SESSIONS_ENDED = "sessions_ended", "Sitzungen beendet", Group.LOGINS
    PASSWORD_CHANGED = "password_changed", "Passwort gesetzt", Group.LOGINS
    SECOND_FACTOR = "second_factor", "Zweiter Faktor eingerichtet", Group.LOGINS
    SECOND_FACTOR_GONE = "second_factor_gone", "Zweiter Faktor entfernt", Group.LOGINS
    LINK_MADE = "link_made", "Einmal-Link ausgestellt", Group.LOGINS
    LINK_USED = "link_used", "Einmal-Link eingelöst", Group.LOGINS
    TOKEN_MADE = "token_made", "Zugangstoken ausgestellt", Group.LOGINS
    TOKEN_REVOKED = "token_revoked", "Zugangstoken widerrufen", Group.LOGINS
    MAIL_CHOSEN = "mail_chosen", "Nachrichten per Mail gewählt", Group.LOGINS
    IDENTITY_LINKED = "identity_linked", "Anmeldedienst verknüpft", Group.LOGINS
    IDENTITY_UNLINKED = "identity_unlinked", "Anmeldedienst gelöst", Group.LOGINS
    HOLD = "hold", "Löschsperre gesetzt", Group.ERASURES
    HOLD_RELEASED = "hold_released", "Löschsperre aufgehoben", Group.ERASURES
    ERASURE_REQUESTED = "erasure_requested", "Löschung beantragt", Group.ERASURES
    ERASURE_WITHDRAWN = "erasure_withdrawn", "Löschantrag zurückgezogen", Group.ERASURES
    ERASED = "erased", "Gelöscht", Group.ERASURES
    KEYS_ROTATED = "keys_rotated", "Hauptschlüssel gewechselt", Group.KEYS
    KEYS_ESCROWED = "keys_escrowed", "Hauptschlüssel hinterlegt", Group.KEYS
    KEYS_RECOVERED = "keys_recovered", "Hauptschlüssel wiederhergestellt", Group.KEYS
    KEY_DESTROYED = "key_destroyed", "Hauptschlüssel vernichtet", Group.KEYS
    BACKUP = "backup", "Sicherung erstellt", Group.BACKUPS
    MOVED = "moved", "Nach PostgreSQL umgezogen", Group.BACKUPS
    RESTORE_REQUESTED = "restore_requested", "Wiederherstellung beantragt", Group.BACKUPS
    RESTORED = "restored", "Aus Sicherung wiederhergestellt", Group.BACKUPS
    CARRIED_OVER = "carried_over", "Löschsperren und -anträge übernommen", Group.BACKUPS

    @property
    def label(self) -> str:
        """German, as it stands in a list."""
        return self._german

    @property
    def group(self) -> Group:
        """The group it belongs to when it was done."""
        return self._group


ACTIONS: Mapping[str, Audited] = {str(action): action for action in Audited}
LATE_AFTER = timedelta(days=1)
"""A step that was told to have been longer ago than this was entered late."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry as it is read: number in its log, the log's own time (aware, UTC), body A.

    `a` is None where the key of that year is gone: the entry stands, and nobody reads it any more. `incarnation` is
    the number of an earlier log that a lawful restore has closed, None for the log that is written now.
    """

    seq: int
    at: datetime
    a: Mapping[str, Any] | None
    incarnation: int | None = None

    @property
    def said_at(self) -> datetime:
        """When it was done as the entry itself says: the office's clock, which may have been told."""
        said = (self.a or {}).get("at")
        try:
            told = datetime.fromisoformat(said) if isinstance(said, str) else self.at
        except ValueError:
            return self.at
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    @property
    def action(self) -> str:
        """What was done or tried; empty where nobody can read it."""
        return str((self.a or {}).get("action", ""))

    @property
    def case(self) -> str | None:
        """The id of the case it is about."""
        case = (self.a or {}).get("case")
        return case if isinstance(case, str) else None

    @property
    def done(self) -> bool:
        """Whether it was done, not refused."""
        return self.a is not None and self.a.get("outcome") == "done"


def groups_of(entry: Recorded) -> frozenset[Group]:
    """Every group an entry belongs to: what it is, that it was refused, that data left the house by it."""
    if entry.a is None:
        return frozenset()
    known = ACTIONS.get(entry.action)
    found = {known.group if known else Group.STEPS}
    if not known and entry.done and entry.at - entry.said_at > LATE_AFTER:
        found.add(Group.LATE)
    if not entry.done:
        found.add(Group.REFUSALS)
    elif entry.a.get("disclosed"):
        found.add(Group.DISCLOSURES)
    return frozenset(found)


def concerns_person(entry: Recorded, person: str) -> bool:
    """Whether this person (by id) did it, had it done on their behalf, asked for it, or is the account it changed."""
    a = entry.a or {}
    return person in (a.get(name) for name in ("actor", "on_behalf_of", "requested_by", "concerned"))


def group_named(text: str) -> Group | None:
    """The group that is meant: its name or its German label, or the beginning of only one of them."""
    wanted = text.strip().casefold()
    hits = [group for group in Group if wanted and _begins(wanted, (group.value, group.label))]
    return hits[0] if len(hits) == 1 else None


def _begins(wanted: str, names: Iterable[str]) -> bool:
    return any(name.casefold().startswith(wanted) for name in names)
