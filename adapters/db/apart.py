"""How much is held apart, by the log and by the tables: a row that vanished from the quarantine is a family unheard.

Each entry of an import says how many rows and queries it added and how many rows left; erasures say what they took. The
sums must be what lies in the tables. Tried in `tests/intake/test_vanished.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from adapters.db import among
from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.plan import Asked
from adapters.db.work import SqlWork
from workflow.erasure import Deed, is_quarantine, is_row

_ROWS, _QUERIES = (
    sql.Prepared(select(func.count()).select_from(table).where(table.c.tenant == bindparam("tenant")))
    for table in (t.intake_quarantine, t.consent_queries)
)


@dataclass(slots=True)
class Staged:
    """What one transaction of an import stages: identities held and counted, and what partners are to be asked."""

    held: list[bytes] = field(default_factory=list)
    counted: list[bytes] = field(default_factory=list)
    queries: list[Asked] = field(default_factory=list)

    def moved(self, work: SqlWork) -> dict[str, int]:
        """What the entry says of it, before the commit: rows new in quarantine, rows that left it, new queries.

        Who is counted leaves, and who is held comes, or comes again.
        """
        connection, ring = work.beside
        held, counted = {*self.held}, {*self.counted}
        there = among.HELD(connection, ring.tenant, held | counted)
        digests = {work.held_apart.digest_of(asked) for asked in self.queries}
        new = digests - among.QUERIES(connection, ring.tenant, digests)
        return {"held": len(held - there), "left": len((counted & there) - held), "asked": len(new)}


class Apart:
    """What the log says of it, entry by entry, and the comparison; nothing where an older version did not say."""

    def __init__(self) -> None:
        self._rows = 0
        self._queries = 0
        self._told = True

    def take(self, a: Mapping[str, Any]) -> None:
        """Follow an entry of what was done. Raises KeyError, TypeError where it does not say what it should."""
        action, target = a.get("action"), str(a.get("purpose", ""))
        if action == "import":
            if "held" in a:
                self._rows += a["held"] - a["left"]
                self._queries += a["asked"]
            elif a.get("quarantined", 1) or a.get("without_personal_data", 1):
                self._told = False
        elif action == Deed.APPROVE and is_row(target):
            self._rows -= 1
        elif action == Deed.APPROVE and is_quarantine(target):
            self._told = self._told and "held" in a
            self._rows -= a.get("held", 0)
            self._queries -= a.get("asked", 0)

    def differs(self, connection: Connection, tenant: str) -> bool:
        """Whether something else lies in the tables."""
        lie = [int(each.one(connection, tenant=tenant)[0]) for each in (_ROWS, _QUERIES)]
        return self._told and lie != [self._rows, self._queries]
