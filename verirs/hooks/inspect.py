"""A scorer for inspect_ai: ``scorer=verirs.hooks.inspect.verirs()``, or ``inspect score LOG --scorer
verirs/verirs``.

A sample that could not be judged is *unscored*: in no metric, and counted.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.golds import with_gold
from verirs.hooks.grader import Grader, Reward, shared
from verirs.hooks.rows import read


def verirs(config: str | None = None) -> Any:
    """An inspect scorer with accuracy and its standard error.

    Args:
        config: as of :class:`~verirs.hooks.Grader`.
    """
    from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer, stderr

    grader = Grader(config) if config else shared()

    @scorer(metrics=[accuracy(), stderr()], name="verirs")  # type: ignore[untyped-decorator, unused-ignore]
    def made() -> Any:
        async def score(state: Any, target: Any) -> Any:
            gold = list(target) if len(target) > 1 else target.text
            columns = with_gold(state.metadata or {}, "answer", gold)
            (found,) = await grader.agrade([read(state.output.completion, columns)])
            about = {"identity": grader.identity, "verdict": str(found.verdict)}
            if found.error:
                return _unscored(Score, found, about)
            value = _value(found, CORRECT, INCORRECT, grader)
            return Score(value=value, answer=found.answer, explanation=found.reason, metadata=about)

        return score

    return made()


def _value(found: Reward, right: str, wrong: str, grader: Grader) -> str | float:
    if grader.rule.partial is False and not grader.rule.weights:
        return right if found.verdict == "pass" else wrong
    return grader.number(found)


def _unscored(kind: Any, found: Reward, about: dict[str, Any]) -> Any:
    return kind.unscored(reason=found.reason or str(found.verdict), answer=found.answer, metadata=about)
