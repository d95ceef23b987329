# ruff: noqa: E501
"""What a verdict on code means: programs and tests as people write them, in our words and values.

Each row: where somebody reports or documents the kind, the program, the tests, and the verdict it deserves.
A program called right passes with plain Python (or pytest); one called wrong does not.
"""

from __future__ import annotations

KODCODE = "https://huggingface.co/datasets/KodCode/KodCode-V1"
BIGCODE = "https://huggingface.co/datasets/bigcode/bigcodebench"
LEETCODE = "https://huggingface.co/datasets/newfacade/LeetCodeDataset"
ACECODE = "https://huggingface.co/datasets/TIGER-Lab/AceCode-87K"
HUMANEVAL = "https://github.com/openai/human-eval/issues/60"
EVALPLUS = "https://github.com/evalplus/evalplus/issues/125"
INPLACE = "https://github.com/QuBenhao/LeetCode/issues/13"
FORGED = "https://github.com/huggingface/OpenEnv/issues/1199"
FIXTURE = "https://github.com/pytest-dev/pytest/issues/9032"
COLLECT = "https://docs.pytest.org/en/stable/explanation/goodpractices.html"
PARAMETERS = "https://docs.pytest.org/en/stable/how-to/parametrize.html"
CAPTURE = "https://docs.pytest.org/en/stable/how-to/capture-stdout-stderr.html"
PATCHING = "https://docs.pytest.org/en/stable/how-to/monkeypatch.html"
UNITTEST = "https://docs.python.org/3/library/unittest.html"
MOCK = "https://docs.python.org/3/library/unittest.mock.html"
IMPORTS = "https://github.com/FastEval/FastEval/issues/24"

STACK = "class Stack:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def pop(self):\n        if not self.items: raise IndexError('empty')\n        return self.items.pop()\n    def __len__(self): return len(self.items)\n    def __iter__(self): return iter(self.items)"
VECTOR = "class V:\n    def __init__(self, x, y): self.x, self.y = x, y\n    def __add__(self, o): return V(self.x + o.x, self.y + o.y)\n    def __eq__(self, o): return isinstance(o, V) and (self.x, self.y) == (o.x, o.y)\n    def __repr__(self): return f'V({self.x}, {self.y})'"
LIST = "class Node:\n    def __init__(self, v, nxt=None): self.v, self.nxt = v, nxt\ndef build(a):\n    h = None\n    for x in reversed(a): h = Node(x, h)\n    return h\ndef flat(h):\n    out = []\n    while h: out.append(h.v); h = h.nxt\n    return out\n"

