"""The roots of complete subtrees beside the log, written in the transaction of the entry that completes one.

They repeat what the log says, so that a proof reads some dozens of rows; `lotse audit verify` computes them anew.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from adapters.db import tables as t
from adapters.db.statements import NEW_NODE, Prepared
from audit.tree import Node

_LEVEL = select(t.log_nodes.c.number, t.log_nodes.c.hash).where(
    t.log_nodes.c.tenant == bindparam("tenant"), t.log_nodes.c.level == bindparam("level")
)
NODES, NODES_AFTER = (
    Prepared(page.order_by(t.log_nodes.c.number).limit(bindparam("count")))
    for page in (_LEVEL, _LEVEL.where(t.log_nodes.c.number > bindparam("after")))
)


def write_nodes(connection: Connection, tenant: str, nodes: Iterable[Node]) -> None:
    """Insert the nodes that a batch has completed; fail where one of them is there already."""
    NEW_NODE.run_all(
        connection,
        [{"tenant": tenant, "level": level, "number": number, "hash": node} for level, number, node in nodes],
    )
