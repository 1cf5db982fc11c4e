"""`lotse keys status`, `rotate`: how old the master keys are, and a new one. The end of an old one: `keys_end.py`.

They are the hand of who keeps the keys (IT). Nothing here shows a secret. Proven by `tests/cli/test_keys.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, columns, joined, notice, on_terminal, show
from adapters.db.kek import Holdings, holdings
from adapters.db.rotation import Progress, Rotated, Rotation
from adapters.erasures import read_erasures
from adapters.keys.choose import Escrowable
from adapters.lotse import Lotse
from audit.keys import KekVersion
from workflow.calendar import BERLIN

YEAR = timedelta(days=365)
_KEPT = {
    "file": "Schlüsseldateien",
    "passphrase": "Schlüsseldateien unter einer Passphrase",
    "vault": "Vault",
    "environment": "Umgebung, nur zum Entwickeln",
}
_ROTATE, _DESTROY = "Nächster Schritt: lotse keys rotate", "Nächster Schritt: lotse keys destroy"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one version stands: what hangs on it, how many erasures wait for its end, and how many for nothing else."""

    version: KekVersion
    held: Holdings
    waiting: int
    completed: int
    is_current: bool

    @property
    def made_at(self) -> datetime | None:
        """When it was made (UTC), where that is known."""
        made = self.version.made_at_ms
        return None if made is None else datetime.fromtimestamp(made / 1000, UTC)

    def age(self, now: datetime) -> timedelta | None:
        """How old it is."""
        return None if self.made_at is None else max(now - self.made_at, timedelta())

    @property
    def may_go(self) -> bool:
        """Whether nothing hangs on it any more."""
        return not self.is_current and not self.held


def standings(lotse: Lotse) -> list[Standing]:
    """Every version there is, the oldest first.

    An old copy of the database may have an erased key under the version that it died under, or under any before.
    """
    known = read_erasures(lotse.settings.erasures)
    erased = [each.kek_version for each in known.erased] if known else []
    with lotse.store.reading() as connection:
        held = holdings(connection, lotse.store.tenant)
    versions = lotse.store.provider.versions()
    oldest, newest = versions[0].number, versions[-1].number
    second = versions[1].number if versions[1:] else inf
    return [
        Standing(
            each,
            held.get(each.number, Holdings()),
            waiting=sum(each.number <= under for under in erased),
            completed=sum(oldest <= under < second for under in erased) if each.number == oldest else 0,
            is_current=each.number == newest,
        )
        for each in versions
    ]


def status(*, json: o.Json = False, folder: o.Folder = None) -> None:
    """Welche Schlüssel es gibt, wie alt sie sind, und was auf ihr Ende wartet.

    Eine Löschung ist erst endgültig, wenn auch die Version des Hauptschlüssels vernichtet ist, unter der der
    Schlüssel des Falls lag, und jede ältere: Bis dahin wäre er aus einer alten Sicherung noch zu lesen.
    """
    with opened(folder, make=False, sign=False, anybody=True) as desk:
        lotse = desk.lotse
        found, now = standings(lotse), lotse.moment.at
        unfinished = _rotation(desk).unfinished()
        provider, signer = lotse.settings.key_provider, lotse.verifier
    aged = found[-1].age(now)
    old = aged is not None and aged > YEAR
    if json:
        as_json(
            {
                "provider": provider, "vkey": signer.vkey, "signer": signer.fingerprint,
                "current": found[-1].version.number, "unfinished": unfinished,
                "older_than_a_year": old, "versions": [_plain(each, now) for each in found],
            }
        )  # fmt: skip
        return
    show(f"Verwahrung    {_KEPT[provider]}")
    show(f"Prüfschlüssel {signer.vkey}")
    show(f"Kennung       {signer.fingerprint}\n")
    show("\n".join(columns([_row(each, now) for each in found])))
    if unfinished:
        notice(f"Eine Umstellung wurde unterbrochen. {_ROTATE}")
    elif old:
        notice(f"Der gültige Hauptschlüssel ist älter als ein Jahr. {_ROTATE}")
    for each in found:
        if each.may_go and not unfinished:
            notice(f"Auf Version {each.version.number} hängt nichts mehr. {_DESTROY} {each.version.number}")


