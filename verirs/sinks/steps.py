"""Step-wise supervision: rows of ``prompt``, ``completions`` (the steps) and ``labels`` (one a step).

A step's label is, in this order of trust:

1. what a scorer said about the step: ``Score.details["steps"]``, a list of booleans, one a step;
2. the hard estimate of Math-Shepherd (Wang et al. 2024, eq. 3): true if any sample of this problem
   that begins with the same steps was verified right, else false. ``rollouts`` says on how many
   verified samples each label rests, so that a trainer can ask for more than one.

Does not guarantee that a step marked true is sound: a right answer may follow a wrong step. A false
label in a row whose ``rollouts`` is 1 says only that this one sample, from here on, failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.select.marks import negatives
from verirs.sinks.columns import ORIGIN, origin, schema
from verirs.types import Candidate, Message, Selection, Verdict

if TYPE_CHECKING:
    import pyarrow as pa


def joined(messages: Sequence[Message]) -> str:
    """The contents of the messages, a blank line between them."""
    return "\n\n".join(m["content"] for m in messages)


class StepSink:
    """One row a verified candidate: the accepted ones and the fails.

    Args:
        as_text: makes one text of the prompt's messages, for the format holds no messages; pass the
            engine's ``render`` to get the chat template of the model.
        separator: ends a step. Touch it when the model separates steps by blank lines.
    """

    name = "steps"
    gold: ClassVar = ("gold", "majority_answer")
    kinds: ClassVar = {
        "prompt": "text",
        "completions": "texts",
        "labels": "bools",
        "rollouts": "ints",
        **ORIGIN,
    }

    def __init__(
        self,
        *,
        as_text: Callable[[Sequence[Message]], str] = joined,
        separator: str = "\n",
    ):
        self.as_text = as_text
        self.separator = separator

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return schema(self.kinds)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        written = [c for c in selection.accepted if c.verdict is Verdict.PASS]
        written += negatives(selection.rejected)
        if not written:
            return
        prefixes = _Prefixes()
        for candidate in selection.group.candidates:
            if candidate.verdict in (Verdict.PASS, Verdict.FAIL):
                prefixes.add(self.split(candidate.completion.text), candidate.verdict is Verdict.PASS)
        prompt = self.as_text(selection.group.problem.prompt)
        for candidate in written:
            steps = self.split(candidate.completion.text)
            if not steps:
                continue
            at = prefixes.path(steps)
            labels = _said_by_scorer(candidate, len(steps))
            yield {
                "prompt": prompt,
                "completions": steps,
                "labels": labels if labels is not None else [prefixes.right[i] > 0 for i in at],
                "rollouts": [prefixes.tried[i] for i in at],
                **origin(selection, candidate),
            }

    def split(self, text: str) -> list[str]:
        """The steps of a text, blank ones dropped, outer spaces too."""
        return [step.strip() for step in text.split(self.separator) if step.strip()]


class _Prefixes:
    """How many candidates begin with each run of steps, and how many of those are right (a trie)."""

    def __init__(self) -> None:
        self.tried: list[int] = []
        self.right: list[int] = []
        self._child: dict[tuple[int, str], int] = {}

    def add(self, steps: Sequence[str], right: bool) -> None:
        node = -1
        for step in steps:
            node = self._child.setdefault((node, step), len(self.tried))
            if node == len(self.tried):
                self.tried.append(0)
                self.right.append(0)
            self.tried[node] += 1
            self.right[node] += right

    def path(self, steps: Sequence[str]) -> list[int]:
        """The node of each prefix of steps that were added before."""
        node, out = -1, []
        for step in steps:
            node = self._child[node, step]
            out.append(node)
        return out


def _said_by_scorer(candidate: Candidate, count: int) -> list[bool] | None:
    for score in candidate.scores:
        steps = score.details.get("steps")
        if isinstance(steps, list) and len(steps) == count and all(isinstance(s, bool) for s in steps):
            return list(steps)
    return None
