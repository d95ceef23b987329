"""What is known of a problem, as columns: of the file ``problems`` and of every training row.

Counted are the samples that all problems have (where sampling went on for some only, the first ones), so
that ``pass_rate`` is an unbiased estimate; its interval says how far to trust it: of four samples a true rate
of one half looks like none or all in an eighth of the cases.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from statistics import fmean, median
from typing import Any

from verirs.curation.audit import Majority, of_problem, of_samples
from verirs.types import Group, Problem, Verdict

COLUMNS: Mapping[str, str] = {
    "source": "text",
    "split": "text",
    "model": "text",
    "run": "text",
    "license": "text",
    "gold": "text",
    "answer_source": "text",
    "samples": "int",
    "verified": "int",
    "passes": "int",
    "pass_rate": "float",
    "pass_rate_low": "float",
    "pass_rate_high": "float",
    "tokens_mean": "float",
    "tokens_median": "float",
    "majority_answer": "text",
    "majority_share": "float",
    "duplicate_of": "text",
    "similar_to": "text",
    "variant_of": "text",
    "contamination": "float",
    "contaminated_by": "text",
    "other_numbers": "bool",
    "findings": "text",
}
"""Name and kind of each column; docs/formats.md says what they hold."""
KNOWN = ("source", "split", "gold", "duplicate_of", "similar_to", "variant_of", "contamination",
         "contaminated_by", "other_numbers")  # fmt: skip
"""Those of them that are known before anything is sampled."""
_Z = 1.959963984540054


def facts_of(
    group: Group,
    *,
    model_of: Callable[[int], str],
    first: int | None = None,
    rate: float | None = None,
    known: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of one problem.

    Args:
        group: with the samples that count.
        model_of: the model of a sample, by its index.
        first: only samples below this index say how hard the problem is; ``None``: all do.
        rate: its pass rate, where more is known than these samples say.
        known: columns that stand in other problems or in benchmarks: duplicates, contamination.
    """
    problem, candidates = group.problem, group.candidates
    compared = [c.verdict for c in candidates if first is None or c.completion.index < first]
    passes = compared.count(Verdict.PASS)
    verified = passes + compared.count(Verdict.FAIL)
    low, high = wilson(passes, verified)
    tokens = [c.completion.tokens for c in candidates if c.completion.tokens is not None]
    most = majority(group)
    told = {**of_problem(problem), **of_samples(group, most)}
    early = [kind for kind in ((known or {}).get("findings") or "").split(", ") if kind]
    if rate is None and verified:
        rate = passes / verified
    return {
        **dict.fromkeys(COLUMNS),
        **known_of(problem),
        "model": ", ".join(sorted({model_of(c.completion.index) for c in candidates})),
        "samples": len(candidates),
        "verified": verified,
        "passes": passes,
        "pass_rate": rate,
        "pass_rate_low": low,
        "pass_rate_high": high,
        "tokens_mean": fmean(tokens) if tokens else None,
        "tokens_median": float(median(tokens)) if tokens else None,
        "majority_answer": most.answer,
        "majority_share": most.share,
        **(known or {}),
        "findings": ", ".join(dict.fromkeys([*early, *told])) or None,
    }


def known_of(problem: Problem) -> dict[str, Any]:
    """The columns that the problem itself tells."""
    return {"source": problem.source, "split": problem.split, "gold": problem.answer}


def row_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The columns as a row has them: all of them, empty where nothing is known."""
    if facts.keys() == COLUMNS.keys():
        return facts
    return {name: facts.get(name) for name in COLUMNS}


def majority(group: Group) -> Majority:
    """The answer that most samples gave.

    Equal answers are one; of two that are as frequent the earlier counts. Programs have none, and a sample
    that broke its judge or is unwanted has no vote.
    """
    from verirs.stats.answers import votes

    voters = [c for c in group.candidates if c.verdict not in (Verdict.ERROR, Verdict.UNWANTED)]
    classes = votes(group.problem, voters)
    counts = Counter(label for label in classes if label is not None)
    if not counts:
        return Majority()
    winner, most = counts.most_common(1)[0]
    read = [
        (label, c.verdict is Verdict.PASS)
        for label, c in zip(classes, voters, strict=True)
        if label is not None
    ]
    return Majority(
        answer=voters[classes.index(winner)].answer,
        share=most / counts.total(),
        votes=most,
        read=counts.total(),
        right=any(right for label, right in read if label == winner),
        passes=sum(right for _, right in read),
    )


def wilson(passes: int, verified: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share (Wilson 1927, JASA 22); ``None`` of no samples."""
    if not verified:
        return None, None
    share, z2 = passes / verified, _Z * _Z
    middle = (share + z2 / (2 * verified)) / (1 + z2 / verified)
    half = _Z * math.sqrt(share * (1 - share) / verified + z2 / (4 * verified**2)) / (1 + z2 / verified)
    return (0.0 if passes == 0 else middle - half), (1.0 if passes == verified else middle + half)
