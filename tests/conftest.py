"""What holds for every test: Hypothesis looks for what is wrong, never for what is slow; speed is `tests/bench`'s.

What is loaded before the first test stays loaded, so nobody looks for garbage in it again and again. Stores lie in memory
where there is room, so that hundreds of thousands of syncs wait for no disk; what a disk does to them is played in
`tests/system`.
"""

import gc
import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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


_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
_ROOM = 4 << 30

if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free >= _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_SHARED_MEMORY))
