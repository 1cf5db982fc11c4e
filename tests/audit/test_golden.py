"""The format is frozen: known keys give known bytes, and other means than ours read them back."""

import hmac
import json
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from tests.audit.golden import CASE, FILE, text

GOLDEN = json.loads(FILE.read_text())


def derived(secret: str) -> tuple[bytes, bytes]:
    """HKDF-SHA256 by hand: what seals, and the key id."""
    prk = hmac.digest(bytes(32), bytes.fromhex(secret), "sha256")
    first = hmac.digest(prk, b"lotse/lts1/data\x01", "sha256")
    return first, hmac.digest(prk, first + b"lotse/lts1/data\x02", "sha256")


def test_known_keys_and_nonces_give_the_frozen_bytes() -> None:
    assert text() == FILE.read_text()


def test_each_leaf_reads_by_its_offsets() -> None:
    for place, entry in enumerate(GOLDEN["entries"]):
        leaf, body_a = bytes.fromhex(entry["leaf"]), bytes.fromhex(entry["body_a"])
        assert (len(leaf), leaf[:5], int.from_bytes(leaf[8:16])) == (184, b"LTS1\x01", place)
        assert leaf[24:56] == sha256(GOLDEN["origin"].encode()).digest()
        assert leaf[120:152] == sha256(body_a).digest()
        has_b = entry["body_b"] is not None
        assert leaf[5] == has_b
        assert leaf[152:] == (sha256(bytes.fromhex(entry["body_b"])).digest() if has_b else bytes(32))
        assert (len(body_a) - 28) % 256 == 0


def test_each_body_opens_with_nothing_but_aes_and_hkdf() -> None:
    ids = {derived(key["secret"])[1]: derived(key["secret"])[0] for key in GOLDEN["keys"].values()}
    assert [derived(key["secret"])[1].hex() for key in GOLDEN["keys"].values()] == [
        key["key_id"] for key in GOLDEN["keys"].values()
    ]
    case_seal, case_id = derived(GOLDEN["case_key"]["secret"])
    said = []
    for entry in GOLDEN["entries"]:
        leaf, body = bytes.fromhex(entry["leaf"]), bytes.fromhex(entry["body_a"])
        plain = AESGCM(ids[leaf[56:88]]).decrypt(body[:12], body[12:], leaf[:120] + b"A")
        said.append(json.loads(plain))
        if entry["body_b"]:
            body = bytes.fromhex(entry["body_b"])
            assert leaf[88:120] == case_id
            plain = AESGCM(case_seal).decrypt(body[:12], body[12:], leaf[:120] + b"B" + leaf[120:152])
            assert json.loads(plain) == {"family": "Familie Wunderlich-Beispiel"}
    assert [a["action"] for a in said] == ["receive", "list", "attempt_contact", "open_case", "note"]
    assert said[0]["purpose"] == "Übernahme"
    # The clock had been turned back two minutes before the fourth entry.
    assert "clock" not in said[2]
    assert said[3]["clock"] < GOLDEN["last_time_ms"]


def test_each_mac_is_the_one_of_its_leaf() -> None:
    key, _ = derived(GOLDEN["keys"]["mac"]["secret"])
    for entry in GOLDEN["entries"]:
        assert hmac.digest(key, bytes.fromhex(entry["leaf"]), "sha256").hex() == entry["mac"]


def test_each_key_unwraps_under_its_context() -> None:
    kek = AESGCM(bytes.fromhex(GOLDEN["kek"]["secret"]))
    for purpose, key in GOLDEN["keys"].items():
        wrapped = bytes.fromhex(key["wrapped"])
        context = f"lotse/lts1/wrap\n0b5e\n{purpose}".encode()
        assert kek.decrypt(wrapped[:12], wrapped[12:], context).hex() == key["secret"]
    wrapped = bytes.fromhex(GOLDEN["case_key"]["wrapped"])[32:]
    context = f"lotse/lts1/wrap\n0b5e\ncase/{CASE}".encode()
    assert kek.decrypt(wrapped[:12], wrapped[12:], context).hex() == GOLDEN["case_key"]["secret"]


def test_the_checkpoint_signs_the_root_over_the_five_leaves() -> None:
    first, second, third, fourth, fifth = (
        sha256(b"\0" + bytes.fromhex(entry["leaf"])).digest() for entry in GOLDEN["entries"]
    )
    left = node(node(first, second), node(third, fourth))
    checkpoint = open_checkpoint(GOLDEN["checkpoint"].encode(), Verifier.from_vkey(GOLDEN["vkey"]))
    assert (checkpoint.size, checkpoint.root) == (5, node(left, fifth))
    assert GOLDEN["frontier"] == (left + fifth).hex()
    assert GOLDEN["proof_of_3"].startswith("c2sp.org/tlog-proof@v1\nindex 3\n")


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
