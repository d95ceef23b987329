"""Settings for all tests. Property tests have no clock of their own: a busy machine is not a fault.

The same cases are drawn in every run, so that a change is judged by what it changed; `make explore` draws
new ones, and many of them.

torch gets one thread in each process: where others want the cores too, its threads wait for each other, and a
test takes many times as long.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything that loads torch

from hypothesis import HealthCheck, settings

from tests.small_disk import small_disk as small_disk
from verirs.math.values import checked

settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")

checked()  # what asks a value for a part that values of its kind have not, fails
