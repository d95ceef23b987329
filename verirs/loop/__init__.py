"""The loop around runs: sample, verify, select, fine-tune, evaluate on held-out problems, again.

Importing this loads no torch.
"""

from verirs.loop.config import LoopConfig
from verirs.loop.loop import LoopResult, iterate

__all__ = ["LoopConfig", "LoopResult", "iterate"]
