"""Tests that a prompt shows: only what is plainly one."""

from __future__ import annotations

import time

import pytest

from verirs.answering import examples_in

ASSERTS = "Write a function to add.\nassert add(1, 2) == 3\n`assert add(0, 0) == 0`"
SESSION = (
    'def add(a, b):\n    """Adds.\n    >>> add(1, 2)\n    3\n    >>> add([1], [2])\n    [1, 2]\n    """\n'
)
CONTEST = """Read n numbers, print the sum.

Input

The first line holds n.

Output

One number.

Examples

Input

3
1 2 3

Output

6

Note

1 + 2 + 3 = 6."""
NUMBERED = """Sum.

**Sample Input 1:**
```
1 2
```
**Sample Output 1:**
```
3
```
### Sample Input 2
5

### Sample Output 2
5"""


def test_asserts_and_sessions() -> None:
    found = examples_in(ASSERTS)
    assert found is not None and found.entry_point == "add" and found.count == 2
    found = examples_in(SESSION)
    assert found is not None and found.entry_point == "add"
    assert found.tests == "assert (add(1, 2)) == (3)\nassert (add([1], [2])) == ([1, 2])"


def test_sample_inputs_and_outputs() -> None:
    found = examples_in(CONTEST)
    assert found is not None and found.tests == ({"input": "3\n1 2 3\n", "output": "6\n"},)
    found = examples_in(NUMBERED)
    assert found is not None
    assert found.tests == (
        {"input": "1 2\n", "output": "3\n"},
        {"input": "5\n", "output": "5\n"},
    )


@pytest.mark.parametrize(
    "prompt",
    [
        "What is 6 x 7?",
        "Input\n\nThe first line holds n.\n\nOutput\n\nThe sum.",
        "I assert that f(1) == 2 holds. Prove it.",
        ">>> print('x')\nx",
        ">>> f(1)\n<object at 0x1>",
        "Example\n\nInput\n\n3",
        "assert len([1]) == 1",
        "assert f(1) == g(2)",
        "x" * 300_000 + "\nassert f(1) == 2",
        ">>> f(1)\n" + "(" * 10_000,
    ],
)
def test_what_is_no_test_is_none(prompt: str) -> None:
    assert examples_in(prompt) is None


def test_of_several_functions_the_one_that_is_defined_last_is_asked_for() -> None:
    found = examples_in("assert helper(1) == 1\ndef main(x):\n    ...\nassert main(2) == 3")
    assert found is not None and (found.entry_point, found.count) == ("main", 1)


def test_those_of_another_function_are_not_what_is_asked_for() -> None:
    prompt = "assert helper(1) == 1\nassert helper(2) == 2\nassert main(2) == 3"
    found = examples_in(prompt, "main")
    assert found is not None and (found.entry_point, found.count) == ("main", 1)
    assert examples_in(prompt, "other") is None
    assert examples_in("Sample Input\n1\nSample Output\n2", "main") is None  # a program, no function


MANY = 199_000


@pytest.mark.parametrize(
    "prompt",
    [
        "assert f(1)" + "`" * MANY + "x",
        "assert " + " " * MANY + "x",
        "Example" + " " * MANY + "x",
        "Sample Input" + " \t" * 90_000 + "x\n1\nSample Output\n2",
        (" " * 1000 + "x\n") * 190,
        (" " * 400 + "#\n") * 490,
        "".join(" " * i + ">>> f(1)\n" for i in range(600)),
        "**" * 90_000,
        "assert f(1) == (" + "not " * 40_000 + "1)",
        "assert f(1) == " + "-" * MANY + "1",
        ">>> f(1)\n" + "-" * 90_000 + "1",
    ],
    ids=range(11),
)
def test_a_prompt_that_is_made_to_be_looked_at_for_ever_is_not(prompt: str) -> None:
    begun = time.process_time()
    assert examples_in(prompt) is None
    assert time.process_time() - begun < 2


def test_blanks_and_marks_around_tests_are_none_of_them() -> None:
    wanted = examples_in("assert f(1) == 2\nassert f(2) == 3")
    assert wanted is not None and wanted.count == 2
    assert examples_in("> `assert f(1) == 2` \t\n\t ```assert f(2) == 3```") == wanted
    wide = "\t  Sample \t Input  1 :  \n1\n" + " " * 500 + "Sample Output 1\n2\n"
    found = examples_in(wide)
    assert found is not None and found.tests == ({"input": "1\n", "output": "2\n"},)
    assert examples_in("Sample Input" + " " * 200 + "is below\n1\nSample Output\n2") is None
