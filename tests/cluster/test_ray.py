"""A run in a real Ray cluster of several nodes: the same bytes as here, whatever is lost on the way."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from verirs import run
from verirs.cluster import scorers
from verirs.cluster.engine import RayEngine
from verirs.cluster.ray_cluster import Places, connect, count_workers
from verirs.cluster.scorers import _half, _parts
from verirs.errors import EngineError, UserError
from verirs.running.config import Config
from verirs.running.drive import RunResult
from verirs.store import Store
from verirs.types import Completion, Problem, Verdict

ray = pytest.importorskip("ray", reason="the extra ray is not installed")

PROBLEMS = 40
N = 8


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes of two CPUs each."""
    from ray.cluster_utils import Cluster

    root = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = root  # the nodes load the tests' parts from here
    made = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False}, connect=False
    )
    made.add_node(num_cpus=2)
    try:
        yield made
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def places(cluster: Any) -> dict[str, Any]:
    return {"workers": 2, "address": cluster.address}


def source(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "problems.jsonl"
    rows = (
        f'{{"id": "p{i:03}", "prompt": "What is {i} + {i}?", "answer": "{2 * i}"}}\n' for i in range(PROBLEMS)
    )
    path.write_text("".join(rows), encoding="utf-8")
    return {"name": "file", "path": str(path)}


def table(tmp_path: Path, name: str, **over: Any) -> dict[str, Any]:
    return {
        "name": name,
        "runs": str(tmp_path / "runs"),
        "n": N,
        "source": source(tmp_path),
        "engine": {"name": "fake", "latency": 0.05},
        "limits": {"max_errors": 0.5},
        **over,
    }


def exported(path: Path) -> dict[str, str]:
    files = sorted((path / "export").glob("*.parquet"))
    assert files
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def drawn(result: RunResult) -> dict[str, int]:
    groups = Store.open(result.path).groups()
    return {group.problem.id: len(group.candidates) for group in groups if group.candidates}


def wait_for_samples(path: Path) -> None:
    """Until the run's journals hold some of its samples."""
    until = time.monotonic() + 200
    while sum(file.stat().st_size for file in path.glob("**/*.jsonl*")) < 4096:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_run_in_the_cluster_writes_the_same_bytes_as_here_and_goes_on_here(
    tmp_path: Path, places: dict[str, Any]
) -> None:
    there = run(table(tmp_path, "there", ray={**places, "scorers": 2}))
    here = run(table(tmp_path, "here"))
    assert exported(there.path) == exported(here.path)
    more = run(table(tmp_path, "there", n=N + 2))  # the same run, without the cluster
    assert set(drawn(more).values()) == {N + 2}


@pytest.mark.parametrize("how", ["exit", "raise"])
def test_a_problem_that_kills_its_worker_costs_itself_alone(
    tmp_path: Path, places: dict[str, Any], how: str
) -> None:
    engine = {"name": "tests.cluster.parts:Deadly", "problem": "p017", "how": how}
    result = run(table(tmp_path, how, engine=engine, ray=places))
    assert drawn(result) == {f"p{i:03}": N for i in range(PROBLEMS) if i != 17}
    ((why, count),) = result.progress.given_up.items()
    assert count == N
    assert "workers died of it that had nothing else in hand" in why


def test_a_completion_that_kills_its_judge_gets_an_error_alone(
    tmp_path: Path, places: dict[str, Any]
) -> None:
    scorer = {"deadly": {"plugin": "tests.cluster.parts:DeadlyScorer"}}
    few = {**source(tmp_path), "limit": 10}
    result = run(table(tmp_path, "judged", source=few, scorer=scorer, ray={**places, "scorers": 2}))
    verdicts = {
        (group.problem.id, c.completion.index): c.verdict
        for group in Store.open(result.path).groups()
        for c in group.candidates
    }
    assert [key for key, verdict in verdicts.items() if verdict is not Verdict.PASS] == [("p007", 3)]
    assert verdicts["p007", 3] is Verdict.ERROR


def test_a_node_that_is_lost_costs_nothing(tmp_path: Path, cluster: Any) -> None:
    node = cluster.add_node(num_cpus=1)
    options = {"latency": 1.0, "concurrency": 16}
    every_cpu = Places(workers=5, address=cluster.address)
    engine = RayEngine("fake", options, every_cpu)
    lost = []
    config = Config(**table(tmp_path, "lost", engine={"name": "fake", **options}))

    def lose() -> None:
        wait_for_samples(config.path)
        cluster.remove_node(node, allow_graceful=False)
        lost.append(True)

    thread = threading.Thread(target=lose)
    thread.start()
    result = run(config, engine=engine)
    thread.join()
    assert lost
    assert engine.retried["a worker was lost"]
    assert set(drawn(result).values()) == {N}


def test_a_driver_that_was_killed_goes_on_to_the_same_bytes(tmp_path: Path, places: dict[str, Any]) -> None:
    config = table(tmp_path, "killed", engine={"name": "fake", "latency": 1.0, "concurrency": 16})
    program = f"import verirs; verirs.run({ {**config, 'ray': places}!r})"
    driver = subprocess.Popen([sys.executable, "-c", program])
    path = tmp_path / "runs" / "killed"
    wait_for_samples(path)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    kept = sum(len(group.candidates) for group in Store.open(path).groups())
    assert 0 < kept < PROBLEMS * N
    run({**config, "ray": places})
    run({**config, "name": "whole"})
    assert exported(path) == exported(path.parent / "whole")


def test_a_command_that_is_stopped_says_so_in_its_own_words(tmp_path: Path, cluster: Any) -> None:
    source(tmp_path)
    command = (
        "run --source problems.jsonl --engine fake --set engine.latency=1.0 -n 8 --name stopped --on ray"
    )
    driver = subprocess.Popen(
        [sys.executable, "-m", "verirs.cli", *command.split(), "--set", f"ray.address={cluster.address}"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_samples(tmp_path / "runs" / "stopped")
    driver.send_signal(signal.SIGTERM)
    said = driver.communicate(timeout=120)[1]
    assert driver.returncode == 130 and "Run the same command to go on" in said
    assert "SIGTERM received" not in said


def test_a_node_with_another_model_under_the_name_is_refused(tmp_path: Path, places: dict[str, Any]) -> None:
    engine = {"name": "tests.cluster.parts:Elsewhere"}
    with pytest.raises(UserError, match="another engine under the same name: model = "):
        run(table(tmp_path, "other", engine=engine, ray=places))


def test_engines_that_ask_servers_are_refused(tmp_path: Path) -> None:
    engine = {"name": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(UserError, match="engine openai computes nothing itself"):
        run(table(tmp_path, "asks", engine=engine, ray={}))


def test_two_runs_of_one_process_use_the_cluster_that_the_first_began(tmp_path: Path) -> None:
    """As a loop does; each run has an event loop of its own, whose threads end with it."""
    own = {"workers": 1, "address": "local"}  # Ray's word for a cluster of one's own
    tables = [table(tmp_path, name, ray=own) for name in ("first", "second")]
    program = f"import verirs\nfor table in {tables!r}: verirs.run(table)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=280)
    assert exported(tmp_path / "runs" / "first") == exported(tmp_path / "runs" / "second")


def test_a_problem_that_is_judged_whole_is_never_cut() -> None:
    items = [(Problem(id=p, prompt="?"), Completion(index=i, text="")) for p in "abc" for i in range(3)]
    assert _half(items, False) == 4
    assert _half(items, True) in (3, 6)
    assert _half(items[:3], True) == 0
    assert [len(part) for part in _parts(items * 8, 2, True)] == [36, 36]


def test_processes_that_find_no_room_are_waited_for_so_long(
    tmp_path: Path, places: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorers, "_PATIENCE", 3.0)
    with pytest.raises(EngineError, match="no room for 50 processes that judge"):
        run(table(tmp_path, "crowded", ray={**places, "scorers": 50}))


class _Nodes:
    """What Ray says of its nodes."""

    def __init__(self, *nodes: dict[str, float]):
        self._nodes = nodes

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": node} for node in self._nodes]


@pytest.mark.parametrize(
    ("nodes", "places", "needed", "expected"),
    [
        ([{"CPU": 8.0, "GPU": 8.0}] * 2, Places(), 1, (16, 1.0)),
        ([{"CPU": 8.0, "GPU": 8.0}] * 2, Places(), 4, (4, 4.0)),
        ([{"CPU": 8.0, "GPU": 3.0}] * 2, Places(), 2, (2, 2.0)),
        ([{"CPU": 8.0, "GPU": 8.0}], Places(gpus=0.5), 1, (16, 0.5)),
        ([{"CPU": 8.0}] * 3, Places(), 1, (3, 0.0)),
        ([{"CPU": 8.0}, {"CPU": 8.0, "GPU": 4.0}], Places(), 1, (4, 1.0)),
        ([{"CPU": 8.0}], Places(workers=5), 1, (5, 0.0)),
    ],
)
def test_workers_fill_the_gpus_or_the_nodes(
    nodes: list[dict[str, float]], places: Places, needed: int, expected: tuple[int, float]
) -> None:
    assert count_workers(_Nodes(*nodes), places, needed) == expected


def test_more_gpus_than_a_node_has_are_refused() -> None:
    with pytest.raises(UserError, match=r"needs 8 GPUs .* more than 4"):
        count_workers(_Nodes({"CPU": 8.0, "GPU": 4.0}), Places(), 8)


def test_no_cluster_is_said(tmp_path: Path) -> None:
    program = "from verirs.cluster.ray_cluster import connect; connect('127.0.0.1:9')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "RAY_gcs_rpc_server_reconnect_timeout_s": "1"},
        timeout=200,
    )
    assert "EngineError: no Ray cluster at 127.0.0.1:9" in done.stderr


def test_a_cluster_that_wants_a_token_is_not_called_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ray start --head` of Ray 2.60 makes such a cluster."""

    def refused(*_: Any, **__: Any) -> None:
        try:
            raise RuntimeError(
                "Failed to connect to GCS. ray.exceptions.AuthenticationError: InvalidAuthToken"
            )
        except RuntimeError as e:
            raise ConnectionError("Failed to connect to Ray cluster at 1.2.3.4:6379.") from e

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(EngineError, match=r"without its token: set RAY_AUTH_MODE=token") as stop:
        connect("")
    assert "no Ray cluster" not in str(stop.value)
