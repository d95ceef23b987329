# ruff: noqa: E501
"""The scorer on real programs in a real sandbox."""

from __future__ import annotations

import pytest

from tests.code import golden_extraction as golden
from verirs.errors import SandboxError
from verirs.parts import scorer_part
from verirs.protocols import Scorer
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score, Verdict, to_json

ADD = Problem(
    id="add", prompt="Add.", tests="assert add(1, 2) == 3\nassert add(2, 2) == 4", entry_point="add"
)
LOOP = Problem(
    id="loop",
    prompt='def double(x):\n    """Twice x."""\n',
    tests="def check(candidate):\n    for i in range(5):\n        assert candidate(i) == 2 * i\n",
    entry_point="double",
)
SUM = Problem(
    id="sum", prompt="Sum.", tests=({"input": "1 2\n", "output": "3\n"}, {"input": "4 5\n", "output": "9\n"})
)
NODE = Problem(
    id="node",
    prompt="Depth.",
    tests="assert depth(Node(1)) == 1\nassert depth(Node(2)) == 1",
    entry_point="depth",
)


@pytest.fixture
def scorer(sandbox: Sandbox) -> CodeScorer:
    return CodeScorer(sandbox=sandbox, timeout=2)


def one(scorer: CodeScorer, problem: Problem, text: str) -> Score:
    (score,) = scorer.score([(problem, Completion(text=text))])
    assert Score.from_json(to_json(score)) == score  # details are JSON values
    return score


def test_is_a_scorer(scorer: CodeScorer) -> None:
    assert isinstance(scorer, Scorer) and callable(scorer_part(scorer).traits.probes)


@pytest.mark.parametrize(
    ("limit", "used"),
    [
        (1, 1),
        (3.2, 3.2),
        (30, 30),
        (None, 2),
        ("1 s", 2),
        (True, 2),
        (0, 2),
        (-1, 2),
        (2000, 2),
        (float("nan"), 2),
    ],
)
def test_a_problems_own_time_limit_stands_in_place_of_the_scorers(
    scorer: CodeScorer, limit: object, used: float
) -> None:
    problem = Problem(prompt="Add.", meta={} if limit is None else {"time_limit": limit})
    assert scorer.limits(problem).cpu_s == used


def test_a_program_has_the_time_that_its_problem_gives(sandbox: Sandbox) -> None:
    patient = CodeScorer(sandbox=sandbox, timeout=60)
    endless = "def add(a, b):\n    while True:\n        pass"
    hurried = Problem(tests=ADD.tests, entry_point="add", meta={"time_limit": 0.5})
    score = one(patient, hurried, endless)
    assert (score.verdict, score.details["status"]) == (Verdict.FAIL, "cpu_timeout")
    assert "0.5 s of CPU" in score.reason


def test_right_and_wrong_with_partial_credit(scorer: CodeScorer) -> None:
    right = one(scorer, ADD, "Here:\n```python\ndef add(a, b):\n    return a + b\n```")
    assert (right.verdict, right.value, right.answer) == (
        Verdict.PASS,
        1.0,
        "def add(a, b):\n    return a + b",
    )
    assert right.details["mode"] == "literal" and "trust" not in right.details
    wrong = one(scorer, ADD, "def add(a, b):\n    return a * b")
    assert (wrong.verdict, wrong.value) == (Verdict.FAIL, 0.5)
    assert [t["status"] for t in wrong.details["tests"]] == ["wrong_answer", "pass"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("def add(a, b):\n    raise KeyError(a)", "exception"),
        ("def add(a, b) return a + b", "exception"),
        ("def sub(a, b): return a + b", "exception"),
        ("def add(a, b):\n    while True: pass", "timeout"),
        ("x = [0] * (1 << 33)\ndef add(a, b): return a + b", "oom"),
        ("def add(a, b):\n    while True: print('x' * 10000)", "timeout"),
        ("def add(a, b): return object()", "wrong_answer"),
        ("class E:\n    def __eq__(self, other): return True\ndef add(a, b): return E()", "wrong_answer"),
        ("import os\ndef add(a, b): os._exit(0)", "exception"),
        ("I do not know.", "no_code"),
    ],
)
def test_the_status_says_how_a_program_failed(scorer: CodeScorer, text: str, status: str) -> None:
    score = one(scorer, ADD, text)
    found = score.details["status"]
    if status == "timeout":  # on a busy machine the clock may say so first
        found = found.removeprefix("cpu_").removeprefix("wall_")
    assert (score.verdict, found) == (Verdict.FAIL, status), score.reason


