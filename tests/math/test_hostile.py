"""Hostile answers: refused by the cost guard, never executed, never slow, from every kind of caller."""

from __future__ import annotations

import asyncio
import builtins
import multiprocessing
import resource
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest

from verirs.math import classes, equivalent, extract
from verirs.math.judge import judge
from verirs.types import Verdict

SECONDS = 0.5  # a bound that holds on a busy machine; the benchmarks give the figures
REFUSED = [
    "9^{9^{9}}",
    "9^9^9",
    "(9^9)^(9^9)",
    "10^{10^{10}}",
    "2^{2^{2^{2^{2^{2}}}}}",
    "1000000000!",
    "((100!)!)!",
    "10^{100000000}",
    "1e1000000000",
    "1E999999999",
    "2^{10000000}",
    r"\prod_{i=1}^{10000000} i",
    r"\sqrt[1000000]{2^{1000001}}",
    r"\cos(10^{1000000})",
    r"\binom{10^9}{5 \cdot 10^8}",
    "5^{5^{5^{5}}}",
    "1" * 5_000,
    "1" * 1_000_000,
    r"\frac{1}{" * 400 + "1" + "}" * 400,
    "(" * 5_000 + "1" + ")" * 5_000,
    "{" * 3_000,
    "-" * 20_000,
    "1/" * 3_000 + "1",
    "1," * 50_000 + "1",
    r"\text{" * 2_000 + "}" * 2_000,
    "x" + "^x" * 2_000,
    "!" * 5_000,
    "5" + "!" * 60,
    r"\begin{pmatrix}" + r"\\".join("&".join("1" * 60) for _ in range(60)) + r"\end{pmatrix}",
    r"\pm" * 400 + "1",
    r"\sqrt" * 3_000 + "2",
    "|" * 3_000,
    "x_" * 2_000,
    "\\frac" * 5_000,
    "1 " * 100_000,
    "'" * 5_000,
    "x" + "'" * 5_000,
]
CODE = [
    "__import__('os').system('touch {mark}')",
    "open('{mark}','w')",
    "(lambda: open('{mark}','w'))()",
    "exec(\"open('{mark}','w')\")",
    'eval(\'open("{mark}","w")\')',
    "[open('{mark}','w') for _ in [0]]",
    r"\frac{{open('{mark}','w').write('x')}}{{2}}",
    "x=open('{mark}','w').write('x')",
    "breakpoint()",
    "exit()",
    "quit()",
    "().__class__.__base__.__subclasses__()",
    r"\input{{/etc/passwd}}",
    r"\immediate\write18{{touch {mark}}}",
    r"\def\x{{\x\x}}\x",
]


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Imports and caches do not count."""
    equivalent(r"\sqrt{2}x+1<[1,2)", "x=2")
    equivalent("(1,2)", "x<3")


@pytest.mark.parametrize("answer", REFUSED, ids=lambda text: text[:24])
def test_costly_answers_are_refused_at_once(answer: str) -> None:
    for gold in ("5", r"\frac{\pi}{2}", "x+1", "(1, 2)"):
        times = []
        for _ in range(2):  # the better of two: other programs may share the core
            begun = time.thread_time()
            score = judge(gold, answer)
            times.append(time.thread_time() - begun)
        assert min(times) < SECONDS
        assert score.verdict is not Verdict.PASS


@pytest.mark.parametrize("gold", REFUSED, ids=lambda text: text[:24])
def test_a_costly_gold_makes_no_one_wrong(gold: str) -> None:
    assert judge(gold, gold).verdict is Verdict.PASS
    times = []
    for _ in range(2):
        begun = time.thread_time()
        verdict = judge(gold, "17").verdict
        times.append(time.thread_time() - begun)
    assert min(times) < SECONDS
    assert verdict in (Verdict.ABSTAIN, Verdict.FAIL)


@pytest.mark.parametrize("answer", ["9^{9^{9}}", "1e1000000000", "1000000000!", "1" * 1_000_000])
def test_a_refusal_takes_no_time_and_says_why(answer: str) -> None:
    judge("5", answer)
    times = []
    for _ in range(5):
        begun = time.thread_time()
        verdict, reason, method, _, _ = judge("5", answer)
        times.append(time.thread_time() - begun)
    assert (verdict, method) == (Verdict.FAIL, "guard")
    assert "too costly" in reason
    assert min(times) < 0.05  # what is refused would take hours


def test_nothing_is_executed(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    import sympy
    import sympy.parsing.sympy_parser

    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("model text reached an evaluator")

    mark = tmp_path / "mark"
    payloads = [code.format(mark=mark) for code in CODE]
    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "compile", "breakpoint", "__import__"):
            if name != "__import__":
                patch.setattr(builtins, name, never)
        patch.setattr(sympy, "sympify", never)
        patch.setattr(sympy.parsing.sympy_parser, "parse_expr", never)
        verdicts = []
        for payload in payloads + REFUSED:
            for gold in ("5", r"\frac{\pi}{2}"):
                verdicts.append(judge(gold, payload).verdict)
            found = extract(f"The answer is \\boxed{{{payload}}}")
            if found.answer is not None:
                verdicts.append(judge("2", found.answer).verdict)
    assert Verdict.PASS not in verdicts
    assert not mark.exists()


def verdicts() -> list[str]:
    return [judge("5", answer).verdict.value for answer in [*REFUSED, "5", "5.0", "x"]]


def in_process(_: int) -> list[str]:
    return verdicts()


def test_the_same_from_threads_asyncio_and_processes() -> None:
    expected = verdicts()
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(verdicts())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def several() -> list[list[str]]:
        return list(await asyncio.gather(*(asyncio.to_thread(verdicts) for _ in range(2))))

    found += asyncio.run(several())
    for method in ("fork", "spawn"):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            found += list(pool.map(in_process, [0]))
    assert found == [expected] * 7


def test_memory_stays_flat() -> None:
    verdicts()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        verdicts()
        classes(REFUSED)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
