"""`lotse backup restore`: what is lost comes back by two people, one who asks and one who approves.

From a backup, or, where only keys were lost, over the database as it stands. Proven by running the commands
(`tests/cli/test_backup.py`, `test_db_restore.py`, `tests/system/test_keys_lost.py`) and by killing them
(`test_backup_killed.py`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from adapters.backup.carried import Carried
from adapters.backup.here import Here
from adapters.backup.request import RestoreRequest
from adapters.backup.restoring import Outlook, Restored, approve_restore, preview, request_restore, withdraw
from adapters.cli import options as o
from adapters.cli.backup import UNKNOWN, log_of, moment_of, plain_header, watching
from adapters.cli.desk import settings_of
from adapters.cli.failures import UsageProblem
from adapters.cli.screen import as_json, notice, plain, show
from audit.note import MAX_NOTE
from workflow.erasure import Deed

_LONGEST = 200
_HOLDS_LOST = (
    "Welche Löschsperren und Löschanträge nach der Sicherung gesetzt oder zurückgenommen wurden, ist hier nicht ganz "
    "bekannt. Nächster Schritt: vor jeder Löschung lotse retention due und requests ansehen, Sperren neu setzen."
)
_CARRIED = {
    Deed.HOLD: "Löschsperren",
    Deed.RELEASE: "aufgehobene Löschsperren",
    Deed.REQUEST: "Löschanträge",
    Deed.WITHDRAW: "zurückgezogene Löschanträge",
}
_ERASURES_UNKNOWN = (
    "Welche Fälle seit der Sicherung gelöscht wurden, ist hier nicht ganz bekannt (erasures.json fehlt oder ist "
    "unvollständig)."
)
_OTHER_DATABASE = (
    "Nächster Schritt: die Programme anhalten, eine leere Datenbank anlegen und LOTSE_DATABASE_URL (auch _OWNER_URL und "
    "_NOTARY_URL) auf sie richten; überschrieben wird die alte nicht. Dort lotse db upgrade, dann --request."
)
_INTO_EMPTY = (
    "Nächster Schritt: lotse db upgrade, wo noch nicht geschehen, dann --request --reason GRUND --as PERSON."
)


def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="DATEI", help="Die Sicherung; entfällt mit --here.")
    ] = None,
    *,
    here: Annotated[
        bool,
        typer.Option("--here", help="Keine Sicherung: mit der Datenbank weiter, wie sie hier liegt."),
    ] = False,
    vkey: Annotated[
        Path | None,
        typer.Option(
            "--vkey", metavar="DATEI", help="Mit --here: der Prüfschlüssel, der vor dem Verlust galt."
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", metavar="DATEI", help="Mit --here: ein anderswo verwahrter Prüfpunkt; mehrfach."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Nur zeigen, was geschähe.")] = False,
    request: Annotated[bool, typer.Option("--request", help="Beantragen; die erste Person.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Freigeben und tun; die zweite Person.")] = False,
    take_back: Annotated[bool, typer.Option("--withdraw", help="Den Antrag zurücknehmen.")] = False,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="GRUND", help="Warum; ohne Namen von Familien, bleibt im Protokoll."
        ),
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Sicherung zurückholen, zu zweit.

    Zuerst beantragt es eine Person (--request), dann gibt es eine andere frei (--approve): Leitung,
    Datenschutz oder IT. Das bisherige Protokoll wird weitergeführt als frühere Fassung, ein neues beginnt und
    sagt, was verloren ist. Was seither gelöscht wurde, wird wieder gelöscht. Die alte Datenbank bleibt
    daneben liegen. In PostgreSQL geht es in eine leere Datenbank, vorher: lotse db upgrade.

    Sind nur die Schlüssel verloren (und mit lotse keys recover zurück), die Datenbank aber heil, geht es mit
    --here ohne Verlust weiter: Geprüft wird sie an Prüfpunkten, die der alte Schlüssel unterschrieben hat.
    """
    if [dry_run, request, approve, take_back].count(True) != 1:
        raise UsageProblem("Bitte genau eines nennen: --dry-run, --request, --approve oder --withdraw.")
    if take_back:
        _take_back(folder, _named(user), json=json)
        return
    source = _source(file, vkey, checkpoint or [], here=here)
    if dry_run:
        _foresee(source, folder, json=json)
    elif request:
        _request(source, folder, _named(user), _reason(reason), json=json)
    else:
        _approve(source, folder, _named(user), json=json)


