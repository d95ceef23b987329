"""The clock on the wall jumps, by an hour back, a day forward, 25 times a second: nothing waits longer for
it or gives up. A server, an engine whose server asks to wait, the code scorer's sandbox and a whole run
go on in processes of which only that clock is false; and no module reads it where it measures a time.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

pytest.importorskip("uvicorn")

from tests.hooks.test_serve import serving
from verirs import grade_many

HERE = Path(__file__).parents[2]
FALSE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
static int (*told)(clockid_t, struct timespec *);
static long off(void) {
  static const long jumps[] = {0, -3600, 86400, -86400, 3600, -1800, 0, 7};
  struct timespec t;
  told(CLOCK_MONOTONIC, &t);
  return jumps[(t.tv_sec * 25 + t.tv_nsec / 40000000) * 2654435761UL >> 7 & 7];
}
int clock_gettime(clockid_t id, struct timespec *t) {
  if (!told) told = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = told(id, t);
  if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += off();
  return failed;
}
int gettimeofday(struct timeval *t, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
"""
WALL = {
    ("verirs/serve/chat.py", "time.time"),  # "created" of a model and of a reply
    ("verirs/serve/wire.py", "time.time"),
    ("verirs/system/http.py", "time.time"),  # a date of a server that tells no time of its own
    ("verirs/view/run.py", "datetime.now"),  # when a mark was set
}


@pytest.fixture(scope="module")
def false_clock(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("a false clock is made with a C compiler, on Linux")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "false.c").write_text(FALSE)
    library = folder / "false.so"
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(folder / "false.c"), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    assert int(in_it(str(library), "-c", JUMPS)) > 2  # else nothing here is tested
    return str(library)


def in_it(library: str, *command: str, cwd: Path = HERE) -> str:
    """What Python says in a process whose clock is false."""
    env = {**os.environ, "LD_PRELOAD": library, "PYTHONPATH": str(HERE)}
    found = subprocess.run(
        [sys.executable, *command], env=env, cwd=cwd, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_only_what_tells_a_date_reads_the_clock_on_the_wall() -> None:
    found = set()
    for path in (HERE / "verirs").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                found |= {
                    (path, f"from time import {one.name}")
                    for one in node.names
                    if one.name.startswith("time")
                }
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = f"{node.value.id}.{node.attr}"
                if name in ("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"):
                    found.add((path, name))
    assert {(str(path.relative_to(HERE)), name) for path, name in found} == WALL


def test_a_server_answers_every_row_and_its_waits_are_as_long_as_ever(
    false_clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"text": "Hm, let me see. " * (i % 3) * 90 + rf"\boxed{{{i}}}", "answer": str(i % 50)}
        for i in range(300)
    ]
    wanted = [float(s.verdict == "pass") for s in grade_many("math", rows)]
    monkeypatch.setenv("LD_PRELOAD", false_clock)
    with serving("math") as (process, url):

        async def many() -> list[float]:
            async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=32)) as client:
                bodies = [{"response": row["text"], "label": row["answer"]} for row in rows]
                replies = await asyncio.gather(*(client.post(f"{url}/rm", json=body) for body in bodies))
            return [reply.json() for reply in replies]

        assert asyncio.run(many()) == wanted and sum(wanted) == 50
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60) as one:
            one.sendall(b"POST /rm HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
            time.sleep(1)  # many jumps of a day: a body has a minute
            one.sendall(b"}")
            assert b"200 OK" in one.recv(4096)
        seconds = httpx.get(f"{url}/metrics").text.partition("verirs_request_seconds_sum ")[2].split()[0]
        assert 1 <= float(seconds) < 3600
        process.terminate()
        assert process.wait(30) == 0


JUMPS = """
import time

seen = set()
for _ in range(20):
    seen.add(round(time.time() - time.monotonic(), -3))
    time.sleep(0.03)
print(len(seen))
"""
ENGINE = """
import asyncio
from tests.engines.server import ChatServer
from tests.engines.test_openai import request
from verirs.engines.openai import OpenAIEngine

server = ChatServer()
server.script.extend([(429, {"Retry-After": "0.2"}), 503] * 4)

async def go():
    engine = OpenAIEngine("tiny", server.url, deadline=100, timeout=50)
    await engine.start()
    print(len([c async for c in engine.sample(request(*range(40)))]))
    await engine.close()

asyncio.run(go())
server.close()
"""
LIVE = """
import verirs

for seed in range(5):
    print(len(verirs.best_of("What is 6 x 7?", n=4, engine="fake", seed=seed).text) > 0)
"""
PROGRAMS = """
from verirs import grade_many

TEXTS = ("return 1", "import time; time.sleep(0.5); return 1", "while True: pass")

if __name__ == "__main__":
    about = {"tests": "assert f() == 1", "entry_point": "f"}
    scores = grade_many("code", [{"text": f"def f():\\n    {t}", **about} for t in TEXTS], timeout=1)
    print(*(score.verdict for score in scores), "timeout" in scores[2].reason)
"""


def test_an_engine_that_is_asked_to_wait_loses_no_sample(false_clock: str) -> None:
    assert in_it(false_clock, "-c", ENGINE).split() == ["40"]


def test_the_best_of_n_is_found(false_clock: str) -> None:
    assert in_it(false_clock, "-c", LIVE).split() == ["True"] * 5


def test_programs_get_their_time_and_no_more(false_clock: str, tmp_path: Path) -> None:
    (tmp_path / "programs.py").write_text(PROGRAMS)
    assert in_it(false_clock, str(tmp_path / "programs.py")).split() == ["pass", "pass", "fail", "True"]


MAIN = "from verirs.cli import main; main()"


def test_a_run_ends_with_all_that_it_should_have(false_clock: str, tmp_path: Path) -> None:
    rows = [{"id": f"p{i}", "question": f"What is {i} + {i}?", "answer": str(2 * i)} for i in range(100)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = 'n = 4\n[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\nname = "fake"\n[scorer.math]\n'
    (tmp_path / "run.toml").write_text(config)
    in_it(false_clock, "-c", MAIN, "run", "run.toml", cwd=tmp_path)
    (run,) = (tmp_path / "runs").iterdir()
    in_it(false_clock, "-c", MAIN, "verify", str(run))
    assert json.loads((run / "summary.json").read_text())["completions"] == 400
