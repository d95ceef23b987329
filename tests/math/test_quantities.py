"""Numbers and quantities in every writing: equal ones pass both ways, near misses never."""

from __future__ import annotations

import pytest

from tests.math.quantity_pairs import DIFFERENT, SAME
from verirs.math import equivalent
from verirs.types import Verdict


@pytest.mark.parametrize(("gold", "answer"), SAME, ids=lambda text: str(text))
def test_the_same_in_another_writing_passes(gold: str, answer: str) -> None:
    assert equivalent(gold, answer).passed


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT, ids=lambda text: str(text))
def test_a_near_miss_fails(gold: str, answer: str) -> None:
    assert equivalent(gold, answer).verdict is Verdict.FAIL


@pytest.mark.parametrize("text", sorted({text for pair in SAME for text in pair}))
def test_every_text_is_itself_and_can_be_judged(text: str) -> None:
    assert equivalent(text, text + " ").passed
    assert equivalent(text, "8675309.25").verdict is Verdict.FAIL
