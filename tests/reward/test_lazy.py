"""Scorers are cheap to name and to build: nothing heavy is imported before the first score."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from verirs.parts import build
for name, options in (
    ("reward_model", {"model": "m"}),
    ("process_reward", {"model": "m"}),
    ("judge", {"engine": "fake"}),
):
    scorer = build("scorer", name, options)
    assert scorer.ranks and scorer.name == name and scorer.version
import verirs.reward.numbers.blend, verirs.reward.numbers.report
import verirs.reward.training.train, verirs.reward.numbers.rerank
heavy = {"torch", "transformers", "vllm", "sklearn", "trl", "datasets", "scipy"} & sys.modules.keys()
assert not heavy, heavy
"""


def test_building_a_scorer_loads_no_model_library() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
