"""Property tests are the same on every machine, however loaded it is."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "nidaa", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("nidaa")
