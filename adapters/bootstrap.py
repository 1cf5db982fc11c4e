"""Where the parts are put together: settings, keys, database, clock. The only reader of settings.

Opening, making, and what lies between: a store that was cut off while it was made.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from adapters.backup.swap import settle
from adapters.db.place import Place, place_of
from adapters.db.store import Store, StoreError
from adapters.keys.choose import open_keys, open_or_make_keys
from adapters.lock import alone
from adapters.lotse import FIRST, Clock, Lotse, now
from adapters.millis import now_ms
from adapters.settings import Settings
from audit.errors import AuditError
from audit.notary_file import NotaryFile
from states.profile import Profile, load

if TYPE_CHECKING:
    from states.prover import Proof

_NONE = "Hier gibt es noch keinen Speicher. Nächster Schritt: lotse init."
_LOST = (
    "Die Datenbank fehlt, aber der Notar hat schon Einträge unterschrieben. Nächster Schritt: die Datenbank nach {place} "
    "zurückholen, oder eine Sicherung: lotse backup restore."
)


class NoStoreError(StoreError):
    """There is no store yet."""


def open_lotse(settings: Settings, clock: Clock | None = None) -> Lotse:
    """Open the store of these settings. Raises NoStoreError, KeyFileError, StoreError.

    One that was cut off while it was made is no store yet, or gets the first entries it lacks; a restore that was cut
    off is finished first.
    """
    settle(settings)
    lotse = _open(settings, clock)
    with _let_go(lotse.store.engine):
        if _cut_off(lotse):
            with alone(settings.data):
                _complete(lotse)
    return lotse


def create_lotse(
    settings: Settings, clock: Clock | None = None, profile: Profile | None = None, machine: Clock = now
) -> Lotse:
    """Make keys and store and open them. An unlawful profile is refused before anything is written.

    Tenant, profile and people are written in one transaction, so a creation that was cut off is simply made again.
    Where the notary has signed entries of a database that is gone, nothing is created: that is a loss to be
    looked into, not a beginning.
    """
    chosen = profile or load(settings.profile)
    proof = _proof(chosen)
    settle(settings)
    with alone(settings.data):
        return _create(settings, clock, chosen, proof, machine)


def open_or_create(settings: Settings, clock: Clock | None = None) -> tuple[Lotse, bool]:
    """Open the store, made where there is none; and whether it is new. Several processes at once make one.

    On a server nothing is made by the way: a town begins there by `lotse init`.
    """
    try:
        return open_lotse(settings, clock), False
    except NoStoreError:
        if not settings.embedded:
            raise
        chosen = load(settings.profile)
        proof = _proof(chosen)
    with alone(settings.data):
        try:
            lotse = _open(settings, clock)
        except NoStoreError:
            return _create(settings, clock, chosen, proof), True
        with _let_go(lotse.store.engine):
            _complete(lotse)
        return lotse, False


def _proof(profile: Profile) -> "Proof":
    """Prove the profile's process. Raises Unlawful where it breaks a law."""
    from states.prover import prove  # noqa: PLC0415 - the prover, only where a store is made

    return prove(profile.process)


def _open(settings: Settings, clock: Clock | None) -> Lotse:
    place = place_of(settings)
    if not place.exists():
        raise _no_store(settings, place)
    engine = place.open()
    with _let_go(engine):
        if not Store.exists(engine, place.tenant):
            raise _no_store(settings, place)
        return Lotse(settings, Store.open(engine, open_keys(settings), now_ms, place.tenant), clock)


def _no_store(settings: Settings, place: Place) -> NoStoreError:
    """There is none yet, or none any more."""
    try:
        signed = NotaryFile(settings.notary).load().size
    except AuditError:
        signed = 0
    return NoStoreError(_LOST.format(place=place.shown) if signed else _NONE)


def _occupied(settings: Settings, place: Place) -> str:
    if settings.embedded:
        return f"In {settings.data} liegt schon ein Speicher; er wird nicht überschrieben."
    said = f"In {place.shown} liegt schon ein Träger; er wird nicht überschrieben."
    return said if place.tenant else f"{said} Nächster Schritt: einen weiteren mit LOTSE_TENANT benennen."


@contextmanager
def _let_go(engine: Engine) -> Iterator[None]:
    """Close the database where opening the rest fails, so that nobody finds it held."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _cut_off(lotse: Lotse) -> bool:
    return lotse.store.is_empty and NotaryFile(lotse.settings.notary).load().size == 0


def _complete(lotse: Lotse) -> None:
    if _cut_off(lotse):
        lotse.begin()


def _create(
    settings: Settings, clock: Clock | None, profile: Profile, proof: "Proof", machine: Clock = now
) -> Lotse:
    place = place_of(settings)
    engine = place.open()
    with _let_go(engine):
        if Store.exists(engine, place.tenant):
            raise StoreError(_occupied(settings, place))
        provider = open_or_make_keys(settings)
        tenant = place.tenant or secrets.token_hex(16)
        settings.notary.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        notary = NotaryFile(settings.notary)
        if settings.notary.exists():
            if notary.load().size:
                raise StoreError(_LOST.format(place=place.shown))
            settings.notary.unlink()
        origin = settings.origin or f"lotse/{tenant}/1"
        notary.create(origin)
        store = Store.create(engine, provider, now_ms, tenant, origin, profile, (FIRST,))
        lotse = Lotse(settings, store, clock, machine)
        lotse.begin(proof)
        return lotse
