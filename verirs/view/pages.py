"""One problem with all its samples, as the page gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from verirs.math.extract import extract
from verirs.running.marks import Key, Mark, about, fits
from verirs.types import Candidate, Group, Problem, Verdict, to_json
from verirs.view.doubtful import FINDINGS, Doubt, Vote, doubts, flags, vote_of

CLASSES = 50
"""So many answer classes are listed; the others are counted."""


def problem_json(
    group: Group,
    *,
    exported: Mapping[int, str],
    beyond: frozenset[int] = frozenset(),
    marks: Mapping[Key, Mark] | None = None,
    told: Mapping[str, str] | None = None,
    findings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A problem's page.

    Args:
        exported: what the last export made of its samples: ``accepted``, or why not.
        beyond: samples that an ``[until]`` does not count.
        marks: of the run.
        told: what the last export found of the problem.
        findings: what an audit finds of it: kind and evidence.
    """
    problem, vote = group.problem, vote_of(group)
    found: dict[int, list[Doubt]] = {}
    for doubt in doubts(group, vote):
        found.setdefault(doubt.index, []).append(doubt)
    samples = [
        _sample(problem, c, label, exported, found.get(c.completion.index, []), marks or {})
        for c, label in zip(group.candidates, vote.classes, strict=True)
    ]
    for sample in samples:
        if sample["index"] in beyond:
            sample["beyond"] = True
    return {
        "id": problem.id,
        "prompt": [dict(m) for m in problem.prompt],
        "gold": problem.answer,
        "tests": to_json(problem.tests),
        "entry_point": problem.entry_point,
        "source": problem.source,
        "split": problem.split,
        "meta": to_json(problem.meta),
        "flags": flags(problem),
        "told": dict(told or {}),
        "findings": dict(sorted((findings or {}).items(), key=lambda f: -FINDINGS[f[0]])),
        "majority": vote.majority,
        "classes": _classes(group, vote),
        "samples": samples,
    }


def _classes(group: Group, vote: Vote) -> list[dict[str, Any]]:
    """The answer classes, the largest first; programs and samples without an answer have none."""
    rows = []
    for label, size in sorted(vote.sizes.items(), key=lambda item: (-item[1], item[0])):
        members = [c for c, own in zip(group.candidates, vote.classes, strict=True) if own == label]
        said = vote.verdicts[label]
        rows.append(
            {
                "label": label,
                "answer": min((c.answer or "" for c in members), key=lambda a: (len(a), a)),
                "votes": size,
                "spellings": len({c.answer for c in members}),
                "verdicts": {str(v): n for v, n in sorted(said.items())},
                "right": said.get(Verdict.PASS, 0) > said.get(Verdict.FAIL, 0),
            }
        )
    return rows[:CLASSES]


def _sample(
    problem: Problem,
    candidate: Candidate,
    label: int | None,
    exported: Mapping[int, str],
    doubt: list[Doubt],
    marks: Mapping[Key, Mark],
) -> dict[str, Any]:
    completion = candidate.completion
    mark = marks.get((problem.id, completion.index))
    return {
        "index": completion.index,
        "verdict": str(candidate.verdict),
        "answer": candidate.answer,
        "value": candidate.value,
        "class": label,
        "export": exported.get(completion.index, ""),
        "finish": completion.finish_reason,
        "tokens": completion.tokens,
        "logprob": completion.logprob,
        "seed": completion.seed,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "span": span(candidate),
        "scores": [to_json(s) for s in candidate.scores],
        "doubts": [{"kind": d.kind, "weight": d.weight, "words": d.words} for d in doubt],
        "about": str(about(problem, completion)),
        "mark": mark_json(mark, fits(mark, problem, candidate)) if mark else None,
    }


def mark_json(mark: Mark, counts: bool) -> dict[str, Any]:
    return {**to_json(asdict(mark)), "about": str(mark.about), "counts": counts}


def span(candidate: Candidate) -> tuple[int, int] | None:
    """Where in the text the judged answer stands; ``None`` where that cannot be told for certain."""
    text, answer = candidate.completion.text, candidate.answer
    if not answer or len(answer) > len(text):
        return None
    by = next((s.details.get("extracted_by") for s in candidate.scores if s.answer == answer), None)
    if by is not None:
        found = extract(text)
        if found.answer == answer and found.span is not None:
            a, b = found.span
            if 0 <= a < b <= len(text) and any(part in text[a:b] for part in answer.split(",")):
                return a, b
    at = text.rfind(answer)
    return (at, at + len(answer)) if at >= 0 else None
