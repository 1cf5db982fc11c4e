"""The sealed contents of the log, of all its incarnations, by the key id in their leaves: found and deleted.

Not by the index, which may be what was altered.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from adapters.db import retention_statements as sql

PAGE = 4096


def contents(connection: Connection, tenant: str) -> Iterator[tuple[int | None, int, bytes]]:
    """Incarnation (None: the present log), number and key id of every content that is kept."""
    rows = sql.INCARNATIONS.rows(connection, tenant=tenant)
    for incarnation in (None, *(int(row[0]) for row in rows)):
        query = sql.CONTENT_KEYS if incarnation is None else sql.PAST_CONTENT_KEYS
        after = -1
        while page := query.rows(connection, tenant=tenant, incarnation=incarnation, after=after, count=PAGE):
            yield from ((incarnation, seq, key_id) for seq, key_id in page)
            after = page[-1][0]


def delete_contents(connection: Connection, tenant: str, keys: set[bytes]) -> None:
    """Delete every content under one of these keys."""
    for incarnation, seq, key_id in contents(connection, tenant):
        if key_id not in keys:
            continue
        if incarnation is None:
            sql.NO_CONTENT.run(connection, tenant=tenant, seq=seq)
        else:
            sql.NO_PAST_CONTENT.run(connection, tenant=tenant, incarnation=incarnation, seq=seq)
