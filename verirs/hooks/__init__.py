"""Our graders as a trainer's reward function: one grader for the data set, the benchmark and the reward.

:class:`Grader` judges rows as any framework hands them over and never raises because of one; the modules
beside it (:mod:`verirs.hooks.trl`, ``verl``, ``openrlhf``, ...) are plain functions in each framework's
own form, a few lines each. ``verirs hooks`` prints the line that a user writes for each of them.

All functions of the modules share one grader a process: the configuration that the environment variable
``VERIRS_HOOK`` names (a TOML file as of a run, or a scorer's name), else by the shape of a row's gold:
``code`` where it has tests, ``math`` where it has an answer.
"""

from verirs.hooks.grader import Grader, Reward, shared
from verirs.hooks.rule import Rule

__all__ = ["Grader", "Reward", "Rule", "shared"]
