# ruff: noqa: E501 - programs
"""Checkers of every kind: what they accept counts, what they refuse fails, and what is their own fault does
neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from verirs.code.checker import read_checker
from verirs.errors import SandboxError
from verirs.sandbox import Sandbox, languages, open_sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score

# Any two numbers whose sum is the input's are right.
TESTLIB = """
import sys
def read(path):
    with open(path) as f: return f.read().split()
inp, out, ans = map(read, sys.argv[1:4])
if len(out) != 2:
    print("two numbers, please", file=sys.stderr); sys.exit(2)
if sum(map(int, ans)) != int(inp[0]):
    sys.exit(3)
sys.exit(0 if sum(map(int, out)) == int(inp[0]) else 1)
"""
PRINTS = """
import sys
def main():
    input_path, output_path, submission_path = sys.argv[1], sys.argv[2], sys.argv[3]
    n = int(open(input_path).read())
    due, got = open(output_path).read().split(), open(submission_path).read().split()
    if sum(map(int, due)) != n:
        print(0.5); return
    print(1 if len(got) == 2 and sum(map(int, got)) == n else 0)
main()
"""
PARSES = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("submission"); p.add_argument("reference"); p.add_argument("input_file")
a = p.parse_args()
got, due, n = (list(map(int, open(x).read().split())) for x in (a.submission, a.reference, a.input_file))
assert sum(due) == n[0]
print("OK" if len(got) == 2 and sum(got) == n[0] else "WA")
"""
ICPC = """
import sys
n = int(open(sys.argv[1]).read()); due = open(sys.argv[2]).read().split(); got = sys.stdin.read().split()
sys.exit(42 if len(got) == 2 and sum(map(int, got)) == n == sum(map(int, due)) else 43)
"""
FUNCTION = """
def check(input, output, answer):
    got = list(map(int, output.split()))
    assert sum(map(int, answer.split())) == int(input)
    return len(got) == 2 and sum(got) == int(input)
"""
NAMED = "def is_valid(expected, user_output, test_input):\n" + FUNCTION.partition("\n")[2].partition("\n")[
    2
].replace("output", "user_output").replace("answer", "expected").replace("int(input)", "int(test_input)")
DMOJ = """
def check(process_output, judge_output, judge_input, **kwargs):
    got = list(map(int, process_output.split()))
    return len(got) == 2 and sum(got) == int(judge_input) == sum(map(int, judge_output.split()))
"""
KINDS: dict[str, Any] = {
    "exit codes": TESTLIB, "prints": PRINTS, "parses": PARSES, "icpc": ICPC, "function": FUNCTION, "named": NAMED,
    "dmoj": DMOJ,
    "said so": {"code": "import sys\na, b, c = (list(map(int, open(x).read().split())) for x in sys.argv[1:])\n"
                "sys.exit(0 if sum(a) == sum(b) == c[0] and len(a) == 2 else 1)",
                "arguments": ["output", "answer", "input"]},
}  # fmt: skip
TESTS = ({"input": "5\n", "output": "1 4\n"}, {"input": "9\n", "output": "0 9\n"})
RIGHT = "n = int(input())\nprint(n - 2, 2)"
WRONG = "n = int(input())\nprint(n, 2)"
LAST_WRONG = "n = int(input())\nprint(n - 2, 2 if n == 5 else 3)"
SHORT = "print(int(input()))"
WORDS = "print('no idea')"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        with open_sandbox("auto", workers=1) as opened:
            yield opened
    except SandboxError as e:
        pytest.skip(str(e))


def judged(sandbox: Sandbox, checker: Any, code: str, tests: Any = TESTS) -> Score:
    problem = Problem(prompt="Split.", tests=tests, meta={"checker": checker})
    (score,) = CodeScorer(sandbox=sandbox).score([(problem, Completion(text=f"```python\n{code}\n```"))])
    return score


def broken(score: Score) -> bool:
    return score.verdict == "abstain" and score.details["status"] == "broken_tests"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_checker(sandbox: Sandbox, kind: str) -> None:
    said = {code: judged(sandbox, KINDS[kind], code) for code in (RIGHT, WRONG, LAST_WRONG, SHORT, WORDS)}
    assert said[RIGHT].passed, said[RIGHT]
    for code in (WRONG, LAST_WRONG, SHORT, WORDS):
        assert said[code].verdict == "fail", (code, said[code])
    assert said[LAST_WRONG].value == 0.5


@pytest.mark.parametrize(
    "checker",
    [
        "import sys\nsys.exit(len(sys.argv) - 1)",
        "import sys\nsys.exit(len(sys.argv[1:2]))",  # refuses the expected output, too
        "import sys\nraise ValueError('a fault of mine', sys.argv)\nsys.exit(1)",
        "def check(input, output, answer): return None",
        "import sys\nprint('hm', sys.argv)",
    ],
)
def test_a_broken_checker_is_no_verdict(sandbox: Sandbox, checker: str) -> None:
    for code in (RIGHT, WRONG):
        assert broken(judged(sandbox, checker, code, TESTS[:1]))


