"""A run's figures sent to an experiment tracker: W&B, trackio or TensorBoard.

Curves over k are logged with k as the step, so that runs lie over each other.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from verirs.errors import MissingExtra
from verirs.records import RunSummary

PROJECT = "verirs"


def track(summary: RunSummary, path: Path, kind: str) -> str:
    """Send a summary.

    Args:
        summary: of the run.
        path: the run directory; its name is the name in the tracker.
        kind: of :data:`KINDS`.

    Returns:
        where it can be looked at, for people.

    Raises:
        MissingExtra: the tracker is not installed.
    """
    needed(kind)
    return KINDS[kind](summary, path)


def needed(kind: str) -> None:
    """Check that a tracker is installed, before anything is sampled.

    Raises:
        MissingExtra: it is not.
    """
    modules = (kind, "torch") if kind == "tensorboard" else (kind,)
    if missing := [module for module in modules if importlib.util.find_spec(module) is None]:
        raise MissingExtra(f"--track {kind} needs {missing[0]}: pip install {missing[0]}")


def figures(summary: RunSummary) -> Iterator[tuple[int, dict[str, float]]]:
    """By k: each estimate's mean and the ends of its interval."""
    known = sorted({k for e in summary.estimates.values() for k in e.at})
    for k in known:
        row: dict[str, float] = {}
        for name, estimate in summary.estimates.items():
            if band := estimate.at.get(k):
                row |= {name: band.mean, f"{name}/low": band.low, f"{name}/high": band.high}
        yield k, row


def _config(summary: RunSummary) -> dict[str, Any]:
    origin = summary.origin
    told = {key: str(value) for key, value in origin.told()} if origin else {}
    counts = {"problems": summary.problems, "completions": summary.completions}
    return told | counts | {f"verdict {v}": n for v, n in summary.verdicts.items()}


def _wandb_like(module: str) -> Callable[[RunSummary, Path], str]:
    """trackio has wandb's interface."""

    def send(summary: RunSummary, path: Path) -> str:
        tracker: Any = importlib.import_module(module)
        run = tracker.init(project=PROJECT, name=path.name, config=_config(summary))
        for k, row in figures(summary):
            tracker.log(row, step=k)
        tracker.finish()
        where = getattr(run, "url", None) if module == "wandb" else None
        return where or f"{module} project {PROJECT}, run {path.name}"

    return send


def _tensorboard(summary: RunSummary, path: Path) -> str:
    from torch.utils.tensorboard import SummaryWriter

    folder = path / "logs" / "tensorboard"
    for old in folder.glob("events.*"):  # one run, one curve
        old.unlink()
    with SummaryWriter(str(folder)) as writer:
        for k, row in figures(summary):
            for name, value in row.items():
                writer.add_scalar(name, value, k)
        table = "\n".join(f"| {key} | {value} |" for key, value in _config(summary).items())
        writer.add_text("run", f"| | |\n|---|---|\n{table}")
    return f"tensorboard --logdir {folder}"


KINDS: dict[str, Callable[[RunSummary, Path], str]] = {
    "wandb": _wandb_like("wandb"),
    "trackio": _wandb_like("trackio"),
    "tensorboard": _tensorboard,
}
