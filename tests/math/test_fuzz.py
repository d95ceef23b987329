"""The short form of the fuzzing in ``fuzz.py``: thousands of seeded texts through every stage."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.math.fuzz import DICTIONARY, one_input


@pytest.mark.parametrize("seed", range(4))
def test_words_of_mathematics_in_any_order(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(400):
        words = rng.choices(DICTIONARY, k=rng.randint(1, 20))
        cut = rng.randint(0, len(words))
        one_input(rng.choice(["", " "]).join(words[:cut]) + "\x1f" + rng.choice(["", " "]).join(words[cut:]))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_unicode(text: str) -> None:
    one_input(text)


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed (pip install atheris)"
)
def test_coverage_guided_over_the_same_inputs(tmp_path: Path) -> None:
    script = Path(__file__).with_name("fuzz.py")
    command = [
        sys.executable,
        str(script),
        "-seed=1",  # the same inputs in every run; with -max_total_time it draws new ones
        "-runs=4000",
        "-timeout=10",
        "-rss_limit_mb=0",  # what it reads as its peak may be that of the process that started it
        "-malloc_limit_mb=2048",
        f"-artifact_prefix={tmp_path}/",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, cwd=script.parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
