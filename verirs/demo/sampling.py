"""``verirs demo --rounds 0``: one honest run on a small model, from problems to training files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from verirs.running.drive import RunResult, run
from verirs.store import Store
from verirs.system.terminal import one_line, shown
from verirs.types import Candidate, Verdict

SHOWN = 2


def demo(
    *,
    n: int = 16,
    seed: int = 0,
    model: Literal["embedded", "smollm2"] = "embedded",
    out: Path | None = None,
    console: Console | None = None,
) -> RunResult:
    """Sample, verify, select and export; show the table and some traces.

    Args:
        n: samples a problem.
        seed: of the problems and the samples.
        model: the embedded policy on 100 of its problems, or SmolLM2 on our easy word problems.
        out: the run directory; by default one under ``runs`` named after the arguments.
        console: where everything is shown.
    """
    console = console or Console(quiet=True)
    path = out or Path("runs") / f"demo-{model}-n{n}-seed{seed}-rounds0"
    result = run(table(path, n, seed, model), console=console)
    result.show(console)
    for verdict, word in ((Verdict.PASS, "accepted"), (Verdict.FAIL, "rejected")):
        console.rule(f"{word} traces")
        for question, candidate in traces(result.path, verdict):
            console.print(Text(shown(question), style="bold"), soft_wrap=True)
            console.print(Text(shown(candidate.completion.text.strip())), soft_wrap=True)
            said = candidate.scores[0]
            line = f"{said.scorer}: answer {said.answer}, {said.reason}"
            console.print(Text(f"{one_line(line)}\n", style="dim"), soft_wrap=True)
    return result


def table(path: Path, n: int, seed: int, model: str) -> dict[str, Any]:
    """The run's configuration, as it would stand in a TOML file."""
    common = {"name": path.name, "runs": str(path.parent), "n": n, "seed": seed, "scorer": {"math": {}}}
    if model == "embedded":
        from verirs.demo.policy import model_path

        return {
            **common,
            "source": {"name": "arithmetic", "count": 100, "seed": seed},
            "engine": {"name": "transformers", "model": str(model_path()), "batch_size": 256},
            "sampling": {"temperature": 1.0, "max_tokens": 64},
        }
    from verirs.demo.policy.smollm2 import smollm2_path

    return {
        **common,
        "source": {"name": "easy"},
        "prompt": {"few_shot": 4},
        "engine": {
            "name": "transformers",
            "model": str(smollm2_path()),
            "dtype": "float32",  # bfloat16 is slow on most CPUs
        },
        "sampling": {"temperature": 0.8, "max_tokens": 160},
    }


def traces(path: Path, verdict: Verdict) -> list[tuple[str, Candidate]]:
    """A candidate with this verdict of each of the first problems that have one."""
    found = []
    for group in Store.open(path).groups():
        candidate = next((c for c in group.candidates if c.verdict is verdict), None)
        if candidate is not None:
            found.append((group.problem.prompt[-1]["content"], candidate))
        if len(found) == SHOWN:
            break
    return found
