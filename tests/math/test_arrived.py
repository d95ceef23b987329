"""Plain closing sentences: they state the number that their text arrived at, of several the new one or the
calculated one. The shapes are those of zero-shot completions in
https://github.com/kojima-takeshi188/zero_shot_cot and
https://github.com/StanchPillow55/Algoverse-Self-Correction-Classification, in own words and numbers.
"""

from __future__ import annotations

import pytest

from verirs import grade

STATED = (
    (
        "24",
        "There are 6 lessons a day.\n"
        "The board is wiped 4 times in each.\n"
        "That means that there are 24 wipes.",
    ),
    (
        "6",
        "The tin holds 18 nuts. Half of them are cracked, which leaves 9.\n"
        "Three are dropped.\n"
        "Each child gets 6 nuts.",
    ),
    ("240", "She packs 48 eggs a day. In a week of 5 days she packs 240 eggs."),
    ("60%", "12 of the pupils sing. 12 is a part of all 20.\n\n12 pupils are 60% of them."),
    ("81", "He has 27 pears. 27 pears at $3 each is $81."),
    ("270", "Five bags of 50 beads each.\nThat's 5 times 50, or 250.\nThat's 250 plus 20, or 270."),
    (
        "17",
        "There were 43 players.\n26 of them were called back.\nThat means that 17 players did not make it.",
    ),
    (
        "40",
        "Girls in all: 120. In the club: 80.\n"
        "120 - 80 = 40\n"
        "\n"
        "Therefore, the number of girls not in the club is 40.",
    ),
    ("6", "24 / 4 = 6 marbles\n\nFinal answer: Each person would have 6 marbles."),
    ("4", "20 - 16 = 4\n\n**Final Answer:**\n\nJohn lost to 4 people."),
    (
        "60",
        "20 kilograms at $3 each cost $60.\n"
        "20 * 3 = 60\n"
        "\n"
        "Final answer: Sam would have to spend $60 to make 4 liters of juice.",
    ),
    (
        "8",
        "We don't know which cats were sold, but we do know that 10 were.\n"
        "18 - 10 = 8\n"
        "The store has 8 cats left.",
    ),
    ("6", "He had 57 games and sold 39.\n57 - 39 is 18.\nSince he packs 3 in each box, he needs 6 boxes."),
    (
        "40",
        "There are 9 guests. 4 cannot come, so 5 can. Each can have 8 tarts, which means 40 tarts in total.",
    ),
)
OPEN = (
    ("7", "We start with the 7 hats of Zoe.\nDavid has 30 more.\n\nZoe has 7 hats."),
    ("5", "Tom thinks it is 4. In other words, Jane has 5."),
    ("18", "On trouve 24. Attention, la réponse fausse la plus fréquente est 18"),
    ("30", "There were 40 and 10 left.\nSo there are 30 left over that do not count."),
    ("16", "Ann has 12. The others have 16 or 18."),
    ("27", "The edge is 3. The number of cubes fails to be 27"),
    ("8", "There are 3 switches. The total number of states is 8^3."),
    ("120", "If the seats are labelled, 720. If rotations are the same, 120. I leave both."),
    ("40", "Sam has 40 caps. Lea has 15 caps and Bo has 25 caps."),
    ("265", "That's 250 plus 20, or 265."),
    ("0", "The program prints 34.\n\nProcess finished with exit code 0"),
    ("17", "43 - 26 = 17\n17 is not the number that was asked."),
)


@pytest.mark.parametrize(("gold", "text"), STATED)
def test_a_plain_sentence_states_what_its_text_arrived_at(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).passed


@pytest.mark.parametrize(("gold", "text"), OPEN)
def test_another_sentence_does_not(gold: str, text: str) -> None:
    assert not grade("math", answer=gold, text=text).passed


LISTED = (
    (
        "83, 78",
        "y = 83\n\nx + 83 = 161\n\nx = 78\n\nSo there are 78 stools with three legs and 83 with four.",
    ),
    ("10, 17", "y = x + 7 = 10 + 7 = 17\n\nTherefore, Sam is 10 years old and Masc is 17 years old."),
    ("6, 30", "6 * 5 = 30\n0.30 + 3.00 = 3.30\n\nSo our answer of 6 nickels and 30 dimes is correct."),
    ("36", "g + 32 = 68\ng = 36\n\nSo our answer of 36 girls is correct."),
    ("47", "x = 47\n\nTherefore, the number is 47. \n\nSo the solution is correct."),
    ("17", "3X = X + 34\nX = 17\n\nTherefore, the unknown number is 17."),
)
"""The shapes of ChatGPT's texts in https://github.com/lab-v2/ChatGPT_MWP_eval, in own words."""
NOT_LISTED = (
    ("2, 5", "x = 2\nx = 5\nThe excluded values are 2 and 5."),
    ("2, 5", "x = 2\nx = 5\nSo x lies between 2 and 5."),
    ("2, 5", "x = 2\nx = 5\nSo it is at least 2 and at most 5."),
    ("2, 5", "x = 2\nx = 5\nThe sum of 2 and 5 is needed."),
    ("2, 5", "x = 2\nx = 5\nNow multiply 2 by 5."),
    ("2, 5", "x = 2\nx = 5\nIt ranges from 2 to 5."),
    ("2, 5", "x = 2\nx = 5\nThere are 2 legs for 5 heads."),
    ("5", "She had a wrong total.\n10 / 2 = 5\nWrong total: 5"),
    ("5", "She had a wrong total.\n10 / 2 = 5\nTotal of the other attempt: 5"),
    ("6", "There are 18 pens. We still have to double 6."),
    ("6", "There are 18 pens. He should subtract 6."),
    ("6", "There are 18 pens. That is half of 6."),
    ("6", "There are 18 pens. The limit is 6."),
    ("83, 78", "x = 78\n\nSo there are 78 stools with three legs, 83 with four and 5 with none."),
    ("83, 78", "x = 78\n\nSo there are 78 stools with three legs or 83 with four."),
    ("83, 78", "x = 78\n\nThe others say that there are 78 stools with three legs and 83 with four."),
    ("32", "The two crates hold 40 melons. Since 8 of these 40 are rotten, 32 or 31 can be sold."),
    ("40", "The two crates hold 25 + 15 = 40 melons. Since 8 of these 40 are rotten, 32 can be sold."),
    ("50", "It can take 50 people. 13 seats were empty. So 37 people came, clearly below the limit of 50."),
    ("66", "My notes said 66. With the 12 it comes to 36, so please ignore the 66."),
    ("28", "2024 is a leap year. So we count 29 days; 28 would hold for 2023."),
)


@pytest.mark.parametrize(("gold", "text"), LISTED)
def test_several_numbers_and_confirmed_ones_are_stated_too(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).passed


@pytest.mark.parametrize(("gold", "text"), NOT_LISTED)
def test_what_leaves_them_open_does_not(gold: str, text: str) -> None:
    assert not grade("math", answer=gold, text=text).passed
