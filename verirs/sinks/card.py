"""The dataset card of an export: ``README.md`` beside the files, with front matter that `datasets` reads.

Says where the rows come from and how they were chosen. Holds no date, no host and no path, so that
the same run writes the same bytes. Does not guarantee the licence: it repeats what the source said,
and the terms of the model that sampled the texts apply beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verirs.curation import told
from verirs.curation.licences import forbids_sale
from verirs.records import Origin, RunSummary
from verirs.sinks.writer import Written
from verirs.types import Verdict
from verirs.until.words import cost_told, until_told

PURPOSE = {
    "sft": "accepted candidates, for supervised fine-tuning (`prompt`, `completion`)",
    "dpo": "preference pairs: verified right over verified wrong (`prompt`, `chosen`, `rejected`)",
    "kto": "single candidates with `label`: accepted, or verified wrong",
    "steps": "step-wise supervision (`prompt`, `completions`, `labels`)",
    "messages": "accepted candidates as whole conversations (`messages`)",
    "text": "accepted candidates as the texts that the model read and wrote (`prompt`, `completion`)",
    "rl": "problems with their gold and pass rate, for reinforcement learning; rewarded by `verirs.hooks`",
    "problems": "all problems, kept or dropped: gold, pass rate, votes, duplicates; **not for training**",
    "unfiltered": "the control of `sft`: as many samples a problem, drawn from all; **not verified**",
    "rejects": "what was not selected, with the reason; **not for training**",
}


def card(
    name: str,
    summary: RunSummary,
    files: Mapping[str, Written],
    loading: Sequence[tuple[str, str, str]] = (),
    thoughts: str = "",
) -> str:
    """The text of the card.

    Args:
        name: of the run.
        summary: of the selections exported, with their origin.
        files: what :func:`verirs.sinks.writer.export` returned.
        loading: files for trainers (:func:`verirs.sinks.howto.loading`).
        thoughts: how the model's thoughts stand in the rows; empty where there are none.
    """
    origin = summary.origin
    parts = [
        _front_matter(_licenses(origin), files),
        f"# {name}",
        _opening(summary),
        _not_for_sale(origin),
        "## Files",
        _files(files),
        f"The model's thoughts are kept: {thoughts}." if thoughts else "",
        *_loading(loading),
        "## Origin",
        _table(("", ""), origin.told()),
        *_shares(origin),
        *_runs(origin),
        origin.reproducible,
        f"The texts were written by the {'models' if origin.mixed else 'model'} named above; "
        f"{'their' if origin.mixed else 'its'} terms of use apply beside the licence of the problems. "
        "Reference answers were used to judge, never as training text.",
        "## Verification",
        _scorers(summary),
        _agreement(summary),
        _verdict_note(bool(origin.selection.get("unverified"))),
        *_problems(summary),
        "## Counts",
        _counts(summary),
        "## Estimates",
        _estimates(summary),
        "Means over problems with central 95 % intervals over problems; the k samples are drawn "
        "from a problem's verified samples without replacement.",
        _until(summary),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def _loading(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """How each trainer loads its file."""
    if not rows:
        return []
    told = [f"- {file}: {how}{f' Thoughts: {thoughts}.' if thoughts else ''}" for file, how, thoughts in rows]
    return ["## Loading", "Problems of `valid` files are in no `train` file.", "\n".join(told)]


def _shares(origin: Origin) -> list[str]:
    """What each model wrote for each source."""
    rows = [
        (s.model, s.source, s.license or "not stated", s.problems, s.completions, s.passed, s.accepted)
        for s in origin.shares
    ]
    head = ("model", "source", "licence", "problems", "completions", "passed", "accepted")
    return ["## Models and sources", _table(head, rows)] if rows else []


def _not_for_sale(origin: Origin) -> str:
    """The warning that some rows may not be used commercially, and that of some nobody knows."""
    taken = [s for s in origin.shares if s.accepted]
    rows = sum(s.accepted for s in taken)
    bound = [s for s in taken if forbids_sale(s.license)]
    lines = []
    if bound:
        names = ", ".join(dict.fromkeys(f"`{s.license}` ({s.source})" for s in bound))
        lines.append(
            f"**NOT FOR COMMERCIAL USE: {sum(s.accepted for s in bound)} of {rows} accepted samples are for "
            f"problems under {names}.** The column `license` says which."
        )
    unknown = [s for s in taken if not s.license]
    if unknown and len({s.license for s in taken}) > 1:
        names = ", ".join(dict.fromkeys(s.source or "unnamed" for s in unknown))
        lines.append(f"The licence of {sum(s.accepted for s in unknown)} of them is not stated ({names}).")
    return "\n\n".join(lines)


def _runs(origin: Origin) -> list[str]:
    """Of a mixed run: the runs that it is of."""
    if not origin.mixed:
        return []
    return [
        "## Runs",
        "Rows of several runs, and of several models or sources: the columns `run`, `model` and `source` of "
        "a row say whose it is (of a pair, `chosen_run` and so on). A run's sample `i` is `sample_index` "
        "`first + i`. Counts and estimates below are of all samples together, not of one model.",
        _table(*origin.runs()),
    ]


def _licenses(origin: Origin) -> list[str]:
    """Of the accepted rows; what of them is not known stands in the text alone."""
    return list(dict.fromkeys(s.license for s in origin.shares if s.accepted and s.license)) or (
        [origin.license] if origin.license else []
    )


def _front_matter(licenses: Sequence[str], files: Mapping[str, Written]) -> str:
    """YAML, written as JSON scalars, which YAML reads: no value can break out of its place."""
    lines = ["---"]
    if len(licenses) == 1:
        lines.append(f"license: {json.dumps(licenses[0])}")
    elif licenses:
        lines += ["license:", *(f"- {json.dumps(license)}" for license in licenses)]
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


def _opening(summary: RunSummary) -> str:
    what = f"{summary.selection.accepted} of " if summary.selection else ""
    where = f" from {summary.origin.problems}" if summary.origin.problems else ""
    return (
        f"{what}{summary.completions} sampled solutions of {summary.problems} problems{where}, "
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


def _scorers(summary: RunSummary) -> str:
    said = [v for v in Verdict if v is not Verdict.UNWANTED or any(v in s.verdicts for s in summary.scorers)]
    found = _table(
        ("scorer", "version", *said),
        [(s.scorer, s.version, *(s.verdicts.get(v, 0) for v in said)) for s in summary.scorers],
    )
    same = "a benchmark, a hook or a server that shows the same digest judges alike"
    return f"{found}\n\nGrader `{summary.grader}`: {same}." if summary.grader else found


def _agreement(summary: RunSummary) -> str:
    """Second opinions beside the verifiers before them; a row's ``scores`` hold both."""
    rows = [(a.scorer, a.before, a.yes, a.no, a.unread) for a in summary.agreement]
    return _table(("second opinion", "the verifiers before it say", "it says right", "not", "unread"), rows)


