"""Several towns in one PostgreSQL, one scheduler for those of them whose keys lie here.

    TENANTS/0b5e…/    the folder of keys of the town with this id, with its notary's file

The database says which towns have work due, by id and count and nothing else; those are done at once, the others often
enough for their heartbeat. Proven in `tests/scheduler/test_tenants.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from adapters.db.begin import begun
from adapters.db.place import place_of
from adapters.db.sweep_statements import due_by_tenant
from adapters.millis import now_ms
from adapters.scheduler.heartbeat import LATE, MINUTE, steady
from adapters.settings import Settings
from workflow.errors import WorkflowError

VISITED = LATE - MINUTE
"""So often (milliseconds) somebody comes by who has nothing due."""
_TENANT = re.compile(r"[0-9a-f]{32}")


class NoTenants(WorkflowError):
    """The folder of several towns' keys cannot be used; the message is a German sentence with the next step."""


def towns_in(settings: Settings, folder: Path) -> dict[str, Settings]:
    """The settings of each town whose keys lie below the folder, by id. Raises NoTenants."""
    if settings.embedded:
        raise NoTenants("--tenants gibt es nur mit PostgreSQL. Nächster Schritt: LOTSE_DATABASE_URL setzen.")
    try:
        found = sorted(each for each in folder.iterdir() if each.is_dir() and _TENANT.fullmatch(each.name))
    except OSError:
        raise NoTenants(
            f"Der Ordner {folder} lässt sich nicht lesen. Nächster Schritt: --tenants prüfen."
        ) from None
    if not found:
        raise NoTenants(
            f"In {folder} liegt kein Ordner mit Schlüsseln. Nächster Schritt: je Träger einer, benannt nach seiner "
            "Kennung (32 Ziffern 0-9a-f)."
        )
    return {each.name: replace(settings, tenant=each.name, keys=each, notary_folder=None) for each in found}


class Towns:
    """The towns in the order in which one job is to visit them; asked anew for each round."""

    def __init__(self, towns: Mapping[str, Settings], now: Callable[[], int] = now_ms) -> None:
        self._towns = towns
        self._now = now
        self._visited: dict[str, float] = {}

    def __call__(self) -> Iterator[Settings]:
        """First who has work due, the most of it first; then who was not visited for a while."""
        due = self._due()
        at = steady() * 1000
        idle = [each for each in self._towns if each not in due and self._is_idle_too_long(each, at)]
        for each in (*sorted(due, key=lambda name: -due[name]), *idle):
            self._visited[each] = at
            yield self._towns[each]

    def _is_idle_too_long(self, town: str, at: float) -> bool:
        last = self._visited.get(town)
        return last is None or at - last >= VISITED

    def _due(self) -> dict[str, int]:
        """How much is due in each town whose keys are here."""
        some = next(iter(self._towns.values()))
        engine = place_of(some).look()
        try:
            with begun(engine, reading=True) as connection:
                due = due_by_tenant(connection, self._now())
        finally:
            engine.dispose()
        return {tenant: count for tenant, count in due.items() if tenant in self._towns}
