"""RFC 9180: the vectors published with it, for the suite that escrow seals with, and for its neighbours.

The one-shot calls of the library have no associated data and the vectors do; so the call beneath them is asked.
"""

import json
from typing import Any

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl as rust
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from audit.escrow import SUITE

_BASE, _X25519, _SHA256 = 0, 0x0020, 1
_AEADS = {1: AEAD.AES_128_GCM, 2: AEAD.AES_256_GCM, 3: AEAD.CHACHA20_POLY1305}


def _vectors() -> list[dict[str, Any]]:
    with cryptography_vectors.open_vector_file("HPKE/test-vectors.json", "r") as file:
        return [
            each
            for each in json.load(file)
            if (each["mode"], each["kem_id"], each["kdf_id"]) == (_BASE, _X25519, _SHA256)
            and each["aead_id"] in _AEADS
        ]


VECTORS = _vectors()


def test_the_vectors_of_the_suite_are_there() -> None:
    assert {each["aead_id"] for each in VECTORS} == set(_AEADS)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"aead-{each['aead_id']}")
def test_the_first_message_of_each_vector_opens_and_no_altered_one_does(vector: dict[str, Any]) -> None:
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, _AEADS[vector["aead_id"]])
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
    assert key.public_key().public_bytes_raw().hex() == vector["pkRm"]
    first = vector["encryptions"][0]
    sealed = bytes.fromhex(vector["enc"]) + bytes.fromhex(first["ct"])
    info, aad = bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
    opened = rust.hpke._decrypt_with_aad
    assert opened(suite, sealed, key, info, aad).hex() == first["pt"]
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(InvalidTag):
            opened(suite, altered, key, info, aad)
    for wrong in ((info + b"x", aad), (info, aad + b"x")):
        with pytest.raises(InvalidTag):
            opened(suite, sealed, key, *wrong)


def test_escrow_s_suite_opens_its_vector() -> None:
    vector = next(each for each in VECTORS if each["aead_id"] == 2)
    first = vector["encryptions"][0]
    sealed = bytes.fromhex(vector["enc"]) + bytes.fromhex(first["ct"])
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
    given = (sealed, key, bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"]))
    assert rust.hpke._decrypt_with_aad(SUITE, *given).hex() == first["pt"]