def _source(file: Path | None, vkey: Path | None, checkpoints: list[Path], *, here: bool) -> Path | Here:
    """What is brought back. Raises UsageProblem, OSError."""
    if here == (file is not None):
        raise UsageProblem("Bitte eines nennen: DATEI, die Sicherung, oder --here.")
    if file is not None:
        if vkey or checkpoints:
            raise UsageProblem("--vkey und --checkpoint gehören zu --here; eine Sicherung hat ihre eigenen.")
        return file
    key = _read(vkey).decode(errors="replace") if vkey else None
    return Here(key, tuple(_read(path) for path in checkpoints))


def _read(path: Path) -> bytes:
    """Give what the file holds; what is longer than any note is cut, and so refused."""
    with path.open("rb") as file:
        return file.read(MAX_NOTE + 1)


def _named(user: str | None) -> str:
    if user is None:
        raise UsageProblem("Wer handelt? Bitte mit --as nennen; es braucht zwei verschiedene Personen.")
    return user


def _reason(reason: str | None) -> str:
    said = plain(reason or "").strip()
    if not said or len(said) > _LONGEST:
        raise UsageProblem("Bitte mit --reason sagen, warum; höchstens 200 Zeichen, ohne Namen von Familien.")
    return said


def _foresee(source: Path | Here, folder: Path | None, *, json: bool) -> None:
    settings = settings_of(folder)
    with watching() as watch, preview(settings, source, watch) as ahead:
        if json:
            as_json(_foreseen(ahead))
            return
        header = ahead.opened.header
        if isinstance(source, Here):
            show(f"Die Datenbank, wie sie hier liegt: {log_of(header)}.")
            show(_vouched(header.size, ahead.opened.signed))
        else:
            show(f"Sicherung vom {moment_of(header)}: {log_of(header)}.")
            show(UNKNOWN if ahead.lost is None else f"Verloren gingen {ahead.lost} Einträge von danach.")
            if ahead.lost != 0 and not ahead.carried.known:
                show(_HOLDS_LOST)
        for line in _carried(ahead.carried, "Von danach blieben"):
            show(line)
        _tell_erasures(ahead)
        if ahead.waiting is not None:
            show(_waits(ahead.waiting, ahead.opened.sha256))
    show("Nur gezeigt, nichts geändert (--dry-run).")
    if not settings.embedded:
        show(_OTHER_DATABASE if ahead.live else _INTO_EMPTY)


def _vouched(size: int, signed: int) -> str:
    beyond = f" Für die {size - signed} danach bürgen nur die Hauptschlüssel." if size > signed else ""
    return f"Verloren ginge nichts. Unterschrieben sind {signed} Einträge.{beyond}"


def _tell_erasures(ahead: Outlook) -> None:
    if not ahead.lacks.known:
        show(_ERASURES_UNKNOWN)
    if ahead.lacks.names:
        show(f"Noch einmal gelöscht würden: {', '.join(ahead.lacks.names)}.")
    elif ahead.lacks.known:
        show("Noch einmal zu löschen ist nichts.")


def _carried(carried: Carried, verb: str) -> Iterator[str]:
    """A line for each kind of decision that outlives the restore."""
    for deed, label in _CARRIED.items():
        names = sorted(name for done, name in carried.names if done is deed)
        if names:
            yield f"{verb} {label}: {', '.join(names)}."


