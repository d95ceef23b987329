"""The dataset card of an export: ``README.md`` beside the files, with front matter that `datasets` reads.

Says where the rows come from and how they were chosen. Holds no date, no host and no path, so that
the same run writes the same bytes. Does not guarantee the licence: it repeats what the source said,
and the terms of the model that sampled the texts apply beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verirs.sinks.writer import Written

PURPOSE = {
    "sft": "accepted candidates, for supervised fine-tuning (`prompt`, `completion`)",
    "dpo": "preference pairs: verified right over verified wrong (`prompt`, `chosen`, `rejected`)",
    "kto": "single candidates with `label`: accepted, or verified wrong",
    "steps": "step-wise supervision (`prompt`, `completions`, `labels`)",
    "rejects": "what was not selected, with the reason; **not for training**",
}


def card(
    *,
    name: str,
    source: str,
    license: str = "",
    model: Mapping[str, Any],
    sampling: Mapping[str, Any],
    summary: Mapping[str, Any],
    files: Mapping[str, Written],
    selection: Mapping[str, Any],
    reproducible: str = "",
) -> str:
    """The text of the card.

    Args:
        name: of the run.
        source: of the problems, as a user would name it.
        license: the source's, an identifier of the hub (``mit``) where there is one.
        model: the engine's identity.
        sampling: temperature and so on, with ``n`` and the seed.
        summary: what :meth:`verirs.stats.Tally.summary` gave for the selections exported.
        files: what :func:`verirs.sinks.writer.export` returned.
        selection: the selector's name and options.
        reproducible: the engine's sentence on what the same seed promises.
    """
    parts = [
        _front_matter(license, files),
        f"# {name}",
        _opening(source, summary),
        "## Files",
        _files(files),
        "## Origin",
        _table(
            ("", ""),
            [
                ("problems", source or "not stated"),
                ("licence of the problems", license or "not stated"),
                *((f"model: {k}", v) for k, v in model.items()),
                *((f"sampling: {k}", v) for k, v in sampling.items()),
                *((f"selection: {k}", v) for k, v in selection.items()),
            ],
        ),
        reproducible,
        "The texts were written by the model named above; its terms of use apply beside the licence of the "
        "problems. Reference answers were used to judge, never as training text.",
        "## Verification",
        _scorers(summary.get("scorers", [])),
        _verdict_note(bool(selection.get("unverified"))),
        "## Counts",
        _counts(summary),
        "## Estimates",
        _estimates(summary),
        "Means over problems with central 95 % bootstrap intervals over problems; the k samples are drawn "
        "from a problem's verified samples without replacement.",
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def _front_matter(license: str, files: Mapping[str, Written]) -> str:
    """YAML, written as JSON scalars, which YAML reads: no value can break out of its place."""
    lines = ["---"]
    if license:
        lines.append(f"license: {json.dumps(license)}")
    lines += ["tags:", "- verirs", "- rejection-sampling"]
    if any(written.rows for written in files.values()):
        lines.append("configs:")
    for name, written in files.items():
        if not written.rows:
            continue  # `datasets` refuses to load a file without rows
        # of two formats `datasets` should read one, and Parquet keeps the types
        path = next((p for p in written.paths if p.suffix == ".parquet"), written.paths[0])
        lines += [f"- config_name: {json.dumps(name)}", f"  data_files: {json.dumps(path.name)}"]
    return "\n".join([*lines, "---"])


def _opening(source: str, summary: Mapping[str, Any]) -> str:
    kept = summary.get("accepted")
    what = f"{kept} of " if kept is not None else ""
    where = f" from {source}" if source else ""
    return (
        f"{what}{summary['completions']} sampled solutions of {summary['problems']} problems{where}, "
        "each judged by verifiers; made by rejection sampling with verirs."
    )


def _files(files: Mapping[str, Written]) -> str:
    rows = []
    for name, written in files.items():
        note = PURPOSE.get(name, "")
        if name == "kto":
            good = written.totals.get("label", 0)
            note += f"; {good} true, {written.rows - good} false"
        if name == "dpo" and written.rows:
            mean = written.totals["length_difference"] / written.rows
            note += f"; chosen minus rejected: {mean:+.1f} characters on average"
        rows.append((", ".join(f"`{p.name}`" for p in written.paths), written.rows, note))
    return _table(("file", "rows", "holds"), rows)


def _scorers(scorers: Sequence[Mapping[str, Any]]) -> str:
    verdicts = ("pass", "fail", "abstain", "error")
    return _table(
        ("scorer", "version", *verdicts),
        [(s["scorer"], s["version"], *(s[v] for v in verdicts)) for s in scorers],
    )


def _verdict_note(unverified: bool) -> str:
    kept_out = "No `error` is in a training file" if unverified else "Neither is in a training file"
    taken = " (unverified candidates, verdict `abstain`, were accepted as asked)" if unverified else ""
    return (
        "`fail` means verified wrong. `error` (judging broke) and `abstain` (the scorer cannot say) are no "
        f"failures. {kept_out}{taken}, and neither is in an estimate below."
    )


def _counts(summary: Mapping[str, Any]) -> str:
    rows: list[tuple[Any, ...]] = [
        ("problems", summary["problems"]),
        *((f"rows of the source left out: {k}", v) for k, v in summary.get("rows_left_out", {}).items()),
        ("problems with a verified pass", summary["problems_solved"]),
        ("completions", summary["completions"]),
        *((f"verdict {k}", v) for k, v in summary["verdicts"].items()),
        ("pass rate of the verified", _percent(summary["pass_rate"])),
        ("cut off by max_tokens", summary["truncated"]),
    ]
    if "accepted" in summary:
        rows += [
            ("accepted", f"{summary['accepted']} ({_percent(summary['acceptance'])} of the completions)"),
            ("problems with an accepted candidate", summary["problems_accepted"]),
            *((f"rejected: {k}", v) for k, v in summary["rejected"].items()),
        ]
    if "accepted_unverified" in summary:
        error = summary["expected_error"]
        said = "not known: the values are no probabilities" if error is None else _percent(error)
        rows += [
            ("accepted without a verdict", summary["accepted_unverified"]),
            ("expected to be wrong among these, if the values are calibrated", said),
        ]
    rows += [(f"error: {k}", v) for k, v in summary["errors"].items()]
    return _table(("", "count"), rows)


def _estimates(summary: Mapping[str, Any]) -> str:
    rows = [
        (
            curve.replace("@k", f"@{k}"),
            _percent(at["mean"]),
            f"{_percent(at['low'])} .. {_percent(at['high'])}",
            at["problems"],
            summary[curve]["method"],
        )
        for curve in ("pass@k", "maj@k", "best@k", "weighted_maj@k")
        if curve in summary
        for k, at in summary[curve]["at"].items()
    ]
    return _table(("estimate", "mean", "95 %", "problems", "method"), rows)


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{100 * share:.2f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [_line(head), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join(lines) if len(lines) > 2 else ""


def _line(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(text.replace("|", "\\|").split())
