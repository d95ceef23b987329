"""What a rule sees of a candidate: whether it could be accepted, is evidence of a fault, or neither."""

from __future__ import annotations

from verirs.select.rules import Rules
from verirs.types import Candidate, Problem, Verdict
from verirs.until.methods import method, text_of
from verirs.until.rule import ABSTAIN, ERROR, FAIL, PASS, UNUSED, Mark, Rule

_PLAIN = {kind: Mark(kind) for kind in (PASS, FAIL, UNUSED, ABSTAIN, ERROR)}


def mark_of(rule: Rule, problem: Problem, candidate: Candidate) -> Mark | None:
    """The mark, or ``None`` where nobody has judged the candidate yet.

    A pass is one that every selector may accept, a fail one that may be ``rejected`` in a pair.
    """
    if not candidate.scores:
        return None
    kind = _kind(rule, problem, candidate)
    if rule.majority:
        return Mark(kind, candidate.answer or "")
    if kind == PASS and rule.distinct != "passes":
        same = text_of if rule.distinct == "texts" else method
        return Mark(kind, same(problem, candidate.completion))
    return _PLAIN[kind]


def _kind(rule: Rule, problem: Problem, candidate: Candidate) -> str:
    verdict = candidate.verdict
    if verdict is Verdict.ERROR or verdict is Verdict.ABSTAIN:
        return ERROR if verdict is Verdict.ERROR else ABSTAIN
    if verdict is Verdict.UNWANTED:
        return UNUSED
    asked = Rules(allow_truncated=rule.truncated, allow_in_process=rule.in_process)
    reason = asked.reason(problem, candidate)
    if verdict is Verdict.PASS:
        return UNUSED if reason else PASS
    return FAIL if reason == verdict.value else UNUSED
