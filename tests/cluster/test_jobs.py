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
        env = environment(SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_COUNT="2")
        env["PATH"] = f"{tmp_path}:{env['PATH']}"
        subprocess.run(["bash", JOBS / "shards.sbatch", "run.toml"], cwd=tmp_path, env=env, check=True)
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["run-shard-0-of-2", "run-shard-1-of-2"]


def test_a_server_stands_in_the_list_as_long_as_it_serves(tmp_path: Path) -> None:
    listed = tmp_path / "servers.txt"
    listed.write_text("http://other:8000/v1\n")
    env = environment(
        SLURM_JOB_ID="123", SERVE=f"{sys.executable} -m http.server", LIST=str(listed), MODEL="tiny"
    )
    job = subprocess.Popen(
        ["bash", JOBS / "servers.sbatch"], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while ":20123/v1" not in listed.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        first, second = listed.read_text().splitlines()
        assert first == "http://other:8000/v1"
        assert second.startswith("http://") and second.endswith(":20123/v1")
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
    volumes = {v["name"] for v in spec["template"]["spec"]["volumes"]}
    mounts = {m["name"] for c in spec["template"]["spec"]["containers"] for m in c["volumeMounts"]}
    assert volumes == mounts


def test_the_sky_task_serves_on_the_port_that_it_opens() -> None:
    task = yaml.safe_load((JOBS / "servers.sky.yaml").read_text(encoding="utf-8"))
    assert f"--port {task['resources']['ports']}" in task["run"]


@pytest.mark.parametrize("name", ["servers.sbatch", "shards.sbatch"])
def test_the_lines_for_slurm_stand_before_the_first_command(name: str) -> None:
    lines = (JOBS / name).read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(i < first for i, line in enumerate(lines) if line.startswith("#SBATCH"))
    subprocess.run(["bash", "-n", JOBS / name], check=True)
