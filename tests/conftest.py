"""What holds for every test: Hypothesis looks for what is wrong, never for what is slow; speed is `tests/bench`'s."""

from hypothesis import HealthCheck, settings

settings.register_profile("lotse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lotse")
