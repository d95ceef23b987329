"""Loops whose samples come from servers: started by the loop, or told to load each round's model."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loop.loops import table
from verirs.demo.policy import model_path
from verirs.demo.policy.problems import ArithmeticProblems
from verirs.errors import ConfigError, StepFailed
from verirs.loop import iterate
from verirs.loop.config import read
from verirs.loop.sections import ServeConfig
from verirs.loop.serving import Serving, addresses
from verirs.running.config import merge

SERVER = str(Path(__file__).with_name("chat_server.py"))


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def golds(tmp_path: Path) -> Path:
    every = [
        *ArithmeticProblems(count=20).problems(),
        *ArithmeticProblems(count=8, split="held-out").problems(),
    ]
    path = tmp_path / "golds.json"
    path.write_text(json.dumps({p.prompt[-1]["content"]: p.answer for p in every}))
    return path


def served(path: Path, port: int, **serve: Any) -> dict[str, Any]:
    engine = {"name": "openai", "base_url": f"http://127.0.0.1:{port}/v1"}
    raw = table(path, "other", measure={"kl": False}, serve=serve)
    return merge({**raw, "sample": {**raw["sample"], "engine": engine}}, {"held_out": {"n": 2}})


def nobody(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


def names(seen: Path, path: Path) -> list[str]:
    return [line.removeprefix(f"{path}/") for line in seen.read_text().splitlines()]


def test_a_server_is_started_with_each_rounds_model_and_ended_before_the_training(
    tmp_path: Path, port: int, golds: Path
) -> None:
    seen, path = tmp_path / "seen", tmp_path / "loop"
    command = [sys.executable, "-S", SERVER, str(port), "{model}", str(golds), str(seen)]
    raw = served(path, port, command=command)
    # a trainer that fails while the port is taken: the server would hold the GPUs
    gone = f"import socket, sys; sys.exit(socket.socket().connect_ex(('127.0.0.1', {port})) == 0)"
    first = f'{sys.executable} -S -c "{gone}" && exec "$@"'
    raw["train"]["command"] = ["sh", "-c", first, "-", *raw["train"]["command"]]
    result = iterate(raw)
    assert len(result.rounds) == 3
    # one start for round 0 and round 1's samples, one for round 1's judgement and round 2's samples, one more
    assert names(seen, path) == [str(model_path()), "round-01/model", "round-02/model"]
    assert nobody(port)


@pytest.fixture
def running(port: int, golds: Path, tmp_path: Path) -> Iterator[Path]:
    seen = tmp_path / "seen"
    process = subprocess.Popen(
        [sys.executable, "-S", SERVER, str(port), "nothing", str(golds), str(seen)], start_new_session=True
    )
    yield seen
    process.kill()
    process.wait()


def test_a_server_elsewhere_is_told_to_load_each_rounds_model(
    tmp_path: Path, port: int, running: Path
) -> None:
    path = tmp_path / "loop"
    tell = (
        "import json, sys, time, urllib.request as u\n"
        "body = json.dumps({'model': sys.argv[2]}).encode()\n"
        "for i in range(600):\n"
        "    try:\n"
        "        u.urlopen(u.Request(sys.argv[1], data=body)); break\n"
        "    except OSError:\n"
        "        time.sleep(0.1)\n"
    )
    reload = [sys.executable, "-c", tell, f"http://127.0.0.1:{port}/reload", "{model}"]
    result = iterate(served(path, port, reload=reload))
    assert len(result.rounds) == 3
    assert names(running, path) == ["nothing", str(model_path()), "round-01/model", "round-02/model"]


def test_a_server_that_does_not_come_up_is_a_failed_step_with_its_words(tmp_path: Path, port: int) -> None:
    command = [sys.executable, "-S", "-c", "import sys; sys.exit('CUDA out of memory')"]
    serving = Serving(ServeConfig(command=command), tmp_path)
    with pytest.raises(StepFailed, match=r"serving m failed: exit status 1(.|\n)*CUDA out of memory"):
        serving.serve("m", {"base_url": f"http://127.0.0.1:{port}/v1"})


def test_a_server_with_another_name_is_not_waited_for_without_end(
    tmp_path: Path, port: int, golds: Path
) -> None:
    command = [sys.executable, "-S", SERVER, str(port), "llama", str(golds)]
    serving = Serving(ServeConfig(command=command, wait=0.05), tmp_path)
    with pytest.raises(StepFailed, match=r"no server has it after 0.05 minutes(.|\n)*--served-model-name"):
        serving.serve("m", {"base_url": f"http://127.0.0.1:{port}/v1"})
    assert nobody(port)


@pytest.mark.parametrize(
    ("serve", "says"),
    [
        (None, "a server has to be given each round's model"),
        ({}, "give command .* or reload"),
        ({"command": ["a"], "reload": ["b"]}, "give command .* or reload"),
        ({"reload": ["a", "{modle}"]}, r"\{modle\} is filled in by nobody; did you mean"),
        ({"command": ["vllm", "serve", "/models/base"]}, r"must contain \{path\} or \{model\}"),
        ({"reload": ["restart"]}, r"must contain \{path\} or \{model\}"),
    ],
)
def test_what_serves_the_rounds_is_asked_for(tmp_path: Path, serve: Any, says: str) -> None:
    raw = served(tmp_path / "x", 1, **(serve or {}))
    if serve is None:
        del raw["serve"]
    with pytest.raises(ConfigError, match=says):
        read(raw)


def test_an_engine_that_loads_models_needs_no_server(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the transformers engine loads the models itself"):
        read(table(tmp_path / "x", serve={"reload": ["true"]}))


def test_the_servers_of_a_pool_are_all_asked(tmp_path: Path) -> None:
    file = tmp_path / "pool.txt"
    file.write_text("http://a/v1\n# not this\n\nhttp://b/v1\n")
    assert addresses(str(file)) == ["http://a/v1", "http://b/v1"]
    assert addresses(["http://a/v1"]) == ["http://a/v1"]
    assert addresses(None) == []


def test_a_server_needs_an_address_that_is_not_the_default(tmp_path: Path) -> None:
    raw = served(tmp_path / "x", 1, command=["vllm", "serve", "{path}"])
    raw["sample"]["engine"] = {"name": "openai"}
    with pytest.raises(ConfigError, match=r"sample\.engine\.base_url is missing"):
        read(raw)


def test_a_program_that_is_not_here_is_said_before_anything_is_sampled(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"serve\.command: there is no program 'vlm-serve'"):
        iterate(served(tmp_path / "x", 1, command=["vlm-serve {path} --name {model}"]))


def test_a_command_of_one_text_is_parted_as_a_shell_does(tmp_path: Path, port: int, golds: Path) -> None:
    command = [f"{sys.executable} -S {SERVER} {port} {{model}} {golds}"]
    serving = Serving(ServeConfig(command=command), tmp_path)
    serving.serve("m", {"base_url": f"http://127.0.0.1:{port}/v1"})
    serving.end()
    assert nobody(port)
