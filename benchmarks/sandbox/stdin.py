"""What a program that reads input costs a test, in Python and C++, beside the bare interpreter and compiler.

    python benchmarks/sandbox/stdin.py [--tests 30] [--programs 10] [--rows "a;b"] [--out FILE]

CPU milliseconds of a process in a cgroup of its own (v1 ``cpuacct``) with all its children, as `speed.py`
counts them. Each row judges the same small programs, each with a text of its own, so that nothing is compiled
twice. ``LiveCodeBench`` is that benchmark's own grader, where ``lcb_runner`` is importable. ``C++ 1 test,
judged`` is compiling in the sandbox, beside ``g++``. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "code"), str(Path(__file__).parent)]

PYTHON = "n = int(input())\nxs = list(map(int, input().split()))\nprint(sum(xs) + n)  # {number}\n"
CPP = """#include <bits/stdc++.h>
using namespace std;
int main() {{
    int n; cin >> n; long long s = n, x;
    while (cin >> x) s += x;
    cout << s << endl;
}} // {number}
"""
ROWS = (
    "python, judged",
    "python -I",
    "LiveCodeBench",
    "C++, judged",
    "C++ 1 test, judged",
    "g++",
    "C++, bare",
)


def work(row: str, tests: int, programs: int) -> tuple[int, int]:
    """Do a row's work: how many tests were run, how many passed."""
    cases = [{"input": f"{t}\n{t} 2 3\n", "output": f"{2 * t + 5}\n"} for t in range(tests)]
    python = "python" in row or row == "LiveCodeBench"
    sources = [(PYTHON if python else CPP).format(number=n) for n in range(programs)]
    if row.endswith("judged"):
        from verirs.code.judge import judge
        from verirs.code.plan import plan_tests
        from verirs.sandbox import Limits, open_sandbox
        from verirs.types import Problem

        cases = cases[:1] if "1 test" in row else cases
        plan = plan_tests(Problem(tests=cases, meta={} if python else {"language": "cpp"}))
        with open_sandbox("namespaces", workers=1) as sandbox:
            judge(plan, sources[0] + "\n", sandbox, Limits())  # workers up, pages in
            start()
            said = [judge(plan, s, sandbox, Limits()) for s in sources]
            return len(cases) * programs, sum(t.status == "pass" for j in said for t in j.tests)
    if row == "LiveCodeBench":
        from speed import livecodebench

        inputs, outputs = [c["input"] for c in cases], [c["output"] for c in cases]
        livecodebench(sources[0], inputs[:1], outputs[:1], None)  # imports
        start()
        return tests * programs, sum(sum(livecodebench(s, inputs, outputs, None)) for s in sources)
    with tempfile.TemporaryDirectory() as folder:
        passed = 0
        if row == "python -I":
            start()
            for source in sources:
                for case in cases:
                    command = [sys.executable, "-I", "-c", source]
                    passed += ran(command, case["input"]) == case["output"]
            return tests * programs, passed
        for n, source in enumerate(sources):
            Path(folder, f"{n}.cpp").write_text(source)
        gcc = ["g++", "-std=gnu++17", "-O2", "-o"]
        compiled = [[*gcc, f"{folder}/{n}", f"{folder}/{n}.cpp"] for n in range(programs)]
        if row == "g++":
            start()
            return programs, sum(subprocess.run(command).returncode == 0 for command in compiled)
        subprocess.run(compiled[0], check=True)
        start()
        for _ in range(programs):
            passed += sum(ran([f"{folder}/0"], case["input"]) == case["output"] for case in cases)
        return tests * programs, passed


def ran(command: list[str], text: str) -> str:
    return subprocess.run(command, input=text, capture_output=True, text=True).stdout


begun: list[float] = []


def start() -> None:
    from speed import used_ms

    begun[:] = [used_ms(group())]


def group() -> Path:
    from speed import ACCOUNT

    return ACCOUNT / f"verirs-stdin-{os.getpid()}"


def measure(row: str, tests: int, programs: int) -> dict[str, Any]:
    """In a process and a cgroup of its own: run the row once."""
    from speed import used_ms

    warnings.simplefilter("ignore")
    group().mkdir(exist_ok=True)
    (group() / "cgroup.procs").write_text(str(os.getpid()))
    n, passed = work(row, tests, programs)
    return {"row": row, "n": n, "passed": passed, "cpu_ms": round((used_ms(group()) - begun[0]) / n, 2)}


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--tests", type=int, default=30)
    a.add_argument("--programs", type=int, default=10)
    a.add_argument("--rows", default=";".join(ROWS))
    a.add_argument("--out", default="")
    a.add_argument("--one", help=argparse.SUPPRESS)
    args = a.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, args.tests, args.programs)), flush=True)
        os._exit(0)
    rows = []
    sizes = ["--tests", str(args.tests), "--programs", str(args.programs)]
    for row in args.rows.split(";"):
        command = [sys.executable, __file__, *sizes, "--one", row]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            print(f"{row}: not run: {done.stderr[-300:]}")
            continue
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
    if args.out:
        from common import write

        what = (__doc__ or "").splitlines()[0]
        sizes_of = {"tests": args.tests, "programs": args.programs}
        write({"what": what, **sizes_of, "load": os.getloadavg(), "rows": rows}, args.out)


if __name__ == "__main__":
    main()
