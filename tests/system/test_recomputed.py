"""A log of 70 000 entries, recomputed by others: Go's tlog, pymerkle, and the small scripts we give away.

Beyond 65 536 entries the tiles have three levels. What stands in the tables beside the log (its nodes) is compared
with the tiles, and so is what a database of the first version gets when it is migrated.
"""

import base64
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from pymerkle import InmemoryTree  # type: ignore[import-untyped] # it ships no types

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.connect import connect
from adapters.settings import read_settings
from tests.migrations import back_to
from tests.system.golang import built
from tests.system.program import ROOT, lotse, surroundings
from workflow.ports import Entry

ENTRIES = 70_000
AT_ONCE = 5_000
PROVEN = ("0", "255", "65535", "65536", "69999")
GIVEN_AWAY = ROOT / "docs" / "verify"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office in which somebody has looked at the list of cases very often."""
    folder = tmp_path_factory.mktemp("office")
    opened = create_lotse(read_settings(folder))
    looked = Entry(
        "access",
        {"action": "list", "actor": "fachkraft", "outcome": "done", "at": "2026-11-02T12:00:00+00:00"},
    )
    for start in range(0, ENTRIES, AT_ONCE):
        with opened.store.work() as work:
            for _ in range(min(AT_ONCE, ENTRIES - start)):
                work.record(looked)
            work.commit()
    opened.store.engine.dispose()
    return folder


@pytest.fixture(scope="module")
def export(office: Path) -> Path:
    """The export, its verifier key beside it, and proofs of some entries."""
    for words in (("export", str(office / "log")), ("proof", *PROVEN, "--out", str(office / "proofs"))):
        done = lotse("audit", *words, folder=office)
        assert done.code == 0, done.err
    return office / "log"


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(GIVEN_AWAY / "verify.go", tmp_path_factory.mktemp("go"))


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a verifier, without the environment of the program."""
    return subprocess.run(
        [str(word) for word in words],
        env=surroundings(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def size_and_root(export: Path) -> tuple[int, bytes]:
    _, size, root, *_ = (export / "checkpoint").read_text(encoding="utf-8").split("\n")
    return int(size), base64.b64decode(root)


def bundles(export: Path) -> list[Path]:
    full = sorted((export / "tile" / "entries").glob("[0-9][0-9][0-9]"))
    return [*full, *(export / "tile" / "entries").glob("*.p/*")]


def test_the_export_has_three_levels_of_tiles(export: Path) -> None:
    size, _ = size_and_root(export)
    assert size > 65_536
    assert (export / "tile/2/000.p/1").stat().st_size == 32
    assert (export / "tile/1/000").stat().st_size == 256 * 32


def test_the_small_script_accepts_it(export: Path) -> None:
    done = run(sys.executable, "-I", GIVEN_AWAY / "verify_tiles.py", export, export.with_suffix(".vkey"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Protokoll unverändert: {size_and_root(export)[0]} Einträge")


def test_the_other_small_script_accepts_the_proofs(export: Path) -> None:
    for seq in PROVEN:
        proof = export.with_name("proofs") / f"eintrag-{seq}.tlog-proof"
        done = run(sys.executable, "-I", GIVEN_AWAY / "verify_proof.py", proof, export.with_suffix(".vkey"))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Eintrag {seq} vom ")


def test_go_accepts_the_export_and_the_proofs(export: Path, go: Path) -> None:
    """Checkpoint, root, every tile, and proofs that Go makes from the tiles alone."""
    proofs = [export.with_name("proofs") / f"eintrag-{seq}.tlog-proof" for seq in PROVEN]
    done = run(go, export.with_suffix(".vkey"), export, *proofs)
    assert (done.returncode, done.stderr) == (0, "")
    size, root = size_and_root(export)
    said = done.stdout.splitlines()
    assert said[0] == f"Protokoll unverändert: {size} Einträge, Wurzel {base64.b64encode(root).decode()}"
    assert [line.split(" ")[1] for line in said[1:]] == list(PROVEN)


@pytest.mark.parametrize(
    "name",
    [
        "checkpoint", "tile/entries/000", "tile/entries/255", "tile/0/001", "tile/0/272", "tile/1/000",
        "tile/1/001.p/17", "tile/2/000.p/1",
    ],
)  # fmt: skip
def test_go_refuses_an_export_with_a_bit_turned_or_a_file_gone(
    export: Path, go: Path, tmp_path: Path, name: str
) -> None:
    path, key = export / name, export.with_suffix(".vkey")
    kept = path.read_bytes()
    try:
        for place in (0, len(kept) // 2, len(kept) - 2):
            path.write_bytes(kept[:place] + bytes([kept[place] ^ 4]) + kept[place + 1 :])
            done = run(go, key, export)
            assert (done.returncode, done.stdout) == (1, ""), place
            assert done.stderr.startswith("FEHLER: ")
        path.rename(tmp_path / "gone")
        assert run(go, key, export).returncode == 1
    finally:
        path.write_bytes(kept)


def test_go_refuses_a_proof_that_was_altered(export: Path, go: Path, tmp_path: Path) -> None:
    content = (export.with_name("proofs") / "eintrag-255.tlog-proof").read_text()
    altered = tmp_path / "altered.tlog-proof"
    for before, after in (("index 255", "index 254"), ("extra T", "extra U"), ("\n7", "\n8"), ("@v1", "@v2")):
        altered.write_text(content.replace(before, after, 1))
        assert altered.read_text() != content
        assert run(go, export.with_suffix(".vkey"), altered).returncode == 1, before


def test_pymerkle_comes_to_the_same_roots(export: Path) -> None:
    """Of the whole log, and of its first 256, 65 536 and 65 537 entries as the tiles have them."""
    tree = InmemoryTree(algorithm="sha256")
    for bundle in bundles(export):
        content = bundle.read_bytes()
        for at in range(0, len(content), 186):
            tree.append_entry(content[at + 2 : at + 186])
    size, root = size_and_root(export)
    assert tree.get_size() == size
    assert tree.get_root(size) == root
    assert tree.get_root(256) == (export / "tile/1/000").read_bytes()[:32]
    assert tree.get_root(65_536) == (export / "tile/2/000.p/1").read_bytes()


def nodes(database: Path) -> list[tuple[int, int, bytes]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT level, number, hash FROM log_nodes ORDER BY level, number"
        ).fetchall()


def test_the_nodes_beside_the_log_are_those_of_the_tiles(office: Path, export: Path) -> None:
    """Every other level is a level of tiles; a node between them is the root over sixteen hashes of the tile below."""
    tiles = {
        0: [*(export / f"tile/0/{number:03}" for number in range(273)), *export.glob("tile/0/273.p/*")],
        2: [export / "tile/1/000", export / "tile/1/001.p/17"],
        4: [export / "tile/2/000.p/1"],
    }
    levels = {level: b"".join(tile.read_bytes() for tile in files) for level, files in tiles.items()}
    hashes = {
        level: [found[at : at + 32] for at in range(0, len(found), 32)] for level, found in levels.items()
    }
    for level in (1, 3):
        below = hashes[level - 1]
        hashes[level] = [_root_of(below[at : at + 16]) for at in range(0, len(below) - 15, 16)]
    del hashes[0]
    assert nodes(office / "data" / "lotse.db") == [
        (level, number, node) for level in sorted(hashes) for number, node in enumerate(hashes[level])
    ]


def _root_of(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [sha256(b"\1" + left + right).digest() for left, right in pairwise(hashes)][::2]
    return hashes[0]


def test_a_database_of_the_first_version_gets_the_same_nodes(office: Path, tmp_path: Path) -> None:
    """The log has grown under 0001; the program migrates it when it is next opened."""
    for name in ("data", "keys", "notary"):
        if (office / name).exists():
            shutil.copytree(office / name, tmp_path / name)
    database = tmp_path / "data" / "lotse.db"
    expected = nodes(database)
    engine = connect(database)
    back_to("0001", engine)
    engine.dispose()
    with closing(sqlite3.connect(database)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    assert "log_nodes" not in names
    open_lotse(read_settings(tmp_path)).store.engine.dispose()
    assert nodes(database) == expected
    assert len(expected) == 4375 + 273 + 17 + 1
