"""The loop around runs: sample, verify, select, fine-tune, judge on held-out problems, again.

Importing this loads no torch.
"""

from verirs.iterate.config import LoopConfig
from verirs.iterate.demo import demo
from verirs.iterate.loop import LoopResult, iterate

__all__ = ["LoopConfig", "LoopResult", "demo", "iterate"]
