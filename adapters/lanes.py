"""Argon2id of several lanes, one at a time: OpenSSL's threads for it are one pool of the whole process.

Two who ask for it at once leave it hanging, or are told that memory lacks. One lane needs no such thread and may run
beside any other. `tests/keys/test_passphrase.py` opens keys from many threads at once.
"""

import threading
from contextlib import AbstractContextManager, nullcontext

_TURN = threading.Lock()


def turn(lanes: int) -> AbstractContextManager[object]:
    """What a computation with so many lanes is done within."""
    return _TURN if lanes > 1 else nullcontext()
