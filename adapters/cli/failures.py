"""What goes wrong, as one German sentence and an exit code; nobody ever reads a traceback.

Errors are known by name, so that nothing has to be imported to name them. Of an error nobody foresaw only its class
and place are told: its message could hold what a family said.
"""

import errno
from dataclasses import dataclass
from traceback import extract_tb

from adapters.cli.screen import plain

OK, ERROR, USAGE, NOT_FOUND, REFUSED, CONFLICT = range(6)
INTERRUPTED, BROKEN_PIPE = 130, 141


class CommandError(Exception):
    """A command cannot do what was asked; the message is a German sentence, `code` the exit code."""

    code = ERROR


class UsageProblem(CommandError):
    """The command line cannot be understood."""

    code = USAGE


class NotFound(CommandError):
    """What was named does not exist."""

    code = NOT_FOUND


class NotAllowed(CommandError):
    """The rules forbid it."""

    code = REFUSED


@dataclass(frozen=True, slots=True)
class Failure:
    """How the program ends: exit code, and what it says on stderr."""

    code: int
    sentence: str


_CODES = {
    "workflow.errors.RefusedError": REFUSED,
    "workflow.errors.ConflictError": CONFLICT,
    "workflow.errors.KeyReusedError": CONFLICT,
    "workflow.errors.UnknownCaseError": NOT_FOUND,
    "workflow.errors.DetailsError": USAGE,
    "adapters.backup.errors.RestoreRefused": REFUSED,
    "adapters.backup.errors.RestoreConflict": CONFLICT,
    "adapters.bootstrap.NoStoreError": NOT_FOUND,
    "adapters.db.kek.StillWraps": REFUSED,
    "adapters.login.taken.TakenError": CONFLICT,
    "adapters.login.staff.HasAccessError": REFUSED,
    "workflow.errors.WorkflowError": ERROR,
    "adapters.settings.SettingsError": USAGE,
    "adapters.keys.errors.KeyFileError": ERROR,
    "adapters.intake.errors.IntakeError": ERROR,
    "states.prover.Unlawful": REFUSED,
    "states.fields.BadProfile": USAGE,
    "audit.errors.AuditError": ERROR,
}
_ORDERS = {
    errno.ENOSPC: "Der Datenträger ist voll.",
    errno.EROFS: "Der Datenträger ist schreibgeschützt.",
    errno.EACCES: "Dazu fehlen die Rechte.",
    errno.EPERM: "Dazu fehlen die Rechte.",
    errno.ENOENT: "Diese Datei gibt es nicht.",
    errno.EISDIR: "Das ist ein Ordner, keine Datei.",
    errno.ENOTDIR: "Ein Teil dieses Weges ist kein Ordner.",
    errno.EEXIST: "Das gibt es schon.",
}
_MOVED = (
    "Die Datenbank wurde inzwischen durch eine andere ersetzt (lotse backup restore). Nächster Schritt: das Programm neu "
    "starten."
)
_DATABASE = (
    (
        "locked",
        CONFLICT,
        "Die Datenbank ist gerade von einem anderen Programm belegt; bitte noch einmal versuchen.",
    ),
    (
        "busy",
        CONFLICT,
        "Die Datenbank ist gerade von einem anderen Programm belegt; bitte noch einmal versuchen.",
    ),
    ("readonly", ERROR, "Die Datenbank ist schreibgeschützt: bitte die Rechte von Datei und Ordner prüfen."),
    ("full", ERROR, "Die Datenbank kann nicht schreiben: Der Datenträger ist voll."),
    ("unable to open", ERROR, "Die Datenbank lässt sich nicht öffnen: bitte Ordner und Rechte prüfen."),
    ("not a database", ERROR, "Die Datenbank ist beschädigt oder keine Datenbank von Lotse."),
    ("malformed", ERROR, "Die Datenbank ist beschädigt. Nächster Schritt: eine Sicherung zurückholen."),
    ("disk i/o", ERROR, "Die Datenbank meldet einen Fehler des Datenträgers."),
)

