"""Settings for all tests. Property tests have no clock of their own: a busy machine is not a fault."""

from hypothesis import HealthCheck, settings

from tests.small_disk import small_disk as small_disk

settings.register_profile("verirs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("verirs")