def _waits(request: RestoreRequest, digest: str) -> str:
    if request.here:
        which = "ein neues Protokoll über diese Datenbank"
    else:
        which = "diese Sicherung" if request.sha256 == digest else "eine andere Sicherung"
    return f"Beantragt ist {which} von {plain(request.requested_by)}: {plain(request.reason)}"


def _foreseen(ahead: Outlook) -> dict[str, object]:
    return {
        **plain_header(ahead.opened.header),
        "sha256": ahead.opened.sha256,
        "signed": ahead.opened.signed,
        "lost": ahead.lost,
        "erasures_known": ahead.lacks.known,
        "erase_again": list(ahead.lacks.names),
        **_decisions(ahead.carried),
        "requested_by": ahead.waiting.requested_by if ahead.waiting else None,
    }


def _decisions(carried: Carried) -> dict[str, object]:
    told = {str(deed): sorted(name for done, name in carried.names if done is deed) for deed in _CARRIED}
    return {"carried_over": told, "decisions_known": carried.known}


def _request(source: Path | Here, folder: Path | None, by: str, reason: str, *, json: bool) -> None:
    with watching() as watch:
        request = request_restore(settings_of(folder), source, by, reason, watch)
    if json:
        as_json({"sha256": request.sha256, "requested_by": request.requested_by, "at": request.requested_at})
        return
    show(f"Beantragt von {plain(request.requested_by)}.")
    what = "--here, mit denselben Angaben," if isinstance(source, Here) else plain(str(source))
    show(f"Nächster Schritt: eine zweite Person, lotse backup restore {what} --approve --as PERSON")


def _take_back(folder: Path | None, by: str, *, json: bool) -> None:
    there = withdraw(settings_of(folder), by)
    if json:
        as_json({"withdrawn": there})
    else:
        show("Der Antrag ist zurückgenommen." if there else "Es war nichts beantragt.")


def _approve(source: Path | Here, folder: Path | None, by: str, *, json: bool) -> None:
    settings = settings_of(folder)
    with watching() as watch:
        done = approve_restore(settings, source, by, watch)
    if json:
        as_json(_done(done))
        return
    what = "Weitergeführt" if isinstance(source, Here) else "Zurückgeholt"
    show(f"{what}: {done.size} Einträge. Das Protokoll heißt jetzt {plain(done.origin)}.")
    show(UNKNOWN if done.lost is None else f"Verloren sind {done.lost} Einträge; das neue Protokoll sagt es.")
    if done.lost != 0:
        show("Fallnummern, die dabei vergeben worden sein können, bekommt keine andere Familie.")
        if not done.carried.known:
            notice(_HOLDS_LOST)
    for line in _carried(done.carried, "Von danach bleiben"):
        show(line)
    if done.erased_again.names:
        show(f"Noch einmal gelöscht: {', '.join(done.erased_again.names)}.")
    if not done.erased_again.known:
        notice(_ERASURES_UNKNOWN)
    if done.aside is not None:
        notice(
            f"Die alte Datenbank liegt in {plain(str(done.aside))}. Bitte löschen, sobald sie nicht mehr gebraucht wird: "
            "Spätere Löschungen erreichen sie nicht."
        )
    if isinstance(source, Here):
        notice("Der Prüfschlüssel ist neu; bitte neu weitergeben, den alten aufheben: lotse keys status")
    notice(
        "Alle Anmeldungen, Zugangstoken und Einmal-Links sind beendet; Token bitte neu ausstellen: lotse user token"
    )
    if settings.embedded:
        notice("Nächster Schritt: laufende Programme neu starten, dann lotse audit verify --replay")
    else:
        notice("Nächster Schritt: lotse db check und lotse audit verify --replay, dann die Programme starten")


def _done(done: Restored) -> dict[str, object]:
    return {
        "origin": done.origin,
        "before": done.before,
        "size": done.size,
        "lost": done.lost,
        "erased_again": list(done.erased_again.names),
        **_decisions(done.carried),
        "erasures_known": done.erased_again.known,
        "aside": str(done.aside) if done.aside else None,
    }
