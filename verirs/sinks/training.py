"""Sinks for trainers: SFT, DPO and KTO rows in the conversational formats that TRL reads.

Only texts that the model sampled are written; the problem's reference answer never is. What is
written as wrong (DPO ``rejected``, KTO ``label`` false) is always a verified fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.curation import COLUMNS, row_of
from verirs.protocols import About
from verirs.select.marks import negatives, normalise, tie_key
from verirs.sinks.columns import ORIGIN, conversation, finite, origin, reply, schema
from verirs.thoughts import whole
from verirs.types import NO_TEXT, Candidate, Selection, Verdict

if TYPE_CHECKING:
    import pyarrow as pa


class TrainingSink:
    """What the training sinks share."""

    name: str
    kinds: ClassVar[dict[str, Any]]
    summed: ClassVar[tuple[str, ...]] = ()
    gold: ClassVar[tuple[str, ...]] = ("gold", "majority_answer")
    """Columns that hold the problem's own answer, none of them as a text of a model."""
    about: About = About()

    def tell(self, about: About) -> None:
        """What the rows may say beyond the selection."""
        self.about = about

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        import pyarrow as pa

        columns = schema(self.kinds, self.about.thought_key)
        for name, value in self.beside().items():
            columns = columns.append(pa.field(name, pa.infer_type([value])))
        return columns

    def beside(self) -> dict[str, Any]:
        """Columns that all rows share: what a trainer gives to the chat template again."""
        given = self.about.chat_template_kwargs
        return {"chat_template_kwargs": dict(given)} if given else {}

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        """The rows of one group."""
        raise NotImplementedError

    def reply(self, candidate: Candidate) -> list[dict[str, str]]:
        return reply(candidate, self.about.thought_key)


class SftSink(TrainingSink):
    """Supervised fine-tuning: one row an accepted candidate; loss on the completion only."""

    name = "sft"
    kinds: ClassVar = {"prompt": "messages", "completion": "replies", **ORIGIN}

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        if not selection.accepted:
            return
        prompt = conversation(selection.group.problem.prompt)
        for candidate in selection.accepted:
            yield {
                "prompt": prompt,
                "completion": self.reply(candidate),
                **origin(selection, candidate),
                **self.beside(),
            }


UNVERIFIED = "unverified"


class UnfilteredSink(SftSink):
    """The control of ``sft``: as many samples of each problem, drawn from all: right, wrong or not judged.

    What training on ``sft`` gains over training on this is what the verifiers are worth. The text stands in
    the column ``unverified``, so that nobody trains on it by mistake: rename it to ``completion``.

    Args:
        seed: of the draw.
    """

    name = "unfiltered"
    kinds: ClassVar = {UNVERIFIED if name == "completion" else name: k for name, k in SftSink.kinds.items()}

    def __init__(self, seed: int = 0):
        self.seed = seed

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        group = selection.group
        drawn = sorted(
            (c for c in group.candidates if c.completion.finish_reason not in ("length", NO_TEXT)),
            key=lambda c: tie_key(self.seed, group.problem.id, "unfiltered", c.completion.index),
        )
        chosen = replace(selection, accepted=tuple(drawn[: len(selection.accepted)]))
        for row in super().rows(chosen):
            yield {UNVERIFIED if name == "completion" else name: value for name, value in row.items()}


class MessagesSink(TrainingSink):
    """The same as whole conversations, prompt and reply in one list; no other column that a trainer reads."""

    name = "messages"
    kinds: ClassVar = {"messages": "replies", **ORIGIN}

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        prompt = conversation(selection.group.problem.prompt)
        for candidate in selection.accepted:
            yield {
                "messages": [*prompt, *self.reply(candidate)],
                **origin(selection, candidate),
                **self.beside(),
            }


class DpoSink(TrainingSink):
    """Preference pairs. ``length_difference`` is len(chosen) - len(rejected) in characters.

    A constant sign of it means that a trainer can win by length alone.
    """

    name = "dpo"
    kinds: ClassVar = {
        "prompt": "messages",
        "chosen": "replies",
        "rejected": "replies",
        "length_difference": "int",
        "problem_id": "text",
        "chosen_index": "int",
        "rejected_index": "int",
        "chosen_value": "float",
        "rejected_value": "float",
        **COLUMNS,
    }
    summed = ("length_difference",)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        if not selection.pairs:
            return
        prompt = conversation(selection.group.problem.prompt)
        for pair in selection.pairs:
            chosen, rejected = pair.chosen.completion, pair.rejected.completion
            yield {
                "prompt": prompt,
                "chosen": self.reply(pair.chosen),
                "rejected": self.reply(pair.rejected),
                "length_difference": len(whole(chosen)) - len(whole(rejected)),
                "problem_id": selection.group.problem.id,
                "chosen_index": chosen.index,
                "rejected_index": rejected.index,
                "chosen_value": finite(pair.chosen.value),
                "rejected_value": finite(pair.rejected.value),
                **row_of(selection.facts),
                **self.beside(),
            }


class KtoSink(TrainingSink):
    """Unpaired feedback: accepted candidates are desirable, verified fails are not.

    A text is written once; one that was also accepted is never written as undesirable. Candidates
    that passed but were not accepted (duplicates, over the cap) are left out.

    Args:
        max_fails: at most this many undesirable rows a problem, by sample index; 0 is no cap. Touch
            it when hard problems flood the file.
    """

    name = "kto"
    kinds: ClassVar = {"prompt": "messages", "completion": "replies", "label": "bool", **ORIGIN}
    summed = ("label",)

    def __init__(self, *, max_fails: int = 0):
        self.max_fails = max_fails

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        prompt = conversation(selection.group.problem.prompt)
        seen = set()
        for candidate in selection.accepted:
            seen.add(normalise(whole(candidate.completion)))
            yield {
                "prompt": prompt,
                "completion": self.reply(candidate),
                "label": True,
                **origin(selection, candidate),
                **self.beside(),
            }
        # a text that passed under another index is not evidence of a fault either
        seen.update(
            normalise(whole(r.candidate.completion))
            for r in selection.rejected
            if r.candidate.verdict is Verdict.PASS
        )
        fails = 0
        for candidate in sorted(negatives(selection.rejected), key=lambda c: c.completion.index):
            text = normalise(whole(candidate.completion))
            if text in seen or (self.max_fails and fails >= self.max_fails):
                continue
            seen.add(text)
            fails += 1
            yield {
                "prompt": prompt,
                "completion": self.reply(candidate),
                "label": False,
                **origin(selection, candidate),
                **self.beside(),
            }
