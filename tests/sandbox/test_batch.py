# ruff: noqa: E501 - programs
"""Programs that are run once for each of many inputs: none reaches the leader, another run, or the host's reading."""

from __future__ import annotations

import pytest

from verirs.sandbox import Input, Limits, Runs, Status, Stdio
from verirs.sandbox.pool import Pool

LIMITS = Limits(cpu_s=0.6, wall_s=2.0, memory_mb=256, disk_mb=16, processes=32)
HARMLESS = {
    "kills everybody": "import os\nprint(input(), flush=True)\nfor p in (1, os.getppid(), -1):\n    for s in (2, 15, 9, 19, 25, 24):\n        try: os.kill(p, s)\n        except OSError: pass",
    "sets limits of the leader": "import ctypes\nprint(input())\nc = ctypes.CDLL(None)\nassert all(c.prlimit(1, i, (ctypes.c_ulong * 2)(0, 0), None) for i in range(16))",
    "unmounts its folder": "import ctypes\nprint(input())\nc = ctypes.CDLL(None)\nassert c.umount2(b'/tmp', 2) and c.mount(b'none', b'/tmp', b'tmpfs', 0, None) and c.unshare(0x20000)",
    "looks for descriptors": "import os\nprint(input())\nfor f in range(3, 300):\n    try: os.fstat(f)\n    except OSError: continue\n    raise SystemExit(f'descriptor {f}')",
    "leaves files": "import os\nprint(input())\nassert os.listdir('.') == []\nos.makedirs('a/b')\nopen('a/x', 'w').close()\nos.chmod('a', 0)",
    "writes a frame of its own": "import os\nprint(input(), flush=True)\nfor f in range(3, 64):\n    try: os.write(f, b'{\"run\":1,\"end\":\"exit\",\"exit\":0,\"out\":2,\"err\":0}\\n2\\n')\n    except OSError: pass",
    "changes itself for the next run": "import os\nprint(input(), flush=True)\nfor f in range(3, 64):\n    try: os.pwrite(f, b'junk' * 99, 0)\n    except OSError: pass\nopen('solution.py', 'w').write('print(0)')",
}  # fmt: skip


@pytest.mark.parametrize("what", HARMLESS)
def test_what_reaches_nobody(isolated: Pool, what: str) -> None:
    inputs = tuple(Input(stdin=b"%d\n" % n) for n in range(3))
    result = isolated.run(Runs(code=HARMLESS[what], inputs=inputs, limits=LIMITS))
    assert [(r.status, r.stdout) for r in result.runs] == [(Status.OK, b"%d\n" % n) for n in range(3)], result
    assert isolated.run(Stdio(code="import os; print(os.listdir('.'))", limits=LIMITS)).stdout == b"[]\n"


ENDLESS = {
    "children one after the other": "import os, time\nwhile True:\n    if os.fork() == 0:\n        while time.process_time() < 0.3: pass\n        os._exit(0)\n    os.wait()",
    "children side by side": "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        while True: pass\nos.wait()",
    "a fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "a daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: os.write(1, b'x')\ntime.sleep(99)",
    "a process that stops itself": "import os\nos.kill(os.getpid(), 19)\nwhile True: pass",
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_ended_and_the_next_run_is_as_the_first(isolated: Pool, what: str) -> None:
    code = (
        "if input() == '1':\n"
        + "".join(f"    {line}\n" for line in ENDLESS[what].split("\n"))
        + "print('ok')"
    )
    inputs = tuple(Input(stdin=b"%d\n" % n) for n in range(3))
    result = isolated.run(Runs(code=code, inputs=inputs, limits=LIMITS))
    assert [r.stdout for r in result.runs][::2] == [b"ok\n"] * 2 and result.attempts == 1
    assert result.runs[1].status is not Status.OK


def test_what_a_program_says_is_fit_to_be_stored(isolated: Pool) -> None:
    code = "import sys\nsys.stderr.buffer.write(b'\\xed\\xa0\\x80\\x1b[31m\\n' * 9)\nraise ValueError('\\ud800\\x1b[2J\\u202e')"
    (run,) = isolated.run(Runs(code=code, inputs=(Input(),), limits=LIMITS)).runs
    assert run.status is Status.EXCEPTION and run.reason.isprintable() and "ValueError" in run.reason
    run.reason.encode()


def test_standard_streams_have_names(isolated: Pool) -> None:
    code = (
        "import os, sys\nprint(open('/dev/stdin').read()[::-1], flush=True)\n"
        "open('/dev/stdout', 'w').write('out')\nopen('/dev/stderr', 'w').write('err')"
    )
    inputs = tuple(Input(stdin=text) for text in (b"abc", b"", b"x" * 100_000))
    result = isolated.run(Runs(code=code, inputs=inputs, limits=LIMITS))
    assert [(r.status, r.stdout, r.stderr) for r in result.runs] == [
        (Status.OK, given.stdin[::-1] + b"\nout", b"err") for given in inputs
    ]
    large = Input(stdin=b"y" * (LIMITS.disk_mb << 20) + b"end")  # too large to have a name beside it
    (run,) = isolated.run(
        Runs(code="import sys\nprint(sys.stdin.read()[-3:])  # /dev/stdin", inputs=(large,), limits=LIMITS)
    ).runs
    assert (run.status, run.stdout) == (Status.OK, b"end\n")
