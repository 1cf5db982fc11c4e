"""What the log is told of who comes in how, and how login names are compared."""

import unicodedata
from datetime import UTC

from adapters.db.work import SqlWork
from adapters.lotse import Lotse
from workflow.audited import Audited
from workflow.ports import Entry

UNKNOWN = "unknown"
"""Who acts in the log where nobody is known."""
LONGEST = 200


def login_name(text: str) -> str:
    """A login name as it is compared: NFC, without capitals and outer spaces; empty where it cannot be one."""
    name = unicodedata.normalize("NFC", text.strip()).casefold()
    usable = 0 < len(name) <= LONGEST and name.isprintable()
    return name if usable else ""


def note(
    work: SqlWork, lotse: Lotse, action: Audited, actor: str, *, kind: str = "access", **more: object
) -> None:
    """Stage an entry of the log about who comes in how; with names of staff only."""
    at = lotse.moment.real_at.astimezone(UTC).isoformat()
    work.record(Entry(kind, {"action": str(action), "actor": actor, "outcome": "done", "at": at, **more}))
