"""A soak: many executions, honest and hostile, and a look at what is left of them.

    python benchmarks/sandbox/soak.py [--backend namespaces] [--jobs 100000] [--workers 2] [--out FILE]

Prints, ten times a run, this process's descriptors and memory, the runners' memory, and processes, mounts and
cgroups on the machine that carry the sandbox's marks. Every honest job must be right, none may be ``infra``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from verirs.sandbox import Call, Drive, Limits, Serve, Status, Stdio, open_sandbox
from verirs.sandbox.pool import Pool

sys.path.insert(0, str(Path(__file__).parents[1] / "code"))

LIMITS = Limits(cpu_s=1, wall_s=2, memory_mb=256, disk_mb=8, processes=16, output_kb=64)
HONEST = (
    Serve(code="def f(n): return 2 * n", entry_point="f", calls=(Call(args=(1,)), Call(args=(2,)))),
    Drive(code="def f(n): return n", entry_points=("f",), tests=("assert f(3) == 3",)),
    Stdio(code="print(sum(map(int, input().split())))", stdin=b"1 2\n"),
)
HOSTILE = (
    Stdio(code="import os\ntry:\n    while True: os.fork()\nexcept OSError: os._exit(0)", limits=LIMITS),
    Stdio(code="import os\nif os.fork() == 0:\n    os.setsid(); import time; time.sleep(99)", limits=LIMITS),
    Stdio(code="while True: print('x' * 9999)", limits=LIMITS),
    Stdio(code="x = bytearray(1 << 30)", limits=LIMITS),
    Stdio(code="open('f', 'wb').write(bytes(64 << 20))", limits=LIMITS),
    Drive(code="import os\ndef f(n): os._exit(0)", entry_points=("f",), tests=("f(1)",), limits=LIMITS),
    Serve(code="import os\nos.write(3, b'\\xff' * 99)", entry_point="f", calls=(Call(),), limits=LIMITS),
    Stdio(
        code="import socket, os\ns = socket.socket(1); s.bind('\\0x'); os.kill(os.getpid(), 9)", limits=LIMITS
    ),
)


def right(number: int, sandbox: Pool) -> str:
    """Run job ``number`` of the mix (one in four hostile); what to count it as."""
    if number % 4 == 3:
        result = sandbox.run(HOSTILE[number // 4 % len(HOSTILE)])
        return "infra" if result.status is Status.INFRA else "hostile"
    job = HONEST[number % 3]
    result = sandbox.run(job)
    good = {
        Serve: lambda: [r.value for r in result.replies] == [2, 4],
        Drive: lambda: [o.passed for o in result.outcomes] == [True],
        Stdio: lambda: result.stdout == b"3\n",
    }[type(job)]()
    return "honest" if good and result.status is Status.OK else f"wrong: {result.status} {result.reason}"


def state(sandbox: Pool) -> dict[str, Any]:
    """What could pile up."""

    def rss_kb(pid: int | str) -> int:
        try:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4
        except OSError:
            return 0

    ours = [p for p in os.listdir("/proc") if p.isdigit() and _is_runner(p)]
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "host_kb": rss_kb("self"),
        "runners": len(ours),
        "runners_kb": sum(map(rss_kb, ours)),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "cgroups": sum(1 for _ in Path("/sys/fs/cgroup").glob(f"**/verirs-{os.getpid()}-*")),
        "folders": len(list(Path("/tmp").glob("verirs-*"))),
    }


def _is_runner(pid: str) -> bool:
    """A runner or a job of this process: they carry its session's command line."""
    try:
        return b"runner.py" in Path(f"/proc/{pid}/cmdline").read_bytes() and _under_us(pid)
    except OSError:
        return False


def _under_us(pid: str) -> bool:
    while pid not in ("0", "1"):
        if pid == str(os.getpid()):
            return True
        pid = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    return False


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--backend", default="namespaces")
    a.add_argument("--jobs", type=int, default=100_000)
    a.add_argument("--workers", type=int, default=2)
    a.add_argument("--out", default="")
    args = a.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)
    counts: Counter[str] = Counter()
    states = []
    begun = time.monotonic()
    with (
        open_sandbox(args.backend, workers=args.workers) as sandbox,
        ThreadPoolExecutor(args.workers) as threads,
    ):
        step = max(1, args.jobs // 10)
        for start in range(0, args.jobs, step):
            counts.update(
                threads.map(lambda n: right(n, sandbox), range(start, min(start + step, args.jobs)))
            )
            states.append(state(sandbox))
            print(f"{min(start + step, args.jobs):7} {dict(counts)} {states[-1]}", flush=True)
    left = {k: v for k, v in state(sandbox).items() if k in ("runners", "cgroups")}
    print(f"{time.monotonic() - begun:.0f} s; left after closing: {left}")
    if args.out:
        from common import write

        result = {"what": __doc__.splitlines()[0], "backend": args.backend, "jobs": args.jobs}
        write(result | {"counts": dict(counts), "states": states, "left": left}, args.out)


if __name__ == "__main__":
    main()
