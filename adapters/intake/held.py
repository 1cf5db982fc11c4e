"""The rows in quarantine, opened to be mended: sealed in the store, in the clear only in the file somebody asked for.

Whoever calls this has it on record first. Proven by mending a row and importing it again
(`tests/cli/test_quarantine_mended.py`).
"""

from collections.abc import Iterable, Iterator

from adapters.db.held import HeldApart
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from adapters.intake.quarantine import QuarantinedRow


def held_rows(store: Store, identities: Iterable[bytes]) -> Iterator[QuarantinedRow]:
    """Open the rows of these identities that lie in quarantine, in their order."""
    with store.reading() as connection:
        apart = HeldApart(connection, store.tenant, store.ring.over(SqlKeys(connection, store.tenant)))
        for identity in identities:
            row = apart.row(identity)
            if row is not None:
                yield QuarantinedRow(row.called, row.reason, row.cells)
