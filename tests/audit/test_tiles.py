"""An export is what C2SP says, and a script that shares no code with us accepts it and nothing altered."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.errors import MalformedNote, MalformedTree
from audit.proof import prove
from audit.tiles import ExportRefused, export, tile_path, tile_range_root
from audit.tree import leaf_hash, node_hash, root_of
from tests.audit.world import World, a_log, an_access
from tests.lacking import program

SCRIPT = Path(__file__).parents[2] / "docs/verify/verify_tiles.py"


def checked(folder: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    """Run the independent script."""
    program("openssl", "openssl")
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


@pytest.mark.parametrize("name", ["verify_tiles.py", "verify_proof.py"])
def test_an_independent_script_can_be_read_at_a_sitting_and_needs_nothing_but_python(name: str) -> None:
    text = SCRIPT.with_name(name).read_text()
    imported = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert len(text.splitlines()) <= 80
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("name", ["verify_tiles.py", "verify_proof.py"])
@pytest.mark.parametrize("words", [(), ("nur-einer",), ("a", "b", "c"), ("nirgends", "auch-nicht")])
def test_an_independent_script_says_how_it_is_called_and_never_a_traceback(
    tmp_path: Path, name: str, words: tuple[str, ...]
) -> None:
    command = [sys.executable, "-I", str(SCRIPT.with_name(name)), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("FEHLER: ")
    assert (f"Aufruf: python3 {name} " in done.stderr) is (len(words) != 2)


@pytest.mark.parametrize("entries", [0, 1, 2, 255, 256, 257, 511, 700])
def test_the_independent_script_accepts_an_export(tmp_path: Path, entries: int) -> None:
    world = a_long_log(entries)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    done = checked(tmp_path / "log", world.verifier.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Protokoll unverändert: {entries} Einträge")


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


def test_an_earlier_export_is_continued_from_its_full_tiles(tmp_path: Path) -> None:
    """Of 600 entries two bundles are full; for the other 100 the log is read from entry 512 on."""
    world = a_long_log(600)
    export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier)
    world.record(*[an_access()] * 100)
    note = world.sign()
    asked: list[int | None] = []
    rows = world.log.rows

    def listening(after: int | None, count: int) -> object:
        asked.append(after)
        return rows(after, count)

    world.log.rows = listening  # type: ignore[assignment,method-assign] # what is read is what is tested
    export(world.log, tmp_path / "log", note, world.verifier)
    assert asked[0] == 511
    assert None not in asked
    export(world.log, tmp_path / "afresh", note, world.verifier)
    assert contents(tmp_path / "log") == contents(tmp_path / "afresh")
    assert checked(tmp_path / "log", world.verifier.vkey).returncode == 0


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(st.integers(0, 1100), st.integers(0, 1100))
@settings(deadline=None, max_examples=40)
def test_a_continued_export_is_the_one_made_at_once(
    grown: World, tmp_path_factory: pytest.TempPathFactory, one: int, other: int
) -> None:
    """Whatever the two sizes are, and over three exports."""
    folder = tmp_path_factory.mktemp("exports")
    sizes = (*sorted((one, other)), 1100)
    for size in sizes:
        export(grown.log, folder / "grown", signed(grown, size), grown.verifier)
    export(grown.log, folder / "once", signed(grown, 1100), grown.verifier)
    assert contents(folder / "grown") == contents(folder / "once")


@pytest.fixture(scope="module")
def grown() -> World:
    return a_long_log(1100)


def signed(world: World, size: int) -> bytes:
    """The checkpoint over the first entries of a log."""
    root = root_of([leaf_hash(row[1]) for row in world.log.entries[:size]])
    return Checkpoint(world.origin, size, root).sign(world.verifier, world.provider.sign)


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/entries/001", "tile/0/001", "tile/1/000.p/2"])
@pytest.mark.parametrize("how", ["altered", "gone", "both"])
def test_what_was_altered_in_an_earlier_export_is_not_carried_over(
    grown: World, tmp_path: Path, name: str, how: str
) -> None:
    """Also where somebody made bundle and tile agree: the root tells, and all is read afresh."""
    folder = tmp_path / "log"
    export(grown.log, folder, signed(grown, 600), grown.verifier)
    path = folder / name
    if how == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[20] ^= 1
        path.write_bytes(content)
        if how == "both":
            bundle = (folder / "tile/entries/000").read_bytes()
            hashes = [leaf_hash(bundle[at + 2 : at + 186]) for at in range(0, len(bundle), 186)]
            (folder / "tile/0/000").write_bytes(b"".join(hashes))
    export(grown.log, folder, signed(grown, 1100), grown.verifier)
    export(grown.log, tmp_path / "afresh", signed(grown, 1100), grown.verifier)
    assert contents(folder) == contents(tmp_path / "afresh")


def test_sealed_bodies_are_always_read_afresh(tmp_path: Path) -> None:
    """What was erased since the earlier export must not come along again."""
    world = a_log(300, signed=False)
    note = world.sign()
    export(world.log, tmp_path / "log", note, world.verifier, bodies=True)
    with_content = (tmp_path / "log/bodies/000").stat().st_size
    world.log.contents.clear()
    export(world.log, tmp_path / "log", note, world.verifier, bodies=True)
    assert (tmp_path / "log/bodies/000").stat().st_size < with_content


def test_an_export_tells_how_far_it_is(tmp_path: Path) -> None:
    world = a_long_log(600)
    told: list[tuple[int, int]] = []
    for _ in range(2):
        export(
            world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier,
            progress=lambda done, size: told.append((done, size)),
        )  # fmt: skip
    assert told == [(256, 600), (512, 600), (600, 600)] * 2


@pytest.mark.parametrize("column", ["leaf", "body_a", "body_b"])
def test_a_column_of_another_type_is_refused_in_a_sentence(tmp_path: Path, column: str) -> None:
    world = a_log(9)
    seq, leaf, mac, body_a = world.log.entries[4]
    if column == "body_b":
        world.log.contents[0] = (world.log.contents[0][0], "text")  # type: ignore[assignment] # as an attacker may
    else:
        entry = (seq, "text", mac, body_a) if column == "leaf" else (seq, leaf, mac, None)
        world.log.entries[4] = entry  # type: ignore[assignment] # as above
    with pytest.raises(ExportRefused, match=r"fehlt der Eintrag 4|unlesbar abgelegt"):
        export(world.log, tmp_path / "log", world.log.kept[-1][1], world.verifier, bodies=True)
    assert list(tmp_path.iterdir()) == []


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
    tile = tmp_path / "log/tile/0/001"
    for wrong in (tile.read_bytes()[:-1], tile.read_bytes() + bytes(32), b""):
        tile.write_bytes(wrong)
        with pytest.raises(MalformedTree, match="nicht so lang"):
            tile_range_root(tmp_path / "log", 700)(256, 512 - 128)
    tile.unlink()
    with pytest.raises(MalformedTree, match="fehlt eine Kachel"):
        tile_range_root(tmp_path / "log", 700)(256, 512 - 128)
