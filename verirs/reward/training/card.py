"""The card of a trained reward model: what it is made of and how far to trust it, from its own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.records import RankerSummary, decode

Numbers = Mapping[str, Any]


def text(numbers: Numbers) -> str:
    """The card as Markdown. Of a backbone on this machine it gives the folder's name, not where it lies."""
    path = Path(numbers["recipe"]["backbone"])
    backbone = path.name if path.is_dir() else str(path)
    recipe, data, judged = numbers["recipe"], numbers["data"], decode(RankerSummary, numbers["held_out"])
    parts = [
        "---\nlibrary_name: transformers\npipeline_tag: text-classification\ntags:\n"
        "- reward-model\n- verirs\n---\n",
        "# Outcome reward model\n",
        f"Ranks solutions by how likely they are right. Made from `{backbone}` with a "
        f"{recipe['loss']} loss on candidates that verifiers called right or wrong.\n",
        "Use it as `scorer.reward_model.model`. Its number is a raw logit: it ranks, it is no verdict.\n",
        "## On problems it never saw\n",
        "\n".join(f"- {sentence}" for sentence in judged.words) + "\n",
        _measures(judged),
        _choices(judged),
        _difficulty(judged),
        _reliability(judged),
        "## What it was made of\n",
        _made(numbers, recipe, data),
        "\nProblems were split by their prompt, never across. The numbers above hold for candidates of the\n"
        "same policies on the same kind of problems; measure again on others.\n",
    ]
    return "\n".join(parts)


def _measures(judged: RankerSummary) -> str:
    found = judged.calibration
    rows = [
        (
            "held-out problems (with both right and wrong)",
            f"{judged.problems} ({judged.problems_with_both})",
        ),
        ("held-out candidates (right)", f"{judged.labelled} ({judged.right})"),
        ("AUROC over all", _share(judged.auroc)),
        ("AUROC within problems", _share(judged.auroc_within)),
        ("texts cut", str(judged.truncated)),
    ]
    if found:
        rows += [
            (f"expected calibration error ({judged.method}, cross-fitted)", _share(found.ece)),
            ("Brier score", _share(found.brier)),
        ]
    return _table(("measure", "value"), rows)


def _choices(judged: RankerSummary) -> str:
    rows = [
        (name.replace("_", " "), _share(band.mean), f"{_share(band.low)} to {_share(band.high)}")
        for name, band in judged.all_samples.items()
    ]
    return _table(("one answer from all samples", "right", "95 % interval"), rows)


def _difficulty(judged: RankerSummary) -> str:
    rows = []
    for band in judged.by_difficulty:
        low, high = band.pass_rate
        rows.append(
            (
                f"{low:.2f} to {high:.2f}",
                str(band.problems),
                _share(band.pair_accuracy),
                _share(band.accuracy),
                _share(band.pass_1),
                _share(band.best),
            )
        )
    head = ("pass rate", "problems", "right above wrong", "accuracy at P = 0.5", "pass@1", "best-of-n")
    return "## By difficulty\n\n" + _table(head, rows)


def _reliability(judged: RankerSummary) -> str:
    found = judged.calibration
    if not found:
        return ""
    rows = [
        (
            f"{b.low:.2f} to {b.high:.2f}",
            str(b.count),
            _share(b.mean_chance),
            _share(b.pass_rate),
        )
        for b in found.bins
    ]
    return "## Reliability\n\n" + _table(("P(correct)", "candidates", "mean P", "right"), rows)


def _made(numbers: Numbers, recipe: Numbers, data: Numbers) -> str:
    fit = numbers["fit"]
    sources = ", ".join(f"{name} ({count} candidates)" for name, count in sorted(data["sources"].items()))
    rows = [
        ("sources", sources),
        ("training problems", str(data["train_problems"])),
        ("examples", f"{fit['examples']} ({'pairs' if recipe['loss'] == 'pairwise' else 'texts'})"),
        ("steps, last losses", f"{fit['steps']}, {', '.join(f'{x:.3f}' for x in fit['last_losses'])}"),
        ("texts cut", f"{fit['texts_cut']} of {fit['texts']}"),
        (
            "left out",
            f"{data['unlabelled']} without a verdict, {data['repeated']} repeated, "
            f"{data['conflicting']} with conflicting verdicts",
        ),
        ("training time", f"{fit['cpu_s'] / 60:.1f} CPU-minutes, {fit['wall_s'] / 60:.1f} minutes"),
        ("peak memory", f"{numbers['peak_memory_gb']} GB"),
        (
            "recipe",
            ", ".join(f"{k} {v}" for k, v in recipe.items() if k not in ("backbone", "loss", "device")),
        ),
        ("versions", ", ".join(f"{k} {v}" for k, v in numbers["versions"].items())),
    ]
    return _table(("", ""), rows)


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
