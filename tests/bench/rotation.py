"""Turning the master key: the keys of all cases wrapped anew, beside bare AES-GCM and UPDATE of the same rows.

The index of duplicates is a figure of its own: it opens every name, which wrapping does not.
"""

import os
import shutil
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.db.connect import journal_mode
from adapters.db.rotation import BATCH, Rotation
from adapters.lotse import Lotse
from tests.bench import office
from tests.bench.figure import Figure, Line, german
from tests.bench.scale import Scale
from tests.bench.timing import Contender, cpu, interleaved, tell

GROUP = "Den Hauptschlüssel erneuern, CPU-Zeit"
ROUNDS = 3
_NONCE, _KEY_ID = 12, 32


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Let rotation and the bare statements take turns, each on its own copy."""
    tell(f"rotation: {scale.cases} Fälle anlegen")
    source = folder / "rotation"
    lotse = office.new_office(source)
    office.fill(lotse, scale.cases)
    office.close(lotse)
    shutil.copytree(source, folder / "rotation-bare")
    lotse = office.copied(source, folder / "rotation-lotse")
    shutil.rmtree(source)
    tell("rotation")
    bare = _bare(folder / "rotation-bare/data/lotse.db")
    contenders: dict[str, Contender] = {"keys": _keys(lotse), "whole": _whole(lotse), "bare": bare}
    timing = interleaved(contenders, min(ROUNDS, scale.rounds), cpu)
    office.close(lotse)
    shutil.rmtree(folder / "rotation-lotse")
    shutil.rmtree(folder / "rotation-bare")
    limit = f"AES-GCM und UPDATE allein, je {BATCH} in einer Transaktion, {journal_mode()}"
    note = f"{german(scale.cases)} Fälle"
    return [
        Figure(
            GROUP, name, timing.each(who) * 1e6, "µs je Fall", timing.each("bare") * 1e6, limit,
            timing.costs(who, "bare"), None, note,
        )
        for name, who in (
            ("Schlüssel der Fälle neu umhüllen", "keys"), ("mit dem Verzeichnis der Doppelmeldungen", "whole"),
        )
    ]  # fmt: skip


def _rotation(lotse: Lotse) -> Rotation:
    return Rotation(lotse.store, "fachkraft", lotse.moment.at.isoformat)


def _keys(lotse: Lotse) -> Contender:
    def contender() -> int:
        rotation = _rotation(lotse)
        done = rotation._begin(new=True)
        rotation._keys(done)
        rotation._cases(done)
        return done.cases

    return contender


def _whole(lotse: Lotse) -> Contender:
    def contender() -> int:
        rotation = _rotation(lotse)
        done = rotation._bring_under(rotation._begin(new=True))
        assert done.cases == done.names
        return done.cases

    return contender


def _bare(database: Path) -> Contender:
    """What no rotation can do without: each row read, opened, sealed and written, with keys that are at hand."""
    old, new = AESGCM(os.urandom(32)), AESGCM(os.urandom(32))
    context, key_id, nonce = os.urandom(88), os.urandom(_KEY_ID), os.urandom(_NONCE)
    sealed = key_id + nonce + old.encrypt(nonce, os.urandom(32), context)

    def contender() -> int:
        count, after = 0, ""
        connection = sqlite3.connect(database, isolation_level=None)
        for pragma in (f"journal_mode={journal_mode()}", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        (tenant,) = connection.execute("SELECT id FROM tenants").fetchone()
        while page := connection.execute(
            "SELECT id, kek_version, wrapped_key FROM cases WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
            (tenant, after, BATCH),
        ).fetchall():
            changed = []
            for case_id, version, _ in page:
                secret = old.decrypt(sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :], context)
                fresh = os.urandom(_NONCE)
                wrapped = sealed[:_KEY_ID] + fresh + new.encrypt(fresh, secret, context)
                changed.append((wrapped, version + 1, tenant, case_id))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "UPDATE cases SET wrapped_key = ?, kek_version = ? WHERE tenant = ? AND id = ?", changed
            )
            connection.execute("COMMIT")
            count, after = count + len(page), page[-1][0]
        connection.close()
        return count

    return contender
