"""Generative verifiers as a second opinion: what they are asked, how replies are read, what they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.reward.test_judge import Scripted
from verirs.errors import ConfigError
from verirs.parts import ScorerPart
from verirs.parts.part import scorer_part
from verirs.protocols import Request
from verirs.reward.numbers.trust import heard, proportion
from verirs.running.scoring import Stack
from verirs.scorers.math import MathScorer
from verirs.scorers.opinions import FORMS, prompt, read
from verirs.scorers.verifier import VerifierScorer
from verirs.types import Candidate, Completion, Group, Problem, Verdict

SOURCES = {
    "xverify": "https://github.com/Confident-Huangduer/MASLab (evaluations/evaluate_xverify.py)",
    "compass_verifier": "https://github.com/open-compass/CompassVerifier (src/prompts.py)",
    "general_verifier": "https://huggingface.co/TIGER-Lab/general-verifier",
    "omni_judge": "https://huggingface.co/KbsdJames/Omni-Judge",
    "genrm": "https://arxiv.org/abs/2408.15240",
    "prometheus": "https://huggingface.co/prometheus-eval/prometheus-7b-v2.0",
}
REPLIES = [
    ("verdict", "Same number.\nVerdict: yes", "yes"),
    ("verdict", "**Verdict:** No.", "no"),
    ("verdict", "Verdict: yes\n(The form asked for is Verdict: no)", None),
    ("verdict", "I would not say Verdict: yes", None),
    ("verdict", "Verdict: yes, if the unit is ignored", None),
    ("verdict", "yes", None),
    ("xverify", "Correct", "yes"),
    ("xverify", "[Incorrect]", "no"),
    ("xverify", "Judgement: Correct.", "yes"),
    ("xverify", "The output is correct", None),
    ("compass_verifier", "A", "yes"),
    ("compass_verifier", " B\n", "no"),
    ("compass_verifier", "C", "invalid"),
    ("compass_verifier", "INCORRECT", "no"),
    ("compass_verifier", "A: CORRECT", "yes"),
    ("compass_verifier", "A: INCORRECT", None),
    ("compass_verifier", "Both are 7.\nFinal Judgment: \\boxed{A} - CORRECT", "yes"),
    ("compass_verifier", "Final Judgment: \\boxed{A} - INCORRECT", None),
    ("compass_verifier", '```json\n{\n "Final Judgment": "\\boxed{B} - INCORRECT"\n}\n```', "no"),
    ("compass_verifier", "\\boxed{C} - REFUSAL", "invalid"),
    ("compass_verifier", "It is not \\boxed{A}.", None),
    ("compass_verifier", "Either \\boxed{A} or \\boxed{B}", None),
    ("compass_verifier", "A good answer", None),
    ("general_verifier", "They are equal. Final Decision: Yes", "yes"),
    ("general_verifier", "Final Decision: No.", "no"),
    (
        "general_verifier",
        "If it is correct, I output Final Decision: Yes. It differs. Final Decision: No",
        None,
    ),
    (
        "omni_judge",
        "## Student Final Answer\n9216\n\n## Equivalence Judgement\nFALSE\n\n## Justification\nNo.",
        "no",
    ),
    (
        "omni_judge",
        "## Equivalence Judgement\nTRUE\n\n## Justification\nThe same.\n=== report over ===",
        "yes",
    ),
    ("omni_judge", "TRUE", None),
    ("genrm", "Let us verify.\nVerification: Is the answer correct (Yes/No)? Yes", "yes"),
    ("genrm", "Is the solution correct (Yes/No)? **No**", "no"),
    ("genrm", "Yes", "yes"),
    ("genrm", "Is the answer correct (Yes/No)?", None),
    ("prometheus", "The answer equals the reference. [RESULT] 5", "yes"),
    ("prometheus", "Wrong. [RESULT] 1", "no"),
    ("prometheus", "Nearly. [RESULT] 4", "invalid"),
    ("prometheus", "[RESULT] 4.5", None),
    ("prometheus", "[RESULT] 50", None),
    ("prometheus", "5", None),
]


@pytest.mark.parametrize(("form", "reply", "opinion"), REPLIES)
def test_replies_as_published_verifiers_write_them(form: str, reply: str, opinion: str | None) -> None:
    assert read(FORMS[form], reply) == opinion


def test_published_templates_are_filled_in_under_their_own_names() -> None:
    published = "Q: {question}\nGold: {gold_answer}\nGiven: {llm_response}\nIgnore \\boxed{{}} and {other}."
    filled = prompt(published, question="1+1? {gold}", gold="2", answer="{question}")
    assert filled == "Q: 1+1? {gold}\nGold: 2\nGiven: {question}\nIgnore \\boxed{} and {other}."


class Verifier(Scripted):
    """Says yes where the answer that it was shown is in ``yes``."""

    def __init__(self, yes: Sequence[str], broken: Sequence[str] = ()) -> None:
        super().__init__(lambda *_: "")
        self.yes, self.broken = yes, broken

    async def sample(self, request: Request) -> Any:
        self.requests.append(request)
        shown = request.messages[0]["content"].split("Answer to judge:\n")[1].split("\n")[0]
        for index in request.indices:
            text = "hm" if shown in self.broken else f"Verdict: {'yes' if shown in self.yes else 'no'}"
            yield Completion(index=index, text=text)


# a gold in words that the math scorer does not read, and one that it does
WORDS = Problem(id="w", prompt="Which animal?", answer="the grey wolf (Canis lupus)")
NUMBER = Problem(id="n", prompt="What is 6*7?", answer="42")


def boxed(answer: str, index: int = 0) -> Completion:
    return Completion(index=index, text=f"So it is \\boxed{{{answer}}}.")


class Unsure(MathScorer):
    """Abstains on the problem whose gold is words."""

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Any]:
        from dataclasses import replace

        found = super().score(items)
        return [
            replace(s, verdict=Verdict.ABSTAIN) if p.id == "w" else s
            for s, (p, _) in zip(found, items, strict=True)
        ]


def stack(engine: Any, **options: Any) -> tuple[Stack, ScorerPart]:
    made = VerifierScorer(engine=engine, **options)
    part = scorer_part(made, "verifier", {})
    return Stack([scorer_part(Unsure(), "math", {}), part]), part


def verdicts(scores: Sequence[Any]) -> Verdict:
    return Candidate(completion=Completion(text=""), scores=tuple(scores)).verdict


def test_it_is_asked_where_math_abstains_with_gold_and_answer_and_not_the_solution() -> None:
    engine = Verifier(["Canis lupus"])
    both, _ = stack(engine, trust=True, audit=0.0)
    items = [
        (WORDS, boxed("Canis lupus")),
        (WORDS, boxed("a dog", 1)),
        (NUMBER, boxed("42")),
        (NUMBER, boxed("41")),
    ]
    said = both.score(items)
    assert [verdicts(s) for s in said] == [Verdict.PASS, Verdict.ABSTAIN, Verdict.PASS, Verdict.FAIL]
    assert len(engine.requests) == 2, "what math decided is not asked"
    asked = engine.requests[0].messages[0]["content"]
    assert "the grey wolf" in asked and "Which animal?" in asked and "So it is" not in asked
    assert said[0][-1].reason == "passed by a model, not proved" and said[0][-1].answer == "Canis lupus"
    both.close()


def test_without_trust_what_it_says_is_kept_and_counts_nowhere() -> None:
    engine = Verifier(["Canis lupus"])
    first, _ = stack(engine, audit=0.0)
    (scores,) = first.score([(WORDS, boxed("Canis lupus"))])
    assert verdicts(scores) is Verdict.ABSTAIN and scores[-1].details["said"] == ["yes"]
    trusted, _ = stack(engine, trust=True, audit=0.0)
    (anew,) = trusted.score([(WORDS, boxed("Canis lupus"))], [scores])
    assert verdicts(anew) is Verdict.PASS and len(engine.requests) == 1, "trust costs no request"


def test_a_reply_that_cannot_be_read_is_an_error_and_no_answer_is_not_asked() -> None:
    engine = Verifier([], broken=["a dog"])
    both, _ = stack(engine, trust=True)
    unread, silent, no_gold = both.score(
        [
            (WORDS, boxed("a dog")),
            (WORDS, Completion(text="Let me see.")),
            (Problem(id="w", prompt="q"), boxed("1")),
        ]
    )
    assert unread[-1].verdict is Verdict.ERROR and unread[-1].details["unread"] == ["hm"]
    assert verdicts(silent) is not Verdict.PASS and verdicts(no_gold) is Verdict.ABSTAIN
    assert len(engine.requests) == 1
    untrusted, _ = stack(engine)
    (scores,) = untrusted.score([(WORDS, boxed("a dog"))])
    assert verdicts(scores) is Verdict.ABSTAIN, "an opinion that counts nowhere breaks nothing either"
    group = Group(problem=WORDS, candidates=(Candidate(completion=boxed("a dog"), scores=scores),))
    assert heard([group], "verifier").unread == 1


def test_its_no_is_a_fail_only_if_asked_for() -> None:
    for fails, wanted in ((False, Verdict.ABSTAIN), (True, Verdict.FAIL)):
        both, _ = stack(Verifier([]), trust=True, fails=fails)
        assert verdicts(both.score([(WORDS, boxed("a dog"))])[0]) is wanted


def test_a_pass_needs_all_votes() -> None:
    class Wavering(Verifier):
        async def sample(self, request: Request) -> Any:
            for index in request.indices:
                yield Completion(index=index, text=f"Verdict: {'yes' if index else 'no'}")

    both, _ = stack(Wavering([]), trust=True, votes=3)
    (scores,) = both.score([(WORDS, boxed("a dog"))])
    assert verdicts(scores) is Verdict.ABSTAIN and sorted(scores[-1].details["said"]) == ["no", "yes", "yes"]


def test_what_math_decided_measures_it_and_no_verdict_changes() -> None:
    """It passes 42 and, wrongly, 41; the audit says so with an interval."""
    engine = Verifier(["42", "41"])
    both, _ = stack(engine, trust=True, fails=True, audit=1.0)
    items = [(NUMBER, boxed(a, i)) for i, a in enumerate(("42", "41", "40", "39", "7"))]
    said = both.score(items)
    assert [verdicts(s) for s in said] == [Verdict.PASS, *[Verdict.FAIL] * 4]
    group = Group(
        problem=NUMBER,
        candidates=tuple(Candidate(completion=c, scores=s) for (_, c), s in zip(items, said, strict=True)),
    )
    found = heard([group], "verifier")
    assert (found.wrong, found.passed, found.right, found.denied) == (4, 1, 1, 0)
    assert "passes 1 of 4 answers that were failed before it: 25.0 % (4.6 to 69.9)" in found.words()[0]
    again = both.score(items, said)
    assert [s[-1] for s in again] == [s[-1] for s in said]
    assert len(engine.requests) == 5, "nor is it asked again when the run is scored again"
    nothing = heard([], "verifier")
    assert "no answer that was failed" in nothing.words()[0]


def test_the_interval_of_a_share() -> None:
    """Wilson's, as published tables have it: 0 of 10 and 5 of 10."""
    assert proportion(0, 10)[1:] == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert proportion(5, 10) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert proportion(10, 10)[1:] == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_a_second_opinion_needs_a_first() -> None:
    part = scorer_part(VerifierScorer(engine=Verifier([])), "verifier", {})
    with pytest.raises(ConfigError, match="second opinion"):
        Stack([part])


def test_mistakes_are_listed_together(tmp_path: Path) -> None:
    options: Mapping[str, Any] = {
        "form": "xverfy",
        "votes": 0,
        "audit": 2,
        "when": "fail",
        "prompt": "{question}",
    }
    with pytest.raises(ConfigError) as caught:
        VerifierScorer(engine="fake", **options)
    assert len(caught.value.problems) == 5 and "did you mean xverify" in str(caught.value)
    file = tmp_path / "template.txt"
    file.write_text("{question} {gold_answer} {llm_response}")
    assert (
        VerifierScorer(engine="fake", prompt_file=str(file)).version != VerifierScorer(engine="fake").version
    )
    with pytest.raises(ConfigError, match="cannot be read"):
        VerifierScorer(engine="fake", prompt_file=str(tmp_path / "none"))
