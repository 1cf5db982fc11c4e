"""The one place that selects cases for a person: `workflow.visible.Reach` in SQL, by the columns beside the records.

Each part is a statement of its own, so that each uses its index; a case found twice is one. Nothing is opened here.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from adapters.db import tables as t
from adapters.db.statements import Prepared
from states.vocabulary import State
from workflow.visible import Reach

_c = t.cases.c
_r = t.case_recipients.c


def _found(*conditions: Any) -> Select[Any]:  # noqa: ANN401 - Core's conditions have no narrower type
    return select(_c.id, _c.due_at, _c.number).where(_c.tenant == bindparam("tenant"), *conditions)


_ALL = Prepared(_found())
CASES_OF = Prepared(_found(_c.responsible == bindparam("responsible")))
_UNASSIGNED = Prepared(_found(_c.responsible.is_(None)))
_WITH = Prepared(
    _found(_r.recipient == bindparam("recipient")).join(
        t.case_recipients, (_r.tenant == _c.tenant) & (_r.case_id == _c.id)
    )
)
_FROM = Prepared(_found(_c.partner == bindparam("partner")))
_IN = Prepared(_found(_c.state == bindparam("state")))
_ONE = Prepared(_found(_c.id == bindparam("case_id")))
_ALIKE = Prepared(
    _found(
        t.duplicates.c.digest.in_(
            select(t.duplicates.c.digest).where(
                t.duplicates.c.tenant == bindparam("tenant"), t.duplicates.c.case_id == bindparam("case_id")
            )
        ),
        _c.id != bindparam("case_id"),
    )
    .join(t.duplicates, (t.duplicates.c.tenant == _c.tenant) & (t.duplicates.c.case_id == _c.id))
    .distinct()
)


def visible_ids(connection: Connection, tenant: str, reach: Reach, partners: Collection[bytes]) -> list[str]:
    """The ids of the cases within this reach, what is due first first; `partners` are the institution's keyed names."""
    found = {str(row[0]): row for row in _rows(connection, tenant, reach, partners)}
    return [str(row[0]) for row in sorted(found.values(), key=_by_due)]


def alike_ids(connection: Connection, tenant: str, case_id: str) -> list[str]:
    """The ids of the cases that share with this one what tells duplicates, by number: not yet for anybody to see."""
    rows = _ALIKE.rows(connection, tenant=tenant, case_id=case_id)
    return [str(row[0]) for row in sorted(rows, key=lambda row: str(row[2]))]


def _rows(
    connection: Connection, tenant: str, reach: Reach, partners: Collection[bytes]
) -> Iterator[tuple[Any, ...]]:
    if reach.everything:
        yield from _ALL.rows(connection, tenant=tenant)
        return
    for who in sorted(reach.responsible):
        yield from CASES_OF.rows(connection, tenant=tenant, responsible=who)
    if reach.unassigned:
        yield from _UNASSIGNED.rows(connection, tenant=tenant)
    if reach.recipient is not None:
        yield from _WITH.rows(connection, tenant=tenant, recipient=reach.recipient)
    for partner in partners:
        yield from _FROM.rows(connection, tenant=tenant, partner=partner)
    if reach.escalated:
        yield from _IN.rows(connection, tenant=tenant, state=State.ESCALATED.value)
    for case_id in sorted(reach.opened):
        yield from _ONE.rows(connection, tenant=tenant, case_id=case_id)


def _by_due(row: tuple[Any, ...]) -> tuple[bool, int, str]:
    return row[1] is None, row[1] or 0, str(row[2])
