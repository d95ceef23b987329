"""Tests that a prompt shows: only what is plainly one."""

from __future__ import annotations

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