_AWAY = "PostgreSQL antwortet nicht. Nächster Schritt: den Server und LOTSE_DATABASE_URL prüfen, dann noch einmal."
_POSTGRES = (
    ("55P03", CONFLICT, "Ein anderes Programm schreibt gerade zu lange; bitte noch einmal versuchen."),
    ("40", CONFLICT, "Ein anderes Programm kam zuvor; bitte noch einmal versuchen."),
    ("28", ERROR, "PostgreSQL lässt diese Rolle nicht herein: bitte Rolle, Passwort und Datenbank prüfen."),
    ("3D000", ERROR, "Diese Datenbank gibt es auf dem Server nicht: bitte LOTSE_DATABASE_URL prüfen."),
    (
        "42501",
        ERROR,
        "Der Rolle fehlen Rechte in der Datenbank. Nächster Schritt: lotse db upgrade, dann lotse db check.",
    ),
    ("42P01", ERROR, "In der Datenbank fehlen Tabellen. Nächster Schritt: lotse db upgrade."),
    ("53100", ERROR, "Die Datenbank kann nicht schreiben: Der Datenträger ist voll."),
    ("53", ERROR, "PostgreSQL nimmt gerade nichts mehr an; bitte gleich noch einmal versuchen."),
    ("25006", ERROR, "Dieser Server ist nur zum Lesen: bitte LOTSE_DATABASE_URL auf den führenden richten."),
    ("57014", ERROR, "Die Datenbank hat zu lange gebraucht; davon ist nichts gespeichert."),
    ("57", ERROR, _AWAY),
    ("08", ERROR, _AWAY),
)
"""What PostgreSQL's states mean, by how they begin."""


def failure_of(error: BaseException) -> Failure:
    """Say how the program ends on this error. Never quotes what an unknown error says."""
    if isinstance(error, CommandError):
        return Failure(error.code, str(error))
    kin = [f"{each.__module__}.{each.__qualname__}" for each in type(error).__mro__]
    if "workflow.errors.BrokenProcessError" in kin:
        return Failure(ERROR, f"Der Schritt wurde zurückgenommen, nichts ist geändert. {_place(error)}")
    for name in kin:
        if name in _CODES:
            return Failure(_CODES[name], str(error) or (type(error).__doc__ or "").strip())
    if any(name in ("sqlalchemy.exc.DBAPIError", "sqlite3.Error") for name in kin):
        return _of_database(error)
    if isinstance(error, OSError):
        what = _ORDERS.get(error.errno or 0, f"Das Betriebssystem meldet einen Fehler (Nr. {error.errno}).")
        code = NOT_FOUND if error.errno == errno.ENOENT else ERROR
        return Failure(code, f"{plain(str(error.filename))}: {what}" if error.filename else what)
    return Failure(ERROR, f"Unerwarteter Fehler, nichts Halbes wurde gespeichert. {_place(error)}")


def _of_database(error: BaseException) -> Failure:
    cause = getattr(error, "orig", None) or error
    if type(cause).__module__.startswith("psycopg"):
        return _of_postgres(str(getattr(cause, "sqlstate", None) or ""), error)
    if getattr(cause, "sqlite_errorname", "") == "SQLITE_READONLY_DBMOVED":
        return Failure(ERROR, _MOVED)
    said = str(cause).lower()
    for word, code, sentence in _DATABASE:
        if word in said:
            return Failure(code, sentence)
    return Failure(ERROR, f"Die Datenbank meldet einen Fehler. {_place(error)}")


def _of_postgres(state: str, error: BaseException) -> Failure:
    """By the state that the server tells, none where it said nothing any more."""
    for beginning, code, sentence in _POSTGRES:
        if state.startswith(beginning):
            return Failure(code, sentence)
    if not state:
        return Failure(ERROR, _AWAY)
    return Failure(ERROR, f"PostgreSQL meldet einen Fehler ({state}). {_place(error)}")


def _place(error: BaseException) -> str:
    """Give class and place of an error, nothing of what it says."""
    frames = extract_tb(error.__traceback__)
    ours = [
        f for f in frames if "site-packages" not in f.filename and not f.filename.startswith("<")
    ] or frames
    where = f" in {'/'.join(ours[-1].filename.split('/')[-2:])}, Zeile {ours[-1].lineno}" if ours else ""
    return f"Bitte melden: {type(error).__name__}{where}."
