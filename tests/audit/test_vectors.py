"""The published vectors, through our own functions: AES-256-GCM, HKDF, HMAC, Ed25519 from `cryptography_vectors`.

A data key cannot be given an AES key, because it derives its own; the vectors take the place of what it derives,
and seal, open and authenticate by the methods that every entry goes through.
"""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography_vectors import open_vector_file

from audit.errors import UnreadableBody
from audit.note import Verifier
from audit.seal import INFO, DataKey, derive, keyed

Vector = dict[str, str]


def vectors(name: str) -> Iterator[Vector]:
    """The vectors of a file of `name = value`; a new one begins where a name comes again, `FAIL` is a name."""
    settings: Vector = {}
    found: Vector = {}
    with open_vector_file(name, "r") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    for line in lines:
        key, _, value = (part.strip() for part in line.strip("[]").partition("="))
        if found and (line.startswith("[") or key in found):
            yield {**settings, **found}
            found = {}
        (settings if line.startswith("[") else found)[key] = value
    yield {**settings, **found}


def a_key(aes: bytes) -> DataKey:
    """A data key whose derived key is this one."""
    key = DataKey(bytes(32))
    key._cipher = AESGCM(aes)
    return key


def ours(vector: Vector) -> bool:
    """Whether this is the AES-GCM that bodies are sealed with: nonces of 12 bytes, tags of 16."""
    return (vector["IVlen"], vector["Taglen"]) == ("96", "128")


def test_bodies_are_sealed_as_nist_s_vectors_say() -> None:
    """375 of them, with and without content and associated data."""
    count = 0
    for vector in filter(ours, vectors("ciphers/AES/GCM/gcmEncryptExtIV256.rsp")):
        aes, nonce, plain, aad, sealed, tag = (
            bytes.fromhex(vector[name]) for name in ("Key", "IV", "PT", "AAD", "CT", "Tag")
        )
        key = a_key(aes)
        assert key.seal(plain, aad, nonce) == nonce + sealed + tag
        assert key.open(nonce + sealed + tag, aad) == plain
        count += 1
    assert count == 375


def test_what_nist_s_vectors_have_altered_is_refused() -> None:
    """Of those to decrypt, about half were altered and say so."""
    opened = refused = 0
    for vector in filter(ours, vectors("ciphers/AES/GCM/gcmDecrypt256.rsp")):
        aes, nonce, aad, sealed, tag = (
            bytes.fromhex(vector[name]) for name in ("Key", "IV", "AAD", "CT", "Tag")
        )
        key = a_key(aes)
        if "FAIL" in vector:
            with pytest.raises(UnreadableBody):
                key.open(nonce + sealed + tag, aad)
            refused += 1
        else:
            assert key.open(nonce + sealed + tag, aad) == bytes.fromhex(vector["PT"])
            opened += 1
    assert opened > 150
    assert refused > 150


@pytest.mark.parametrize("name", ["KDF/rfc-5869-HKDF-SHA256.txt", "KDF/hkdf-generated.txt"])
def test_data_keys_are_derived_as_rfc_5869_says(name: str) -> None:
    """Its test without salt and one of 1 200 bytes; the other two have a salt, which we never do."""
    without = [vector for vector in vectors(name) if vector.get("IKM") and not vector["salt"]]
    assert len(without) == 1
    for vector in without:
        secret, info, expected = (bytes.fromhex(vector[part]) for part in ("IKM", "info", "OKM"))
        assert derive(secret, info, int(vector["L"])) == expected
    key = DataKey(bytes(range(32)))
    assert derive(bytes(range(32)), INFO, 64)[32:] == key.key_id


def test_entries_are_authenticated_as_rfc_4231_says() -> None:
    """All of its tests whose key is no longer than a block, as ours are."""
    count = 0
    for vector in vectors("HMAC/rfc-4231-sha256.txt"):
        secret, message, expected = (bytes.fromhex(vector[part]) for part in ("Key", "Msg", "MD"))
        if len(secret) <= 64:
            key = DataKey(bytes(32))
            key._pads = keyed(secret)
            assert key.mac(message) == expected
            assert key.mac(message) == expected
            count += 1
    assert count == 4


def test_signatures_are_made_and_checked_as_the_authors_of_ed25519_show() -> None:
    """1 024 keys, messages of 0 to 1 023 bytes; each refused where message, key or either half of it is another."""
    with open_vector_file("asymmetric/Ed25519/sign.input", "r") as file:
        lines = [line.split(":") for line in file]
    assert len(lines) == 1024
    for secret, public, text, signed, _ in lines:
        message, signature = bytes.fromhex(text), bytes.fromhex(signed)[:64]
        verifier = Verifier("example.org/log", bytes.fromhex(public))
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)[:32])
        assert private.sign(message) == signature
        assert verifier.accepts(message, signature)
        assert not verifier.accepts(message + b"\n", signature)
        for place in (0, 63):
            turned = bytearray(signature)
            turned[place] ^= 1
            assert not verifier.accepts(message, bytes(turned))


ORDER = 2**252 + 27742317777372353535851937790883648493


def test_a_signature_has_only_one_form() -> None:
    """Its second half plus the order of the group says the same (RFC 8032, 5.1.7); it is refused."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")
    verifier = Verifier("example.org/log", private.public_key().public_bytes_raw())
    signature = private.sign(b"Entwurf")
    same = int.from_bytes(signature[32:], "little") + ORDER
    assert verifier.accepts(b"Entwurf", signature)
    assert not verifier.accepts(b"Entwurf", signature[:32] + same.to_bytes(32, "little"))
