"""``verirs answer``: the best of n, on the command line."""

from __future__ import annotations

import json as json_
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from verirs.cli.base import Debug, Flag, Set, Trust, app, console, given, reading, say


@app.command
def answer(
    prompt: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    config: Path | None = None,
    engine: str | None = None,
    model: str | None = None,
    scorer: str | None = None,
    n: Annotated[int | None, Parameter(name=["--n", "-n"])] = None,
    seed: int | None = None,
    tests: Path | None = None,
    entry_point: str | None = None,
    all: Flag = False,
    json: Flag = False,
    set: Set | None = None,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Draw n candidates, score them, print the best; what it was chosen by goes to standard error.

    Args:
        prompt: the problem; - reads it from standard input.
        config: a TOML file as of a run: [engine], [scorer.NAME], [select], [sampling], [prompt].
        engine: vllm, transformers, openai, replay, fake.
        model: model directory or hub name.
        scorer: the one scorer to use in place of the config's.
        n: candidates, at most; fewer are drawn where no further one can change the choice. By default the
            config's, and 16 without one.
        seed: the same seed draws the same candidates, as far as the engine can.
        tests: a file of tests (see docs/code.md), in place of those that the prompt shows.
        entry_point: the function that they call; of those that the prompt shows only its tests count.
        all: draw all n.
        json: print one JSON object with the text, the votes, the value and the cost.
        set: any config key, as section.key=value; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.answering import Answer, Answerer
    from verirs.errors import UserError
    from verirs.system.waiting import wait_for

    asked = sys.stdin.read() if prompt == "-" else prompt
    told = None
    if tests is not None:
        try:
            told = tests.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read the tests {tests}: {error}") from error
    over: dict[str, Any] = given({"engine": {"name": engine, "model": model}})
    with reading(config, set or [], trust=trust, over=over) as raw:
        if scorer:
            raw["scorer"] = {scorer: raw.get("scorer", {}).get(scorer, {})}
        answerer = Answerer(raw, early=not all)

    async def go() -> Answer:
        async with answerer:
            return await answerer.answer(asked, n, tests=told, entry_point=entry_point, seed=seed)

    found = wait_for(go())
    if json:
        say(json_.dumps({"text": found.text, **found.side()}))
        return
    say(found.text)
    votes = ", ".join(f"{v.answer[:40]!r} {v.weight:g}" for v in found.votes[:5])
    value = "" if found.value is None else f", value {found.value:g}"
    line = f"{found.verdict}{value}, by {found.rule}; {found.drawn} of {found.n} drawn"
    line += f", {found.tests} tests in the prompt" if found.tests else ""
    line += f"; votes: {votes}" if votes else ""
    console().print(f"{line}; KL at most {found.kl_bound:.3g} nats", highlight=False, markup=False)