def test_a_checker_that_sleeps_is_no_verdict(sandbox: Sandbox) -> None:
    """Once: its limit is one of the clock."""
    assert broken(judged(sandbox, "import sys, time\ntime.sleep(len(sys.argv) * 99)", RIGHT, TESTS[:1]))


@pytest.mark.parametrize(
    "checker",
    [
        "def (",
        "x = 1",
        {"code": ""},
        {"code": TESTLIB, "order": []},
        5,
        {"code": TESTLIB, "arguments": ["x"]},
    ],
)
def test_what_is_no_checker_is_no_verdict(sandbox: Sandbox, checker: Any) -> None:
    assert judged(sandbox, checker, RIGHT).verdict == "abstain"


def test_a_program_that_ends_badly_is_not_asked_about(sandbox: Sandbox) -> None:
    code = RIGHT + "\nraise SystemExit(1)"
    score = judged(sandbox, "def check(input, output, answer): return True", code)
    assert score.verdict == "fail" and score.details["status"] == "exception"


def test_a_checker_sees_no_program_and_a_program_no_checker(sandbox: Sandbox) -> None:
    """Neither finds a file of the other, nor anything that is left of it."""
    code = RIGHT + "\nimport os\nopen('left', 'w').close()\nassert not os.path.exists('answer.txt')"
    checker = (
        "import os\ndef check(input, output, answer):\n"
        "    found = sorted(os.listdir('.'))\n    open('here', 'w').close()\n"
        "    return found == ['answer.txt', 'input.txt', 'output.txt']"
    )
    assert judged(sandbox, checker, code).passed


def test_an_output_cannot_speak_for_the_checker(sandbox: Sandbox) -> None:
    for text in ("1", "OK", "ok\\naccepted\\n1", "\\x00", "import os; os._exit(0)"):
        assert judged(sandbox, PRINTS, f"print('{text}')").verdict == "fail"


def test_a_checker_in_another_language(sandbox: Sandbox) -> None:
    try:
        languages.find("cpp")
    except SandboxError as e:
        pytest.skip(str(e))
    if sandbox.name not in languages.BACKENDS:
        pytest.skip("no compilers in this sandbox")
    code = (
        '#include "reading.h"\nint main(int argc, char **argv) {\n'
        "  auto in = all(argv[1]), out = all(argv[2]), ans = all(argv[3]);\n"
        "  if (ans[0] + ans[1] != in[0]) return 3;\n"
        "  return out.size() == 2 && out[0] + out[1] == in[0] ? 0 : 1; }"
    )
    header = (
        "#include <fstream>\n#include <vector>\nstatic std::vector<long> all(const char *p) {\n"
        "  std::ifstream f(p); std::vector<long> v; long x; while (f >> x) v.push_back(x); return v; }"
    )
    checker = {"code": code, "files": {"reading.h": header}}
    assert judged(sandbox, checker, RIGHT).passed
    assert judged(sandbox, checker, WRONG).verdict == judged(sandbox, checker, WORDS).verdict == "fail"
    without = judged(sandbox, code, RIGHT)
    assert without.verdict == "abstain" and "reading.h" in without.reason


@pytest.mark.parametrize(
    ("code", "says", "arguments"),
    [
        (TESTLIB, "exit", ("input.txt", "output.txt", "answer.txt")),
        (PRINTS, "print", ("input.txt", "answer.txt", "output.txt")),
        (PARSES, "print", ("output.txt", "answer.txt", "input.txt")),
        (ICPC, "icpc", ("input.txt", "answer.txt", ".")),
        (
            "import sys\ninf, ouf, ans = sys.argv[1:]\nprint(1)",
            "print",
            ("input.txt", "output.txt", "answer.txt"),
        ),
        ("import sys\na, b, c = sys.argv[1:]\nprint(1)", "print", ("input.txt", "answer.txt", "output.txt")),
        (
            "import sys\na, b, c = sys.argv[1:]\nsys.exit(1)",
            "exit",
            ("input.txt", "output.txt", "answer.txt"),
        ),
        (
            "import sys\nf = open(sys.argv[1])\nexpected = open(sys.argv[2])\nactual = open(sys.argv[3])\nprint(f)",
            "print",
            ("input.txt", "answer.txt", "output.txt"),
        ),
        ("#include <x>\nint main() {}", "exit", ("input.txt", "output.txt", "answer.txt")),
    ],
)
def test_how_a_checker_is_asked(code: str, says: str, arguments: tuple[str, ...]) -> None:
    checker = read_checker(code)
    assert (checker.says, checker.arguments) == (says, arguments)
