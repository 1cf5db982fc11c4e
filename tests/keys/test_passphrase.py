"""Key files under a passphrase: nothing of them opens without it, and the wrong one is told from damage."""

import json
import threading
import unicodedata
from pathlib import Path

import pytest

from adapters.keys import passphrase
from adapters.keys.errors import KeyFileError, KeysDamaged, KeysMissing, KeysUnsafe, WrongPassphrase
from adapters.keys.file import FileKeys
from adapters.keys.passphrase import Sealed

PASSPHRASE = "Möwe Leuchtturm Segel 47 Düne"
CONTEXT = b"context"
SMALL = (8192, 1, 4)
"""Memory in KiB, passes and lanes: little work, but as many lanes as in earnest."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealed") / "keys"
    FileKeys.create(folder, Sealed(lambda _: PASSPHRASE)).add_version()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    target = tmp_path / "keys"
    target.mkdir(mode=0o700)
    for path in made.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
        (target / path.name).chmod(0o600)
    return target


def opened(folder: Path, typed: str = PASSPHRASE) -> FileKeys:
    return FileKeys(folder, Sealed(lambda _: typed))


def test_the_folder_holds_no_key_in_the_clear(made: Path) -> None:
    keys = opened(made)
    assert sorted(path.name for path in made.iterdir()) == [
        "kek-1.key", "kek-2.key", "passphrase.json", "signing.key"
    ]  # fmt: skip
    assert {oct(path.stat().st_mode)[-3:] for path in made.iterdir()} == {"400"}
    whole = b"".join(path.read_bytes() for path in made.iterdir())
    for version in (1, 2):
        assert keys.secret_of(version).hex().encode() not in whole
        assert keys.secret_of(version) not in whole
    assert PASSPHRASE.encode() not in whole


def test_the_parameters_are_those_of_rfc_9106_or_stronger(made: Path) -> None:
    told = json.loads((made / "passphrase.json").read_text())
    assert told["argon2id"] == {"memory_kib": 65536, "iterations": 3, "lanes": 4}
    assert len(bytes.fromhex(told["salt"])) == 16


@pytest.mark.parametrize(
    "typed", ["", "falsch falsch falsch", PASSPHRASE[:-1], PASSPHRASE.upper(), PASSPHRASE + " "]
)
def test_a_wrong_passphrase_is_one_clear_sentence(made: Path, typed: str) -> None:
    with pytest.raises(WrongPassphrase) as caught:
        opened(made, typed)
    assert str(caught.value) == "Die Passphrase ist falsch."


def test_an_umlaut_typed_as_one_sign_or_as_two_is_the_same(made: Path) -> None:
    for form in ("NFC", "NFD"):
        assert opened(made, unicodedata.normalize(form, PASSPHRASE)).current_version() == 2


def test_the_passphrase_is_asked_for_once_however_often_keys_are_read(made: Path) -> None:
    asked: list[bool] = []

    def ask(new: bool) -> str:
        asked.append(new)
        return PASSPHRASE

    keys = FileKeys(made, Sealed(ask))
    keys.unwrap(2, CONTEXT, keys.wrap(2, CONTEXT, b"s" * 32))
    keys.secret_of(1)
    assert asked == [False]


def test_a_new_passphrase_is_asked_for_as_new_and_once(tmp_path: Path) -> None:
    asked: list[bool] = []

    def ask(new: bool) -> str:
        asked.append(new)
        return PASSPHRASE

    FileKeys.create(tmp_path / "keys", Sealed(ask)).add_version()
    assert asked == [True]


def test_a_short_passphrase_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeysUnsafe, match="mindestens 12"):
        FileKeys.create(tmp_path / "keys", Sealed(lambda _: "kurz"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["kek-1.key", "kek-2.key", "signing.key"])
def test_a_sealed_file_with_a_byte_altered_is_damaged_whatever_the_byte(folder: Path, name: str) -> None:
    casing = Sealed(lambda _: PASSPHRASE)
    FileKeys(folder, casing)
    content = (folder / name).read_bytes()
    for place in range(len(content)):
        (folder / name).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(KeysDamaged):
            FileKeys(folder, casing)


def test_sealed_files_put_in_each_others_place_are_damaged(folder: Path) -> None:
    first, second = (folder / "kek-1.key").read_text(), (folder / "kek-2.key").read_text()
    (folder / "kek-1.key").write_text(second)
    with pytest.raises(KeysDamaged):
        opened(folder)
    (folder / "kek-1.key").write_text(second.replace("kek-2.key", "kek-1.key"))
    with pytest.raises(KeysDamaged):
        opened(folder)
    (folder / "kek-1.key").write_text(first)
    opened(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"argon2id": {"memory_kib": 8, "iterations": 1, "lanes": 1}},
        {"argon2id": {"memory_kib": 1 << 30, "iterations": 3, "lanes": 4}},
        {"argon2id": {"memory_kib": 65536, "iterations": 3.0, "lanes": 4}},
        {"argon2id": {"memory_kib": 65536, "iterations": True, "lanes": 4}},
        {"argon2id": {}},
        {"salt": "00"},
        {"salt": 7},
        {"format": "lotse-passphrase/2"},
        {"check": None},
    ],
)
def test_weak_boundless_or_foreign_parameters_are_refused_before_anything_is_derived(
    folder: Path, change: dict[str, object]
) -> None:
    told = json.loads((folder / "passphrase.json").read_text())
    (folder / "passphrase.json").write_text(json.dumps({**told, **change}))
    with pytest.raises(KeysDamaged):
        FileKeys(folder, Sealed(lambda _: pytest.fail("the passphrase was asked for")))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "kein JSON", "[" * 100_000])
def test_parameters_that_are_none_are_damage(folder: Path, text: str) -> None:
    (folder / "passphrase.json").write_text(text)
    with pytest.raises(KeysDamaged):
        opened(folder)


def test_without_its_parameters_a_folder_says_what_is_missing(folder: Path) -> None:
    (folder / "passphrase.json").unlink()
    with pytest.raises(KeysMissing, match=r"passphrase\.json"):
        opened(folder)


def test_plain_and_sealed_folders_are_not_taken_for_each_other(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeysDamaged):
        FileKeys(folder)
    FileKeys.create(tmp_path / "plain")
    with pytest.raises(KeyFileError):
        opened(tmp_path / "plain")


def test_nothing_secret_is_shown(made: Path) -> None:
    casing = Sealed(lambda _: PASSPHRASE)
    keys = FileKeys(made, casing)
    shown = repr(keys) + repr(vars(keys)) + repr(casing) + repr(vars(casing))
    assert PASSPHRASE not in shown
    assert keys.secret_of(1).hex() not in shown


def test_the_derived_key_is_what_another_argon2id_gives() -> None:
    """RFC 9106's function, as its reference prints it for these parameters, decides; not a second call of ours."""
    argon = passphrase.Argon2id(
        salt=bytes([2]) * 16, length=32, iterations=3, lanes=4, memory_cost=32, secret=bytes([3]) * 8, ad=bytes([4]) * 12
    )  # fmt: skip
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert argon.derive(bytes([1]) * 32).hex() == expected


def test_many_threads_may_derive_at_once(made: Path) -> None:
    """What runs by itself opens the keys from several threads; left to themselves they would hang one another."""
    del made
    opened_by: list[int] = []

    def derive(number: int) -> None:
        passphrase._cipher(PASSPHRASE, bytes([number]) * passphrase.SALT_SIZE, *SMALL)
        opened_by.append(number)

    threads = [threading.Thread(target=derive, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(opened_by) == list(range(6))


def test_a_process_derives_once_for_the_same_folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(made)
    monkeypatch.setattr(passphrase, "Argon2id", None)
    assert opened(made).current_version() == 2
    with pytest.raises(TypeError):
        opened(made, "eine ganz andere Passphrase")
