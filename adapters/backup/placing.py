"""The end of a restore: what was made ready is proven once more, and takes its place.

In a folder it is swapped for the old file (`swap`), in PostgreSQL it goes into an empty database (`server`).
"""

from contextlib import closing
from pathlib import Path

from adapters.backup.checking import Opened
from adapters.backup.copying import connected
from adapters.backup.making import Watch, step
from adapters.backup.swap import Held, Plan, begin, sha256_of
from adapters.lotse import now
from adapters.settings import Settings
from adapters.verification import Asked, verify_at_one_moment
from audit.durable import sync_file
from audit.keys import log_verifier
from audit.notary import State


def prove_again(opened: Opened, notary: State, watch: Watch | None) -> None:
    """Prove what is about to be put in place, as the next `lotse audit verify` will; it is a single file then."""
    store = opened.store
    verifier = log_verifier(notary.origin, store.provider)
    verify_at_one_moment(store, verifier, Asked([notary.note or b""], replay=True), step(watch, "verify"))
    store.engine.dispose()
    with closing(connected(opened.path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    sync_file(opened.path)


def put_in_place(
    settings: Settings, opened: Opened, notary: State, live: Held | None, watch: Watch | None
) -> Path | None:
    """From here on the new store is there; gives where the old file lies now, if there was one."""
    if not settings.embedded:
        from adapters.backup.server import put_on_server  # noqa: PLC0415 - only on PostgreSQL

        put_on_server(settings, opened, notary, watch)
        return None
    there = settings.database.exists()
    plan = _plan(settings, opened, notary, live)
    begin(settings, plan, live)
    return settings.data / plan.aside if there else None


def _plan(settings: Settings, opened: Opened, notary: State, live: Held | None) -> Plan:
    return Plan(
        ready=str(opened.path.relative_to(settings.data)),
        sha256=sha256_of(opened.path),
        aside=f"{settings.database.name}.before-{now():%Y%m%dT%H%M%SZ}",
        live=live.size if live else None,
        origin=notary.origin,
        notary=notary.to_json().decode(),
    )
