"""Starts processes for an office by forking one that has imported and prepared everything and holds nothing open.

Nothing open: locks of SQLite and connections to PostgreSQL are not to be shared with a child.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from unittest.mock import patch

from adapters.db import store as stores
from states.profile import read_profile
from tests.system.grounds import Office
from tests.system.hands import Hand, bounds_of
from tests.system.witness import Witness


def forked(what: Callable[[], object]) -> int:
    """Do this in a forked process, and nothing else; its number. It ends with 0, or says what it met and ends with 1."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        what()
        code = 0
    except BaseException:  # noqa: BLE001 - a child never returns into its parent's work
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def prepare(office: Office) -> None:
    """Do once what each worker would do anew: read the profile, compile the statements. Nothing is open afterwards."""
    patch.object(stores, "read_profile", cache(read_profile)).start()
    lotse = office.opened()
    hand = Hand(lotse, Witness(office.history), bounds_of(office.cases, looks=0), f"prepare {time.time_ns()}")
    for _ in range(10):
        hand.act()
    hand.look()
    lotse.store.engine.dispose()
    del lotse, hand
    gc.collect()
    gc.freeze()
