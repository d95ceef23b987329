"""The engine ``openai``: any server that speaks OpenAI's chat completions.

:mod:`engine` samples, :mod:`server` reaches the server and waits for it, :mod:`reading` makes a completion of
an answer, :mod:`notices` says once what the server ignores.
"""

from verirs.engines.openai.engine import OpenAIEngine

__all__ = ["OpenAIEngine"]
