"""The same rows in the shapes that trainers read: ``export.for``.

A variant is a sink of its own over one of ours: ``TRAINER/KIND/train`` and ``valid``. It holds what the
trainer reads and, where the trainer allows it, which sample a row is; everything else stands in our own
files. A trainer whose loader drops a thought that stands in a field gets it in ``<think>`` tags. Shapes were
written against the loaders named in docs/formats.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from verirs.protocols import About
from verirs.sinks.columns import schema
from verirs.sinks.training import TrainingSink
from verirs.thoughts import answer_of, whole
from verirs.types import Candidate, Problem, Selection

if TYPE_CHECKING:
    import pyarrow as pa

TrainerName = Literal[
    "trl", "verl", "openrlhf", "llama-factory", "axolotl", "ms-swift", "nemo-rl", "mlx", "torchtune",
    "unsloth", "openai",
]  # fmt: skip
TRAINERS: tuple[str, ...] = get_args(TrainerName)
PARTS = ("train", "valid")
Thinking = Literal["field", "tags", "none"]
Row = dict[str, Any]

THINKING: Mapping[str, Thinking] = {
    **dict.fromkeys(("llama-factory", "ms-swift", "torchtune"), "tags"),
    "openai": "none",
}
"""How a thought is written for a trainer that does not read it from a field."""
_BARE_PAIRS = {"axolotl"}
"""Trainers that drop a field in pairs, and where the template moves tags look for the text in vain and learn
an empty one: their pairs are of answers alone."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a trainer reads of a kind of rows.

    Args:
        kinds: its columns, as :func:`~verirs.sinks.columns.schema` takes them.
        make: one of our rows in these columns.
        formats: of the file.
    """

    kinds: Mapping[str, Any]
    make: Callable[[Row], Row]
    formats: tuple[str, ...] = ("jsonl",)


def _of(*names: str) -> Callable[[Row], Row]:
    return lambda row: {name: row[name] for name in names}


def _conversation(row: Row) -> Row:
    return {"messages": [*row["prompt"], *row["completion"]]}


def _whole_pair(row: Row) -> Row:
    return {key: [*row["prompt"], *row[key]] for key in ("chosen", "rejected")}


def _pair_of_messages(row: Row) -> Row:
    return {"messages": row["prompt"], "chosen": row["chosen"][-1], "rejected": row["rejected"][-1]}


def _swift_pair(row: Row) -> Row:
    said = [*row["prompt"], *row["chosen"]]
    return {"messages": said, "rejected_response": row["rejected"][-1]["content"]}


def _ranked(row: Row) -> Row:
    both = [{"rank": rank, "completion": row[key]} for rank, key in enumerate(("chosen", "rejected"))]
    return {"context": row["prompt"], "completions": both}


def _preferred(row: Row) -> Row:
    return {
        "input": {"messages": row["prompt"], "tools": [], "parallel_tool_calls": True},
        "preferred_output": row["chosen"],
        "non_preferred_output": row["rejected"],
    }


def _labelled(row: Row) -> Row:
    return {**_conversation(row), "label": row["label"]}


def _openrlhf(row: Row) -> Row:
    """The label is all that OpenRLHF hands to a reward, so the whole problem stands in it."""
    label = {"verirs_problem": row["verirs_problem"], "answer": row["solution"]}
    label_text = json.dumps(label, ensure_ascii=False)
    return {"input": row["prompt"], "label": label_text, "datasource": row["data_source"]}


def _strings(row: Row) -> Row:
    return {"input": "\n\n".join(m["content"] for m in row["prompt"]), "output": row["solution"]}


_MESSAGES = Shape({"messages": "replies"}, _conversation)
_TRL = {
    "sft": Shape({"prompt": "messages", "completion": "replies"}, _of("prompt", "completion")),
    "dpo": Shape(
        {"prompt": "messages", "chosen": "replies", "rejected": "replies"},
        _of("prompt", "chosen", "rejected"),
    ),
    "kto": Shape(
        {"prompt": "messages", "completion": "replies", "label": "bool"}, _of("prompt", "completion", "label")
    ),
    "rl": Shape(
        {"prompt": "messages", "solution": "text", "data_source": "text", "verirs_problem": "text",
         "pass_rate": "float"},
        _of("prompt", "solution", "data_source", "verirs_problem", "pass_rate"),
    ),
}  # fmt: skip
_PAIRS = Shape({"messages": "messages", "chosen": "message", "rejected": "message"}, _pair_of_messages)
_WHOLE_PAIRS = Shape({"chosen": "replies", "rejected": "replies"}, _whole_pair)
_LABELLED = Shape({"messages": "replies", "label": "bool"}, _labelled)
_VERL = {
    "data_source": "text",
    "prompt": "messages",
    "ability": "text",
    "reward_model": {"style": "text", "ground_truth": "text"},
    "extra_info": {"split": "text", "index": "text", "question": "text", "verirs_problem": "text"},
}
SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "trl": _TRL,
    "unsloth": {**_TRL, "sft": _MESSAGES},
    "verl": {
        "sft": replace(_MESSAGES, formats=("parquet",)),
        "rl": Shape(_VERL, _of(*_VERL), ("parquet",)),
    },
    "openrlhf": {
        "sft": _MESSAGES,
        "dpo": _WHOLE_PAIRS,
        "rl": Shape({"input": "messages", "label": "text", "datasource": "text"}, _openrlhf),
    },
    "llama-factory": {"sft": _MESSAGES, "dpo": _PAIRS, "kto": _LABELLED},
    "axolotl": {"sft": _MESSAGES, "dpo": _PAIRS},
    "ms-swift": {
        "sft": _MESSAGES,
        "dpo": Shape({"messages": "replies", "rejected_response": "text"}, _swift_pair),
        "kto": _LABELLED,
        "rl": Shape(
            {"messages": "messages", "solution": "text", "verirs_problem": "text"},
            lambda row: {"messages": row["prompt"], **_of("solution", "verirs_problem")(row)},
        ),
    },
    "nemo-rl": {
        "sft": _MESSAGES,
        "dpo": Shape(
            {"context": "messages", "completions": [{"rank": "int", "completion": "replies"}]}, _ranked
        ),
        "rl": Shape({"input": "text", "output": "text"}, _strings),
    },
    "mlx": {"sft": _MESSAGES},
    "torchtune": {"sft": _MESSAGES, "dpo": _WHOLE_PAIRS},
    "openai": {
        "sft": _MESSAGES,
        "dpo": Shape(
            {
                "input": {"messages": "messages", "tools": "texts", "parallel_tool_calls": "bool"},
                "preferred_output": "replies",
                "non_preferred_output": "replies",
            },
            _preferred,
        ),
    },
}
"""By trainer and kind of rows; what is not here, the trainer does not have or renders by no template."""
_WITHOUT_IDS = {"openai"}
_KWARGS = {"trl", "unsloth", "ms-swift"}


class Variant(TrainingSink):
    """The rows of one of our sinks for one trainer, those of one part.

    Args:
        trainer: its name.
        kind: ``sft``, ``dpo``, ``kto`` or ``rl``.
        part: ``train`` or ``valid``.
        base: our sink.
        validation: the share of problems in ``valid``.
    """

    def __init__(self, trainer: str, kind: str, part: str, base: TrainingSink, validation: float):
        self.name = f"{trainer}/{kind}/{part}"
        self.trainer, self.kind, self.part = trainer, kind, part
        self.formats = SHAPES[trainer][kind].formats
        self._base, self._validation = base, validation
        self._shape = SHAPES[trainer][kind]

    @property
    def thinking(self) -> Thinking:
        if self.trainer in _BARE_PAIRS and self.kind == "dpo":
            return "none"
        return THINKING.get(self.trainer, "field")

    def tell(self, about: About) -> None:
        if self.thinking != "field":
            about = replace(about, thought_key="")
        self.about = about
        self._base.tell(about)

    @property
    def columns(self) -> pa.Schema:
        import pyarrow as pa

        columns = schema({**self._shape.kinds, **self._ids()}, self.about.thought_key)
        for name, value in self.beside().items():
            columns = columns.append(pa.field(name, pa.infer_type([value])))
        return columns

    def _ids(self) -> dict[str, str]:
        if self.trainer in _WITHOUT_IDS:
            return {}
        index = {"dpo": ("chosen_index", "rejected_index"), "rl": ()}.get(self.kind, ("sample_index",))
        return {"problem_id": "text", **dict.fromkeys(index, "int")}

    def beside(self) -> dict[str, Any]:
        given = self.about.chat_template_kwargs
        if self.trainer == "verl" and self.kind == "sft":
            return {k: given[k] for k in ("enable_thinking",) if k in given}
        return super().beside() if self.trainer in _KWARGS else {}

    def rows(self, selection: Selection) -> Iterator[Row]:
        if part_of(selection.group.problem, self._validation) != self.part:
            return
        for row in self._base.rows(shown(selection, self.thinking)):
            yield {**self._shape.make(row), **{k: row[k] for k in self._ids()}, **self.beside()}


def shown(selection: Selection, thinking: Thinking) -> Selection:
    """The selection with its thoughts as they are to be written; ``field`` leaves them where they are."""
    if thinking == "field" or not any(c.completion.reasoning for c in selection.group.candidates):
        return selection
    made = {id(c): one_text(c, thinking) for c in selection.group.candidates}
    return replace(
        selection,
        group=replace(selection.group, candidates=tuple(made[id(c)] for c in selection.group.candidates)),
        accepted=tuple(made.get(id(c)) or one_text(c, thinking) for c in selection.accepted),
        rejected=tuple(replace(r, candidate=one_text(r.candidate, thinking)) for r in selection.rejected),
        pairs=tuple(
            replace(p, chosen=one_text(p.chosen, thinking), rejected=one_text(p.rejected, thinking))
            for p in selection.pairs
        ),
    )


def one_text(candidate: Candidate, thinking: Thinking) -> Candidate:
    """The candidate with its thought in tags within the text, or without it."""
    c = candidate.completion
    if not c.reasoning or thinking == "field":
        return candidate
    text = whole(c) if thinking == "tags" else answer_of(c)
    return replace(candidate, completion=replace(c, text=text, reasoning=""))


_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|dfrac|tfrac|mathrm|text|quad|qquad|[,;! ])")


def part_of(problem: Problem, validation: float) -> str:
    """``train`` or ``valid``, by a hash of the problem's normalised text: what differs in case, layout or
    numbers alone stands on one side."""
    asked = [m["content"] for m in problem.prompt if m["role"] == "user"]
    text = unicodedata.normalize("NFKC", asked[-1] if asked else "").casefold()
    text = re.sub(r"\d+", "0", _LAYOUT.sub(" ", text.replace("dfrac", "frac").replace("tfrac", "frac")))
    key = " ".join(re.findall(r"\w+", text))
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return "valid" if int.from_bytes(digest, "big") / 2**64 < validation else "train"
