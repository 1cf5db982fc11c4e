"""Escrow: versions of the master key sealed to a recovery key (HPKE, RFC 9180), for the day the keys are lost.

Only master keys, never data keys nor the signing key: who holds the recovery key can read what a backup holds, and
sign nothing. Anybody can seal to a public key, so the file is a note signed with the log's key, and each seal binds
the log's name and key and all versions with their dates. Proven by `tests/audit/test_escrow.py` and RFC 9180's vectors.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import TypeGuard

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from audit.errors import AuditError, MalformedNote
from audit.keys import KekVersion
from audit.note import MAX_NOTE, Verifier, open_note, sign_note

FORMAT, _UNSIGNED = "lotse-escrow/2", "lotse-escrow/1"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SUITE_NAME = "X25519/HKDF-SHA256/AES-256-GCM"
SECRET_SIZE = 32
MOST_BYTES = MAX_NOTE
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_ENC_SIZE, _TAG_SIZE = 32, 16
_OLD = "Diese Hinterlegung ist von früher und nicht unterschrieben. Nächster Schritt: eine neue machen, lotse keys escrow"


class MalformedEscrow(AuditError):
    """Die Datei ist keine Hinterlegung, oder sie ist beschädigt."""


class WrongRecoveryKey(AuditError):
    """Die Hinterlegung ist nicht für diesen Wiederherstellungsschlüssel versiegelt, oder sie wurde verändert."""


class UntrustedEscrow(AuditError):
    """Die Hinterlegung ist nicht mit dem Schlüssel unterschrieben, dem hier vertraut wird."""


@dataclass(frozen=True, slots=True)
class Kek:
    """One version of the master key, as it goes into escrow and comes out."""

    version: KekVersion
    secret: bytes = field(repr=False)


def new_recovery_key() -> X25519PrivateKey:
    """Make a recovery key."""
    return X25519PrivateKey.generate()


def private_pem(key: X25519PrivateKey) -> bytes:
    """The private half as PKCS #8, as openssl reads it; whoever has it reads every version sealed to it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: X25519PublicKey) -> bytes:
    """The public half."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private(pem: bytes) -> X25519PrivateKey:
    """Undo `private_pem`; WrongRecoveryKey where it is anything else."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise WrongRecoveryKey("Das ist kein privater Wiederherstellungsschlüssel.")
    return key


def read_public(pem: bytes) -> X25519PublicKey:
    """Undo `public_pem`; WrongRecoveryKey where it is anything else, a private key above all."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PublicKey):
        raise WrongRecoveryKey("Das ist kein öffentlicher Wiederherstellungsschlüssel.")
    return key


def fingerprint(key: X25519PublicKey) -> str:
    """By what a recovery key is known: SHA-256 of its 32 bytes, in hex."""
    return sha256(key.public_bytes_raw()).hexdigest()


@dataclass(frozen=True, slots=True)
class Escrow:
    """An escrow file that is what its own `signer` signed; whether that is the town's log, `unseal` asks."""

    signer: Verifier
    recipient: str
    versions: tuple[KekVersion, ...]
    seals: tuple[bytes, ...] = field(repr=False)


def seal(keks: Sequence[Kek], to: X25519PublicKey, signer: Verifier, sign: Callable[[bytes], bytes]) -> bytes:
    """Give the escrow file of these versions of a log's master key: sealed to a recovery key, signed by the log's."""
    ordered = sorted(keks, key=lambda kek: kek.version.number)
    versions, recipient = [kek.version for kek in ordered], fingerprint(to)
    told = [
        {
            "version": kek.version.number,
            "made_at": kek.version.made_at_ms,
            "sealed": base64.b64encode(
                SUITE.encrypt(kek.secret, to, _info(signer, recipient, versions, kek.version.number))
            ).decode(),
        }
        for kek in ordered
    ]
    whole = {
        "format": FORMAT, "suite": SUITE_NAME, "vkey": signer.vkey, "recovery_key": recipient, "versions": told
    }  # fmt: skip
    note = sign_note(json.dumps(whole, indent=1) + "\n", signer, sign)
    read_escrow(note)
    return note


def read_escrow(raw: bytes) -> Escrow:
    """Give what a file says that its own key has signed. Raises MalformedEscrow."""
    try:
        text = raw[: MOST_BYTES + 1].decode().rpartition("\n\n")[0] or raw[: MOST_BYTES + 1].decode()
        whole = json.loads(text)
        if whole["format"] == _UNSIGNED:
            raise MalformedEscrow(_OLD)
        signer = Verifier.from_vkey(whole["vkey"])
        open_note(raw, signer, alone=True)
        recipient = whole["recovery_key"]
        versions, seals = zip(*map(_version, whole["versions"]), strict=True)
        sound = (
            (whole["format"], whole["suite"]) == (FORMAT, SUITE_NAME)
            and _FINGERPRINT.fullmatch(recipient) is not None
            and all(one.number < other.number for one, other in pairwise(versions))
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MalformedNote):
        raise MalformedEscrow from None
    if not sound:
        raise MalformedEscrow
    return Escrow(signer, recipient, versions, seals)


def unseal(escrow: Escrow, key: X25519PrivateKey, trusted: str) -> tuple[Kek, ...]:
    """Give the versions, the oldest first. `trusted` is the fingerprint of the key that must have signed.

    Of the key alone, not of the log's name with it: that changes with each restore. Raises UntrustedEscrow,
    WrongRecoveryKey.
    """
    if escrow.signer.fingerprint != trusted:
        raise UntrustedEscrow
    if escrow.recipient != fingerprint(key.public_key()):
        raise WrongRecoveryKey(
            "Die Hinterlegung ist für einen anderen Wiederherstellungsschlüssel versiegelt."
        )
    keks = []
    for version, sealed in zip(escrow.versions, escrow.seals, strict=True):
        info = _info(escrow.signer, escrow.recipient, escrow.versions, version.number)
        try:
            keks.append(Kek(version, SUITE.decrypt(sealed, key, info)))
        except (InvalidTag, ValueError):
            raise WrongRecoveryKey(f"Version {version.number} der Hinterlegung wurde verändert.") from None
    return tuple(keks)


def _info(signer: Verifier, recipient: str, versions: Sequence[KekVersion], version: int) -> bytes:
    """What a seal is bound to: the whole set it was made in, and its own place there."""
    every = [[each.number, each.made_at_ms] for each in versions]
    return json.dumps([FORMAT, signer.vkey, recipient, every, version]).encode()


def _version(told: Mapping[str, object]) -> tuple[KekVersion, bytes]:
    number, made_at, sealed = (
        told["version"],
        told["made_at"],
        base64.b64decode(str(told["sealed"]), validate=True),
    )
    if not _is_whole(number) or number < 1 or len(sealed) != _ENC_SIZE + SECRET_SIZE + _TAG_SIZE:
        raise ValueError
    if made_at is not None and not _is_whole(made_at):
        raise ValueError
    return KekVersion(number, made_at), sealed


def _is_whole(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 53
