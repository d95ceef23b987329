"""Tests that end before they ask, answers of richer classes, exits and checks that cannot fail."""

from __future__ import annotations

import pytest

from verirs import grade_many
from verirs.errors import SandboxError

GOOD = "def f(x):\n    return 2 * x"
ORDERED = "from collections import OrderedDict\n"
MADE = ORDERED + "def f():\n    d = OrderedDict(b=2, a=1)\n    d.move_to_end('b')\n    return d"
COUNT = "from collections import Counter\ndef f(s):\n    return Counter(s)"
POINT = "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(x):\n    return P(x, 2)"
LIAR = "class S(str):\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return S('a')"
UNIT = "import unittest\nclass T(unittest.TestCase):\n    def {}(self):\n        {}\n"
CASES = (
    (MADE, ORDERED + "assert f() == OrderedDict([('a', 1), ('b', 2)])", "pass"),
    (MADE, ORDERED + "assert f() == OrderedDict([('b', 2), ('a', 1)])", "fail"),
    (MADE, "r = f()\nassert list(r.items()) == [('a', 1), ('b', 2)]", "pass"),
    (MADE, "r = f()\nassert [k for k in r] == ['b', 'a']", "fail"),
    ("def f(d):\n    return list(d)", ORDERED + "assert f(OrderedDict(a=1, b=2)) == ['a', 'b']", "pass"),
    (
        "def f(d):\n    d.popitem()",
        ORDERED + "d = OrderedDict(a=1, b=2)\nf(d)\nassert list(d) == ['a']",
        "pass",
    ),
    (GOOD, "def helper():\n    assert f(2) == 4", "abstain"),
    (GOOD, "def test():\n    raise ValueError('todo')\n    assert f(2) == 4", "abstain"),
    (GOOD, "def test():\n    raise ValueError('todo')\n    assert f(2) == 4\ntest()", "abstain"),
    (GOOD, UNIT.format("setUp", "raise OSError\n    def test_a(self):\n        assert f(2) == 4"), "abstain"),
    (GOOD, UNIT.format("test_a", "self.fail()\n        self.assertEqual(f(2), 4)"), "abstain"),
    (GOOD, "import pytest\ndef test():\n    pytest.fail('todo')\n    assert f(2) == 4", "abstain"),
    (GOOD, "assert 1 == 2\nx = f(2)\nassert x == 4", "abstain"),
    (GOOD, "raise RuntimeError('x')\nassert f(2) == 4", "abstain"),
    (GOOD, "assert isinstance(f, int)\nassert f(2) == 4", "fail"),
    (GOOD, "if callable(f):\n    raise ValueError\nassert f(2) == 4", "fail"),
    (GOOD, "def test():\n    if f(2) == 4:\n        raise ValueError", "fail"),
    ("def g(x):\n    return 4", "def test():\n    assert f(2) == 4", "fail"),
    (COUNT, "assert f('aab')['z'] == 0", "pass"),
    (COUNT, "assert f('aab')['z'] == 1", "fail"),
    (COUNT, "assert str(f('aab')) == \"Counter({'a': 2, 'b': 1})\"", "pass"),
    (COUNT, "assert f('aab') == {'a': 2, 'b': 1, 'c': 0}", "fail"),
    (COUNT, "assert str(f('aab')) == \"{'a': 2, 'b': 1}\"", "fail"),
    (COUNT, "assert f('aab') == {'a': 2, 'b': 2}", "fail"),
    (POINT, "assert str(f(1)) == 'P(x=1, y=2)'", "pass"),
    (LIAR, "assert f(1) == 'b'", "fail"),
    ("def f(s):\n    return {}", "assert f('aab')['z'] == 0", "fail"),
    (
        "def f(x):\n    return 5",
        "def test():\n    assert f(1) == 5\n    exit()\n    assert f(2) == 4",
        "abstain",
    ),
    ("def f(x):\n    return 5", "for x in (1, 2):\n    assert f(x) == 6 - x\n    exit()", "abstain"),
    (GOOD, "import sys\ndef test():\n    assert f(2) == 4\n    sys.exit()\ntest()", "pass"),
    (GOOD, "assert f(f(2)) == 8\nexit()", "pass"),
    (GOOD, "assert (f(2) == 5, 'm')", "abstain"),
    (GOOD, "def test():\n    assert (f(2) == 5, 'm')", "abstain"),
    (GOOD, "import no_such_module_here\nassert f(2) == 4", "abstain"),
    (GOOD, "from no_such_module_here import x\nassert f(f(2)) == 8", "abstain"),
)


def test_every_case_gets_the_verdict_it_deserves() -> None:
    rows = [{"text": program, "tests": tests, "entry_point": "f"} for program, tests, _ in CASES]
    try:
        scores = grade_many("code", rows)
    except SandboxError as error:
        pytest.skip(f"no sandbox here: {error}")
    wrong = [
        f"{tests!r}: {score.verdict}, not {due}: {score.reason}"
        for (_, tests, due), score in zip(CASES, scores, strict=True)
        if score.verdict != due
    ]
    assert not wrong, "\n".join(wrong)
