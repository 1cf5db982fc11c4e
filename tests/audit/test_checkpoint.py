"""Notes and checkpoints: the public example passes, everything a hair away from it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import MalformedNote
from audit.note import Verifier, open_note, sign_note
from tests.audit.world import ORIGIN, FixedKeys, World, a_log, an_access

# The example of Go's golang.org/x/mod/sumdb/note, which C2SP signed-note took over.
PETER = Verifier.from_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
KEYS = FixedKeys()
LOG = Verifier(ORIGIN, KEYS.public_key())
CHECKPOINT = Checkpoint(ORIGIN, 12, bytes(range(32)))
SIGNED = CHECKPOINT.sign(LOG, KEYS.sign)


def test_the_public_example_is_accepted() -> None:
    assert open_note(NOTE, PETER) == TEXT
    assert PETER.vkey == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_the_public_example_with_any_byte_altered_is_refused(place: int, change: int) -> None:
    altered = NOTE[:place] + bytes([NOTE[place] ^ change]) + NOTE[place + 1 :]
    with pytest.raises(MalformedNote):
        open_note(altered, PETER)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_brings_the_reader_to_anything_but_a_refusal(content: bytes) -> None:
    with pytest.raises(MalformedNote):
        open_checkpoint(content, LOG)


@given(st.text(max_size=80))
def test_no_text_brings_the_key_reader_to_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(MalformedNote):
        Verifier.from_vkey(text)


def test_every_piece_of_a_verifier_key_is_refused() -> None:
    vkey = PETER.vkey
    for start in range(len(vkey)):
        for end in range(start + 1, len(vkey) + 1):
            if end - start < len(vkey):
                with pytest.raises(MalformedNote):
                    Verifier.from_vkey(vkey[start:end])


def test_the_signatures_are_ed25519_as_rfc_8032_shows_it() -> None:
    """Section 7.1, test 2: one byte, signed."""
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    verifier = Verifier("rfc8032", bytes.fromhex(public))
    assert verifier.accepts(b"\x72", signature)
    assert not verifier.accepts(b"\x73", signature)
    assert not verifier.accepts(b"\x72", signature[:-1])
    assert not Verifier("rfc8032", b"short").accepts(b"\x72", signature)


def test_a_checkpoint_reads_as_its_standard_says() -> None:
    lines = SIGNED.decode().split("\n")
    assert lines[:4] == ["lotse/0b5e/1", "12", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith("— lotse/0b5e/1 ")
    assert lines[5:] == [""]
    assert open_checkpoint(SIGNED, LOG, alone=True) == CHECKPOINT


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_checkpoint_with_any_byte_altered_is_refused(place: int, change: int) -> None:
    altered = SIGNED[:place] + bytes([SIGNED[place] ^ change]) + SIGNED[place + 1 :]
    with pytest.raises(MalformedNote):
        open_checkpoint(altered, LOG, alone=True)


@pytest.mark.parametrize(
    "text",
    [
        "lotse/0b5e/1\n12\n",
        "lotse/0b5e/1\n012\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "lotse/0b5e/1\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "lotse/0b5e/1\n١٢\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "lotse/0b5e/1\n9223372036854775808\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "lotse/0b5e/1\n12\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
        "lotse/0b5e/1\n12\nAAEC\n",
        "lotse/0b5e/1\n12\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\nmehr\n",
        "lotse/0b5e/1\n12\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nunsichtbar\x00\n",
        "lotse/9999/1\n12\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    ],
)
def test_a_properly_signed_text_that_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        open_checkpoint(sign_note(text, LOG, KEYS.sign), LOG)


def test_further_signed_lines_are_kept() -> None:
    more = Checkpoint(ORIGIN, 3, bytes(32), ("zeile",))
    assert open_checkpoint(more.sign(LOG, KEYS.sign), LOG) == more


def test_a_witness_may_sign_too_but_never_alone_and_never_in_our_name() -> None:
    witness = FixedKeys(seed=50)
    beside = sign_note(CHECKPOINT.text, Verifier("zeuge.example", witness.public_key()), witness.sign)
    line = beside.split(b"\n\n")[1]
    assert open_checkpoint(SIGNED + line, LOG) == CHECKPOINT
    with pytest.raises(MalformedNote, match="fremde"):
        open_checkpoint(SIGNED + line, LOG, alone=True)
    with pytest.raises(MalformedNote, match="keine Unterschrift"):
        open_checkpoint(beside, LOG)
    own = SIGNED.split(b"\n\n")[1]
    with pytest.raises(MalformedNote, match="nicht gültig"):
        open_checkpoint(SIGNED + own, LOG)


def test_a_key_is_named_after_its_log() -> None:
    with pytest.raises(MalformedNote):
        CHECKPOINT.sign(Verifier("lotse/other/1", KEYS.public_key()), KEYS.sign)
    for name in ("", "a b", "a+b", "a\u00a0b", "a\tb"):
        with pytest.raises(MalformedNote):
            sign_note("text\n", Verifier(name, KEYS.public_key()), KEYS.sign)


def test_hundreds_of_signatures_and_huge_files_are_refused() -> None:
    line = SIGNED.split(b"\n\n")[1]
    for note in (SIGNED + line * 101, SIGNED.replace(b"12\n", b"12\n" + b"x" * 70_000)):
        with pytest.raises(MalformedNote, match=r"zu viele|zu lang"):
            open_checkpoint(note, LOG)


def test_signing_twice_gives_the_same_note() -> None:
    world = a_log(4)
    assert world.sign() == world.sign()
    other = World()
    other.record(an_access())
    assert other.sign() != world.sign()
