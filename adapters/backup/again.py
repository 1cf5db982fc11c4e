"""Erasures that a backup does not know of: what was erased since stays erased, also after a restore.

`erasures.json` beside the keys says which (`adapters.erasures`); here it is held against what a backup still has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from adapters.backup.archive import Header
from adapters.backup.lineage import Known
from adapters.backup.live import Live
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

    `known` is False where there may be more: no list of erasures is kept here, or none to which all that was ever
    signed was read.
    """

    erased: tuple[Erased, ...] = ()
    names: tuple[str, ...] = ()
    known: bool = True


def lacking(settings: Settings, store: Store, header: Header, known: Known, live: Live | None) -> Lacking:
    """The erasures on record here that the store of a backup has not made. Raises ErasuresDamaged.

    On record is what the list says, and what the running log adds to it.
    """
    kept = [each for each in (read_erasures(settings.erasures), *(live.listed if live else ())) if each]
    erased = dict.fromkeys(one for each in kept for one in each.erased)
    with store.work(reading=True) as work:
        waiting = [one for one in erased if _is_there(work.shreddable(one.target), one)]
    read = [(each.origin, each.size) for each in kept if each.origin]
    somebody = not live.unlisted if live else bool(known.states) and not known.damaged
    told = somebody and bool(read) and known.all_of_it((header.origin, header.size), *read)
    return Lacking(tuple(waiting), tuple(sorted(names_of(store, [one.target for one in waiting]))), told)


def _is_there(found: Shredded | None, erased: Erased) -> bool:
    return found is not None and found.key_id == erased.key_id


def names_of(store: Store, targets: Sequence[str]) -> list[str]:
    """How people call what an erasure is about: the number of a case, and everything else as it is called."""
    with store.reading() as connection:
        return [
            str(_NUMBER.one(connection, tenant=store.tenant, case_id=target)[0])
            if is_case(target)
            else target
            for target in targets
        ]


def made_again(store: Store, lacks: Lacking, request: RestoreRequest, approver: str) -> None:
    """Make in a restored store, which nobody uses yet, the erasures it lacks; on record in its new log."""
    erase_again(store, lacks.erased, actor=approver, requested_by=request.requested_by, at=now())
