"""Texts as reasoning models write them, by hand: none that is right, or that nobody can call wrong, is ever
the rejected half of a pair, with a known end or without one. Kinds seen in recorded sets of R1 and others.
"""

from __future__ import annotations

import pytest

from verirs.scorers.math import MathScorer
from verirs.select import First
from verirs.types import Candidate, Completion, Group, Problem, Verdict

THOUGHT = (
    "<think>\nOkay, let me see. The train covers {g} km in each hour... wait, that is not given. First I try "
    "{w}: then the rest would be negative, so no. Let me redo this. Hmm, {w} again? No. So {g}.\n</think>\n\n"
)
RIGHT = [
    THOUGHT + "The answer is \\boxed{{{g}}}.",
    THOUGHT + "**Final Answer**\n\n\\[\n\\boxed{{{g}}}\n\\]",
    THOUGHT + "Each hour adds the same, which gives {g} km in all.\n\n#### {g}",
    "Okay, so I first thought of {w}, but the sign is wrong.\n</think>\nTherefore it is $\\boxed{{{g}}}$.",
    "<think>\n\n</think>\n\nThe result is **{g}**.",
    THOUGHT + "<answer>{g}</answer>",
    THOUGHT + "<answer>\n\\boxed{{{g}}}\n</answer><|im_end|>",
    THOUGHT
    + "Let me double-check: not {w}, since that leaves nothing. The final answer is \\boxed{{{g}}}. ✓",
    THOUGHT
    + "Step 1: \\boxed{{{w}}} would be the first half.\nStep 2: both halves.\n\nFinal answer: \\boxed{{{g}}}",
    "<think>It is \\boxed{{{w}}}. Wait, no: \\boxed{{{g}}}.</think>\\boxed{{{g}}}",
    "◁think▷perhaps {w}◁/think▷The answer is {g}.",
]
UNDECIDED = [  # the answer stands in the thought alone, or the text ends on the way to it
    "<think>\nSo the answer should be \\boxed{{{g}}}. Let me verify by trying {w} once more and",
    THOUGHT + "To find the distance we multiply the speed by the time, which is first {w}, and then",
    THOUGHT + "The answer is \\boxed{{",
    "<think>\nI am sure that it is {g}. But let me check {w}.\n",
    THOUGHT,
]
WRONG = [
    THOUGHT + "The answer is \\boxed{{{w}}}.",
    THOUGHT + "**Final Answer**\n\n\\[\n\\boxed{{{w}}}\n\\]",
    "Okay, so it is {g}.\n</think>\nTherefore it is $\\boxed{{{w}}}$.",
    THOUGHT + "It adds up.\n\n#### {w}",
    THOUGHT + "<answer>{w}</answer>",
]
GOLDS = [("42", "24"), ("7", "-7"), ("3/4", "4/3"), ("1200", "120"), ("\\sqrt{2}", "2"), ("0.5", "5")]


def judged(gold: str, wrong: str, end: str) -> tuple[Group, dict[int, str]]:
    """All texts of one problem, and what each is."""
    texts = [
        (kind, t) for kind, of in (("right", RIGHT), ("undecided", UNDECIDED), ("wrong", WRONG)) for t in of
    ]
    problem = Problem(id=gold, prompt="How far?", answer=gold)
    ends = {"undecided": "length" if end == "stop" else "unknown"}
    made = [
        Completion(index=i, text=text.format(g=gold, w=wrong), finish_reason=ends.get(kind, end))
        for i, (kind, text) in enumerate(texts)
    ]
    scores = MathScorer().score([(problem, completion) for completion in made])
    candidates = tuple(Candidate(completion=c, scores=(s,)) for c, s in zip(made, scores, strict=True))
    return Group(problem=problem, candidates=candidates), {i: kind for i, (kind, _) in enumerate(texts)}


@pytest.mark.parametrize("end", ["stop", "unknown"])
def test_no_right_or_undecided_text_is_a_negative(end: str) -> None:
    rejected = chosen = 0
    for gold, wrong in GOLDS:
        group, kinds = judged(gold, wrong, end)
        for pair in First(pairs="random", max_pairs=100).select(group).pairs:
            assert kinds[pair.chosen.completion.index] == "right", pair.chosen.completion.text
            assert kinds[pair.rejected.completion.index] == "wrong", pair.rejected.completion.text
            rejected += 1
        lost = {
            c.completion.text: c.scores[0].reason
            for c in group.candidates
            if kinds[c.completion.index] == "right" and c.verdict is not Verdict.PASS
        }
        assert lost == {}
        chosen += sum(
            kinds[c.completion.index] == "right" and c.verdict is Verdict.PASS for c in group.candidates
        )
    assert rejected == len(GOLDS) * 4, "a text that is wrong is one, as often as a right one is chosen"
    assert chosen == len(GOLDS) * len(RIGHT), "every text that is right passes"
