"""An export is what it says: recomputed by the script we give away, by `pymerkle`, and once more here, all apart.

And altered in any file it is refused. None of the three uses anything of the package `audit`.
"""

import base64
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree  # type: ignore[import-untyped] # it ships no types

from tests.intake.big_list import write_big_list
from tests.system.program import LIST_DAY, ROOT, lotse, surroundings

LEAF = 184


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of an office with more than 256 entries, so that one tile is full; the verifier key lies beside it."""
    folder = tmp_path_factory.mktemp("office")
    write_big_list(folder / "liste.csv", 260)
    assert lotse("import", str(folder / "liste.csv"), "--at", LIST_DAY, folder=folder).code == 0
    done = lotse("audit", "export", str(folder / "log"), "--bodies", folder=folder)
    assert done.code == 0, done.err
    return folder / "log"


def vkey(export: Path) -> str:
    return export.with_suffix(".vkey").read_text(encoding="utf-8").strip()


def size_and_root(export: Path) -> tuple[int, bytes]:
    _, size, root, *_ = (export / "checkpoint").read_text(encoding="utf-8").split("\n")
    return int(size), base64.b64decode(root)


def leaves(export: Path) -> list[bytes]:
    """The entries as the bundles have them: two bytes of length, then the leaf."""
    found = []
    bundles = [path for path in (export / "tile" / "entries").rglob("*") if path.is_file()]
    for path in sorted(bundles, key=lambda each: str(each.relative_to(export)).replace(".p/", "/")):
        content = path.read_bytes()
        while content:
            length = int.from_bytes(content[:2])
            found.append(content[2 : 2 + length])
            content = content[2 + length :]
    return found


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def test_the_root_is_that_of_the_leaves(export: Path) -> None:
    size, root = size_and_root(export)
    entries = leaves(export)
    assert len(entries) == size > 256
    assert {len(entry) for entry in entries} == {LEAF}
    assert [int.from_bytes(entry[8:16]) for entry in entries] == list(range(size))
    assert root_of([sha256(b"\x00" + entry).digest() for entry in entries]) == root


def test_pymerkle_comes_to_the_same_root(export: Path) -> None:
    size, root = size_and_root(export)
    tree = InmemoryTree(algorithm="sha256")
    for entry in leaves(export):
        tree.append_entry(entry)
    assert tree.get_root(size) == root


def test_the_tiles_hold_the_hashes_of_the_leaves(export: Path) -> None:
    hashes = [sha256(b"\x00" + entry).digest() for entry in leaves(export)]
    assert (export / "tile" / "0" / "000").read_bytes() == b"".join(hashes[:256])
    assert (export / "tile" / "0" / "001.p" / str(len(hashes) - 256)).read_bytes() == b"".join(hashes[256:])
    assert (export / "tile" / "1" / "000.p" / "1").read_bytes() == root_of(hashes[:256])


def test_the_checkpoint_is_signed_by_the_key_beside_it(export: Path) -> None:
    """A C2SP signed note: an em dash, the key's name, and in Base64 four bytes of key id and the signature."""
    text, _, signatures = (export / "checkpoint").read_bytes().partition(b"\n\n")
    name, key_id, key = vkey(export).split("+", 2)
    line = signatures.decode().strip()
    assert line.startswith(f"\u2014 {name} ")
    signature = base64.b64decode(line.split(" ")[-1])
    raw = base64.b64decode(key)
    assert raw[0] == 1
    assert sha256(name.encode() + b"\n" + raw).digest()[:4] == signature[:4] == bytes.fromhex(key_id)
    public = Ed25519PublicKey.from_public_bytes(raw[1:])
    public.verify(signature[4:], text + b"\n")
    with pytest.raises(InvalidSignature):
        public.verify(signature[4:], text + b" \n")


def script(export: Path, vkey: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the script we give away, without the environment of the program."""
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "docs" / "verify" / "verify_tiles.py"), str(export), str(vkey)],
        env=surroundings(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_the_script_we_give_away_accepts_it(export: Path) -> None:
    done = script(export, export.with_suffix(".vkey"))
    assert done.returncode == 0, done.stderr
    assert str(size_and_root(export)[0]).encode() in done.stdout


def test_altered_in_any_file_it_is_refused(export: Path, tmp_path: Path) -> None:
    """A bit in each tile, each bundle and the checkpoint; a file less; the checkpoint of another size."""
    names = [path.relative_to(export) for path in sorted(export.rglob("*")) if path.is_file()]
    proven = [name for name in names if name.parts[0] != "bodies"]
    assert len(proven) >= 6
    for number, name in enumerate(proven):
        copy = Path(shutil.copytree(export, tmp_path / f"bit{number}"))
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 4
        (copy / name).write_bytes(content)
        assert script(copy, export.with_suffix(".vkey")).returncode == 1, name
        (copy / name).unlink()
        assert script(copy, export.with_suffix(".vkey")).returncode == 1, name


def test_an_export_under_another_key_is_refused(export: Path, tmp_path: Path) -> None:
    assert lotse("init", folder=tmp_path).code == 0
    assert lotse("audit", "export", str(tmp_path / "log"), folder=tmp_path).code == 0
    assert script(export, tmp_path / "log.vkey").returncode == 1