HACKS = {
    "always equal": "class E(int):\n    def __eq__(s, o): return True\n    def __hash__(s): return 0\ndef add(a, b): return E()",
    "exit 0": "import sys\ndef add(a, b): sys.exit(0)",
    "exit at load": "import os\nos._exit(0)",
    "frames": "import sys\ndef add(a, b):\n    f = sys._getframe()\n    while f:\n        for v in f.f_locals.values():\n            if v == 3: return v\n        f = f.f_back\n",
    "atexit": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef add(a, b): return None",
    "patched assert": "import builtins\nbuiltins.AssertionError = ValueError\ndef add(a, b): return None",
    "answers by itself": "import os, json\nfor fd in range(3, 20):\n    for m in ({'ready': True}, {'value': 3}, {'value': 4}):\n        b = json.dumps(m).encode()\n        try: os.write(fd, len(b).to_bytes(4, 'big') + b)\n        except OSError: pass\ndef add(a, b): return None",
    "forged report": "import os, json\nfor fd in range(3, 20):\n    try: os.write(fd, json.dumps({'setup': ''}).encode() + b'\\n' + json.dumps({'passed': True, 'error': '', 'message': '', 'calls': 1, 'unsupported': False}).encode() + b'\\n')\n    except OSError: pass\ndef add(a, b): return 0",
}


@pytest.mark.parametrize("name", HACKS)
@pytest.mark.parametrize("driver", [False, True], ids=["literal", "driver"])
def test_what_fools_others_fails(scorer: CodeScorer, name: str, driver: bool) -> None:
    tests = "import random\nn = random.random()\nassert add(n, 2) == n + 2" if driver else ADD.tests
    problem = Problem(id="hack", tests=tests, entry_point="add")
    score = one(scorer, problem, HACKS[name])
    assert score.verdict is Verdict.FAIL, score
    assert score.details["mode"] == ("driver" if driver else "literal")


def test_a_prompt_is_continued_in_the_driver(scorer: CodeScorer) -> None:
    assert one(scorer, LOOP, "    return 2 * x\n").verdict is Verdict.PASS
    wrong = one(scorer, LOOP, "    return x\n")
    assert wrong.verdict is Verdict.FAIL and wrong.details["status"] == "wrong_answer"


def test_standard_input(scorer: CodeScorer) -> None:
    right = "```python\nif __name__ == '__main__':\n    print(sum(map(int, input().split())))\n```"
    assert one(scorer, SUM, right).verdict is Verdict.PASS
    half = one(scorer, SUM, "input()\nprint(3)")
    assert (half.verdict, half.value) == (Verdict.FAIL, 0.5)
    assert (
        one(scorer, SUM, "print(sum(map(int, input().split())))\nraise SystemExit(3)").verdict is Verdict.FAIL
    )


def test_iterators_and_numbers_of_other_kinds(scorer: CodeScorer) -> None:
    problem = Problem(id="it", tests="assert list(f(3)) == [0, 1, 2]", entry_point="f")
    score = one(scorer, problem, "def f(n):\n    yield from range(n)")
    assert score.verdict is Verdict.PASS and score.details["mode"] == "driver"


def test_classes_of_the_program_are_judged_from_outside(scorer: CodeScorer) -> None:
    program = "class Node:\n    def __init__(self, v): self.v = v\ndef depth(n): return 1 if n.v else 0"
    score = one(scorer, NODE, program)
    assert score.verdict is Verdict.PASS, score.reason
    assert score.details["mode"] == "driver" and "trust" not in score.details
    equal = program.replace(
        "return 1 if n.v else 0", "return type('E', (int,), {'__eq__': lambda s, o: 1})()"
    )
    assert one(scorer, NODE, equal).verdict is Verdict.FAIL
    blunt = "import os, json\nclass Node:\n    def __init__(self, v): os._exit(0)\ndef depth(n): return 1"
    assert one(scorer, NODE, blunt).verdict is Verdict.FAIL