def _plain(standing: Standing, now: datetime) -> dict[str, object]:
    made, age = standing.made_at, standing.age(now)
    return {
        "version": standing.version.number,
        "made_at": None if made is None else made.isoformat(),
        "age_days": None if age is None else age.days,
        "current": standing.is_current,
        "cases": standing.held.cases,
        "keys": standing.held.keys,
        "erasures_waiting": standing.waiting,
    }


def _row(standing: Standing, now: datetime) -> tuple[str, str, str, str]:
    made, age = standing.made_at, standing.age(now)
    since = f"seit {made.astimezone(BERLIN):%d.%m.%Y}" if made else "Alter unbekannt"
    days = "" if age is None else f"{age.days} Tage"
    waiting = {0: "", 1: "1 Löschung wartet auf ihr Ende"}.get(
        standing.waiting, f"{standing.waiting} Löschungen warten auf ihr Ende"
    )
    told = joined(("gültig" if standing.is_current else "", _held(standing.held), waiting))
    return (f"Version {standing.version.number}", since, days, told)


def _held(held: Holdings) -> str:
    return f"{held.cases} Fälle, {held.keys} Schlüssel des Protokolls" if held else "umhüllt nichts mehr"


def rotate(
    *, dry_run: o.DryRun = False, json: o.Json = False, user: o.As = None, folder: o.Folder = None
) -> None:
    """Einen neuen Hauptschlüssel machen und alles darunter bringen, während andere weiterarbeiten.

    Umhüllt werden die Schlüssel der Fälle und des Protokolls neu; das Protokoll selbst bleibt, wie es ist. Für
    das Verzeichnis der Doppelmeldungen werden Namen und Telefonnummern geöffnet; das steht im Protokoll. Eine
    unterbrochene Umstellung wird beim nächsten Aufruf zu Ende geführt.
    """
    with opened(folder, user, make=False, sign=not dry_run) as desk:
        entitled(desk, Act.KEYS)
        if dry_run:
            _tell_plan(desk, json=json)
            return
        with _progress() as progress:
            done = _rotation(desk, progress).run()
    _tell_rotated(done, json=json)
    if isinstance(desk.lotse.store.provider, Escrowable):
        notice(f"Bitte Version {done.to} hinterlegen. Nächster Schritt: lotse keys escrow")


def _tell_plan(desk: Desk, *, json: bool) -> None:
    rotation = _rotation(desk)
    found, unfinished = standings(desk.lotse), rotation.unfinished()
    to = found[-1].version.number + (0 if unfinished else 1)
    moving = [each for each in found if each.version.number < to]
    cases, keys = sum(each.held.cases for each in moving), sum(each.held.keys for each in moving)
    if json:
        as_json({"dry_run": True, "continued": unfinished, "to": to, "cases": cases, "keys": keys})
        return
    what = "Zu Ende geführt würde die Umstellung auf" if unfinished else "Neu wäre"
    show(f"{what} Version {to}. Darunter kämen {cases} Fälle und {keys} Schlüssel des Protokolls.")
    show("Geändert wurde nichts.")


def _tell_rotated(done: Rotated, *, json: bool) -> None:
    if json:
        as_json(
            {
                "to": done.to, "from": list(done.before), "continued": done.continued, "cases": done.cases,
                "keys": done.keys, "names": done.names, "left": len(done.left),
            }
        )  # fmt: skip
    else:
        what = "Die unterbrochene Umstellung ist zu Ende: " if done.continued else ""
        show(f"{what}Version {done.to} gilt.")
        show(
            f"Neu umhüllt: {done.cases} Fälle, {done.keys} Schlüssel des Protokolls. "
            f"Neu im Verzeichnis der Doppelmeldungen: {done.names} Fälle."
        )
    if done.left:
        notice(f"Nicht zu öffnen: {len(done.left)}. Nächster Schritt: lotse audit verify --replay")
    for number in done.before:
        notice(f"Version {number} vernichten, sobald keine Sicherung aus ihrer Zeit mehr gebraucht wird.")


def _rotation(desk: Desk, progress: Progress = lambda *_: None) -> Rotation:
    lotse = desk.lotse
    return Rotation(
        lotse.store, desk.person.id, lambda: lotse.moment.at.astimezone(UTC).isoformat(), progress
    )


@contextmanager
def _progress() -> Iterator[Progress]:
    if not on_terminal():
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a bar is seen
    from rich.progress import Progress as Bars  # noqa: PLC0415 - as above
    from rich.progress import TaskID  # noqa: PLC0415 - as above

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield told
