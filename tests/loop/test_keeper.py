"""One engine for a whole loop: kept, rested, given new weights; and every way in which it cannot be."""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
from pathlib import Path
from typing import Any, ClassVar

import pytest
from rich.console import Console

from tests.loop.loops import outcome, table
from verirs.demo.policy import model_path
from verirs.engines.fake import FakeEngine
from verirs.engines.models import Located, locate, same_but_weights
from verirs.errors import EngineError
from verirs.loop import config as loop_config
from verirs.loop import problems
from verirs.loop.folder import HELD_OUT
from verirs.loop.loop import Loop
from verirs.loop.serving import Keeper
from verirs.parts import build
from verirs.running import drive as running
from verirs.running.config import Config, parse
from verirs.store import Store

HAS_VLLM = importlib.util.find_spec("vllm") is not None


class Restful(FakeEngine):
    """The fake engine, with a model's name and what is done to it written down."""

    said: ClassVar[list[str]] = []
    refuses: ClassVar[set[str]] = set()

    def __init__(self, model: str, **options: Any) -> None:
        super().__init__(**options)
        self.model = model

    def identity(self) -> dict[str, Any]:
        return {**super().identity(), "model": self.model}

    def outlive(self) -> None:
        self._say("outlive")

    async def start(self) -> None:
        self._say("start")
        await super().start()

    async def rest(self) -> None:
        self._say("rest")

    async def resume(self, model: str) -> bool:
        self._say(f"resume {model}")
        self.model = model
        return "other shape" not in model

    async def close(self) -> None:
        self._say("close")
        await super().close()

    def _say(self, what: str) -> None:
        self.said.append(what)
        if what.split()[0] in self.refuses:
            raise EngineError(f"cannot {what}")


@pytest.fixture
def said() -> list[str]:
    Restful.said, Restful.refuses = [], set()
    return Restful.said


def config(path: Path, model: str, **engine: Any) -> Config:
    engine = {"name": f"{__name__}:Restful", "model": model, **engine}
    return parse(
        {"name": model, "runs": str(path), "n": 2, "engine": engine, "export": {"sinks": []},
         "source": {"name": "arithmetic", "count": 3}}
    )  # fmt: skip


def run(keeper: Keeper, wanted: Config) -> None:
    assert running.run(wanted, engine=keeper.engine(wanted)).progress.sampled == 6


def test_it_is_started_once_and_ends_with_the_loop(tmp_path: Path, said: list[str]) -> None:
    keeper = Keeper()
    run(keeper, config(tmp_path, "a"))
    keeper.rest()
    run(keeper, config(tmp_path, "b"))
    assert Store.open(tmp_path / "b").manifest.identity["engine.model"] == "b"
    keeper.end()
    keeper.end()
    assert said == ["outlive", "start", "rest", "resume b", "start", "close"]  # start: a no-op by then


@pytest.mark.parametrize("refusal", ["rest", "resume"])
def test_what_it_cannot_do_ends_in_a_new_one(
    tmp_path: Path, said: list[str], refusal: str, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = Keeper()
    Restful.refuses = {refusal}
    run(keeper, config(tmp_path, "a"))
    with caplog.at_level(logging.WARNING, "verirs"):
        keeper.rest()
        run(keeper, config(tmp_path, "b"))
    keeper.end()
    assert said.count("start") == said.count("close") == said.count("outlive") == 2
    assert f"cannot {refusal}" in caplog.text and "anew" in caplog.text


def test_another_shape_or_other_options_make_a_new_one(tmp_path: Path, said: list[str]) -> None:
    keeper = Keeper()
    run(keeper, config(tmp_path, "a"))
    run(keeper, config(tmp_path, "other shape"))
    run(keeper, config(tmp_path, "c", concurrency=7))
    keeper.end()
    assert said.count("outlive") == said.count("close") == 3


@pytest.mark.parametrize(
    ("file", "change", "same"),
    [
        ("model.safetensors", None, True),
        ("config.json", {"transformers_version": "0"}, True),
        ("config.json", {"rope_theta": 5}, False),
        ("tokenizer_config.json", {"pad_token": "x"}, False),
        ("chat_template.jinja", None, False),
    ],
)
def test_only_weights_and_bookkeeping_may_differ(
    tmp_path: Path, file: str, change: dict[str, Any] | None, same: bool
) -> None:
    other = Path(shutil.copytree(model_path(), tmp_path / "other")) / file
    if change is None:
        other.write_bytes(other.read_bytes()[:-1] + b"z")
    else:
        other.write_text(json.dumps(json.loads(other.read_text()) | change))
    here, there = locate(str(model_path())), locate(str(other.parent))
    assert here != there and same_but_weights(here, there) is same
    assert not same_but_weights(Located("owner/name", "abc", None), there)


def test_an_engine_that_cannot_rest_is_the_runs_own(tmp_path: Path) -> None:
    wanted = table(tmp_path / "loop")["sample"]
    assert Keeper().engine(parse({**wanted, "engine": {"name": "transformers", "model": "x"}})) is None


@pytest.mark.vllm
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
def test_a_loop_on_vllm_starts_it_once_and_samples_each_rounds_own_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = table(tmp_path / "kept", "other")
    wanted["sample"]["engine"] = {"name": "vllm", "dtype": "float32", "max_model_len": 256}
    made: list[str] = []

    def counted(kind: str, name: str, *rest: Any) -> Any:
        made.extend([name] if kind == "engine" else [])
        return build(kind, name, *rest)

    monkeypatch.setattr("verirs.loop.serving.build", counted)
    monkeypatch.setattr("verirs.running.plan.build", counted)
    loop = Loop(loop_config.read(wanted), Console(quiet=True))
    loop.path.mkdir()
    try:
        result = loop.run()
        assert made == ["vllm"]
    finally:
        loop.work.end()
    texts = []
    for number in range(3):
        where = loop.work.round(number)
        # the same run with an engine of its own, started on that round's model
        alone = loop.config.run_table("alone", where.path, loop.work.policy(number), held_out=True)
        alone["source"] = problems.file_source(loop.path / HELD_OUT)
        running.run(alone)
        stores = [Store.open(path) for path in (where.held_out, where.path / "alone")]
        assert stores[0].manifest.identity == stores[1].manifest.identity
        ours, fresh = ([c.completion.text for g in s.groups() for c in g.candidates] for s in stores)
        assert ours == fresh
        texts.append(ours)
    assert texts[0] != texts[1] != texts[2]
    assert len(result.rounds) == 3 and outcome(loop.path)
