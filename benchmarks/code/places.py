# ruff: noqa: E501
"""Places and spellings in which test code may hold a check, from bare asserts to fixtures and subclasses.

Each is a template around a check that holds (``GOOD``) and one more (``CLAIM``, an expression); a judge that
loses the second passes programs that it refutes. ``sees`` says which real runner of the file notices.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One place: its name, the test code, and who notices a false claim: ``python``, ``pytest``, ``both``."""

    name: str
    code: str
    sees: str

    def tests(self, good: str, claim: str) -> str:
        """The test code with an expression that holds and one more."""
        return textwrap.dedent(self.code).strip().replace("GOOD", good).replace("CLAIM", f"({claim})") + "\n"


_UNIT = "import unittest\n"

PLACES = (
    Place("assert after assert", "assert GOOD\nassert CLAIM", "both"),
    Place("assert before assert", "assert CLAIM\nassert GOOD", "both"),
    Place("with a message", "assert GOOD\nassert CLAIM, 'no'", "both"),
    Place("in a condition", "assert GOOD\nif True:\n    assert CLAIM", "both"),
    Place("in an else", "assert GOOD\nif not 1:\n    pass\nelse:\n    assert CLAIM", "both"),
    Place("in a loop", "assert GOOD\nfor i in range(2):\n    assert CLAIM", "both"),
    Place("after a loop", "assert GOOD\nfor i in range(2):\n    pass\nelse:\n    assert CLAIM", "both"),
    Place("in a while", "assert GOOD\nn = 1\nwhile n:\n    n -= 1\n    assert CLAIM", "both"),
    Place("in a try", "assert GOOD\ntry:\n    assert CLAIM\nfinally:\n    pass", "both"),
    Place("in a finally", "try:\n    assert GOOD\nfinally:\n    assert CLAIM", "both"),
    Place("in a with", "import contextlib\nassert GOOD\nwith contextlib.nullcontext():\n    assert CLAIM", "both"),
    Place("in a match", "assert GOOD\nmatch 1:\n    case 1:\n        assert CLAIM", "both"),
    Place("a raise", "assert GOOD\nif not CLAIM:\n    raise ValueError('no')", "both"),
    Place("a raise at the end", "assert GOOD\nr = CLAIM\nif not r:\n    raise SystemExit(1)", "both"),
    Place("an exit", "import sys\nassert GOOD\nif not CLAIM:\n    sys.exit(1)", "both"),
    Place("all over a list", "assert GOOD\nassert all([CLAIM, True])", "both"),
    Place("by a lambda", "assert GOOD\nt = lambda: CLAIM\nassert t()", "both"),
    Place("by a helper", "def same(x):\n    assert x\nassert GOOD\nsame(CLAIM)", "both"),
    Place("by a helper that answers", "def ok():\n    return CLAIM\nassert GOOD\nassert ok()", "both"),
    Place("in a nested function", "def t():\n    def u():\n        assert CLAIM\n    u()\nassert GOOD\nt()", "both"),
    Place("in a class body", "assert GOOD\nclass T:\n    assert CLAIM", "both"),
    Place("in a guard", "assert GOOD\nif __name__ == '__main__':\n    assert CLAIM", "python"),
    Place("in the guard's main", "def main():\n    assert CLAIM\nassert GOOD\nif __name__ == '__main__':\n    main()",
          "python"),
    Place("in a guard with more", "assert GOOD\nif __name__ == '__main__' and 1:\n    assert CLAIM", "python"),
    Place("a test function", "def test_a():\n    assert GOOD\ndef test_b():\n    assert CLAIM", "pytest"),
    Place("a test function after asserts", "assert GOOD\ndef test_b():\n    assert CLAIM", "pytest"),
    Place("a default argument", "def test_a():\n    assert GOOD\ndef test_b(n=1):\n    assert CLAIM", "pytest"),
    Place("a fixture", "import pytest\n@pytest.fixture\ndef one():\n    return 1\ndef test_a():\n    assert GOOD\n"
          "def test_b(one):\n    assert one and CLAIM", "pytest"),
    Place("a fixture that checks", "import pytest\n@pytest.fixture(autouse=True)\ndef one():\n    yield\n"
          "    assert CLAIM\ndef test_a():\n    assert GOOD", "pytest"),
    Place("a builtin fixture", "def test_a():\n    assert GOOD\ndef test_b(tmp_path):\n    assert CLAIM", "pytest"),
    Place("parameters", "import pytest\n@pytest.mark.parametrize('n', [0, 1])\ndef test_a(n):\n"
          "    assert GOOD if n == 0 else CLAIM", "pytest"),
    Place("two parameters", "import pytest\n@pytest.mark.parametrize('a, b', [(1, 1), pytest.param(1, 2, id='x')])\n"
          "def test_a(a, b):\n    assert GOOD if a == b else CLAIM", "pytest"),
    Place("parameters of a fixture", "import pytest\n@pytest.fixture(params=[1, 2])\ndef n(request):\n"
          "    return request.param\ndef test_a(n):\n    assert GOOD if n == 1 else CLAIM", "pytest"),
    Place("a mark", "import pytest\ndef test_a():\n    assert GOOD\n@pytest.mark.slow\ndef test_b():\n    assert CLAIM",
          "pytest"),
    Place("a test class", "def test_a():\n    assert GOOD\nclass TestB:\n    def test_b(self):\n        assert CLAIM",
          "pytest"),
    Place("an inherited test", "class Base:\n    def test_b(self):\n        assert CLAIM\nclass TestB(Base):\n"
          "    def test_a(self):\n        assert GOOD", "pytest"),
    Place("a setup method", "class TestB:\n    def setup_method(self):\n        assert CLAIM\n    def test_a(self):\n"
          "        assert GOOD", "pytest"),
    Place("a static test", "class TestB:\n    def test_a(self):\n        assert GOOD\n    @staticmethod\n"
          "    def test_b():\n        assert CLAIM", "pytest"),
    Place("a test made by another name", "def test_a():\n    assert GOOD\ndef made():\n    def t():\n"
          "        assert CLAIM\n    return t\ntest_b = made()", "pytest"),
    Place("a test in a condition", "def test_a():\n    assert GOOD\nif True:\n    def test_b():\n        assert CLAIM",
          "pytest"),
    Place("a test that another calls", "def test_a():\n    assert CLAIM\ndef test_b():\n    assert GOOD\n"
          "def unused():\n    test_a()", "pytest"),
    Place("a failing call", "import pytest\ndef test_a():\n    assert GOOD\n    if not CLAIM:\n        pytest.fail('no')",
          "pytest"),
    Place("an exception that does not come", "import pytest\ndef test_a():\n    assert GOOD\n"
          "    if not CLAIM:\n        with pytest.raises(ValueError):\n            pass", "pytest"),
    Place("unittest", _UNIT + "class A(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(GOOD)\n"
          "    def test_b(self):\n        self.assertTrue(CLAIM)", "pytest"),
    Place("a derived case", _UNIT + "class A(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(GOOD)\n"
          "class B(A):\n    def test_b(self):\n        self.assertTrue(CLAIM)", "pytest"),
    Place("a case by another name", "from unittest import TestCase as TC\ndef test_a():\n    assert GOOD\nclass B(TC):\n"
          "    def test_b(self):\n        self.assertTrue(CLAIM)", "pytest"),
    Place("a mixin", _UNIT + "class M:\n    def test_b(self):\n        self.assertTrue(CLAIM)\n"
          "class B(M, unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(GOOD)", "pytest"),
    Place("a coroutine test", _UNIT + "class B(unittest.IsolatedAsyncioTestCase):\n    def test_a(self):\n"
          "        self.assertTrue(GOOD)\n    async def test_b(self):\n        self.assertTrue(CLAIM)", "pytest"),
    Place("a subtest", _UNIT + "class B(unittest.TestCase):\n    def test_a(self):\n        for c in (0, 1):\n"
          "            with self.subTest(c=c):\n                self.assertTrue(GOOD if c else CLAIM)", "pytest"),
    Place("setUp", _UNIT + "class B(unittest.TestCase):\n    def setUp(self):\n        self.assertTrue(CLAIM)\n"
          "    def test_a(self):\n        self.assertTrue(GOOD)", "pytest"),
    Place("tearDown", _UNIT + "class B(unittest.TestCase):\n    def tearDown(self):\n        self.assertTrue(CLAIM)\n"
          "    def test_a(self):\n        self.assertTrue(GOOD)", "pytest"),
    Place("setUpClass", _UNIT + "class B(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n"
          "        assert CLAIM\n    def test_a(self):\n        self.assertTrue(GOOD)", "pytest"),
    Place("a cleanup", _UNIT + "class B(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(GOOD)\n"
          "        self.addCleanup(lambda: self.assertTrue(CLAIM))", "pytest"),
    Place("a skipped test beside", _UNIT + "class B(unittest.TestCase):\n    @unittest.skip('later')\n"
          "    def test_a(self):\n        self.assertTrue(GOOD)\n    def test_b(self):\n        self.assertTrue(CLAIM)",
          "pytest"),
    Place("unittest's main", _UNIT + "class B(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(GOOD)\n"
          "    def test_b(self):\n        self.assertTrue(CLAIM)\nif __name__ == '__main__':\n    unittest.main()",
          "both"),
    Place("a runner whose result is lost", _UNIT + "class B(unittest.TestCase):\n    def test_a(self):\n"
          "        self.assertTrue(GOOD)\n    def test_b(self):\n        self.assertTrue(CLAIM)\n"
          "unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(B))", "pytest"),
    Place("check(candidate)", "def check(candidate):\n    assert GOOD\n    for _ in [0]:\n        assert CLAIM", "none"),
    Place("check, called", "def check(candidate):\n    assert GOOD\n    assert CLAIM\ncheck(ENTRY)", "both"),
    Place("check with a tolerance", "def check(candidate, tol=1e-6):\n    assert GOOD\n    assert CLAIM", "none"),
    Place("a coroutine that is run", "import asyncio\nasync def main():\n    assert CLAIM\nassert GOOD\n"
          "asyncio.run(main())", "both"),
    Place("a coroutine that is forgotten", "assert GOOD\nasync def more():\n    assert CLAIM", "none"),
    Place("a function that is forgotten", "assert GOOD\ndef more():\n    assert CLAIM", "none"),
    Place("a thread", "import threading\nbad = []\ndef t():\n    if not CLAIM:\n        bad.append(1)\n"
          "th = threading.Thread(target=t)\nth.start()\nth.join()\nassert GOOD and not bad", "both"),
)  # fmt: skip
