"""The scorer ``recorded``: verdicts or numbers that stand in a file of recorded samples, as they are.

For reward models and graders of others: their labels become verdicts, their rewards and step scores numbers
that rank. It judges nothing itself, and believes the file.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from verirs.engines.recorded import RecordedFile, Row
from verirs.errors import ConfigError, SourceError, nearest
from verirs.parts import ByArguments
from verirs.scorers.process_reward import AGGREGATES
from verirs.system.files import clean
from verirs.thoughts import parted
from verirs.types import Completion, Problem, Score, Verdict

_VERDICTS: Mapping[Any, Verdict] = {
    **{v.value: v for v in Verdict},
    **dict.fromkeys((True, "true", "right", "correct"), Verdict.PASS),
    **dict.fromkeys((False, "false", "wrong", "incorrect"), Verdict.FAIL),
    None: Verdict.ABSTAIN,
}
"""What a label may be; 1 and 0 (also 1.0 and 0.0) are True and False."""


class _Said(NamedTuple):
    """What the file says of one sample."""

    text: bytes | None
    """A digest of the text it is about; ``None`` where the file has none."""
    verdict: Verdict
    value: float | None
    answer: str | None
    steps: tuple[float, ...] | None


class RecordedScorer(ByArguments):
    """Gives the verdicts or the numbers that a file of recorded samples holds.

    With ``label`` it is a gate (true or 1: pass, false or 0: fail, a verdict's name, null: abstain). With
    ``reward`` or ``steps`` it ranks. A sample is found by its problem and its place among the problem's
    samples, as the engine ``replay`` counts them; where the file has its text too and that is another one, it
    says nothing about this one. For both, name it twice (docs/reward_models.md).

    Args:
        path: a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file.
        label: the column of verdicts.
        reward: the column of numbers, the higher the better.
        steps: the column of lists of numbers, one a step.
        aggregate: how steps become one number: ``last``, ``min``, ``mean`` or ``product``.
        prediction: the column of extracted answers, for votes; beside ``label``.
        model: only this model's rows.
        id_column: the problem's id.
        index_column: the order of a problem's samples; where the file lacks it, the order of the rows.
        text_column: the completion, where it was recorded.
        model_column: the model's name.

    Raises:
        ConfigError: not one of ``label``, ``reward`` and ``steps``.
    """

    name = "recorded"
    version = "1"

    def __init__(
        self,
        path: str,
        *,
        label: str = "",
        reward: str = "",
        steps: str = "",
        aggregate: Literal["last", "min", "mean", "product"] = "min",
        prediction: str = "",
        model: str = "",
        id_column: str = "problem_id",
        index_column: str = "sample_index",
        text_column: str = "text",
        model_column: str = "model",
    ) -> None:
        if sum(map(bool, (label, reward, steps))) != 1:
            raise ConfigError(
                "recorded: name one column, label (it judges), reward or steps (it ranks); for several, "
                "name the scorer several times"
            )
        if prediction and not label:
            raise ConfigError("recorded: prediction stands beside label; to judge predictions, use math")
        if aggregate not in AGGREGATES:
            raise ConfigError(
                f"recorded: unknown aggregate {aggregate!r}{nearest(aggregate, AGGREGATES)}"
                f" (known: {', '.join(AGGREGATES)})"
            )
        self.ranks, self.gives_value = not label, not label
        self._label, self._reward, self._steps, self._prediction = label, reward, steps, prediction
        self._aggregate, self._text, self._lock = AGGREGATES[aggregate], text_column, threading.Lock()
        self._file = RecordedFile(
            path=Path(path).expanduser(),
            reader="scorer recorded",
            table="[scorer.NAME] ",
            model=model,
            id_column=id_column,
            index_column=index_column,
            model_column=model_column,
        )
        self._digest = self._file.digest()
        self.version = f"1.{self._digest[:8]}"

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item.

        Raises:
            SourceError: a row of the file that cannot be used, with its line.
        """
        with self._lock:
            known = self._known
        return [self._one(known.get(problem.id, []), completion) for problem, completion in items]

    def _one(self, known: Sequence[_Said], completion: Completion) -> Score:
        if completion.index >= len(known):
            return self._score(Verdict.ABSTAIN, "the file has no such sample")
        said = known[completion.index]
        if said.text is not None and said.text != _digest(completion):
            return self._score(Verdict.ABSTAIN, "the file's text of this sample is another one")
        reason = "as recorded" if said.value is not None or said.verdict is not Verdict.ABSTAIN else "null"
        details = {} if said.steps is None else {"step_scores": list(said.steps)}
        return self._score(said.verdict, reason, value=said.value, answer=said.answer, details=details)

    def _score(self, verdict: Verdict, reason: str, **more: Any) -> Score:
        return Score(scorer=self.name, version=self.version, verdict=verdict, reason=reason, **more)

    def unfit(self, problem: Problem) -> str:
        """Why it cannot judge a problem: the file has no row of it."""
        with self._lock:
            known = self._known
        return "" if problem.id in known else f"{self._file.path.name} has no rows of it"

    @cached_property
    def _known(self) -> Mapping[str, Sequence[_Said]]:
        """What the file says of each problem's samples, in their order."""
        column = self._label or self._reward or self._steps
        found: defaultdict[str, dict[int, tuple[int, Any, _Said]]] = defaultdict(dict)
        optional = (self._text, self._prediction) if self._prediction else (self._text,)
        option = "label" if self._label else "reward" if self._reward else "steps"
        for row in self._file.rows({column: option}, optional):
            place = (row.line, row.columns.get(self._file.model_column))
            if (other := found[row.problem].get(row.sample)) is not None:
                raise self._file.twice(row.problem, row.sample, other[:2], place)
            found[row.problem][row.sample] = (*place, self._said(row, row.columns[column]))
        self._file.refuse_changed(self._digest)  # the version is that of what was read
        if not any(s.value is not None or s.verdict is not Verdict.ABSTAIN for s in _all(found)):
            raise SourceError(f"scorer recorded: {self._file.path}: {column!r} is null in all of its rows")
        return {problem: [samples[i][-1] for i in sorted(samples)] for problem, samples in found.items()}

    def _said(self, row: Row, given: Any) -> _Said:
        where = f"scorer recorded: {self._file.path}:{row.line}"
        verdict, value, steps = Verdict.ABSTAIN, None, None
        if self._label:
            try:
                verdict = _VERDICTS[given.strip().lower() if isinstance(given, str) else given]
            except (KeyError, TypeError):
                raise SourceError(
                    f"{where}: the label {given!r:.60} is not true, false, 1, 0, null or a verdict's name"
                ) from None
        elif self._reward:
            value = None if given is None else _number(given, f"{where}: {self._reward!r}")
        elif given:
            if not isinstance(given, (list, tuple)):
                raise SourceError(f"{where}: {self._steps!r} is {given!r:.60}, not a list of numbers")
            steps = tuple(_number(step, f"{where}: {self._steps!r}") for step in given)
            value = self._aggregate(list(steps))
        text, answer = row.columns.get(self._text), row.columns.get(self._prediction)
        return _Said(
            text=_digest(Completion(text=clean(text))) if isinstance(text, str) else None,
            verdict=verdict,
            value=value,
            answer=None if not self._prediction or answer in (None, "") else clean(str(answer)),
            steps=steps,
        )

    def close(self) -> None:
        """Nothing to give back."""


def _all(found: Mapping[str, Mapping[int, tuple[int, Any, _Said]]]) -> Iterator[_Said]:
    return (sample[-1] for samples in found.values() for sample in samples.values())


def _digest(completion: Completion) -> bytes:
    """Of thought and answer, however the completion holds them."""
    said = parted(completion)
    text = f"{said.reasoning.strip()}\0{said.text.strip()}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _number(given: Any, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise SourceError(f"{where}: {given!r:.60} is no finite number; null where there is none")
    return float(given)
