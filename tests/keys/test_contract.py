"""One contract for whoever keeps keys: files, files under a passphrase, Vault, the environment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.keys.environment import EnvironmentKeys
from adapters.keys.errors import KeysFixed
from adapters.keys.file import FileKeys
from adapters.keys.passphrase import Sealed
from adapters.keys.vault import VaultKeys
from audit.errors import KeyDestroyed, WrongKey
from audit.keys import KeyProvider, KeyRing
from audit.note import Verifier
from tests.audit.world import MemoryKeys

CONTEXT = b"lotse/lts1/wrap\n0b5e\nmac"
SECRET = b"s" * 32
PASSPHRASE = "sechs erfundene Wörter für einen Test"
WHOLE = ("file", "passphrase", "vault")
ALL = (*WHOLE, "environment")


@dataclass
class Kept:
    """Keys of one kind: made once, and opened anew as another process would."""

    kind: str
    reopen: Callable[[], KeyProvider]

    def __post_init__(self) -> None:
        self.keys = self.reopen()


@pytest.fixture
def kept(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    folder = tmp_path / "keys"
    if kind == "file":
        FileKeys.create(folder)
        yield Kept(kind, lambda: FileKeys(folder))
    elif kind == "passphrase":
        casing = Sealed(lambda _: PASSPHRASE)  # derives once a process, as the program does
        FileKeys.create(folder, casing)
        yield Kept(kind, lambda: FileKeys(folder, casing))
    elif kind == "vault":
        server = request.getfixturevalue("new_server")()
        VaultKeys.create(server)
        yield Kept(kind, lambda: VaultKeys(server))
    else:
        yield Kept(kind, lambda: EnvironmentKeys("nur zum Entwickeln, nie echt", development=True))


every = pytest.mark.parametrize("kind", ALL)
every_lasting = pytest.mark.parametrize("kind", WHOLE)


@every
def test_it_begins_with_version_1(kept: Kept) -> None:
    assert kept.keys.current_version() == 1
    assert [version.number for version in kept.keys.versions()] == [1]


@every
def test_what_one_process_wraps_another_unwraps(kept: Kept) -> None:
    wrapped = kept.keys.wrap(1, CONTEXT, SECRET)
    assert SECRET not in wrapped
    assert kept.reopen().unwrap(1, CONTEXT, wrapped) == SECRET
    assert kept.keys.wrap(1, CONTEXT, SECRET) != wrapped


@every
def test_a_wrapped_key_opens_under_its_own_context_only(kept: Kept) -> None:
    wrapped = kept.keys.wrap(1, CONTEXT, SECRET)
    for context in (CONTEXT + b"x", CONTEXT[:-1], b""):
        with pytest.raises(WrongKey):
            kept.keys.unwrap(1, context, wrapped)


@every
def test_whatever_byte_is_altered_or_cut_off_it_does_not_open(kept: Kept) -> None:
    wrapped = kept.keys.wrap(1, CONTEXT, SECRET)
    for place in range(len(wrapped)):
        altered = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        with pytest.raises(WrongKey):
            kept.keys.unwrap(1, CONTEXT, altered)
    for cut in (0, 1, len(wrapped) // 2, len(wrapped) - 1):
        with pytest.raises(WrongKey):
            kept.keys.unwrap(1, CONTEXT, wrapped[:cut])


@every
@given(st.binary(max_size=80))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_never_wrapped_here_does_not_open(kept: Kept, wrapped: bytes) -> None:
    with pytest.raises(WrongKey):
        kept.keys.unwrap(1, CONTEXT, wrapped)


@every
def test_a_version_that_never_was_is_gone(kept: Kept) -> None:
    wrapped = kept.keys.wrap(1, CONTEXT, SECRET)
    for number in (2, 17):
        with pytest.raises(KeyDestroyed):
            kept.keys.unwrap(number, CONTEXT, wrapped)
        with pytest.raises(KeyDestroyed):
            kept.keys.wrap(number, CONTEXT, SECRET)
        with pytest.raises(KeyDestroyed):
            kept.keys.destroy_version(number)
    assert kept.keys.current_version() == 1


@every
def test_the_current_version_is_never_destroyed(kept: Kept) -> None:
    with pytest.raises(ValueError, match="current"):
        kept.keys.destroy_version(1)
    assert kept.keys.current_version() == 1


@every
def test_what_it_signs_verifies_and_nothing_else(kept: Kept) -> None:
    verifier = Verifier("lotse/0b5e/1", kept.reopen().public_key())
    signature = kept.keys.sign(b"text\n")
    assert len(signature) == 64
    assert verifier.accepts(b"text\n", signature)
    assert not verifier.accepts(b"text", signature)


@every
def test_a_ring_works_over_it(kept: Kept) -> None:
    store = MemoryKeys()
    made = KeyRing(kept.keys, store, "0b5e").key("mac")
    assert KeyRing(kept.reopen(), store, "0b5e").key("mac").key_id == made.key_id
    case, wrapped, version = KeyRing(kept.keys, store, "0b5e").new_case_key("ab" * 16)
    assert KeyRing(kept.reopen(), store, "0b5e").case_key(wrapped, version, "ab" * 16).key_id == case.key_id


@every_lasting
def test_a_version_added_by_another_process_is_noticed_at_once(kept: Kept) -> None:
    other = kept.reopen()
    for number in (2, 3, 4):
        assert other.add_version() == number
        assert kept.keys.current_version() == number
        assert kept.keys.unwrap(number, CONTEXT, other.wrap(number, CONTEXT, SECRET)) == SECRET
    assert [version.number for version in kept.keys.versions()] == [1, 2, 3, 4]


@every_lasting
def test_versions_know_when_they_were_made(kept: Kept) -> None:
    kept.keys.add_version()
    first, second = (version.made_at_ms for version in kept.keys.versions())
    assert first is not None
    assert second is not None
    assert 1_700_000_000_000 < first <= second < 4_000_000_000_000


@every_lasting
def test_a_version_destroyed_by_another_process_is_gone_at_once_for_wrapping_too(kept: Kept) -> None:
    wrapped = kept.keys.wrap(1, CONTEXT, SECRET)
    other = kept.reopen()
    other.add_version()
    other.destroy_version(1)
    for keys in (kept.keys, other, kept.reopen()):
        with pytest.raises(KeyDestroyed):
            keys.unwrap(1, CONTEXT, wrapped)
        with pytest.raises(KeyDestroyed):
            keys.wrap(1, CONTEXT, SECRET)
        with pytest.raises(KeyDestroyed):
            keys.destroy_version(1)
        assert [version.number for version in keys.versions()] == [2]
    assert kept.keys.add_version() == 3


@every_lasting
def test_a_version_between_two_others_can_go(kept: Kept) -> None:
    sleeper = kept.reopen()
    kept.keys.add_version()
    kept.keys.add_version()
    kept.keys.destroy_version(2)
    assert sleeper.current_version() == 3
    assert [version.number for version in sleeper.versions()] == [1, 3]


@every_lasting
@given(st.lists(st.sampled_from(["add", "destroy first", "destroy last but one", "wrap"]), max_size=6))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_comes_and_goes_what_is_wrapped_opens_as_long_as_its_version_lives(
    kept: Kept, steps: list[str]
) -> None:
    wrapped: dict[int, bytes] = {}
    other = kept.reopen()
    for step in steps:
        living = [version.number for version in kept.keys.versions()]
        if step == "add":
            assert other.add_version() == living[-1] + 1
        elif step == "wrap":
            wrapped[living[-1]] = kept.keys.wrap(living[-1], CONTEXT, SECRET)
        elif len(living) > 1:
            other.destroy_version(living[0] if step == "destroy first" else living[-2])
    living = [version.number for version in kept.keys.versions()]
    for number, bytes_ in wrapped.items():
        if number in living:
            assert kept.keys.unwrap(number, CONTEXT, bytes_) == SECRET
        else:
            with pytest.raises(KeyDestroyed):
                kept.keys.unwrap(number, CONTEXT, bytes_)


def test_development_keys_can_be_neither_renewed_nor_destroyed() -> None:
    keys = EnvironmentKeys("nur zum Entwickeln, nie echt", development=True)
    with pytest.raises(KeysFixed, match="nicht erneuern"):
        keys.add_version()
