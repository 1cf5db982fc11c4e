"""An export is what C2SP says, and a script that shares no code with us accepts it and nothing altered."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.errors import MalformedNote
from audit.proof import prove
from audit.tiles import ExportRefused, export, tile_path, tile_range_root
from audit.tree import leaf_hash, node_hash
from tests.audit.world import World, a_log, an_access

SCRIPT = Path(__file__).parents[2] / "docs/verify/verify_tiles.py"


def checked(folder: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    """Run the independent script."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl fehlt: Die unabhängige Prüfung des Exports läuft hier nicht.")
    key = folder.with_name("log.vkey")
    key.write_text(vkey + "\n")
    return subprocess.run([sys.executable, SCRIPT, folder, key], capture_output=True, text=True, check=False)


def a_long_log(entries: int) -> World:
    world = World()
    for _ in range(entries // 1000):
        world.record(*[an_access()] * 1000)
    world.record(*[an_access()] * (entries % 1000))
    world.sign()
    return world


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (273, 256, "tile/0/273"),
        (273, 112, "tile/0/273.p/112"),
        (1_234_067, 256, "tile/0/x001/x234/067"),
        (70_000_000, 1, "tile/0/x070/x000/000.p/1"),
    ],
)
def test_a_tile_lies_where_c2sp_looks_for_it(number: int, width: int, path: str) -> None:
    assert tile_path("0", number, width) == path


def test_a_tile_of_the_entries_carries_each_leaf_with_its_length(tmp_path: Path) -> None:
    world = a_log(3)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    bundle = (tmp_path / "log/tile/entries/000.p/3").read_bytes()
    assert bundle == b"".join(b"\x00\xb8" + row[1] for row in world.log.entries)
    hashes = [leaf_hash(row[1]) for row in world.log.entries]
    assert (tmp_path / "log/tile/0/000.p/3").read_bytes() == b"".join(hashes)
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["checkpoint", "tile"]


def test_the_independent_script_can_be_read_at_a_sitting_and_needs_nothing_but_python() -> None:
    text = SCRIPT.read_text()
    imported = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert len(text.splitlines()) <= 80
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("entries", [0, 1, 2, 255, 256, 257, 511, 700])
def test_the_independent_script_accepts_an_export(tmp_path: Path, entries: int) -> None:
    world = a_long_log(entries)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    done = checked(tmp_path / "log", world.verifier.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Protokoll unverändert: {entries} Einträge")


def test_the_independent_script_accepts_three_levels_of_tiles(tmp_path: Path) -> None:
    """65 536 entries fill a tile of level 1; one more begins the next."""
    world = a_long_log(65_537)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    assert (tmp_path / "log/tile/1/000").stat().st_size == 256 * 32
    assert (tmp_path / "log/tile/2/000.p/1").stat().st_size == 32
    assert checked(tmp_path / "log", world.verifier.vkey).returncode == 0


def test_the_independent_script_finds_any_altered_file(tmp_path: Path) -> None:
    world = a_long_log(300)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    files = [path for path in (tmp_path / "log").rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        content = path.read_bytes()
        for place in (0, len(content) // 2, len(content) - 2):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert checked(tmp_path / "log", world.verifier.vkey).returncode == 1, (path, place)
        path.write_bytes(content)
    assert checked(tmp_path / "log", world.verifier.vkey).returncode == 0
    assert checked(tmp_path / "log", World(origin="lotse/9999/1").verifier.vkey).returncode == 1


def test_an_export_ends_at_its_checkpoint_even_if_the_log_goes_on(tmp_path: Path) -> None:
    world = a_log(7)
    note = world.log.kept[-1][1]
    world.record(an_access())
    export(world.log, tmp_path / "log", note, world.verifier)
    assert checked(tmp_path / "log", world.verifier.vkey).returncode == 0


def test_sealed_bodies_come_along_only_on_request(tmp_path: Path) -> None:
    world = a_log(3)
    note = world.log.kept[-1][1]
    export(world.log, tmp_path / "log", note, world.verifier, bodies=True)
    bundle = (tmp_path / "log/bodies/000.p/3").read_bytes()
    contents = dict(world.log.contents)
    for seq, _, _, body_a in world.log.entries:
        for body in (body_a, contents.get(seq, b"")):
            size = int.from_bytes(bundle[:4])
            assert bundle[4 : 4 + size] == body
            bundle = bundle[4 + size :]
    assert bundle == b""
    export(world.log, tmp_path / "log", note, world.verifier)
    assert not (tmp_path / "log/bodies").exists()


def test_a_newer_export_takes_the_place_of_the_older_and_never_the_other_way(tmp_path: Path) -> None:
    world = a_log(4)
    older = world.log.kept[-1][1]
    export(world.log, tmp_path / "log", older, world.verifier)
    world.record(an_access())
    newer = world.sign()
    export(world.log, tmp_path / "log", newer, world.verifier)
    with pytest.raises(ExportRefused, match="mehr als dieser"):
        export(world.log, tmp_path / "log", older, world.verifier)
    assert (tmp_path / "log/checkpoint").read_bytes() == newer
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_folder_that_is_no_export_of_this_log_is_left_alone(tmp_path: Path) -> None:
    world = a_log(4)
    note = world.log.kept[-1][1]
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/brief.txt").write_text("Sehr geehrte Frau Beispiel")
    with pytest.raises(ExportRefused):
        export(world.log, tmp_path / "letters", note, world.verifier)
    (tmp_path / "file").write_text("kein Ordner")
    with pytest.raises(ExportRefused):
        export(world.log, tmp_path / "file", note, world.verifier)
    export(world.log, tmp_path / "log", note, world.verifier)
    (tmp_path / "log/notiz.txt").write_text("von Hand dazugelegt")
    with pytest.raises(ExportRefused):
        export(world.log, tmp_path / "log", note, world.verifier)
    assert (tmp_path / "letters/brief.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "letters", "log"]


def test_nothing_is_exported_that_was_not_signed(tmp_path: Path) -> None:
    """An altered, a cut and a foreign log give no folder at all."""
    world = a_log(9)
    note = world.log.kept[-1][1]
    other = World(origin="lotse/9999/1")
    with pytest.raises(MalformedNote):
        export(world.log, tmp_path / "log", note, other.verifier)
    seq, leaf, mac, body_a = world.log.entries[4]
    world.log.entries[4] = (seq, leaf[:-1] + b"x", mac, body_a)
    with pytest.raises(ExportRefused):
        export(world.log, tmp_path / "log", note, world.verifier)
    del world.log.entries[4:]
    with pytest.raises(ExportRefused):
        export(world.log, tmp_path / "log", note, world.verifier)
    assert list(tmp_path.iterdir()) == []


def test_proofs_read_from_an_export_are_those_of_the_log(tmp_path: Path) -> None:
    world = a_long_log(700)
    note = world.log.kept[-1][1]
    export(world.log, tmp_path / "log", note, world.verifier)
    from_tiles = tile_range_root(tmp_path / "log", 700)
    for seq in (0, 1, 255, 256, 511, 512, 640, 698, 699):
        assert prove(seq, note, world.verifier, from_tiles).holds(world.log.entries[seq][1])
    first, second = (leaf_hash(row[1]) for row in world.log.entries[:2])
    assert from_tiles(0, 2) == node_hash(first, second)
