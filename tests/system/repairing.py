"""What an attacker with all rights on the database but without a key repairs: hashes, numbers, tree, nodes, head."""

from collections.abc import Callable
from hashlib import sha256

from sqlalchemy import Connection, text

from audit.tree import Frontier, leaf_hash

NODES = "INSERT INTO log_nodes (tenant, level, number, hash) VALUES (:tenant, :level, :number, :hash)"
Row = tuple[int, bytes, bytes, bytes]
Repair = Callable[[Connection], None]


def entries(connection: Connection) -> list[Row]:
    """seq, leaf, mac, body A."""
    found = connection.execute(text("SELECT seq, leaf, mac, body_a FROM log ORDER BY seq"))
    return [tuple(row) for row in found]


def written(connection: Connection, rows: list[Row]) -> None:
    """Put these entries in the place of those that are there."""
    tenant = connection.scalar(text("SELECT id FROM tenants"))
    connection.execute(text("DELETE FROM log"))
    for seq, leaf, mac, body in rows:
        connection.execute(
            text("INSERT INTO log (tenant, seq, leaf, mac, body_a) VALUES (:t, :s, :l, :m, :b)"),
            {"t": tenant, "s": seq, "l": leaf, "m": mac, "b": body},
        )


def without(connection: Connection, gone: list[int]) -> None:
    """Delete these entries from all tables and close the gaps in the numbers."""
    kept = [row for row in entries(connection) if row[0] not in gone]
    places = {row[0]: place for place, row in enumerate(kept)}
    written(connection, [(places[row[0]], *row[1:]) for row in kept])
    for table in ("log_contents", "log_index"):
        for seq in gone:
            connection.execute(text(f"DELETE FROM {table} WHERE seq = :seq"), {"seq": seq})  # noqa: S608 - names of our own tables
        for seq in sorted(places):
            if places[seq] != seq:
                moved = {"old": seq, "new": places[seq]}
                connection.execute(text(f"UPDATE {table} SET seq = :new WHERE seq = :old"), moved)  # noqa: S608 - names of our own tables


def repaired(connection: Connection, *, notes: bool = False) -> None:
    """Make hashes, numbers, tree, nodes and head fit each other; drop the checkpoints (unless `notes`)."""
    contents = dict(connection.execute(text("SELECT seq, body_b FROM log_contents")).all())
    rows: list[Row] = []
    for seq, raw, mac, body in entries(connection):
        hash_b = sha256(contents[seq]).digest() if seq in contents else raw[152:]
        leaf = raw[:8] + seq.to_bytes(8) + raw[16:120] + sha256(body).digest() + hash_b
        rows.append((seq, leaf, mac, body))
    written(connection, rows)
    tree, nodes = Frontier().grow([leaf_hash(row[1]) for row in rows])
    tenant = connection.scalar(text("SELECT id FROM tenants"))
    connection.execute(text("DELETE FROM log_nodes"))
    for level, number, node in nodes:
        values = {"tenant": tenant, "level": level, "number": number, "hash": node}
        connection.execute(text(NODES), values)
    head = {"size": tree.size, "tree": tree.to_bytes(), "ms": int.from_bytes(rows[-1][1][16:24])}
    connection.execute(text("UPDATE log_head SET size = :size, frontier = :tree, last_time_ms = :ms"), head)
    if not notes:
        connection.execute(text("DELETE FROM log_checkpoints"))
