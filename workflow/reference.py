"""The Kennzeichen of a referral, such as `7KQ-42M`: what a partner notes and asks by, and what tells nobody anything.

It is taken from the case's id, which is 128 random bits and is told to no partner, so nobody guesses or reads anything
from it, it needs no place of its own and is there for every case. It is looked up among a partner's own referrals
only; two of one partner with the same are told apart by the day (`tests/workflow/test_reference.py`).
"""

import re
from hashlib import sha256

SIGNS = "23456789CDFGHJKLMNPQRTVWX"
"""No vowels, so no words; of what is taken for one another (0 O, 1 I, 8 B, 5 S, 2 Z) at most one."""
LENGTH = 6
_HALF = LENGTH // 2
_MISREAD = str.maketrans("BSZ", "852")
_BESIDE = re.compile(r"[\s\-–—._/]")


def reference_of(case_id: str) -> str:
    """The Kennzeichen of a case."""
    number = int.from_bytes(sha256(f"lotse/kennzeichen\n{case_id}".encode()).digest(), "big")
    signs = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(SIGNS))
        signs += SIGNS[place]
    return f"{signs[:_HALF]}-{signs[_HALF:]}"


def read_reference(text: str) -> str | None:
    """A Kennzeichen as it was typed, in its one form; None where it can be none."""
    signs = _BESIDE.sub("", text).upper().translate(_MISREAD)
    if len(signs) != LENGTH or any(sign not in SIGNS for sign in signs):
        return None
    return f"{signs[:_HALF]}-{signs[_HALF:]}"
