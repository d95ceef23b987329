"""The scorer ``math``: verdicts on completions, four of them kept apart."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

import pytest

from verirs.grading import grade
from verirs.parts import scorer_part
from verirs.protocols import Scorer
from verirs.scorers.math import MathScorer, corrupted
from verirs.types import Completion, Problem, Verdict

CASES = [
    ("12", r"So \boxed{12}.", Verdict.PASS, "12"),
    ("12", r"So \boxed{13}.", Verdict.FAIL, "13"),
    ("12", "I give up.", Verdict.FAIL, None),
    ("12", "", Verdict.FAIL, None),
    ("", r"\boxed{12}", Verdict.ABSTAIN, "12"),
    (None, r"\boxed{12}", Verdict.ABSTAIN, "12"),
    (r"\frac{1}{", r"\boxed{12}", Verdict.ABSTAIN, "12"),
    ("9^{9^{9^{9}}}", r"\boxed{12}", Verdict.ABSTAIN, "12"),
    ("12", r"\boxed{9^{9^{9^{9}}}}", Verdict.FAIL, "9^{9^{9^{9}}}"),
    ("1/3", r"\boxed{\int_0^1 x^2 dx}", Verdict.PASS, r"\int_0^1 x^2 dx"),
    ("1/2", r"\boxed{\int_0^1 x^2 dx}", Verdict.FAIL, r"\int_0^1 x^2 dx"),
    ("The sum is \\boxed{5}.", "#### 5", Verdict.PASS, "5"),
]


def items(
    cases: Sequence[tuple[str | None, str, object, object]] = CASES,
) -> list[tuple[Problem, Completion]]:
    return [
        (Problem(id=str(n), answer=gold), Completion(text=text)) for n, (gold, text, _, _) in enumerate(cases)
    ]


@pytest.fixture(scope="module")
def scorer() -> Iterator[MathScorer]:
    made = MathScorer()
    yield made
    made.close()


def test_it_is_a_scorer_that_checks_itself(scorer: MathScorer) -> None:
    assert isinstance(scorer, Scorer)
    assert callable(scorer_part(scorer).traits.probes)
    assert (scorer.name, bool(scorer.version)) == ("math", True)


def test_verdicts_in_order(scorer: MathScorer) -> None:
    scores = scorer.score(items())
    assert [(s.verdict, s.answer) for s in scores] == [(v, a) for _, _, v, a in CASES]
    assert all(s.reason and s.details["extracted_by"] and s.seconds > 0 for s in scores)
    assert scorer.score([]) == []


def test_a_worker_out_of_time_is_an_error_for_that_pair_only() -> None:
    scorer = MathScorer(timeout=0.5)
    try:
        hard = r"\boxed{\int_0^1 e^{x^{x^{x}}} dx}"
        pairs = [("5", r"\boxed{5}"), ("5", hard), ("1/3", r"\boxed{\int_0^1 x^2 dx}"), ("5", r"\boxed{6}")]
        scorer.score(items([("1/3", pairs[2][1], None, None)]))  # sympy loaded
        scores = scorer.score(items([(g, t, None, None) for g, t in pairs]))
        assert [s.verdict for s in scores] == [Verdict.PASS, Verdict.ERROR, Verdict.PASS, Verdict.FAIL]
        assert "time" in scores[1].reason
    finally:
        scorer.close()
        scorer.close()


def test_options_reach_the_policy() -> None:
    strict = MathScorer(percent="strict", units="required")
    assert [s.verdict for s in strict.score(items([("50%", "50", 0, 0), ("5 cm", "5", 0, 0)]))] == [
        Verdict.FAIL
    ] * 2
    with pytest.raises(ValueError, match="order"):
        MathScorer(order="random")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="workers"):
        MathScorer(workers=0)


def test_many_threads_at_once(scorer: MathScorer) -> None:
    expected = [s.verdict for s in scorer.score(items())]
    found: list[list[Verdict]] = []

    def run() -> None:
        found.append([s.verdict for s in scorer.score(items())])

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


@pytest.mark.parametrize(
    "gold",
    [
        "12",
        r"\frac{3}{4}",
        "x^2+1",
        "(1,2)",
        r"\text{Evelyn}",
        "[0,9)",
        "52_8",
        r"5\text{ cm}",
        "2,3",
        "even",
        "0.5",
    ],
)
def test_probes_pass_and_fail(scorer: MathScorer, gold: str) -> None:
    problem = Problem(answer=gold)
    right, wrong = scorer.probes(problem) or ("", "")
    scores = scorer.score([(problem, Completion(text=right)), (problem, Completion(text=wrong))])
    assert [s.verdict for s in scores] == [Verdict.PASS, Verdict.FAIL]
    assert corrupted(gold) != gold


def test_no_probe_without_gold(scorer: MathScorer) -> None:
    assert scorer.probes(Problem(answer=None)) is None


def test_a_gold_is_read_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from verirs.math import judge

    judge.read_gold.cache_clear()
    scorer = MathScorer()
    scorer.score([(Problem(id="a", answer="x+1"), Completion(text=f"\\boxed{{{n}+x}}")) for n in range(50)])
    assert judge.read_gold.cache_info().misses == 1


def test_the_import_loads_neither_flint_nor_sympy() -> None:
    code = (
        "import sys; before = set(sys.modules); import verirs.math; "  # coverage stands there before us
        "print(sorted({'flint', 'sympy', 'numpy', 'subprocess'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
    code = (
        "import sys; from verirs.math import equivalent as e; e('x+1', '1+x'); e('2', 'sqrt(4)'); "
        "print('sympy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


def test_what_stands_around_an_answer_is_asked_about_unless_the_profile_is_lenient() -> None:
    text = "The answer is \\boxed{5}. Note that equality holds for a square."
    told = {
        profile: grade("math", answer="5", text=text, profile=profile) for profile in ("default", "lenient")
    }
    assert told["lenient"].passed
    assert not told["default"].passed
    assert "Note that equality" in told["default"].reason
