"""What tools that choose one of n were publicly reported to choose wrongly; the address is the report's.

Own texts and values. ``wanted`` is what docs/hooks.md and docs/selection.md say.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.answering.engines import Written
from verirs.answering import Answer, Answerer
from verirs.types import Completion, Score, Verdict

Text = str | Completion | None
UNSURE = "I have thought about it, and there is no way to tell from what was said."
PLAIN: Mapping[str, Any] = {}


def boxed(*answers: str) -> list[Text]:
    return [f"Thus {i}: \\boxed{{{a}}}" if a else UNSURE + "!" * i for i, a in enumerate(answers)]


def weighed(*each: tuple[str, float]) -> list[Text]:
    return [f"\\boxed{{{answer}}} :{value}" for answer, value in each]


def best(texts: Sequence[Text], config: Mapping[str, Any] = PLAIN, **options: Any) -> Answer:
    """The best of all texts, with as few of them drawn as the choice needs."""

    async def go() -> Answer:
        prompt = options.pop("prompt", "How many?")
        async with Answerer(dict(config), engine=Written(texts)) as answerer:
            return await answerer.answer(prompt, len(texts), seed=1, **options)

    return asyncio.run(go())


def cut(index: int, text: str) -> Completion:
    return Completion(index=index, text=text, finish_reason="length")


class Numbers:
    """A reward model: the number behind the last colon of a text."""

    name = "numbers"
    version = "1"
    gives_value = True
    ranks = True

    def score(self, items: Any) -> list[Score]:
        return [self._one(c) for _, c in items]

    def _one(self, completion: Completion) -> Score:
        return Score(
            scorer="numbers",
            version="1",
            verdict=Verdict.ABSTAIN,
            value=float(completion.text.rsplit(":", 1)[1]),
        )

    def close(self) -> None:
        pass


OPTIONS = "A) 1\nB) 2\nC) 3\nWhich?"
RANKED = {"scorer": {"numbers": {"plugin": "tests.answering.test_votes_outside:Numbers"}}}
WEIGHED = {"scorer": {"math": {}, **RANKED["scorer"]}, "select": {"name": "weighted_majority"}}
ADD = "Write add(a, b).\nassert add(1, 2) == 3\nassert add(2, 2) == 4\n"
GOOD, BAD = "```python\ndef add(a, b):\n    return a + b\n```", "```python\ndef add(a, b):\n    return a\n```"

CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    (
        "one answer in several spellings is one class",
        "facebookresearch/deepconf/issues/15",
        lambda: best(boxed("0.5", "\\frac{1}{2}", "3", "3", "1/2")).answer,
        "0.5",
    ),
    (
        "capital letters, blanks and marks around a letter are one class",
        "bolnet/attestor/pull/97",
        lambda: best(boxed("B", "C", "(B)", "C.", "\\text{B}"), prompt=OPTIONS).votes[0].candidates,
        3,
    ),
    (
        "what has no answer does not vote",
        "stanfordnlp/dspy/pull/10066",
        lambda: [(v.answer, v.candidates) for v in best(boxed("", "", "", "7", "", "7")).votes],
        [("7", 2)],
    ),
    (
        "nothing has an answer: the first text, and nobody is said to have won",
        "knodle/knodle/issues/111",
        lambda: (lambda a: (a.text, a.rule, str(a.verdict), a.votes))(best(boxed("", "", ""))),
        (UNSURE, "none", "abstain", ()),
    ),
    (
        "a letter that is a word in English votes too",
        "stanfordnlp/dspy/pull/10066",
        lambda: best(boxed("A", "A", "B", "A"), prompt=OPTIONS).answer,
        "A",
    ),
    (
        "a number that is none never wins, wherever it stands",
        "MakazhanAlpamys/Soup/issues/547",
        lambda: [best(t, RANKED).text for t in (["a:nan", "b:1", "c:2"], ["c:2", "a:nan"], ["a:inf", "c:2"])],
        ["c:2"] * 3,
    ),
    (
        "and none of it goes to a client",
        "MakazhanAlpamys/Soup/issues/547",
        lambda: (lambda a: (a.value, "NaN" in json.dumps(a.side())))(best(["a:nan", "b:nan"], RANKED)),
        (None, False),
    ),
    (
        "the highest of numbers below nothing",
        "hiyouga/LlamaFactory/issues/2499",
        lambda: best(["a:-3", "b:-0.5", "c:-9"], RANKED).text,
        "b:-0.5",
    ),
    (
        "two weak votes beat a stronger single one, also below nothing",
        "hiyouga/LlamaFactory/issues/3889",
        lambda: best(weighed(("1", -0.5), ("2", -1.0), ("2", -1.0)), WEIGHED).answer,
        "2",
    ),
    (
        "a vote without a number has no weight",
        "hiyouga/LlamaFactory/issues/3889",
        lambda: best(weighed(("1", math.nan), ("1", math.nan), ("2", -3.0)), WEIGHED).answer,
        "2",
    ),
    (
        "an equal answer judged in two ways is one class",
        "NVIDIA-NeMo/Skills/issues/1257",
        lambda: (lambda a: (a.answer, a.votes[0].candidates))(
            best([*boxed("42", "42"), cut(2, "Thus 2: \\boxed{42}"), *boxed("", "", "", "43", "43")[3:]])
        ),
        ("42", 3),
    ),
    (
        "a text that was cut off votes and does not stand for its class",
        "huggingface/chat-ui/pull/2383",
        lambda: (lambda a: (a.answer, a.winner.completion.finish_reason))(
            best([cut(0, "\\boxed{5} and"), cut(1, "\\boxed{5} so"), *boxed("", "", "5", "6")[2:]])
        ),
        ("5", "stop"),
    ),
    (
        "a thought that was cut off has no answer",
        "EleutherAI/lm-evaluation-harness/issues/3382",
        lambda: (
            best(
                [
                    cut(0, "<think>Perhaps \\boxed{9}? No, wait"),
                    cut(1, "<think>Perhaps \\boxed{9}? Well"),
                    "<think>Yes.</think>It is \\boxed{8}.",
                ]
            ).answer
        ),
        "8",
    ),
    (
        "a tie is settled in one way, however often it is asked",
        "Toloka/crowd-kit/issues/108",
        lambda: len({best(boxed("1", "2", "1", "2")).text for _ in range(3)}),
        1,
    ),
    (
        "every program fails what the prompt shows: it says so",
        "lanl/PyBNF/issues/720",
        lambda: (lambda a: (str(a.verdict), a.rule, a.tests))(best([BAD, BAD], prompt=ADD)),
        ("fail", "none", 2),
    ),
    (
        "the one program that passes wins, though most agree on another",
        "gellsmore-svg/multipath-reasoning/issues/13",
        lambda: (lambda a: (a.text == GOOD, str(a.verdict)))(best([BAD, BAD, GOOD, BAD], prompt=ADD)),
        (True, "pass"),
    ),
    (
        "a supermajority of the first few is not one of all",
        "Red-Hat-AI-Innovation-Team/its_hub/pull/262",
        lambda: (lambda a: (a.rule, a.drawn))(
            best(boxed(*"7777777", *"1234568"), {"select": {"name": "majority", "share": 0.6}})
        ),
        ("none", 14),
    ),
    (
        "as many voters as are asked for, also where fewer would settle it",
        "Red-Hat-AI-Innovation-Team/its_hub/pull/266",
        lambda: (lambda a: (a.rule, a.answer))(
            best(boxed(*"77777777"), {"select": {"name": "majority", "least": 8}})
        ),
        ("majority", "7"),
    ),
    (
        "the text that stands for a class is one of usual length among all",
        "rasbt/reasoning-from-scratch/pull/161",
        lambda: (
            best(
                ["\\boxed{7}" + " so" * 400, *[f"Well {i}, it is \\boxed{{7}}." for i in range(8)]],
                {"select": {"name": "majority", "unusual_length": 3.5}},
            ).winner.completion.index
        ),
        1,
    ),
]


@pytest.mark.parametrize(
    ("about", "address", "run", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_the_winner_is_the_one_that_the_docs_say(
    about: str, address: str, run: Callable[[], Any], wanted: Any
) -> None:
    assert address.count("/") == 3
    assert run() == wanted


@pytest.mark.parametrize("texts", [[""], ["", "", ""], boxed("5"), [" \n"]])
def test_little_to_choose_from(texts: list[Text]) -> None:
    found = best(texts)
    assert found.text == texts[0] and found.drawn == len(texts)


def test_empty_texts_never_win_beside_one_that_says_something() -> None:
    assert best(["", "", "  \n", "It is \\boxed{4}."]).answer == "4"
