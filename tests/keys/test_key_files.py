"""Key files: made once, readable by nobody else, never overwritten, and damage is said in German."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.keys.file import FileKeys, KeysDamaged, KeysExist, KeysMissing, KeysUnsafe
from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KeyProvider, KeyRing
from audit.note import Verifier
from tests.audit.world import MemoryKeys

CONTEXT = b"lotse/lts1/wrap\n0b5e\nmac"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FileKeys.create(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture(scope="module")
def some_keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeys:
    return FileKeys.create(tmp_path_factory.mktemp("some") / "keys")


def test_a_store_gets_its_keys_in_a_folder_nobody_else_can_read(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["kek-1.key", "signing.key"]
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert {oct(path.stat().st_mode)[-3:] for path in folder.iterdir()} == {"400"}
    assert [path.name for path in folder.parent.iterdir()] == ["keys"]


def test_what_one_process_wraps_and_signs_another_unwraps_and_checks(folder: Path) -> None:
    first: KeyProvider = FileKeys(folder)
    second: KeyProvider = FileKeys(folder)
    assert second.unwrap(1, CONTEXT, first.wrap(1, CONTEXT, b"s" * 32)) == b"s" * 32
    verifier = Verifier("lotse/0b5e/1", second.public_key())
    assert verifier.accepts(b"text", first.sign(b"text"))
    assert not verifier.accepts(b"text!", first.sign(b"text"))


def test_a_ring_works_over_key_files(folder: Path) -> None:
    store = MemoryKeys()
    made = KeyRing(FileKeys(folder), store, "0b5e").key("mac")
    assert KeyRing(FileKeys(folder), store, "0b5e").key("mac").key_id == made.key_id


def test_each_store_has_its_own_keys(folder: Path, tmp_path: Path) -> None:
    other = FileKeys.create(tmp_path / "other")
    assert other.public_key() != FileKeys(folder).public_key()
    with pytest.raises(WrongKey):
        other.unwrap(1, CONTEXT, FileKeys(folder).wrap(1, CONTEXT, b"s" * 32))


@given(st.binary(max_size=80))
@settings(max_examples=50)
def test_what_was_not_wrapped_here_does_not_unwrap(some_keys: FileKeys, wrapped: bytes) -> None:
    with pytest.raises(WrongKey):
        some_keys.unwrap(1, CONTEXT, wrapped)


def test_a_wrapped_key_opens_only_under_its_context_and_version(folder: Path) -> None:
    keys = FileKeys(folder)
    wrapped = keys.wrap(1, CONTEXT, b"s" * 32)
    assert keys.wrap(1, CONTEXT, b"s" * 32) != wrapped
    assert keys.add_version() == keys.current_version() == 2
    for version, context in ((1, b"other"), (2, CONTEXT)):
        with pytest.raises(WrongKey):
            keys.unwrap(version, context, wrapped)
    with pytest.raises(KeyDestroyed):
        keys.unwrap(3, CONTEXT, wrapped)


def test_keys_are_never_overwritten(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeysExist):
        FileKeys.create(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["keys"]
    (folder.parent / "empty").mkdir()
    FileKeys.create(folder.parent / "empty")
    (folder.parent / "file").write_text("Brief")
    with pytest.raises(KeysExist):
        FileKeys.create(folder.parent / "file")


def test_a_version_that_is_destroyed_is_gone_for_every_process_that_opens_the_folder(folder: Path) -> None:
    keys = FileKeys(folder)
    wrapped = keys.wrap(1, CONTEXT, b"s" * 32)
    with pytest.raises(ValueError, match="current"):
        keys.destroy_version(1)
    keys.add_version()
    keys.destroy_version(1)
    for provider in (keys, FileKeys(folder)):
        with pytest.raises(KeyDestroyed):
            provider.unwrap(1, CONTEXT, wrapped)
        with pytest.raises(KeyDestroyed):
            provider.destroy_version(1)
        assert provider.current_version() == 2


def test_a_version_made_by_another_process_is_found(folder: Path) -> None:
    older = FileKeys(folder)
    newer = FileKeys(folder)
    newer.add_version()
    assert older.unwrap(2, CONTEXT, newer.wrap(2, CONTEXT, b"s" * 32)) == b"s" * 32
    assert newer.add_version() == 3
    assert older.current_version() == 3
    assert [version.number for version in older.versions()] == [1, 2, 3]
    assert older.add_version() == newer.current_version() == FileKeys(folder).current_version() == 4


@pytest.mark.parametrize("name", ["kek-1.key", "signing.key"])
def test_a_key_others_can_read_is_refused_with_the_way_to_mend_it(folder: Path, name: str) -> None:
    (folder / name).chmod(0o440)
    with pytest.raises(KeysUnsafe, match="chmod 400"):
        FileKeys(folder)
    (folder / name).chmod(0o400)
    folder.chmod(0o750)
    with pytest.raises(KeysUnsafe, match="chmod 700"):
        FileKeys(folder)


def test_missing_keys_are_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeysMissing):
        FileKeys(tmp_path / "nowhere")
    (folder / "signing.key").unlink()
    with pytest.raises(KeysMissing, match="signing"):
        FileKeys(folder)
    (folder / "kek-1.key").unlink()
    with pytest.raises(KeysMissing, match="Hauptschlüssel"):
        FileKeys(folder)


@pytest.mark.parametrize("name", ["kek-1.key", "signing.key"])
def test_a_key_file_with_any_byte_altered_is_damaged(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.chmod(0o600)
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(KeysDamaged):
            FileKeys(folder)
    for wrong in (b"", content[:-1], content + b"x", content * 2):
        path.write_bytes(wrong)
        with pytest.raises(KeysDamaged):
            FileKeys(folder)


def test_key_files_put_in_each_others_place_are_damaged(folder: Path) -> None:
    (folder / "signing.key").unlink()
    (folder / "kek-1.key").rename(folder / "signing.key")
    FileKeys.create(folder.parent / "more")
    (folder.parent / "more/kek-1.key").rename(folder / "kek-1.key")
    with pytest.raises(KeysDamaged, match="dieses Namens"):
        FileKeys(folder)


def test_a_link_or_a_file_in_place_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "file").write_text("x")
    for wrong in ("link", "file"):
        with pytest.raises(KeysDamaged):
            FileKeys(tmp_path / wrong)
    (folder / "kek-1.key").rename(tmp_path / "kek-1.key")
    (folder / "kek-1.key").symlink_to(tmp_path / "kek-1.key")
    with pytest.raises(KeysDamaged):
        FileKeys(folder)


def test_nothing_secret_is_shown(folder: Path) -> None:
    keys = FileKeys(folder)
    assert repr(keys) == f"FileKeys('{folder}')"
    secrets = [path.read_text().split()[2] for path in folder.iterdir()]
    assert not any(secret in repr(vars(keys)) for secret in secrets)
