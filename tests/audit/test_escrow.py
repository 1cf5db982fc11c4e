"""Escrow: what is sealed opens for the recovery key and its own place only, and every byte of the file counts."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import AuditError
from audit.escrow import (
    Kek,
    MalformedEscrow,
    WrongRecoveryKey,
    fingerprint,
    new_recovery_key,
    private_pem,
    public_pem,
    read_private,
    read_public,
    seal,
    unseal,
)
from audit.keys import KekVersion

ORIGIN = "lotse/0b5e/1"
KEY, OTHER = new_recovery_key(), new_recovery_key()
KEKS = (Kek(KekVersion(1, 1_793_620_800_000), b"a" * 32), Kek(KekVersion(3), b"c" * 32))
SEALED = seal(ORIGIN, KEKS, KEY.public_key())


def test_what_goes_into_escrow_comes_out() -> None:
    assert unseal(SEALED, KEY) == (ORIGIN, KEKS)


versions = st.lists(
    st.tuples(st.integers(1, 999), st.none() | st.integers(0, 1 << 52), st.binary(min_size=32, max_size=32)),
    min_size=1, max_size=5, unique_by=lambda each: each[0],
)  # fmt: skip


@given(versions)
def test_whatever_versions_there_are_they_come_out_the_oldest_first(
    told: list[tuple[int, int | None, bytes]],
) -> None:
    keks = [Kek(KekVersion(number, made_at), secret) for number, made_at, secret in told]
    found = unseal(seal(ORIGIN, keks, KEY.public_key()), KEY)[1]
    assert found == tuple(sorted(keks, key=lambda kek: kek.version.number))


def test_no_key_stands_in_it_in_the_clear_and_no_two_are_alike() -> None:
    for kek in KEKS:
        assert kek.secret not in SEALED
        assert kek.secret.hex().encode() not in SEALED
    assert seal(ORIGIN, KEKS, KEY.public_key()) != SEALED


def test_another_recovery_key_opens_nothing() -> None:
    with pytest.raises(WrongRecoveryKey, match="anderen"):
        unseal(SEALED, OTHER)
    forged = json.loads(SEALED)
    forged["recovery_key"] = fingerprint(OTHER.public_key())
    with pytest.raises(WrongRecoveryKey):
        unseal(json.dumps(forged).encode(), OTHER)


def test_a_seal_belongs_to_its_log_and_its_version() -> None:
    whole = json.loads(SEALED)
    first, third = (each["sealed"] for each in whole["versions"])
    moved = json.loads(SEALED)
    moved["versions"][0]["sealed"], moved["versions"][1]["sealed"] = third, first
    renamed = {**whole, "origin": "lotse/0b5e/2"}
    renumbered = json.loads(SEALED)
    renumbered["versions"][1]["version"] = 2
    for forged in (moved, renamed, renumbered):
        with pytest.raises(WrongRecoveryKey):
            unseal(json.dumps(forged).encode(), KEY)


def test_whatever_byte_is_altered_nothing_but_the_same_keys_ever_comes_out() -> None:
    """Only white space and the time of a version, which nothing depends on, may change unnoticed."""
    secrets = {kek.version.number: kek.secret for kek in KEKS}
    for place in range(len(SEALED)):
        for change in (1, 0x20, 0x80):
            altered = SEALED[:place] + bytes([SEALED[place] ^ change]) + SEALED[place + 1 :]
            try:
                origin, keks = unseal(altered, KEY)
            except AuditError:
                continue
            assert origin == ORIGIN
            assert {kek.version.number: kek.secret for kek in keks} == secrets


@pytest.mark.parametrize("cut", range(0, len(SEALED) - 1, 7))
def test_a_file_cut_short_is_malformed(cut: int) -> None:
    with pytest.raises(MalformedEscrow):
        unseal(SEALED[:cut], KEY)


@given(st.binary(max_size=200))
def test_what_is_no_escrow_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(MalformedEscrow):
        unseal(raw, KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "lotse-escrow/2"}, {"suite": "none"}, {"origin": "a b"}, {"origin": 7}, {"versions": []},
        {"versions": {}}, {"versions": None}, {"versions": [7]}, {"recovery_key": "ab"}, {"recovery_key": None},
    ],
)  # fmt: skip
def test_fields_that_are_not_as_they_must_be_are_malformed(change: dict[str, object]) -> None:
    with pytest.raises(MalformedEscrow):
        unseal(json.dumps({**json.loads(SEALED), **change}).encode(), KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0}, {"version": True}, {"version": "1"}, {"version": 3}, {"made_at": -1}, {"made_at": 1.5},
        {"sealed": ""}, {"sealed": "AAAA"}, {"sealed": "ä"}, {"sealed": None},
    ],
)  # fmt: skip
def test_versions_that_are_not_as_they_must_be_are_malformed(change: dict[str, object]) -> None:
    whole = json.loads(SEALED)
    whole["versions"][0].update(change)
    with pytest.raises(MalformedEscrow):
        unseal(json.dumps(whole).encode(), KEY)


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(MalformedEscrow):
        unseal(b"[" * 2_000_000, KEY)
    with pytest.raises(MalformedEscrow):
        unseal(b"[" * 100_000, KEY)


def test_the_halves_of_a_recovery_key_are_not_taken_for_each_other() -> None:
    assert read_private(private_pem(KEY)).private_bytes_raw() == KEY.private_bytes_raw()
    assert fingerprint(read_public(public_pem(KEY.public_key()))) == fingerprint(KEY.public_key())
    for wrong in (private_pem(KEY), b"", b"-----BEGIN PUBLIC KEY-----\n", SEALED):
        with pytest.raises(WrongRecoveryKey):
            read_public(wrong)
    for wrong in (public_pem(KEY.public_key()), b"", SEALED):
        with pytest.raises(WrongRecoveryKey):
            read_private(wrong)


def test_a_key_of_another_kind_is_no_recovery_key(tmp_path: Path) -> None:
    for kind in ("ed25519", "RSA"):
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", kind, "-out", tmp_path / "key"],
            check=True,
            capture_output=True,
        )
        with pytest.raises(WrongRecoveryKey):
            read_private((tmp_path / "key").read_bytes())


def test_openssl_reads_the_recovery_key_and_agrees_on_its_public_half(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(private_pem(KEY))
    done = subprocess.run(
        ["openssl", "pkey", "-in", tmp_path / "key", "-pubout"], check=True, capture_output=True
    )
    assert done.stdout == public_pem(KEY.public_key())


def test_nothing_secret_is_shown() -> None:
    assert "aaaa" not in repr(KEKS)
