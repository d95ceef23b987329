# ruff: noqa: E501 - programs in strings
"""Programs written against the sandbox, each in every backend that isolates.

A program here answers right only if it got what it wanted, so one that is judged right is an escape. After
each, an honest program must still be judged right and a wrong one wrong.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import time
from pathlib import Path

import pytest

from tests.sandbox.conftest import ISOLATED, LIMITS, opened
from verirs.sandbox import Call, Drive, Limits, Serve, Status, Stdio
from verirs.sandbox.pool import Pool
from verirs.sandbox.selftest import self_test

TESTS = "def check(candidate):\n    assert candidate(5) == 120\n    assert candidate(7) == 5040\n"
RIGHT = "import math\ndef f(n): return math.factorial(n)\n"


def passes(sandbox: Pool, code: str, limits: Limits = LIMITS) -> bool:
    job = Drive(code=code, entry_points=("f",), setup=TESTS, tests=("check(candidate)",), limits=limits)
    result = sandbox.run(job)
    assert result.status is not Status.INFRA, result
    return result.status is Status.OK and all(o.passed for o in result.outcomes) and bool(result.outcomes)


def if_it(gets: str) -> str:
    return f"import math\n{gets}\ndef f(n):\n    return math.factorial(n) if gets() else 0\n"


def held(sandbox: Pool, code: str) -> None:
    """The program fails, twice, and leaves the sandbox fit for others."""
    assert not passes(sandbox, code)
    assert not passes(sandbox, code)
    assert passes(sandbox, RIGHT)
    assert not passes(sandbox, "def f(n): return n")


CHEATS = {
    "equal to all": "class A:\n    def __eq__(s, o): return True\n    __ne__ = lambda s, o: False\ndef f(n): return A()",
    "equal to all, by a number": (
        "class F(float):\n    def __eq__(s, o): return True\n    def __hash__(s): return 0\ndef f(n): return F('nan')"
    ),
    "equal to all, by a metaclass": (
        "class M(type):\n    def __eq__(c, o): return True\n    __hash__ = type.__hash__\nclass A(metaclass=M): pass\n"
        "def f(n): return A"
    ),
    "leaves in a class body": "class A:\n    raise SystemExit(0)",
    "leaves in a thread": (
        "import threading, os, time\nthreading.Thread(target=lambda: (time.sleep(.01), os._exit(0))).start()\n"
        "def f(n): time.sleep(1); return 0"
    ),
    "leaves by a signal": "import signal, os\nsignal.signal(14, lambda *a: os._exit(0))\ndef f(n): signal.alarm(1); signal.pause()",
    "leaves by replacing itself": "import os\ndef f(n): os.execv('/bin/true', ['true'])",
    "says it passed": "import json, os\ndef f(n):\n    for fd in range(1, 32):\n"
    '        try: os.write(fd, b\'{"passed": true, "calls": 2}\\n{"end": ""}\\n\')\n'
    "        except OSError: pass\n    os._exit(0)",
    "answers before it is asked": (
        "import os, json\nb = json.dumps({'value': 120}).encode()\n"
        "for fd in range(3, 16):\n    try: os.write(fd, (len(b).to_bytes(4, 'big') + b) * 9)\n    except OSError: pass\n"
        "def f(n): return 0"
    ),
    "sends a huge frame": "import os\ndef f(n):\n    os.write(3, b'\\xff\\xff\\xff\\xff' + b'x' * 99)\n    return 0",
    "sends a deep form": "import os\nb = b'{\"value\":' + b'[' * 50000 + b']' * 50000 + b'}'\n"
    "def f(n):\n    os.write(3, len(b).to_bytes(4, 'big') + b); os._exit(0)",
    "raises the test's exception": "def f(n): raise AssertionError('passed')",
    "raises what cannot be shown": (
        "class E(Exception):\n    def __str__(s): raise SystemExit(0)\n    __repr__ = __str__\ndef f(n): raise E"
    ),
    "breaks builtins": "import builtins\nbuiltins.AssertionError = builtins.len = None\nbuiltins.isinstance = lambda *a: True\ndef f(n): return 0",
    "breaks json": "import json.encoder, json\njson.JSONEncoder.encode = lambda s, o: '{\"value\": 120}'\njson.dumps = json.JSONEncoder.encode\ndef f(n): return 0",
    "breaks the runner": (
        "import gc, types\n"
        "for o in gc.get_objects():\n"
        "    if isinstance(o, types.FunctionType) and o.__name__ in ('encode', 'decode', 'dumps', 'describe'):\n"
        "        o.__code__ = (lambda *a, **k: b'').__code__\n"
        "def f(n): return 0"
    ),
    "counts its calls": "calls = []\ndef f(n):\n    calls.append(n)\n    return 120 if len(calls) < 2 else 5041",
    "looks for the tests": if_it(
        "import gc, sys\ndef gets():\n    texts = [o for o in gc.get_objects() if isinstance(o, (str, bytes, tuple, dict))]\n"
        "    return any('0405'[::-1] in repr(t)[:5000] and 'kcehc'[::-1] in repr(t)[:5000] for t in texts)"
    ),
    "looks for the tests in files": if_it(
        "import os\ndef gets():\n    for top in ('/tmp', '/dev/shm', '/var/tmp', '/run', '.'):\n"
        "        for d, _, names in os.walk(top):\n            for n in names:\n"
        "                try:\n                    if b'check(candidate)' in open(os.path.join(d, n), 'rb').read(99999): return True\n"
        "                except OSError: pass"
    ),
}


@pytest.mark.parametrize("name", CHEATS)
def test_cheats_are_not_judged_right(isolated: Pool, name: str) -> None:
    held(isolated, CHEATS[name])


ESCAPES = {
    "another process's memory": (
        "import os\ndef gets():\n    for p in os.listdir('/proc'):\n        if p.isdigit() and int(p) != os.getpid():\n"
        "            try: open(f'/proc/{p}/mem', 'rb+'); return True\n            except OSError: pass"
    ),
    "a descriptor of the runner": (
        "import os, stat\ndef gets():\n    for fd in range(4, 256):\n        try: os.fstat(fd); return True\n"
        "        except OSError: pass"
    ),
    "a system file": "def gets():\n    return open('/etc/shadow').read() or open('/etc/hostname').read()",
    "the host's home": "import os\ndef gets():\n    return os.path.exists('/root/.bashrc') or os.listdir('/home')",
    "writing beside Python": "import os\ndef gets():\n    open(os.path.join(os.path.dirname(os.__file__), 'x.py'), 'w')\n    return True",
    "a user of the machine": "import os\ndef gets():\n    os.setuid(0)\n    return os.getuid() == 0",
    "a device": "import os\ndef gets():\n    os.mknod('d', 0o60666, os.makedev(8, 0))\n    return open('d', 'rb')",
    "tracing": "import ctypes\ndef gets():\n    return ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0",
    "the kernel log": "import ctypes\ndef gets():\n    b = ctypes.create_string_buffer(99)\n    return ctypes.CDLL(None).klogctl(3, b, 99) > 0",
    "the clock": "import time\ndef gets():\n    time.clock_settime(time.CLOCK_REALTIME, time.time() + 0)\n    return True",
    "keys": "import ctypes\ndef gets():\n    return ctypes.CDLL(None).syscall(250, 0, -3, 0) > 0",
    "a new namespace by clone": "import ctypes\ndef gets():\n    return ctypes.CDLL(None).syscall(56, 0x10000011, 0, 0, 0, 0) > 0",
    "another network family": (
        "import socket\ndef gets():\n    for family in (2, 10, 16, 17, 31, 38, 40):\n"
        "        for kind in (1, 2, 3):\n            try: socket.socket(family, kind); return True\n            except OSError: pass"
    ),
    "more of a limit": "import resource as r\ndef gets():\n    r.setrlimit(r.RLIMIT_AS, (-1, -1))\n    return r.getrlimit(r.RLIMIT_AS)[1] < 0",
    "the rights of a file of ours": (
        "import os\ndef gets():\n    before = os.stat(os.__file__)\n    os.chmod(os.__file__, 0o600)\n"
        "    os.utime(os.__file__, (1, 1))\n    after = os.stat(os.__file__)\n"
        "    return (before.st_mode, before.st_mtime) != (after.st_mode, after.st_mtime)"
    ),
    "limits of the first process": (
        "import ctypes\ndef gets():\n    two = (ctypes.c_ulong * 2)(0, 0)\n"
        "    return ctypes.CDLL(None).prlimit(1, 0, two, None) == 0"
    ),
    "a named queue": "import ctypes\ndef gets():\n    return ctypes.CDLL(None).shmget(7, 4096, 0o1666) >= 0",
}


@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_outside_is_reached(isolated: Pool, name: str) -> None:
    held(isolated, if_it(ESCAPES[name]))


EATERS = {
    "forks": "import os\ndef f(n):\n    while True:\n        try: os.fork()\n        except OSError: pass",
    "threads": "import threading, time\ndef f(n):\n    while True: threading.Thread(target=time.sleep, args=(99,)).start()",
    "memory in many processes": (
        "import os, time\ndef f(n):\n    for _ in range(12):\n        if os.fork() == 0:\n            x = bytearray(100 << 20)\n"
        "            for i in range(0, len(x), 4096): x[i] = 1\n            time.sleep(99)\n    time.sleep(99)"
    ),
    "files": "def f(n):\n    i = 0\n    while True: i += 1; open(str(i), 'w').close()",
    "deep folders": "import os\ndef f(n):\n    while True: os.mkdir('d'); os.chdir('d')",
    "closed folders": "import os\ndef f(n):\n    for i in range(99):\n        os.makedirs(f'{i}/a/b'); os.chmod(f'{i}/a', 0); os.chmod(str(i), 0)\n    return 0",
    "errors": "import sys\ndef f(n):\n    while True: sys.stderr.write('e' * 99999)",
    "a deep stack": "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return repr([f(n)])",
    "a big number": "def f(n): return 9 ** 9 ** 9",
    "a slow pattern": "import re\ndef f(n): return re.match('(a|a)*b', 'a' * 60)",
    "stops itself": "import os, signal\ndef f(n): os.kill(os.getpid(), signal.SIGSTOP); os.killpg(0, signal.SIGSTOP)",
    "never reads": "import time\ntime.sleep(99)",
    "an endless answer": "import itertools\ndef f(n): return itertools.count()",
    "colliding keys": "def f(n): return {i * (2**61 - 1) for i in range(3000)}",
}


@pytest.mark.parametrize("name", EATERS)
def test_what_eats_is_stopped(isolated: Pool, name: str) -> None:
    begun = time.monotonic()
    assert not passes(isolated, EATERS[name], dataclasses.replace(LIMITS, cpu_s=1, wall_s=2))
    assert time.monotonic() - begun < 60
    assert passes(isolated, RIGHT)


def test_colliding_keys_do_not_hold_up_the_host(isolated: Pool) -> None:
    code = "def f(): return {i * (2**61 - 1) for i in range(3000)}"
    result = isolated.run(Serve(code=code, entry_point="f", calls=(Call(),)))
    assert result.status is Status.PROTOCOL


def test_a_host_file_a_port_and_the_environment(isolated: Pool, tmp_path: Path) -> None:
    secret = Path("/var/tmp") / f"verirs-test-{os.getpid()}"
    secret.write_text("secret")
    try:
        secret.chmod(0o666)
        held(isolated, if_it(f"def gets():\n    return open({str(secret)!r}).read()"))
        held(isolated, if_it(f"def gets():\n    open({str(secret)!r}, 'a').write('x')\n    return True"))
        held(
            isolated,
            if_it(
                f"import os\ndef gets():\n    os.link({str(secret)!r}, 'mine')\n    return open('mine').read()"
            ),
        )
        isolated.run(Stdio(code=f"import os; os.unlink({str(secret)!r})"))
        assert secret.read_text() == "secret"
    finally:
        secret.unlink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        held(
            isolated,
            if_it(
                f"import socket\ndef gets():\n    socket.create_connection(('127.0.0.1', {port}), 1); return True"
            ),
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    abstract = f"\0verirs-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(abstract)
        listener.listen()
        held(
            isolated,
            if_it(f"import socket\ndef gets():\n    socket.socket(1).connect({abstract!r}); return True"),
        )
    out = isolated.run(Stdio(code="import os; print(sorted(os.environ))")).stdout
    assert b"VERIRS" not in out and len(out) < 200


def test_nothing_is_left_for_the_next_job(isolated: Pool) -> None:
    leave = (
        "import os, socket, time, builtins, random\nrandom.seed(5); builtins.left = 1\n"
        "for d in ('/tmp', '.', '/dev/shm', '/var/tmp', '/run'):\n"
        "    try: os.makedirs(d + '/left/behind'); open(d + '/left-file', 'w').close()\n"
        "    except OSError: pass\n"
        "try:\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0:\n            s = socket.socket(1); s.bind('\\0left'); s.listen(); time.sleep(99)\n"
        "except OSError: pass\ntime.sleep(0.1)"
    )
    find = (
        "import os, socket, builtins\nfound = [d for d in ('/tmp', '.', '/dev/shm') if os.path.exists(d + '/left')]\n"
        "if hasattr(builtins, 'left'): found.append('builtins')\n"
        "try: socket.socket(1).connect('\\0left'); found.append('daemon')\nexcept OSError: pass\nprint(found)"
    )
    for _ in range(2 * isolated.workers):
        isolated.run(Stdio(code=leave))
        assert isolated.run(Stdio(code=find)).stdout == b"[]\n"


@pytest.mark.parametrize("name", [*ISOLATED, "docker:runsc"])
def test_the_self_test_holds(name: str, request: pytest.FixtureRequest) -> None:
    assert self_test(opened(name, request)) == []
