"""Working with a store: open it (or make it), know who acts, and sign a checkpoint before the program ends.

Refusals are on record too, so the checkpoint is signed whether or not the command succeeded. A halted notary is
said loudly and never hides the error that came before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.bootstrap import open_lotse, open_or_create
from adapters.cli.failures import CommandError, NotAllowed, NotFound
from adapters.cli.options import read_at
from adapters.cli.screen import notice, plain
from adapters.db.store import StoreError
from adapters.lotse import Lotse
from adapters.settings import Settings, read_settings
from audit.errors import AuditError
from audit.notary_file import NotaryMissing
from workflow.audited import Audited
from workflow.office import Person, Recipient

HALTED = "ACHTUNG: Das Protokoll wird nicht mehr unterschrieben."
ROLLED_BACK = (
    "Wurde eine ältere Datenbank von Hand zurückgelegt? Nächster Schritt: Rechtmäßig zurückgeholt wird sie nur zu zweit, "
    "mit lotse backup restore."
)
LAWFUL = f"Nächster Schritt: lotse audit verify. {ROLLED_BACK}"


@dataclass(frozen=True, slots=True)
class Desk:
    """A store that is open, and the person who works with it."""

    lotse: Lotse
    person: Person

    def recipient(self, name: str | None) -> Recipient | None:
        """Whom `--to` means. Raises NotFound where that is nobody or not clear."""
        if name is None:
            return None
        try:
            return self.lotse.recipient(name)
        except StoreError as error:
            raise NotFound(str(error)) from None


NOBODY = Person("", "", frozenset(), active=False)


@contextmanager
def opened(
    folder: Path | None,
    user: str | None = None,
    at: str | None = None,
    *,
    make: bool = True,
    sign: bool = True,
    anybody: bool = False,
) -> Iterator[Desk]:
    """Open the store below `folder`, made with the default profile where there is none (unless not `make`).

    `anybody` acts as nobody: checking the log asks neither the directory, which may be what was altered, nor for rights.
    """
    moment = read_at(at)
    settings = read_settings(folder)
    clock = None if moment is None else _standing(moment)
    if make:
        _not_lost(settings)
    lotse, new = open_or_create(settings, clock) if make else (open_lotse(settings, clock), False)
    if new:
        notice(f"Neuer Speicher angelegt: {settings.data}. Schlüssel, getrennt zu sichern: {settings.keys}.")
    try:
        with _signed(lotse, sign=sign):
            yield Desk(lotse, NOBODY if anybody else acting(lotse, user))
        if lotse.damaged:
            notice(f"Nicht zu öffnen: {len(lotse.damaged)}. Nächster Schritt: lotse audit verify --replay")
    finally:
        lotse.store.engine.dispose()


def _not_lost(settings: Settings) -> None:
    """Raise CommandError where keys lie without their database: that is a loss to look into, not a beginning."""
    if (
        settings.embedded
        and not settings.database.exists()
        and settings.keys.is_dir()
        and any(settings.keys.iterdir())
    ):
        raise CommandError(
            "Schlüssel sind da, aber keine Datenbank. Nächster Schritt: lotse backup restore, oder die Datenbank selbst "
            f"zurückholen nach {plain(str(settings.database))}; nur wenn wirklich neu begonnen werden soll: "
            "lotse init."
        )


def _standing(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@contextmanager
def _signed(lotse: Lotse, *, sign: bool) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if sign:
            try:
                lotse.countersign()
            except AuditError as halted:
                notice(f"{HALTED} {halted} {_next(halted)}".rstrip())
        raise
    if sign:
        try:
            lotse.countersign()
        except AuditError as halted:
            notice(f"{HALTED} {_next(halted)}".rstrip())
            raise


def _next(halted: AuditError) -> str:
    """What to do where nothing is signed any more; where the notary's file is gone, the error itself says it."""
    return "" if isinstance(halted, NotaryMissing) else LAWFUL


def acting(lotse: Lotse, user: str | None) -> Person:
    """Who acts: the person named, or the Fachkraft made with the store. Raises NotFound."""
    try:
        return lotse.person(user)
    except StoreError as error:
        raise NotFound(str(error)) from None


def in_office(desk: Desk, action: Audited) -> Desk:
    """The desk of somebody who still works here. Raises NotAllowed for who was locked, on record."""
    if not desk.person.active:
        raise denied(
            desk.lotse, desk.person, action, "Diese Person ist gesperrt und ändert hier nichts mehr."
        )
    return desk


def denied(lotse: Lotse, person: Person, action: Audited, sentence: str) -> NotAllowed:
    """Put a refusal on record, and give what to raise."""
    lotse.record(
        "access", {"action": str(action), "actor": person.id, "outcome": "refused", "reason": "denied"}
    )
    return NotAllowed(sentence)


def settings_of(folder: Path | None) -> Settings:
    """The settings for `--dir`."""
    return read_settings(folder)
