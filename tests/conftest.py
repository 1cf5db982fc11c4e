"""What holds for every test: Hypothesis looks for what is wrong, never for what is slow; speed is `tests/bench`'s.

What is loaded before the first test stays loaded, so nobody looks for garbage in it again and again. Stores lie in memory
where there is room, so that hundreds of thousands of syncs wait for no disk; what a disk does to them is played in
`tests/system`.
"""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings

from states import prover
from states.process import Process
from states.prover import Proof, prove

settings.register_profile("lotse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lotse")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many more than there are cores: many tests wait for programs to begin or end."""
    return (os.cpu_count() or 1) * 3 // 2 or 1


def pytest_sessionstart() -> None:
    """Let Ctrl-C arrive, also in what is started here: a shell starts what runs in the background without it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Set aside what was made while the tests were collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _proven_once() -> Iterator[None]:
    """Prove a process once and not for each store that is made with it (half a second); a refused one each time."""
    proofs: dict[str, Proof] = {}

    def proven(process: Process) -> Proof:
        content = repr(process)
        if content not in proofs:
            proofs[content] = prove(process)
        return proofs[content]

    with patch.object(prover, "prove", proven):
        yield


_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
_ROOM = 4 << 30

if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free >= _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_SHARED_MEMORY))
