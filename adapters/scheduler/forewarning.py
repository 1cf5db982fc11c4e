"""Warnings given once: planned from the cases that the log has touched, given when their time has come, on record.

Planned are rows of `warnings`, from the index beside the log and so behind every step, however it came about; a plan that
is lost is made again. Given is an entry of the log and the row's mark in one transaction: never twice, whoever dies.
Proven in `tests/scheduler/test_forewarning.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from adapters.db import statements as sql
from adapters.db import warning_statements as rows
from adapters.db.work import SqlWork
from adapters.millis import millis
from adapters.scheduler.sweep import CLOCK, settled
from adapters.seeing import DAMAGED
from states.vocabulary import State
from workflow.audited import Audited
from workflow.case import Case
from workflow.duties import Rules
from workflow.errors import UnknownCaseError, WorkflowError
from workflow.forewarning import Forewarning, due_now, forewarnings
from workflow.office import Directory
from workflow.perform import TRIES
from workflow.ports import Entry

if TYPE_CHECKING:
    from adapters.lotse import Lotse

LOOKED = "warnings"
"""The counter that says up to which entry of the log warnings are planned."""
PORTION = 64
"""So many cases are written for in one go, so that nobody else waits long."""
AT_ONCE = 2_000
"""So many entries of the log are looked at in one go."""
_LATER = 24 * 60 * 60 * 1000
"""Milliseconds until a case that cannot be opened is tried again."""

GoingOn = Callable[[], bool]


def _always() -> bool:
    return True


def plan(lotse: "Lotse", going_on: GoingOn = _always) -> int:
    """Plan the warnings of every case that the log has touched since the last look; gives how many were new.

    The first look is at every open case.
    """
    tenant, planned = lotse.store.tenant, 0
    with lotse.store.reading() as connection:
        size = int(sql.HEAD.one(connection, tenant=tenant)[1])
        row = sql.COUNTER.row(connection, tenant=tenant, name=LOOKED)
    looked = None if row is None or row[0] > size else int(row[0])
    if looked is None:
        planned += _plan_all(lotse, size, going_on)
        return planned
    while looked < size and going_on():
        upper = min(size, looked + AT_ONCE)
        with lotse.store.reading() as connection:
            touched = [r[0] for r in rows.TOUCHED.rows(connection, tenant=tenant, looked=looked, upper=upper)]
        planned += _plan(lotse, touched, upper)
        looked = upper
    return planned


def _plan_all(lotse: "Lotse", size: int, going_on: GoingOn) -> int:
    planned, after = 0, ""
    while going_on():
        page = lotse.store.ids(rows.OPEN, closed=str(State.CLOSED), after=after, count=AT_ONCE)
        planned += _plan(lotse, page, size if len(page) < AT_ONCE else None)
        if len(page) < AT_ONCE:
            break
        after = page[-1]
    return planned


def _plan(lotse: "Lotse", cases: Iterable[str], upper: int | None) -> int:
    """Plan these cases: read without a lock, what differs written, and with the last of it how far was looked."""
    wanted: dict[str, dict[tuple[str, ...], int]] = {}
    with lotse.store.work(reading=True) as work:
        directory, found = work.directory, list(_opened(lotse, cases, work))
    # Outside of that: a profile is read through a connection of its own, and a writer who waits for this one to end
    # would keep it waiting.
    for case in found:
        try:
            wanted[case.id] = {each.key: millis(each.at) for each in _of(lotse, case, directory)}
        except (WorkflowError, *DAMAGED):
            lotse.damaged.add(case.id)
    ids, planned = list(wanted), 0
    for start in range(0, max(len(ids), 1), PORTION):
        portion = {each: wanted[each] for each in ids[start : start + PORTION]}
        looked = upper if start + PORTION >= len(ids) else None
        planned += lotse.write(partial(_write_plan, portion, looked), TRIES)
    return planned


def _opened(lotse: "Lotse", cases: Iterable[str], work: SqlWork) -> Iterator[Case]:
    for case_id in cases:
        try:
            yield work.case(case_id)
        except UnknownCaseError:
            continue
        except DAMAGED:
            lotse.damaged.add(case_id)


def _of(lotse: "Lotse", case: Case, directory: Directory) -> tuple[Forewarning, ...]:
    network = lotse.office.network(case.profile, case.profile_version)
    return forewarnings(settled(lotse, case, directory), Rules(network, directory))


def _write_plan(wanted: Mapping[str, Mapping[tuple[str, ...], int]], upper: int | None, work: SqlWork) -> int:
    connection, ring = work.beside
    tenant, new = ring.tenant, 0
    for case_id, keys in wanted.items():
        stored = {row[:4]: row[5] for row in rows.OF_CASE.rows(connection, tenant=tenant, case_id=case_id)}
        for key in stored.keys() - keys.keys():
            if stored[key] is None:
                rows.GONE.run(connection, **rows.named(tenant, case_id, key))
        missing = [
            {"tenant": tenant, **dict(zip(rows.KEY, (case_id, *key), strict=True)), "next_at": at, "warned_at": None}
            for key, at in keys.items()
            if key not in stored
        ]  # fmt: skip
        rows.NEW.run_all(connection, missing)
        new += len(missing)
    if upper is not None:
        sql.PUT_COUNTER.run(connection, tenant=tenant, name=LOOKED, value=upper)
    return new


def give(lotse: "Lotse", going_on: GoingOn = _always) -> int:
    """Give every warning whose time has come, each once; how many were given."""
    now = millis(lotse.office.clock())
    with lotse.store.reading() as connection:
        if rows.DUE.row(connection, tenant=lotse.store.tenant, now=now) is None:
            return 0
    given = 0
    place: tuple[int, str] | None = (0, "")
    while place is not None and going_on():
        count, place = lotse.write(partial(_give, lotse, now, place), TRIES)
        given += count
    return given


def _give(
    lotse: "Lotse", now: int, after: tuple[int, str], work: SqlWork
) -> tuple[int, tuple[int, str] | None]:
    """Give the next portion behind a place; how many, and behind which place it goes on."""
    connection, ring = work.beside
    tenant, given = ring.tenant, 0
    claimed = rows.CLAIM.rows(
        connection, tenant=tenant, now=now, after=after[0], after_id=after[1], count=PORTION
    )
    for case_id in dict.fromkeys(str(row[1]) for row in claimed):
        try:
            given += work.attempt(partial(_give_of, lotse, case_id))
        except UnknownCaseError:
            rows.NONE_OF.run(connection, tenant=tenant, case_id=case_id)
        except (WorkflowError, *DAMAGED):
            lotse.damaged.add(case_id)
            rows.PUT_OFF.run(connection, b_tenant=tenant, b_case_id=case_id, now=now, next_at=now + _LATER)
    return given, (int(claimed[-1][0]), str(claimed[-1][1])) if len(claimed) == PORTION else None


def _give_of(lotse: "Lotse", case_id: str, work: SqlWork) -> int:
    """Give what is due of one case; of several levels that are, the most urgent alone."""
    connection, ring = work.beside
    moment, now = lotse.moment, millis(lotse.moment.at)
    planned = _of(lotse, work.case(case_id), work.directory)
    due = {each.key: each for each in due_now(planned, moment.at, moment.day)}
    given = 0
    for *key, next_at, _ in rows.OF_CASE.rows(connection, tenant=ring.tenant, case_id=case_id):
        if next_at is None or next_at > now:
            continue
        warning = due.get(tuple(key))
        if warning is not None:
            work.record(_entry(warning, case_id, lotse))
        at = None if warning is None else now
        rows.SETTLED.run(connection, **rows.named(ring.tenant, case_id, key), never=None, warned_at=at)
        given += warning is not None
    return given


def _entry(warning: Forewarning, case_id: str, lotse: "Lotse") -> Entry:
    """What the log says: of which obligation, how long before. The day tells a child's birthday and is left out."""
    a: dict[str, object] = {
        "action": str(Audited.FOREWARNED), "actor": CLOCK.id, "outcome": "done", "case": case_id,
        "obligation": warning.obligation, "level": str(warning.level),
        "at": lotse.moment.at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    if warning.recipient is not None:
        a["recipient"] = warning.recipient
    return Entry("steps", a, None, case_id)
