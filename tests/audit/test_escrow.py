"""Escrow: what is sealed opens for the recovery key and its own place only, and every byte of the file counts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import AuditError
from audit.escrow import (
    Kek,
    MalformedEscrow,
    UntrustedEscrow,
    WrongRecoveryKey,
    fingerprint,
    new_recovery_key,
    private_pem,
    public_pem,
    read_escrow,
    read_private,
    read_public,
    seal,
    unseal,
)
from audit.keys import KekVersion
from audit.note import Verifier, sign_note

SIGNING, FORGING = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def verifier(key: Ed25519PrivateKey, origin: str = "lotse/0b5e/1") -> Verifier:
    return Verifier(origin, key.public_key().public_bytes_raw())


def opened(raw: bytes, key: X25519PrivateKey | None = None) -> tuple[Kek, ...]:
    return unseal(read_escrow(raw), key or KEY, SIGNER.fingerprint)


def text(raw: bytes) -> dict[str, Any]:
    """What the file says, without its signature."""
    found: dict[str, Any] = json.loads(raw.decode().rpartition("\n\n")[0])
    return found


def signed_again(whole: object, key: Ed25519PrivateKey = SIGNING) -> bytes:
    """The statement, signed as if who keeps the log's key had made it so."""
    return sign_note(json.dumps(whole) + "\n", verifier(key), key.sign)


SIGNER = verifier(SIGNING)
KEY, OTHER = new_recovery_key(), new_recovery_key()
KEKS = (Kek(KekVersion(1, 1_793_620_800_000), b"a" * 32), Kek(KekVersion(3), b"c" * 32))
SEALED = seal(KEKS, KEY.public_key(), SIGNER, SIGNING.sign)


def test_what_goes_into_escrow_comes_out() -> None:
    assert opened(SEALED) == KEKS
    told = read_escrow(SEALED)
    assert (told.signer, told.versions) == (SIGNER, tuple(kek.version for kek in KEKS))


versions = st.lists(
    st.tuples(st.integers(1, 999), st.none() | st.integers(0, 1 << 52), st.binary(min_size=32, max_size=32)),
    min_size=1, max_size=5, unique_by=lambda each: each[0],
)  # fmt: skip


@given(versions)
def test_whatever_versions_there_are_they_come_out_the_oldest_first(
    told: list[tuple[int, int | None, bytes]],
) -> None:
    keks = [Kek(KekVersion(number, made_at), secret) for number, made_at, secret in told]
    found = opened(seal(keks, KEY.public_key(), SIGNER, SIGNING.sign))
    assert found == tuple(sorted(keks, key=lambda kek: kek.version.number))


def test_no_key_stands_in_it_in_the_clear_and_no_two_are_alike() -> None:
    for kek in KEKS:
        assert kek.secret not in SEALED
        assert kek.secret.hex().encode() not in SEALED
    assert seal(KEKS, KEY.public_key(), SIGNER, SIGNING.sign) != SEALED


def test_another_recovery_key_opens_nothing() -> None:
    with pytest.raises(WrongRecoveryKey, match="anderen"):
        opened(SEALED, OTHER)
    forged = {**text(SEALED), "recovery_key": fingerprint(OTHER.public_key())}
    with pytest.raises(WrongRecoveryKey, match="verändert"):
        opened(signed_again(forged), OTHER)


def test_what_somebody_without_the_log_s_key_has_made_or_added_is_refused() -> None:
    """Who has the public half of the recovery key can seal, and can sign with a key of their own; that is no escrow."""
    own = Kek(KekVersion(4), b"E" * 32)
    whole = text(seal((*KEKS, own), KEY.public_key(), verifier(FORGING), FORGING.sign))
    for versions in (whole["versions"], whole["versions"][2:], whole["versions"][:1]):
        with pytest.raises(UntrustedEscrow):
            opened(signed_again({**whole, "versions": versions}, FORGING))
    honest = text(SEALED)
    signature = SEALED.decode().rpartition("\n\n")[2]
    for versions in (
        honest["versions"] + whole["versions"][2:],
        honest["versions"][:1],
        honest["versions"][1:],
    ):
        for vkey in (SIGNER.vkey, verifier(FORGING).vkey):
            forged = {**honest, "versions": versions, "vkey": vkey}
            with pytest.raises(MalformedEscrow):
                opened(f"{json.dumps(forged, indent=1)}\n\n{signature}".encode())


