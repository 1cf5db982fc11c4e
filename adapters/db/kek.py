"""What each version of the master key still wraps, and its end: never while anything hangs on it.

Proven by `tests/keys/test_rotation.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from adapters.db import tables as t
from adapters.db.statements import Prepared
from adapters.db.store import Store
from audit.errors import KeyDestroyed
from workflow.errors import WorkflowError
from workflow.ports import Entry

DESTROYED = "key_destroyed"
_CASES_BY_VERSION, _KEYS_BY_VERSION = (
    Prepared(
        select(table.c.kek_version, func.count())
        .where(table.c.tenant == bindparam("tenant"))
        .group_by(table.c.kek_version)
    )
    for table in (t.cases, t.log_keys)
)


class StillWraps(WorkflowError):
    """The version is in use; what hangs on it would be lost."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one version of the master key still wraps."""

    cases: int = 0
    keys: int = 0

    def __bool__(self) -> bool:
        return bool(self.cases or self.keys)


def holdings(connection: Connection, tenant: str) -> Mapping[int, Holdings]:
    """What each version wraps in the live store; versions that wrap nothing are not named."""
    cases = dict(map(tuple, _CASES_BY_VERSION.rows(connection, tenant=tenant)))
    keys = dict(map(tuple, _KEYS_BY_VERSION.rows(connection, tenant=tenant)))
    return {number: Holdings(cases.get(number, 0), keys.get(number, 0)) for number in sorted({*cases, *keys})}


def refuse_in_use(connection: Connection, store: Store, version: int) -> None:
    """Raise StillWraps where the version is the current one or something in the live store hangs on it.

    Raises KeyDestroyed where there is no such version.
    """
    if version not in {each.number for each in store.provider.versions()}:
        raise KeyDestroyed(f"Version {version} gibt es nicht (mehr). Nächster Schritt: lotse keys status.")
    if version == store.provider.current_version():
        raise StillWraps(
            f"Version {version} ist die gültige und bleibt. Nächster Schritt: lotse keys rotate."
        )
    held = holdings(connection, store.tenant).get(version)
    if held:
        raise StillWraps(
            f"Version {version} umhüllt noch {held.cases} Fälle und {held.keys} Schlüssel des Protokolls. "
            "Nächster Schritt: lotse keys rotate."
        )


def destroy(store: Store, version: int, told: Mapping[str, object]) -> None:
    """Destroy a version for ever, on record before. Raises StillWraps, KeyDestroyed; nothing is on record then."""
    with store.work() as work:
        connection, _ = work.beside
        refuse_in_use(connection, store, version)
        work.record(Entry("steps", {"action": DESTROYED, "outcome": "done", **told, "kek_version": version}))
        work.commit()
        # It takes the writer's lock again: between this look and the end nobody wraps.
        connection, _ = work.beside
        refuse_in_use(connection, store, version)
        store.provider.destroy_version(version)
