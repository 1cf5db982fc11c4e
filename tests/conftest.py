"""What holds for every test: Hypothesis looks for what is wrong, never for what is slow; speed is `tests/bench`'s.

What is loaded before the first test stays loaded, so nobody looks for garbage in it again and again.
"""

import gc

from hypothesis import HealthCheck, settings

settings.register_profile("lotse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lotse")


def pytest_collection_finish() -> None:
    """Set aside what was made while the tests were collected."""
    gc.collect()
    gc.freeze()
