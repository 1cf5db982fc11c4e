"""Rows in quarantine that are perhaps of the family of a case to be erased: they do not go with it, and that is said.

Compared is what tells duplicates, computed anew from the cells as far as they are understood; a row whose name and phone
cannot be read is not found, and goes by its term. Whoever calls this has it on record first. Proven in
`tests/cli/test_retention_quarantine.py`.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from adapters.db import duplicate_statements as sql
from adapters.db.held import HeldApart, HeldRow
from adapters.db.staged import digests_of
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from adapters.intake.errors import UnreadableList
from adapters.intake.headings import recognise
from adapters.intake.reader import Understanding
from audit.errors import KeyDestroyed
from audit.keys import DUPLICATES, KeyRing
from audit.seal import DataKey


def is_anything_held(store: Store) -> bool:
    """Whether a row lies in quarantine."""
    with store.reading() as connection:
        return sql.ANY_HELD.row(connection, tenant=store.tenant) is not None


def alike_in_quarantine(store: Store, case_id: str) -> tuple[str, ...]:
    """The quarantine numbers of rows that share the sound of the name and the child's date, or the phone, with a case."""
    with store.reading() as connection:
        told = {row[0] for row in sql.DIGESTS.rows(connection, tenant=store.tenant, case_id=case_id)}
        ring = store.ring.over(SqlKeys(connection, store.tenant))
        keys = list(_keys(connection, store, ring))
        rows = HeldApart(connection, store.tenant, ring).rows()
        return tuple(row.called for row in rows if told & {*_digests(row, keys)})


def _keys(connection: Connection, store: Store, ring: KeyRing) -> Iterator[tuple[int, DataKey]]:
    """The keys of the index of duplicates, as far as there are: during a rotation two."""
    for row in sql.KEYS.rows(connection, tenant=store.tenant):
        try:
            key = ring.known(row[0])
        except KeyDestroyed:
            continue
        if key is not None:
            yield int(row[0].removeprefix(DUPLICATES)), key


def _digests(held: HeldRow, keys: list[tuple[int, DataKey]]) -> Iterator[bytes]:
    try:
        columns = recognise(held.headings)
    except UnreadableList:
        return
    if columns is None:
        return
    row = Understanding(columns).row(0, held.cells)
    for version, key in keys:
        for day in (row.born, row.expected):
            yield from digests_of(version, key, row.surname, day, row.phone)