CASES: tuple[tuple[str, str, str, str, str], ...] = (
    # source, what, program, tests, verdict (entry point: the first def or class of the program)
    (INPLACE, "sorted in place", "def f(a): a.sort()", "a = [3, 1, 2]\nf(a)\nassert a == [1, 2, 3]", "pass"),
    (INPLACE, "not in place", "def f(a): return sorted(a)", "a = [3, 1, 2]\nf(a)\nassert a == [1, 2, 3]", "fail"),
    (INPLACE, "a matrix in place", "def f(m):\n    m[:] = [list(r) for r in zip(*m[::-1])]", "def check(candidate):\n    m = [[1, 2], [3, 4]]\n    candidate(m)\n    assert m == [[3, 1], [4, 2]]", "pass"),
    (INPLACE, "inner lists in place", "def f(m):\n    for r in m: r.reverse()", "m = [[1, 2], [3]]\nrow = m[0]\nf(m)\nassert row == [2, 1]", "pass"),
    (INPLACE, "the argument must stay", "def f(a):\n    a.append(0)\n    return a[:-1]", "a = [1]\nassert f(a) == [1]\nassert a == [1]", "fail"),
    (INPLACE, "a dict and a set changed", "def f(d, s):\n    d['k'] = 1\n    s.add(2)", "d, s = {}, set()\nf(d, s)\nassert d == {'k': 1} and s == {2}", "pass"),
    (LEETCODE, "nodes of the tests", "def f(h):\n    p = None\n    while h: h.nxt, p, h = p, h, h.nxt\n    return p", LIST + "assert flat(f(build([1, 2, 3]))) == [3, 2, 1]", "pass"),
    (LEETCODE, "nodes of the tests, wrong", "def f(h): return h", LIST + "assert flat(f(build([1, 2, 3]))) == [3, 2, 1]", "fail"),
    (KODCODE, "a class", STACK, "from solution import Stack\ndef test_a():\n    s = Stack()\n    s.push(1); s.push(2)\n    assert len(s) == 2 and s.pop() == 2 and list(s) == [1]", "pass"),
    (KODCODE, "a class, wrong", STACK.replace("pop()", "pop(0)"), "from solution import Stack\ndef test_a():\n    s = Stack()\n    s.push(1); s.push(2)\n    assert s.pop() == 2", "fail"),
    (KODCODE, "raises", STACK, "import pytest\nfrom solution import Stack\ndef test_a():\n    with pytest.raises(IndexError, match='empty'):\n        Stack().pop()", "pass"),
    (KODCODE, "raises another", STACK.replace("IndexError", "KeyError"), "import pytest\nfrom solution import Stack\ndef test_a():\n    with pytest.raises(IndexError):\n        Stack().pop()", "fail"),
    (KODCODE, "an exception of its own", "class Low(ValueError):\n    def __init__(self, need): super().__init__(f'need {need}'); self.need = need\ndef f(x):\n    if x < 5: raise Low(5 - x)\n    return x", "import pytest\nfrom solution import f, Low\ndef test_a():\n    with pytest.raises(Low) as e:\n        f(2)\n    assert e.value.need == 3 and str(e.value) == 'need 3'\n    with pytest.raises(ValueError):\n        f(1)", "pass"),
    (KODCODE, "an assertion of the program", "def f(x):\n    assert x > 0, 'positive'\n    return x", "import pytest\ndef test_a():\n    with pytest.raises(AssertionError):\n        f(-1)", "pass"),
    (KODCODE, "equality of its own", VECTOR, "assert V(1, 2) + V(3, 4) == V(4, 6)\nassert repr(V(1, 2)) == 'V(1, 2)'", "pass"),
    (KODCODE, "equality that lies", VECTOR.replace("return isinstance(o, V) and (self.x, self.y) == (o.x, o.y)", "return True").replace("self.y + o.y", "0"), "assert V(1, 2) + V(3, 4) == V(4, 6)", "fail"),
    (KODCODE, "an enum", "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\ndef f(n): return Color(n)", "from solution import f, Color\ndef test_a():\n    assert f(1) == Color.RED and f(2).name == 'BLUE' and f(1) is Color.RED\n    assert [c.value for c in Color] == [1, 2]", "pass"),
    (KODCODE, "a generator without end", "def f():\n    a, b = 0, 1\n    while True:\n        yield a\n        a, b = b, a + b", "from itertools import islice\nassert list(islice(f(), 7)) == [0, 1, 1, 2, 3, 5, 8]", "pass"),
    (KODCODE, "the end of an iterator", "class Count:\n    def __init__(self, n): self.n = n\n    def __iter__(self): return self\n    def __next__(self):\n        if not self.n: raise StopIteration\n        self.n -= 1\n        return self.n", "import pytest\nc = Count(2)\nassert list(c) == [1, 0]\ndef test_end():\n    with pytest.raises(StopIteration):\n        next(Count(0))", "pass"),
    (KODCODE, "a closure", "def f(n):\n    def g(x): return x + n\n    return g", "assert f(2)(3) == 5", "pass"),
    (KODCODE, "a decorator", "def f(g):\n    seen = {}\n    def w(x):\n        if x not in seen: seen[x] = g(x)\n        return seen[x]\n    return w", "calls = []\n@f\ndef slow(x):\n    calls.append(x)\n    return x * x\nassert slow(3) == 9 and slow(3) == 9 and calls == [3]", "pass"),
    (KODCODE, "a retry that gives up", "def f(g):\n    for _ in range(3):\n        try: return g()\n        except ValueError as e: last = e\n    raise last", "import pytest\nn = []\ndef bad():\n    n.append(1)\n    raise ValueError('no')\ndef test_a():\n    with pytest.raises(ValueError, match='no'):\n        f(bad)\n    assert len(n) == 3", "pass"),
    (KODCODE, "coroutines together", "import asyncio\nasync def f(x):\n    await asyncio.sleep(0.01)\n    return 2 * x", "import asyncio\nasync def main():\n    return await asyncio.gather(f(1), f(2))\nassert asyncio.run(main()) == [2, 4]", "pass"),
    (KODCODE, "a context manager", "class f:\n    def __enter__(self): self.open = True; return self\n    def __exit__(self, *a): self.open = False", "with f() as c:\n    assert c.open\nassert not c.open", "pass"),
    (KODCODE, "a mark for coroutines", "async def f(x): return x", "import pytest\n@pytest.mark.asyncio\nasync def test_a():\n    assert await f(1) == 2", "fail"),
    (BIGCODE, "patched library", "import os\ndef task_func(p): return sorted(os.listdir(p))", "import unittest\nfrom unittest.mock import patch\nclass TestCases(unittest.TestCase):\n    @patch('os.listdir')\n    def test_a(self, m):\n        m.return_value = ['b', 'a']\n        self.assertEqual(task_func('/x'), ['a', 'b'])\n        m.assert_called_once_with('/x')", "pass"),
    (BIGCODE, "patched library, wrong", "import os\ndef task_func(p): return os.listdir(p)", "import unittest\nfrom unittest.mock import patch\nclass TestCases(unittest.TestCase):\n    @patch('os.listdir')\n    def test_a(self, m):\n        m.return_value = ['b', 'a']\n        self.assertEqual(task_func('/x'), ['a', 'b'])", "fail"),
    (BIGCODE, "a missing package in the tests", "def task_func(x): return x", "import unittest\nclass TestCases(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(task_func(1), 1)\n    def test_b(self):\n        import absent_package\n        self.assertEqual(task_func(2), 2)", "abstain"),
    (BIGCODE, "dates and patterns", "import datetime, re\ndef task_func(s):\n    m = re.match(r'(\\d+)-(\\d+)-(\\d+)', s)\n    return datetime.date(*map(int, m.groups()))", "import datetime\nassert task_func('2024-02-29') == datetime.date(2024, 2, 29)\nassert task_func('2024-02-29').isoformat() == '2024-02-29'", "pass"),
    (MOCK, "input replaced", "def f():\n    return int(input('n? ')) + 1", "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['4', '5']):\n    assert f() == 5\n    assert f() == 6", "pass"),
    (MOCK, "a mock is called", "def f(log, x):\n    log.info('got %s', x)\n    return x", "from unittest.mock import Mock\nlog = Mock()\nassert f(log, 2) == 2\nlog.info.assert_called_once_with('got %s', 2)", "pass"),
    (MOCK, "a mock is not called", "def f(log, x): return x", "from unittest.mock import Mock\nlog = Mock()\nassert f(log, 2) == 2\nlog.info.assert_called_once_with('got %s', 2)", "fail"),
    (CAPTURE, "printed", "def f(n):\n    for i in range(n): print(i, end=' ')", "def test_a(capsys):\n    f(3)\n    assert capsys.readouterr().out == '0 1 2 '", "pass"),
    (CAPTURE, "printed, wrong", "def f(n):\n    for i in range(n): print(i)", "def test_a(capsys):\n    f(3)\n    assert capsys.readouterr().out == '0 1 2 '", "fail"),
    (PATCHING, "the environment's clock", "import time\ndef f(): return int(time.time())", "def test_a(monkeypatch):\n    monkeypatch.setattr('time.time', lambda: 5.5)\n    assert f() == 5", "pass"),
    (PARAMETERS, "one of many fails", "def f(x): return x if x < 3 else 0", "import pytest\n@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_a(x):\n    assert f(x) == x", "fail"),
    (PARAMETERS, "stacked", "def f(a, b): return a * b", "import pytest\n@pytest.mark.parametrize('a', [1, 2])\n@pytest.mark.parametrize('b', [3, 4])\ndef test_a(a, b):\n    assert f(a, b) == a * b", "pass"),
    (FIXTURE, "a fixture that nobody defines", "def f(x): return x", "def test_a():\n    assert f(1) == 1\ndef test_b(x):\n    assert f(x) == x", "abstain"),
    (COLLECT, "a class that cannot be collected", "def f(x): return x", "class TestA:\n    def __init__(self): pass\n    def test_a(self):\n        assert f(1) == 2\ndef test_b():\n    assert f(2) == 2", "abstain"),
    (COLLECT, "a module's setup", "def f(x): return x + 1", "def setup_module():\n    global base\n    base = 1\ndef test_a():\n    assert f(base) == 2", "pass"),
    (UNITTEST, "a class's setup", "def f(x): return x + 1", "import unittest\nclass A(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls): cls.n = 4\n    def setUp(self): self.m = self.n\n    def test_a(self): self.assertEqual(f(self.m), 5)", "pass"),
    (UNITTEST, "everything skipped", "def f(x): return 0", "import unittest\n@unittest.skip('later')\nclass A(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(1), 1)", "abstain"),
    (UNITTEST, "skipped by an answer", "def f(x): return None", "import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        if f(1) is None: self.skipTest('none')\n        self.assertEqual(f(1), 1)\n    def test_b(self): self.assertIsNone(f(2))", "abstain"),
    (ACECODE, "one of the asserts is broken", "def f(x): return x", "assert f(1) == 1\nassert f(2) == undefined_name", "abstain"),
    (ACECODE, "a forgotten helper", "def f(x): return x / 3", "assert is_near(f(1), 1 / 3)", "abstain"),
    (HUMANEVAL, "the tests' name for the program", "def solve(s): return s.swapcase()", "def check(candidate):\n    assert candidate('aB') == 'Ab'\ncheck(solve)", "pass"),
    (EVALPLUS, "an answer of another type", "def f(x): return None", "assert f(1)[0] == 1", "fail"),
    (IMPORTS, "types in the prompt's words only", "from typing import List\ndef f(a: List[int]) -> List[int]: return a[::-1]", "assert f([1, 2]) == [2, 1]", "pass"),
    (FORGED, "an object equal to everything", "class E:\n    def __eq__(self, o): return True\ndef f(x): return E()", "for i in range(3):\n    assert f(i) == i", "fail"),
    (FORGED, "an end of the process", "import os\ndef f(x): os._exit(0)", "def test_a():\n    assert f(1) == 1", "fail"),
    (FORGED, "an exception that ends loops", "def f(x): raise StopIteration", "for got, want in zip(map(f, [1, 2]), [1, 4]):\n    assert got == want", "fail"),
    (FORGED, "a block that hides the failure", "import contextlib\n@contextlib.contextmanager\ndef f(x):\n    try: yield x\n    except BaseException: pass", "with f(1) as v:\n    assert v == 2", "abstain"),
    (FORGED, "an answer that is evaluated", "def f(a): return \"type('A', (), {'__eq__': lambda s, o: True})()\"", "assert eval(f([4, 6])) == 24", "fail"),
)  # fmt: skip
