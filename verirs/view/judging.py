"""The columns of a run's lists that need every sample itself: majorities, answer classes, doubts, lengths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verirs.curation.audit import KINDS as FINDINGS
from verirs.running.auditing import contradicting, findings_of
from verirs.types import Group, Problem
from verirs.view.doubtful import FINDINGS as WEIGHTS
from verirs.view.doubtful import KINDS, doubts, flags, vote_of
from verirs.view.exported import Words
from verirs.view.index import Index


def judge(index: Index, groups: Iterator[Group]) -> Iterator[int]:
    """Add these columns, and what an audit finds, one step a problem.

    Yields how many problems are done. A problem or sample that came after the index was read is left out.
    """
    place = {key: i for i, key in enumerate(index.ids)}
    n, bounds = len(index.ids), index.bounds()
    named = ["", *dict.fromkeys([*KINDS, *FINDINGS])]
    kinds, states = Words(named, {k: i for i, k in enumerate(named)}), Words([""], {"": 0})
    findings: dict[int, dict[str, str]] = {}
    problems: list[Problem] = []
    flagged = Words(index.words["flag"], {w: i for i, w in enumerate(index.words["flag"])})
    majority, classes = [0] * n, [0] * n
    agreement: list[float | None] = [None] * n
    length: list[int | None] = [None] * n
    doubt, kind = [0.0] * n, [0] * n
    of_sample: dict[str, list[Any]] = {
        "class": [None] * len(index.problem),
        "chars": [None] * len(index.problem),
        "doubt": [0] * len(index.problem),
        "doubt_kind": [0] * len(index.problem),
    }
    for done, group in enumerate(groups, 1):
        at = place.get(group.problem.id)
        if at is not None:
            own = {int(index.number[i]): i for i in range(bounds[at], bounds[at + 1])}
            vote = vote_of(group)
            majority[at], classes[at] = states.of(vote.majority), len(vote.sizes)
            if vote.voters:
                agreement[at] = round(max(vote.sizes.values()) / vote.voters, 3)
            problems.append(group.problem)
            if told := findings_of(group):
                findings[at] = told
            known = index.problem_columns["flag"][at]
            known += [f for f in map(flagged.of, flags(group.problem)) if f not in known]
            for c, label in zip(group.candidates, vote.classes, strict=True):
                if (i := own.get(c.completion.index)) is not None:
                    of_sample["class"][i] = label
                    of_sample["chars"][i] = len(c.completion.text) + len(c.completion.reasoning)
            sizes = [of_sample["chars"][i] for i in own.values() if of_sample["chars"][i] is not None]
            length[at] = round(sum(sizes) / len(sizes)) if sizes else None
            for d in doubts(group, vote):
                i = own.get(d.index)
                if i is not None and d.weight > of_sample["doubt"][i]:
                    of_sample["doubt"][i], of_sample["doubt_kind"][i] = d.weight, kinds.of(d.kind)
                if d.weight > doubt[at]:
                    doubt[at], kind[at] = d.weight, kinds.of(d.kind)
        yield done
    for key, evidence in contradicting(problems):
        findings.setdefault(place[key], {})["contradicting"] = evidence
    for at, told in findings.items():
        strongest = max(told, key=lambda f: WEIGHTS[f])
        if WEIGHTS[strongest] > doubt[at]:
            doubt[at], kind[at] = WEIGHTS[strongest], kinds.of(strongest)
    index.findings = findings
    index.problem_columns |= {
        "majority": majority,
        "classes": classes,
        "agreement": agreement,
        "chars": length,
        "doubt": doubt,
        "doubt_kind": kind,
        "finding": [[list(FINDINGS).index(f) for f in findings.get(at, ())] for at in range(n)],
    }
    index.sample_columns |= of_sample
    index.words |= {"majority": states.words, "doubt_kind": kinds.words, "finding": list(FINDINGS)}
    index.judged = True
