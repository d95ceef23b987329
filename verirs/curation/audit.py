"""Problems that are probably wrong or of little use, each with the evidence for it.

A finding is a doubt, not a verdict: it rests on votes, on counts, or on the form of a gold answer. How often
each is right is in docs/audit.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.curation.words import key
from verirs.types import Group, Problem, Verdict

KINDS: Mapping[str, str] = {
    "contradicting": "equal problems have golds that are not the same answer",
    "outvoted": "most samples agree on an answer that is not the gold",
    "unsolved": "no sample is right",
    "guessable": "the gold can be guessed: yes or no, a choice, 0 or 1",
    "unreadable": "the gold cannot be read, so nothing is verified",
    "several answers": "the gold holds several answers in one",
    "equal choices": "two of the choices are the same text",
    "weak tests": "programs that pass the tests do different things",
}
LEAST, STRONG = 8, 0.5
"""Samples from which on counts say something, and the share of a strong vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """What most samples of a problem answered.

    Args:
        answer: as its first sample wrote it; ``None`` where no answer was read.
        share: of all answers that were read.
        votes: how many samples gave it.
        read: how many gave any.
        right: whether a verifier passed one of them.
        passes: how many answers that were read are verified right.
    """

    answer: str | None = None
    share: float | None = None
    votes: int = 0
    read: int = 0
    right: bool = False
    passes: int = 0


def of_problem(problem: Problem) -> dict[str, str]:
    """What the gold alone shows: kind and evidence."""
    found = {}
    gold = (problem.answer or "").strip()
    if problem.tests is None and gold:
        if guess := _guessable(gold):
            found["guessable"] = guess
        if parts := _several(gold):
            found["several answers"] = parts
    if alike := _alike(problem.meta.get("choices")):
        found["equal choices"] = alike
    return found


def _alike(choices: Any) -> str:
    """Two choices of one text; letters alone, and what is no list or table of texts, have none."""
    if isinstance(choices, Mapping):
        choices = choices.get("text", list(choices.values()))
    if not isinstance(choices, Sequence) or isinstance(choices, (str, bytes)):
        return ""
    seen: dict[bytes, int] = {}
    for place, text in enumerate(choices):
        first = seen.setdefault(key(str(text)), place)
        if first != place:
            return f"choices {first + 1} and {place + 1}: {_short(str(text))}"
    return ""


def of_samples(group: Group, most: Majority) -> dict[str, str]:
    """What its samples show: kind and evidence."""
    found = {}
    verdicts = [c.verdict for c in group.candidates]
    passes, fails = verdicts.count(Verdict.PASS), verdicts.count(Verdict.FAIL)
    gold = group.problem.answer
    if not passes and fails >= LEAST:
        found["unsolved"] = f"0 of {fails} right"
    strong = most.share is not None and most.share >= STRONG and most.read >= LEAST
    if strong and gold is not None and not most.right and fails and most.votes > most.passes:
        told = f"{most.votes} of {most.read} answer {_short(most.answer or '')}"
        found["outvoted"] = f"{told}, {most.passes} the gold {_short(gold)}"
    has_gold = gold is not None and group.problem.tests is None
    if has_gold and verdicts and not passes + fails and verdicts.count(Verdict.ABSTAIN) == len(verdicts):
        found["unreadable"] = f"all {len(verdicts)} verdicts abstain; gold {_short(gold or '')}"
    if weak := _weak(group):
        found["weak tests"] = weak
    return found


_FEW = re.compile(
    r"(?:\\text\{|\\mathrm\{|\\boxed\{|\$)*\(?\s*(yes|no|true|false|always|never|sometimes|[A-Ea-e]|0|1)\s*\)?"
    r"[.}$]*",
    re.IGNORECASE,
)


def _guessable(gold: str) -> str:
    """A letter is a choice only in capitals or brackets: ``a`` may be a variable."""
    found = _FEW.fullmatch(gold)
    if found is None or (found[1] in "abcde" and "(" not in gold):
        return ""
    return f"gold {_short(gold)}"


_PARTS = re.compile(r"(?:^|[\s;,.$])\(?(?:[a-hA-H]|[1-9]|i{1,3}|iv|v)[.)]\s")
_LABEL = re.compile(r"(?:^|[;,.]|\band\b|\n)\s*\$?\s*([A-Za-z](?:_\{?\w+\}?)?(?:\([a-z]\))?)\s*=")
_BETWEEN = re.compile(r"\s+(?:and|or)\s+|;\s*", re.IGNORECASE)


def _several(gold: str) -> str:
    """Parts ``(a) ... (b) ...``, several names with their values, answers joined by a word or a semicolon."""
    if len(_PARTS.findall(f" {gold} ")) >= 2:
        return f"parts: {_short(gold)}"
    names = _LABEL.findall(gold)
    if len(set(names)) >= 2:
        return f"values of {', '.join(dict.fromkeys(names))}: {_short(gold)}"
    whole = not re.search(
        r"[\[({\\]|\bif\b|\bwhere\b|\bfor\b", re.sub(r"\\(?:frac|sqrt|pi|text|circ|[,;$])", "", gold)
    )
    pieces = [piece for piece in _BETWEEN.split(gold) if re.search(r"\d", piece)]
    return f"{len(pieces)} in one: {_short(gold)}" if whole and len(pieces) >= 2 else ""


def _weak(group: Group) -> str:
    """What the scorer ``agreement`` flagged among programs that passed."""
    passing = [c for c in group.candidates if c.verdict is Verdict.PASS]
    flagged = [s.details["differs"] for c in passing for s in c.scores if "differs" in s.details]
    if not flagged:
        return ""
    told = f"{len(flagged)} of {len(passing)} passing programs differ"
    shown = flagged[0]
    if not isinstance(shown, Mapping) or not {"input", "output", "majority"} <= set(shown):
        return told
    most, odd = _short(str(shown["majority"])), _short(str(shown["output"]))
    return f"{told}: on {_short(str(shown['input']))} most give {most}, this one {odd}"


def _short(text: str) -> str:
    told = " ".join(text.split())
    return repr(told if len(told) <= 80 else f"{told[:79]}\u2026")
