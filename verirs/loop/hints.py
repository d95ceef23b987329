"""The hint pass (STaR, arXiv:2203.14465): failed problems are sampled again with their gold in the prompt.

What passes then is trained on under the problem's own prompt, as if it had been found without the hint, and
only for problems that have no solution of their own. No estimate ever sees these samples: they are a run of
their own (``hinted``), whose pass rates say how well a model ends at an answer that it was told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from verirs import until
from verirs.loop import problems
from verirs.loop.rounds import Round
from verirs.loop.sections import HintConfig
from verirs.parts import build_selector, build_sink
from verirs.running.choosing import trained
from verirs.running.config import Config, merge
from verirs.running.forms import in_form
from verirs.running.plan import prompter
from verirs.running.rehearse import selected
from verirs.sinks.writer import export
from verirs.store import Store
from verirs.types import Problem, Selection

SEED = 1_000_003
"""Added to the seed: without it the same seeds would draw the same wrong texts where the hint says little."""


def failed(where: Round) -> Iterator[Problem]:
    """The round's problems that were judged and never solved, and that have a gold answer."""
    rates = problems.pass_rates(where.samples)
    for problem in problems.thaw(where.problems):
        if rates.get(problem.id) == 0 and problem.answer is not None:
            yield problem


def hinted(problem: Problem, template: str) -> Problem:
    """The problem with the hint in its last user message; its id, gold and tests stay."""
    messages = [dict(m) for m in problem.prompt]
    last = max(i for i, m in enumerate(messages) if m["role"] == "user")
    text = template.replace("{answer}", str(problem.answer)).replace("{problem}", messages[last]["content"])
    messages[last]["content"] = text
    return Problem(**{**_fields(problem), "prompt": messages})


def _fields(problem: Problem) -> dict[str, Any]:
    return {f.name: getattr(problem, f.name) for f in dataclasses.fields(problem)}


def run_table(table: dict[str, Any], hint: HintConfig, source: Path) -> dict[str, Any]:
    """The table of the hint pass's run, from that of the round's samples. It writes no training files."""
    table = {k: v for k, v in table.items() if k != "until"}
    own = {"name": "hinted", "n": hint.n, "seed": table["seed"] + SEED, "export": {"sinks": []}}
    return merge({**table, "source": problems.file_source(source)}, own)


def add(file: Path, rounds: Sequence[Round], config: Config, hint: HintConfig) -> int:
    """Put the solutions of hint passes into ``file`` (the rows for ``sft``), with a column ``hinted``.

    Args:
        rounds: those whose hint passes count, the newest first.
        config: of the rounds' samples; its selector, prompts and sink are used.

    Returns:
        How many rows were added.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    own = pq.read_table(file)
    known = set(own["problem_id"].to_pylist())
    tables = [own.append_column("hinted", pa.array([False] * len(own), pa.bool_()))]
    for where in rounds:
        if not where.hinted.is_dir():
            continue
        folder = file.parent / "hinted"
        export(
            _selections(where, known, config, hint),
            [build_sink("sft", config.export.options.get("sft", {}))],
            folder,
        )
        rows = pq.read_table(folder / "sft.parquet")
        (folder / "sft.parquet").unlink()
        folder.rmdir()
        known.update(rows["problem_id"].to_pylist())
        rows = rows.append_column("round", pa.array([where.number] * len(rows), pa.int32()))
        tables.append(rows.append_column("hinted", pa.array([True] * len(rows), pa.bool_())))
    both = pa.concat_tables([t.select(tables[0].column_names).cast(tables[0].schema) for t in tables])
    pq.write_table(both, file, compression="zstd")
    return len(both) - len(own)


def _selections(where: Round, known: set[str], config: Config, hint: HintConfig) -> Iterator[Selection]:
    selector = build_selector(config.select.name, config.select.options)
    render = prompter(config)
    messages = render.messages if config.export.prompt == "sampled" else render.problem_messages
    asked = {p.id: p for p in problems.thaw(where.problems)}
    with Store.open(where.hinted) as store:
        for group in until.groups(store):
            if group.problem.id in known:
                continue
            plain = dataclasses.replace(
                group,
                problem=asked[group.problem.id],
                candidates=tuple(c for c in group.candidates if not tells(c.completion.text, hint)),
            )
            if plain.candidates:
                yield trained(selected(selector, in_form(plain, config.export.thinking)), messages)


def tells(text: str, hint: HintConfig) -> bool:
    """Whether a solution speaks of its hint, which nobody gives it later."""
    return any(word.casefold() in text.casefold() for word in hint.unwanted)
