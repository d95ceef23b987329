"""The engines ``openai`` and ``openai_batch``: any server that speaks OpenAI's chat completions, or batches.

:mod:`engine` samples, :mod:`asking` writes what is asked, :mod:`pool` chooses among the servers and waits
for them, :mod:`server` is one of them, :mod:`slots` how many samples are in flight, :mod:`reading` makes a
completion of an answer, :mod:`notices` says once what a server ignores. :mod:`batch` samples by
:mod:`batch_api`; :mod:`sent` keeps what it sent and what came back.
"""

from verirs.engines.openai.batch import OpenAIBatchEngine
from verirs.engines.openai.engine import OpenAIEngine

__all__ = ["OpenAIBatchEngine", "OpenAIEngine"]
