"""The rows in quarantine, opened to be mended: sealed in the store, in the clear only in the file somebody asked for.

Whoever calls this has it on record first. Proven by mending a row and importing it again
(`tests/cli/test_quarantine_mended.py`).
"""

from collections.abc import Iterable, Iterator

import orjson

from adapters.db import statements as sql
from adapters.db.codec import unseal
from adapters.db.plan import quarantine_number
from adapters.db.store import Store
from adapters.db.work import QUARANTINE, SqlKeys
from adapters.intake.quarantine import QuarantinedRow


def held_rows(store: Store, identities: Iterable[bytes]) -> Iterator[QuarantinedRow]:
    """Open the rows of these identities that lie in quarantine, in their order."""
    with store.reading() as connection:
        key = store.ring.over(SqlKeys(connection, store.tenant)).key("import")
        for identity in identities:
            row = sql.HELD_ONE.row(connection, tenant=store.tenant, identity=identity)
            if row is None:
                continue
            number, sealed = row
            held = orjson.loads(unseal(key, store.tenant, identity.hex(), QUARANTINE, sealed))
            called = quarantine_number(number, identity)
            yield QuarantinedRow(called, held["reason"], tuple(held["cells"]))
