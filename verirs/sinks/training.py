"""Sinks for trainers: SFT, DPO and KTO rows in the conversational formats that TRL reads.

Only texts that the model sampled are written; the problem's reference answer never is. What is
written as wrong (DPO ``rejected``, KTO ``label`` false) is always a verified fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.select.rules import negatives, normalise
from verirs.sinks.columns import PROVENANCE, conversation, finite, provenance, reply, schema
from verirs.types import Message, Problem, Selection, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

Render = Callable[[Problem], tuple[Message, ...]]
"""The messages a model is trained to answer; by default the problem's own."""


def own_prompt(problem: Problem) -> tuple[Message, ...]:
    """The problem's messages, without the system prompt and few-shot turns of a run."""
    return problem.prompt


class _PromptSink:
    """What the training sinks share: the messages of a row's prompt.

    Args:
        render: gives the prompt's messages; pass the run's own to train with the system prompt and
            few-shot turns that were used for sampling.
    """

    kinds: ClassVar[dict[str, str]]
    summed: ClassVar[tuple[str, ...]] = ()
    """Columns whose sums the dataset card shows."""

    def __init__(self, render: Render = own_prompt):
        self.render = render

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return schema(self.kinds)

    def prompt(self, selection: Selection) -> list[dict[str, str]]:
        return conversation(self.render(selection.group.problem))


class SftSink(_PromptSink):
    """Supervised fine-tuning: one row an accepted candidate; loss on the completion only."""

    name = "sft"
    kinds: ClassVar = {"prompt": "messages", "completion": "messages", **PROVENANCE}

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        if not selection.accepted:
            return
        prompt = self.prompt(selection)
        for candidate in selection.accepted:
            origin = provenance(selection.group.problem.id, candidate)
            yield {"prompt": prompt, "completion": reply(candidate), **origin}


class DpoSink(_PromptSink):
    """Preference pairs. ``length_difference`` is len(chosen) - len(rejected) in characters.

    A constant sign of it means that a trainer can win by length alone.
    """

    name = "dpo"
    kinds: ClassVar = {
        "prompt": "messages",
        "chosen": "messages",
        "rejected": "messages",
        "length_difference": "int",
        "problem_id": "text",
        "chosen_index": "int",
        "rejected_index": "int",
        "chosen_value": "float",
        "rejected_value": "float",
    }
    summed = ("length_difference",)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        if not selection.pairs:
            return
        prompt = self.prompt(selection)
        for pair in selection.pairs:
            chosen, rejected = pair.chosen.completion, pair.rejected.completion
            yield {
                "prompt": prompt,
                "chosen": reply(pair.chosen),
                "rejected": reply(pair.rejected),
                "length_difference": len(chosen.text) - len(rejected.text),
                "problem_id": selection.group.problem.id,
                "chosen_index": chosen.index,
                "rejected_index": rejected.index,
                "chosen_value": finite(pair.chosen.value),
                "rejected_value": finite(pair.rejected.value),
            }


class KtoSink(_PromptSink):
    """Unpaired feedback: accepted candidates are desirable, verified fails are not.

    A text is written once; one that was also accepted is never written as undesirable. Candidates
    that passed but were not accepted (duplicates, over the cap) are left out.

    Args:
        max_fails: at most this many undesirable rows a problem, by sample index; 0 is no cap. Touch
            it when hard problems flood the file.
    """

    name = "kto"
    kinds: ClassVar = {"prompt": "messages", "completion": "messages", "label": "bool", **PROVENANCE}
    summed = ("label",)

    def __init__(self, render: Render = own_prompt, *, max_fails: int = 0):
        super().__init__(render)
        self.max_fails = max_fails

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        prompt = self.prompt(selection)
        problem_id = selection.group.problem.id
        seen = set()
        for candidate in selection.accepted:
            seen.add(normalise(candidate.completion.text))
            origin = provenance(problem_id, candidate)
            yield {"prompt": prompt, "completion": reply(candidate), "label": True, **origin}
        # a text that passed under another index is not evidence of a fault either
        seen.update(
            normalise(r.candidate.completion.text)
            for r in selection.rejected
            if r.candidate.verdict is Verdict.PASS
        )
        fails = 0
        for candidate in sorted(negatives(selection.rejected), key=lambda c: c.completion.index):
            text = normalise(candidate.completion.text)
            if text in seen or (self.max_fails and fails >= self.max_fails):
                continue
            seen.add(text)
            fails += 1
            origin = provenance(problem_id, candidate)
            yield {"prompt": prompt, "completion": reply(candidate), "label": False, **origin}
