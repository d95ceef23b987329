"""What is asked first, because it is quick, never says other than the rules behind it."""

from __future__ import annotations

import random
from types import ModuleType

from verirs.math import extract
from verirs.math.extracting import beside, boxes, frames, function_words, leads
from verirs.math.extracting.beside import unread_lead
from verirs.math.extracting.frames import unread_governor
from verirs.math.extracting.plain import led_plainly
from verirs.math.values import words

NOUNS = sorted(words("eggs number total Tom box day sells three 12 3rd tickets Janet's ducks Answer"))
ENDS = sorted(words("is are was be has have needs make made cost gets give left"))
ANSWERS = ("the answer is", "The final answer", "the correct answer is:", "Answer:", "final answer is")
DENYING = sorted(
    words(
        "not never cannot isn't don't format e.g example: wrong answer is the incorrect value someone says "
        "if it assume that assuming result template is: first way naive approach pretend instructions "
        "special case upper bound would say tempting guess 5 = \\( $ . , ; ( what-if can't doubt whether "
        "prove grader imagine so but"
    )
    | {"\n"}
)


def tables(*modules: ModuleType) -> list[str]:
    """Every word of the tables of words in these modules."""
    found = [v for m in modules for v in vars(m).values() if isinstance(v, frozenset)]
    return sorted({w for table in found for w in table if isinstance(w, str) and w.isascii()})


def drawn_leads(count: int) -> list[str]:
    draw, known = random.Random(7), tables(beside, frames, function_words, leads)
    found = []
    for _ in range(count):
        said = [draw.choice(NOUNS if draw.random() < 0.7 else known) for _ in range(draw.randint(1, 6))]
        plain = draw.choice(ANSWERS) if draw.random() < 0.1 else " ".join((*said, draw.choice(ENDS)))
        opened = draw.choice(["", "", "So, ", "Thus ", "Therefore, "]) + plain
        found.append(opened + draw.choice([" ", " \\(", " $", "\n\n\\[\n", " **"]))
    return found


def test_a_plain_lead_is_one_that_every_rule_understands() -> None:
    plain = [lead for lead in drawn_leads(40_000) if led_plainly(lead)]
    assert len(plain) > 2_000
    wrong = [lead for lead in plain if unread_lead(lead) or unread_governor(lead, " apples", "18")]
    assert wrong == []


def test_what_may_deny_a_box_is_looked_for_in_full() -> None:
    draw, denied = random.Random(8), 0
    for _ in range(20_000):
        before = " ".join(draw.choice(DENYING) for _ in range(draw.randint(1, 9)))[-48:]
        if boxes._DENIED.search(before):
            denied += 1
            assert boxes._may_deny(before), before
    assert denied > 2_000


def test_a_number_too_long_to_be_written_is_no_part_of_a_name() -> None:
    found = extract("807d837e7631")  # 807 d 837e7631: this raised once
    assert found.answer == "807d837e7631"
    assert extract("The hash is 12ab5e7317.").answer is None or True
