"""Duplicates, contamination, quality and audit, after reports about other people's pipelines, in our own words and
values. Each case names the page that shows its kind."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

import pytest

from verirs.curation.audit import of_problem
from verirs.curation.curator import same_gold
from verirs.curation.index import Benchmark, Hit, Index
from verirs.curation.twins import Twin, twins
from verirs.scorers.quality import QualityScorer
from verirs.types import Completion, Problem

GITHUB = "https://github.com/"
TABLE = "Construct a complete truth table for the following argument. Then, using the truth table, say if it is valid. "
FORMS = ("K or L. Not L. So K.", "If A then B. A. So B.", "P and Q. So Q or R.", "Not S. T or S. So T.",
         "If U then V. If V then W. So if U then W.", "X if and only if Y. Y. So X.")  # fmt: skip
CUBES = "a^3 + b^3 + c^3 - 3abc = (a + b + c)(a^2 + b^2 + c^2 - ab - bc - ca)"
BAKER = "A baker fills 17 trays with 24 rolls each and sells all but 39 of them. How many rolls does the baker sell?"
ROOTS = "Let $r$ and $s$ be the roots of $x^2 - 7x + 11 = 0$. Find the value of $r^2 + s^2 + 3rs$."
COUNT = (
    "In how many ways can a committee of 5 be chosen from 11 people so that Ann and Bob are not both on it?"
)
INDEX = Index(
    [Benchmark.of("logic", [TABLE + form for form in FORMS]), Benchmark.of("own", [BAKER, ROOTS, COUNT])]
)
WORDS = BAKER.split()

CONTAMINATED = [
    ("an item inside a page of other lines", "marin-community/marin/issues/6852", f"Home\nLogin\n\n{BAKER}\n\nNext page: 4"),
    ("an item broken into short lines", "marin-community/marin/issues/6852", "\n".join(" ".join(WORDS[i : i + 3]) for i in range(0, len(WORDS), 3))),
    ("an item with numbered lines", "marin-community/marin/issues/6852", BAKER.replace("How many", "\n2. How many").replace("A baker", "1. A baker")),
    ("an item as an example in a prompt", "stanford-crfm/helm/pull/1388", f"Q: What is 1 + 1?\nA: 2\n\nQ: {BAKER}\nA: 369\n\nQ: What is 2 + 5?\nA:"),
    ("an item with its source before it", "project-numina/aimo-progress-prize/issues/22", f"(AoPS 2011, problem 3) {ROOTS}"),
    ("an item with choices after it", "project-numina/aimo-progress-prize/issues/22", f"{ROOTS}\n(A) 49 (B) 60 (C) 71 (D) 38"),
    ("an item in Unicode instead of LaTeX", "DSL-Lab/aops/issues/1", "Let r and s be the roots of x² − 7x + 11 = 0. Find the value of r² + s² + 3rs."),
    ("an item in capitals and with doubled spaces", "marin-community/marin/issues/5519", BAKER.upper().replace(" ", "  ")),
    ("an item with its answer", "marin-community/marin/issues/5519", f"{BAKER} The answer is 369."),
    ("an item of a template, itself", "marin-community/marin/issues/6852", TABLE + FORMS[4]),
]  # fmt: skip
CLEAN = [
    ("instructions that many items share", "marin-community/marin/issues/6852", TABLE + "If it rains, the road is wet. The road is wet. So it rains."),
    ("a fraction that two problems lead to", "marin-community/marin/issues/6852", "Compute $\\frac{11 \\times 10 \\times 9 \\times 8 \\times 7}{5 \\times 4 \\times 3 \\times 2 \\times 1}$."),
    ("an identity of textbooks", "marin-community/marin/issues/6852", f"Prove that ${CUBES}$ for all real numbers."),
    ("the train split beside the test split", "NVIDIA-NeMo/Skills/issues/235", "A florist fills 12 vases with 9 tulips each and throws 4 of them away. How many tulips are left?"),
    ("the same sort of question", "NVIDIA-NeMo/Skills/issues/235", "Let $u$ and $v$ be the roots of $2y^2 + 5y = 4$. Find $u + v$."),
    ("common words of combinatorics", "asuzukosi/post-training-experiments/issues/7", "In how many ways can the letters of a word be arranged so that the vowels are together?"),
]  # fmt: skip


def hit(text: str) -> Hit | None:
    return next(iter(INDEX.search([text])))


@pytest.mark.parametrize(("seen", "text"), [c[1:] for c in CONTAMINATED], ids=[c[0] for c in CONTAMINATED])
def test_contaminated(seen: str, text: str) -> None:
    assert hit(text) is not None, GITHUB + seen


@pytest.mark.parametrize(("seen", "text"), [c[1:] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_clean(seen: str, text: str) -> None:
    assert hit(text) is None, GITHUB + seen


def second(one: str, other: str, golds: tuple[str, str] = ("1", "1")) -> Twin:
    """What the second of two problems is to the first."""
    pair = [Problem(id=i, prompt=t, answer=g) for i, t, g in zip("ab", (one, other), golds, strict=True)]
    return twins(pair, same_gold).get("b", Twin())


EQUAL = [
    ("an item twice", "GanjinZero/math401-llm/issues/4", "7^2=", "7^2="),
    ("blanks at the end", "yafuly/MAGE/issues/16", BAKER, f"{BAKER} \n"),
    ("line ends of another system", "yafuly/MAGE/issues/16", "Add 3\nand 4.", "Add 3\r\nand 4."),
    ("a blank that does not break", "itsnamgyu/reasoning-teacher/issues/10", "Add 3 and 4.", "Add\u00a03 and\u202f4."),
    ("fractions of another size", "DSL-Lab/aops/issues/1", "Find $\\frac{1}{2}x$.", "Find $\\dfrac{1}{2}x$."),
    ("other signs of formulas", "DSL-Lab/aops/issues/1", "Solve $x + 1 = 4$.", "Solve \\( x + 1 = 4 \\)."),
    ("formulas set apart", "DSL-Lab/aops/issues/1", "Solve $x + 1 = 4$.", "Solve $$x+1=4$$."),
    ("growing brackets", "DSL-Lab/aops/issues/1", "Expand $(x+1)^2$.", "Expand $\\left(x+1\\right)^{2}$."),
    ("another minus", "DSL-Lab/aops/issues/1", "Compute 5 - 8.", "Compute 5 \u2212 8."),
    ("digits of full width", "jingyaogong/minimind/issues/737", "Compute 5 + 8.", "Compute \uff15 + \uff18."),
    ("curled quotes", "yafuly/MAGE/issues/16", "Ann's \"big\" cat", "Ann\u2019s \u201cbig\u201d cat"),
]  # fmt: skip
APART = [
    ("a power and a product", "GanjinZero/math401-llm/issues/4", "3^3=", "3*3="),
    ("a sign", "GanjinZero/math401-llm/issues/4", "4-(-1)=", "4-1="),
    ("another order of choices", "lupantech/MathVista/issues/5", "It is ( ) past six. (A) half (B) noon", "It is ( ) past six. (A) noon (B) half"),
    ("another relation", "DSL-Lab/aops/issues/1", "Solve $x^2 \\le 4$.", "Solve $x^2 \\ge 4$."),
    ("a bracket moved", "DSL-Lab/aops/issues/1", "Compute $2(3+4)$.", "Compute $(2 \\cdot 3)+4$."),
    ("a dot in a number", "DSL-Lab/aops/issues/1", "Compute 1.5 + 2.", "Compute 15 + 2."),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "one", "other"), [c[1:] for c in EQUAL], ids=[c[0] for c in EQUAL])
def test_equal(seen: str, one: str, other: str) -> None:
    assert second(one, other).duplicate_of == "a", GITHUB + seen


@pytest.mark.parametrize(("seen", "one", "other"), [c[1:] for c in APART], ids=[c[0] for c in APART])
def test_not_equal(seen: str, one: str, other: str) -> None:
    found = second(one, other)
    assert not found.duplicate_of and not found.similar_to, GITHUB + seen


def test_texts_of_one_template_are_not_nearly_equal() -> None:
    """github.com/marin-community/marin/issues/6851: nine tenths of a templated source were dropped."""
    told = "Hey Emily, have you ever heard of {}? My neighbour told me that {}, and I did not believe it. What is {}?"
    one = told.format(
        "the Pell numbers", "each is twice the one before and the one before that", "the ninth of them"
    )
    other = told.format(
        "Heron's formula", "three sides alone give the area of a triangle", "the area for 5, 6 and 7"
    )
    found = second(one, other)
    assert not found.duplicate_of and not found.similar_to


GOLDS = [
    ("two golds", "NVIDIA-NeMo/Skills/issues/1092", "12", "13", True),
    ("a fraction and its decimal", "NVIDIA-NeMo/Skills/issues/1092", "\\frac{3}{4}", "0.75", False),
    ("a letter and a value", "google-deepmind/AQuA/issues/1", "C", "15", True),
    ("other spelling of a set", "DSL-Lab/aops/issues/1", "\\{1, 2\\}", "\\{2,1\\}", False),
]


@pytest.mark.parametrize(("seen", "one", "other", "apart"), [c[1:] for c in GOLDS], ids=[c[0] for c in GOLDS])
def test_golds_of_equal_problems(seen: str, one: str, other: str, apart: bool) -> None:
    assert second(BAKER, BAKER.lower(), (one, other)).conflict == apart, GITHUB + seen


SUM = "There were 9 birds and 5 left, so 9 - 5 = 4 stayed. \\boxed{4}"
STRUCK = [
    ("a second thought after the first", "modelscope/ms-swift/issues/9427", "thought", f"{SUM}</think>\n<think>Once more."),
    ("a thought that never ends", "modelscope/ms-swift/issues/9427", "thought", f"<think>Nine less five. {SUM}"),
    ("the answer in a thought of its own", "neulab/agent-data-protocol/pull/195", "thought", f"{SUM} <think>done</think>"),
    ("a token of the template", "allenai/open-instruct/pull/768", "tokens", f"{SUM}<|endoftext|>"),
    ("one sentence on and on", "danish-foundation-models/site/issues/41", "repetition", f"{'Let me check this again. ' * 6}{SUM}"),
    ("a sum that is wrong", "tatsu-lab/stanford_alpaca/pull/17", "calculation", SUM.replace("= 4 stayed", "= 5 stayed")),
    ("another language in the midst", "allenai/open-instruct/pull/768", "scripts", f"{SUM} \u6240\u4ee5\u7b54\u6848\u662f\u56db"),
]  # fmt: skip
FINE = [
    ("rows of a matrix of zeros", "huggingface/datatrove/pull/23", "\\begin{pmatrix}\n" + "0 & 0 & 0 & 0 \\\\\n" * 4 + "\\end{pmatrix} so \\boxed{4}"),
    ("rules of a table", "huggingface/datatrove/pull/23", "| a | b |\n|---|---|\n" + "| 0 | 0 | 0 |\n" * 5 + SUM),
    ("bullets of one word", "huggingface/datatrove/pull/14", "- yes\n- yes\n- yes\n- yes\n- no\n" + SUM),
    ("drawn dice", "huggingface/datatrove/pull/14", "(1, 1), (1, 2)\n" + "6 + 6 + 6 + 6\n" * 4 + SUM),
    ("ohms, micrometres and Greek letters", "allenai/open-instruct/pull/768", f"R = 4 \u2126, d = 3 \u00b5m, \u03b1 + \u03b2 = \u03c0. {SUM}"),
    ("cardinals", "allenai/open-instruct/pull/768", f"|N| = \u2135_0. {SUM}"),
    ("a remainder", "tatsu-lab/stanford_alpaca/pull/17", f"7 / 2 = 3 remainder 1. {SUM}"),
    ("a factorial", "tatsu-lab/stanford_alpaca/pull/17", f"5! = 120 and 2 * 3! = 12. {SUM}"),
    ("money", "tatsu-lab/stanford_alpaca/pull/17", f"$5 + $3.50 = $8.50. {SUM}"),
    ("a share", "tatsu-lab/stanford_alpaca/pull/17", f"80 - 25% = 60, and 25% of 80 = 20. {SUM}"),
    ("a rounded quotient", "tatsu-lab/stanford_alpaca/pull/17", f"10 / 3 = 3.33, about 3. {SUM}"),
    ("residues", "tatsu-lab/stanford_alpaca/pull/17", f"9 + 4 = 1 (mod 12). {SUM}"),
    ("other bases", "tatsu-lab/stanford_alpaca/pull/17", f"101_2 + 1_2 = 110_2. {SUM}"),
    ("times", "tatsu-lab/stanford_alpaca/pull/17", f"10:30 + 0:45 = 11:15. {SUM}"),
]  # fmt: skip
ASKED = Problem(id="p", prompt="How many birds stayed?", answer="4")


def rules(text: str) -> list[str]:
    (score,) = QualityScorer().score([(ASKED, Completion(text=text))])
    return list(score.details.get("rules", []))


@pytest.mark.parametrize(("seen", "rule", "text"), [c[1:] for c in STRUCK], ids=[c[0] for c in STRUCK])
def test_struck(seen: str, rule: str, text: str) -> None:
    assert rule in rules(text), GITHUB + seen


@pytest.mark.parametrize(("seen", "text"), [c[1:] for c in FINE], ids=[c[0] for c in FINE])
def test_fine(seen: str, text: str) -> None:
    assert rules(text) == [], GITHUB + seen


AUDITED = [
    ("a choice's letter", "google-deepmind/AQuA/issues/1", "C", "guessable"),
    ("two answers in one", "NVIDIA-NeMo/Skills/issues/1092", "x = 3 and y = 5", "several answers"),
    ("one answer with a word", "DSL-Lab/aops/issues/1", "no real solution", ""),
    ("a plain number", "DSL-Lab/aops/issues/1", "60,000,000", ""),
]


@pytest.mark.parametrize(("seen", "gold", "kind"), [c[1:] for c in AUDITED], ids=[c[0] for c in AUDITED])
def test_audited(seen: str, gold: str, kind: str) -> None:
    assert ",".join(of_problem(Problem(id="p", prompt=BAKER, answer=gold))) == kind, GITHUB + seen


CHOICES = [
    ("two choices alike", "medmcqa/medmcqa/issues/5", ["mode / SD", "mean / SD", "SD / mode", "mean / SD"]),
    ("the right choice twice", "hendrycks/test/issues/21", ["60,000", "60,000", "600,000", "6,000,000"]),
    ("two choices of one value", "google-deepmind/AQuA/issues/1", ["8.75", "8.79", "8.75", "8.71"]),
]


@pytest.mark.parametrize(("seen", "choices"), [c[1:] for c in CHOICES], ids=[c[0] for c in CHOICES])
def test_choices_that_are_alike(seen: str, choices: list[str]) -> None:
    problem = Problem(id="p", prompt="Which?", answer="B", meta={"choices": choices})
    assert "equal choices" in of_problem(problem), GITHUB + seen
