"""Settings for all tests: property tests have no clock, for a busy machine is not a fault (pytest-timeout has)."""

from hypothesis import HealthCheck, settings

settings.register_profile("verirs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("verirs")
