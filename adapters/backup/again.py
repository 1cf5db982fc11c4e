"""Erasures that a backup does not know of: what was erased since stays erased, also after a restore.

`erasures.json` beside the keys says which (`adapters.erasures`); here it is held against what a backup still has.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from adapters.backup.request import RestoreRequest
from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.store import Store
from adapters.erasures import Erased, erase_again, read_erasures
from adapters.lotse import now
from adapters.settings import Settings
from workflow.erasure import Shredded, is_case

_NUMBER = sql.Prepared(
    select(t.cases.c.number).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)


@dataclass(frozen=True, slots=True)
class Lacking:
    """Erasures that a store still has to make: what they are, and how people call it (case numbers, years).

    `known` is False where no list of erasures is kept here, or none to which a log was read to its end.
    """

    erased: tuple[Erased, ...] = ()
    names: tuple[str, ...] = ()
    known: bool = True


def lacking(settings: Settings, store: Store) -> Lacking:
    """The erasures on record here that the store of a backup has not made. Raises ErasuresDamaged."""
    listed = read_erasures(settings.erasures)
    if listed is None:
        return Lacking(known=False)
    with store.work(reading=True) as work:
        waiting = [one for one in dict.fromkeys(listed.erased) if _is_there(work.shreddable(one.target), one)]
    with store.reading() as connection:
        names = [
            str(_NUMBER.one(connection, tenant=store.tenant, case_id=one.target)[0])
            if is_case(one.target)
            else one.target
            for one in waiting
        ]
    return Lacking(tuple(waiting), tuple(sorted(names)), known=bool(listed.origin))


def _is_there(found: Shredded | None, erased: Erased) -> bool:
    return found is not None and found.key_id == erased.key_id


def made_again(settings: Settings, store: Store, request: RestoreRequest, approver: str) -> Lacking:
    """Make in a restored store, which nobody uses yet, the erasures it lacks; on record in its new log."""
    lacks = lacking(settings, store)
    erase_again(store, lacks.erased, actor=approver, requested_by=request.requested_by, at=now())
    return lacks