def _verdict_note(unverified: bool) -> str:
    kept_out = "No `error` is in a training file" if unverified else "Neither is in a training file"
    taken = " (unverified candidates, verdict `abstain`, were accepted as asked)" if unverified else ""
    return (
        "`fail` means verified wrong. `error` (judging broke) and `abstain` (the scorer cannot say) are no "
        f"failures. {kept_out}{taken}, and neither is in an estimate below. `unwanted` says that a text's "
        "form is none to train on, right or wrong: it is in no training file, not as a negative either, "
        "and in no estimate."
    )


def _counts(summary: RunSummary) -> str:
    rows: list[tuple[Any, ...]] = [
        ("problems", summary.problems),
        ("problems with a verified pass", summary.problems_solved),
        ("completions", summary.completions),
        *((f"verdict {k}", v) for k, v in summary.verdicts.items()),
        ("pass rate of the verified", _percent(summary.pass_rate)),
        ("cut off by max_tokens", summary.truncated),
    ]
    taken = summary.selection
    if taken:
        rows += [
            ("accepted", f"{taken.accepted} ({_percent(taken.acceptance)} of the completions)"),
            *([("an accepted trace took", cost)] if (cost := cost_told(summary)) else []),
            ("problems with an accepted candidate", taken.problems_accepted),
            *((f"rejected: {k}", v) for k, v in taken.rejected.items()),
        ]
    if taken and taken.unverified:
        error = taken.expected_error
        said = "not known: the values are no probabilities" if error is None else _percent(error)
        rows += [
            ("accepted without a verdict", taken.unverified),
            ("expected to be wrong among these, if the values are calibrated", said),
        ]
    if (labels := summary.labels) is not None:
        measured = "no problem with a gold to measure it on"
        if labels.error is not None and labels.low is not None and labels.high is not None:
            measured = (
                f"{_percent(labels.error)} ({_percent(labels.low)} .. {_percent(labels.high)}): "
                f"{labels.wrong} of {labels.checked} problems with a gold, by the same rule"
            )
        rows += [
            ("problems labelled by majority, without a gold", f"{labels.problems} ({labels.rows} rows)"),
            ("wrong labels to expect among these", measured),
        ]
    rows += [(f"error: {k}", v) for k, v in summary.errors.items()]
    return _table(("", "count"), rows)


def _estimates(summary: RunSummary) -> str:
    rows = [
        (
            curve.replace("@k", f"@{k}"),
            _percent(at.mean),
            f"{_percent(at.low)} .. {_percent(at.high)}",
            at.problems,
            estimate.method,
        )
        for curve, estimate in summary.estimates.items()
        for k, at in estimate.at.items()
    ]
    return _table(("estimate", "mean", "95 %", "problems", "method"), rows)


def _problems(summary: RunSummary) -> list[str]:
    """What became of the problems: the funnel, duplicates, contamination."""
    found = summary.curation
    if found is None:
        return []
    looked = ", ".join(b.benchmark for b in found.contamination)
    decontaminated = (
        f"Looked for {looked}: an item counts as found in a problem that holds .3 of its runs of five words "
        f"(.8 of an item of fewer than 20 words). Found ones: {told.DONE[found.action]}. Re-typeset items "
        "and those in a template are found; what somebody put in other words is not."
        if looked
        else "No benchmark was looked for."
    )
    return [
        "## Problems",
        "What was left after each step; rows are accepted candidates.",
        _table(*told.funnel(found)),
        *[
            f"{line[0].upper()}{line[1:]}."
            for line in told.lines(found)[:2]
            if found.duplicates or found.similar
        ],
        *([_table(*told.conflicts(found))] if found.conflicts else []),
        "### Contamination",
        decontaminated,
        _table(*told.contamination(found)),
        *([_table(*told.worst(found))] if any(b.worst for b in found.contamination) else []),
    ]


def _until(summary: RunSummary) -> str:
    """Where the problems stopped, and what that does to estimates and to the mix of problems."""
    told = until_told(summary)
    if summary.until is None:
        return ""
    stops = ", ".join(f"{n} {why}" for why, n in summary.until.stops.items())
    mixed = (
        "easy problems stopped early, so the samples taken together are of harder problems than the problems "
        "are: shares of all completions above are counts, not estimates"
    )
    return " ".join(f"{line[0].upper()}{line[1:]}." for line in (*told, f"stopped: {stops}", mixed))


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
