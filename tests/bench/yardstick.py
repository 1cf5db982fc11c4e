"""How fast this machine is beside the one on which targets in µs, ms and rows a second were set.

Nothing here is Lotse's: the same small pieces of work were timed there. A target in time is to be read with the factor
that stands here; ratios to a limit of the same run need none.
"""

import os
import sys
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.bench.core import bare_transitions
from tests.bench.figure import Figure, Line
from tests.bench.scale import Scale
from tests.bench.start import starting
from tests.bench.timing import cpu_of_children, interleaved, tell

GROUP = "Der Rechner, und der, auf dem die Ziele in Zeit gesetzt wurden"
LEAF = 184
THERE_US = {"transitions": 10.0, "leaf": 0.6, "sign": 28.0}
THERE_MS = {"argparse": 25.0, "sqlalchemy": 250.0}
"""What each took there, on two cores with Python 3.11."""
_NAMES = {
    "transitions": "transitions, ein Zug",
    "leaf": "SHA-256 eines Blatts",
    "sign": "Ed25519, eine Unterschrift",
    "argparse": "python -c 'import argparse'",
    "sqlalchemy": "python -c 'import sqlalchemy'",
}


def measure(_folder: object, scale: Scale) -> list[Line]:
    """Time the same pieces of work here."""
    tell("machine")
    times = scale.repeats * 50
    short = interleaved(
        {"transitions": bare_transitions(times), "leaf": _hashing(times), "sign": _signing(times)},
        scale.rounds,
    )
    starts = {name: starting((sys.executable, "-c", f"import {name}")) for name in THERE_MS}
    long = interleaved(starts, scale.starts, cpu_of_children)
    return [
        Figure(
            GROUP, _NAMES[name], timing.each(name) * of_a_second, unit, there, "dort",
            timing.each(name) * of_a_second / there,
        )
        for timing, of_a_second, unit, known in ((short, 1e6, "µs", THERE_US), (long, 1e3, "ms", THERE_MS))
        for name, there in known.items()
    ]  # fmt: skip


def _hashing(count: int) -> Callable[[], int]:
    leaf = os.urandom(LEAF)

    def contender() -> int:
        for _ in range(count):
            sha256(leaf).digest()
        return count

    return contender


def _signing(count: int) -> Callable[[], int]:
    key, message = Ed25519PrivateKey.generate(), os.urandom(LEAF)

    def contender() -> int:
        for _ in range(count):
            key.sign(message)
        return count

    return contender
