"""The embedded policy: a real, small language model shipped with the package, and its problems.

About 0.9 million parameters, good at arithmetic word problems of its own kind and at nothing else;
it is for the demo, for tests and for trying a configuration out, on any machine, without a download.
"""

from __future__ import annotations

from pathlib import Path


def model_path() -> Path:
    """The model directory of the shipped weights, for any engine or trainer that takes one."""
    return Path(__file__).with_name("model")
