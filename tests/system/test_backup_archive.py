"""A backup's file: whatever is changed in it, it is refused with a clear sentence; and nothing in it can be read.

Every byte and every length of a small one, its chunks in any other order, chunks of another one, another header.
"""

import io
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.backup.archive import CHUNK, Header, new_secret, read_header, seal, unseal
from adapters.backup.errors import BackupDamaged, BackupError, BackupLocked, NotABackup
from adapters.backup.stream import TAG
from audit.keys import log_verifier
from tests.audit.world import ORIGIN, FixedKeys

DICE = random.Random(2026)  # noqa: S311 - content to seal, no secret
CONTENT = DICE.randbytes(300)
SMALL = 64
"""Bytes in a chunk, so that a small backup has several."""


def sealed(content: bytes = CONTENT, keys: FixedKeys | None = None, **other: object) -> bytes:
    """A backup of these bytes."""
    keys = keys or FixedKeys()
    secret, version, wrapped = new_secret(keys, "0b5e")
    header = Header(
        tenant="0b5e", origin=ORIGIN, vkey=log_verifier(ORIGIN, keys).vkey, size=3, root="ab" * 32, last_time_ms=0,
        checkpoint="", created_at="2026-11-20T09:00:00+00:00", program="0.1", schema="0002", database=len(content),
        kek_version=version, wrapped=wrapped, chunk=SMALL,
    )  # fmt: skip
    target = io.BytesIO()
    seal(io.BytesIO(content), target, replace(header, **other), secret)  # type: ignore[arg-type]  # fields by name, of any type
    return target.getvalue()


def opened(backup: bytes, keys: FixedKeys | None = None) -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(backup), target, keys or FixedKeys())
    return target.getvalue()


def body_of(backup: bytes) -> tuple[bytes, list[bytes]]:
    """The head of a backup, and its sealed chunks."""
    _, head = read_header(io.BytesIO(backup))
    body = backup[len(head) :]
    return head, [body[at : at + SMALL + TAG] for at in range(0, len(body), SMALL + TAG)]


@given(st.binary(max_size=400), st.sampled_from([1, 7, SMALL, CHUNK]))
@settings(max_examples=60, deadline=None)
def test_what_was_sealed_is_what_is_opened(content: bytes, chunk: int) -> None:
    assert opened(sealed(content, chunk=chunk)) == content


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL, 5 * SMALL])
def test_a_last_chunk_of_any_length_is_the_last(size: int) -> None:
    """Random bytes do not shrink, so the chunks lie about at these borders."""
    for more in range(-12, 13):
        content = DICE.randbytes(max(0, size + more))
        assert opened(sealed(content)) == content


def test_every_byte_counts() -> None:
    whole = sealed()
    for place in range(len(whole)):
        for bit in (1, 0x80):
            with pytest.raises(BackupError) as caught:
                opened(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            assert str(caught.value).endswith("."), place


def test_a_backup_that_was_cut_anywhere_or_goes_on_is_refused() -> None:
    whole = sealed()
    for end in range(len(whole)):
        with pytest.raises(BackupError):
            opened(whole[:end])
    for more in (b"\0", whole[-20:], whole):
        with pytest.raises(BackupDamaged):
            opened(whole + more)


def test_a_backup_cut_between_two_chunks_is_said_to_be_cut() -> None:
    head, chunks = body_of(sealed())
    assert len(chunks) > 3
    for count in range(len(chunks)):
        with pytest.raises(BackupDamaged, match="abgeschnitten"):
            opened(head + b"".join(chunks[:count]))


def test_chunks_in_another_order_left_out_or_repeated_are_refused() -> None:
    head, chunks = body_of(sealed())
    for one in range(len(chunks)):
        for other in range(one + 1, len(chunks)):
            moved = list(chunks)
            moved[one], moved[other] = moved[other], moved[one]
            with pytest.raises(BackupDamaged):
                opened(head + b"".join(moved))
        with pytest.raises(BackupDamaged):
            opened(head + b"".join(chunks[:one] + chunks[one + 1 :]))
        with pytest.raises(BackupDamaged):
            opened(head + b"".join([*chunks[: one + 1], *chunks[one:]]))


def test_chunks_of_another_backup_of_the_same_store_do_not_fit() -> None:
    head, chunks = body_of(sealed())
    _, others = body_of(sealed())
    for place in range(len(chunks)):
        spliced = [*chunks[:place], others[place], *chunks[place + 1 :]]
        with pytest.raises(BackupDamaged):
            opened(head + b"".join(spliced))


@pytest.mark.parametrize(
    "changed", [{"origin": "lotse/0b5e/1"}, {"size": 4}, {"created_at": "2026-11-21"}, {"checkpoint": "x"}]
)
def test_a_header_that_says_something_else_is_refused(changed: dict[str, object]) -> None:
    """The header is read by anybody; whoever changes it has no key to authenticate it with."""
    whole = sealed()
    header, head = read_header(io.BytesIO(whole))
    other = replace(header, **changed)  # type: ignore[arg-type]  # fields by name, of any type
    if other == header:
        assert opened(other.to_bytes() + whole[len(head) :]) == CONTENT
        return
    with pytest.raises(BackupDamaged):
        opened(other.to_bytes() + whole[len(head) :])


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"LOTSE",
        b"SQLite format 3\0" * 40,
        b"LOTSE-BACKUP-1\n",
        b"LOTSE-BACKUP-1\n\0\0\0\0",
        b"LOTSE-BACKUP-1\n\xff\xff\xff\xff{}",
        b"LOTSE-BACKUP-1\n\0\0\0\x02{}",
        b"LOTSE-BACKUP-1\n\0\0\0\x02[]",
        b"LOTSE-BACKUP-1\n\0\0\0\x04null",
    ],
)
def test_what_is_no_backup_is_said_to_be_none(rubbish: bytes) -> None:
    with pytest.raises((NotABackup, BackupDamaged)):
        opened(rubbish)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_rubbish_behind_the_magic_is_refused(rubbish: bytes) -> None:
    with pytest.raises(BackupError):
        opened(b"LOTSE-BACKUP-1\n" + len(rubbish).to_bytes(4) + rubbish)


def test_other_keys_open_nothing_and_the_sentence_says_so() -> None:
    with pytest.raises(BackupLocked, match="anderen Schlüsseln"):
        opened(sealed(), FixedKeys(seed=9))


def test_once_its_kek_version_is_destroyed_a_backup_is_closed_for_ever() -> None:
    keys = FixedKeys()
    whole = sealed(keys=keys)
    keys.add_version()
    assert opened(whole, keys) == CONTENT
    keys.destroy_version(1)
    with pytest.raises(BackupLocked, match="Version 1 des Hauptschlüssels"):
        opened(whole, keys)


def test_neither_key_nor_content_stands_in_the_file() -> None:
    content = b"Familie Wunderlich-Beispiel, Beispielweg 1, 59192 Bergkamen. " * 40
    keys = FixedKeys()
    secret, version, wrapped = new_secret(keys, "0b5e")
    whole = sealed(content, keys)
    assert keys.unwrap(version, b"lotse/lts1/wrap\n0b5e\nbackup", bytes.fromhex(wrapped)) == secret
    for hidden in (b"Wunderlich", secret, secret.hex().encode(), bytes([7]) * 32, bytes([8]) * 32):
        assert hidden not in whole
