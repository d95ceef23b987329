"""The job files of ``examples/cluster``: run as their scheduler would, with its variables, and parsed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.test_commands import refused
from tests.strictly import ROOT

JOBS = ROOT / "examples" / "cluster"


def environment(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **more}


def test_two_tasks_of_an_array_make_the_two_shards(tmp_path: Path) -> None:
    (tmp_path / "srun").write_text('#!/bin/sh\nexec "$@"\n')
    (tmp_path / "srun").chmod(0o755)
    (tmp_path / "run.toml").write_text('n = 2\n[source]\nname = "easy"\nlimit = 6\n[engine]\nname = "fake"\n')
    for task in ("0", "1"):
        assert shard(tmp_path, task, "0-1").returncode == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["run-shard-0-of-2", "run-shard-1-of-2"]


def shard(folder: Path, task: str, array: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A task of ``sbatch --array=ARRAY`` with the variables that Slurm gives it."""
    least, _, most = array.partition("-")
    env = environment(
        SLURM_ARRAY_TASK_ID=task,
        SLURM_ARRAY_TASK_COUNT=str(int(most or least) - int(least) + 1),
        SLURM_ARRAY_TASK_MIN=least,
        SLURM_ARRAY_TASK_MAX=most or least,
        **more,
    )
    env["PATH"] = f"{folder}:{env['PATH']}"
    return subprocess.run(
        ["bash", JOBS / "shards.sbatch", "run.toml"], cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("task", "array"),
    [
        ("3", "3"),  # one that failed, again: https://github.com/deepmodeling/dpdispatcher/pull/171
        ("8", "1-8"),  # counted from 1: https://github.com/marbl/canu/issues/337
        ("1", "1-8"),
    ],
)
def test_an_array_that_is_not_all_of_the_shards_must_say_how_many(
    task: str, array: str, tmp_path: Path
) -> None:
    """Slurm gives the size of this array: task 3 alone would be shard 3 of 1, and 1 to 8 leave 0 out."""
    (tmp_path / "srun").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "srun").chmod(0o755)
    done = shard(tmp_path, task, array)
    assert done.returncode == 2 and "set SHARDS" in done.stderr and not done.stdout
    assert f"--shard {task}/9" in shard(tmp_path, task, array, SHARDS="9").stdout


def test_a_server_stands_in_the_list_as_long_as_it_serves(tmp_path: Path) -> None:
    listed = tmp_path / "servers.txt"
    # the last is of its own first try, on a node that was lost:
    # https://github.com/transformerlab/transformerlab-app/pull/1003
    listed.write_text("http://other:8000/v1\nhttp://lost:20123/v1 # job 123\n")
    env = environment(
        SLURM_JOB_ID="123", SERVE=f"{sys.executable} -m http.server", LIST=str(listed), MODEL="tiny"
    )
    job = subprocess.Popen(
        ["bash", JOBS / "servers.sbatch"], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while "lost" in listed.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        first, second = listed.read_text().splitlines()
        assert first == "http://other:8000/v1"
        assert second.startswith("http://") and second.endswith(":20123/v1 # job 123")
    finally:
        job.send_signal(signal.SIGTERM)
        job.wait(timeout=60)
    assert listed.read_text() == "http://other:8000/v1\n"


def commands(table: Any) -> list[str]:
    """Every command of verirs that a manifest runs."""
    if isinstance(table, dict):
        return [c for value in table.values() for c in commands(value)]
    if isinstance(table, list):
        if table and table[0] == "verirs":
            return [" ".join(table)]
        return [c for value in table for c in commands(value)]
    return []


def test_the_indexed_job_gives_every_pod_its_shard() -> None:
    job = yaml.safe_load((JOBS / "shards.k8s.yaml").read_text(encoding="utf-8"))
    spec = job["spec"]
    assert (job["apiVersion"], job["kind"], spec["completionMode"]) == ("batch/v1", "Job", "Indexed")
    (command,) = commands(job)
    assert refused(command.replace("$(JOB_COMPLETION_INDEX)", "0")) == ""
    assert f"$(JOB_COMPLETION_INDEX)/{spec['completions']} " in command
    # a preempted pod is ended with this condition, and the index is tried again for nothing
    (ignore,) = spec["podFailurePolicy"]["rules"]
    assert ignore["action"] == "Ignore" and ignore["onPodConditions"][0]["type"] == "DisruptionTarget"
    volumes = {v["name"] for v in spec["template"]["spec"]["volumes"]}
    mounts = {m["name"] for c in spec["template"]["spec"]["containers"] for m in c["volumeMounts"]}
    assert volumes == mounts


def test_two_pods_of_one_index_write_no_run_together(tmp_path: Path) -> None:
    """Rare, and Kubernetes promises nothing: https://github.com/kubernetes/website/issues/31719"""
    (tmp_path / "run.toml").write_text(
        'n = 40\n[source]\nname = "easy"\nlimit = 12\n'
        '[engine]\nname = "fake"\nlatency = 0.2\nconcurrency = 20\n'
    )
    command = [sys.executable, "-m", "verirs.cli", "run", "run.toml", "--shard", "0/2"]
    slow = [*command, "--set", "engine.concurrency=1"]
    first = subprocess.Popen(slow, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (tmp_path / "runs/run-shard-0-of-2/manifest.json").exists() and time.monotonic() < until:
        time.sleep(0.05)
    second = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    first.kill()
    first.wait(60)
    assert second.returncode == 2 and "is being written by another process" in " ".join(second.stderr.split())
    again = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr


def test_the_sky_task_serves_on_the_port_that_it_opens() -> None:
    task = yaml.safe_load((JOBS / "servers.sky.yaml").read_text(encoding="utf-8"))
    assert f"--port {task['resources']['ports']}" in task["run"]


@pytest.mark.parametrize("name", ["servers.sbatch", "shards.sbatch"])
def test_the_lines_for_slurm_stand_before_the_first_command(name: str) -> None:
    lines = (JOBS / name).read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(i < first for i, line in enumerate(lines) if line.startswith("#SBATCH"))
    subprocess.run(["bash", "-n", JOBS / name], check=True)
