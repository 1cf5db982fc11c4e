"""Escrow: versions of the master key sealed to a recovery key (HPKE, RFC 9180), for the day the keys are lost.

Only master keys, never data keys nor the signing key: who holds the recovery key can read what a backup holds, and
sign nothing. Each seal binds the log's name and the version's number. Proven by `tests/audit/test_escrow.py` and by
the vectors of RFC 9180.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
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

from audit.errors import AuditError
from audit.keys import KekVersion
from audit.note import valid_name

FORMAT = "lotse-escrow/1"
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SUITE_NAME = "X25519/HKDF-SHA256/AES-256-GCM"
SECRET_SIZE = 32
MOST_BYTES = 1 << 20
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_ENC_SIZE, _TAG_SIZE = 32, 16


class MalformedEscrow(AuditError):
    """Die Datei ist keine Hinterlegung, oder sie ist beschädigt."""


class WrongRecoveryKey(AuditError):
    """Die Hinterlegung ist nicht für diesen Wiederherstellungsschlüssel versiegelt, oder sie wurde verändert."""


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


def seal(origin: str, keks: Sequence[Kek], to: X25519PublicKey) -> bytes:
    """Give the escrow file of these versions of a log's master key, sealed to a recovery key."""
    told = [
        {
            "version": kek.version.number,
            "made_at": kek.version.made_at_ms,
            "sealed": base64.b64encode(
                SUITE.encrypt(kek.secret, to, _info(origin, kek.version.number))
            ).decode(),
        }
        for kek in keks
    ]
    whole = {
        "format": FORMAT, "suite": SUITE_NAME, "origin": origin, "recovery_key": fingerprint(to), "versions": told
    }  # fmt: skip
    return (json.dumps(whole, indent=1) + "\n").encode()


def unseal(escrow: bytes, key: X25519PrivateKey) -> tuple[str, tuple[Kek, ...]]:
    """Give the log's name and the versions, the oldest first. Raises MalformedEscrow, WrongRecoveryKey."""
    origin, recipient, versions = _read(escrow)
    if recipient != fingerprint(key.public_key()):
        raise WrongRecoveryKey(
            "Die Hinterlegung ist für einen anderen Wiederherstellungsschlüssel versiegelt."
        )
    keks = []
    for number, (made_at, sealed) in sorted(versions.items()):
        try:
            secret = SUITE.decrypt(sealed, key, _info(origin, number))
        except (InvalidTag, ValueError):
            raise WrongRecoveryKey(f"Version {number} der Hinterlegung wurde verändert.") from None
        keks.append(Kek(KekVersion(number, made_at), secret))
    return origin, tuple(keks)


def _info(origin: str, version: int) -> bytes:
    return f"lotse/escrow/1\n{origin}\n{version}".encode()


def _read(escrow: bytes) -> tuple[str, str, Mapping[int, tuple[int | None, bytes]]]:
    """Origin, fingerprint, and by version: when it was made, and its seal."""
    if len(escrow) > MOST_BYTES:
        raise MalformedEscrow
    try:
        whole = json.loads(escrow)
        origin, recipient = whole["origin"], whole["recovery_key"]
        versions = dict(map(_version, whole["versions"]))
        sound = (
            (whole["format"], whole["suite"]) == (FORMAT, SUITE_NAME)
            and valid_name(origin)
            and _FINGERPRINT.fullmatch(recipient) is not None
            and 0 < len(versions) == len(whole["versions"])
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedEscrow from None
    if not sound:
        raise MalformedEscrow
    return origin, recipient, versions


def _version(told: Mapping[str, object]) -> tuple[int, tuple[int | None, bytes]]:
    number, made_at, sealed = (
        told["version"],
        told["made_at"],
        base64.b64decode(str(told["sealed"]), validate=True),
    )
    if not _is_whole(number) or number < 1 or len(sealed) != _ENC_SIZE + SECRET_SIZE + _TAG_SIZE:
        raise ValueError
    if made_at is not None and not _is_whole(made_at):
        raise ValueError
    return number, (made_at, sealed)


def _is_whole(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 53
