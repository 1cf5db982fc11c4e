"""What the running log says of a request for a restore, and of who is to approve it, where that log can be read.

The file with the request alone proves nothing: whoever can write it has not asked. Proven by
`tests/system/test_backup_two_people.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.backup.live import UNREADABLE
from adapters.bootstrap import open_lotse
from adapters.db.newest import entered, newest_entry
from adapters.db.work import SqlKeys
from adapters.settings import Settings

REQUESTED = "restore_requested"


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The last word on a restore in the running log, and when and by whom each person was last entered."""

    asked_at: datetime | None
    asked: Mapping[str, Any]
    entered: Mapping[str, tuple[datetime, str]]

    def has(self, requested_by: str, sha256: str) -> bool:
        """Whether this person has asked for this restore, and nobody has taken that back or asked for another."""
        said = [self.asked.get(name) for name in ("outcome", "actor", "sha256")]
        return said == ["done", requested_by, sha256]


def on_record(settings: Settings, *persons: str) -> OnRecord | None:
    """Look it up; None where there is no running store that can be read."""
    try:
        lotse = open_lotse(settings)
    except UNREADABLE:
        return None
    try:
        with lotse.store.reading() as connection:
            ring = lotse.store.ring.over(SqlKeys(connection, lotse.store.tenant))
            asked = newest_entry(connection, ring, lambda a: a.get("action") == REQUESTED, past=False)
            known = {person: entered(connection, ring, person) for person in persons}
        at, a = asked or (None, {})
        return OnRecord(at, a, {person: each for person, each in known.items() if each})
    except UNREADABLE:
        return None
    finally:
        lotse.store.engine.dispose()
