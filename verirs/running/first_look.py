"""What a new config's source looks like: its first problem as a model is asked, and what cannot be used."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verirs.errors import UserError, VerirsError
from verirs.parts import ScorerPart, build_scorer
from verirs.running.config import Config
from verirs.running.doubts import doubts
from verirs.running.plan import Loaded, load_source, prompter
from verirs.running.rehearse import faults_of, probe_texts
from verirs.system.terminal import one_line, shown
from verirs.types import Completion, Problem, Verdict

PROMPT_LINES, NAMED = 12, 3


def first_look(config: Config) -> Iterator[str]:
    """Lines for people; no engine is built, nothing runs and nothing is written.

    What the source refuses is a line too: the config stands, and the file can be mended.
    """
    try:
        loaded = load_source(config)
    except UserError as e:
        head, *more = str(e).split("\n")
        yield f"refused   {one_line(head)}"
        yield from (f"          {one_line(line.strip())}" for line in more)
        return
    first = loaded.problems[0]
    asked = prompter(config).messages(first)[-1]["content"].strip().split("\n")
    yield f"problem   {one_line(loaded.where(first.id) or first.id)}, as the model is asked:"
    yield from textwrap.indent(shown("\n".join(asked[:PROMPT_LINES])), "    ").split("\n")
    if len(asked) > PROMPT_LINES:
        yield f"    ({len(asked) - PROMPT_LINES} more lines)"
    yield f"gold      {'none' if first.answer is None else one_line(repr(first.answer), 200)}"
    if first.tests:
        kind = "code" if isinstance(first.tests, str) else f"{len(first.tests)} tests"
        yield f"tests     {kind}"
    yield from _judged(config, loaded)
    if loaded.skipped:
        where, why = loaded.skipped[0]
        yield f"left out  {len(loaded.skipped):,} rows: {one_line(why)} (first: {one_line(where)})"
    yield from (f"doubt     {one_line(line)}" for line in doubts(loaded.problems, loaded.where))


def _judged(config: Config, loaded: Loaded) -> Iterator[str]:
    """How many problems each gate can judge, and the first that it cannot, with their places."""
    for key, plugin, options in config.scorer_stack():
        try:
            scorer = build_scorer(plugin, options, key)
            if scorer.traits.ranks:
                continue
            faults = [(p, why) for p in loaded.problems if (why := _fault(scorer, p))]
        except VerirsError as e:  # an option still to be filled in, a package that is missing
            yield f"scorer    {key}: {one_line(e, 500)}"
            continue
        good = len(loaded.problems) - len(faults)
        yield f"scorer    {key} can judge {good:,} of {len(loaded.problems):,} problems"
        for problem, why in faults[:NAMED]:
            place = loaded.where(problem.id) or problem.id
            gold = "" if problem.answer is None else f" (gold {problem.answer[:80]!r})"
            yield f"          {one_line(place)}{one_line(gold)}: {one_line(why, 200)}"
        if len(faults) > NAMED:
            yield f"          and {len(faults) - NAMED:,} more: verirs check lists them"


def _fault(scorer: ScorerPart, problem: Problem) -> str:
    """Why a gate cannot judge a problem: it says so, or does not pass the gold answer. No program is run:
    scorers of programs say so."""
    if scorer.traits.unfit is not None:
        return faults_of(scorer, problem)
    if scorer.traits.probes is None:
        return ""
    if (texts := probe_texts(scorer, problem)) is None:
        return "no gold answer or tests that it can read"
    (score,) = scorer.made.score([(problem, Completion(text=texts[0]))])
    return "" if score.verdict is Verdict.PASS else f"does not pass its own gold: {score.reason}"
