"""Runs that are killed with SIGKILL at random moments and then go on; shared by test and benchmark.

A run's life here: sample n=4, top up to n=8, score everything again, export. The process that lives it
is a fork of this one, so that a kill costs milliseconds and hits the work, not Python's start.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from verirs.running import again
from verirs.running import drive as running
from verirs.running.config import Config, parse
from verirs.store import store

UNTIL = {"accept": 3, "first": 2}


def config(folder: Path, n: int, until: bool = False) -> Config:
    raw: dict[str, Any] = {
        "name": "run",
        "runs": str(folder),
        "n": n,
        "source": {"name": "arithmetic", "count": 60},
        "engine": {"name": "fake", "latency": 0.003, "concurrency": 32},
        "scorer": {"math": {}},
        "select": {"k": 3},
        "export": {"sinks": ["sft", "dpo", "kto", "rejects"], "formats": ["parquet", "jsonl"]},
    }
    return parse(raw | ({"until": UNTIL} if until else {}))


def life(folder: Path, until: bool = False) -> None:
    """The whole run, from whatever state the folder is in."""
    store.SEAL_BYTES = store.MOST_SEAL_BYTES = 12_000  # seal, and merge shards, many times in a small run
    done = folder / "rescored"
    if not done.exists():
        running.run(config(folder, 4, until))
        running.run(config(folder, 8, until))
        again.score(folder / "run")
        done.touch()
    running.run(config(folder, 8, until))


def live_in_child(folder: Path, seconds: float | None, until: bool = False) -> bool:
    """Live in a forked process; kill it after ``seconds``. Whether it reached its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            life(folder, until)
            code = 0
        except BaseException:  # noqa: BLE001 - the child must end here, whatever happened
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    if seconds is None:
        _, status = os.waitpid(pid, 0)
    else:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            time.sleep(0.002)
        else:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            return False
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0, f"the run failed with status {status}"
    return True


def exported(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "run" / "export").iterdir())}


def kill_many(folder: Path, kills: int, seed: int, until: bool = False) -> tuple[int, dict[str, int]]:
    """Kill runs at random moments until ``kills`` kills have hit; after each few, let one end and compare.

    Args:
        until: problems stop by their verdicts.

    Returns:
        How many runs were compared, and how many kills hit in which stage (by what lay on the disk).
    """
    undisturbed = folder / "undisturbed"
    undisturbed.mkdir()
    begun = time.monotonic()
    live_in_child(undisturbed, None, until)
    length = time.monotonic() - begun
    want = exported(undisturbed)
    rng = random.Random(seed)
    hit = compared = 0
    stages: dict[str, int] = {}
    while hit < kills:
        here = folder / f"killed-{compared}"
        here.mkdir()
        ended = False
        for _ in range(5):
            # short moments are as likely as late ones: work that is left shrinks with every kill
            ended = live_in_child(here, length * rng.random() ** 2, until)
            if ended:
                break
            hit += 1
            stage = _stage(here / "run")
            stages[stage] = stages.get(stage, 0) + 1
        if not ended:
            live_in_child(here, None, until)
        got = exported(here)
        assert got.keys() == want.keys(), f"seed {seed}, run {compared}: files {got.keys()}"
        for name, data in want.items():
            assert got[name] == data, (
                f"seed {seed}, run {compared}: {name} differs from the undisturbed run's"
            )
        compared += 1
    return compared, stages


def _stage(run: Path) -> str:
    """Roughly where a kill hit."""
    groups = run / "groups"
    if not groups.exists():
        return "before"
    if any(p.name != ".verirs.json" for p in (run / "export").glob(".*")):
        return "exporting"
    if any(p.name.endswith(".partial") for p in groups.rglob(".*")):
        return "sealing"
    if len(list(groups.glob("scores-*"))) > 1:
        return "re-scoring"
    if (run / "export").exists():
        return "topping up"
    return "sampling and scoring"
