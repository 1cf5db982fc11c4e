"""Nodes of the tree beside the log every four levels instead of eight: a proof reads blocks of 16 and not of 256.

They are computed anew from the entries (RFC 6962), tenant by tenant, a page at a time. Where an entry is missing or
unreadable they end: whoever verifies names that entry.
"""

from collections.abc import Iterator
from hashlib import sha256

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    write_nodes(16)


def downgrade() -> None:
    write_nodes(256)


TENANTS = sa.text("SELECT id FROM tenants ORDER BY id")
ENTER = sa.text("SELECT set_config('lotse.tenant', :tenant, true)")
CLEAR = sa.text("DELETE FROM log_nodes WHERE tenant = :tenant")
INSERT = sa.text("INSERT INTO log_nodes (tenant, level, number, hash) VALUES (:tenant, :level, :number, :hash)")
PAGE = sa.text("SELECT seq, leaf FROM log WHERE tenant = :tenant AND seq > :after ORDER BY seq LIMIT 4096")


def write_nodes(width: int) -> None:
    """Write the nodes of every log anew, the roots of its complete subtrees of width^level; memory does not grow with it."""
    connection = op.get_bind()
    server = connection.dialect.name == 'postgresql'
    if server:
        connection.execute(sa.text("LOCK TABLE log_head IN EXCLUSIVE MODE"))
    for (tenant,) in connection.execute(TENANTS).all():
        if server:
            connection.execute(ENTER, {"tenant": tenant})
        connection.execute(CLEAR, {"tenant": tenant})
        batch = []
        for level, number, node in nodes_of(leaf_hashes(connection, tenant), width):
            batch.append({"tenant": tenant, "level": level, "number": number, "hash": node})
            if len(batch) == 1000:
                connection.execute(INSERT, batch)
                batch = []
        if batch:
            connection.execute(INSERT, batch)
    if server:
        connection.execute(ENTER, {"tenant": ""})


def leaf_hashes(connection: sa.Connection, tenant: str) -> Iterator[bytes]:
    """Give the leaf hashes by number, page by page."""
    after = -1
    while page := connection.execute(PAGE, {"tenant": tenant, "after": after}).all():
        for seq, leaf in page:
            if seq != after + 1 or not isinstance(leaf, bytes):
                return
            after = seq
            yield sha256(b"\x00" + leaf).digest()


def nodes_of(hashes: Iterator[bytes], width: int) -> Iterator[tuple[int, int, bytes]]:
    """Give level, number and root of each complete subtree of width^level leaves."""
    pending: list[list[bytes]] = [[]]
    counts = [0]
    for node in hashes:
        level = 0
        pending[0].append(node)
        while len(pending[level]) == width:
            node = root_of(pending[level])
            pending[level] = []
            level += 1
            if level == len(pending):
                pending.append([])
                counts.append(0)
            yield level, counts[level], node
            counts[level] += 1
            pending[level].append(node)


def root_of(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs)]
    return hashes[0]
