"""``verirs demo``: the loop on a policy that needs no download, small enough to watch it improve."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from verirs.errors import UserError, nearest
from verirs.loop import problems, show
from verirs.loop.loop import LoopResult, begin_beside, counted, iterate
from verirs.loop.rounds import Round
from verirs.loop.steps.step import Warm
from verirs.loop.stopping import pass_1_change
from verirs.report.narrow import sentence
from verirs.stats.words import compared
from verirs.store import Store
from verirs.system.terminal import pasted
from verirs.types import Group

MODELS = ("embedded", "smollm2")
TAKES = ", about a minute on two cores"
"""As measured, of the demo without options; a step's own bar says what is left of it."""


def demo(
    rounds: int = 1,
    n: int = 16,
    seed: int = 0,
    model: Literal["embedded", "smollm2"] = "embedded",
    out: str | Path | None = None,
    console: Console | None = None,
    control: bool = True,
) -> LoopResult:
    """Run the loop on the embedded policy (or SmolLM2) and show what came of it.

    Args:
        rounds: after round 0, which only evaluates the model as it is.
        n: samples a problem.
        seed: of the problems, the samples and the training.
        model: ``embedded``, or ``smollm2`` (needs its package; minutes instead of seconds).
        out: the loop's directory; by default one under ``runs`` named after the other arguments. The
            same call on the same directory goes on where it stands.
        control: train once more on as many traces of the first round that nobody verified, and show how that
            model does; for the embedded policy.

    Raises:
        UserError: an unknown model, or a missing prerequisite.
        StepFailed: the training failed.
    """
    if model not in MODELS:
        raise UserError(f"demo: unknown model {model!r}{nearest(model, MODELS)} (known: {', '.join(MODELS)})")
    console = console or Console(quiet=True)
    path = Path(out) if out else Path("runs") / f"demo-{model}-n{n}-seed{seed}"
    beside, warm, begun = None, Warm(), time.monotonic()
    controlled = control and rounds > 0 and model == "embedded"
    steps = 1 + 3 * rounds + controlled
    measured = controlled and rounds == 1 and n == 16
    console.print(f"demo: {steps} steps{TAKES if measured else ''}", highlight=False)
    try:
        result = counted(loop_table(path, rounds, n, seed, model), steps, console=console, warm=warm)
        if controlled:
            sentence(
                console,
                f"\nstep {steps} of {steps}  the control: the same training on as many traces that nobody "
                f"verified",
            )
            table = loop_table(path.with_name(f"{path.name}-control"), 1, n, seed, model)
            begin_beside(table | {"control": "random"}, path)
            beside = iterate(table | {"control": "random"}, console=Console(quiet=True), warm=warm)
    finally:
        warm.end()
    tell(result, beside, console)
    minutes, seconds = divmod(round(time.monotonic() - begun), 60)
    page = (result.path / "report" / "index.html").resolve().as_uri()
    console.print(
        f"took {minutes}:{seconds:02} in all\nevery sample: verirs view {pasted(result.path)}\npage: {page}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    return result


def loop_table(path: Path, rounds: int, n: int, seed: int, model: str) -> dict[str, Any]:
    """The configuration of the demo's loop, as ``verirs iterate`` would read it from a file."""
    table: dict[str, Any] = {
        "name": path.name,
        "runs": str(path.parent),
        "rounds": rounds,
        "seed": seed,
        # a demo shows every round that was asked for
        "stop": {"patience": 0, "pass_k_drop": 1.0},
    }
    if model == "embedded":
        from verirs.demo.policy import model_path

        return table | {
            "model": str(model_path()),
            "prompts": 300,
            "sample": {
                "n": n,
                "source": {"name": "arithmetic", "count": 3000, "seed": seed},
                "engine": {"name": "transformers", "batch_size": 512},
                "sampling": {"temperature": 1.0, "max_tokens": 64},
            },
            "held_out": {"source": {"name": "arithmetic", "count": 150, "seed": 0, "split": "held-out"}},
            "train": {"sft": {"learning_rate": 5e-4}},
            "measure": {"completions": 64},
        }
    from verirs.demo.policy.easy import EasyProblems
    from verirs.demo.policy.smollm2 import smollm2_path

    policy = smollm2_path()  # before anything is written: it says what is missing
    every = list(EasyProblems().problems())
    path.mkdir(parents=True, exist_ok=True)
    lists = {"train": [p for i, p in enumerate(every) if i % 4], "evaluate": every[::4]}
    for name, chosen in lists.items():
        problems.freeze(path / f"{name}.jsonl", chosen)
    return table | {
        "model": str(policy),
        "sample": {
            "n": n,
            "source": problems.file_source(path / "train.jsonl"),
            "engine": {"name": "transformers", "dtype": "float32"},  # bfloat16 is slow on most CPUs
            "prompt": {"few_shot": 4},
            "sampling": {"temperature": 0.8, "max_tokens": 160},
        },
        "held_out": {"source": problems.file_source(path / "evaluate.jsonl")},
        "train": {
            "sft": {"num_train_epochs": 1, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}
        },
    }


def tell(result: LoopResult, beside: LoopResult | None, console: Console) -> None:
    """The plot, the control, traces before and after, and where all is; the loop has shown its table."""
    console.print(show.plot(result.rounds), highlight=False, markup=False)
    if beside is not None and len(result.rounds) > 1:
        change = pass_1_change(beside.rounds[1], result.rounds[1])
        sentence(
            console,
            f"control  {show.interval(beside.rounds[1].held_out.pass_1)}; round 1 is {compared(change)}\n"
            f"         what verification is worth: both were trained on as many of the model's own traces",
        )
    if result.best:
        traces = show.traces(judged(result.path, 0), judged(result.path, result.best))
        sentence(console, f"\nfirst samples before and after (from wrong to right first)\n{traces}")
    for number in range(1, len(result.rounds)):
        exported = Round(result.path, number).samples / "export"
        sentence(console, f"data: {exported / 'sft.parquet'}, {exported / 'dpo.parquet'}")
    console.print(last_line(result.path), highlight=False, markup=False, soft_wrap=True)


def last_line(path: Path) -> str:
    """Where the loop's page is, as an address that a terminal or a browser opens."""
    return f"page: {(path / 'report' / 'index.html').resolve().as_uri()}"


def judged(path: Path, number: int) -> list[Group]:
    return list(Store.open(Round(path, number).held_out).groups())