def test_a_seal_belongs_to_its_log_its_version_and_its_set() -> None:
    """Even under the signature of the log nothing can be put together that was not sealed together."""
    whole = text(SEALED)
    first, third = whole["versions"]
    other = text(seal((Kek(KekVersion(2), b"b" * 32),), KEY.public_key(), SIGNER, SIGNING.sign))["versions"]
    sets = (
        [{**first, "sealed": third["sealed"]}, {**third, "sealed": first["sealed"]}],
        [first, {**third, "version": 2}],
        [first, {**third, "made_at": 7}],
        [first],
        [third],
        [first, *other, third],
        [*other, third],
    )
    for versions in sets:
        with pytest.raises(WrongRecoveryKey):
            opened(signed_again({**whole, "versions": versions}))
    renamed = verifier(SIGNING, "lotse/0b5e/2")
    with pytest.raises(WrongRecoveryKey):
        opened(sign_note(json.dumps({**whole, "vkey": renamed.vkey}) + "\n", renamed, SIGNING.sign))


def test_a_file_of_before_signatures_is_refused_with_what_to_do() -> None:
    old = {**text(SEALED), "format": "lotse-escrow/1", "origin": SIGNER.name}
    for raw in (json.dumps(old, indent=1).encode() + b"\n", signed_again(old)):
        with pytest.raises(MalformedEscrow, match="lotse keys escrow"):
            read_escrow(raw)


def test_the_same_signing_key_is_trusted_under_the_next_name_of_the_log() -> None:
    """A restore gives the log its next name; the key in the folder of who trusts it stays the same."""
    after = verifier(SIGNING, "lotse/0b5e/2")
    assert after.fingerprint == SIGNER.fingerprint
    assert opened(seal(KEKS, KEY.public_key(), after, SIGNING.sign)) == KEKS


def test_whatever_byte_is_altered_nothing_comes_out() -> None:
    for place in range(len(SEALED)):
        for change in (1, 0x20, 0x80):
            with pytest.raises(AuditError):
                opened(SEALED[:place] + bytes([SEALED[place] ^ change]) + SEALED[place + 1 :])


@pytest.mark.parametrize("cut", range(0, len(SEALED), 7))
def test_a_file_cut_short_is_malformed(cut: int) -> None:
    with pytest.raises(MalformedEscrow):
        read_escrow(SEALED[:cut])


@given(st.binary(max_size=200))
def test_what_is_no_escrow_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(MalformedEscrow):
        read_escrow(raw)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "lotse-escrow/3"}, {"suite": "none"}, {"vkey": "a b"}, {"vkey": 7}, {"versions": []},
        {"versions": {}}, {"versions": None}, {"versions": [7]}, {"recovery_key": "ab"}, {"recovery_key": None},
    ],
)  # fmt: skip
def test_fields_that_are_not_as_they_must_be_are_malformed(change: dict[str, object]) -> None:
    with pytest.raises(MalformedEscrow):
        read_escrow(signed_again({**text(SEALED), **change}))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0}, {"version": True}, {"version": "1"}, {"version": 3}, {"made_at": -1}, {"made_at": 1.5},
        {"sealed": ""}, {"sealed": "AAAA"}, {"sealed": "ä"}, {"sealed": None},
    ],
)  # fmt: skip
def test_versions_that_are_not_as_they_must_be_are_malformed(change: dict[str, object]) -> None:
    whole = text(SEALED)
    whole["versions"][0].update(change)
    with pytest.raises(MalformedEscrow):
        read_escrow(signed_again(whole))


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(MalformedEscrow):
        read_escrow(b"[" * 2_000_000)
    with pytest.raises(MalformedEscrow):
        read_escrow(b"[" * 100_000)


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