def test_a_main_guard_with_a_dialogue_does_not_run(scorer: CodeScorer) -> None:
    text = "def add(a, b):\n    return a + b\n\nif __name__ == '__main__':\n    print(add(int(input()), 1))"
    assert one(scorer, ADD, text).verdict is Verdict.PASS


def test_no_tests_is_no_verdict(scorer: CodeScorer) -> None:
    for problem, said in [
        (Problem(prompt="p"), "no tests"),
        (Problem(tests="assert (", entry_point="f"), "not Python"),
    ]:
        score = one(scorer, problem, "def f(): pass")
        assert score.verdict is Verdict.ABSTAIN and said in score.reason


def test_tests_that_do_not_load_are_no_verdict(scorer: CodeScorer) -> None:
    problem = Problem(
        tests="import no_such_module_here\nfor i in [1]:\n    assert f(i) == 1", entry_point="f"
    )
    score = one(scorer, problem, "def f(x): return 1")
    assert score.verdict is Verdict.ABSTAIN and "no_such_module_here" in score.reason


def test_a_batch_keeps_its_order_and_runs_equal_programs_once(sandbox: Sandbox) -> None:
    class Counting:
        name, isolated, workers, limits = sandbox.name, True, 2, sandbox.limits
        jobs = 0

        def run(self, job):  # type: ignore[no-untyped-def]
            Counting.jobs += 1
            return sandbox.run(job)

    scorer = CodeScorer(sandbox=Counting())  # type: ignore[arg-type]
    texts = [f"def add(a, b):\n    return a + b + {i % 3}" for i in range(30)]
    scores = scorer.score([(ADD, Completion(index=i, text=t)) for i, t in enumerate(texts)])
    assert [s.passed for s in scores] == [i % 3 == 0 for i in range(30)]
    assert Counting.jobs == 3


def test_probes_prove_the_scorer_on_a_problem(scorer: CodeScorer) -> None:
    problem = Problem(
        id="p", tests=ADD.tests, entry_point="add", meta={"solution": "def add(a, b):\n    return a + b\n"}
    )
    right, wrong = scorer.probes(problem) or ("", "")
    assert one(scorer, problem, right).passed and one(scorer, problem, wrong).verdict is Verdict.FAIL
    assert scorer.probes(ADD) is None


def test_an_unknown_sandbox_is_refused() -> None:
    with pytest.raises(SandboxError, match="namespaces"):
        CodeScorer(sandbox="namespace").score([(ADD, Completion(text="def add(a, b): return 1"))])


def test_every_golden_program_of_a_right_answer_passes(scorer: CodeScorer) -> None:
    """The extraction is not only what the table says but also a program that runs."""
    problem = Problem(id="f", tests="assert f(1) == 2\nassert f(0) == 0", entry_point="f")
    rows = [r for r in golden.TABLE if r[2] == "f" and r[4] and "2 * " in r[1] and "x: X" not in r[1]]
    items = [
        (
            Problem(id=f"f{i}", tests=problem.tests, entry_point="f", meta={"code_prompt": r[3]}),
            Completion(text=r[1]),
        )
        for i, r in enumerate(rows)
    ]
    failed = [r[0] for r, s in zip(rows, scorer.score(items), strict=True) if not s.passed]
    assert len(rows) > 20 and failed == []


def test_a_pass_that_the_program_could_have_made_is_none_unless_asked_for(scorer: CodeScorer) -> None:
    tests = "class Dog(Animal):\n    pass\nassert name(Dog()) == 'Dog'"
    problem = Problem(prompt="", tests=tests, entry_point="name")
    text = "class Animal:\n    pass\ndef name(x): return type(x).__name__"
    score = one(scorer, problem, text)
    assert (score.verdict, score.passed, score.details["trust"]) == (Verdict.ABSTAIN, False, "in_process")
    assert "untrusted" in score.reason
    asked = CodeScorer(untrusted=True, sandbox=scorer.sandbox())
    assert one(asked, problem, text).passed
    assert one(asked, problem, text.replace("type(x)", "int")).verdict is Verdict.FAIL
