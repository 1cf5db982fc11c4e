"""A sealed body opens with its key at its place and nowhere else, and its length tells little."""

import copy
import hmac
import json
import pickle
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import UnreadableBody
from audit.seal import DataKey, aad_a, aad_b, open_body, pad, seal_body

KEY = DataKey(bytes(range(32)))
HEAD = b"h" * 120
NONCE = b"n" * 12
contents = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
)


def hkdf(secret: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869 with an empty salt, once more by hand."""
    prk, block, out = hmac.digest(bytes(32), secret, "sha256"), b"", b""
    for count in range(1, size // 32 + 1):
        block = hmac.digest(prk, block + info + bytes([count]), "sha256")
        out += block
    return out


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=400))
def test_key_id_and_mac_are_what_the_rfcs_say(secret: bytes, message: bytes) -> None:
    """RFC 5869 and RFC 2104, computed with the standard library."""
    key, derived = DataKey(secret), hkdf(secret, b"lotse/lts1/data", 64)
    assert key.key_id == derived[32:]
    assert key.mac(message) == hmac.digest(derived[:32], message, "sha256")


@given(contents)
def test_a_body_comes_back_as_it_was(content: dict[str, Any]) -> None:
    assert open_body(KEY, aad_a(HEAD), seal_body(KEY, aad_a(HEAD), content, NONCE)) == content


def test_bodies_of_a_visit_and_of_a_phone_call_have_the_same_length() -> None:
    visit = {"action": "note", "text": "Hausbesuch, alles in Ordnung"}
    call = {"action": "attempt_contact"}
    sizes = {len(seal_body(KEY, aad_a(HEAD), content, NONCE)) for content in (visit, call)}
    assert sizes == {12 + 256 + 16}
    assert [len(pad(b"x" * size)) for size in (1, 255, 256, 257)] == [256, 256, 256, 512]


@given(st.integers(0, 119), st.integers(1, 255))
def test_a_body_opens_at_its_own_place_only(place: int, change: int) -> None:
    """Any other log, number, time or key in the leaf, and it stays shut."""
    body = seal_body(KEY, aad_a(HEAD), {"action": "note"}, NONCE)
    elsewhere = HEAD[:place] + bytes([HEAD[place] ^ change]) + HEAD[place + 1 :]
    with pytest.raises(UnreadableBody):
        open_body(KEY, aad_a(elsewhere), body)


def test_a_body_b_does_not_open_beside_another_body_a_or_as_one() -> None:
    hash_a = sha256(b"body a").digest()
    body = seal_body(KEY, aad_b(HEAD, hash_a), {"family": "Familie Wunderlich-Beispiel"}, NONCE)
    assert open_body(KEY, aad_b(HEAD, hash_a), body)
    for aad in (aad_b(HEAD, sha256(b"other").digest()), aad_a(HEAD)):
        with pytest.raises(UnreadableBody):
            open_body(KEY, aad, body)


@given(st.binary(max_size=600))
def test_bytes_that_are_no_body_are_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        open_body(KEY, aad_a(HEAD), body)


@given(st.integers(0, 283), st.integers(1, 255))
def test_an_altered_byte_makes_a_body_unreadable(place: int, change: int) -> None:
    body = bytearray(seal_body(KEY, aad_a(HEAD), {"action": "note"}, NONCE))
    body[place] ^= change
    with pytest.raises(UnreadableBody):
        open_body(KEY, aad_a(HEAD), bytes(body))


@pytest.mark.parametrize("plain", [b"[]", b"7", b"{", b"\xff\xfe", b"{}{}", b""])
def test_what_is_sealed_but_no_json_object_is_unreadable(plain: bytes) -> None:
    with pytest.raises(UnreadableBody):
        open_body(KEY, aad_a(HEAD), KEY.seal(plain.ljust(256), aad_a(HEAD), NONCE))
    with pytest.raises(UnreadableBody):
        open_body(KEY, aad_a(HEAD), KEY.seal(json.dumps({}).encode(), aad_a(HEAD), NONCE))


def test_a_key_shows_itself_to_nobody() -> None:
    shown = f"{KEY!r} {KEY!s} {[KEY]}"
    assert KEY.secret.hex() not in shown
    assert str(KEY.secret) not in shown
    for spill in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            spill(KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(b"short")
