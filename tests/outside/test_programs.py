# ruff: noqa: E501 - programs
"""Programs, outputs and checkers as public trackers tell of them, in our own words: what is said of each.

Each case has the address where somebody met it. ``verdict`` is what a fair judge says; ``FIRST`` how many of these
were judged so when they were first tried.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from verirs.errors import SandboxError
from verirs.sandbox import languages
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem

FIRST = "24 of 61 before this table was written"
GYM = "https://github.com/NVIDIA-NeMo/Gym/issues/2956"
LCB = "https://github.com/LiveCodeBench/LiveCodeBench/issues/"
TESTLIB = "https://github.com/MikeMirzayanov/testlib"
DMOJ = "https://docs.dmoj.ca/#/problem_format/custom_checkers"
PISTON = "https://github.com/engineer-man/piston/issues/"
FUSION = "https://github.com/bytedance/SandboxFusion/issues/"
R1 = "https://huggingface.co/datasets/open-r1/codeforces"


@dataclasses.dataclass(frozen=True)
class Case:
    what: str
    seen: str
    code: str
    output: str
    verdict: str = "pass"
    stdin: str = ""
    meta: tuple[tuple[str, Any], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


def said(**more: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(more.items())


PERMUTATION = "import sys\nn = int(open(sys.argv[1]).read())\nouf = list(map(int, open(sys.argv[2]).read().split()))\nsys.exit(0 if sorted(ouf) == list(range(1, n + 1)) else 1)"
CASES = [
    # how outputs are compared
    Case("trailing zeros of a decimal", GYM, "print('%.5f' % 2.5)", "2.5"),
    Case("more digits than the answer has", GYM, "print(1 / 3)", "0.333333"),
    Case("an exponent", GYM, "print(2e-05)", "0.00002"),
    Case("a negative zero", GYM, "print(-0.0)", "0.0"),
    Case("a whole number as a decimal", LCB + "133", "print(4.0)", "4"),
    Case("two decimals on a line", LCB + "129", "print(0.1 + 0.2, 1 / 7)", "0.3 0.142857142857"),
    Case("a decimal that is wrong", LCB + "129", "print(0.3001)", "0.3", "fail"),
    Case("a whole number that is off by one in many digits", GYM, "print(10**15 + 1)", str(10**15), "fail"),
    Case("a whole number as a decimal, off by one", GYM, "print(float(10**9 + 8))", str(10**9 + 7), "fail"),
    Case("blanks between words", TESTLIB, "print('a   b')", "a b"),
    Case("an empty line first", TESTLIB, "print('\\n7')", "7"),
    Case("blanks and an empty line last", TESTLIB, "print('7  \\n\\n')", "7\n"),
    Case("an empty line between", TESTLIB, "print('7\\n\\n8')", "7\n8", "fail"),
    Case("words on other lines", TESTLIB, "print('7 8')", "7\n8", "fail"),
    Case("the same, where a token judge is asked for", TESTLIB, "print('7 8')", "7\n8", meta=said(compare="tokens")),
    Case("yes in another case", TESTLIB, "print('yEs')", "YES"),
    Case("another word in another case", TESTLIB, "print('ALICE')", "Alice", "fail"),
    Case("the same, where case does not matter", TESTLIB, "print('ALICE')", "Alice", meta=said(compare={"case": False})),
    Case("one word more", TESTLIB, "print('7 8')", "7", "fail"),
    Case("a looser tolerance of the problem", "https://github.com/judge0/judge0/issues/291", "print(3.142)", "3.1415926", meta=said(compare={"eps": 1e-3})),
    Case("beyond it", "https://github.com/judge0/judge0/issues/291", "print(3.14)", "3.1415926", "fail", meta=said(compare={"absolute": 1e-3})),
    Case("exact lines where the problem says so", DMOJ, "print('1.0')", "1", "fail", meta=said(compare="lines")),
    Case("not a number", GYM, "print(float('nan'))", "1.5", "fail"),
    Case("no output", LCB + "118", "x = 1", "1", "fail"),
    # idioms of contest programs
    Case("exit after the answer", LCB + "96", "print(0)\nexit()\nprint(1)", "0"),
    Case("quit with 0", LCB + "96", "print(0)\nquit(0)", "0"),
    Case("exit with 1", LCB + "96", "print(0)\nexit(1)", "0", "fail"),
    Case("raising SystemExit with a text", "https://docs.python.org/3/library/sys.html#sys.exit", "print(0)\nraise SystemExit('no')", "0", "fail"),
    Case("a stack limit without end", "https://codeforces.com/blog/entry/79", "import resource\nresource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\nprint(1)", "1"),
    Case("a big thread for the recursion", "https://codeforces.com/blog/entry/94441", "import sys, threading\nsys.setrecursionlimit(1 << 20)\nthreading.stack_size(512 << 20)\ndef f(n): return n and 1 + f(n - 1)\nt = threading.Thread(target=lambda: print(f(200000)))\nt.start(); t.join()", "200000", meta=said(memory_limit_mb=256)),
    Case("deep recursion through a cache", "https://github.com/python/cpython/issues/112215", "import sys, functools\nsys.setrecursionlimit(10**6)\n@functools.cache\ndef f(n): return n and 1 + f(n - 1)\nprint(f(60000))", "60000"),
    Case("64 threads at once", PISTON + "480", "import threading\nb = threading.Barrier(65)\nts = [threading.Thread(target=b.wait) for _ in range(64)]\n[t.start() for t in ts]; b.wait(); [t.join() for t in ts]\nprint(1)", "1"),
    Case("a number of 6,000 digits as text", GYM, "print(len(str(10**6000)))", "6001"),
    Case("a text of 6,000 digits as a number", GYM, "print(int('7' * 6000) % 10)", "7"),
    Case("a byte order mark", "https://github.com/python/cpython/issues/62393", "\ufeffprint(1)", "1"),
    Case("its own file", "https://github.com/LiveCodeBench/LiveCodeBench", "import os\nprint(os.path.basename(__file__) != '', len(open(__file__).read()) > 9)", "True True"),
    Case("binary reads of all forms", "https://github.com/cheran-senthil/PyRival", "import sys\nn = int(sys.stdin.buffer.readline())\nprint(n, sys.stdin.buffer.read().split())", "2 [b'a', b'b']", stdin="2\na b\n"),
    Case("writing to the descriptor", "https://github.com/cheran-senthil/PyRival", "import os\nos.write(1, b'7\\n')", "7"),
    Case("output that a thread prints after the end", "https://github.com/LiveCodeBench/LiveCodeBench", "import threading, time\nthreading.Timer(0.1, print, ('b',)).start()\nprint('a')", "a\nb"),
    Case("a child Python", FUSION + "43", "import subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', 'print(6 * 7)'], text=True).strip())", "42"),
    # limits
    Case("2 MB of right output", FUSION + "45", "print('7 ' * 10**6)", "7 " * 10**6),
    Case("5 MB of progress on standard error", FUSION + "45", "import sys\nfor _ in range(50000): sys.stderr.write('.' * 100)\nprint(1)", "1"),
    Case("a flood", FUSION + "45", "while True: print('x' * 10**4)", "1", "fail"),
    Case("output over a limit of the user's", FUSION + "45", "print('x' * 3 * 10**6)", "x" * 3 * 10**6, "fail", options=said(output_mb=2)),
    Case("half a second is enough", R1, "for _ in range(10**5): pass\nprint(1)", "1", meta=said(time_limit=0.5)),
    Case("half a second is not enough", R1, "while True: pass", "1", "fail", meta=said(time_limit=0.5)),
    Case("sleeping", R1, "import time\ntime.sleep(60)", "1", "fail", meta=said(time_limit=0.5)),
    Case("memory of the problem", R1, "x = bytearray(b'x') * (400 << 20)\nprint(1)", "1", "fail", meta=said(memory_limit_mb=128)),
    Case("numpy within 256 MB", R1, "import numpy as np\nprint(int(np.arange(10**6).sum()))", "499999500000", meta=said(memory_limit_mb=256)),
    Case("a package that is not here", "https://github.com/bigcode-project/bigcode-evaluation-harness", "import sortedcontainers_not_here\nprint(1)", "1", "abstain"),
    Case("a module of Python 2", "https://github.com/google-deepmind/code_contests", "import Queue\nprint(1)", "1", "fail"),
    # checkers
    Case("any permutation, one that is right", TESTLIB, "print('2 1 3')", "1 2 3", stdin="3", meta=said(checker=PERMUTATION)),
    Case("any permutation, one that is wrong", TESTLIB, "print('2 2 3')", "1 2 3", "fail", stdin="3", meta=said(checker=PERMUTATION)),
    Case("any permutation, no numbers at all", TESTLIB, "print('a b c')", "1 2 3", "fail", stdin="3", meta=said(checker=PERMUTATION)),
    Case("a checker that prints 1", R1, "print('2 1 3')", "1 2 3", stdin="3", meta=said(checker="import sys\ninput_path, output_path, submission_path = sys.argv[1:4]\nn = int(open(input_path).read())\nprint(1 if sorted(map(int, open(submission_path).read().split())) == list(range(1, n + 1)) else 0)")),
    Case("a checker that prints 0", R1, "print('2 2 3')", "1 2 3", "fail", stdin="3", meta=said(checker="import sys\ninput_path, output_path, submission_path = sys.argv[1:4]\nn = int(open(input_path).read())\nprint(1 if sorted(map(int, open(submission_path).read().split())) == list(range(1, n + 1)) else 0)")),
    Case("a checker for another judge", DMOJ, "print('2 1 3')", "1 2 3", stdin="3", meta=said(checker="def check(process_output, judge_output, judge_input, **kwargs):\n    return sorted(process_output.split()) == sorted(judge_output.split())")),
    Case("a checker that fails of itself", TESTLIB, "print('2 1 3')", "1 2 3", "abstain", stdin="3", meta=said(checker="import sys\nsys.argv[9]\nsys.exit(1)")),
    # languages
    Case("C++17", PISTON + "1", "#include <iostream>\n#include <map>\nint main() { std::map<int, int> m{{1, 2}}; for (auto [k, v] : m) std::cout << k + v; }", "3", meta=said(language="cpp")),
    Case("C++ that crashes after the answer", PISTON + "1", "#include <cstdio>\n#include <cstdlib>\nint main() { puts(\"3\"); fflush(stdout); abort(); }", "3", "fail", meta=said(language="cpp")),
    Case("a language that nobody knows here", PISTON + "1", "print 3", "3", "abstain", meta=said(language="cobol")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_what_people_met_outside(case: Case) -> None:
    meta = dict(case.meta)
    if meta.get("language") in languages.available():
        try:
            languages.find(str(meta["language"]))
        except SandboxError as e:
            pytest.skip(str(e))
    problem = Problem(prompt="p", tests=({"input": case.stdin, "output": case.output},), meta=meta)
    fence = meta.get("language", "python")
    scorer = CodeScorer(**dict(case.options))
    try:
        (score,) = scorer.score([(problem, Completion(text=f"```{fence}\n{case.code}\n```"))])
    except SandboxError as e:
        pytest.skip(str(e))
    finally:
        scorer.close()
    assert score.verdict == case.verdict, score
    assert score.reason.isprintable()
